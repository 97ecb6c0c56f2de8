"""Vertebral bodies, pedicles, spinous processes and discs lie in the picture where the anatomy says.

The views are those of ``vertebrosim xray`` at 0/0, 90/0 and 20/0. Each check of ``landmark_checks`` must hold in
the picture as it is, and fail in one that was moved by 4 mm or turned over.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from anatomy.patient import Patient
from simulator.imaging.beam.exposure import Technique, automatic_technique, tissue_in_beam_mm
from simulator.imaging.carm import CArmModel
from simulator.imaging.collimation import Collimation
from simulator.imaging.fluoroscope import Fluoroscope, Frame
from simulator.imaging.scene import Scene
from simulator.imaging.view import View, beam_from_patient
from tests.conftest import FRACTURED, coarse_patient_of, fine_patient_of
from tests.simulator.imaging.landmark_checks import Check, Picture, en_face, frontal, lateral

VIEWS = {"0/0": frontal(), "90/0": lateral(), "20/0": en_face()}
CHECKS = [pytest.param(view, check, id=f"{view} {check.name}") for view, found in VIEWS.items() for check in found]
SHIFT_MM = 4.0
DOSE = 20.0
"""Pulses that go into a picture: what is tested is where things lie, not how noise hides them."""


def view_of(patient: Patient, primary_deg: float, *, right_mm: float = 0.0) -> View:
    """The view of ``vertebrosim xray``; right_mm moves the isocentre to the patient's right."""
    model = CArmModel()
    centre = patient.landmarks[f"{patient.column.target} body centre"] + (right_mm, -8.0, 0.0)
    beam = beam_from_patient(np.radians(primary_deg), 0.0, centre, model.source_to_isocentre_mm)
    return View(beam, model.source_to_detector_mm, model.pixel_mm, (model.pixels, model.pixels))


def frame_of(patient: Patient, view: View) -> Frame:
    """A frame at automatic exposure and DOSE times the charge."""
    thickness = tissue_in_beam_mm(patient.soft, patient.adipose, view)
    chosen = automatic_technique(thickness, view.source_to_detector_mm)
    plenty = Technique(chosen.kv, DOSE * chosen.mas)
    return Fluoroscope(patient).draw(view, Scene(), plenty, Collimation(), np.random.default_rng(1))


@cache
def pictures(patient_of: Callable[..., Patient]) -> dict[str, Picture]:
    """The three views as displayed."""
    patient = patient_of(FRACTURED)
    found = {}
    for name in VIEWS:
        view = view_of(patient, float(name.split("/")[0]))
        found[name] = Picture(patient, view, 255.0 - frame_of(patient, view).grey)
    return found


@pytest.mark.parametrize(("view", "check"), CHECKS)
def test_it_is_where_the_anatomy_says(view: str, check: Check) -> None:
    """The feature is seen at its landmark."""
    assert check.holds(pictures(coarse_patient_of)[view])


@pytest.mark.slow  # ten seconds: builds the patient at full resolution
@pytest.mark.parametrize(("view", "check"), CHECKS)
def test_it_is_where_the_anatomy_says_at_full_resolution(view: str, check: Check) -> None:
    """The same in the patient that the program builds, with trabecular grain."""
    assert check.holds(pictures(fine_patient_of)[view])


@pytest.mark.parametrize(("view", "check"), CHECKS)
def test_a_shift_of_four_millimetres_does_not_pass(view: str, check: Check) -> None:
    """Moved by 4 mm either way along the direction that it measures, the feature is not found at its landmark."""
    picture = pictures(coarse_patient_of)[view]
    for way in (-SHIFT_MM, SHIFT_MM):
        moved = picture.shifted(way, 0.0) if check.breaks == "up" else picture.shifted(0.0, way)
        assert not check.holds(moved), way


def failing(picture: Picture, checks: list[Check], breaks: str) -> int:
    """Number of checks of one direction that do not hold."""
    return sum(not check.holds(picture) for check in checks if check.breaks == breaks)


# In a picture turned over, lines and edges of other parts lie near a landmark by chance: a spine repeats itself
# from level to level. A proper picture fails no check at all, one turned over two of nine or more.
@pytest.mark.parametrize("view", VIEWS)
def test_a_picture_upside_down_does_not_pass(view: str) -> None:
    """Head and feet exchanged."""
    picture = pictures(coarse_patient_of)[view]
    over = Picture(picture.patient, picture.view, picture.darkness[::-1])
    assert failing(over, VIEWS[view], "up") >= 2


@pytest.mark.parametrize("view", ["90/0", "20/0"])
def test_a_mirrored_picture_does_not_pass(view: str) -> None:
    """Left and right exchanged; at 0/0 the skeleton is symmetric."""
    picture = pictures(coarse_patient_of)[view]
    mirrored = Picture(picture.patient, picture.view, picture.darkness[:, ::-1])
    assert failing(mirrored, VIEWS[view], "across") >= 2


def test_a_frontal_picture_beside_the_midline_cannot_be_mirrored(patient: Patient) -> None:
    """With the isocentre 12 mm to the right every frontal check holds, but not in the mirrored picture."""
    view = view_of(patient, 0.0, right_mm=12.0)
    picture = Picture(patient, view, 255.0 - frame_of(patient, view).grey)
    assert failing(picture, frontal(), "across") == 0
    mirrored = Picture(patient, view, picture.darkness[:, ::-1])
    assert failing(mirrored, frontal(), "across") >= 2


def test_the_right_pedicle_is_en_face_on_the_left_of_the_picture(patient: Patient) -> None:
    """At 20/0 the beam runs along the right lumbar pedicles, not the left, and they lie left of the body."""
    view = view_of(patient, 20.0)
    for level in ("L1", "L2", "L3", "L4"):
        vertebra = patient.column.vertebrae[level]
        off = {}
        for side in ("left", "right"):
            direction = vertebra.patient_from_vertebra[:3, :3] @ vertebra.pedicle_axis(side)[1]
            off[side] = np.degrees(np.arccos(direction @ view.direction_patient))
        assert off["right"] < 16.0 < 24.0 < off["left"], off
        right, body = view.project([patient.landmarks[f"{level} {n}"] for n in ("pedicle right", "body centre")])
        assert right[1] < body[1] - 10.0
