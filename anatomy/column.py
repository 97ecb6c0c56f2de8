"""The column: where each vertebra and the sacrum lie when the patient lies prone.

Vertebrae are chained from the target both ways by half heights, disc heights and the poses of ``curvature.py``.
The patient frame's origin is the centroid of the unfractured target body, whose frame is turned about the
patient's x axis only: a scoliosis tilts and turns the others. L3 lies level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from anatomy import frames
from anatomy.curvature import SACRUM, Pose, poses
from anatomy.fractures import kissing
from anatomy.fractures.fracture import Collapse
from anatomy.frames import FloatArray
from anatomy.morphometry import Dimensions, dimensions
from anatomy.skeleton import facets, spurs
from anatomy.skeleton.vertebra import Vertebra
from anatomy.spec import LEVELS, Level, PatientSpec

# A sacralised L5: transverse processes at least 19 mm high (Castellvi 1984) that reach the alae, a narrow disc
# (its height unconfirmed). Of a lumbarised S1 pelvis.py makes a sixth vertebra of lumbar type.
SACRALISED_SPAN, SACRALISED_DISC = 1.12, 0.45


@dataclass(frozen=True)
class Column:
    """Vertebrae as found (fracture included) and the fracture, if any, of the target.

    patient_from_sacrum: its origin in the middle of the S1 endplate, +z along the body of S1 upwards.
    lean_rad: how far each level leans forward, a fracture left out.
    """

    vertebrae: Mapping[Level, Vertebra]
    target: Level
    collapse: Collapse | None
    patient_from_sacrum: FloatArray = field(default_factory=lambda: np.eye(4))
    lean_rad: Mapping[str, float] = field(default_factory=dict)

    @property
    def target_vertebra(self) -> Vertebra:
        """The treated vertebra; its frame is that of the unfractured body."""
        return self.vertebrae[self.target]

    def is_above(self, level: Level) -> bool:
        """True for levels cranial of the target."""
        return LEVELS.index(level) < LEVELS.index(self.target)


def column_of(spec: PatientSpec) -> Column:
    """The patient's column in his posture, fracture as found."""
    sizes, pose = sizes_of(spec), poses(spec)
    target = LEVELS.index(spec.target_level)
    centres: dict[Level, FloatArray] = {spec.target_level: np.zeros(3)}
    for index in range(target, 0, -1):
        lower, upper = LEVELS[index], LEVELS[index - 1]
        centres[upper] = centres[lower] + _step(sizes, pose, upper, lower)
    for index in range(target, len(LEVELS) - 1):
        upper, lower = LEVELS[index], LEVELS[index + 1]
        centres[lower] = centres[upper] - _step(sizes, pose, upper, lower)
    vertebrae: dict[Level, Vertebra] = {
        level: Vertebra(level, sizes[level], _placed(centres[level], pose[level])) for level in LEVELS
    }
    vertebrae = facets.jointed(spurs.grown(spec, vertebrae))
    sacrum = _sacrum(vertebrae["L5"], pose)
    lean = {name: p.lean_rad for name, p in pose.items()}
    if spec.fracture is None:
        return Column(vertebrae, spec.target_level, None, sacrum, lean)
    collapse = Collapse.of(vertebrae[spec.target_level], spec.fracture)
    move = collapse.above(1.0)
    for level in LEVELS[:target]:
        v = vertebrae[level]
        vertebrae[level] = replace(v, patient_from_vertebra=frames.compose(move, v.patient_from_vertebra))
    above = LEVELS[target - 1]
    vertebrae[above], vertebrae[spec.target_level] = kissing.touching(
        vertebrae[above], vertebrae[spec.target_level]
    )
    return Column(vertebrae, spec.target_level, collapse, sacrum, lean)


def sizes_of(spec: PatientSpec) -> Mapping[Level, Dimensions]:
    """One person's dimensions, with those of a transitional vertebra."""
    sizes = dict(dimensions(spec))
    if spec.transition == "sacralised L5":
        d = sizes["L5"]
        span, disc = SACRALISED_SPAN * d.tp_span_mm, SACRALISED_DISC * d.disc_below_height_mid_mm
        sizes["L5"] = replace(d, tp_span_mm=span, disc_below_height_mid_mm=disc)
    return sizes


def _step(sizes: Mapping[Level, Dimensions], pose: Mapping[str, Pose], upper: Level, lower: Level) -> FloatArray:
    """Vector from the lower to the upper centroid."""
    distance = 0.5 * sizes[lower].rim_height_mm + sizes[upper].disc_below_height_mid_mm
    distance += 0.5 * sizes[upper].rim_height_mm
    # Posterior walls stay in line: a deeper body's centroid lies farther forward.
    forward = 0.5 * (sizes[upper].depth_mm - sizes[lower].depth_mm)
    between = pose[upper].towards(pose[lower])
    return frames.apply_direction(between.rotation, (0.0, forward, distance))


def _placed(centre: FloatArray, pose: Pose) -> FloatArray:
    return frames.compose(frames.translation(centre), pose.rotation)


def _sacrum(v: Vertebra, pose: Mapping[str, Pose]) -> FloatArray:
    """patient_from_sacrum (4, 4) under L5."""
    down = 0.5 * v.size.rim_height_mm + v.size.disc_below_height_mid_mm
    between = pose["L5"].towards(pose[SACRUM])
    origin = v.patient_from_vertebra[:3, 3] - frames.apply_direction(between.rotation, (0.0, 0.0, down))
    return _placed(origin, pose[SACRUM])
