"""Noise and detector against the project's reference notes: target V22 and table D3."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.imaging.beam.spectrum import attenuated, photons_mm2_per_mgy
from simulator.imaging.panel.detector import Detector, absorbed_share, detected, quantum_weight_kev
from simulator.imaging.panel.quanta import with_quantum_noise
from tests.validation.reference_beams import KV90, KV90_CU01, PANEL, SOFT_ICRU, beam


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
