"""Skin dose: what each patch of the patient's own skin has received, pulse by pulse.

Model (as in published skin dose maps, Jones & Pasciak, J Appl Clin Med Phys 2011;12:231): air kerma at the
reference point, by inverse square to the patch, where the patch lies in the beam and faces the tube; times
backscatter of a field of that size (Benmakhlouf et al., Phys Med Biol 2013;58:247, eq. 8), the ratio of
tissue's to air's energy absorption, and what the table lets through. Without scatter outside the field (some
per cent of the peak) and heel effect.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from anatomy.frames import FloatArray, apply
from simulator.imaging.beam.attenuation import ALUMINIUM
from simulator.imaging.beam.exposure import REFERENCE_POINT_MM, spectrum_at
from simulator.imaging.beam.spectrum import air_kerma_mgy_per_mas, attenuated, half_value_layer_mm_al
from simulator.imaging.collimation import Collimation
from simulator.imaging.dose.skin import Skin
from simulator.imaging.view import View

TISSUE_TO_AIR = 1.06
"""Ratio of mass energy absorption coefficients, tissue to air, of diagnostic beams (ICRU 44; 1.05 to 1.07)."""

TABLE_ALUMINIUM_MM = 1.2
"""Table top and mattress as aluminium: transmits 0.83 at 80 kV, published tables with pad 0.7 to 0.85;
*unconfirmed* for any table of a given make."""
TABLE_HALF_WIDTH_MM = 260.0
"""Half the width of the table top (*unconfirmed*)."""

PATCHES = (2, 4)
"""Patches of the map for each of the recorded skin, around and along: about 5 by 5 mm."""

_LOOK_BACK_MM = np.array([12.0, 30.0, 60.0, 100.0])
"""Where, from a patch back to the tube, the body is looked for."""

_SIDES_CM = np.array([0.0, 5.0, 10.0, 20.0, 25.0, 35.0])
_BACKSCATTER = np.array(
    [
        [1.00870, 0.929969, 0.865442, 0.858665, 0.857065],
        [2.35816e-3, 4.08549e-3, 5.36739e-3, 5.51579e-3, 5.55933e-3],
        [-9.48937e-6, -1.66271e-5, -2.21494e-5, -2.27532e-5, -2.28004e-5],
        [0.103143, 0.153605, 0.172418, 0.170826, 0.166418],
        [-1.04881e-3, -1.45187e-3, -1.46088e-3, -1.38540e-3, -1.28180e-3],
        [3.59731e-6, 5.05312e-6, 5.17430e-6, 4.91192e-6, 4.53036e-6],
        [-7.31303e-3, -9.32427e-3, -8.30138e-3, -7.64330e-3, -6.81574e-3],
        [7.93272e-5, 9.40568e-5, 7.13576e-5, 6.13126e-5, 4.94197e-5],
        [-2.74296e-7, -3.28449e-7, -2.54885e-7, -2.21399e-7, -1.79074e-7],
    ]
)
"""Coefficients of 1, kV, kV2, each times 1, HVL, HVL2 (mm Al), for square fields of 5 to 35 cm."""


@dataclass(frozen=True, eq=False)
class Beam:
    """Pulses of one geometry: where they come from, what is open at the detector, and their air kerma.

    reference_kerma_mgy holds at reference_mm from the focus, along the central ray, free in air.
    """

    view: View
    collimation: Collimation
    kv: float
    reference_kerma_mgy: float
    reference_mm: float

    @classmethod
    def at_reference_point(
        cls,
        view: View,
        collimation: Collimation,
        kv: float,
        reference_kerma_mgy: float,
        source_to_isocentre_mm: float,
    ) -> Beam:
        """Of a kerma at the interventional reference point."""
        reference_mm = source_to_isocentre_mm - REFERENCE_POINT_MM
        return cls(view, collimation, kv, reference_kerma_mgy, reference_mm)

    @cached_property
    def source_mm(self) -> FloatArray:
        """Focal spot (3,), patient frame."""
        return self.view.source_patient_mm

    def kerma_mgy(self, points_patient_mm: FloatArray) -> FloatArray:
        """Air kerma (...,) at points (..., 3) free in air, inverse square; in the field or not."""
        away = points_patient_mm - self.source_mm
        return self.reference_kerma_mgy * self.reference_mm**2 / np.sum(away * away, axis=-1)

    def depth_mm(self, points_patient_mm: FloatArray) -> FloatArray:
        """Distance (...,) of points (..., 3) from the focus along the central ray."""
        return apply(self.view.beam_from_patient, points_patient_mm)[..., 2]

    def hits(self, points_patient_mm: FloatArray) -> NDArray[np.bool_]:
        """True (n,) for points (3, n) in the collimated field; one row a coordinate, for speed."""
        field, to_beam = self.collimation, self.view.beam_from_patient.astype(points_patient_mm.dtype)
        across, down, depth = (row[:3] @ points_patient_mm + row[3] for row in to_beam[:3])
        reach = depth / self.view.source_to_detector_mm  # of a millimetre at the detector; no division by depth
        inside = (np.abs(down) <= 0.5 * field.height_mm * reach) & (np.abs(across) <= 0.5 * field.width_mm * reach)
        if field.iris_mm is not None:
            inside &= down * down + across * across <= (0.5 * field.iris_mm * reach) ** 2
        return np.asarray(inside & (depth > 0.0))


@lru_cache(maxsize=128)
def _backscatter_by_side(kv: float) -> FloatArray:
    hvl = half_value_layer_mm_al(spectrum_at(kv))
    powers = np.outer([1.0, hvl, hvl * hvl], [1.0, kv, kv * kv]).ravel()
    return np.concatenate([[1.0], powers @ _BACKSCATTER])


def backscatter_factor(kv: float, side_mm: float) -> float:
    """Air kerma at the skin, scatter from below included, to that free in air, for a square field.

    With this C-arm's filtration; tends to 1 for a field of no size, constant beyond 35 cm. Source: Benmakhlouf et
    al. 2013, eq. 8 (50 to 150 kV, stated to hold within about 1 % of their Monte Carlo results for water).
    """
    return float(np.interp(0.1 * side_mm, _SIDES_CM, _backscatter_by_side(kv)))


@lru_cache(maxsize=128)
def table_transmission(kv: float) -> float:
    """Share of air kerma that the table lets through straight on."""
    behind = attenuated(spectrum_at(kv), {ALUMINIUM: 0.1 * TABLE_ALUMINIUM_MM * ALUMINIUM.density_g_cm3})
    return air_kerma_mgy_per_mas(behind) / air_kerma_mgy_per_mas(spectrum_at(kv))


def through_table(beam: Beam, skin: Skin, points_patient_mm: FloatArray) -> FloatArray:
    """Share (...,) of the beam that reaches points (..., 3) through the table under a prone patient.

    Slanted rays meet more of it: transmission to the power of 1 / cosine.
    """
    source = beam.source_mm
    away = points_patient_mm - source
    below = source[1] - skin.front_y_mm
    part = below / np.maximum(-away[..., 1], 1e-9)  # of the way, where it comes to the table
    crosses = (below > 0.0) & (part < 1.001)  # the foremost skin lies on the table
    across = source[0] + np.where(crosses, part, 0.0) * away[..., 0] - skin.axis_mm[0]
    crosses &= np.abs(across) <= TABLE_HALF_WIDTH_MM
    cosine = np.maximum(np.abs(away[..., 1]) / np.linalg.norm(away, axis=-1), 0.05)
    return np.where(crosses, table_transmission(beam.kv) ** (1.0 / cosine), 1.0)


@dataclass(frozen=True, eq=False)
class SkinDoseMap:
    """dose_mgy (angles, heights) absorbed in the skin's patches; incident_mgy: air kerma that came in, free in
    air and without table."""

    skin: Skin
    dose_mgy: FloatArray
    incident_mgy: FloatArray

    @property
    def peak_mgy(self) -> float:
        """Highest dose of a patch."""
        return float(self.dose_mgy.max())

    @property
    def peak_at_mm(self) -> FloatArray:
        """Where that is (3,), patient frame."""
        return self.skin.points_mm[np.unravel_index(self.dose_mgy.argmax(), self.dose_mgy.shape)]

    @property
    def peak_side(self) -> str:
        """The same in a word: back, front, left or right side."""
        x, y = self.peak_at_mm[:2] - np.array(self.skin.axis_mm)
        if abs(y) >= abs(x):
            return "front" if y > 0.0 else "back"
        return "right side" if x > 0.0 else "left side"

    def area_above_cm2(self, dose_mgy: float) -> float:
        """Skin that has received more than a dose."""
        area = np.linalg.norm(self.skin.areas_mm2, axis=-1)
        return float(area[self.dose_mgy > dose_mgy].sum() / 100.0)


def skin_dose_map(skin: Skin, beams: Iterable[Beam]) -> SkinDoseMap:
    """The dose of all pulses on a skin. Pulses that differ in kerma alone are summed before."""
    points = skin.points_mm.reshape(-1, 3)
    columns, normals = (
        np.ascontiguousarray(a.reshape(-1, 3).T, dtype=np.float32) for a in (skin.points_mm, skin.areas_mm2)
    )
    normal_at_point = np.sum(normals * columns, axis=0)
    folded = skin.folded.ravel()
    dose, incident = np.zeros(len(points)), np.zeros(len(points))
    for beam in _summed(beams):
        facing = beam.source_mm.astype(np.float32) @ normals > normal_at_point
        hit = np.flatnonzero(facing & beam.hits(columns))
        hit = hit[~_shaded(skin, points[hit], folded[hit], beam.source_mm)]
        if hit.size == 0:
            continue
        kerma = beam.kerma_mgy(points[hit])
        incident[hit] += kerma
        depth = float(beam.depth_mm(points[hit]).mean())
        side = np.sqrt(beam.collimation.area_mm2) * depth / beam.view.source_to_detector_mm
        factor = backscatter_factor(beam.kv, side) * TISSUE_TO_AIR
        dose[hit] += kerma * factor * through_table(beam, skin, points[hit])
    shape = skin.radius_mm.shape
    return SkinDoseMap(skin, dose.reshape(shape), incident.reshape(shape))


def _shaded(
    skin: Skin, points_mm: FloatArray, folded: NDArray[np.bool_], source_mm: FloatArray
) -> NDArray[np.bool_]:
    """True (n,) for patches behind a part of the body, as one side of the back's groove is behind the other."""
    shaded = np.full(len(points_mm), False)
    fold = np.flatnonzero(folded)
    if fold.size == 0:
        return shaded
    away = points_mm[fold] - source_mm
    onward = away / np.linalg.norm(away, axis=-1, keepdims=True)
    before = points_mm[fold] - _LOOK_BACK_MM[:, None, None] * onward
    shaded[fold] = skin.contains(before).any(axis=0)
    return shaded


def _summed(beams: Iterable[Beam]) -> list[Beam]:
    together: dict[tuple[object, ...], list[Beam]] = {}
    for beam in beams:
        view = beam.view
        key = (view.beam_from_patient.tobytes(), view.source_to_detector_mm, beam.collimation, beam.kv,
               beam.reference_mm)  # fmt: skip
        together.setdefault(key, []).append(beam)
    return [
        replace(same[0], reference_kerma_mgy=sum(beam.reference_kerma_mgy for beam in same))
        for same in together.values()
    ]
