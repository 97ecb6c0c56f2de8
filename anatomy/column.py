"""The column: where each vertebra lies when the patient lies prone.

Vertebrae are chained from the target both ways by half heights, disc heights and the prone segment tilts of
``morphometry.csv``. The patient frame's origin is the centroid of the unfractured target body; L3 lies level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from anatomy import frames
from anatomy.fracture import Collapse
from anatomy.frames import FloatArray
from anatomy.morphometry import Dimensions, dimensions
from anatomy.spec import LEVELS, Level, PatientSpec
from anatomy.vertebra import Vertebra

LEVEL_AT_REST: Level = "L3"  # its endplates are vertical on the table in the prone column


@dataclass(frozen=True)
class Column:
    """Vertebrae as found (fracture included) and the fracture, if any, of the target."""

    vertebrae: Mapping[Level, Vertebra]
    target: Level
    collapse: Collapse | None

    @property
    def target_vertebra(self) -> Vertebra:
        """The treated vertebra; its frame is that of the unfractured body."""
        return self.vertebrae[self.target]

    def is_above(self, level: Level) -> bool:
        """True for levels cranial of the target."""
        return LEVELS.index(level) < LEVELS.index(self.target)


def column_of(spec: PatientSpec) -> Column:
    """The patient's column, prone, fracture as found."""
    sizes = dimensions(spec)
    pitch = forward_lean_rad(sizes)
    target = LEVELS.index(spec.target_level)
    centres: dict[Level, FloatArray] = {spec.target_level: np.zeros(3)}
    for index in range(target, 0, -1):
        lower, upper = LEVELS[index], LEVELS[index - 1]
        centres[upper] = centres[lower] + _step(sizes, pitch, upper, lower)
    for index in range(target, len(LEVELS) - 1):
        upper, lower = LEVELS[index], LEVELS[index + 1]
        centres[lower] = centres[upper] - _step(sizes, pitch, upper, lower)
    vertebrae: dict[Level, Vertebra] = {
        level: Vertebra(level, sizes[level], _placed(centres[level], pitch[level])) for level in LEVELS
    }
    if spec.fracture is None:
        return Column(vertebrae, spec.target_level, None)
    collapse = Collapse.of(vertebrae[spec.target_level], spec.fracture)
    move = collapse.above(1.0)
    for level in LEVELS[:target]:
        v = vertebrae[level]
        vertebrae[level] = replace(v, patient_from_vertebra=frames.compose(move, v.patient_from_vertebra))
    return Column(vertebrae, spec.target_level, collapse)


def forward_lean_rad(sizes: Mapping[Level, Dimensions]) -> dict[Level, float]:
    """Forward lean of each vertebra's axis; positive tilts of the table are kyphotic."""
    rest = LEVELS.index(LEVEL_AT_REST)
    lean = {LEVEL_AT_REST: 0.0}
    for index in range(rest, 0, -1):
        tilt = np.radians(sizes[LEVELS[index - 1]].segment_tilt_below_prone_deg)
        lean[LEVELS[index - 1]] = lean[LEVELS[index]] + tilt
    for index in range(rest, len(LEVELS) - 1):
        tilt = np.radians(sizes[LEVELS[index]].segment_tilt_below_prone_deg)
        lean[LEVELS[index + 1]] = lean[LEVELS[index]] - tilt
    return lean


def _step(
    sizes: Mapping[Level, Dimensions], lean: Mapping[Level, float], upper: Level, lower: Level
) -> FloatArray:
    """Vector from the lower to the upper centroid."""
    distance = 0.5 * sizes[lower].rim_height_mm + sizes[upper].disc_below_height_mid_mm
    distance += 0.5 * sizes[upper].rim_height_mm
    angle = 0.5 * (lean[upper] + lean[lower])
    # Posterior walls stay in line: a deeper body's centroid lies farther forward.
    forward = 0.5 * (sizes[upper].depth_mm - sizes[lower].depth_mm)
    sin, cos = np.sin(angle), np.cos(angle)
    return np.array([0.0, distance * sin + forward * cos, distance * cos - forward * sin])


def _placed(centre: FloatArray, lean_rad: float) -> FloatArray:
    return frames.compose(frames.translation(centre), frames.rotation((1.0, 0.0, 0.0), -lean_rad))
