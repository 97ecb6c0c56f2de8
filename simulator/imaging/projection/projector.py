"""Line integrals through a volume by slice factorisation (perspective shear-warp).

Along the volume axis nearest the central ray, the map from a slice to a base plane parallel to the slices, seen
from the source, is *scale and shift on each axis separately*. Each slice is therefore resampled by two
one-dimensional linear interpolations and added to one base image. At the end the base image is looked up at
each detector pixel, times the length of ray between slices. No ray is ever traced.

Sampling is that of Joseph (IEEE Trans Med Imaging 1982;1:192): bilinear in each slice; the factorisation is
Lacroute & Levoy (SIGGRAPH 1994). Two kernels do the same sums: ``slices_numpy``, the reference, and its compiled
twin ``slices_compiled``, used where numba imports (they agree to 1e-5 of the brightest ray). Errors and times
against fine sampling: ``vertebrosim bench projector`` and docs/benchmarks.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import frames
from anatomy.filled_rows import FilledRows
from anatomy.volume import Grid, Volume
from simulator.imaging.projection import slices_numpy
from simulator.imaging.projection.base_plane import LEAST_STEP, BasePlane, Filled, base_plane, filled_of
from simulator.imaging.view import View

try:
    from simulator.imaging.projection import slices_compiled
except ImportError:  # numba has no wheel for every Python
    slices_compiled = None  # type: ignore[assignment]

SMOOTH_STEP = 1.0
"""Voxels between samples, at least, of what is blurred by a voxel anyway."""
SMOOTH_MARGIN = 2
"""Samples beyond the field that the blur may want."""
Image = NDArray[np.float32]
Window = tuple[slice, slice]


class Kernel(Protocol):
    """What does the sums: ``slices_numpy`` or ``slices_compiled``."""

    def sum_of_slices(self, slices: FilledRows, base: BasePlane) -> Image:
        """The base image: every slice (n, a, b) resampled onto the base plane and added."""

    def on_detector(self, summed: Image, base: BasePlane, out: Image) -> None:
        """Write to out the base image as seen at each pixel, times the length of ray between slices."""


KERNELS: dict[str, Kernel] = {"numpy": slices_numpy}
if slices_compiled is not None:
    KERNELS["compiled"] = slices_compiled


@dataclass(frozen=True, eq=False)
class Projectable:
    """A volume ready for projection: the filled rows of its slices across each axis, float32.

    A volume that is kept as its rows is shared; slices across k, whose rows lie otherwise, are copied at the first
    view along k. A volume cut out of a grid is sampled where the whole would be if ``within`` says so: then parts
    add up to the whole, to rounding.
    """

    volume: Volume
    within: Grid | None = None

    def slices(self, axis: int) -> FilledRows:
        """The rows of the slices across an axis; worked out once."""
        if axis not in self._slices:
            if axis == 2:
                whole = np.ascontiguousarray(np.moveaxis(self.volume.array, 2, 0), dtype=np.float32)
                self._slices[axis] = FilledRows.of(whole)
            else:
                self._slices[axis] = self._along_k if axis == 0 else self._along_k.turned()
        return self._slices[axis]

    def ends(self, axis: int) -> tuple[float, float]:
        """Place of the first and last slice across an axis of the grid that decides where samples lie."""
        if self.within is None:
            return 0.0, self.volume.grid.shape[axis] - 1.0
        corner = frames.inverse(self.volume.patient_from_voxel) @ self.within.patient_from_voxel[:, 3]
        first = round(float(corner[axis]), 6)
        return first, first + self.within.shape[axis] - 1.0

    def filled(self, axis: int) -> Filled:
        """What of the slices across an axis is not empty; worked out once."""
        if axis not in self._filled:
            self._filled[axis] = filled_of(self.slices(axis).spans)
        return self._filled[axis]

    @cached_property
    def _filled(self) -> dict[int, Filled]:
        return {}

    @cached_property
    def _slices(self) -> dict[int, FilledRows]:
        return {}

    @cached_property
    def _along_k(self) -> FilledRows:
        rows = self.volume.rows
        if rows.values.dtype == np.float32:
            return rows
        return replace(rows, values=rows.values.astype(np.float32))


def line_integrals(
    source: Projectable | Volume,
    view: View,
    *,
    window: Window | None = None,
    smooth: bool = False,
    kernel: str | None = None,
) -> Image:
    """Integral of the volume along the ray to every pixel: (rows, columns), value times mm.

    window  rows and columns of the detector that are wanted; the others stay zero
    smooth  blurs by a voxel: along curved skin the kinks of linear interpolation between coarse voxels would
            add up to stripes
    kernel  "numpy" or "compiled"; the faster one that is there if None

    Outside the volume the value falls to zero within one voxel. Raises ValueError if the source lies inside
    the volume's slab of slices, where the factorisation has no meaning, and for a kernel that is not there.
    """
    chosen = _kernel(kernel)
    body = source if isinstance(source, Projectable) else Projectable(source)
    image = np.zeros(view.shape, dtype=np.float32)
    voxel_from_patient = frames.inverse(body.volume.patient_from_voxel)
    eye = frames.apply(voxel_from_patient, view.source_patient_mm)
    rays = voxel_from_patient[:3, :3] @ view.ray_matrix_patient()
    sizes = frames.voxel_sizes_mm(body.volume.patient_from_voxel)
    axis = int(np.argmax(np.abs(voxel_from_patient[:3, :3] @ view.direction_patient * sizes)))
    order = [axis, *(a for a in range(3) if a != axis)]
    field = window or (slice(0, view.shape[0]), slice(0, view.shape[1]))
    slices, filled = body.slices(axis), body.filled(axis)
    linear = body.volume.patient_from_voxel[:3, :3][:, order]
    sampling = (SMOOTH_STEP, SMOOTH_MARGIN) if smooth else (LEAST_STEP, 0)
    base = base_plane(filled, body.ends(axis), eye[order], rays[order], linear, view.shape, field, *sampling)
    if base is not None:
        summed = chosen.sum_of_slices(slices, base)
        chosen.on_detector(_blurred(summed, base.step) if smooth else summed, base, image[field])
    return image


def _blurred(summed: Image, step: tuple[float, float]) -> Image:
    """The base image under a tent that reaches a voxel and a sample to either side; its sum is kept."""
    for axis in (0, 1):
        box = np.ones(round(1.0 / step[axis]) + 1)
        tent = np.convolve(box, box)
        summed = ndimage.correlate1d(summed, tent / tent.sum(), axis=axis, mode="nearest")
    return summed


def fastest_kernel() -> str:
    """The name of the kernel used when none is asked for."""
    return "compiled" if "compiled" in KERNELS else "numpy"


def _kernel(name: str | None) -> Kernel:
    chosen = KERNELS.get(name or fastest_kernel())
    if chosen is None:
        raise ValueError(f"no projection kernel {name!r}; there is {' and '.join(KERNELS)} (compiled needs numba)")
    return chosen
