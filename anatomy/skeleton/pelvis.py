"""Sacrum, iliac wings and hip joints: what a picture below L4 shows.

Sacrum: anatomy 3.2 (height 145 mm, S1 endplate 50 x 33 mm, alae 35 mm each side, sacral kyphosis 65 degrees, four
pairs of foramina 28, 25 and 22 mm apart, 14 to 16 mm from the midline; the slope follows from the prone segment
tilts). The iliac crest's top lies at L4 in most people (802 CTs). The shape of the wings is ours.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from anatomy import frames, shapes
from anatomy.body.trunk import Trunk
from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton import bone_density, transitional
from anatomy.skeleton.bones import Bone, Plate, Solid, ball, both_sides, fitted_height, limb
from anatomy.spec import PatientSpec

# Height, half width and half depth of the bodies S1 to S5; S1 30, S2 25 high (anatomy 3.2, unconfirmed).
Segments = tuple[tuple[float, float, float], ...]
_SEGMENTS: Segments = (
    (30.0, 25.0, 16.5),
    (26.0, 20.0, 12.0),
    (23.0, 16.5, 9.0),
    (20.0, 14.0, 7.0),
    (17.0, 11.0, 5.5),
)
_SEGMENTS_FROM_S2: Segments = ((28.0, 23.5, 15.0), (24.0, 18.0, 10.5), (20.0, 14.5, 7.5), (17.0, 11.0, 5.5))
_KYPHOSIS_DEG = 65.0
_HIPS_LOWER = 0.5  # of the height of a lumbarised S1 and its disc, by which the crests lie lower (shape: ours)

# Right iliac wing: outline in (y, z) and points (y, z, x) of its surface, from the middle of the S1 endplate.
_WING_OUTLINE = ((-50.0, -30.0), (-24.0, -62.0), (8.0, -84.0), (36.0, -80.0), (50.0, -56.0), (57.0, -22.0),
                 (47.0, 10.0), (24.0, 32.0), (-3.0, 39.0), (-26.0, 30.0), (-47.0, -2.0))  # fmt: skip
_WING_POINTS = ((-58.0, -24.0, 40.0), (-44.0, 10.0, 66.0), (-24.0, 32.0, 98.0), (-4.0, 44.0, 116.0),
                (24.0, 32.0, 127.0), (60.0, -14.0, 115.0), (50.0, -48.0, 97.0), (28.0, -78.0, 84.0),
                (-22.0, -58.0, 58.0), (0.0, -20.0, 88.0), (-30.0, -10.0, 66.0))  # fmt: skip
_NOTCH = (-44.0, -66.0, 30.0)  # greater sciatic notch: (y, z, radius)
_HIP = (86.0, 22.0, -104.0)  # centre of the hip joint: 100 to 115 mm below, 20 to 25 in front (unconfirmed)


def pelvis(spec: PatientSpec, t: Trunk, spine: Column) -> list[Bone]:
    """Sacrum, both hip bones and both femoral heads; all below the target."""
    place, segments = spine.patient_from_sacrum, _SEGMENTS
    core = bone_density.body_bmd_g_cm3(spec)
    s, origin = t.frame_scale / 0.93, place[:3, 3]
    size = 0.5 * (t.frame_scale + 1.0)
    others: list[Bone] = []
    joined: tuple[Solid, ...] = ()
    if spec.transition == "sacralised L5":
        joined = transitional.broad_processes(spine, size)
    elif spec.transition == "lumbarised S1":
        s1 = transitional.lumbarised_s1(spine)
        others.append(transitional.vertebra_bone("S1", s1, 0.9 * core))
        place, segments = transitional.patient_from_s2(s1), _SEGMENTS_FROM_S2
        origin = origin + _HIPS_LOWER * (place[:3, 3] - origin)
    return [
        *others,
        Bone("sacrum", False, (_sacrum(place, size, segments), *joined), 7.0, 0.8, 0.9 * core),
        Bone("hip bones", False, both_sides(_hip_bone(origin, s)), 8.0 * s, 1.0, 0.8 * core + 0.02),
        Bone("femora", False, both_sides(_femur(origin, s)), 6.0 * s, 0.9, core + 0.10),
    ]


def _sacrum(place: FloatArray, s: float, segments: Segments) -> Solid:
    """Bodies on an arc, alae, crest, foramina and canal."""
    centres, axes = [], []
    point = np.zeros(2)
    for index, (height, _, _) in enumerate(segments):
        turn = np.radians(_KYPHOSIS_DEG) * max(index - 0.3, 0.0) / 4.0
        way = np.array([np.sin(turn), -np.cos(turn)])
        centres.append(s * (point + 0.5 * height * way))
        axes.append(way)
        point = point + height * way
    middle = np.array([(0.0, y, z) for y, z in centres])
    patient = frames.apply(place, middle)
    box = shapes.around(*patient, margin_mm=(64.0 * s, 45.0 * s, 34.0 * s))
    return Solid(partial(_sacrum_distance, place, middle, np.array(axes), segments, s), box)


def _sacrum_distance(
    place: FloatArray,
    middle: FloatArray,
    axes: FloatArray,
    segments: Segments,
    s: float,
    x: Array,
    y: Array,
    z: Array,
) -> Array:
    m = frames.inverse(place)
    x = np.abs(x)
    y, z = m[1, 1] * y + m[1, 2] * z + m[1, 3], m[2, 1] * y + m[2, 2] * z + m[2, 3]
    found: Array | None = None
    for index, (centre, way, (height, half_width, half_depth)) in enumerate(
        zip(middle, axes, segments, strict=True)
    ):
        along = (y - centre[1]) * way[0] + (z - centre[2]) * way[1]
        across = (y - centre[1]) * -way[1] + (z - centre[2]) * way[0]
        half = 0.5 * s * height
        body = shapes.superellipse(x, across, s * half_width, s * half_depth, 2.4)
        body = shapes.smooth_max(body, np.abs(along) - half + 0.5, 3.0)
        found = body if found is None else shapes.smooth_min(found, body, 2.0 if index == 1 else 3.5)
    assert found is not None
    # Alae run out and back to the sacroiliac joint, tapering from S1 to S3.
    first, second, third, fourth, last = *middle[:4], middle[-1]
    alae = [  # from, to, half sections (across, upright) there
        ((first, (14, -4, 1)), (first, (47, -14, -9)), (13, 15), (9, 13)),
        ((second, (12, -5, 0)), (second, (41, -14, 5)), (9, 13), (8, 13)),
        ((third, (8, -4, 0)), (third, (35, -8, 2)), (6, 11), (5, 11)),
        ((fourth, (6, -2, 0)), (fourth, (24, -4, 2)), (4.5, 9), (3.5, 8)),
    ]
    for (from_body, out), (to_body, far_out), root, tip in alae:
        start, end = from_body + s * np.array(out), to_body + s * np.array(far_out)
        ala = shapes.limb(x, y, z, start, end, (s * root[0], s * root[1]), (s * tip[0], s * tip[1]))
        found = shapes.smooth_min(found, ala, 7.0)
    crest = shapes.limb(x, y, z, first + (0.0, -31 * s, -4 * s), last + (0.0, -9 * s, 6 * s),
                        (4.0 * s, 6.0 * s), (2.5 * s, 3.0 * s), (0.0, 1.0, 0.0))  # fmt: skip
    roof = shapes.limb(x, y, z, first + (9 * s, -27 * s, -2 * s), third + (8 * s, -15 * s, 0.0),
                       (3.0 * s, 10.0 * s), (2.5 * s, 7.0 * s), (1.0, 0.4, 0.0))  # fmt: skip
    found = shapes.smooth_min(shapes.smooth_min(found, roof, 5.0), crest, 5.0)
    canal = shapes.limb(x, y, z, first + (0.0, -21 * s, 16 * s), third + (0.0, -12 * s, 0.0),
                        (11.0 * s, 5.0 * s), (5.0 * s, 2.5 * s), (0.0, 1.0, 0.0))  # fmt: skip
    found = shapes.smooth_max(found, -canal, 1.5)
    for upper, lower, radius in zip(middle[:-1], middle[1:], (6.5, 6.0, 5.0, 4.0), strict=False):
        hole = 0.5 * (upper + lower) + (0.5 * s * (radius + 34.0 - 2.0 * radius), 0.0, 0.0)
        front, back = hole + (3.0 * s, 26 * s, -2 * s), hole + (-1.0, -34 * s, 2 * s)
        bore = shapes.limb(x, y, z, front, back, (radius * s, radius * s), (0.7 * radius * s, 0.7 * radius * s))
        found = shapes.smooth_max(found, -bore, 2.0)
    return found


def _hip_bone(origin: FloatArray, s: float) -> list[Solid]:
    """Right hip bone: the wing as a curved plate, thick at crest and joint; socket, pubic ramus and ischium."""
    plate = Plate(fitted_height(_WING_POINTS), shapes.rounded_outline(_WING_OUTLINE), 7.0, _wing_half_mm)
    (y0, z0), (y1, z1) = np.min(_WING_OUTLINE, axis=0), np.max(_WING_OUTLINE, axis=0)
    wing_box = (
        origin + s * np.array([30.0, y0 - 12.0, z0 - 12.0]),
        origin + s * np.array([152.0, y1 + 12.0, z1 + 12.0]),
    )
    hip = np.array(_HIP)
    box = shapes.around(origin + s * (hip - (6.0, -2.0, -8.0)), margin_mm=40.0 * s)

    def at(x: float, y: float, z: float) -> FloatArray:
        return origin + s * (hip + (x, y, z))

    return [
        Solid(partial(_wing_distance, plate, origin, s), wing_box),
        Solid(partial(_socket_distance, origin, s), box),
        limb(at(-24.0, 12.0, -4.0), origin + s * np.array([14.0, _HIP[1] + 44.0, _HIP[2] - 34.0]),
             (9.0 * s, 9.0 * s), (7.0 * s, 11.0 * s)),
        limb(at(-14.0, -22.0, 0.0), at(-24.0, -34.0, -60.0), (13.0 * s, 15.0 * s), (14.0 * s, 15.0 * s)),
    ]  # fmt: skip


def _wing_half_mm(y: Array, z: Array, inward: Array) -> Array:
    crest = 3.4 * np.exp(-((np.maximum(-inward - 4.0, 0.0) / 7.0) ** 2)) * np.clip((z + 20.0) / 25.0, 0.0, 1.0)
    joint = 4.0 * np.exp(-(((y + 28.0) / 15.0) ** 2) - ((z + 14.0) / 24.0) ** 2)
    socket = 9.0 * np.exp(-(((y - 26.0) / 26.0) ** 2) - ((z + 84.0) / 30.0) ** 2)
    pillar = 2.0 * np.exp(-(((y - 10.0 - 0.25 * z) / 12.0) ** 2))
    return np.asarray(2.0 + crest + joint + socket + pillar)


def _wing_distance(plate: Plate, origin: FloatArray, s: float, x: Array, y: Array, z: Array) -> Array:
    x, y, z = x / s, (y - origin[1]) / s, (z - origin[2]) / s
    notch = _NOTCH[2] - np.sqrt((y - _NOTCH[0]) ** 2 + (z - _NOTCH[1]) ** 2)
    return np.asarray(s * shapes.smooth_max(plate.distance(y, z, x), notch, 5.0))


def _socket_distance(origin: FloatArray, s: float, x: Array, y: Array, z: Array) -> Array:
    hx, hy, hz = _HIP
    x, y, z = x / s, (y - origin[1]) / s, (z - origin[2]) / s
    block = shapes.ellipsoid(x, y, z, (hx - 6.0, hy + 2.0, hz + 8.0), (31.0, 31.0, 33.0))
    cup = 26.5 - np.sqrt((x - hx) ** 2 + (y - hy) ** 2 + (z - hz) ** 2)
    return np.asarray(s * shapes.smooth_max(shapes.smooth_max(block, cup, 1.5), x - hx - 14.0, 3.0))


def _femur(origin: FloatArray, s: float) -> list[Solid]:
    """Right femoral head and neck."""
    head = origin + s * np.array(_HIP)
    return [
        ball(head, (23.0 * s, 23.0 * s, 23.0 * s)),
        limb(head, head + s * np.array([44.0, -8.0, -36.0]), (15.0 * s, 16.0 * s), (16.0 * s, 20.0 * s)),
    ]
