"""The picture: attenuation, beam, noise, geometry, angles (V17 to V24)."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pydicom

from anatomy.tissue import CORTICAL_BONE, PMMA, STEEL, WATER, ZIRCONIA
from anatomy.volume import Grid, Volume
from scenarios import cases
from simulator.imaging.beam.attenuation import cement_material, mass_attenuation_cm2_g, opacified_pmma
from simulator.imaging.beam.exposure import Programme, dose_of, technique_for
from simulator.imaging.beam.spectrum import Spectrum, attenuated, half_value_layer_mm_al, mean_energy_kev
from simulator.imaging.beam.transmission import primary_signal
from simulator.imaging.carm import CArmModel, CArmPose, Table, positioner_angles_rad, view
from simulator.imaging.collimation import Collimation
from simulator.imaging.dicom.dicom import write_shot
from simulator.imaging.dicom.dicom_study import Study
from simulator.imaging.dose.irradiation import Pulse
from simulator.imaging.panel.detector import Detector, detected, quantum_weight_kev
from simulator.imaging.panel.quanta import with_quantum_noise
from simulator.imaging.projection.projector import line_integrals
from simulator.imaging.view import View
from simulator.validation.reference_beams import (
    KV90,
    KV90_CU01,
    PANEL,
    SOFT_ICRU,
    beam,
    contrast,
    transmission,
)
from simulator.validation.target import Reading, Target, within

SMALL_PIXEL_MM = 0.194


def water() -> tuple[Reading, ...]:
    """One energy behind 20 cm of water, by the whole forward model."""
    mono = Spectrum(np.array([60.0]), np.array([1.0]))
    behind, open_beam = primary_signal(np.array([[20.0, 0.0]]), [WATER], mono, PANEL)
    return (within("share let through", float(behind / open_beam), float(np.exp(-0.2058 * 20.0)), 0.005),)


def attenuation() -> tuple[Reading, ...]:
    """Mass attenuation at 60 keV."""
    listed = ((SOFT_ICRU, 0.2048), (CORTICAL_BONE, 0.3148), (PMMA, 0.1924), (cement_material(), 1.211))
    return tuple(
        within(material.name, float(mass_attenuation_cm2_g(material, [60.0])[0]), expected, 0.01, "cm2/g")
        for material, expected in (*listed, (STEEL, 1.182))
    )


def edge() -> tuple[Reading, ...]:
    """Barium's edge at 37.4 keV, which zirconia has not."""
    barium = mass_attenuation_cm2_g(cement_material(), [30.0, 40.0])
    zirconia = mass_attenuation_cm2_g(opacified_pmma(ZIRCONIA, 0.30), [30.0, 40.0])
    return (
        within("barium cement, 30 keV", float(barium[0]), 1.53, 0.02, "cm2/g"),
        within("barium cement, 40 keV", float(barium[1]), 3.22, 0.02, "cm2/g"),
        within("zirconia cement, 30 keV", float(zirconia[0]), 5.76, 0.02, "cm2/g"),
        within("zirconia cement, 40 keV", float(zirconia[1]), 2.71, 0.02, "cm2/g"),
    )


def ninety_kv() -> tuple[Reading, ...]:
    """The beam of 90 kV and 4 mm Al."""
    behind = attenuated(beam(KV90), {SOFT_ICRU: 20.0 * SOFT_ICRU.density_g_cm3})
    return (
        within("half-value layer", half_value_layer_mm_al(beam(KV90)), 4.14, 0.03, "mm Al"),
        within("signal behind 20 cm", transmission(KV90, 20.0), 9.1e-3, 0.05),
        Reading("mean energy behind 20 cm", mean_energy_kev(behind), 60.1, 61.1, "keV"),
    )


def cement_contrast() -> tuple[Reading, ...]:
    """10 mm of cement behind 20 cm, primary and with what a grid leaves of scatter."""
    bare = contrast(KV90_CU01, cement_material(), 1.0)
    return (
        within("primary", bare, 0.731, 0.03),
        within("scatter to primary 0.45", bare / 1.45, 0.504, 0.03),
    )


def noise() -> tuple[Reading, ...]:
    """Poisson's law in quanta, the root of dose, and what recursive filtering leaves."""
    readings = []
    for quanta in (2.0, 12.0, 2000.0):
        drawn = with_quantum_noise(np.full((400, 400), quanta), 1.0, np.random.default_rng(1)).astype(float)
        readings.append(within(f"variance over mean, {quanta:g} quanta", drawn.var() / drawn.mean(), 1.0, 0.03))
    panel = Detector(electronic_noise_quanta=0.0)
    weight = quantum_weight_kev(panel, beam(KV90_CU01))
    doses, snr = np.array([10.0, 30.0, 100.0, 300.0, 1000.0]), []
    for dose in doses:
        frame = detected(np.full((256, 256), dose * weight), weight, panel, np.random.default_rng(2)).astype(float)
        snr.append(frame.mean() / frame.std())
    slope = float(np.polyfit(np.log(doses), np.log(snr), 1)[0])
    readings.append(within("slope of log SNR over log dose", slope, 0.50, 0.03))
    weight = quantum_weight_kev(PANEL, beam(KV90))
    expectation = np.full((192, 192), 80.0 * weight, dtype=np.float32)
    frames = [detected(expectation, weight, PANEL, np.random.default_rng([7, tick])) for tick in range(50)]
    filtered = frames[0].astype(float)
    for frame in frames[1:]:
        filtered = 0.25 * frame + 0.75 * filtered
    single = float(np.mean([frame.std() for frame in frames]))
    readings.append(within("noise after k = 0.25", float(filtered.std()) / single, 0.378, 0.02))
    return tuple(readings)


def magnification() -> tuple[Reading, ...]:
    """At the isocentre: the factor, 50 mm in pixels by the camera, and two wires in a projected picture."""
    seen = _fine_view()
    ends = seen.project([(-25.0, 0.0, 0.0), (25.0, 0.0, 0.0)])
    grid = Grid.spanning((-30.0, -2.0, -2.0), (30.0, 2.0, 2.0), 0.5)
    wires = np.zeros(grid.shape, dtype=np.float32)
    x = grid.axes_mm()[0].ravel()
    for place in (-25.0, 25.0):
        wires += np.clip(1.0 - np.abs(x - place) / 0.5, 0.0, 1.0)[:, None, None].astype(np.float32)
    profile = line_integrals(Volume(wires, grid), seen)[768]
    columns = np.arange(1536)
    left, right = (
        float((columns[half] * profile[half]).sum() / profile[half].sum())
        for half in (slice(0, 768), slice(768, None))
    )
    return (
        within("factor", float(seen.magnification((0.0, 0.0, 0.0))), 1.925, 0.005),
        within("50 mm, by the camera", float(np.linalg.norm(ends[1] - ends[0])), 496.0, 0.005, "pixels"),
        within("wires 50 mm apart, in the picture", right - left, 496.0, 0.005, "pixels"),
    )


def _fine_view() -> View:
    """The C-arm read out pixel by pixel, straight, over the patient's origin."""
    model = CArmModel()
    seen = view(model, CArmPose(), "supine", Table())
    return View(seen.beam_from_patient, model.source_to_detector_mm, SMALL_PIXEL_MM, (1536, 1536))


def dicom_angles() -> tuple[Reading, ...]:
    """A radiograph turned to the patient's left and cranially, written and read back."""
    model, pose = CArmModel(), CArmPose(orbital_deg=30.0, angulation_deg=15.0)
    primary, secondary = np.degrees(positioner_angles_rad("supine", pose))
    shot = technique_for(200.0, model.source_to_detector_mm, Programme())
    dose = dose_of(shot, (298.0, 298.0), model.source_to_detector_mm, model.source_to_isocentre_mm)
    pulse = Pulse(
        tick=0, number=1, plane="A", single=True, orbital_angulation_deg=(0.0, 0.0),
        positioner_deg=(float(primary), float(secondary)), table_mm=(0.0, 0.0, 0.0),
        collimation=Collimation(model.detector_mm, model.detector_mm), magnification=1.0, kv=shot.kv, mas=shot.mas,
        pulse_ms=shot.pulse_ms, share_s=0.0, mode="pulsed", dose_level="normal",
        reference_kerma_mgy=dose.reference_kerma_mgy, area_product_gycm2=dose.area_product_gycm2,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shot.dcm"
        write_shot(path, np.zeros((8, 8), np.uint8), model, pulse, Study(cases.find("kyphoplasty-l1-wedge"), 1))
        read = pydicom.dcmread(path)
    factor = float(read.EstimatedRadiographicMagnificationFactor)
    return (
        Reading("PositionerPrimaryAngle", float(read.PositionerPrimaryAngle), 30.0, 30.0, "deg"),
        Reading("PositionerSecondaryAngle", float(read.PositionerSecondaryAngle), 15.0, 15.0, "deg"),
        Reading("EstimatedRadiographicMagnificationFactor", factor, 1.9244, 1.9256),
    )


NIST = "NIST attenuation tables, through the reference notes' table D5"
NOTES = "the reference notes' table D6: tungsten spectra of the MC-GPU set"
TARGETS = (
    Target(
        number="V17",
        what="Monochromatic beam in water",
        expected="exp(-0.2058 x 20) = 0.0163 (20 cm, 60 keV); 0.5 %",
        kind="exact",
        source="Beer and Lambert; NIST",
        measure=water,
    ),
    Target(
        number="V18",
        what="Mass attenuation at 60 keV",
        expected="0.2048, 0.3148, 0.1924, 1.211, 1.182 cm2/g; 1 %",
        kind="exact",
        source=NIST,
        measure=attenuation,
    ),
    Target(
        number="V19",
        what="Barium's edge",
        expected="1.53 and 3.22 cm2/g at 30 and 40 keV, zirconia 5.76 and 2.71; 2 %",
        kind="exact",
        source=NIST,
        measure=edge,
    ),
    Target(
        number="V20",
        what="Beam of 90 kV behind 4 mm of aluminium",
        expected="4.14 mm Al, 3 %; 9.1e-3 of the signal behind 20 cm, 5 %; 60.6 keV there, 0.5 keV",
        kind="exact",
        source=NOTES,
        measure=ninety_kv,
        note="The anode's angle was chosen by this target; tests check the other beams of the same table.",
    ),
    Target(
        number="V21",
        what="Contrast of 10 mm of cement behind 20 cm",
        expected="0.731 primary, 0.504 with scatter behind a grid (90 kV, 0.1 mm Cu); 3 %",
        kind="exact",
        source=NOTES,
        measure=cement_contrast,
    ),
    Target(
        number="V22",
        what="Quantum noise",
        expected="variance = mean, SNR as dose to the power 0.50, 3 %; 0.378 of the noise after k = 0.25, 2 %",
        kind="exact",
        source="Poisson's law; sqrt(k / (2 - k)) of a recursive filter",
        measure=noise,
    ),
    Target(
        number="V23",
        what="Magnification",
        expected="1.925 (SID 1020, SOD 530); 50 mm are 496 pixels of 0.194 mm; 0.5 %",
        kind="exact",
        source="central projection",
        measure=magnification,
    ),
    Target(
        number="V24",
        what="Angles in DICOM",
        expected="+30, +15 deg and 1.925 for a C-arm turned to the patient's left by 30 and cranially by 15",
        kind="exact",
        source="DICOM PS3.3 C.8.7.5",
        measure=dicom_angles,
    ),
)
