"""A compression fracture of the target's body and its reduction: one displacement field, run both ways.

``fracture_shape`` says what is lost where, ``fracture_field`` makes the field of it, ``cleft`` a slit that opens
with it. Amplitude 1 is the patient as found flat on the table, 0 the healthy body; posture and balloon lower it,
each as far as it can. The determinant of the map multiplies densities: no mineral is lost.

Everything above the target follows rigidly, turned and lowered with the superior endplate's rim.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatomy import frames
from anatomy.fractures import cleft, fracture_field, fracture_shape
from anatomy.fractures.cleft import Cleft
from anatomy.fractures.fracture_field import Columns, Shift
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.vertebra import Vertebra
from anatomy.spec import FractureAge, FractureSpec, Posture

MOBILE_AT_MOST: dict[FractureAge, float] = {"acute": 1.0, "subacute": 0.5, "healed": 0.15}
"""Share of the lost height that can come back at most, unless a cleft keeps the body mobile (less than 0.1 to 0.2
after three months: physics B2, unconfirmed)."""
EXTENSION_SHARE = ((0.48, 0.65, 0.77), (0.37, 0.55, 0.90))
"""Share of the mobile height that extension brings back, by height ratio: what lying down brought back of the
height lost when sitting (0.22, 0.33 and 0.63 in grades 3, 2, 1; table of anatomy 6.1) over a mobile share of 0.6
to 0.7. Taken from sitting to recumbent for want of prone to extended: unconfirmed."""
EXTENSION_SHARE_CLEFT = 0.72  # Ha 20.7 lying on the side, 24.3 mm supine, of 29 mm (the same section)


@dataclass(frozen=True)
class Collapse:
    """A fracture of one body.

    lost_mm: height lost as found where the shape loses most (``height_ratio``); mobile_share: how much of it can
    come back; endplate_defect_mm: diameter of the hole in the endplate, 0 for none; cleft: None without one.
    """

    vertebra: Vertebra
    spec: FractureSpec
    lost_mm: float
    mobile_share: float
    endplate_defect_mm: float
    cleft: Cleft | None

    @classmethod
    def of(cls, vertebra: Vertebra, spec: FractureSpec) -> Collapse:
        """The fracture a spec describes, in a given vertebra. Raises ValueError for a cleft that has no room."""
        lost = fracture_shape.greatest_loss_mm(vertebra, spec)
        most = MOBILE_AT_MOST[spec.age] if spec.cleft == "none" else 1.0
        mobile = min(spec.mobile_share, most)
        hole = 0.0 if spec.age == "healed" else spec.endplate_defect_mm
        return cls(vertebra, spec, lost, mobile, hole, cleft.fitted(vertebra, spec, lost))

    @property
    def is_flat(self) -> bool:
        """True where the field does not depend on x: it is then worked out on a plane."""
        return fracture_shape.is_flat(self.spec.shape) and self.cleft is None and self.spec.retropulsion_mm == 0.0

    @property
    def is_deep(self) -> bool:
        """True where the posterior wall or most of the height is lost."""
        return self.spec.shape == "crush" or self.spec.height_ratio < 0.45

    @cached_property
    def _shift(self) -> Shift:
        return fracture_field.shift_of(self.vertebra, self.spec, self.lost_mm)

    def columns(self, x: Array | float, y: Array) -> Columns:
        """Layers of the columns at (x, y) and how they are pressed together."""
        return fracture_field.columns(self.vertebra, self.spec, self.lost_mm, self.cleft, x, y)

    def moved(self, x: Array | float, y: Array, z: Array, amplitude: float) -> tuple[Array, Array]:
        """(y, z) at which the unfractured point (x, y, z) comes to lie."""
        y1 = self._shift.forward(y, x, z, amplitude)
        return y1, self.columns(x, y1).lowered(z, amplitude)

    def unfractured(self, x: Array | float, y: Array, z: Array, amplitude: float) -> tuple[Array, Array, Array]:
        """(Y, Z, determinant) of the unfractured point now found at (x, y, z), vertebral frame.

        Density here is density there times the determinant.
        """
        stack = self.columns(x, y)
        z0 = stack.raised(z, amplitude)
        y0, slope = self._shift.back(y, x, z0, amplitude)
        return y0, z0, 1.0 / (slope * stack.stretch(z0, amplitude))

    def as_found(self, x: Array | float, y: Array, z: Array, voxel_mm: float) -> tuple[Array, Array, Array, Array]:
        """(Y, Z, wall, core) for building voxels as found: as ``unfractured``, with the determinant as the mean
        over a voxel's height, so that bone mass is kept on any grid.

        wall is for cortex and has no bone in a cleft; core is for marrow bone, of which a cleft's margins hold
        what lay in it.
        """
        stack = self.columns(x, y)
        low, high = (stack.raised(z + half, 1.0) for half in (-0.5 * voxel_mm, 0.5 * voxel_mm))
        z0 = 0.5 * (low + high)
        y0, slope = self._shift.back(y, x, z0, 1.0)
        slit = stack.slit_mm(0.0)
        if slit is None:
            wall = core = (high - low) / (voxel_mm * slope)
        else:
            wall, core = (
                (cleft.bone_below_mm(high, slit, margin) - cleft.bone_below_mm(low, slit, margin))
                / (voxel_mm * slope)
                for margin in (0.0, cleft.MARGIN_MM)
            )
        return y0, z0, wall, core

    def between(
        self,
        x: Array | float,
        y: Array,
        z: Array,
        *,
        found_at: float,
        wanted_at: float,
        voxel_mm: float = 1e-3,
        columns: Columns | None = None,
    ) -> tuple[Array, Array, Array]:
        """(y', z', determinant): where the point at (x, y, z) of amplitude wanted_at lies at found_at.

        Lets a volume built at one amplitude be read at another. The determinant is the mean over voxel_mm of
        height, so that sums over voxels lose nothing where it jumps. columns: those at (x, y), if they are known.
        """
        stack = self.columns(x, y) if columns is None else columns
        low, high = (stack.raised(z + half, wanted_at) for half in (-0.5 * voxel_mm, 0.5 * voxel_mm))
        middle = 0.5 * (low + high)
        y0, slope = self._shift.back(y, x, middle, wanted_at)
        y1 = self._shift.forward(y0, x, middle, found_at)
        _, slope_there = self._shift.back(y1, x, middle, found_at)
        there = self.columns(x, y1)
        low, high = there.lowered(low, found_at), there.lowered(high, found_at)
        return y1, 0.5 * (low + high), (high - low) / voxel_mm * (slope_there / slope)

    def cleft_share(self, x: Array | float, y: Array, z: Array, amplitude: float, voxel_mm: float) -> Array:
        """Share (0 to 1) of voxels at (x, y, z) that lies in the cleft."""
        slit = self.columns(x, y).slit_mm(amplitude)
        if slit is None:
            return np.zeros(np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(z)), dtype=np.float32)
        low, high = slit
        under, over = (np.clip(z + half, low, high) for half in (-0.5 * voxel_mm, 0.5 * voxel_mm))
        return np.asarray((over - under) / voxel_mm, dtype=np.float32)

    def top_drop_mm(self, x: Array | float, y: Array) -> Array:
        """How far the superior endplate is lower as found at (x, y)."""
        p = fracture_shape.profile(self.vertebra, self.spec, self.lost_mm, x, y)
        return p.superior_mm if self.spec.shape == "biconcave" else p.loss_mm

    def bottom_rise_mm(self, x: Array | float, y: Array) -> Array:
        """How far the inferior endplate is higher as found at (x, y)."""
        p = fracture_shape.profile(self.vertebra, self.spec, self.lost_mm, x, y)
        return p.inferior_mm if self.spec.shape == "biconcave" else np.zeros_like(p.loss_mm)

    def lost_height_mm(self, y: Array, x: Array | float = 0.0) -> Array:
        """Height lost at (x, y) as found."""
        return fracture_shape.profile(self.vertebra, self.spec, self.lost_mm, x, y).loss_mm

    def endplate_plane(self, amplitude: float) -> tuple[float, float]:
        """(drop at the posterior wall in mm, forward turn in rad) of the superior endplate's rim."""
        v = self.vertebra
        y = np.linspace(v.posterior_wall_y_mm, v.anterior_wall_y_mm, 33)
        drop = np.broadcast_to(amplitude * self.top_drop_mm(0.5 * v.size.endplate_width_sup_mm, y), y.shape)
        slope, offset = np.polyfit(y - v.posterior_wall_y_mm, drop, 1)
        return float(offset), float(np.arctan(slope))

    def above(self, amplitude: float) -> FloatArray:
        """patient_from_patient (4, 4): what the collapse does to everything above the target.

        Rotation about the posterior edge of the superior endplate in the patient's sagittal plane, also where a
        curve tilts the target aside, then lowering along the target's axis in that plane.
        """
        v = self.vertebra
        drop, turn = self.endplate_plane(amplitude)
        axis = v.patient_from_vertebra[:3, 2]
        upright = frames.compose(
            frames.translation(v.patient_from_vertebra[:3, 3]),
            frames.rotation((1.0, 0.0, 0.0), float(-np.arctan2(axis[1], axis[2]))),
        )
        hinge = np.array([0.0, v.posterior_wall_y_mm, 0.5 * v.size.body_height_post_mm])
        flex = frames.compose(
            frames.translation(hinge - (0.0, 0.0, drop)),
            frames.rotation((1.0, 0.0, 0.0), -turn),
            frames.translation(-hinge),
        )
        return frames.compose(upright, flex, frames.inverse(upright))

    def posture_amplitude(self, posture: Posture) -> float:
        """The amplitude at which a posture holds the fracture: 1 flat, less where extension opens it."""
        if posture == "prone":
            return 1.0
        share = float(np.interp(self.spec.height_ratio, *EXTENSION_SHARE))
        if self.cleft is not None:
            share = max(share, EXTENSION_SHARE_CLEFT)
        return 1.0 - share * self.mobile_share

    @property
    def lost_anterior_mm(self) -> float:
        """Height lost in front as found."""
        return float(self.lost_height_mm(np.array(self.vertebra.anterior_wall_y_mm)))

    def anterior_height_mm(self, amplitude: float) -> float:
        """Anterior rim height of the body."""
        return self.vertebra.size.body_height_ant_mm - amplitude * self.lost_anterior_mm

    def middle_height_mm(self, amplitude: float) -> float:
        """Height between the deepest places of the endplates."""
        lost = float(self.lost_height_mm(np.array(fracture_shape.middle_y_mm(self.vertebra))))
        return fracture_shape.middle_height_mm(self.vertebra) - amplitude * lost

    def posterior_height_mm(self, amplitude: float) -> float:
        """Posterior rim height of the body."""
        lost = float(self.lost_height_mm(np.array(self.vertebra.posterior_wall_y_mm)))
        return self.vertebra.size.body_height_post_mm - amplitude * lost

    def worst_height_mm(self, amplitude: float) -> float:
        """The height where the shape loses most: middle of a biconcave body, front of the others."""
        is_hollow = self.spec.shape == "biconcave"
        return self.middle_height_mm(amplitude) if is_hollow else self.anterior_height_mm(amplitude)

    def wedge_rad(self, amplitude: float) -> float:
        """Angle between the endplates' rims, positive where the front is lower."""
        fall = self.posterior_height_mm(amplitude) - self.anterior_height_mm(amplitude)
        return float(np.arctan2(fall, self.vertebra.size.depth_mm))
