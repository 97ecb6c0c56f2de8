"""The detector against the notes: transfer, noise power, focal spot (D1), noise and dose (D3, V22, V23).

Modulation transfer is measured on a point, noise power and dose behaviour on flat exposures.
"""

from __future__ import annotations

import numpy as np
import pytest

from anatomy.tissue import SOFT
from simulator.imaging.beam.spectrum import Spectrum, attenuated, photons_mm2_per_mgy, tube_spectrum
from simulator.imaging.beam.transmission import pixel_photon_scale
from simulator.imaging.panel.detector import (
    PHOTODIODE_MM,
    Detector,
    absorbed_share,
    aperture_blurred,
    captured,
    detected,
    focal_spot_width_mm,
    panel_at,
    quantum_weight_kev,
    scintillator_blurred,
    scintillator_mtf,
    signal_per_photon_kev,
)
from simulator.imaging.panel.quanta import with_quantum_noise

SIZE = 128
SID_MM, SOD_MM = 1020.0, 530.0
FOCUS_MM = focal_spot_width_mm(0.6, SID_MM, SOD_MM)
PITCHES = [PHOTODIODE_MM, 2.0 * PHOTODIODE_MM, 3.0 * PHOTODIODE_MM]


def exit_beam() -> Spectrum:
    """90 kV, 4 mm Al, behind 20 cm of soft tissue."""
    return attenuated(tube_spectrum(90.0, 4.0, 0.0), {SOFT: 20.0 * SOFT.density_g_cm3})


def transfer(blur) -> np.ndarray:
    """Modulation transfer (SIZE, SIZE) of a blur, from the image of a point: frequencies as in numpy.fft."""
    point = np.zeros((SIZE, SIZE))
    point[SIZE // 2, SIZE // 2] = 1.0
    return np.abs(np.fft.fft2(blur(point).astype(float)))


def frequencies_lp_mm(pixel_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Frequency down and across of each mode, line pairs a mm, arrays (SIZE, 1) and (1, SIZE)."""
    f = np.abs(np.fft.fftfreq(SIZE, pixel_mm))
    return f[:, None], f[None, :]


def noise_power(panel: Detector, quanta: float, weight_kev: float, exposures: int) -> np.ndarray:
    """Noise power (SIZE, SIZE) of flat exposures, in squared quanta a pixel."""
    flat = np.full((SIZE, SIZE), quanta * weight_kev, dtype=np.float32)
    power = np.zeros((SIZE, SIZE))
    for i in range(exposures):
        frame = captured(flat, weight_kev, panel, np.random.default_rng([3, i])).astype(float) / weight_kev
        power += np.abs(np.fft.fft2(frame - frame.mean())) ** 2
    return power / (exposures * SIZE**2)


@pytest.mark.parametrize(
    ("pixel_mm", "lower_half", "nyquist"), [(0.582, 0.023, 0.26), (0.388, 0.025, 0.28), (0.194, 0.07, 0.21)]
)
def test_transfer_of_pixel_and_focal_spot(pixel_mm, lower_half, nyquist):
    """Against the product of both sincs along an axis: off by no more than the module states, up to Nyquist."""
    measured = transfer(lambda p: aperture_blurred(p, panel_at(pixel_mm), focal_width_mm=FOCUS_MM))[0]
    f = frequencies_lp_mm(pixel_mm)[1][0]
    off = np.abs(measured - np.abs(np.sinc(f * pixel_mm) * np.sinc(f * FOCUS_MM)))
    assert off[f <= 0.25 / pixel_mm].max() < lower_half
    assert off.max() < nyquist


@pytest.mark.parametrize(
    ("pixel_mm", "lower_half", "nyquist"), [(0.582, 0.017, 0.17), (0.388, 0.004, 0.16), (0.194, 0.018, 0.05)]
)
def test_transfer_of_the_light(pixel_mm, lower_half, nyquist):
    """Against the Lorentzian, diagonals included: off by no more than this, and never blurrier by over 0.05."""
    measured = transfer(lambda p: scintillator_blurred(p, panel_at(pixel_mm)))
    down, across = frequencies_lp_mm(pixel_mm)
    off = measured - scintillator_mtf(panel_at(pixel_mm), np.hypot(down, across))
    assert np.abs(off[np.maximum(down, across) <= 0.25 / pixel_mm]).max() < lower_half
    assert off.max() < nyquist
    assert off.min() > -0.05


@pytest.mark.parametrize(("frequency", "low", "high"), [(1.0, 0.60, 0.65), (2.0, 0.30, 0.35)])
def test_d3_modulation_transfer_of_the_panel_read_finely(frequency, low, high):
    """D3 (unconfirmed): 0.60 to 0.65 at 1 and 0.30 to 0.35 at 2 line pairs a mm, on pixels of 0.194 mm."""
    measured = transfer(lambda p: scintillator_blurred(p, panel_at(PHOTODIODE_MM)))[0, : SIZE // 2]
    f = frequencies_lp_mm(PHOTODIODE_MM)[1][0, : SIZE // 2]
    assert low <= np.interp(frequency, f, measured) <= high


@pytest.mark.parametrize(("focus_mm", "at_isocentre_mm"), [(0.6, 0.29), (0.3, 0.14)])
def test_d1_focal_spot_blur_at_the_isocentre(focus_mm, at_isocentre_mm):
    """D1: a 0.6 mm focus smears the isocentre by 0.29 mm, a 0.3 mm focus by 0.14 mm, as measured on a point."""
    panel = panel_at(PHOTODIODE_MM)
    point = np.zeros((SIZE, SIZE))
    point[SIZE // 2, SIZE // 2] = 1.0
    offsets_mm = PHOTODIODE_MM * (np.arange(SIZE) - SIZE // 2)

    def variance_mm2(focal_width_mm: float) -> float:
        spot = aperture_blurred(point, panel, focal_width_mm=focal_width_mm).astype(float)
        return float(spot.sum(axis=0) @ offsets_mm**2)

    added = variance_mm2(focal_spot_width_mm(focus_mm, SID_MM, SOD_MM)) - variance_mm2(0.0)
    assert np.sqrt(12.0 * added) * SOD_MM / SID_MM == pytest.approx(at_isocentre_mm, abs=0.005)


@pytest.mark.parametrize("pixel_mm", PITCHES)
def test_noise_power_is_the_light_squared_plus_white(pixel_mm):
    """Flat exposures: quanta times the light's transfer squared plus the electronic variance, 3 % in bands."""
    panel = panel_at(pixel_mm)
    quanta = 6.0
    power = noise_power(panel, quanta, 60.0, exposures=60)
    light = transfer(lambda p: scintillator_blurred(p, panel))
    expected = quanta * light**2 + panel.electronic_noise_quanta**2
    down, across = frequencies_lp_mm(pixel_mm)
    band = np.minimum(np.hypot(down, across) * pixel_mm * 20.0, 13.0).astype(int)
    for b in range(14):
        ring = (band == b) & (down + across > 0.0)
        assert power[ring].mean() == pytest.approx(expected[ring].mean(), rel=0.03)
    corner = np.minimum(down, across) >= 0.9 * 0.5 / pixel_mm
    assert power[corner].mean() == pytest.approx(expected[corner].mean(), rel=0.05)


def test_noise_power_follows_the_lorentzian():
    """On 0.194 mm, up to 2 line pairs a mm, noise power less its white part is quanta * MTF^2, MTF within 0.03."""
    panel = panel_at(PHOTODIODE_MM)
    quanta = 400.0
    power = noise_power(panel, quanta, 60.0, exposures=60) - panel.electronic_noise_quanta**2
    f = np.hypot(*frequencies_lp_mm(PHOTODIODE_MM))
    for low in np.arange(0.1, 2.0, 0.2):
        ring = (f >= low) & (f < low + 0.2)
        wanted = np.sqrt((scintillator_mtf(panel, f[ring]) ** 2).mean())
        assert np.sqrt(power[ring].mean() / quanta) == pytest.approx(wanted, abs=0.03)


def low_frequency_dqe(panel: Detector, exposure_ngy: float) -> float:
    """Detective quantum efficiency below 0.3 line pairs a mm: signal^2 * MTF^2 / (noise power * photons)."""
    beam = exit_beam()
    photons = photons_mm2_per_mgy(beam) * exposure_ngy * 1e-6 * panel.pixel_mm**2
    weight = quantum_weight_kev(panel, beam)
    share = beam.photons_mm2_per_mas / beam.photons_mm2_per_mas.sum()
    quanta = photons * float(share @ signal_per_photon_kev(panel, beam.energies_kev)) / weight
    f = np.hypot(*frequencies_lp_mm(panel.pixel_mm))
    low = (f > 0.0) & (f < 0.3)
    light = transfer(lambda p: scintillator_blurred(p, panel))
    power = noise_power(panel, quanta, weight, exposures=60)
    return float(quanta**2 * (light[low] ** 2).mean() / (power[low].mean() * photons))


@pytest.mark.parametrize("pixel_mm", PITCHES)
def test_d3_detective_quantum_efficiency_measured(pixel_mm):
    """D3: at 200 nGy behind 20 cm, 90 kV, the low-frequency DQE measured is 70 %, 3 points, at every pitch."""
    assert low_frequency_dqe(panel_at(pixel_mm), 200.0) == pytest.approx(0.70, abs=0.03)


def test_d3_efficiency_is_lost_to_electronics_at_the_lowest_exposures():
    """Seibert 2006: from 50 to 0.5 nGy a finely read panel loses most of its DQE, binned 3 x 3 much less of it."""
    fine, binned = panel_at(PITCHES[0]), panel_at(PITCHES[2])
    assert low_frequency_dqe(fine, 50.0) > 0.65
    assert low_frequency_dqe(fine, 0.5) < 0.40
    assert low_frequency_dqe(binned, 0.5) > 1.3 * low_frequency_dqe(fine, 0.5)


@pytest.mark.parametrize(
    ("exposure_ngy", "quanta", "noise"), [(5, 23, 0.23), (10, 47, 0.16), (20, 93, 0.11), (50, 233, 0.072)]
)
def test_d3_relative_noise_of_a_binned_pixel(exposure_ngy, quanta, noise):
    """D3: quanta on 0.388 mm behind 20 cm at 90 kV, 2 %; their noise at 0.83 efficiency, 3 % or half a digit."""
    incident = photons_mm2_per_mgy(exit_beam()) * exposure_ngy * 1e-6 * 0.388**2
    assert incident == pytest.approx(quanta, rel=0.02)
    drawn = with_quantum_noise(np.full((400, 400), 0.83 * incident), 1.0, np.random.default_rng(1)).astype(float)
    assert drawn.std() / drawn.mean() == pytest.approx(noise, rel=0.03, abs=0.005)


def test_d3_efficiency_behind_20_cm():
    """D3: 0.83 of the photons behind 20 cm are absorbed, as the noise rows suppose, 1.5 points."""
    beam = exit_beam()
    absorbed = beam.photons_mm2_per_mas @ absorbed_share(Detector(), beam.energies_kev)
    assert absorbed / beam.photons_mm2_per_mas.sum() == pytest.approx(0.83, abs=0.015)


def _slope_of_snr(panel: Detector, quanta: list[float]) -> float:
    """Exponent of signal to noise against dose, of flat exposures of those mean quanta."""
    snr = []
    for q in quanta:
        frame = detected(np.full((512, 512), q * 60.0), 60.0, panel, np.random.default_rng(5)).astype(float)
        snr.append(frame.mean() / frame.std())
    return float(np.polyfit(np.log(quanta), np.log(snr), 1)[0])


@pytest.mark.parametrize("pixel_mm", PITCHES)
def test_v22_snr_follows_the_root_of_dose_where_quanta_rule(pixel_mm):
    """V22: from 200 quanta a pixel up the exponent is 0.50, 3 %, with electronic noise as it is."""
    assert _slope_of_snr(panel_at(pixel_mm), [200.0, 600.0, 2000.0, 6000.0]) == pytest.approx(0.50, rel=0.03)


@pytest.mark.parametrize("pixel_mm", PITCHES)
def test_d3_electronic_noise_rules_at_the_lowest_exposures(pixel_mm):
    """Seibert 2006: at a tenth of the quanta that match the electronic noise, SNR falls nearly with dose."""
    panel = panel_at(pixel_mm)
    light = float((transfer(lambda p: scintillator_blurred(p, panel)) ** 2).mean())
    matching = panel.electronic_noise_quanta**2 / light
    slope = _slope_of_snr(panel, [0.05 * matching, 0.1 * matching, 0.2 * matching])
    # SNR = q / sqrt(q + matching): exponent 1 - q / (2 (q + matching)) at the middle of the range.
    assert slope == pytest.approx(1.0 - 0.5 * 0.1 / 1.1, abs=0.03)


@pytest.mark.parametrize(("binned", "pixels"), [(1, 496.0), (2, 248.0), (3, 165.4)])
def test_v23_the_same_panel_in_larger_pixels(binned, pixels):
    """V23: 50 mm at the isocentre are 496 pixels of 0.194 mm, 0.5 %, fewer if binned; quanta go with area."""
    panel = panel_at(binned * PHOTODIODE_MM)
    assert 50.0 * SID_MM / SOD_MM / panel.pixel_mm == pytest.approx(pixels, rel=0.005)
    one, all_of_it = (pixel_photon_scale((1, 1), pitch, SID_MM)[0, 0] for pitch in (PHOTODIODE_MM, panel.pixel_mm))
    assert all_of_it / one == pytest.approx(binned**2, rel=1e-6)


def test_binning_pays_at_low_dose():
    """Nine pixels read together carry half the electronic variance of nine read singly and added (unconfirmed)."""
    single, together = panel_at(PHOTODIODE_MM), panel_at(3.0 * PHOTODIODE_MM)
    assert together.electronic_noise_quanta == pytest.approx(Detector().electronic_noise_quanta, rel=0.002)
    assert together.electronic_noise_quanta**2 / (9.0 * single.electronic_noise_quanta**2) == pytest.approx(
        0.5, abs=0.01
    )
    dark = np.zeros((300, 300), dtype=np.float32)
    read_singly = captured(dark, 60.0, single, np.random.default_rng(1)).astype(float)
    added = read_singly.reshape(100, 3, 100, 3).sum(axis=(1, 3))
    at_once = captured(dark[:100, :100], 60.0, together, np.random.default_rng(2)).astype(float)
    assert at_once.std() / added.std() == pytest.approx(np.sqrt(0.5), rel=0.05)
