"""X-ray physics against the project's reference notes: targets V17 to V22 and the tables D3 and D6.

Our spectra come from another tube model (spekpy "casim", 12 degree anode, one metre of air) than the
reference's (MC-GPU set): agreement is a test of both, and a target that is missed says by how much.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from anatomy.tissue import CORTICAL_BONE, PMMA, STEEL, WATER, ZIRCONIA, Material
from simulator.imaging.attenuation import (
    cement_material,
    contrast_material,
    mass_attenuation_cm2_g,
    opacified_pmma,
)
from simulator.imaging.detector import (
    Detector,
    absorbed_share,
    detected,
    quantum_weight_kev,
    with_quantum_noise,
)
from simulator.imaging.scatter import scatter_field
from simulator.imaging.spectrum import (
    Spectrum,
    air_kerma_mgy_per_mas,
    attenuated,
    half_value_layer_mm_al,
    mean_energy_kev,
    photons_mm2_per_mgy,
    tube_spectrum,
)
from simulator.imaging.transmission import primary_signal, soft_tissue_mm

PANEL = Detector()
SOFT_ICRU = Material(
    "soft tissue (ICRU-44)",
    1.06,
    {
        "H": 0.102,
        "C": 0.143,
        "N": 0.034,
        "O": 0.708,
        "Na": 0.002,
        "P": 0.003,
        "S": 0.003,
        "Cl": 0.002,
        "K": 0.003,
    },
)
SPONGIOSA = Material(
    "spongiosa (ICRU-44)",
    1.18,
    {
        "H": 0.085,
        "C": 0.404,
        "N": 0.028,
        "O": 0.367,
        "Na": 0.001,
        "Mg": 0.001,
        "P": 0.034,
        "S": 0.002,
        "Cl": 0.002,
        "K": 0.001,
        "Ca": 0.074,
        "Fe": 0.001,
    },
)

KV60, KV90, KV90_CU01, KV120 = (60, 3.5, 0.0), (90, 4.0, 0.0), (90, 4.0, 0.1), (120, 4.3, 0.0)
KV90_CU02, KV90_CU03 = (90, 4.0, 0.2), (90, 4.0, 0.3)


@lru_cache
def beam(technique: tuple[float, float, float]) -> Spectrum:
    """The spectrum of kV, mm Al, mm Cu."""
    return tube_spectrum(*technique)


def signal(technique: tuple[float, float, float], paths_cm: dict[Material, float]) -> float:
    """Detector signal behind lengths in cm of materials, by the forward model."""
    paths = np.array([[length * material.density_g_cm3] for material, length in paths_cm.items()])
    return float(primary_signal(paths.reshape(len(paths_cm), 1), list(paths_cm), beam(technique), PANEL)[0])


def transmission(technique: tuple[float, float, float], tissue_cm: float) -> float:
    """Signal behind soft tissue over the open beam's."""
    return signal(technique, {SOFT_ICRU: tissue_cm}) / signal(technique, {})


def contrast(technique: tuple[float, float, float], material: Material, length_cm: float) -> float:
    """1 - I / I0 where length_cm of 20 cm of soft tissue gives way to the material."""
    replaced = signal(technique, {SOFT_ICRU: 20.0 - length_cm, material: length_cm})
    return 1.0 - replaced / signal(technique, {SOFT_ICRU: 20.0})


def test_v17_monochromatic_beer_lambert():
    """V17: 20 cm of water lets 0.0163 of 60 keV through, 0.5 %."""
    mono = Spectrum(np.array([60.0]), np.array([1.0]))
    behind, open_beam = primary_signal(np.array([[20.0, 0.0]]), [WATER], mono, PANEL)
    assert behind / open_beam == pytest.approx(np.exp(-0.2058 * 20.0), rel=0.005)


@pytest.mark.parametrize(
    ("material", "expected"),
    [(SOFT_ICRU, 0.2048), (CORTICAL_BONE, 0.3148), (PMMA, 0.1924), (cement_material(), 1.211), (STEEL, 1.182)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_v18_attenuation_at_60_kev(material, expected):
    """V18: mass attenuation at 60 keV is as listed, 1 %."""
    assert mass_attenuation_cm2_g(material, [60.0])[0] == pytest.approx(expected, rel=0.01)


def test_v19_barium_edge():
    """V19: barium cement is more opaque at 40 than at 30 keV, zirconia cement less; values 2 %."""
    barium = mass_attenuation_cm2_g(cement_material(), [30.0, 40.0])
    zirconia = mass_attenuation_cm2_g(opacified_pmma(ZIRCONIA, 0.30), [30.0, 40.0])
    assert barium[1] > barium[0]
    assert zirconia[1] < zirconia[0]
    np.testing.assert_allclose(barium, [1.53, 3.22], rtol=0.02)
    np.testing.assert_allclose(zirconia, [5.76, 2.71], rtol=0.02)


def test_v20_half_value_layer():
    """V20: 90 kV behind 4.0 mm Al has a half-value layer of 4.14 mm Al, 3 % (measured 4.02)."""
    assert half_value_layer_mm_al(beam(KV90)) == pytest.approx(4.14, rel=0.03)


def test_v20_transmission_of_20_cm():
    """V20: 20 cm of soft tissue lets 9.1e-3 of the signal through, 5 % (measured 9.08e-3)."""
    assert transmission(KV90, 20.0) == pytest.approx(9.1e-3, rel=0.05)


def test_v20_mean_energy_behind_20_cm():
    """V20: behind 20 cm the mean energy is 60.6 keV, 0.5 keV (measured 60.63)."""
    behind = attenuated(beam(KV90), {SOFT_ICRU: 20.0 * SOFT_ICRU.density_g_cm3})
    assert mean_energy_kev(behind) == pytest.approx(60.6, abs=0.5)


def test_v21_cement_contrast():
    """V21: 10 mm of 20.7 % cement behind 20 cm at 90 kV + 0.1 Cu has contrast 0.731; with SPR 0.45 0.504; 3 %."""
    bare = contrast(KV90_CU01, cement_material(), 1.0)
    assert bare == pytest.approx(0.731, rel=0.03)
    assert bare / 1.45 == pytest.approx(0.504, rel=0.03)


def test_scatter_lowers_contrast_by_one_plus_its_ratio():
    """A small dark object loses contrast by 1 / (1 + SPR) when the scatter of its surroundings is added (D4)."""
    primary = np.full((256, 256), 100.0, dtype=np.float32)
    primary[124:132, 124:132] *= 1.0 - 0.731
    scatter = scatter_field(primary, 200.0, 200.0 / 256.0, with_grid=True)
    total = primary + scatter
    seen = 1.0 - total[128, 128] / total[128, 110]
    assert seen == pytest.approx(0.731 / 1.48, rel=0.02)


def test_v22_variance_equals_the_mean_in_quanta():
    """V22: variance over mean of the quantum noise is 1.00, 3 %, from 2 to 2000 quanta a pixel."""
    for quanta in (2.0, 8.0, 12.0, 50.0, 2000.0):
        drawn = with_quantum_noise(np.full((400, 400), quanta), 1.0, np.random.default_rng(1)).astype(float)
        assert drawn.var() / drawn.mean() == pytest.approx(1.0, rel=0.03)


def test_v22_signal_to_noise_follows_the_root_of_dose():
    """V22: the slope of log SNR against log dose is 0.50, 3 %, of whole exposures without electronic noise."""
    panel = Detector(electronic_noise_quanta=0.0)
    weight = quantum_weight_kev(panel, beam(KV90_CU01))
    doses = np.array([10.0, 30.0, 100.0, 300.0, 1000.0])
    snr = []
    for dose in doses:
        frame = detected(np.full((256, 256), dose * weight), weight, panel, np.random.default_rng(2)).astype(float)
        snr.append(frame.mean() / frame.std())
    slope = np.polyfit(np.log(doses), np.log(snr), 1)[0]
    assert slope == pytest.approx(0.50, rel=0.03)


@pytest.mark.parametrize(("keep", "expected"), [(0.5, 0.577), (0.25, 0.378), (0.1, 0.229)])
def test_v22_recursive_filter_lowers_noise(keep, expected):
    """V22: y = k x + (1 - k) y of successive exposures settles at sqrt(k / (2 - k)) of the noise, 2 %."""
    weight = quantum_weight_kev(PANEL, beam(KV90))
    expectation = np.full((192, 192), 80.0 * weight, dtype=np.float32)
    frames = [detected(expectation, weight, PANEL, np.random.default_rng([7, tick])) for tick in range(50)]
    filtered = frames[0].astype(float)
    for frame in frames[1:]:
        filtered = keep * frame + (1.0 - keep) * filtered
    single = np.mean([frame.std() for frame in frames])
    assert filtered.std() / single == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    ("exposure_ngy", "quanta", "noise"), [(5, 5.8, 0.45), (10, 11.7, 0.32), (20, 23, 0.23), (50, 58, 0.14)]
)
def test_d3_quanta_and_relative_noise_of_a_small_pixel(exposure_ngy, quanta, noise):
    """D3: quanta on a 0.194 mm pixel behind 20 cm at 90 kV, 2 %, and their noise at 0.83 efficiency, 3 %."""
    behind = attenuated(beam(KV90), {SOFT_ICRU: 21.2})
    incident = photons_mm2_per_mgy(behind) * exposure_ngy * 1e-6 * 0.194**2
    assert incident == pytest.approx(quanta, rel=0.02)
    absorbed = behind.photons_mm2_per_mas * absorbed_share(PANEL, behind.energies_kev)
    efficiency = absorbed.sum() / behind.photons_mm2_per_mas.sum()
    assert efficiency == pytest.approx(0.83, abs=0.015)
    assert (incident * efficiency) ** -0.5 == pytest.approx(noise, rel=0.03)


def test_d3_detective_quantum_efficiency():
    """D3: the low-frequency DQE behind 20 cm is 70 % (Spahn 2000), within 3 points, by the preset Swank factor."""
    behind = attenuated(beam(KV90), {SOFT_ICRU: 21.2})
    photons = behind.photons_mm2_per_mas
    mean_signal = float(photons @ (behind.energies_kev * absorbed_share(PANEL, behind.energies_kev)))
    noise_equivalent_quanta = mean_signal / quantum_weight_kev(PANEL, behind)
    assert noise_equivalent_quanta / photons.sum() == pytest.approx(0.70, abs=0.03)


# Technique -> mean energy keV, HVL mm Al, mean energy behind 20 cm keV (D6).
QUALITY_D6 = {
    KV60: (37.5, 2.53, 46.2),
    KV90: (49.2, 4.14, 60.6),
    KV90_CU01: (53.1, 5.56, 61.8),
    KV90_CU02: (55.6, 6.53, 62.8),
    KV90_CU03: (57.6, 7.25, 63.7),
    KV120: (58.2, 5.74, 71.8),
}


def _techniques(missed: dict[tuple[float, float, float], str]) -> list:
    """Every technique of D6, those missed marked as such with what was measured."""
    marks = {key: [pytest.mark.xfail(strict=True, reason=why)] for key, why in missed.items()}
    return [pytest.param(technique, marks=marks.get(technique, ()), id=str(technique)) for technique in QUALITY_D6]


@pytest.mark.parametrize(
    "technique", _techniques({KV120: "57.70 keV against 58.2 (-0.503): the reference's 120 kV beam is harder"})
)
def test_d6_mean_energy(technique):
    """D6: mean energy of the beam, 0.5 keV."""
    assert mean_energy_kev(beam(technique)) == pytest.approx(QUALITY_D6[technique][0], abs=0.5)


@pytest.mark.parametrize("technique", QUALITY_D6, ids=str)
def test_d6_mean_energy_behind_20_cm(technique):
    """D6: mean energy behind 20 cm of soft tissue, 0.5 keV."""
    behind = attenuated(beam(technique), {SOFT_ICRU: 21.2})
    assert mean_energy_kev(behind) == pytest.approx(QUALITY_D6[technique][2], abs=0.5)


@pytest.mark.parametrize(
    "technique", _techniques({KV120: "5.52 mm Al against 5.74 (-3.8 %): the reference's 120 kV beam is harder"})
)
def test_d6_half_value_layer(technique):
    """D6: half-value layer, 3 %."""
    assert half_value_layer_mm_al(beam(technique)) == pytest.approx(QUALITY_D6[technique][1], rel=0.03)


TRANSMISSION_D6 = [
    (KV60, 15, 1.41e-2), (KV60, 20, 3.83e-3), (KV60, 25, 1.07e-3), (KV60, 30, 3.03e-4),
    (KV90, 15, 2.80e-2), (KV90, 20, 9.12e-3), (KV90, 25, 3.03e-3), (KV90, 30, 1.02e-3),
    (KV90_CU01, 15, 3.13e-2), (KV90_CU01, 20, 1.04e-2), (KV90_CU01, 25, 3.48e-3), (KV90_CU01, 30, 1.18e-3),
    (KV90_CU02, 20, 1.13e-2), (KV90_CU03, 20, 1.20e-2),
    (KV120, 15, 3.54e-2), (KV120, 20, 1.23e-2), (KV120, 25, 4.36e-3), (KV120, 30, 1.56e-3),
]  # fmt: skip
MISSED_D6 = {
    (KV60, 25): "1.128e-3 against 1.07e-3 (+5.4 %): our 60 kV beam is slightly harder",
    (KV60, 30): "3.23e-4 against 3.03e-4 (+6.6 %): our 60 kV beam is slightly harder",
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
    """A 12 degree tube at 90 kV and 4 mm Al gives 0.05 to 0.10 mGy a mAs at 1 m (plausible, no source)."""
    assert 0.05 < air_kerma_mgy_per_mas(beam(KV90)) < 0.10
