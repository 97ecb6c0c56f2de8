"""Kissing spines: processes that a collapse brings together touch and do not run into each other."""

from __future__ import annotations

import numpy as np

from anatomy import frames
from anatomy.column import Column, column_of
from anatomy.fractures import kissing
from anatomy.skeleton.processes import spinous_process
from anatomy.spec import FractureSpec, Level, PatientSpec

CRUSHED = PatientSpec(seed=3, fracture=FractureSpec(shape="crush", endplate="both", height_ratio=0.4))


def gap_mm(column: Column, upper: Level, lower: Level) -> float:
    """Least distance between two spinous processes in the midline; negative where they run into each other."""
    y, z = np.meshgrid(np.arange(-75.0, -20.0, 0.4), np.arange(-30.0, 30.0, 0.4))
    points = np.column_stack([np.zeros(y.size), y.ravel(), z.ravel()])
    distances = []
    for level in (upper, lower):
        v = column.vertebrae[level]
        x, y, z = frames.apply(frames.inverse(v.patient_from_vertebra), points).T
        distances.append(np.minimum.reduce([part.distance(x, y, z) for part in spinous_process(v)]))
    return 2.0 * float(np.maximum(*distances).min())


def test_processes_of_a_crushed_level_touch() -> None:
    """Between target and neighbour above 0.5 to 1.5 mm are left, in which neither bone lies."""
    column = column_of(CRUSHED)
    assert 0.5 <= gap_mm(column, "T12", "L1") <= 1.5
    assert [level for level, v in column.vertebrae.items() if v.contacts] == ["T12", "L1"]


def test_processes_that_are_apart_keep_their_shape() -> None:
    """A moderate wedge brings none together, and both vertebrae come back as they were."""
    column = column_of(PatientSpec(seed=3, fracture=FractureSpec()))
    assert not any(v.contacts for v in column.vertebrae.values())
    pair = column.vertebrae["T12"], column.vertebrae["L1"]
    assert all(a is b for a, b in zip(kissing.touching(*pair), pair, strict=True))
