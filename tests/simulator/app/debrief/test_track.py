"""A recording played again: states and pictures of any moment are those of the session."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.app.debrief.marks import shots_of
from simulator.app.debrief.pictures import Pictures
from simulator.app.debrief.track import Track
from simulator.assessment.evidence import Evidence
from simulator.engine.case import Case
from simulator.engine.digest import digest_of
from simulator.engine.events import Exposed
from simulator.engine.recording import Recording
from simulator.engine.replay import replay
from simulator.engine.screens import Screens
from simulator.engine.state import State
from tests.simulator.app.debrief.conftest import LAST, PRESSED, PUNCTURED, RELEASED, SHOT


def silent(_share: float) -> None:
    """Nobody wants to know."""


@pytest.fixture(scope="module")
def live(case: Case, short_recording: Recording) -> tuple[dict[int, State], dict[tuple[str, int], np.ndarray]]:
    """States by tick, and pictures by plane and tick, as they were."""
    screens, states, pictures = Screens(case), {}, {}
    for tick, (state, events, _) in enumerate(replay(short_recording, case)):
        states[tick] = state
        for event, shown in screens.exposed(state, events):
            pictures[event.plane, tick] = shown.grey
    return states, pictures


def seen_digest(state: State) -> str:
    """Of what a kept state has: neither heat nor the flow that moves cement."""
    filling = replace(state.batch.filling, flow=None, head_per_m3=np.zeros(0))
    return digest_of(replace(state, thermal=None, cooled=None, batch=replace(state.batch, filling=filling)))


def test_states_are_those_of_the_session(case: Case, short_recording: Recording, live: tuple) -> None:
    track = Track(case, short_recording, {PUNCTURED})
    shares: list[float] = []
    track.play(shares.append)
    states, _ = live
    assert track.played_tick == LAST
    assert shares == sorted(shares)
    assert track.verdict is not None
    assert track.verdict.result == "verified"
    assert {SHOT, PUNCTURED, 150, LAST} <= set(track.kept_ticks)
    for tick in track.kept_ticks[1:]:
        assert seen_digest(track.state_at(tick)) == seen_digest(states[tick]), tick
    assert track.state_at(PUNCTURED + 1) is track.state_at(PUNCTURED)
    assert track.state_at(PUNCTURED - 1).needle("left") is None
    assert track.state_at(10_000) is track.state_at(LAST)
    assert track.state_at(-5).tick == 0


def test_states_that_take_too_much_room_are_thinned_out(case: Case, short_recording: Recording) -> None:
    whole, thin = Track(case, short_recording), Track(case, short_recording, {PUNCTURED}, room_bytes=0)
    whole.play(silent)
    thin.play(silent)
    assert len(thin.kept_ticks) < len(whole.kept_ticks)
    assert {PUNCTURED, LAST} <= set(thin.kept_ticks)


def test_thinning_out_leaves_marks_and_ends(case: Case, short_recording: Recording) -> None:
    track = Track(case, short_recording, {PUNCTURED})
    track.play(silent)
    for _ in range(4):
        track._thin_out()
    assert track.kept_ticks == (-1, PUNCTURED, LAST)
    assert track.state_at(LAST - 1) is track.state_at(PUNCTURED)


def test_a_replay_can_be_given_up(case: Case, short_recording: Recording) -> None:
    def enough(share: float) -> None:
        if share > 0.2:
            raise InterruptedError

    track = Track(case, short_recording)
    with pytest.raises(InterruptedError):
        track.play(enough)
    assert 0 < track.played_tick < LAST


def drawn(case: Case, recording: Recording, room_bytes: int) -> Pictures:
    pictures = Pictures(case, shots_of(Evidence.of(recording)), room_bytes=room_bytes)

    def exposed(tick: int, state: State, pulses: list[Exposed]) -> None:
        for pulse in pulses:
            pictures.draw(state, tick, pulse.plane)

    Track(case, recording).play(silent, exposed)
    pictures.rest()
    return pictures


def test_pictures_are_those_that_stood_on_the_monitors(
    case: Case, short_recording: Recording, live: tuple
) -> None:
    pictures, (_, greys) = drawn(case, short_recording, 10**9), live
    assert pictures.count == len(greys) > 5
    for (plane, tick), grey in greys.items():
        row, kept = pictures.last(plane, tick) or pytest.fail("no picture")
        assert row["tick"] == tick
        assert np.array_equal(kept, grey), (plane, tick)
    assert pictures.last("A", SHOT - 1) is None
    row, _ = pictures.last("B", LAST) or pytest.fail("no picture")
    assert PRESSED < row["tick"] <= RELEASED


def test_pulses_of_runs_are_thinned_out_and_shots_stay(case: Case, short_recording: Recording) -> None:
    whole, thin = drawn(case, short_recording, 10**9), drawn(case, short_recording, 500_000)
    assert thin.count < whole.count
    assert thin.held_bytes < whole.held_bytes
    for plane in ("A", "B"):
        row, _ = thin.last(plane, SHOT) or pytest.fail("a shot is missing")
        assert row["tick"] == SHOT
