"""What the scan does not show of a person: levels beyond it, stature, girth, and how he lies on the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from anatomy import frames
from anatomy.body import trunk
from anatomy.column import Column
from anatomy.curvature import SACRUM, Pose, poses
from anatomy.fractures.fracture import Collapse
from anatomy.frames import FloatArray
from anatomy.imported.fitting import Fitted, scaled_like
from anatomy.morphometry import Dimensions, dimensions
from anatomy.skeleton import bone_density
from anatomy.skeleton.vertebra import Vertebra
from anatomy.spec import LEVELS, Level, PatientSpec

_SETTLES_IN = 8  # levels over which a lean, and 5 over which a tilt or turn of the scan's end, is gone (ours)
_TILT_SETTLES_IN = 5


def patient_from_scan(target: Vertebra) -> FloatArray:
    """The rigid motion (4, 4) that puts a fitted target at the patient's origin, neither tilted nor turned.

    It keeps its lean on the table. The whole person is turned with it, by the few degrees by which he lay askew.
    """
    right = target.patient_from_vertebra[:3, 0]
    up = np.array([0.0, 0.0, 1.0])
    up = frames.unit(up - right * float(up @ right))
    turn = frames.affine(np.vstack([right, np.cross(up, right), up]))
    return frames.compose(turn, frames.translation(-target.patient_from_vertebra[:3, 3]))


def pose_of(patient_from_vertebra: FloatArray) -> Pose:
    """The pose whose rotation a transform has."""
    r = patient_from_vertebra
    turn = float(np.arctan2(r[1, 0], r[0, 0]))
    tilt = float(np.arctan(np.tan(-np.arcsin(np.clip(r[2, 0], -1.0, 1.0))) / np.cos(turn)))
    return Pose(float(-np.arctan2(r[2, 1], r[2, 2])), tilt, turn)


@dataclass(frozen=True)
class Skin:
    """Where the scan shows the skin, patient frame: by height z the half breadth, the back and the front (mm)."""

    z_mm: FloatArray
    half_breadth_mm: FloatArray
    back_y_mm: FloatArray
    front_y_mm: FloatArray


def column_of(spec: PatientSpec, fitted: Mapping[Level, Fitted], patient_from_scan_: FloatArray) -> Column:
    """Every level and the sacrum in the patient frame: fitted ones where they were found, others chained to them.

    Neither the spec's fracture nor its curve is looked at: this is the person as scanned.
    """
    found = _found(fitted, patient_from_scan_, spec.target_level)
    expected = dimensions(spec)
    whole = [f.vertebra for f in fitted.values() if f.is_whole]
    sizes = {k: found[k].size if k in found else scaled_like(expected[k], whole, expected) for k in LEVELS}
    usual = poses(replace(spec, scoliosis_deg=0.0, fracture=None))
    order = [LEVELS.index(level) for level in found]
    pose: dict[str, Pose] = {level: pose_of(v.patient_from_vertebra) for level, v in found.items()}
    centres = {level: v.patient_from_vertebra[:3, 3] for level, v in found.items()}
    for first, last in pairwise(sorted(order)):
        for index in range(first + 1, last):
            share = (index - first) / (last - first)
            a, b = LEVELS[first], LEVELS[last]
            centres[LEVELS[index]] = (1.0 - share) * centres[a] + share * centres[b]
            pose[LEVELS[index]] = _between(pose[a], pose[b], share)
    for index in range(min(order) - 1, -1, -1):
        here, below, end = LEVELS[index], LEVELS[index + 1], LEVELS[min(order)]
        pose[here] = _settled(usual[here], pose[end], usual[end], min(order) - index)
        centres[here] = centres[below] + _step(sizes, pose, here, below)
    for index in range(max(order) + 1, len(LEVELS)):
        here, above, end = LEVELS[index], LEVELS[index - 1], LEVELS[max(order)]
        pose[here] = _settled(usual[here], pose[end], usual[end], index - max(order))
        centres[here] = centres[above] - _step(sizes, pose, above, here)
    pose[SACRUM] = _settled(usual[SACRUM], pose["L5"], usual["L5"], len(LEVELS) - max(order))
    vertebrae: dict[Level, Vertebra] = {
        level: Vertebra(
            level, sizes[level], frames.compose(frames.translation(centres[level]), pose[level].rotation)
        )
        for level in LEVELS
    }
    vertebrae = _with_discs(vertebrae, set(found))
    lean = {name: pose[name].lean_rad for name in (*LEVELS, SACRUM)}
    return Column(vertebrae, spec.target_level, None, _sacrum(vertebrae["L5"], pose), lean)


def broken(column: Column, spec: PatientSpec) -> Column:
    """The column with the spec's fracture of the target: what lies above follows."""
    if spec.fracture is None:
        return column
    collapse = Collapse.of(column.target_vertebra, spec.fracture)
    move = collapse.above(1.0)
    moved = {
        level: replace(v, patient_from_vertebra=frames.compose(move, v.patient_from_vertebra))
        if column.is_above(level) else v
        for level, v in column.vertebrae.items()
    }  # fmt: skip
    return replace(column, vertebrae=moved, collapse=collapse)


def _found(fitted: Mapping[Level, Fitted], move: FloatArray, target: Level) -> dict[Level, Vertebra]:
    out = {}
    for level, f in fitted.items():
        place = frames.compose(move, f.vertebra.patient_from_vertebra)
        if level == target:  # exactly: formulas run on a plane where x is the patient's
            lean = frames.rotation((1.0, 0.0, 0.0), -pose_of(place).lean_rad)
            place = frames.compose(frames.translation(np.zeros(3)), lean)
        out[level] = replace(f.vertebra, patient_from_vertebra=place)
    return out


def _between(a: Pose, b: Pose, share: float) -> Pose:
    return Pose(*((1.0 - share) * p + share * q for p, q in
                  ((a.lean_rad, b.lean_rad), (a.tilt_rad, b.tilt_rad), (a.turn_rad, b.turn_rad))))  # fmt: skip


def _settled(usual: Pose, end: Pose, usual_end: Pose, levels: int) -> Pose:
    """The usual pose of a level, offset as the last fitted one is, less so the farther away."""
    share = max(1.0 - levels / _SETTLES_IN, 0.0)
    aside = max(1.0 - levels / _TILT_SETTLES_IN, 0.0)
    lean = usual.lean_rad + share * (end.lean_rad - usual_end.lean_rad)
    return Pose(lean, aside * end.tilt_rad, aside * end.turn_rad)


def _step(sizes: Mapping[Level, Dimensions], pose: Mapping[str, Pose], upper: Level, lower: Level) -> FloatArray:
    """Vector from the lower to the upper centroid, posterior walls in line."""
    distance = 0.5 * (sizes[lower].rim_height_mm + sizes[upper].rim_height_mm)
    distance += sizes[upper].disc_below_height_mid_mm
    forward = 0.5 * (sizes[upper].depth_mm - sizes[lower].depth_mm)
    return frames.apply_direction(pose[upper].towards(pose[lower]).rotation, (0.0, forward, distance))


def _with_discs(vertebrae: dict[Level, Vertebra], found: set[Level]) -> dict[Level, Vertebra]:
    """Disc heights between fitted neighbours as they were found."""
    out = dict(vertebrae)
    for upper, lower in pairwise(LEVELS):
        if upper in found and lower in found:
            a, b = vertebrae[upper], vertebrae[lower]
            floor = frames.apply(a.patient_from_vertebra, (0.0, 0.0, -0.5 * a.size.rim_height_mm))
            roof = frames.apply(b.patient_from_vertebra, (0.0, 0.0, 0.5 * b.size.rim_height_mm))
            along = 0.5 * (a.patient_from_vertebra[:3, 2] + b.patient_from_vertebra[:3, 2])
            height = float(np.clip((floor - roof) @ along, 1.5, 18.0))
            out[upper] = replace(a, size=replace(a.size, disc_below_height_mid_mm=height))
    return out


def _sacrum(v: Vertebra, pose: Mapping[str, Pose]) -> FloatArray:
    down = 0.5 * v.size.rim_height_mm + v.size.disc_below_height_mid_mm
    between = pose["L5"].towards(pose[SACRUM])
    origin = v.patient_from_vertebra[:3, 3] - frames.apply_direction(between.rotation, (0.0, 0.0, down))
    return frames.compose(frames.translation(origin), pose[SACRUM].rotation)


def stature_mm(spec: PatientSpec, fitted: Mapping[Level, Fitted]) -> float:
    """Stature that a person of this sex would have whose bodies are as high as those that were found."""
    expected = dimensions(spec)
    whole = [f.vertebra for f in fitted.values() if f.is_whole]
    ratio = float(np.median([v.size.rim_height_mm / expected[v.level].rim_height_mm for v in whole] or [1.0]))
    return float(np.clip(spec.stature_mm * ratio ** (1.0 / 0.7), 1400.0, 2000.0))


def t_score(spec: PatientSpec, trabecular_g_cm3: float) -> float:
    """The T-score for which a recipe would give this density of trabecular bone."""
    scores = np.arange(-5.0, 2.01, 0.1)
    densities = np.array([bone_density.body_bmd_g_cm3(replace(spec, t_score=float(s))) for s in scores])
    return float(np.round(scores[np.abs(densities - trabecular_g_cm3).argmin()], 1))


def girth(spec: PatientSpec, column: Column, skin: Skin | None) -> float:
    """Body-mass index (kg/m2) whose outline comes nearest to the skin seen; the spec's own without any."""
    if skin is None:
        return spec.body_mass_index_kg_m2
    best = (np.inf, spec.body_mass_index_kg_m2)
    for index in np.arange(15.0, 45.1, 1.0):
        outline = trunk.trunk(replace(spec, body_mass_index_kg_m2=float(index)), column)
        breadth = outline.half_breadth_at(skin.z_mm) / skin.half_breadth_mm - 1.0
        depth = outline.depth_at(skin.z_mm) / (skin.front_y_mm - skin.back_y_mm) - 1.0
        best = min(best, (float(np.mean(breadth**2) + np.mean(depth**2)), float(index)))
    return best[1]


def with_back(spec: PatientSpec, column: Column, skin: Skin | None) -> Column:
    """The column with the depth of its bone below the skin of the back as it was seen."""
    if skin is None:
        return column
    outline = trunk.trunk(spec, column)
    ratio = {}
    for level, v in column.vertebrae.items():
        z = float(v.patient_from_vertebra[2, 3])
        if skin.z_mm.min() <= z <= skin.z_mm.max():
            lamina = outline.centre(z) + v.posterior_wall_y_mm - v.size.canal_depth_mm - 6.0
            seen = lamina - float(np.interp(z, skin.z_mm, skin.back_y_mm))
            ratio[level] = float(
                np.clip(seen / (lamina - float(outline.at(outline.back_y_mm, np.array(z)))), 0.3, 3.0)
            )
    if not ratio:
        return column
    order = [LEVELS.index(level) for level in ratio]
    vertebrae = {}
    for index, level in enumerate(LEVELS):
        nearest = LEVELS[min(order, key=lambda other: abs(other - index))]
        v = column.vertebrae[level]
        deep = v.size.skin_to_bone_at_16mm_lateral_mm * ratio[nearest]
        vertebrae[level] = replace(v, size=replace(v.size, skin_to_bone_at_16mm_lateral_mm=deep))
    return replace(column, vertebrae=vertebrae)
