"""Geometry against the project's reference notes: targets V23 (magnification) and V24 (DICOM angles), D1."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

from anatomy.volume import Grid, Volume
from scenarios import cases
from simulator.imaging.beam.exposure import Programme, dose_of, technique_for
from simulator.imaging.carm import CArmModel, CArmPose, Table, positioner_angles_rad, view
from simulator.imaging.panel.detector import focal_spot_width_mm
from simulator.imaging.projection.projector import line_integrals
from simulator.imaging.view import View
from tests.simulator.imaging.dicom.single_shot import write_xa

SMALL_PIXEL_MM = 0.194
CASE = "kyphoplasty-l1-wedge"


def fine_view() -> View:
    """The C-arm read out pixel by pixel, straight, over the patient's origin."""
    model = CArmModel()
    seen = view(model, CArmPose(), "supine", Table())
    return View(seen.beam_from_patient, model.source_to_detector_mm, SMALL_PIXEL_MM, (1536, 1536))


def test_v23_magnification():
    """V23: SID 1020 and SOD 530 mm magnify 1.925 times at the isocentre, 0.5 %."""
    assert fine_view().magnification((0.0, 0.0, 0.0)) == pytest.approx(1.925, rel=0.005)


def test_v23_50_mm_are_496_pixels():
    """V23: 50 mm across the beam at the isocentre are 496 pixels of 0.194 mm, 0.5 %."""
    ends = fine_view().project([(-25.0, 0.0, 0.0), (25.0, 0.0, 0.0)])
    assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(496.0, rel=0.005)


def test_v23_holds_in_the_picture():
    """Two wires 50 mm apart, drawn by the projector, lie 496 pixels apart, 0.5 %."""
    grid = Grid.spanning((-30.0, -2.0, -2.0), (30.0, 2.0, 2.0), 0.5)
    array = np.zeros(grid.shape, dtype=np.float32)
    x = grid.axes_mm()[0].ravel()
    for place in (-25.0, 25.0):
        share = np.clip(1.0 - np.abs(x - place) / 0.5, 0.0, 1.0)
        array += share[:, None, None].astype(np.float32)
    profile = line_integrals(Volume(array, grid), fine_view())[768]
    columns, middle = np.arange(1536), 768
    halves = slice(0, middle), slice(middle, None)
    left, right = (float((columns[h] * profile[h]).sum() / profile[h].sum()) for h in halves)
    assert right - left == pytest.approx(496.0, rel=0.005)


@pytest.mark.parametrize(("focus_mm", "at_isocentre_mm"), [(0.6, 0.29), (0.3, 0.14)])
def test_d1_focal_spot_blur(focus_mm, at_isocentre_mm):
    """D1: the focal spot blurs 0.29 and 0.14 mm at the isocentre (rounded to 0.01 there)."""
    on_detector = focal_spot_width_mm(focus_mm, 1020.0, 530.0)
    assert on_detector / (1020.0 / 530.0) == pytest.approx(at_isocentre_mm, abs=0.0051)


def test_v24_dicom_round_trip(tmp_path):
    """V24: turned to the patient's left by 30 and cranially by 15: +30, +15, magnification 1.925; exact."""
    model, pose = CArmModel(), CArmPose(orbital_deg=30.0, angulation_deg=15.0)
    primary, secondary = np.degrees(positioner_angles_rad("supine", pose))
    detector = view(model, pose, "supine", Table()).direction_patient
    assert detector[0] < 0.0 < detector[2]  # -x is the patient's left, +z his head
    technique = technique_for(200.0, model.source_to_detector_mm, Programme())
    dose = dose_of(technique, (298.0, 298.0), model.source_to_detector_mm, model.source_to_isocentre_mm)
    path = tmp_path / "v24.dcm"
    write_xa(path, np.zeros((8, 8), np.uint8), model, (primary, secondary), technique, dose, cases.find(CASE), 1)
    read = pydicom.dcmread(path)
    assert float(read.PositionerPrimaryAngle) == 30.0
    assert float(read.PositionerSecondaryAngle) == 15.0
    assert float(read.EstimatedRadiographicMagnificationFactor) == pytest.approx(1.925, abs=0.0006)
