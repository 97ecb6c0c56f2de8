"""The beam against the project's reference notes: tables D1 and D6.

Our spectra come from spekpy's "casim", with one metre of air; the reference's from the MC-GPU set, which looks
like SpekCalc's (its K lines, its last bin below zero) and does not tell anode or air. V20 (a target of
``simulator.validation``) was used to choose our anode, 10 degrees; every row here is a check. Ours are as hard at
90 kV, softer at 120 (half-value layer -1.6 %) and harder at 60 kV (+1.5 %), which no model or angle of spekpy
avoids: see ``tabulate_spectra``. Through the reference's own listed spectra our attenuation meets all 60 numbers
of D6, transmission at 60 kV by +2.5 to +3.4 %; that much is its coarser table of attenuation, the rest of +5 to
+8 % is the beam. A target that is missed says by how much.
"""

from __future__ import annotations

import numpy as np
import pytest

from anatomy.tissue import CORTICAL_BONE, STEEL
from simulator.imaging.beam.attenuation import (
    cement_material,
    contrast_material,
)
from simulator.imaging.beam.spectrum import (
    air_kerma_mgy_per_mas,
    attenuated,
    half_value_layer_mm_al,
    mean_energy_kev,
)
from simulator.imaging.beam.transmission import soft_tissue_mm
from simulator.validation.reference_beams import (
    KV60,
    KV90,
    KV90_CU01,
    KV90_CU02,
    KV90_CU03,
    KV120,
    PANEL,
    SOFT_ICRU,
    SPONGIOSA,
    beam,
    contrast,
    transmission,
)

# Technique -> mean energy keV, HVL mm Al, mean energy behind 20 cm keV (D6).
QUALITY_D6 = {
    KV60: (37.5, 2.53, 46.2),
    KV90: (49.2, 4.14, 60.6),
    KV90_CU01: (53.1, 5.56, 61.8),
    KV90_CU02: (55.6, 6.53, 62.8),
    KV90_CU03: (57.6, 7.25, 63.7),
    KV120: (58.2, 5.74, 71.8),
}


@pytest.mark.parametrize("technique", QUALITY_D6, ids=str)
def test_d6_mean_energy(technique):
    """D6: mean energy of the beam, 0.5 keV (largest miss +0.28 at 60 kV)."""
    assert mean_energy_kev(beam(technique)) == pytest.approx(QUALITY_D6[technique][0], abs=0.5)


@pytest.mark.parametrize("technique", QUALITY_D6, ids=str)
def test_d6_mean_energy_behind_20_cm(technique):
    """D6: mean energy behind 20 cm of soft tissue, 0.5 keV (largest miss +0.23 with 0.3 mm Cu)."""
    behind = attenuated(beam(technique), {SOFT_ICRU: 21.2})
    assert mean_energy_kev(behind) == pytest.approx(QUALITY_D6[technique][2], abs=0.5)


@pytest.mark.parametrize("technique", QUALITY_D6, ids=str)
def test_d6_half_value_layer(technique):
    """D6: half-value layer, 3 % (largest miss -1.6 % at 120 kV)."""
    assert half_value_layer_mm_al(beam(technique)) == pytest.approx(QUALITY_D6[technique][1], rel=0.03)


TRANSMISSION_D6 = [
    (KV60, 15, 1.41e-2), (KV60, 20, 3.83e-3), (KV60, 25, 1.07e-3), (KV60, 30, 3.03e-4),
    (KV90, 15, 2.80e-2), (KV90, 20, 9.12e-3), (KV90, 25, 3.03e-3), (KV90, 30, 1.02e-3),
    (KV90_CU01, 15, 3.13e-2), (KV90_CU01, 20, 1.04e-2), (KV90_CU01, 25, 3.48e-3), (KV90_CU01, 30, 1.18e-3),
    (KV90_CU02, 20, 1.13e-2), (KV90_CU03, 20, 1.20e-2),
    (KV120, 15, 3.54e-2), (KV120, 20, 1.23e-2), (KV120, 25, 4.36e-3), (KV120, 30, 1.56e-3),
]  # fmt: skip
HARDER = "our 60 kV beam is harder, and the reference's tissue 3 % more opaque there"
MISSED_D6 = {
    (KV60, 20): f"4.058e-3 against 3.83e-3 (+6.0 %): {HARDER}",
    (KV60, 25): f"1.141e-3 against 1.07e-3 (+6.7 %): {HARDER}",
    (KV60, 30): f"3.27e-4 against 3.03e-4 (+8.0 %): {HARDER}",
}


@pytest.mark.parametrize(
    ("technique", "tissue_cm", "expected"),
    [
        pytest.param(
            *row, marks=[pytest.mark.xfail(strict=True, reason=MISSED_D6[row[:2]])] if row[:2] in MISSED_D6 else []
        )
        for row in TRANSMISSION_D6
    ],
)
def test_d6_transmission(technique, tissue_cm, expected):
    """D6: share of the signal behind soft tissue, 5 %."""
    assert transmission(technique, tissue_cm) == pytest.approx(expected, rel=0.05)


CONTRAST_D6 = [
    (CORTICAL_BONE, 0.1, (0.071, 0.041, 0.035)),
    (SPONGIOSA, 3.0, (0.307, 0.184, 0.156)),
    (cement_material(), 1.0, (0.902, 0.731, 0.634)),
    (cement_material(0.30), 1.0, (0.967, 0.856, 0.765)),
    (cement_material(0.10), 1.0, (0.670, 0.469, 0.393)),
    (STEEL, 0.24, (0.976, 0.849, 0.764)),
    (STEEL, 0.305, (0.990, 0.901, 0.826)),
    (contrast_material(150.0), 1.5, (0.944, 0.773, 0.672)),
]


@pytest.mark.parametrize(("material", "length_cm", "expected"), CONTRAST_D6, ids=lambda v: getattr(v, "name", ""))
def test_d6_contrast(material, length_cm, expected):
    """D6: primary contrast behind 20 cm at 60, 90 (+ 0.1 Cu) and 120 kV, 2 %."""
    ours = [contrast(technique, material, length_cm) for technique in (KV60, KV90_CU01, KV120)]
    np.testing.assert_allclose(ours, expected, rtol=0.02)


def test_d1_tissue_that_doubles_the_output():
    """D1: 3.1 cm more soft tissue doubles the output needed at 90 kV, 4 mm Al, primary only, 3 %."""
    here, farther = soft_tissue_mm([transmission(KV90, 20.0), 0.5 * transmission(KV90, 20.0)], beam(KV90), PANEL)
    assert farther - here == pytest.approx(31.0, rel=0.03)


def test_kerma_of_a_tube_is_of_the_known_size():
    """A 10 degree tube at 90 kV and 4 mm Al gives 0.05 to 0.10 mGy a mAs at 1 m (plausible, no source)."""
    assert 0.05 < air_kerma_mgy_per_mas(beam(KV90)) < 0.10
