"""Pulses: when they come, how many, what they add up to, and what they say of themselves."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from scenarios.schema import PULSES_PER_S
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.events import Event, Exposed, Refused
from simulator.engine.exposing import in_field, view_errors_deg
from simulator.engine.orders.imaging import SHOT_PAUSE_TICKS
from simulator.engine.state import TICK_HZ, State
from simulator.engine.step import step
from simulator.imaging.collimation import Collimation
from tests.simulator.engine.playing import after


def pulses(events: list[Event]) -> list[Exposed]:
    """The exposures among events."""
    return [event for event in events if isinstance(event, Exposed)]


@pytest.mark.parametrize("rate", PULSES_PER_S)
def test_every_rate_falls_on_ticks(case: Case, rate: float) -> None:
    """Eight seconds on the pedal give eight seconds' pulses, evenly spaced, the first at once."""
    state, ticks = initial_state(case), []
    for tick in range(8 * TICK_HZ):
        state, events = step(case, state, [c.SetPulseRate(rate), c.PressPedal("A")] if tick == 0 else ())
        ticks += [tick for _ in pulses(events)]
    assert len(ticks) == round(8 * rate)
    assert ticks[0] == 0
    assert set(np.diff(ticks)) == {round(TICK_HZ / rate)}
    assert TICK_HZ / rate == round(TICK_HZ / rate)


def test_a_released_pedal_gives_nothing(case: Case) -> None:
    """Pulses stop with the foot."""
    _, events = after(case, [(59, [c.SetPulseRate(15.0), c.PressPedal("A")]), (60, [c.ReleasePedal("A")])])
    assert len(pulses(events)) == 15


def test_a_hammered_pedal_gives_no_more_than_its_rate(case: Case) -> None:
    """Down and up in every tick for four seconds: never two pulses of a plane sooner than the rate allows."""
    state, ticks = after(case, [(0, [c.SetPulseRate(7.5)])])[0], []
    for tick in range(4 * TICK_HZ):
        state, events = step(case, state, [c.PressPedal("A") if tick % 2 == 0 else c.ReleasePedal("A")])
        ticks += [tick for _ in pulses(events)]
    assert len(ticks) > 10
    assert min(np.diff(ticks)) >= TICK_HZ / 7.5


def test_single_shots_need_a_pause(case: Case) -> None:
    """A shot asked for at once is refused in words, one after the pause is taken; the other plane is free."""
    state, _ = after(case, [(0, [c.Expose("A")])])
    state, events = step(case, state, [c.Expose("A"), c.Expose("B")])
    assert [p.plane for p in pulses(events)] == ["B"]
    assert [e.why for e in events if isinstance(e, Refused)] == [
        "plane A is not ready for the next single shot; wait 0.2 s"
    ]
    state, _ = after(case, [(SHOT_PAUSE_TICKS, [])], state)
    assert len(pulses(step(case, state, [c.Expose("A")])[1])) == 1


def test_each_plane_has_its_pedal_and_its_count(case: Case) -> None:
    """Single pictures and pedals of both planes are numbered together and counted apart."""
    script = [(59, [c.SetPulseRate(3.75), c.PressPedal("B")]),
              (0, [c.ReleasePedal("B"), c.Expose("A"), c.Expose("B")])]  # fmt: skip
    state, events = after(case, script)
    given = pulses(events)
    assert [p.number for p in given] == list(range(1, len(given) + 1))
    assert [plane.exposures for plane in state.planes] == [1, len(given) - 1]
    assert [p.plane for p in given if p.single] == ["A", "B"]


def test_doses_add_up(case: Case) -> None:
    """The machine's totals are the sums of its pulses; every pulse costs something."""
    script = [(30, [c.Expose("A")]), (90, [c.PressPedal("B")]), (0, [c.ReleasePedal("B"), c.Expose("A")])]
    state, events = after(case, script)
    given = pulses(events)
    assert state.reference_kerma_mgy == pytest.approx(sum(p.reference_kerma_mgy for p in given))
    assert state.dose_area_product_gycm2 == pytest.approx(sum(p.dose_area_product_gycm2 for p in given))
    assert min(p.dose_area_product_gycm2 for p in given) > 0.0


def test_collimation_saves_area_but_not_kerma(case: Case) -> None:
    """Half the field in each direction: a quarter of the area; at the same technique a quarter of the product."""
    hold = [(12, [c.Expose("A")]), (0, [c.LockTechnique("A", True)])]
    (wide,) = pulses(after(case, [*hold, (0, [c.Expose("A")])])[1])[1:]
    (narrow,) = pulses(after(case, [*hold, (0, [c.Collimate("A", 149.0, 149.0), c.Expose("A")])])[1])[1:]
    assert narrow.dose_area_product_gycm2 == pytest.approx(0.25 * wide.dose_area_product_gycm2)
    assert narrow.reference_kerma_mgy == wide.reference_kerma_mgy
    assert (narrow.kv, narrow.mas) == (wide.kv, wide.mas)


def test_the_lateral_costs_more(case: Case) -> None:
    """Through more tissue the machine takes more kV and gives more dose."""
    a, b = pulses(after(case, [(0, [c.Expose("A"), c.Expose("B")])])[1])
    assert b.kv > a.kv
    assert b.reference_kerma_mgy > a.reference_kerma_mgy


def aimed(case: Case, orbital_deg: float, angulation_deg: float, shift_mm: tuple[float, float, float]) -> State:
    """A state with plane A and the table at rest somewhere."""
    state = initial_state(case)
    pose = replace(state.planes[0].pose, orbital_deg=orbital_deg, angulation_deg=angulation_deg,
                   orbital_wanted_deg=orbital_deg, angulation_wanted_deg=angulation_deg)  # fmt: skip
    table = replace(state.table, shift_mm=shift_mm, wanted_mm=shift_mm)
    return replace(state, planes=(replace(state.planes[0], pose=pose), *state.planes[1:]), table=table)


def test_view_errors_are_angles_to_the_targets_own_axes(case: Case) -> None:
    """Along the target's depth axis the frontal error is 0 and the lateral 90; each degree off is a degree."""
    state = aimed(case, 0.0, 0.0, (0.0, 0.0, 0.0))
    base = np.array(view_errors_deg(case, case.view(state, state.planes[0])))
    turned = aimed(case, 30.0, 0.0, (0.0, 0.0, 0.0))
    frontal, lateral = view_errors_deg(case, case.view(turned, turned.planes[0]))
    across = aimed(case, 90.0, 0.0, (0.0, 0.0, 0.0))
    assert abs(base[1] - 90.0) < 1.0
    assert lateral == pytest.approx(60.0, abs=1.0)
    assert np.cos(np.radians(frontal)) == pytest.approx(
        np.cos(np.radians(30.0)) * np.cos(np.radians(base[0])), abs=0.01
    )
    assert view_errors_deg(case, case.view(across, across.planes[0]))[1] < 2.0


def test_the_target_leaves_the_field_with_the_table(case: Case) -> None:
    """Centred it is in the field, at 200 mm along the table it is not, nor beside a narrow field."""
    for shift, field, seen in (
        ((0.0, 0.0, 0.0), (298.0, 298.0), True),
        ((0.0, 200.0, 0.0), (298.0, 298.0), False),
        ((0.0, 40.0, 0.0), (298.0, 298.0), True),
        ((0.0, 40.0, 0.0), (60.0, 298.0), False),
        ((40.0, 0.0, 0.0), (60.0, 298.0), True),
    ):
        state = aimed(case, 0.0, 0.0, shift)
        assert in_field(case, case.view(state, state.planes[0]), Collimation(*field)) == seen, (shift, field)


def test_the_target_can_lie_behind_the_iris(case: Case) -> None:
    """In a corner of the rectangle, but outside the round field."""
    state = aimed(case, 0.0, 0.0, (30.0, 30.0, 0.0))  # 58 mm each way at the panel
    seen = case.view(state, state.planes[0])
    assert in_field(case, seen, Collimation(140.0, 140.0, 200.0))
    assert not in_field(case, seen, Collimation(140.0, 140.0, 140.0))


def test_a_pulse_says_where_it_was_taken(case: Case) -> None:
    """Gantry angles as they are, positioner angles to the prone patient, numbers that JSON can carry."""
    (pulse,) = pulses(step(case, aimed(case, 20.0, 5.0, (0.0, 0.0, 0.0)), [c.Expose("A")])[1])
    assert (pulse.orbital_deg, pulse.angulation_deg) == (20.0, 5.0)
    assert (pulse.primary_deg, pulse.secondary_deg) == (-160.0, 5.0)
    assert pulse.visible_leak_mm2 == {}
    assert pulse.table_mm == (0.0, 0.0, 0.0)
    assert pulse.ma * pulse.pulse_ms == pytest.approx(1000.0 * pulse.mas, rel=1e-3)
    assert all(np.isfinite(v) for v in asdict(pulse).values() if isinstance(v, float))


def test_a_moving_carm_and_table_take_their_time(case: Case) -> None:
    """30 degrees and 60 mm a second, both axes at once, and then they rest exactly where they were sent."""
    state = aimed(case, 0.0, 0.0, (0.0, 0.0, 0.0))
    state, _ = step(case, state, [c.MoveCArm("A", 45.0, -10.0), c.MoveTable(30.0, -90.0, 0.0)])
    for _ in range(59):
        state, _ = step(case, state)
    assert state.planes[0].pose.orbital_deg == pytest.approx(30.0)
    assert state.planes[0].pose.angulation_deg == -10.0
    assert state.table.shift_mm == pytest.approx((30.0, -60.0, 0.0))
    for _ in range(60):
        state, _ = step(case, state)
    assert (state.planes[0].pose.orbital_deg, state.planes[0].pose.angulation_deg) == (45.0, -10.0)
    assert state.table.shift_mm == (30.0, -90.0, 0.0)
    assert not state.planes[0].pose.is_moving
