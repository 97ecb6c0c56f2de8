"""A wedge compression fracture and its reduction: one displacement field, run both ways.

In the target's vertebral frame the unfractured point (x, Y, Z) lies, at collapse amplitude a, at

    z = Z - a * c(Y) * S(Z)              y = Y + a * b(z) * s(y)

with c the height lost at depth Y (most at the anterior rim, little at the posterior wall), S rising smoothly
from 0 in the lower body to 1 at the superior endplate, so that the loss is an impaction band below the
broken endplate (anatomy 6.1), and b the anterior cortex's buckle. a = 1 is the patient as found, a = 0 the
healthy body; reduction by posture or balloon lowers a. The field does not depend on x, so warping a volume
moves whole rows of voxels. The determinant of the map multiplies densities: no mineral is lost.

Everything above the target follows rigidly, turned and lowered with the superior endplate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.spec import FractureSpec
from anatomy.vertebra import Vertebra

POSTERIOR_SHARE = 0.10  # of the anterior loss; keeps the posterior wall at 0.95 and more (anatomy 6.1)
PROFILE_EXPONENT = 1.25
BUCKLE_MM = 1.6  # forward bulge of the anterior cortex for a loss of 8 mm: 1 to 3 mm (anatomy 6.1)
BUCKLE_ROUNDS = 8  # of a fixed point that contracts to 0.3 or less a round: 2.4 mm to 0.2 um
MAX_STRAIN = 0.88


@dataclass(frozen=True)
class Collapse:
    """A fracture of one body. lost_anterior_mm is what it lost as found; mobile_share can come back."""

    vertebra: Vertebra
    lost_anterior_mm: float
    mobile_share: float
    endplate_defect_mm: float

    @classmethod
    def of(cls, vertebra: Vertebra, spec: FractureSpec) -> Collapse:
        """The fracture a spec describes, in a given vertebra."""
        lost = (1.0 - spec.height_ratio) * vertebra.size.body_height_ant_mm
        return cls(vertebra, lost, spec.mobile_share, spec.endplate_defect_mm)

    def lost_height_mm(self, y: Array) -> Array:
        """Height lost at depth y for amplitude 1."""
        v = self.vertebra
        share = np.clip((y - v.posterior_wall_y_mm) / v.size.depth_mm, 0.0, 1.15)
        return self.lost_anterior_mm * (POSTERIOR_SHARE + (1.0 - POSTERIOR_SHARE) * share**PROFILE_EXPONENT)

    def _band(self, y: Array) -> tuple[Array, Array]:
        """Top of the body and thickness of the band in which the loss happens, unfractured z."""
        height = self.vertebra.rim_height_mm(y)
        thickness = np.maximum(0.5 * height, 1.5 * self.lost_height_mm(y) / MAX_STRAIN)
        return 0.5 * height, np.minimum(thickness, height)

    def lowered(self, y: Array, z: Array, amplitude: float) -> Array:
        """Where the unfractured height z comes to lie."""
        top, band = self._band(y)
        t = np.clip((z - (top - band)) / band, 0.0, 1.0)
        return z - amplitude * self.lost_height_mm(y) * (t * t * (3.0 - 2.0 * t))

    def raised(self, y: Array, z: Array, amplitude: float) -> tuple[Array, Array]:
        """(unfractured height Z of a point found at height z, dZ/dz). Inverse of ``lowered``.

        Newton on a monotone cubic, kept in its bracket by bisection; 12 rounds reach float32 accuracy.
        """
        top, band = self._band(y)
        loss = amplitude * self.lost_height_mm(y)
        z = np.asarray(z)
        low, high = z - 0.01, z + loss + 0.01  # a root on the very edge must not fall out by rounding
        guess = 0.5 * (low + high)
        for _ in range(12):
            t = np.clip((guess - (top - band)) / band, 0.0, 1.0)
            error = guess - loss * (t * t * (3.0 - 2.0 * t)) - z
            low, high = np.where(error < 0.0, guess, low), np.where(error > 0.0, guess, high)
            slope = 1.0 - loss * 6.0 * t * (1.0 - t) / band
            step = guess - error / slope
            guess = np.where((step >= low) & (step <= high), step, 0.5 * (low + high))
        t = np.clip((guess - (top - band)) / band, 0.0, 1.0)
        return guess, 1.0 / (1.0 - loss * 6.0 * t * (1.0 - t) / band)

    def _buckle(self, y: Array, z: Array, amplitude: float) -> tuple[Array, Array]:
        """(forward displacement at (y, z), its derivative along y), fractured heights."""
        v = self.vertebra
        size = amplitude * BUCKLE_MM * min(self.lost_anterior_mm / 8.0, 1.5)
        level = 0.5 * v.size.body_height_ant_mm - amplitude * self.lost_anterior_mm - 4.0
        ring = np.exp(-(((z - level) / 3.0) ** 2))
        t = np.clip((y - 0.1 * v.size.depth_mm) / (0.4 * v.size.depth_mm), 0.0, 1.0)
        rise = 6.0 * t * (1.0 - t) / (0.4 * v.size.depth_mm)
        return size * ring * (t * t * (3.0 - 2.0 * t)), size * ring * rise

    def unfractured(self, y: Array, z: Array, amplitude: float) -> tuple[Array, Array, Array]:
        """(Y, Z, determinant) of the unfractured point now found at (y, z), vertebral frame.

        Density here is density there times the determinant.
        """
        forward, slope = self._buckle(y, z, amplitude)
        y0 = y - forward
        z0, squeeze = self.raised(y0, z, amplitude)
        return y0, z0, (1.0 - slope) * squeeze

    def between(self, y: Array, z: Array, *, found_at: float, wanted_at: float) -> tuple[Array, Array, Array]:
        """(y', z', determinant): where the point at (y, z) of amplitude wanted_at lies at found_at.

        Lets a volume built at one amplitude be read at another.
        """
        y0, z0, squeeze = self.unfractured(y, z, wanted_at)
        z1 = self.lowered(y0, z0, found_at)
        y1 = y0
        for _ in range(BUCKLE_ROUNDS):
            y1 = y0 + self._buckle(y1, z1, found_at)[0]
        _, _, squeeze_there = self.unfractured(y1, z1, found_at)
        return y1, z1, squeeze / squeeze_there

    def endplate_plane(self, amplitude: float) -> tuple[float, float]:
        """(drop at the posterior wall in mm, forward turn in rad) of the superior endplate."""
        v = self.vertebra
        y = np.linspace(v.posterior_wall_y_mm, v.anterior_wall_y_mm, 33)
        slope, offset = np.polyfit(y - v.posterior_wall_y_mm, amplitude * self.lost_height_mm(y), 1)
        return float(offset), float(np.arctan(slope))

    def above(self, amplitude: float) -> FloatArray:
        """patient_from_patient (4, 4): what the collapse does to everything above the target.

        Rotation about the posterior edge of the superior endplate, then lowering along the target's axis.
        """
        v = self.vertebra
        drop, turn = self.endplate_plane(amplitude)
        hinge = np.array([0.0, v.posterior_wall_y_mm, 0.5 * v.size.body_height_post_mm])
        flex = frames.compose(
            frames.translation(hinge - (0.0, 0.0, drop)),
            frames.rotation((1.0, 0.0, 0.0), -turn),
            frames.translation(-hinge),
        )
        return frames.compose(v.patient_from_vertebra, flex, frames.inverse(v.patient_from_vertebra))

    def anterior_height_mm(self, amplitude: float) -> float:
        """Anterior rim height of the body."""
        return self.vertebra.size.body_height_ant_mm - amplitude * self.lost_anterior_mm

    def posterior_height_mm(self, amplitude: float) -> float:
        """Posterior rim height of the body."""
        return self.vertebra.size.body_height_post_mm - amplitude * POSTERIOR_SHARE * self.lost_anterior_mm

    def wedge_rad(self, amplitude: float) -> float:
        """Angle between the endplates, positive where the front is lower."""
        fall = self.posterior_height_mm(amplitude) - self.anterior_height_mm(amplitude)
        return float(np.arctan2(fall, self.vertebra.size.depth_mm))
