"""What must be seen at a landmark in a radiograph, measured in mm of patient: lines, edges, bright and dark.

A picture is read along lines through landmarks: points of the patient are projected, and the darkness at their
pixels is averaged over a strip. So every check ties the anatomy's coordinates to what is on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, starmap

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.patient import Patient
from anatomy.skeleton.vertebra import body_field, side_sign
from anatomy.spec import SIDES, Side
from simulator.imaging.view import View

LEVELS = ("T12", "L1", "L2")
"""Levels that lie in the field as a whole, clear of the diaphragm."""
PAIRS = tuple(pairwise(LEVELS))
NEAR_MM = 1.5
"""How far a line or edge may lie from where the anatomy says."""
REACH_MM = 5.0
STEP_MM = 0.25
CLEAR_OF_A_LINE_MM = 2.5
"""How far from the middle of an endplate the disc shows alone."""
BORDERS: tuple[tuple[str, Side], ...] = (("T12", "left"), ("L1", "right"))
"""Borders of spinous processes that lie clear at 20/0: on the left of L1 are its own and L2's facets."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A view of a patient and the darkness (rows, columns) of its radiograph."""

    patient: Patient
    view: View
    darkness: NDArray[np.floating]

    def shifted(self, down_mm: float, right_mm: float) -> Picture:
        """The picture moved on the screen by lengths at the isocentre."""
        moved = ndimage.shift(
            self.darkness, (down_mm * self.pixels_a_mm, right_mm * self.pixels_a_mm), order=1, mode="nearest"
        )
        return replace(self, darkness=moved)

    @property
    def pixels_a_mm(self) -> float:
        """Pixels on which a millimetre at the isocentre falls."""
        return self.view.source_to_detector_mm / (530.0 * self.view.pixel_mm)

    def at(self, name: str) -> FloatArray:
        """A landmark (3,)."""
        return self.patient.landmarks[name]

    def axes(self, level: str) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Unit vectors of a vertebra: to its right, forwards, upwards."""
        x, y, z = self.patient.column.vertebrae[level].patient_from_vertebra[:3, :3].T
        return x, y, z

    def strip(
        self, point: FloatArray, along: FloatArray, across: FloatArray, half_mm: float, width_mm: float
    ) -> tuple[FloatArray, FloatArray]:
        """Offsets (n,) in mm and mean darkness (n,) on a line through a point, over width_mm either side."""
        s = np.arange(-half_mm, half_mm + 1e-9, STEP_MM)
        w = np.arange(-width_mm, width_mm + 1e-9, 0.5)
        pixels = self.view.project(point + s[:, None, None] * along + w[None, :, None] * across)
        assert np.all((pixels >= 0.0) & (pixels <= np.array(self.view.shape) - 1.0)), "strip leaves the picture"
        values = ndimage.map_coordinates(self.darkness, np.moveaxis(pixels, -1, 0), order=1, mode="nearest")
        return s, values.mean(axis=1)

    def mean(
        self, point: FloatArray, along: FloatArray, across: FloatArray, half_mm: float, width_mm: float
    ) -> float:
        """Mean darkness of a patch."""
        return float(self.strip(point, along, across, half_mm, width_mm)[1].mean())

    def line_mm(
        self, point: FloatArray, along: FloatArray, across: FloatArray, width_mm: float, reach_mm: float = REACH_MM
    ) -> float:
        """Offset of the most conspicuous dark line near a point."""
        s, dark = self.strip(point, along, across, 2.0 * reach_mm, width_mm)
        above = dark - ndimage.uniform_filter1d(dark, round(6.0 / STEP_MM), mode="nearest")
        near = np.abs(s) <= reach_mm
        return float(s[near][above[near].argmax()])

    def edge_mm(
        self, point: FloatArray, along: FloatArray, across: FloatArray, width_mm: float, reach_mm: float = REACH_MM
    ) -> float:
        """Offset of the steepest step from dark to bright along a direction."""
        s, dark = self.strip(point, along, across, 2.0 * reach_mm, width_mm)
        slope = np.gradient(ndimage.gaussian_filter1d(dark, 0.4 / STEP_MM), STEP_MM)
        slope = slope - ndimage.uniform_filter1d(slope, round(10.0 / STEP_MM), mode="nearest")
        near = np.abs(s) <= reach_mm
        return float(s[near][slope[near].argmin()])


@dataclass(frozen=True)
class Check:
    """One thing to be seen: its name, the way in which a shift of the picture must break it, and the look."""

    name: str
    breaks: str  # "up" or "across"
    holds: Callable[[Picture], bool]


def near(offset_mm: float) -> bool:
    """Whether something lies where it should."""
    return abs(offset_mm) <= NEAR_MM


def frontal() -> list[Check]:
    """What 0/0 shows."""
    sides = [_medial_wall(level, side) for level in LEVELS for side in SIDES]
    plates = _endplates(0, ((-6.5, 3.0), (6.5, 3.0)))  # where T12 is darker than T11 beyond the thin disc
    return [*plates, *sides, *map(_spinous_band, LEVELS), *_discs(0, beside_mm=8.0)]


def lateral() -> list[Check]:
    """What 90/0 shows."""
    walls = [_wall(level, wall) for level in LEVELS for wall in ("anterior", "posterior")]
    discs = [*_discs(1, beside_mm=0.0), *(_disc_between_bodies(u, v) for u, v in PAIRS)]
    return [*_endplates(1), *walls, *map(_spinous_tip, LEVELS), *discs]


def en_face() -> list[Check]:
    """What 20/0 shows: the right pedicle end on."""
    rings = [*map(_pedicle_walls, LEVELS), _pedicle_roof("L1")]
    return [
        *_endplates(0, ((0.0, 6.0), (-5.0, 3.0))),
        *rings,
        *starmap(_spinous_border, BORDERS),
        *_discs(0, beside_mm=0.0),
    ]


def _endplates(sideways: int, places: Sequence[tuple[float, float]] = ()) -> list[Check]:
    """Endplates are dark lines. sideways: the vertebral axis across the picture, 0 frontal, 1 lateral; places: in
    frontal ones how far to the right they are read and over which half width, clear of spinous processes."""

    def check(level: str, plate: str) -> Check:
        def holds(p: Picture) -> bool:
            axes = p.axes(level)
            if sideways == 1:
                width = 2.5 if _is_broken(p, level, plate) else 6.0  # a tilted plate lies aslant in a wide strip
                return near(p.line_mm(p.at(f"{level} {plate} endplate"), axes[2], axes[1], width))
            point = _in_profile(p, level, plate)
            read = ((0.0, 6.0),) if _is_broken(p, level, plate) else places  # nothing covers its middle
            lines = [p.line_mm(point + side * axes[0], axes[2], axes[0], width) for side, width in read]
            return all(map(near, lines))

        return Check(f"{level} {plate} endplate is a dark line", "up", holds)

    return [check(level, plate) for level in LEVELS for plate in ("superior", "inferior")]


def _is_broken(p: Picture, level: str, plate: str) -> bool:
    collapse = p.patient.column.collapse
    """The patient of these pictures has a broken superior endplate."""
    return collapse is not None and (level, plate) == (p.patient.column.target, "superior")


def _in_profile(p: Picture, level: str, plate: str) -> FloatArray:
    """Where a frontal picture shows an endplate: at its landmark; if a fracture tilts it out of the beam, over or
    under that, where most of it lies at one height."""
    collapse, at = p.patient.column.collapse, p.at(f"{level} {plate} endplate")
    if collapse is None or not _is_broken(p, level, plate):
        return at
    v = collapse.vertebra
    y = np.linspace(v.posterior_wall_y_mm + 0.5, v.anterior_wall_y_mm - 0.5, 80)[:, None]
    z = np.linspace(-5.0, 0.5 * v.rim_height_mm(y).max() + 2.0, 300)[None, :]
    body = body_field(v, np.zeros((1, 1)), *np.broadcast_arrays(*collapse.unfractured(0.0, y, z, 1.0)[:2]))
    height = np.where(body.distance_mm < 0.0, z, -np.inf).max(axis=1)
    points = frames.apply(v.patient_from_vertebra, np.stack([0.0 * height, y[:, 0], height], axis=-1))
    up_mm = (p.view.project(at)[0] - p.view.project(points)[:, 0]) / p.pixels_a_mm
    crowd = np.exp(-0.5 * ((up_mm[:, None] - up_mm[None, :]) / 0.5) ** 2).sum(axis=1)
    return np.asarray(at + up_mm[crowd.argmax()] * p.axes(level)[2])


def _discs(sideways: int, *, beside_mm: float) -> list[Check]:
    """Discs are brighter than the endplates above and below: all the way between them, or in the middle where read
    beside the midline, as rims show there."""

    def check(upper: str, lower: str) -> Check:
        def holds(p: Picture) -> bool:
            axes = p.axes(lower)
            above, below = p.at(f"{upper} inferior endplate"), p.at(f"{lower} superior endplate")
            if sideways == 0:
                below = _in_profile(p, lower, "superior")

            def dark(point: FloatArray, half_mm: float) -> FloatArray:
                ends = [point + beside_mm * axes[sideways], point - beside_mm * axes[sideways]]
                return np.mean([p.strip(end, axes[2], axes[sideways], half_mm, 4.0)[1] for end in ends], axis=0)

            half = 1.0 if beside_mm else 0.5 * float((above - below) @ axes[2]) - CLEAR_OF_A_LINE_MM
            between = dark(0.5 * (above + below), half)
            darkest = ndimage.uniform_filter1d(between, round(1.0 / STEP_MM), mode="nearest").max()
            return bool(darkest < min(dark(above, 1.0).mean(), dark(below, 1.0).mean()))

        return Check(f"disc {upper}/{lower} is brighter than its endplates", "up", holds)

    return [check(*pair) for pair in PAIRS]


def _disc_between_bodies(upper: str, lower: str) -> Check:
    def holds(p: Picture) -> bool:
        _, y, z = p.axes(lower)
        top, bottom = p.at(f"{upper} inferior endplate"), p.at(f"{lower} superior endplate")
        disc = p.mean(0.5 * (top + bottom), z, y, 0.2 * float((top - bottom) @ z), 4.0)
        above, below = (p.mean(p.at(f"{level} body centre"), z, y, 1.0, 4.0) for level in (upper, lower))
        return disc < min(above, below)

    return Check(f"disc {upper}/{lower} is brighter than either body beside it", "up", holds)


def _medial_wall(level: str, side: Side) -> Check:
    def holds(p: Picture) -> bool:
        (x, _, z), centre = p.axes(level), p.at(f"{level} pedicle {side}")
        half = 0.5 * p.patient.column.vertebrae[level].size.pedicle_width_mm
        wall = centre - side_sign(side) * half * x
        off = p.line_mm(wall, x, z, 2.5, reach_mm=3.5)  # the middle of the cortex lies inside the surface
        return near(off) and p.mean(centre, x, z, 1.0, 2.5) < p.mean(wall + off * x, x, z, 0.5, 2.5)

    return Check(f"{level} {side} pedicle is bright within its dark medial wall", "across", holds)


def _pedicle_walls(level: str) -> Check:
    def holds(p: Picture) -> bool:
        (x, _, z), centre = p.axes(level), p.at(f"{level} pedicle right")
        half = 0.5 * p.patient.column.vertebrae[level].size.pedicle_width_mm
        walls = [centre - half * x, centre + half * x]
        inside = p.mean(centre, x, z, 1.0, 2.5)
        brighter = all(inside < p.mean(wall, x, z, 0.5, 2.5) for wall in walls)
        return brighter and all(near(p.line_mm(wall, x, z, 2.5, reach_mm=3.5)) for wall in walls)

    return Check(f"{level} right pedicle is bright between two dark walls", "across", holds)


def _pedicle_roof(level: str) -> Check:
    def holds(p: Picture) -> bool:
        x, _, z = p.axes(level)
        half = 0.5 * p.patient.column.vertebrae[level].size.pedicle_height_mm
        return near(p.line_mm(p.at(f"{level} pedicle right") + half * z, z, x, 1.5, reach_mm=4.0))

    return Check(f"{level} right pedicle has a dark roof", "up", holds)


def _spinous_band(level: str) -> Check:
    def holds(p: Picture) -> bool:
        x, _, z = p.axes(level)
        tip = p.at(f"{level} spinous process tip")
        middle = p.mean(tip, x, z, 3.5, 3.0)
        return all(middle > p.mean(tip + side * 5.75 * x, x, z, 1.25, 3.0) for side in (-1.0, 1.0))

    return Check(f"{level} spinous process is darker than its two sides", "across", holds)


def _spinous_tip(level: str) -> Check:
    def holds(p: Picture) -> bool:
        _, y, z = p.axes(level)
        return near(p.edge_mm(p.at(f"{level} spinous process tip"), -y, z, 2.0))

    return Check(f"{level} spinous process ends at its tip", "across", holds)


def _spinous_border(level: str, side: Side) -> Check:
    def holds(p: Picture) -> bool:
        x, y, z = p.axes(level)
        half = 0.5 * p.patient.column.vertebrae[level].size.spinous_thickness_mm
        thick = p.at(f"{level} spinous process tip") + 4.0 * y  # full thickness in front of the rounded end
        outward = side_sign(side) * x
        return near(p.edge_mm(thick + half * outward, outward, z, 3.0))

    return Check(f"{level} spinous process has its border on the {side}", "across", holds)


def _wall(level: str, wall: str) -> Check:
    def holds(p: Picture) -> bool:
        _, y, z = p.axes(level)
        point = p.at(f"{level} {wall} wall")
        if wall == "posterior":  # its upper half is covered by the pedicles
            return near(p.edge_mm(point - 4.0 * z, -y, z, 3.0))
        return near(p.edge_mm(point, y, z, 3.0))

    return Check(f"{level} body ends at its {wall} wall", "across", holds)
