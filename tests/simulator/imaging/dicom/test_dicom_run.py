"""Shots and runs of a session as DICOM: cine timing, moving C-arm, field, an identity for each pulse, validity."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from simulator.imaging.carm import CArmModel, CArmPose, positioner_angles_rad
from simulator.imaging.collimation import Collimation
from simulator.imaging.dicom.dicom import write_run, write_shot
from simulator.imaging.dicom.dicom_study import Study, time_of_day
from simulator.imaging.dose.irradiation import Pulse
from tests.simulator.imaging.dicom.dicom_checks import errors_of
from tests.simulator.imaging.dose.test_irradiation import PULSE, run

MODEL = CArmModel()
SHAPE = (48, 64)


@pytest.fixture
def study(kyphoplasty) -> Study:
    """A session of the kyphoplasty."""
    return Study(kyphoplasty, 1, "digest")


def pictures(count: int, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """Pictures that can be told from each other."""
    return np.random.default_rng(3).integers(0, 256, (count, *shape), dtype=np.uint8)


def shot(path: Path, study: Study, pulse: Pulse = PULSE, **kwargs) -> pydicom.FileDataset:
    """A single shot, read back."""
    write_shot(path, pictures(1)[0], MODEL, pulse, study, **kwargs)
    return pydicom.dcmread(path)


def ran(path: Path, study: Study, pulses: list[Pulse], shape: tuple[int, int] = SHAPE) -> pydicom.FileDataset:
    """A run, read back."""
    frames = io.BufferedReader(io.BytesIO(pictures(len(pulses), shape).tobytes()))
    write_run(path, frames, shape, MODEL, pulses, study)
    return pydicom.dcmread(path)


def turning() -> list[Pulse]:
    """A run in which C-arm and table move, across the angle where DICOM's scale jumps."""
    return [
        replace(p, positioner_deg=((176.0 + 2.0 * i + 180.0) % 360.0 - 180.0, 15.0), table_mm=(0.0, 3.0 * i, 0.0))
        for i, p in enumerate(run(range(0, 40, 8)))
    ]


def test_v24_the_angles_of_the_standard(tmp_path, study):
    """Turned to the patient's left by 30, cranial by 15: +30, +15, magnification 1.925 (physics V24, exact)."""
    angles = np.degrees(positioner_angles_rad("supine", CArmPose(orbital_deg=30.0, angulation_deg=15.0)))
    read = shot(tmp_path / "x.dcm", study, replace(PULSE, positioner_deg=(float(angles[0]), float(angles[1]))))
    assert (float(read.PositionerPrimaryAngle), float(read.PositionerSecondaryAngle)) == (30.0, 15.0)
    assert round(float(read.EstimatedRadiographicMagnificationFactor), 3) == round(1020.0 / 530.0, 3) == 1.925


def test_a_prone_patient_imaged_from_behind(tmp_path, study):
    """The straight view carries 180 degrees, not 0 (physics D7)."""
    angles = np.degrees(positioner_angles_rad("prone", CArmPose()))
    read = shot(tmp_path / "x.dcm", study, replace(PULSE, positioner_deg=(float(angles[0]), float(angles[1]))))
    assert abs(float(read.PositionerPrimaryAngle)) == 180.0


def test_frames_come_back_in_order(tmp_path, study):
    """Pixel for pixel, also where a frame has an odd number of them."""
    for shape in (SHAPE, (7, 5)):
        read = ran(tmp_path / "x.dcm", study, run(range(0, 24, 8)), shape)
        np.testing.assert_array_equal(read.pixel_array, pictures(3, shape))
        assert int(read.NumberOfFrames) == 3
        assert len(read.PixelData) % 2 == 0


def test_a_regular_run_has_a_frame_time(tmp_path, study):
    """7.5 pulses a second: 133.3 ms, and the pointer names the frame time."""
    read = ran(tmp_path / "x.dcm", study, run(range(0, 64, 8)))
    assert read.FrameIncrementPointer == 0x00181063
    assert float(read.FrameTime) == pytest.approx(1000.0 / 7.5, abs=1e-4)
    assert "FrameTimeVector" not in read
    assert int(read.CineRate) == 8
    assert float(read.EffectiveDuration) == pytest.approx(8 / 7.5, abs=1e-4)


def test_an_irregular_run_has_a_vector(tmp_path, study):
    """The rate changed in the middle: a step for each frame, the first zero."""
    read = ran(tmp_path / "x.dcm", study, run([0, 8, 12, 16]))
    assert read.FrameIncrementPointer == 0x00181065
    assert [float(v) for v in read.FrameTimeVector] == pytest.approx([0.0, 133.3333, 66.6667, 66.6667], abs=1e-3)
    assert "FrameTime" not in read


def test_a_still_run_is_static(tmp_path, study):
    """No increments where nothing moved."""
    read = ran(tmp_path / "x.dcm", study, run(range(0, 24, 8)))
    assert (read.PositionerMotion, read.TableMotion) == ("STATIC", "STATIC")
    assert "PositionerPrimaryAngleIncrement" not in read


def test_a_moving_carm_is_dynamic(tmp_path, study):
    """Each frame says how far it turned, the short way over 180 degrees; the table likewise."""
    read = ran(tmp_path / "x.dcm", study, turning())
    assert (read.PositionerMotion, read.TableMotion) == ("DYNAMIC", "DYNAMIC")
    assert float(read.PositionerPrimaryAngle) == 176.0
    assert [float(v) for v in read.PositionerPrimaryAngleIncrement] == [0.0, 2.0, 2.0, 2.0, 2.0]
    assert [float(v) for v in read.PositionerSecondaryAngleIncrement] == [0.0] * 5
    assert [float(v) for v in read.TableLongitudinalIncrement] == [0.0, 3.0, 3.0, 3.0, 3.0]


def test_technique_and_dose_of_a_run(tmp_path, study):
    """Charge, time and area product of all pulses; mean current and pulse length."""
    read = ran(tmp_path / "x.dcm", study, run(range(0, 40, 8)))
    assert (int(read.ExposureInuAs), int(read.ExposureTime), int(read.XRayTubeCurrent)) == (1500, 40, 38)
    assert float(read.AveragePulseWidth) == 8.0
    assert float(read.ImageAndFluoroscopyAreaDoseProduct) == pytest.approx(0.5)
    assert read.RadiationMode == "PULSED"


def test_pulses_of_unknown_length(tmp_path, study):
    """Older recordings: no current and no time, but the charge."""
    read = shot(tmp_path / "x.dcm", study, replace(PULSE, pulse_ms=None, mas=0.9))
    assert "XRayTubeCurrent" not in read
    assert (int(read.Exposure), int(read.ExposureInuAs)) == (1, 900)


def test_the_field_and_the_magnification(tmp_path, study):
    """Blades and iris in pixels; spacing at the detector, finer where the picture is magnified."""
    pixel_mm = MODEL.pixel_mm / 2.0
    field = Collimation(24 * pixel_mm, 32 * pixel_mm, 20 * pixel_mm)
    read = shot(tmp_path / "x.dcm", study, replace(PULSE, collimation=field, magnification=2.0))
    assert list(read.CollimatorShape) == ["RECTANGULAR", "CIRCULAR"]
    assert (int(read.CollimatorUpperHorizontalEdge), int(read.CollimatorLowerHorizontalEdge)) == (12, 37)
    assert (int(read.CollimatorLeftVerticalEdge), int(read.CollimatorRightVerticalEdge)) == (16, 49)
    assert int(read.RadiusOfCircularCollimator) == 10
    assert [float(v) for v in read.ImagerPixelSpacing] == pytest.approx([pixel_mm] * 2, abs=1e-5)
    assert list(read.FieldOfViewDimensions) == [149, 149]


def test_every_pulse_has_a_name_of_its_own(tmp_path, kyphoplasty, study):
    """Tick, plane, number and session each make another instance; planes are series of one study."""
    path = tmp_path / "x.dcm"
    others = [
        replace(PULSE, tick=12), replace(PULSE, plane="B"), replace(PULSE, number=2),
        replace(PULSE, positioner_deg=(0.0, 0.0)),
    ]  # fmt: skip
    base, *found = [shot(path, study, pulse) for pulse in (PULSE, *others)]
    elsewhere = shot(path, Study(kyphoplasty, 1, "another digest"))
    assert len({d.SOPInstanceUID for d in (base, *found, elsewhere)}) == 6
    assert {d.StudyInstanceUID for d in found} == {base.StudyInstanceUID} != {elsewhere.StudyInstanceUID}
    assert found[1].SeriesInstanceUID != base.SeriesInstanceUID == found[0].SeriesInstanceUID


def test_parts_of_one_run_belong_to_one_irradiation_event(tmp_path, study):
    """The number of the event's first pulse names it, as in the dose report."""
    read = shot(tmp_path / "x.dcm", study, replace(PULSE, number=7), event=3)
    assert read.IrradiationEventUID == study.event_uid("A", 3)
    assert shot(tmp_path / "y.dcm", study).IrradiationEventUID == study.event_uid("A", 1)


def test_time_of_day_counts_from_midnight():
    """Ticks are told apart, hours are carried, rounding does not make 60 seconds of 59.9999999."""
    assert [time_of_day(s) for s in (0.0, 1 / 60, 61.5, 7325.0)] == [
        "000000.000000", "000000.016667", "000101.500000", "020205.000000"]  # fmt: skip
    assert time_of_day(59.9999999) == "000100.000000"


def test_one_pulse_is_no_run(tmp_path, study):
    """Refused in words."""
    with pytest.raises(ValueError, match="at least two pulses"):
        ran(tmp_path / "x.dcm", study, run([0]))


def test_a_validator_finds_no_error(tmp_path, study):
    """dciodvfy on a shot, with blades and iris, without pulse length, and on still, irregular and moving runs."""
    iris = replace(PULSE, collimation=Collimation(200.0, 150.0, 120.0))
    for i, pulse in enumerate((PULSE, iris, replace(PULSE, pulse_ms=None))):
        shot(tmp_path / f"shot {i}.dcm", study, pulse)
    for i, pulses in enumerate((run([0, 8, 16]), run([0, 8, 12]), turning())):
        ran(tmp_path / f"run {i}.dcm", study, pulses)
    found = {path.name: errors_of(path) for path in sorted(tmp_path.iterdir())}
    assert len(found) == 6
    assert not any(found.values()), found
