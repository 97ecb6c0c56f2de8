"""An intravertebral cleft: a slit under the broken endplate that opens as the body is raised.

In the unfractured body it is a flat lens of given thickness without bone, parallel to the endplate, anterior and
under the superior one (anatomy 6.1: transverse linear or semilunar, 15 to 30 mm wide, 10 to 20 mm deep, 2 to 8 mm
high, sclerotic margins). The collapse presses it nearly shut, and whatever height comes back over it opens it:
its share of the displacement field is only a stronger strain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anatomy.fractures.fracture_shape import Band, band, plate_mm, profile
from anatomy.shapes import Array
from anatomy.skeleton.vertebra import Vertebra
from anatomy.spec import FractureSpec

CLEFT_STRAIN = 0.95
"""Share of the cleft that is shut as found (visible lying 64 %, standing 14 %: anatomy 6.1; value ours)."""
ROOF_MM = 1.0  # bone between plate and cleft
MARGIN_MM = 2.0  # the bone that the cleft took lies this thick above and below it: its sclerotic margins (ours)
WIDE_MM, DEEP_MM, HIGH_MM = (15.0, 30.0), (10.0, 20.0), 8.0
_USUAL_ML, _USUAL_WIDE_MM, _USUAL_DEEP_MM = 1.5, 25.0, 16.0
_FORWARD = 0.14  # of the depth: the middle of the cleft before that of the body


@dataclass(frozen=True)
class Cleft:
    """A lens: half_wide_mm across, half_deep_mm front to back about (0, centre_y_mm), and its greatest thickness
    in the unfractured body."""

    half_wide_mm: float
    half_deep_mm: float
    centre_y_mm: float
    thickness_mm: float

    def lens_mm(self, x: Array | float, y: Array) -> Array:
        """Thickness that the cleft would have if there were height enough for it."""
        r2 = (x / self.half_wide_mm) ** 2 + ((y - self.centre_y_mm) / self.half_deep_mm) ** 2
        return self.thickness_mm * np.clip(1.0 - r2 * r2, 0.0, 1.0)


def fitted(v: Vertebra, spec: FractureSpec, lost_mm: float) -> Cleft | None:
    """The cleft of a spec, that holds cleft_ml when the body is raised to its full height; None without one.

    Raises ValueError where the height that was lost has no room for it.
    """
    if spec.cleft == "none":
        return None
    usual = (spec.cleft_ml / _USUAL_ML) ** (1.0 / 3.0)
    for scale in (usual, 2.0 * usual, np.inf):  # the usual outline if it will do, else a wider one
        outline = _outline(v, scale)
        largest_ml = _volume_ml(v, spec, lost_mm, outline, HIGH_MM)
        if largest_ml < spec.cleft_ml:
            continue
        low, high = 0.0, HIGH_MM
        for _ in range(40):
            middle = 0.5 * (low + high)
            is_enough = _volume_ml(v, spec, lost_mm, outline, middle) >= spec.cleft_ml
            low, high = (low, middle) if is_enough else (middle, high)
        return replace(outline, thickness_mm=high)
    raise ValueError(
        f"a cleft of {spec.cleft_ml:g} ml does not fit the height that this fracture has lost: at most "
        f"{np.floor(100.0 * largest_ml) / 100.0:g} ml; make cleft_ml or height_ratio smaller"
    )


def _outline(v: Vertebra, scale: float) -> Cleft:
    """A cleft of the usual outline times a scale, within the published limits and the body; without thickness."""
    d, centre = v.size, _FORWARD * v.size.depth_mm
    wide = np.clip(scale * _USUAL_WIDE_MM, WIDE_MM[0], min(WIDE_MM[1], 0.8 * d.endplate_width_sup_mm))
    deep = np.clip(scale * _USUAL_DEEP_MM, DEEP_MM[0], min(DEEP_MM[1], 2.0 * (0.46 * d.depth_mm - centre)))
    return Cleft(0.5 * float(wide), 0.5 * float(deep), centre, 0.0)


def _volume_ml(v: Vertebra, spec: FractureSpec, lost_mm: float, outline: Cleft, thickness_mm: float) -> float:
    """Volume of a cleft of some thickness in the unfractured body."""
    step = 0.5
    x = np.arange(-15.0, 15.1, step)[:, None]
    y = outline.centre_y_mm + np.arange(-10.0, 10.1, step)[None, :]
    p = profile(v, spec, lost_mm, x, y)
    loss = p.inferior_mm if spec.endplate == "inferior" else p.superior_mm
    room = (p.top - p.bottom - 2.0 * plate_mm(p)) * (0.5 if spec.endplate == "both" else 1.0)
    lens = replace(outline, thickness_mm=thickness_mm).lens_mm(x, y)
    return float(np.minimum(lens, thickest_mm(band(spec, loss, room))).sum()) * step * step / 1000.0


def thickest_mm(found: Band) -> Array:
    """How thick the unfractured cleft can be: its collapse must not exceed what the band loses."""
    return 0.97 * found.band_strain * found.band_mm / CLEFT_STRAIN


def bone_below_mm(z: Array, slit_mm: tuple[Array, Array], margin_mm: float) -> Array:
    """Thickness of bone below z in a column with a slit (unfractured heights): none in the slit, and in margins
    of margin_mm on either side, if any, as much more as lay in it."""
    low, high = slit_mm
    taken = high - low
    bone = z - np.clip(z - low, 0.0, taken)
    if margin_mm > 0.0:
        packed = np.clip(z - low + margin_mm, 0.0, margin_mm) + np.clip(z - high, 0.0, margin_mm)
        bone = bone + 0.5 * taken / margin_mm * packed
    return bone
