"""What a compression fracture does to the height of a body: which column of bone loses how much, and where.

Vertebral frame of the unfractured body, mm; x and y broadcast. A wedge is the same at every x, so that what is
made of it stays a plane of (y, z); biconcave and crushed bodies differ across.

Sources: anatomy 6.1 (which heights a shape loses, posterior wall 0.90 and more in a wedge, impaction band of 2 to
5 mm, 50 to 150 HU denser); forms of the profiles are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy.shapes import Array
from anatomy.skeleton.vertebra import Vertebra
from anatomy.spec import FractureAge, FractureShape, FractureSpec

POSTERIOR_SHARE = 0.10  # of a wedge's anterior loss; keeps the posterior wall at 0.91 and more (anatomy 6.1)
RIM_SHARE = 0.10  # of a biconcave body's loss in the middle; shape: ours
PROFILE_EXPONENT = 1.25
PLATE_MM, PLATE_SHARE = 1.2, 0.12  # bone under an endplate that sinks as one piece, at most, and of what is left
_DISH = 0.78  # part of the endplate that is dished (vertebra.py)

_STEP_MM: dict[FractureAge, float] = {"acute": 1.2, "subacute": 0.8, "healed": 0.0}
"""Step of a wedge's endplate at its break line (shape: ours)."""
_STEP_WIDTH_MM: dict[FractureAge, float] = {"acute": 1.0, "subacute": 5.0, "healed": 5.0}
_EDGE: dict[FractureAge, float] = {"acute": 0.7, "subacute": 0.85, "healed": 1.0}
"""Over which share of its radius the dish of a biconcave endplate falls (shape: ours)."""
_BAND_STRAIN: dict[FractureAge, float] = {"acute": 0.60, "subacute": 0.5, "healed": 0.0}
"""How far the impaction band is pressed together: 2.5 and 2 times as dense; a healed body is remodelled evenly."""
_BAND_MM = (2.0, 5.0)  # thickness of the band as found (anatomy 6.1)
LOST_BEHIND = 0.60
"""Share that a crushed body loses of its posterior wall at most: arch and facets hold it (shape: ours)."""
MOST_LOST = 0.9
"""Of a column: something is left everywhere, also where a wedge of the least height thins out."""


@dataclass(frozen=True)
class Profile:
    """Columns of the unfractured body: heights (mm) of its endplates, and what each column loses as found.

    loss_mm is the sum of superior_mm and inferior_mm, what is lost under either endplate.
    """

    top: Array
    bottom: Array
    superior_mm: Array
    inferior_mm: Array

    @property
    def loss_mm(self) -> Array:
        """All the height that a column loses."""
        return self.superior_mm + self.inferior_mm


def middle_y_mm(v: Vertebra) -> float:
    """Where the middle height is measured: the deepest place of the endplates."""
    return v.posterior_wall_y_mm + 0.46 * v.size.depth_mm


def middle_height_mm(v: Vertebra) -> float:
    """Height of the unfractured body between the deepest places of its endplates."""
    y = np.array(middle_y_mm(v))
    return float(_top(v, 0.0, y) - _bottom(v, 0.0, y))


def greatest_loss_mm(v: Vertebra, spec: FractureSpec) -> float:
    """What is lost where the shape loses most: front of a wedge and of a crushed body, middle of a biconcave."""
    height = middle_height_mm(v) if spec.shape == "biconcave" else v.size.body_height_ant_mm
    return (1.0 - spec.height_ratio) * height


def is_flat(shape: FractureShape) -> bool:
    """True where every sagittal cut through the body loses the same."""
    return shape == "wedge"


def profile(v: Vertebra, spec: FractureSpec, lost_mm: float, x: Array | float, y: Array) -> Profile:
    """The columns at (x, y) of a body whose greatest loss is lost_mm."""
    across: Array | float = 0.0 if is_flat(spec.shape) else x
    top, bottom = _top(v, across, y), _bottom(v, across, y)
    if spec.shape == "wedge":
        loss = lost_mm * _wedge(v, spec.age, lost_mm, y)
    elif spec.shape == "biconcave":
        loss = lost_mm * (RIM_SHARE + (1.0 - RIM_SHARE) * _hollow(v, spec.age, x, y))
    else:
        share = np.clip((y - v.posterior_wall_y_mm) / v.size.depth_mm, 0.0, 1.0)
        lost = lost_mm / v.size.body_height_ant_mm
        loss = (lost - max(lost - LOST_BEHIND, 0.0) * (1.0 - share)) * (top - bottom)
    loss = np.minimum(loss, MOST_LOST * (top - bottom))
    above = {"superior": 1.0, "inferior": 0.0, "both": 0.5}[spec.endplate]
    return Profile(top, bottom, above * loss, (1.0 - above) * loss)


def _wedge(v: Vertebra, age: FractureAge, lost_mm: float, y: Array) -> Array:
    """Share of the loss: little behind, all in front, with a step where the endplate broke."""
    share = np.clip((y - v.posterior_wall_y_mm) / v.size.depth_mm, 0.0, 1.0)
    step = min(_STEP_MM[age] / max(lost_mm, 1e-6), 0.15)
    broken = _smooth((y - 0.06 * v.size.depth_mm) / _STEP_WIDTH_MM[age] + 0.5)
    rise = (1.0 - step) * share**PROFILE_EXPONENT + step * broken
    return POSTERIOR_SHARE + (1.0 - POSTERIOR_SHARE) * rise


def _hollow(v: Vertebra, age: FractureAge, x: Array | float, y: Array) -> Array:
    """1 in the middle of an endplate, falling to 0 at the ring apophysis."""
    d = v.size
    radius = np.hypot(x / (0.42 * d.endplate_width_sup_mm), (y - middle_y_mm(v)) / (0.40 * d.depth_mm))
    return _smooth((1.0 - radius) / _EDGE[age])


def _top(v: Vertebra, x: Array | float, y: Array) -> Array:
    return 0.5 * v.rim_height_mm(_within(v, y)) - v.size.endplate_concavity_sup_mm * _dish(v, x, y)


def _bottom(v: Vertebra, x: Array | float, y: Array) -> Array:
    return -0.5 * v.rim_height_mm(_within(v, y)) + v.size.endplate_concavity_inf_mm * _dish(v, x, y)


def _dish(v: Vertebra, x: Array | float, y: Array) -> Array:
    """How deep the unfractured endplates are hollowed here, share of their concavity (vertebra.py)."""
    u = x / (0.5 * v.size.endplate_width_sup_mm)
    w = y / (0.5 * v.size.depth_mm)
    dish = np.clip(1.0 - (u / _DISH) ** 2 - ((w + 0.08) / _DISH) ** 2, 0.0, 1.0)
    return dish * (2.0 - dish)


def _within(v: Vertebra, y: Array) -> Array:
    return np.clip(y, v.posterior_wall_y_mm, v.anterior_wall_y_mm)


def _smooth(t: Array) -> Array:
    t = np.clip(t, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


@dataclass(frozen=True)
class Band:
    """How a column takes up its loss under one endplate: band_mm of it pressed together by band_strain beside the
    endplate, the room_mm - band_mm beyond by rest_strain (unfractured mm, strains 0 to 1 as found)."""

    band_mm: Array
    band_strain: Array
    room_mm: Array
    rest_strain: Array


def plate_mm(p: Profile) -> Array:
    """Thickness of what sinks with each endplate as one piece."""
    return np.minimum(PLATE_MM, PLATE_SHARE * (p.top - p.bottom - p.loss_mm))


def band(spec: FractureSpec, loss_mm: Array, room_mm: Array) -> Band:
    """The impaction band of a loss in a room: 2 to 5 mm thick as found; what it cannot take the rest does."""
    strain = _BAND_STRAIN[spec.age]
    if strain == 0.0:
        even = loss_mm / room_mm
        return Band(room_mm, even, room_mm, np.zeros_like(even))
    low, high = (mm / (1.0 - strain) for mm in _BAND_MM)
    thickness = np.minimum(np.clip(loss_mm / strain, low, high), 0.95 * room_mm)
    rest = np.clip((loss_mm - strain * thickness) / (room_mm - thickness), 0.0, None)
    rest = np.where(rest > strain, loss_mm / room_mm, rest)  # so much is lost that all of it is pressed alike
    return Band(thickness, (loss_mm - rest * (room_mm - thickness)) / thickness, room_mm, rest)
