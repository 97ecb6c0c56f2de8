"""The displacement field of a compression fracture, at any collapse amplitude and both ways.

In the target's vertebral frame the unfractured point (x, Y, Z) lies, at amplitude a (0 healthy, 1 as found), at

    y = Y + a * s(x, Y, Z)              z = Z - a * f(x, y, Z)

s carries the anterior cortex forward (the body grows deeper, its front buckles) and the posterosuperior corner
back into the canal. f is what the column at (x, y) loses below Z: piecewise linear, strongest in the impaction
band beside the broken endplate and in a cleft. Both steps are piecewise linear along their own axis, so they and
their inverses are sums of clipped ramps, and the determinant is a product of two slopes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy.fractures.cleft import CLEFT_STRAIN, ROOF_MM, Cleft, thickest_mm
from anatomy.fractures.fracture_shape import Band, band, plate_mm, profile
from anatomy.shapes import Array
from anatomy.skeleton.vertebra import Vertebra
from anatomy.spec import FractureAge, FractureSpec

GROWTH_PERCENT = (2.0, 5.0)  # of the depth, for a loss of 20 and of 60 % (2 to 6 %: anatomy 6.1)
BUCKLE_MM, BUCKLE_PER_MM = (1.0, 2.6), 0.2  # forward bulge of the anterior cortex: 1 to 3 mm (anatomy 6.1)
_BUCKLE_BELOW_MM = 8.0  # over which the bulge rises to its crest; shape: ours
_BUCKLE_ABOVE_MM: dict[FractureAge, float] = {"acute": 1.5, "subacute": 6.0, "healed": 6.0}
_BUCKLE_LEFT: dict[FractureAge, float] = {"acute": 1.0, "subacute": 0.7, "healed": 0.0}
STRETCHED_FROM = 0.45  # of the depth, from the posterior wall: what lies before it is stretched forward
FRAGMENT_MM = (18.0, 10.0, 6.0)
"""Width, height and depth of the posterosuperior fragment at L1 (15 to 20, 8 to 12, 4 to 8: anatomy 6.1), as
found: it keeps its height where the body behind it is crushed."""
_FRAGMENT_LOW_MM, _FRAGMENT_SHARE = 8.0, 0.55  # of a low posterior wall it takes this share, and 8 mm of it
FORWARD_MM = 5.0
"""Growth and buckle carry the front no farther than this out of the body."""
_FRAGMENT_GAP_MM, _FRAGMENT_EDGE_MM, _FRAGMENT_SIDE_MM, _FRAGMENT_FOOT = 2.0, 1.2, 2.5, 0.45
"""Break behind which it moves, width of its lower edge and of its sides, and how far its lower edge moves of what
the upper does: the difference turns it by 10 to 30 degrees (anatomy 6.1; shape: ours)."""


@dataclass(frozen=True)
class Columns:
    """Columns of bone as a stack of layers, each pressed together evenly. Arrays broadcast, mm.

    knots: unfractured heights between layers (n + 1), ascending; strains: of each layer at amplitude 1 (n); lift:
    how far the lowest knot and what lies under it rise at amplitude 1; slit: which layer is the cleft.
    """

    knots: tuple[Array, ...]
    strains: tuple[Array, ...]
    lift: Array | float
    slit: int | None

    def lowered(self, z: Array, amplitude: float) -> Array:
        """Where the unfractured height z comes to lie."""
        out = z + amplitude * self.lift
        for low, high, strain in zip(self.knots, self.knots[1:], self.strains, strict=False):
            out = out - amplitude * strain * np.clip(z - low, 0.0, high - low)
        return out

    def raised(self, z: Array, amplitude: float) -> Array:
        """The unfractured height of a point found at z: the inverse of ``lowered``."""
        out = at = z - amplitude * self.lift
        start = self.knots[0]
        for low, high, strain in zip(self.knots, self.knots[1:], self.strains, strict=False):
            kept = 1.0 - amplitude * strain
            length = kept * (high - low)
            out = out + (1.0 / kept - 1.0) * np.clip(at - start, 0.0, length)
            start = start + length
        return out

    def stretch(self, z: Array, amplitude: float) -> Array:
        """dz/dZ at the unfractured height z."""
        slope: Array = np.ones(np.shape(z), dtype=np.float32)
        for low, high, strain in zip(self.knots, self.knots[1:], self.strains, strict=False):
            slope = slope - amplitude * strain * ((z >= low) & (z < high))
        return slope

    def slit_mm(self, amplitude: float) -> tuple[Array, Array] | None:
        """Heights between which the cleft lies; None without one."""
        if self.slit is None:
            return None
        low, high = (self.lowered(self.knots[n], amplitude) for n in (self.slit, self.slit + 1))
        return low, high


def columns(
    v: Vertebra, spec: FractureSpec, lost_mm: float, cleft: Cleft | None, x: Array | float, y: Array
) -> Columns:
    """The columns at (x, y), fractured depth."""
    p = profile(v, spec, lost_mm, x, y)
    plate = plate_mm(p)
    room = (p.top - p.bottom - 2.0 * plate) * (0.5 if spec.endplate == "both" else 1.0)
    lens = None if cleft is None else cleft.lens_mm(x, y)
    knots: list[Array] = []
    strains: list[Array] = []
    slit = None
    if spec.endplate != "superior":
        depths, strains = _layers(band(spec, p.inferior_mm, room), lens if spec.endplate == "inferior" else None)
        knots = [p.bottom + plate + depth for depth in depths]
        slit = 1
    if spec.endplate != "inferior":
        depths, pressed = _layers(band(spec, p.superior_mm, room), lens)
        knots = [*knots[:-1], *(p.top - plate - depth for depth in reversed(depths))]
        strains += reversed(pressed)
        slit = len(strains) - 2
    # The hollow of a broken inferior endplate rises into the body; a wedge or crushed body sinks onto the disc.
    lift: Array | float = p.inferior_mm if spec.shape == "biconcave" else 0.0
    return Columns(tuple(knots), tuple(strains), lift, None if cleft is None else slit)


def _layers(found: Band, lens_mm: Array | None) -> tuple[list[Array], list[Array]]:
    """Layers from a broken endplate inwards, their ends (n + 1, mm from where the pressing begins) and strains
    (n): the band, in which a cleft takes over the loss where there is one, and what lies beyond."""
    start = np.zeros_like(found.band_mm)
    if lens_mm is None:
        return [start, found.band_mm, found.room_mm], [found.band_strain, found.rest_strain]
    thickness = np.minimum(lens_mm, thickest_mm(found))
    left = found.band_mm - thickness
    beside = (found.band_strain * found.band_mm - CLEFT_STRAIN * thickness) / left
    roof = np.minimum(ROOF_MM, 0.5 * left)
    ends = [start, roof, roof + thickness, found.band_mm, found.room_mm]
    return ends, [beside, np.full_like(beside, CLEFT_STRAIN), beside, found.rest_strain]


@dataclass(frozen=True)
class Shift:
    """The field's step along y. Scalars in mm at amplitude 1; see ``shift_of``.

    fragment_foot_mm: height of the fragment's lower edge as found; wall: columns at the posterior wall's middle.
    """

    front_mm: float
    stretched_mm: float
    growth_mm: float
    base_mm: float
    crest_mm: float
    buckle_mm: float
    buckle_above_mm: float
    fragment_y_mm: float
    fragment_top_mm: float
    fragment_half_width_mm: float
    fragment_foot_mm: float
    wall: Columns
    retropulsion_mm: float

    def forward(self, y: Array, x: Array | float, z: Array, amplitude: float) -> Array:
        """Where the depth y of the unfractured point (x, y, z) comes to lie."""
        pull = amplitude * self._pull_mm(z)
        out = y + pull / self.stretched_mm * np.maximum(y - self.front_mm, 0.0)
        if self.retropulsion_mm > 0.0:
            gap = _FRAGMENT_GAP_MM
            share = np.clip((self.fragment_y_mm + gap - y) / gap, 0.0, 1.0)
            out = out - amplitude * self._push_mm(x, z) * share
        return out

    def back(self, y: Array, x: Array | float, z: Array, amplitude: float) -> tuple[Array, Array]:
        """(unfractured depth of a point found at depth y, dy/dY); x, z: its unfractured place."""
        pull = amplitude * self._pull_mm(z)
        beyond = np.maximum(y - self.front_mm, 0.0)
        slope = 1.0 + (y > self.front_mm) * (pull / self.stretched_mm)
        out = y - pull / (self.stretched_mm + pull) * beyond
        if self.retropulsion_mm > 0.0:
            push = amplitude * self._push_mm(x, z)
            wide = _FRAGMENT_GAP_MM + push
            share = (self.fragment_y_mm + _FRAGMENT_GAP_MM - y) / wide
            out = out + push * np.clip(share, 0.0, 1.0)
            slope = slope * np.where((share > 0.0) & (share < 1.0), wide / _FRAGMENT_GAP_MM, 1.0)
        return out, slope

    def _pull_mm(self, z: Array) -> Array:
        """How far the anterior wall comes forward: growth from the base upward, and the buckle's crest."""
        growth = self.growth_mm * np.clip((z - self.base_mm) / 8.0, 0.0, 1.0)
        if self.buckle_mm <= 0.0:
            return np.asarray(growth)
        above = z - self.crest_mm
        width = np.where(above > 0.0, np.float32(self.buckle_above_mm), np.float32(_BUCKLE_BELOW_MM))
        return np.asarray(growth + self.buckle_mm * np.exp(-((above / width) ** 2)))

    def _push_mm(self, x: Array | float, z: Array) -> Array:
        """How far the posterosuperior fragment is driven back: most at its top, evenly less down to its foot as
        found, or what is pressed together under the endplate would make a thin lip of it."""
        across = np.clip((self.fragment_half_width_mm - np.abs(x)) / _FRAGMENT_SIDE_MM + 0.5, 0.0, 1.0)
        above = self.wall.lowered(z, 1.0) - self.fragment_foot_mm
        height = float(self.wall.lowered(np.array(self.fragment_top_mm), 1.0)) - self.fragment_foot_mm
        within = np.clip(above / _FRAGMENT_EDGE_MM + 0.5, 0.0, 1.0)
        within = within * np.clip((self.fragment_top_mm + 4.0 - z) / 2.5, 0.0, 1.0)  # the disc over it stays
        turned = _FRAGMENT_FOOT + (1.0 - _FRAGMENT_FOOT) * np.clip(above / height, 0.0, 1.0)
        return np.asarray(self.retropulsion_mm * across * within * turned)


def shift_of(v: Vertebra, spec: FractureSpec, lost_mm: float) -> Shift:
    """The step along y of a fracture."""
    d = v.size
    front = np.array(v.anterior_wall_y_mm)
    p = profile(v, spec, lost_mm, 0.0, front)
    lost_in_front = float(p.loss_mm)
    growth = 0.01 * d.depth_mm * float(np.interp(lost_mm / d.rim_height_mm, (0.2, 0.6), GROWTH_PERCENT))
    stack = columns(v, spec, lost_mm, None, 0.0, front)
    # The cortex gives way a third of the height that is left from the broken endplate.
    low, high = (float(stack.lowered(end, 1.0)) for end in (p.bottom, p.top))
    share = 1.0 / 3.0 if spec.endplate == "inferior" else 2.0 / 3.0
    crest = float(stack.raised(np.array(low + share * (high - low)), 1.0))
    buckle = float(np.clip(BUCKLE_PER_MM * lost_in_front, *BUCKLE_MM)) * _BUCKLE_LEFT[spec.age]
    scale = min(d.endplate_width_sup_mm / 43.0, 1.0)
    wide, fragment_high, deep = FRAGMENT_MM
    wall = columns(v, spec, lost_mm, None, 0.0, np.array(v.posterior_wall_y_mm))
    wall_top = float(wall.lowered(np.array(0.5 * d.body_height_post_mm), 1.0))
    wall_high = wall_top - float(wall.lowered(np.array(-0.5 * d.body_height_post_mm), 1.0))
    fragment_high = min(fragment_high * scale, max(_FRAGMENT_LOW_MM, _FRAGMENT_SHARE * wall_high))
    start = v.posterior_wall_y_mm + STRETCHED_FROM * d.depth_mm
    return Shift(
        front_mm=start,
        stretched_mm=v.anterior_wall_y_mm - start,
        growth_mm=growth,
        base_mm=-0.5 * d.body_height_ant_mm,
        crest_mm=crest,
        buckle_mm=buckle,
        buckle_above_mm=_BUCKLE_ABOVE_MM[spec.age],
        fragment_y_mm=v.posterior_wall_y_mm + deep * scale,
        fragment_top_mm=0.5 * d.body_height_post_mm,
        fragment_half_width_mm=0.5 * max(wide * scale, 15.0),
        fragment_foot_mm=wall_top - fragment_high,
        wall=wall,
        retropulsion_mm=spec.retropulsion_mm,
    )
