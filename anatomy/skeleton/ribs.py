"""Twelve pairs of ribs as swept ellipses: head, neck, tubercle before the transverse process, angle, flank, end.

Waypoints: one chest CT with all ribs labelled (anatomy 3.3), mean of both sides, relative to the centroid of
the rib's own vertebra; the section (6 x 13 mm, first rib 5 x 17 flat, lower ribs 5 x 9) is from the same
section, the angles of ribs 1 to 4 are ours. Ribs 1 to 7 are given along the scanner's axes, because that
patient's upper spine leaned more than ours: the cage hangs from the spine as it did there. That chest was a
large one: in slimmer people flank and end are drawn in until they lie below skin and fat.

Head and tubercle follow the vertebra instead: the head stands before the body's side (T2 to T10 at the disc
above), the tubercle of ribs 1 to 10 before its own transverse process, each behind a gap of cartilage. Ribs 11
and 12 have no such joint and differ in length between people.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from anatomy import frames, shapes
from anatomy.body.trunk import SKIN_MM, Trunk, fat_layer_mm, outline_distance
from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.arch import arch_parts
from anatomy.skeleton.bones import Bone, limb, swept
from anatomy.skeleton.vertebra import Vertebra, body_field, side_sign
from anatomy.spec import LEVELS, SIDES, Level, PatientSpec, Side
from anatomy.sway import Sway

STREAM = 0x72696273  # "ribs"
RIB_CORTEX_MM = 0.75  # 0.7 to 1.0 (anatomy 3.3)
RIB_CORE_G_CM3 = 0.11  # 100 to 200 HU inside

# tubercle, angle, most lateral point, anterior bony end (x, y, z); and half section (across, upright)
_WAYPOINTS: dict[Level, tuple[tuple[tuple[int, int, int], ...], tuple[float, float]]] = {
    "T1": (((35, -2, 11), (48, 0, 9), (68, 20, -5), (41, 73, -27)), (8.0, 2.6)),
    "T2": (((34, -7, 17), (58, -12, 14), (91, 21, 0), (41, 97, -29)), (2.8, 6.5)),
    "T3": (((35, -13, 20), (62, -20, 14), (105, 43, -6), (56, 116, -45)), (3.0, 6.5)),
    "T4": (((36, -16, 22), (62, -27, 14), (110, 52, -10), (60, 136, -58)), (3.0, 6.5)),
    "T5": (((36, -19, 19), (62, -33, 8), (115, 67, -19), (72, 147, -74)), (3.0, 6.5)),
    "T6": (((37, -22, 16), (62, -35, 3), (116, 75, -30), (88, 150, -82)), (3.0, 6.5)),
    "T7": (((35, -24, 11), (62, -36, -5), (120, 95, -50), (105, 145, -87)), (3.0, 6.5)),
    "T8": (((33, -25, 6), (62, -37, -14), (129, 86, -60), (117, 127, -97)), (3.0, 6.5)),
    "T9": (((33, -24, 3), (62, -36, -18), (132, 65, -62), (121, 104, -90)), (3.0, 6.5)),
    "T10": (((32, -22, 0), (60, -34, -22), (132, 47, -73), (128, 78, -88)), (3.0, 6.3)),
    "T11": (((31, -24, -5), (62, -33, -24), (128, 27, -80), (127, 35, -85)), (2.6, 5.0)),
    "T12": (((31, -23, -9), (55, -26, -27), (91, -15, -58), (89, -12, -65)), (2.4, 4.4)),
}
_REACHES = tuple(np.arange(1.0, 0.3, -0.02))
_PER_SPAN = 5
_FLAT = 1.12  # how much farther a section with flat sides reaches aslant than an ellipse

JOINT_GAP_MM = 1.4  # cartilage between rib and vertebra: 2 to 3 mm in facets (anatomy 3.1), here unconfirmed
_HEAD_FORWARD_MM = (0.0, 2.0, 4.0, 6.0)  # where else a head may lie (shape: ours)
_NECK_MM = (2.6, 4.2)  # half section (across, upright) at the neck, lower than the shaft (shape: ours)
# Where a tubercle lies, seen from the tip of its transverse process: in front of it, from T7 down more above it,
# as the facets there look upwards (textbook; angles ours).
_FACING = {"upper": (0.0, 0.97, 0.26), "lower": (0.0, 0.80, 0.60)}

# Whole length: mean, SD, least, most (802 CTs: 11th 160 mm, 127 to 197; 12th 105 mm, 38 to 145; SDs ours).
_LENGTHS_MM: dict[Level, tuple[float, float, float, float]] = {
    "T11": (160.0, 17.0, 127.0, 197.0),
    "T12": (105.0, 27.0, 38.0, 145.0),
}


@dataclass(frozen=True)
class Rib:
    """Centre line (n, 3) in the patient frame, half section (across, upright) of shaft and neck, mm."""

    level: Level
    side: Side
    line_mm: FloatArray
    half_mm: tuple[float, float]
    neck_half_mm: tuple[float, float]

    @property
    def angle_mm(self) -> FloatArray:
        """The bend of the shaft behind (3,): the second waypoint from the head."""
        return np.asarray(self.line_mm[2 * _PER_SPAN])


def ribs(spine: Column, outline: Trunk) -> list[Rib]:
    """All ribs that the patient has, scaled with his trunk and inside it; for an upright spine (``sway``)."""
    size, lengths = outline.frame_scale, _lengths_mm(outline.spec)
    out = []
    for level, (points, half) in _WAYPOINTS.items():
        v = spine.vertebrae[level]
        waypoints: Array = size * np.asarray(points, dtype=float)
        if LEVELS.index(level) < LEVELS.index("T8"):
            waypoints = frames.apply(frames.rotation((1.0, 0.0, 0.0), spine.lean_rad[level]), waypoints)
        if level in lengths:
            waypoints = _as_long_as(lengths[level], _head(v), waypoints)
        else:
            waypoints[0] = _tubercle(spine, v, (size * half[0], size * half[1]))
        local = np.vstack([_clear_head(spine, v, waypoints[0]), waypoints])
        half_mm = (size * half[0], size * half[1])
        neck_mm = (min(size * _NECK_MM[0], half_mm[0]), min(size * _NECK_MM[1], half_mm[1]))
        drawn_in = (_line(v, local, reach) for reach in _REACHES)
        right = next(
            (line for line in drawn_in if _is_inside(outline, line, half_mm)), _line(v, local, _REACHES[-1])
        )
        for side in sides_of(outline.spec, level):
            out.append(Rib(level, side, right * (side_sign(side), 1.0, 1.0), half_mm, neck_mm))
    return out


def sides_of(spec: PatientSpec, level: Level) -> tuple[Side, ...]:
    """On which sides a level has a rib."""
    kept: dict[str, tuple[Side, ...]] = {
        "both": SIDES, "left only": ("left",), "right only": ("right",), "none": ()
    }  # fmt: skip
    return kept[spec.twelfth_ribs] if level == "T12" else SIDES


def on_the_column(all_ribs: list[Rib], upright: Column, column: Column, sway: Sway) -> list[Rib]:
    """Ribs of an upright column on the same one with its scoliosis: heads and necks go with their vertebra."""
    out = []
    for rib in all_ribs:
        stood = upright.vertebrae[rib.level].patient_from_vertebra
        follow = frames.compose(column.vertebrae[rib.level].patient_from_vertebra, frames.inverse(stood))
        t = np.clip((np.abs(rib.line_mm[:, :1]) - 40.0) / 60.0, 0.0, 1.0)
        share = t * t * (3.0 - 2.0 * t)
        line = (1.0 - share) * frames.apply(follow, rib.line_mm) + share * sway.moved(rib.line_mm)
        out.append(replace(rib, line_mm=line))
    return out


def _lengths_mm(spec: PatientSpec) -> dict[Level, float]:
    """Lengths of this person's free ribs."""
    z = np.random.default_rng([spec.seed, STREAM]).standard_normal(len(_LENGTHS_MM))
    return {
        level: float(np.clip(mean + spread * z[n], least, most))
        for n, (level, (mean, spread, least, most)) in enumerate(_LENGTHS_MM.items())
    }


def _as_long_as(length_mm: float, head: FloatArray, waypoints: FloatArray) -> FloatArray:
    """Waypoints drawn in or out from the neck until the rib has a length."""
    drawn = waypoints.copy()
    for _ in range(4):
        line = shapes.spline(np.vstack([head, drawn]), per_span=_PER_SPAN)
        found = float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())
        drawn = head + (length_mm / found) * (drawn - head)
    return drawn


def _tubercle(spine: Column, v: Vertebra, half_mm: tuple[float, float]) -> FloatArray:
    """Middle of the rib where it meets its transverse process (3,), vertebral frame, right side."""
    d = v.size
    tip = np.array([0.5 * d.tp_span_mm - 2.0, v.posterior_wall_y_mm - d.tp_tip_behind_post_wall_mm,
                    d.tp_tip_z_rel_midbody_mm])  # fmt: skip
    facing = np.array(_FACING["upper" if LEVELS.index(v.level) < LEVELS.index("T7") else "lower"])
    half = _FLAT * float(np.hypot(half_mm[0] * facing[1], half_mm[1] * facing[2]))
    return _first_free(spine, v, tip, tip + 25.0 * facing, half)


def _clear_head(spine: Column, v: Vertebra, tubercle: FloatArray) -> FloatArray:
    """The head's end, drawn back towards the tubercle until a gap is left to body and pedicle; beside a wide
    pedicle it lies farther forward instead, on the body."""
    head = _head(v)
    # Heads at a disc end flat against two bodies; the others lie along a pedicle with their whole height.
    half = 0.5 * sum(_NECK_MM) if _on_own_body(v) else _NECK_MM[0] + 0.5
    starts = [head + (0.0, forward, 0.0) for forward in _HEAD_FORWARD_MM]
    ends = [_first_free(spine, v, start, start + 0.6 * (tubercle - start), half) for start in starts]
    return min(ends, key=lambda end: float(np.linalg.norm(end - head)))


def _first_free(spine: Column, v: Vertebra, start: FloatArray, end: FloatArray, half_mm: float) -> FloatArray:
    """The first point of a line, vertebral frame, at which a rib of a half thickness has a gap to all bone."""
    line = start + np.linspace(0.0, 1.0, 121)[:, None] * (end - start)
    enough = _bone_mm(spine, v, line) > half_mm + JOINT_GAP_MM
    return np.asarray(line[int(np.argmax(enough))])


def _bone_mm(spine: Column, v: Vertebra, points: FloatArray) -> Array:
    """Distance (n,) of points (n, 3) of the vertebral frame to the vertebra and the body above it."""
    found = [part.distance(*points.T) for part in arch_parts(v)]
    index = LEVELS.index(v.level)
    for level in {v.level, LEVELS[max(index - 1, 0)]}:
        other = spine.vertebrae[level]
        other_from_own = frames.compose(frames.inverse(other.patient_from_vertebra), v.patient_from_vertebra)
        found.append(body_field(other, *frames.apply(other_from_own, points).T).distance_mm)
    return np.min(found, axis=0)


def _line(v: Vertebra, waypoints: FloatArray, reach: float) -> FloatArray:
    """Centre line in the patient frame, flank and end drawn in towards the angle: reach 1 as measured, 0 at it."""
    drawn = waypoints.copy()
    drawn[3:] = drawn[2] + reach * (drawn[3:] - drawn[2])
    return frames.apply(v.patient_from_vertebra, shapes.spline(drawn, per_span=_PER_SPAN))


def _is_inside(outline: Trunk, line_mm: FloatArray, half_mm: tuple[float, float]) -> bool:
    """Whether a rib lies below skin and fat along its whole length."""
    x, y, z = line_mm.T.astype(np.float32)
    below_fat = outline_distance(outline, x, y, z) + SKIN_MM + fat_layer_mm(outline, x, y, z)
    return bool(np.all(below_fat < -max(half_mm)))


def _on_own_body(v: Vertebra) -> bool:
    return v.level in ("T1", "T11", "T12")


def _head(v: Vertebra) -> FloatArray:
    """Where the head meets the body: T2 to T10 at the disc above, T1, T11 and T12 on their own body."""
    d = v.size
    z = 2.0 if _on_own_body(v) else 0.5 * d.rim_height_mm
    return np.array([0.5 * d.endplate_width_sup_mm + 1.0, v.posterior_wall_y_mm + 3.0, z])


def bone_of(rib: Rib, *, above: bool) -> Bone:
    """A rib as the bone that is drawn: the neck grows into the shaft."""
    neck, shaft = rib.line_mm[: _PER_SPAN + 1], rib.line_mm[_PER_SPAN:]
    share = np.linspace(0.0, 1.0, _PER_SPAN + 1)[:, None] ** 2
    halves = [(float(a), float(u)) for a, u in (1.0 - share) * rib.neck_half_mm + share * rib.half_mm]
    solids = [
        limb(a, b, half_a, half_b, is_flat=True)
        for (a, half_a), (b, half_b) in itertools.pairwise(zip(neck, halves, strict=True))
    ]
    solids += swept(shaft, rib.half_mm, is_flat=True)
    return Bone(f"rib {rib.level} {rib.side}", above, tuple(solids), 0.0, RIB_CORTEX_MM, RIB_CORE_G_CM3)
