"""How a picture hangs on the monitor: flipped, turned, magnified, behind an electronic shutter. Pixels only.

The order is fixed: flips, quarter turns, then turn by any angle and zoom about a point. All turns are clockwise
on the screen. Flips and quarter turns move pixels and change none; angle and zoom interpolate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anatomy.frames import FloatArray

Grey = NDArray[np.uint8]

ZOOM_LIMITS = (1.0, 8.0)


@dataclass(frozen=True)
class Orientation:
    """Flips, clockwise turns, and a zoom; its centre is given in shares of the turned picture's height and width.

    Raises ValueError for what cannot be shown.
    """

    flip_horizontal: bool = False
    flip_vertical: bool = False
    quarter_turns: int = 0
    angle_deg: float = 0.0
    zoom: float = 1.0
    zoom_centre: tuple[float, float] = (0.5, 0.5)

    def __post_init__(self) -> None:
        if self.quarter_turns not in (0, 1, 2, 3):
            raise ValueError(f"quarter_turns must be 0, 1, 2 or 3, got {self.quarter_turns}")
        if not np.isfinite(self.angle_deg):
            raise ValueError(f"angle_deg must be a number, got {self.angle_deg}")
        if not ZOOM_LIMITS[0] <= self.zoom <= ZOOM_LIMITS[1]:
            raise ValueError(f"zoom must lie between {ZOOM_LIMITS[0]:g} and {ZOOM_LIMITS[1]:g}, got {self.zoom}")
        if not all(0.0 <= share <= 1.0 for share in self.zoom_centre):
            raise ValueError(f"zoom_centre must lie in the picture, shares from 0 to 1, got {self.zoom_centre}")

    @property
    def interpolates(self) -> bool:
        """Whether pixels are interpolated, not only moved."""
        return self.zoom != 1.0 or self.angle_deg % 360.0 != 0.0

    def hung(self, picture: Grey) -> Grey:
        """The picture (rows, columns) as it hangs; what lies beyond it is black. A new array."""
        if self.flip_horizontal:
            picture = picture[:, ::-1]
        if self.flip_vertical:
            picture = picture[::-1]
        picture = np.array(np.rot90(picture, -self.quarter_turns), order="C")
        if self.interpolates:
            return _sampling(picture.shape, self.angle_deg, self.zoom, self.zoom_centre)(picture)
        return picture

    def screen_from_detector(self, shape: tuple[int, int]) -> FloatArray:
        """(3, 3) matrix from (row, column, 1) of a detector picture of shape to the same on the screen."""
        rows, columns = shape
        matrix = np.eye(3)
        if self.flip_horizontal:
            matrix = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, columns - 1.0], [0.0, 0.0, 1.0]]) @ matrix
        if self.flip_vertical:
            matrix = np.array([[-1.0, 0.0, rows - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]) @ matrix
        for _ in range(self.quarter_turns):
            matrix = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, rows - 1.0], [0.0, 0.0, 1.0]]) @ matrix
            rows, columns = columns, rows
        if self.interpolates:
            matrix = _turned_and_zoomed((rows, columns), self.angle_deg, self.zoom, self.zoom_centre) @ matrix
        return matrix

    def on_screen(self, pixels: ArrayLike, shape: tuple[int, int]) -> FloatArray:
        """Where detector pixels (..., 2), row and column, lie on the screen."""
        matrix = self.screen_from_detector(shape)
        return np.asarray(pixels, dtype=float) @ matrix[:2, :2].T + matrix[:2, 2]

    def on_detector(self, pixels: ArrayLike, shape: tuple[int, int]) -> FloatArray:
        """Where screen pixels (..., 2), row and column, lie on a detector of shape."""
        matrix = np.linalg.inv(self.screen_from_detector(shape))
        return np.asarray(pixels, dtype=float) @ matrix[:2, :2].T + matrix[:2, 2]


@dataclass(frozen=True)
class Shutter:
    """An electronic shutter about the middle of the panel, mm at the detector: a rectangle, a circle, or both."""

    height_mm: float | None = None
    width_mm: float | None = None
    diameter_mm: float | None = None

    def __post_init__(self) -> None:
        for name in ("height_mm", "width_mm", "diameter_mm"):
            value = getattr(self, name)
            if value is not None and not value > 0.0:
                raise ValueError(f"a shutter's {name} must be positive, or None for none, got {value}")

    def open_pixels(self, shape: tuple[int, int], pixel_mm: float) -> NDArray[np.bool_]:
        """True where the picture is seen (rows, columns)."""
        r, c = ((np.arange(n) - (n - 1) / 2.0) * pixel_mm for n in shape)
        limits = (np.inf if size is None else size / 2.0 for size in (self.height_mm, self.width_mm))
        tall, wide = limits
        seen = (np.abs(r) <= tall)[:, None] & (np.abs(c) <= wide)[None, :]
        if self.diameter_mm is not None:
            seen &= (r * r)[:, None] + (c * c)[None, :] <= (self.diameter_mm / 2.0) ** 2
        return seen


def _turned_and_zoomed(
    shape: tuple[int, int], angle_deg: float, zoom: float, centre: tuple[float, float]
) -> FloatArray:
    """(3, 3) matrix to the screen: the zoom's centre comes to the middle; angle 0 and zoom 1 move nothing."""
    middle = (np.array(shape) - 1.0) / 2.0
    about = middle if zoom == 1.0 else np.array(centre) * (np.array(shape) - 1.0)
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    matrix = np.eye(3)
    matrix[:2, :2] = zoom * np.array([[cos, sin], [-sin, cos]])
    matrix[:2, 2] = middle - matrix[:2, :2] @ about
    return matrix


class _Sampling:
    """Bilinear look-up of a picture turned and zoomed: where from and how much, worked out once."""

    def __init__(self, shape: tuple[int, int], matrix: FloatArray) -> None:
        inverse = np.linalg.inv(matrix)
        row, column = np.meshgrid(*(np.arange(n, dtype=float) for n in shape), indexing="ij")
        r, c = (inverse[i, 0] * row + inverse[i, 1] * column + inverse[i, 2] for i in (0, 1))
        beyond = (r < -0.5) | (r > shape[0] - 0.5) | (c < -0.5) | (c > shape[1] - 0.5)
        r, c = np.clip(r, 0.0, shape[0] - 1.0), np.clip(c, 0.0, shape[1] - 1.0)
        top = np.minimum(r.astype(np.intp), max(shape[0] - 2, 0))
        left = np.minimum(c.astype(np.intp), max(shape[1] - 2, 0))
        self._first = top * shape[1] + left
        self._down = shape[1] if shape[0] > 1 else 0
        self._right = 1 if shape[1] > 1 else 0
        self._share_down, self._share_right = (r - top).astype(np.float32), (c - left).astype(np.float32)
        self._seen = ~beyond

    def __call__(self, picture: Grey) -> Grey:
        values = picture.astype(np.float32).ravel()

        def row_at(offset: int) -> NDArray[np.float32]:
            left = values[offset:].take(self._first)
            right = values[offset + self._right :].take(self._first)
            right -= left
            right *= self._share_right
            left += right
            return left

        above, below = row_at(0), row_at(self._down)
        below -= above
        below *= self._share_down
        above += below
        above += 0.5
        return above.astype(np.uint8) * self._seen


@lru_cache(maxsize=4)
def _sampling(shape: tuple[int, int], angle_deg: float, zoom: float, centre: tuple[float, float]) -> _Sampling:
    return _Sampling(shape, _turned_and_zoomed(shape, angle_deg, zoom, centre))
