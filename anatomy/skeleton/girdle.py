"""Sternum, costal cartilage, clavicles, scapulae, humeral heads and the lower neck: what a chest picture shows.

Textbook bones at textbook places (shape: ours), hung on the patient's own ribs and spine. Arms are raised beside
the head, as a prone patient holds them, so the shoulder blades are turned outwards and the clavicles rise.
"""

from __future__ import annotations

import itertools
from functools import partial

import numpy as np

from anatomy import frames, shapes
from anatomy.body.trunk import Trunk, shoulder_mm
from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton import bone_density
from anatomy.skeleton.bones import Bone, Plate, Solid, ball, both_sides, fitted_height, limb, swept
from anatomy.skeleton.ribs import Rib
from anatomy.spec import LEVELS, Level, PatientSpec

CARTILAGE_G_CM3 = 0.045  # 103 HU, median of one case (anatomy 3.3): water-like tissue and some lime
_NECK_MM = ((13.0, 9.2, 8.0), (12.5, 8.6, 7.8), (12.0, 8.2, 7.6))  # C7 to C5: height, half width, half depth


def girdle(spec: PatientSpec, t: Trunk, spine: Column, all_ribs: list[Rib]) -> list[Bone]:
    """All of them; they follow the spine above the target."""
    right = {r.level: r for r in all_ribs if r.side == "right"}
    core = bone_density.body_bmd_g_cm3(spec)
    s = t.frame_scale
    sternum, ends, joint = _sternum(right, s)
    shoulder = shoulder_mm(t)
    return [
        sternum,
        _cartilage(right, ends),
        _clavicles(joint, shoulder, s),
        *_scapulae(right, shoulder, s, t),
        _humeri(shoulder, s, core),
        *_neck(spine, core, s),
    ]


def _sternum(right: dict[Level, Rib], s: float) -> tuple[Bone, FloatArray, FloatArray]:
    """(manubrium and body, top and foot (2, 3), right sternoclavicular joint), in front of the ribs' ends."""
    first, second, sixth = (right[k].line_mm[-1] for k in ("T1", "T2", "T6"))
    top = np.array([0.0, first[1] + 3.0 * s, first[2] + 10.0 * s])
    angle = np.array([0.0, second[1] + 7.0 * s, second[2] + 4.0 * s])
    foot = np.array([0.0, 0.5 * (second[1] + sixth[1]) + 22.0 * s, sixth[2] + 22.0 * s])
    manubrium = limb(top, angle, (5.5 * s, 24.0 * s), (5.0 * s, 14.0 * s), (1.0, 0.0, 0.0))
    body = limb(angle, foot, (5.0 * s, 13.0 * s), (4.5 * s, 17.0 * s), (1.0, 0.0, 0.0))
    bone = Bone("sternum", True, (manubrium, body), 3.0, 0.6, 0.10)
    return bone, np.array([top, foot]), top + (25.0 * s, 1.0, 2.0 * s)


def _cartilage(right: dict[Level, Rib], ends_mm: FloatArray) -> Bone:
    """Costal cartilage of ribs 1 to 10: to the sternum, from the eighth on to the cartilage above."""
    starts = {k: right[k].line_mm[-1] for k in LEVELS[:10]}
    solids: list[Solid] = []
    middles: dict[Level, FloatArray] = {}
    for number, level in enumerate(LEVELS[:7]):
        end = ends_mm[0] + (number / 6.0) * (ends_mm[1] - ends_mm[0]) + (17.0, -1.0, 0.0)
        middle = 0.5 * (starts[level] + end) + (0.0, 2.0, -0.10 * abs(starts[level][2] - end[2]))
        solids += swept(shapes.spline([starts[level], middle, end], per_span=3), (3.2, 5.0))
        middles[level] = middle
    for above, level in itertools.pairwise(LEVELS[6:10]):
        middle = 0.5 * (starts[level] + middles[above]) + (0.0, 2.0, -8.0)
        solids += swept(shapes.spline([starts[level], middle, middles[above]], per_span=3), (3.2, 5.0))
        middles[level] = middle
    return Bone("costal cartilage", True, both_sides(solids), 1.0, 0.0, CARTILAGE_G_CM3)


def _clavicles(joint: FloatArray, shoulder: FloatArray, s: float) -> Bone:
    """S-shaped, from the manubrium to above the shoulder."""
    end = shoulder + s * np.array([-16.0, 2.0, 26.0])
    way, bow = end - joint, s * np.array([0.0, 12.0, 0.0])
    line = shapes.spline([joint, joint + 0.3 * way + bow, joint + 0.62 * way, end + 0.2 * bow], per_span=5)
    return Bone("clavicles", True, both_sides(swept(line, (5.2 * s, 6.0 * s))), 2.0, 1.3, 0.12)


def _scapulae(right: dict[Level, Rib], shoulder: FloatArray, s: float, t: Trunk) -> list[Bone]:
    """Blades behind ribs 2 to 7, turned outwards; their spines and glenoids are thick, the rest is a sheet."""
    behind = [right[k].line_mm[np.argmin(right[k].line_mm[:, 1])] for k in ("T3", "T5", "T7")]
    flank = [right[k].line_mm[np.argmax(right[k].line_mm[:, 0])] for k in ("T3", "T5", "T7")]
    z2, z7 = t.z_of["T2"], t.z_of["T7"]
    points = [(p[0] + 14.0, p[2], p[1] - 15.0) for p in behind]
    points += [(0.5 * (p[0] + q[0]) + 10.0, 0.5 * (p[2] + q[2]), 0.55 * p[1] + 0.45 * q[1] - 18.0)
               for p, q in zip(behind, flank, strict=True)]  # fmt: skip
    points += [(shoulder[0] - 16.0 * s, shoulder[2] - 4.0, shoulder[1] - 6.0)]
    outline = [(122.0 * s, z7 - 2.0), (shoulder[0] - 20.0 * s, shoulder[2] - 14.0),
               (shoulder[0] - 22.0 * s, shoulder[2] + 6.0), (98.0 * s, z2 + 4.0),
               (86.0 * s, 0.75 * z2 + 0.25 * z7), (100.0 * s, 0.3 * z2 + 0.7 * z7),
               (110.0 * s, z7 - 8.0)]  # fmt: skip
    plate = Plate(fitted_height(points), shapes.rounded_outline(outline), 6.0, _blade_half_mm)
    corners = np.array([(u, plate.height_at(u, v), v) for u, v in outline])
    blade = Solid(lambda x, y, z: plate.distance(x, z, y), shapes.around(*corners, margin_mm=14.0))
    glenoid = limb(shoulder - s * np.array([26.0, 4.0, 18.0]), shoulder - s * np.array([25.0, 2.0, -14.0]),
                   (6.0 * s, 9.0 * s), (6.0 * s, 8.0 * s))  # fmt: skip
    root = np.array([80.0 * s, 0.0, 0.75 * z2 + 0.25 * z7])
    root[1] = plate.height_at(root[0], root[2]) - 4.0
    ridge = limb(root, shoulder + s * np.array([2.0, -22.0, 24.0]), (3.0, 4.0), (6.0 * s, 8.0 * s))
    return [
        Bone("shoulder blades", True, both_sides([blade, glenoid]), 6.0, 0.7, 0.08),
        Bone("spines of the shoulder blades", True, both_sides([ridge]), 0.0, 0.9, 0.10),
    ]


def _blade_half_mm(_x: Array, _z: Array, inward: Array) -> Array:
    return np.asarray(1.1 + 1.3 * np.exp(-((np.maximum(-inward - 2.0, 0.0) / 5.0) ** 2)))


def _humeri(shoulder: FloatArray, s: float, core: float) -> Bone:
    """Heads and the upper shafts, raised."""
    end = shoulder + (14.0, 16.0, 140.0)
    elbow = shoulder + 0.3 * (end - shoulder)
    solids = [
        ball(shoulder, (22.0 * s, 22.0 * s, 23.0 * s)),
        limb(shoulder, elbow, (19.0 * s, 19.0 * s), (11.0 * s, 11.0 * s)),
        limb(elbow, end, (11.0 * s, 11.0 * s), (10.0 * s, 10.0 * s)),
    ]
    return Bone("humeri", True, both_sides(solids), 4.0, 1.4, core)


def _neck(spine: Column, core: float, s: float) -> list[Bone]:
    """C7 to C5: bodies, articular pillars and spinous processes, on a neck that straightens upwards."""
    below = spine.vertebrae["T1"]
    place, height = below.patient_from_vertebra, below.size.rim_height_mm
    out = []
    for number, (h, half_width, half_depth) in enumerate(_NECK_MM):
        up = frames.translation((0.0, 0.0, 0.5 * height + 2.5))
        turn = frames.rotation((1.0, 0.0, 0.0), np.radians(5.0))
        place = frames.compose(place, up, turn, frames.translation((0.0, 0.0, 2.5 + 0.5 * h * s)))
        height = h * s
        size = s * np.array([half_width, half_depth, 0.5 * h])
        tail = s * (-44.0 if number == 0 else -32.0), s * -12.0
        centre, reach = place[:3, 3], np.array([34.0, 62.0, 34.0])
        box = centre - reach, centre + (reach[0], 24.0, reach[2])
        solid = Solid(partial(_cervical, frames.inverse(place), size, tail), box)
        out.append(Bone(f"C{7 - number}", True, (solid,), 0.0, 0.7, 1.5 * core))
    return out


def _cervical(
    local: FloatArray, size: FloatArray, tail: tuple[float, float], x: Array, y: Array, z: Array
) -> Array:
    y, z = local[1, 1] * y + local[1, 2] * z + local[1, 3], local[2, 1] * y + local[2, 2] * z + local[2, 3]
    x = np.abs(x)
    w, d, h = size
    body = shapes.smooth_max(shapes.superellipse(x, y, w, d, 2.3), np.abs(z) - h, 2.0)
    pillar = shapes.limb(
        x, y, z, (w + 9.0, -d - 4.0, h), (w + 9.0, -d - 8.0, -h), (5.0, 5.5), (5.0, 5.5), (1.0, 0.0, 0.0)
    )
    pedicle = shapes.limb(x, y, z, (w - 2.0, -d + 3.0, 1.0), (w + 7.0, -d - 4.0, 1.0), (2.8, 3.4), (2.8, 3.4))
    lamina = shapes.limb(x, y, z, (w + 6.0, -d - 9.0, 0.0), (1.0, -d - 19.0, -3.0), (2.4, 5.5), (2.4, 5.5))
    spinous = shapes.limb(x, y, z, (0.0, -d - 18.0, -3.0), (0.0, tail[0], tail[1]), (2.4, 5.0), (3.2, 4.5))
    found = shapes.smooth_min(body, pedicle, 2.0)
    for part in (pillar, lamina, spinous):
        found = shapes.smooth_min(found, part, 3.0)
    return found
