"""The C-arm and the table: travel, motion, and the patient who lies on the stomach."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anatomy import frames
from simulator.imaging.carm import (
    CArmModel,
    CArmPose,
    Table,
    isocentre_patient_mm,
    positioner_angles_rad,
    room_from_patient,
    view,
)

MODEL = CArmModel()


def degrees(position, **pose):
    """DICOM angles of a pose, degrees."""
    return tuple(round(float(np.degrees(a)), 6) for a in positioner_angles_rad(position, CArmPose(**pose)))


def test_the_data_sheet():
    """512 pixels of three binned 0.194 mm pixels, and a magnification of 1.92 at the isocentre (physics D1)."""
    assert MODEL.pixel_mm == pytest.approx(3 * 0.194, rel=2e-3)
    seen = view(MODEL, CArmPose(), "prone", Table())
    assert seen.shape == (512, 512)
    assert seen.magnification((0.0, 0.0, 0.0)) == pytest.approx(1020.0 / 530.0)


@pytest.mark.parametrize(
    ("orbital", "prone", "supine"),
    [(0.0, 180.0, 0.0), (20.0, -160.0, 20.0), (-30.0, 150.0, -30.0), (90.0, -90.0, 90.0)],
)
def test_angles_are_the_patients_not_the_gantrys(orbital, prone, supine):
    """A prone patient's straight view is primary 180; scales and DICOM differ by half a turn (physics D7)."""
    assert degrees("prone", orbital_deg=orbital)[0] == prone
    assert degrees("supine", orbital_deg=orbital)[0] == supine


@given(orbital=st.floats(-110.0, 110.0), angulation=st.floats(-45.0, 45.0))
def test_dicom_angles_stay_within_their_range(orbital, angulation):
    """Primary within -180 (excluded) to 180, secondary as angulated."""
    for position in ("prone", "supine"):
        pose = CArmPose(orbital_deg=orbital, angulation_deg=angulation)
        primary, secondary = positioner_angles_rad(position, pose)
        assert -np.pi < primary <= np.pi
        assert secondary == pytest.approx(np.radians(angulation))


@pytest.mark.parametrize("position", ["prone", "supine"])
def test_the_gantry_turns_in_the_room_the_same_way_for_everybody(position):
    """Orbital 0 has the detector above the table, positive turns it to +x, positive angulation to the head.

    The DICOM angles of the patient, put through the patient's place in the room, must give just that.
    """
    for orbital in (-40.0, 0.0, 25.0, 90.0):
        for angulation in (-20.0, 0.0, 30.0):
            seen = view(MODEL, CArmPose(orbital_deg=orbital, angulation_deg=angulation), position, Table())
            in_room = frames.apply_direction(room_from_patient(position, Table()), seen.direction_patient)
            o, a = np.radians(orbital), np.radians(angulation)
            expected = (np.sin(o) * np.cos(a), np.sin(a), np.cos(o) * np.cos(a))
            np.testing.assert_allclose(in_room, expected, atol=1e-12)


def test_a_prone_patient_lies_on_the_stomach():
    """In the room the back is up, the head at the head end, the right hand at +x; supine the face is up."""
    prone = room_from_patient("prone", Table())[:3, :3]
    np.testing.assert_array_equal(prone @ np.diag([1.0, -1.0, 1.0]), [[1, 0, 0], [0, 0, 1], [0, 1, 0]])
    supine = room_from_patient("supine", Table())[:3, :3]
    np.testing.assert_array_equal(supine @ (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    for linear in (prone, supine):
        assert np.linalg.det(linear) == pytest.approx(1.0)


def test_moving_the_table_moves_the_patient_through_the_beam():
    """Table up: the isocentre sinks towards the stomach; table to the head end: it moves towards the feet."""
    table = Table(shift_mm=(5.0, 40.0, 30.0))
    np.testing.assert_allclose(isocentre_patient_mm("prone", table), (-5.0, 30.0, -40.0))
    seen = view(MODEL, CArmPose(), "prone", table)
    np.testing.assert_allclose(seen.project((-5.0, 30.0, -40.0)), (255.5, 255.5))
    # Straight view from behind: the patient's head end, now farther up, is higher in the picture.
    row, column = seen.project((0.0, 30.0, 0.0))
    assert row < 255.5 - 40.0
    assert column > 255.5


@pytest.mark.parametrize(
    ("orbital", "angulation", "words"),
    [
        (120.0, 0.0, "orbital 120 deg is beyond this C-arm's travel of -110 to 110 deg"),
        (-110.5, 0.0, "orbital -110.5 deg"),
        (0.0, 46.0, "angulation 46 deg is beyond this C-arm's travel of -45 to 45 deg"),
        (float("nan"), 0.0, "orbital nan deg"),
    ],
)
def test_beyond_the_travel_is_said_in_words(orbital, angulation, words):
    """The limit that was hit is named with its numbers; a number that is none is no way round."""
    assert words in str(MODEL.why_unreachable(orbital, angulation))
    assert MODEL.why_unreachable(110.0, -45.0) is None


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ((151.0, 0.0, 0.0), "lateral 151 mm"),
        ((0.0, -400.0, 0.0), "longitudinal -400 mm is beyond the table's travel of 350 mm either way"),
        ((0.0, 0.0, 121.0), "height 121 mm"),
        ((0.0, float("nan"), 0.0), "longitudinal nan mm"),
    ],
)
def test_the_table_has_limits_too(wanted, words):
    """The axis that cannot be reached is named."""
    assert words in str(Table().why_unreachable(wanted))
    assert Table().why_unreachable((150.0, -350.0, 120.0)) is None


@given(start=st.floats(-110.0, 110.0), wanted=st.floats(-110.0, 110.0), tick_s=st.sampled_from([1 / 60, 0.1, 1.0]))
def test_the_gantry_arrives_without_overshooting(start, wanted, tick_s):
    """It turns at its speed, never past where it is going, and then stands still."""
    pose = CArmPose(orbital_deg=start, orbital_wanted_deg=wanted)
    ticks = int(np.ceil(abs(wanted - start) / (MODEL.speed_deg_s * tick_s))) + 1
    for _ in range(ticks):
        after = pose.advanced(MODEL, tick_s)
        assert abs(after.orbital_deg - pose.orbital_deg) <= MODEL.speed_deg_s * tick_s + 1e-9
        assert abs(wanted - after.orbital_deg) <= abs(wanted - pose.orbital_deg)
        pose = after
    assert pose.orbital_deg == wanted
    assert not pose.is_moving
    assert pose.advanced(MODEL, tick_s) is pose


def test_the_table_moves_on_each_axis_at_its_own_pace():
    """60 mm/s on every axis at once; the short way is done first."""
    table = Table(wanted_mm=(10.0, -100.0, 0.0)).advanced(0.5)
    assert table.shift_mm == (10.0, -30.0, 0.0)
    assert table.is_moving
    assert not table.advanced(10.0).is_moving
