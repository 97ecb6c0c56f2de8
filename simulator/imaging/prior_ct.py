"""The CT that was made before the procedure: Hounsfield units of a patient as found, and sections through them.

Densities mix linearly, so a section adds two grids: tissue and bone of the whole body at 2 mm, and the bone about
the target at 0.5 mm, which fade into each other. Old cement, metal and the gas of a cleft are in it; nothing that
a session does is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy.findings.earlier_work import metal
from anatomy.fractures import deform
from anatomy.frames import FloatArray
from anatomy.patient import Patient
from anatomy.spec import LEVELS
from anatomy.tissue import HU_PER_BMD, hu_from_densities
from anatomy.volume import Grid, Volume

STREAM_NOISE = 0x63746E6F  # of a section, by plane and place

Section = Literal["sagittal", "coronal", "axial"]
SECTIONS: tuple[Section, ...] = ("sagittal", "coronal", "axial")

NORMAL: dict[Section, int] = {"sagittal": 0, "coronal": 1, "axial": 2}
"""The axis of the patient that a section lies across."""
ACROSS: dict[Section, tuple[int, int]] = {"sagittal": (1, -1), "coronal": (0, -1), "axial": (0, -1)}
"""Axis along the columns, and its direction: front or the patient's right at the left."""
UP: dict[Section, int] = {"sagittal": 2, "coronal": 2, "axial": 1}
"""Axis up the rows: head, head, front."""

PIXEL_MM = 0.5
HU_LIMITS = (-1000, 3071)
"""Twelve bits, as scanners store them: metal and cement are saturated."""
NOISE_HU, NOISE_PIXELS = 12.0, 0.9
"""SD of a section's noise, and the blur of the kernel that it went through (presets, unconfirmed)."""
GAS_IN_MARROW_HU, FLUID_IN_MARROW_HU = -960.0, 40.0
"""A cleft against the yellow marrow that the coarse grid has there (gas -1000, fluid 10, marrow -30 HU)."""


@dataclass(frozen=True, eq=False)
class PriorCt:
    """body (2 mm) and what to add to it near the target (0.5 mm), HU as int16; levels: centres of bodies, mm."""

    body: Volume
    near: Volume
    levels: Mapping[str, FloatArray]
    target_mm: FloatArray
    seed: int

    def range_mm(self, axis: int) -> tuple[float, float]:
        """Lowest and highest centre of a voxel along an axis."""
        centres = self.body.grid.axes_mm()[axis].ravel()
        return float(centres[0]), float(centres[-1])

    def section(self, kind: Section, at_mm: float) -> NDArray[np.int16]:
        """HU (rows, columns) in pixels of PIXEL_MM through a place along the section's normal.

        Row 0 is on top and column 0 at the left, as radiologists look at them: head or front up, the body's front
        or the patient's right at the left.
        """
        (across, _), up = ACROSS[kind], UP[kind]
        places: list[FloatArray] = [np.array([at_mm])] * 3
        for axis in (across, up):
            low, high = self.range_mm(axis)
            places[axis] = np.arange(high, low - 1e-6, -PIXEL_MM)
        found = _read(self.body, places, float(HU_LIMITS[0])) + _read(self.near, places, 0.0)
        plane = np.squeeze(found, axis=NORMAL[kind])
        if up > across:  # rows go down the axis that is up, columns along the other
            plane = plane.T
        plane = plane + self._noise(kind, at_mm, (plane.shape[0], plane.shape[1]))
        return np.clip(np.round(plane), *HU_LIMITS).astype(np.int16)

    def pixel_of(self, kind: Section, point_mm: FloatArray) -> tuple[float, float]:
        """(row, column) of a patient point (3,) in a section."""
        (across, _), up = ACROSS[kind], UP[kind]
        row = (self.range_mm(up)[1] - float(point_mm[up])) / PIXEL_MM
        return row, (self.range_mm(across)[1] - float(point_mm[across])) / PIXEL_MM

    def point_of(self, kind: Section, row: float, column: float, at_mm: float) -> FloatArray:
        """The patient point (3,) under a (row, column) of a section at a place."""
        (across, _), up = ACROSS[kind], UP[kind]
        point = np.full(3, at_mm, dtype=float)
        point[up] = self.range_mm(up)[1] - PIXEL_MM * row
        point[across] = self.range_mm(across)[1] - PIXEL_MM * column
        return point

    def _noise(self, kind: Section, at_mm: float, shape: tuple[int, int]) -> NDArray[np.float32]:
        """The same at the same place, so that scrolling back shows the same picture."""
        place = round(10.0 * (at_mm - self.range_mm(NORMAL[kind])[0]))
        rng = np.random.default_rng([self.seed, STREAM_NOISE, SECTIONS.index(kind), max(place, 0)])
        noise = ndimage.gaussian_filter(rng.standard_normal(shape, dtype=np.float32), NOISE_PIXELS)
        # white noise through a Gaussian of sigma s pixels keeps 1 / (2 sqrt(pi) s) of its SD
        return np.asarray(noise * np.float32(NOISE_HU * 2.0 * np.sqrt(np.pi) * NOISE_PIXELS))


def prior_ct(patient: Patient) -> PriorCt:
    """The CT of a patient as found, the fracture as it lies flat; takes a second.

    Old cement and metal are in it, gas in a cleft is black.
    """
    near_grid, near = _near(patient)
    body = _body(patient)
    collapse = patient.column.collapse
    if collapse is not None and collapse.spec.cleft != "none":
        cleft = GAS_IN_MARROW_HU if collapse.spec.cleft == "gas" else FLUID_IN_MARROW_HU
        near += np.round(np.float32(cleft) * deform.cleft_share(collapse, near_grid, 1.0)).astype(np.int16)
    _add_metal(patient, near, near_grid, body, patient.soft.grid)
    levels: dict[str, FloatArray] = {level: patient.landmarks[f"{level} body centre"] for level in LEVELS
              if f"{level} body centre" in patient.landmarks}  # fmt: skip
    return PriorCt(
        Volume(body, patient.soft.grid),
        Volume(near, near_grid),
        levels,
        patient.landmarks[f"{patient.column.target} body centre"],
        patient.spec.seed,
    )


MOST_HU = 2 * HU_LIMITS[1]
"""What a voxel is stored with at most: still saturated when tissue is added or half of it is its neighbour."""


def _body(patient: Patient) -> NDArray[np.int16]:
    """Everything but the fine bone, a few planes at a time: in one piece it would take ten times its size."""
    volumes = patient.soft, patient.adipose, patient.mineral_far(1.0)
    hu = np.empty(patient.soft.grid.shape, dtype=np.int16)
    for planes in _slabs(len(hu)):
        values = hu_from_densities(*(volume.planes(planes) for volume in volumes))
        hu[planes] = np.clip(np.round(values), HU_LIMITS[0], MOST_HU)
    return hu


def _near(patient: Patient) -> tuple[Grid, NDArray[np.int16]]:
    """What the fine bone adds."""
    fine = patient.mineral_fine(1.0)
    hu = np.empty(fine.grid.shape, dtype=np.int16)
    for planes in _slabs(len(hu)):
        hu[planes] = np.minimum(np.round(np.float32(1000.0 * HU_PER_BMD) * fine.planes(planes)), MOST_HU)
    return fine.grid, hu


def _slabs(n: int) -> Iterator[slice]:
    return (slice(first, first + 16) for first in range(0, n, 16))


def _add_metal(
    patient: Patient, near: NDArray[np.int16], near_grid: Grid, body: NDArray[np.int16], body_grid: Grid
) -> None:
    """Metal saturates: in fine voxels where there are some, else in coarse ones."""
    low, high = near_grid.box_mm()
    for part in metal(patient.spec, patient.column, 1.0):
        ends = np.array([part.start_mm, part.end_mm])
        reach = max(part.start_radius_mm, part.end_radius_mm)
        for hu, grid in ((near, near_grid), (body, body_grid)):
            window = grid.window(ends.min(axis=0) - reach, ends.max(axis=0) + reach)
            if any(s.stop <= s.start for s in window):
                continue
            points = grid.part(window).centres_mm().reshape(-1, 3)
            inside = part.holds(points)
            if hu is body:
                inside &= ~np.all((points > low) & (points < high), axis=1)
            box = hu[window]
            box[inside.reshape(box.shape)] = MOST_HU


def _read(volume: Volume, places: list[FloatArray], outside: float) -> FloatArray:
    """Values at the crossings of places along x, y and z, linear in between, one axis after the other."""
    values: FloatArray = volume.array
    origin = volume.patient_from_voxel[:3, 3]
    covered: list[NDArray[np.bool_]] = []
    for axis in sorted(range(3), key=lambda a: len(places[a])):  # the single place first: the rest is small then
        index = (places[axis] - origin[axis]) / volume.grid.voxel_mm[axis]
        last = volume.array.shape[axis] - 1
        covered.append((index > -0.5) & (index < last + 0.5))
        index = np.clip(index, 0.0, last)
        low = np.minimum(index.astype(int), max(last - 1, 0))
        share = (index - low).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(3)])
        high = np.minimum(low + 1, last)
        values = np.take(values, low, axis) * (1.0 - share) + np.take(values, high, axis) * share
        values = np.where(covered[-1].reshape(share.shape), values, np.float32(outside))
    return values
