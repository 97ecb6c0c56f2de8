"""Where the base image of a projection lies, and how slices and detector map to it. Geometry only.

Coordinates are those of the volume's voxels, ordered (slice axis, first axis, second axis) of the slices.

Where the detector is parallel to the slices with rows along their axes (straight views), the base image's samples
are the detector's own rays, so that nothing is interpolated twice. In oblique views samples are as far apart
as pixels, but at least half a voxel and at most one, and a perspective map takes them to the detector. Coarse
volumes need no sample for every pixel: there the samples are every second, third ... ray.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anatomy.frames import FloatArray

LEAST_STEP = 0.5
"""Voxels of the farthest slice between samples, at least: what lies closer adds time, not detail."""
_STRAIGHT = 1e-9
"""Below this share a component of a pixel's step counts as zero."""


@dataclass(frozen=True, eq=False)
class BasePlane:
    """The base image: where its samples lie, and how to reach it from slices and pixels.

    eye     (3,) the source
    rays    (3, 3) with rays @ (row, column, 1) = vector from the source to that pixel of the field
    gram    (3, 3) with v @ gram @ v = the squared length in mm of a vector v
    plane   position of the base plane along the slice axis
    start   coordinates of the first sample; step > 0 between samples; count of samples
    slices  first and past-last slice that can be seen
    """

    eye: FloatArray
    rays: FloatArray
    gram: FloatArray
    plane: float
    start: tuple[float, float]
    step: tuple[float, float]
    count: tuple[int, int]
    slices: tuple[int, int]

    def scale(self, slice_index: ArrayLike) -> FloatArray:
        """How much smaller than on the base plane a shadow's source is in a slice."""
        return (np.asarray(slice_index, dtype=float) - self.eye[0]) / (self.plane - self.eye[0])

    def positions(self, which: int, scale: FloatArray) -> FloatArray:
        """(slices, samples): coordinates in slices of these scales that the samples of one axis see."""
        eye = self.eye[which + 1]
        base = self.start[which] + self.step[which] * np.arange(self.count[which])
        return eye + (base - eye) * np.asarray(scale)[..., None]

    @property
    def straight(self) -> tuple[int, int] | None:
        """Which pixel index (0 row, 1 column) runs along each base axis in a straight view, else None."""
        return _straight(self.rays)


@dataclass(frozen=True, eq=False)
class Filled:
    """What of a volume's slices is not empty.

    spans      (slices, rows, 2): first and past-last entry of each row that is not zero; 0 0 if none
    low, high  (slices, 2): lowest and past-highest filled index along both axes of each slice; 0 0 if empty
    """

    spans: NDArray[np.int32]
    low: NDArray[np.intp]
    high: NDArray[np.intp]


def base_plane(
    filled: Filled,
    first_and_last: tuple[float, float],
    eye: FloatArray,
    rays: FloatArray,
    linear: FloatArray,
    shape: tuple[int, int],
    window: tuple[slice, slice],
    least_step: float = LEAST_STEP,
    margin: int = 0,
) -> BasePlane | None:
    """The part of the farthest slice's plane that both the filled volume and the field can see.

    first_and_last are the end slices of the grid, of which the volume may be a part; linear (3, 3) takes voxel
    vectors to mm; shape is the detector's, and window the rows and columns of it that
    are the field; margin samples beyond it are added. Neither what is filled nor the window decides where samples
    lie: parts add up to the whole, and bone that did not move looks the same. None where field and volume do not
    meet. Raises ValueError where the source lies within the slices.
    """
    rows, columns = window
    low, high = filled.low, filled.high
    some = np.flatnonzero(high[:, 1] > low[:, 1])
    if some.size == 0:
        return None
    near, far = float(some[0]), float(some[-1])
    if near - 1.0 <= eye[0] <= far + 1.0:
        raise ValueError("the X-ray source lies inside the volume; move the patient or the C-arm apart")
    onwards = rays[0] @ ((shape[0] - 1) / 2.0, (shape[1] - 1) / 2.0, 1.0) > 0.0
    if onwards != (near > eye[0]):
        return None  # behind the source
    plane = first_and_last[1 if onwards else 0]
    ends = [[r, c, 1.0] for r in (rows.start, rows.stop - 1) for c in (columns.start, columns.stop - 1)]
    corners = rays @ np.array(ends).T
    if (corners[0] * (plane - eye[0])).min() <= 0.0:
        raise ValueError("the field is so wide and oblique that some rays run away from the volume's slices")
    scale = (some - eye[0]) / (plane - eye[0])
    straight = _straight(rays)
    start, step, count = [], [], []
    for which in (0, 1):
        here = eye[which + 1]
        seen_low = here + np.min((low[some, which] - 1.0 - here) / scale)
        seen_high = here + np.max((high[some, which] - here) / scale)
        field = here + corners[which + 1] / corners[0] * (plane - eye[0])
        spacing, anchor = _sampling(rays, eye, plane, which, shape, straight, least_step)
        beyond = (margin + 1e-6) * spacing
        first = max(seen_low - margin * spacing, field.min() - beyond)
        last = min(seen_high + margin * spacing, field.max() + beyond)
        if last <= first:
            return None
        index = int(np.floor((first - anchor) / spacing + 1e-6))
        start.append(anchor + spacing * index)
        step.append(spacing)
        count.append(int(np.ceil((last - anchor) / spacing - 1e-6)) - index + 1)
    from_window = rays.copy()
    from_window[:, 2] += rays[:, 0] * rows.start + rays[:, 1] * columns.start
    return BasePlane(
        eye, from_window, linear.T @ linear, plane, (start[0], start[1]), (step[0], step[1]), (count[0], count[1]),
        (int(some[0]), int(some[-1]) + 1),
    )  # fmt: skip


def filled_of(spans: NDArray[np.int32]) -> Filled:
    """What is filled, from the spans of all rows."""
    some = spans[:, :, 1] > spans[:, :, 0]
    any_row = some.any(axis=1)
    first = np.where(any_row, some.argmax(axis=1), 0)
    last = np.where(any_row, some.shape[1] - some[:, ::-1].argmax(axis=1), 0)
    low = np.where(some, spans[:, :, 0], np.iinfo(np.int32).max).min(axis=1)
    return Filled(
        spans,
        np.column_stack([first, np.where(any_row, low, 0)]),
        np.column_stack([last, spans[:, :, 1].max(axis=1)]),
    )


def _straight(rays: FloatArray) -> tuple[int, int] | None:
    """(pixel index along the first base axis, along the second) if the base axes are those of the detector."""
    size = np.abs(rays[:, :2]).max()
    zero = np.abs(rays[:, :2]) <= _STRAIGHT * size
    if not zero[0].all():
        return None
    if zero[1, 1] and zero[2, 0]:
        return 0, 1
    if zero[1, 0] and zero[2, 1]:
        return 1, 0
    return None


def _sampling(
    rays: FloatArray,
    eye: FloatArray,
    plane: float,
    which: int,
    shape: tuple[int, int],
    straight: tuple[int, int] | None,
    least_step: float,
) -> tuple[float, float]:
    """Distance between samples along one base axis, and the coordinate of one sample."""
    if straight is not None:
        reach = (plane - eye[0]) / rays[0, 2]
        pixel = float(rays[which + 1, straight[which]] * reach)
        rays_a_sample = max(int(least_step / abs(pixel)), 1)
        return abs(pixel) * rays_a_sample, float(eye[which + 1] + rays[which + 1, 2] * reach)
    middle = np.array([(shape[0] - 1) / 2.0, (shape[1] - 1) / 2.0, 1.0])
    depth, across = rays[0] @ middle, rays[which + 1] @ middle
    slope = (rays[which + 1, :2] * depth - across * rays[0, :2]) / depth**2 * (plane - eye[0])
    return float(np.clip(np.linalg.norm(slope), least_step, 1.0)), float(eye[which + 1])
