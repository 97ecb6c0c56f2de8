"""One vertebra's mineral on a small grid: what tests of lesions and earlier work measure."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from anatomy import frames
from anatomy.column import Column, column_of
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.spine import vertebra_piece
from anatomy.skeleton.vertebra import Vertebra
from anatomy.spec import LesionSpec, Level, PatientSpec
from anatomy.volume import Grid


def with_lesion(spec: PatientSpec, *lesions: LesionSpec) -> PatientSpec:
    """The same patient with tumours."""
    return replace(spec, lesions=lesions)


@cache
def column(spec: PatientSpec) -> Column:
    """The column of a patient."""
    return column_of(spec)


def box(v: Vertebra, voxel_mm: float) -> Grid:
    """A grid round a vertebra whose edges lie on even millimetres."""
    centre = 2.0 * np.round(v.patient_from_vertebra[:3, 3] / 2.0)
    return Grid.spanning(centre - (36.0, 56.0, 36.0), centre + (36.0, 28.0, 36.0), voxel_mm)


@cache
def mineral(spec: PatientSpec, level: Level, voxel_mm: float = 1.0) -> Array:
    """Mineral (i, j, k) of one vertebra as found, g/cm3, on ``box``; read-only."""
    spine = column(spec)
    v = spine.vertebrae[level]
    grid = box(v, voxel_mm)
    piece = vertebra_piece(spec, v, grid, spine.collapse if level == spine.target else None)
    assert piece is not None
    out = np.zeros(grid.shape, dtype=np.float32)
    out[piece.window][piece.at] = piece.body + piece.arch
    out.setflags(write=False)
    return out


def local_points(v: Vertebra, grid: Grid) -> FloatArray:
    """Voxel centres (i, j, k, 3) in the vertebral frame, mm."""
    return frames.apply(frames.inverse(v.patient_from_vertebra), grid.centres_mm())
