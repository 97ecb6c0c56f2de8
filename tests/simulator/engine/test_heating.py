"""Heat in a session: it begins with cement, goes on after it, looks ahead once at the end, and is written down."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from simulator.devices import warm_places
from simulator.devices.cement_stream import Stream
from simulator.devices.warm_places import STRUCTURES
from simulator.engine import commands as c
from simulator.engine import heating
from simulator.engine.case import Case, initial_state
from simulator.engine.digest import digest_of
from simulator.engine.state import HEAT_EVERY, State
from tests.simulator.devices.hot_balls import ball
from tests.simulator.engine.conftest import Played
from tests.simulator.engine.playing import after


@pytest.fixture(scope="module")
def filled(case: Case) -> State:
    """Cement that is half an hour's worth of curing on already, in front of the canal."""
    state = initial_state(case)
    now = case.ground.at(state.amplitude)
    cement = ball(now, 10.5, off_mm=(0.0, -8.0, 0.0))
    batch = replace(state.batch, filling=cement, mixed_tick=0, cure=0.1)
    return replace(state, batch=batch)


def a_second(case: Case, state: State) -> State:
    """The state a second later, as far as heat goes."""
    return heating.heated(case, replace(state, tick=state.tick + HEAT_EVERY))[0]


def test_without_cement_there_is_nothing(case: Case) -> None:
    """No heat, no row, no forecast, and body heat for whoever asks."""
    state = initial_state(case)
    later, events = heating.heated(case, state)
    assert later is state
    assert events == []
    assert heating.as_row(state) == {}
    assert heating.temperatures(state) == {}
    assert heating.looked_ahead(case, state) is state
    assert heating.cement_temperature_c(state) == 37.0


def test_anatomy_is_looked_through_before_cement_flows(case: Case) -> None:
    """Once cement is mixed, the first second of an injection finds everything worked out."""
    ground = replace(case.ground)  # of which nothing is known yet
    case, state = replace(case, ground=ground), initial_state(case)
    later, _ = heating.heated(case, replace(state, batch=replace(state.batch, mixed_tick=0)))
    assert later.thermal is None
    now = ground.at(state.amplitude)
    known = set(vars(now))
    warm_places.prepare(case.warm_places, now)
    assert set(vars(now)) == known
    assert len(known) >= len(vars(replace(now))) + 2


def test_cement_enters_as_the_batch_is(case: Case, filled: State) -> None:
    """With the room's temperature and the batch's degree of cure, or what the bore has made of them."""
    assert heating.entering(case, filled.batch) == (case.scenario.room.temperature_c, 0.1)
    room_c = case.scenario.room.temperature_c
    streams = (Stream(bore_cure=0.3, bore_warm=1.0), Stream(bore_cure=0.2, bore_warm=0.5))
    through = replace(filled.batch, streams=streams)
    assert heating.entering(case, through) == (room_c + 0.25 * (37.0 - room_c), 0.2)
    assert heating.entering(case, replace(through, side="left")) == (room_c + 0.5 * (37.0 - room_c), 0.3)
    state = a_second(case, filled)
    assert state.thermal is not None
    assert state.thermal.cement_cure == pytest.approx(0.1, abs=0.02)
    assert case.scenario.room.temperature_c < heating.cement_temperature_c(state) < 37.0


def test_nerves_that_heat_up_are_told_once_a_threshold(case: Case, filled: State) -> None:
    """Each passing of 45, 50 and 60 C is one event, in order, and never again while it cools."""
    state, told = filled, []
    for _ in range(400):
        state, events = heating.heated(case, state)
        told += [(e.structure, e.temperature_c) for e in events if e.kind == "tissue_heated"]
    canal = [t for name, t in told if name == "canal"]
    assert state.thermal is not None
    peak = state.thermal.dose("canal").peak_c
    assert len(canal) == sum(peak >= limit for limit in heating.THRESHOLDS_C) >= 1
    assert canal == sorted(canal)
    assert all(t >= heating.THRESHOLDS_C[0] for _, t in told)


def test_the_end_looks_ahead_once(case: Case, filled: State) -> None:
    """Ending at once gives the peak that waiting gives; a tick later nothing is worked out again."""
    waiting = filled
    for _ in range(500):
        waiting, _ = heating.heated(case, waiting)
    ended, events = after(case, [(0, [c.EndProcedure()])], filled)
    assert [e.kind for e in events] == ["ended"]
    assert ended.cooled is not None
    assert waiting.thermal is not None
    for name in STRUCTURES:
        expected = waiting.thermal.dose(name).peak_c
        assert ended.cooled.dose(name).peak_c == pytest.approx(expected, abs=0.01 * (expected - 37.0) + 0.02)
    more, _ = after(case, [(3, [])], ended)
    assert more.cooled is ended.cooled
    row = heating.as_row(more)["canal"]
    assert row["forecast_peak_c"] == pytest.approx(waiting.thermal.dose("canal").peak_c, abs=0.2)
    assert row["peak_c"] == 37.0 < row["forecast_peak_c"]


def test_equal_histories_have_equal_digests(case: Case, filled: State) -> None:
    """What is only kept to go faster has no part in it; a tenth of a degree has."""
    one, two = a_second(case, filled), a_second(case, filled)
    assert one.thermal is not None
    assert one.thermal is not two.thermal
    assert digest_of(one) == digest_of(two)
    warmer = replace(one.thermal, temperature_c=one.thermal.temperature_c + np.float32(0.1))
    assert digest_of(replace(one, thermal=warmer)) != digest_of(one)


def test_nothing_of_a_state_is_changed(case: Case, filled: State) -> None:
    """Arrays are read-only, and the state before stays what it was."""
    one = a_second(case, filled)
    assert one.thermal is not None
    before = one.thermal.temperature_c.tobytes()
    a_second(case, one)
    assert one.thermal.temperature_c.tobytes() == before
    for array in (one.thermal.temperature_c, one.thermal.cure, one.thermal.cement_ml):
        assert not array.flags.writeable


def test_a_recording_has_temperatures_and_what_was_still_to_come(played: Played) -> None:
    """The trace once a second from the first cement on, the outcome with the forecast at the end."""
    rows = [json.loads(line) for line in played.data.splitlines()]
    traced = [row for row in rows if row["row"] == "trace" and "temperature_c" in row]
    assert len(traced) >= 5
    assert all(row["tick"] % 60 == 0 for row in traced)
    assert traced[-1]["temperature_c"]["cement"] < 37.0
    heat = [row["heat"] for row in rows if row["row"] == "outcome" and "heat" in row]
    assert set(heat[-1]) == set(STRUCTURES)
    centre = heat[-1]["body centre"]
    assert centre["forecast_peak_c"] > centre["peak_c"] >= 37.0
    assert all("forecast_peak_c" not in row for one in heat[:-1] for row in one.values())
