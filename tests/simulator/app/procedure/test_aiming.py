"""From places of pictures and of the room to skin and angles, and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy.frames import unit
from simulator.app.hands.hands import Hands
from simulator.app.outside.room_scene import Box, Rod, ray_through
from simulator.app.procedure.aiming import (
    CONVERGENCE_DEG,
    aimed_line,
    angles_towards,
    skin_on_ray,
    skin_place,
    skin_under,
)
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.step import step

SKIN = (-24.0, 6.0)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(("convergence", "caudal"), [(0.0, 0.0), (22.0, -9.0), (12.0, 17.5), (-8.0, 4.0)])
def test_angles_are_those_whose_line_ends_at_the_pointer(
    case: Case, side: str, convergence: float, caudal: float
) -> None:
    state = initial_state(case)
    hands = Hands(side=side, skin_mm=SKIN, convergence_deg=convergence, caudal_deg=caudal)  # type: ignore[arg-type]
    frontal, lateral = (case.view(state, plane) for plane in state.planes)
    line = aimed_line(case, state, frontal, hands)
    assert line is not None
    other = replace(hands, convergence_deg=3.0, caudal_deg=3.0)
    assert angles_towards(case, state, frontal, other, *line[1]) == pytest.approx((convergence, caudal), abs=0.05)
    line = aimed_line(case, state, lateral, hands)
    assert line is not None
    other = replace(hands, caudal_deg=0.0)
    seen = angles_towards(case, state, lateral, other, *line[1])
    # The lateral plane's rays diverge: a line that leaves the plane of the skin point is seen at another size.
    assert seen == pytest.approx((convergence, caudal), abs=1.5)


def test_a_pointer_beyond_reach_gives_angles_that_can_be_set(case: Case) -> None:
    state, hands = initial_state(case), Hands(side="right", skin_mm=SKIN)
    for row, column in ((0.0, 0.0), (0.0, 511.0), (511.0, 0.0), (256.0, 511.0)):
        angles = angles_towards(case, state, case.view(state, state.planes[0]), hands, row, column)
        assert angles is not None
        given, events = step(case, state, [c.PunctureSkin("right", *SKIN, *angles)])
        assert given.needle("right") is not None, events
        assert CONVERGENCE_DEG[0] <= angles[0] <= CONVERGENCE_DEG[1]


def test_without_a_skin_point_there_is_nothing_to_aim(case: Case) -> None:
    state = initial_state(case)
    assert aimed_line(case, state, case.view(state, state.planes[0]), Hands()) is None
    assert angles_towards(case, state, case.view(state, state.planes[0]), Hands(), 100.0, 100.0) is None


def test_a_cannula_in_the_patient_is_aimed_about_its_own_skin_point(case: Case) -> None:
    state, _ = step(case, initial_state(case), [c.PunctureSkin("left", *SKIN, 10.0, 5.0)])
    line = aimed_line(case, state, case.view(state, state.planes[0]), Hands(skin_mm=(90.0, 90.0)))
    needle = state.needle("left")
    assert line is not None
    assert needle is not None
    assert line[0] == pytest.approx(case.view(state, state.planes[0]).project(np.array(needle.skin_mm)))


def test_an_eye_behind_the_table_sees_the_skin_that_a_straight_picture_shows(case: Case) -> None:
    skin = skin_place(case.patient, *SKIN)
    assert skin is not None
    eye = skin + np.array([-300.0, -1200.0, -500.0])
    way = unit(skin - eye)
    seen = skin_on_ray(case, eye, way, [])
    assert seen == pytest.approx((skin[0], skin[2]), abs=3.0)
    between = eye + 400.0 * way
    assert (
        skin_on_ray(case, eye, way, [Rod(np.array([between - [50, 0, 0], between + [50, 0, 0]]), 20.0, "")])
        is None
    )
    assert skin_on_ray(case, eye, way, [Box(between - 30.0, between + 30.0, "")]) is None
    behind = skin + 30.0 * way
    assert skin_on_ray(case, eye, way, [Box(behind - 5.0, behind + 5.0, "")]) == seen
    assert skin_on_ray(case, eye, -way, []) is None
    from_below = skin + np.array([0.0, 1500.0, 0.0])
    assert skin_on_ray(case, from_below, np.array([0.0, -1.0, 0.0]), []) is None, (
        "the belly is no skin of the back"
    )


def test_a_lateral_picture_shows_no_skin(case: Case) -> None:
    state = initial_state(case)
    assert skin_under(case, case.view(state, state.planes[1]), 256.0, 256.0) is None
    assert skin_under(case, case.view(state, state.planes[0]), 256.0, 256.0) is not None


def test_the_middle_of_a_view_looks_at_its_focus_and_its_edge_by_half_the_angle() -> None:
    eye, focus, up = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 13.0]), np.array([0.0, 1.0, 0.0])
    _, way = ray_through(eye, focus, up, 30.0, (400, 200), (200.0, 100.0))
    assert way == pytest.approx([0.0, 0.0, 1.0])
    _, top = ray_through(eye, focus, up, 30.0, (400, 200), (200.0, 0.0))
    assert np.degrees(np.arccos(top @ way)) == pytest.approx(15.0)
    assert top @ up > 0.0
    _, right = ray_through(eye, focus, up, 30.0, (400, 200), (400.0, 100.0))
    assert right @ np.cross(way, up) == pytest.approx(np.sin(np.arctan(2.0 * np.tan(np.radians(15.0)))))
