"""Scans for tests: a CT of known vertebrae made from the recipe, and the real ones where they are at hand."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from anatomy import frames
from anatomy.column import Column, column_of
from anatomy.frames import FloatArray
from anatomy.skeleton import spine
from anatomy.skeleton.vertebra import body_field
from anatomy.spec import LEVELS, Level, PatientSpec
from anatomy.volume import Grid, Volume

REAL = Path(os.environ.get("VERTEBROSIM_CT_DATA", Path(__file__).parents[3].parent / "shared" / "data" / "ct"))
"""Two small real CTs with labels, which are not part of the product."""

SPEC = PatientSpec(seed=11, target_level="L2", body_mass_index_kg_m2=24.0)
SHOWN: tuple[Level, ...] = ("L1", "L2", "L3")
SCAN_FROM_PATIENT = frames.compose(
    frames.translation((40.0, -120.0, 300.0)),
    frames.rotation((0.0, 0.0, 1.0), np.radians(6.0)),
    frames.rotation((0.0, 1.0, 0.0), np.radians(4.0)),
)
"""The person lies askew in the scanner."""


def real(name: str) -> Path:
    """A real file; the test is skipped where there is none."""
    path = REAL / name
    if not path.exists():
        pytest.skip(f"{path} is not there; VERTEBROSIM_CT_DATA names the folder of the CT data")
    return path


@dataclass(frozen=True)
class Phantom:
    """A CT (HU, int16) and labels on one grid, body parts (1 body, -1 arch), and the column it shows."""

    hu: NDArray[np.int16]
    level: NDArray[np.int8]  # index into LEVELS + 1
    in_body: NDArray[np.int8]
    scan_from_voxel: FloatArray
    column: Column

    @property
    def volume(self) -> Volume:
        """The CT as a volume of the scan frame."""
        return Volume.from_affine(self.hu, self.scan_from_voxel)

    def numbered(self, first: int, step: int) -> NDArray[np.int16]:
        """Labels in a scheme in which T1 is first and the next level first + step."""
        return np.where(self.level > 0, first + step * (self.level.astype(np.int16) - 1), 0).astype(np.int16)


@cache
def phantom(voxel_mm: float = 2.0, *, with_spurs: bool = False) -> Phantom:
    """Three vertebrae of the recipe in muscle, fat around and a couch below, lying askew in a box of 170 mm.

    Without osteophytes, so that its dimensions are those of its voxels; with_spurs: as the recipe grows them.
    """
    column = column_of(SPEC)
    if not with_spurs:
        vertebrae = {level: replace(v, spurs=()) for level, v in column.vertebrae.items()}
        column = replace(column, vertebrae=vertebrae)
    count = int(170 / voxel_mm)
    low = np.array([-85.0, -110.0, -60.0])
    shape = (count, count, int(120 / voxel_mm))
    scan_from_voxel = frames.affine(np.diag([voxel_mm] * 3), frames.apply(SCAN_FROM_PATIENT, (0, 0, 0)) + low)
    patient_from_voxel = frames.compose(frames.inverse(SCAN_FROM_PATIENT), scan_from_voxel)
    # Vertebrae are known on patient-aligned grids: made there at 1 mm, then read at the scan's voxels.
    fine = Grid.spanning((-95, -125, -75), (95, 75, 75), 1.0)
    points = frames.apply(patient_from_voxel, np.moveaxis(np.indices(shape), 0, -1))
    index = np.rint(frames.apply(frames.inverse(fine.patient_from_voxel), points)).astype(int)
    index = np.clip(index, 0, np.array(fine.shape) - 1)
    i, j, k = np.moveaxis(index, -1, 0)
    radial = np.hypot(points[..., 0] / 72.0, (points[..., 1] + 25.0) / 68.0)
    hu = np.where(radial < 0.85, 40, np.where(radial < 1.0, -105, -1000)).astype(float)
    couch = (points[..., 1] < -98.0) & (points[..., 1] > -106.0)
    hu[couch] = -150.0
    level, in_body = np.zeros(shape, np.int8), np.zeros(shape, np.int8)
    for name in SHOWN:
        v = column.vertebrae[name]
        piece = spine.vertebra_piece(SPEC, v, fine, None)
        assert piece is not None
        inside = np.zeros(fine.shape, dtype=bool)
        inside[piece.window] = piece.distance < 0.0
        mine = inside[i, j, k]
        level[mine] = LEVELS.index(name) + 1
        x, y, z = frames.apply(frames.inverse(v.patient_from_vertebra), points[mine]).T
        body = (body_field(v, x, y, z).distance_mm < 0.5) & (y > v.posterior_wall_y_mm - 0.5)
        in_body[mine] = np.where(body, 1, -1)
        hu[mine] = np.where(body, 160.0, 320.0)
    return Phantom(np.rint(hu).astype(np.int16), level, in_body, scan_from_voxel, column)
