"""A session on a thread of its own: nothing is lost, the newest picture wins, failures are said."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from simulator.app.sessions import player as players
from simulator.app.sessions.player import Mailbox, Player, Update
from simulator.assessment.score import score
from simulator.engine.case import Case, initial_state
from simulator.engine.commands import Command, EndProcedure, Expose, MoveTable, PressPedal, SetPulseRate
from simulator.engine.events import Ended, Exposed, Refused
from simulator.engine.recording import read
from simulator.engine.replay import verify
from simulator.engine.screens import Screens
from simulator.engine.session import Session, new_session
from simulator.imaging.monitor.monitor import Shown


def picture(value: int) -> Shown:
    return Shown(np.full((2, 2), value, dtype=np.uint8), "live", "normal")


def test_the_newest_picture_wins_and_events_add_up(case: Case) -> None:
    rings: list[int] = []
    box, state = Mailbox(lambda: rings.append(1)), initial_state(case)
    box.put(Update(state, {"A": picture(1), "B": picture(2)}, [Ended()]))
    box.put(Update(pictures={"A": picture(3)}, events=[Ended()]))
    assert len(rings) == 1, "rung once until it is emptied"
    taken = box.take()
    assert taken.state is state
    assert (taken.pictures["A"].grey[0, 0], taken.pictures["B"].grey[0, 0]) == (3, 2)
    assert len(taken.events) == 2
    assert box.take() == Update()
    box.put(Update(over=True))
    assert len(rings) == 2


def until(what: Callable[[], bool], seconds: float = 180.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def played(case: Case, path: Path, commands: list[Command]) -> tuple[Player, Update]:
    """A player that was given commands and the end, and everything it said."""

    def build() -> tuple[Session, Screens]:
        return new_session(case, "T-1", path), Screens(case)

    player = Player(build, lambda: None, speed=50.0)
    whole = Update()

    def over() -> bool:
        got = player.mailbox.take()
        whole.state, whole.failure = got.state or whole.state, got.failure or whole.failure
        whole.events += got.events
        whole.pictures.update(got.pictures)
        whole.over |= got.over
        return whole.over

    player.start()
    until(lambda: player.session is not None)
    player.send(commands)
    player.send([EndProcedure()])
    until(over)
    player.stop()
    return player, whole


def test_a_session_is_played_recorded_and_verified(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "session.vsim"
    _, whole = played(case, path, [Expose("A"), Expose("B"), MoveTable(0.0, 9999.0, 0.0)])
    kinds = [type(event) for event in whole.events]
    assert kinds.count(Refused) == 1
    assert kinds.count(Ended) == 1
    assert whole.state is not None
    assert whole.state.ended
    recording = read(path)
    assert score(recording).complete
    assert verify(recording, case).result == "verified"


def test_pictures_of_pulses_come_out(case: Case, tmp_path: Path) -> None:
    def build() -> tuple[Session, Screens]:
        return new_session(case, "T-1", tmp_path / "s.vsim"), Screens(case)

    player = Player(build, lambda: None, speed=50.0)
    seen = Update()

    def shown() -> bool:
        got = player.mailbox.take()
        seen.pictures.update(got.pictures)
        seen.events += got.events
        return "A" in seen.pictures

    player.start()
    player.send([PressPedal("A")])
    until(shown)
    player.stop()
    assert any(isinstance(event, Exposed) for event in seen.events)
    assert np.ptp(seen.pictures["A"].grey) > 100


def test_a_failure_is_said_and_ends_the_thread() -> None:
    def build() -> tuple[Session, Screens]:
        raise ValueError("no such patient")

    player = Player(build, lambda: None)
    player.start()
    said = Update()

    def over() -> bool:
        got = player.mailbox.take()
        said.failure = got.failure or said.failure
        return got.over

    until(over, 5.0)
    assert str(said.failure) == "no such patient"
    player.stop()


@pytest.mark.parametrize("pedal", [True, False])
def test_free_memory_is_given_back_where_nobody_looks_at_a_live_picture(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pedal: bool
) -> None:
    """After the patient was made, and every few seconds of the session but not while the beam is on."""
    given: list[int] = []
    monkeypatch.setattr(players, "GIVE_BACK_TICKS", 30)
    monkeypatch.setattr(players, "give_back_free_memory", lambda: given.append(1))

    def build() -> tuple[Session, Screens]:
        session = new_session(case, "T-1", tmp_path / "s.vsim")
        session.tick([SetPulseRate(1.0), *([PressPedal("A")] if pedal else [])])
        return session, Screens(case)

    player = Player(build, lambda: None, speed=1e6)
    player.start()

    def played_on() -> bool:
        player.mailbox.take()
        return player.session is not None and player.session.state.tick > 95

    until(played_on)
    player.stop()
    assert len(given) == 1 if pedal else len(given) >= 4


def test_a_paused_session_stands_still(case: Case, tmp_path: Path) -> None:
    def build() -> tuple[Session, Screens]:
        return new_session(case, "T-1", tmp_path / "s.vsim"), Screens(case)

    player = Player(build, lambda: None, speed=20.0)
    player.start()
    until(lambda: player.session is not None and player.session.state.tick > 5)
    player.pause(True)
    time.sleep(0.2)
    session = cast(Session, player.session)
    stood = session.state.tick
    time.sleep(0.2)
    assert session.state.tick == stood
    player.pause(False)
    until(lambda: session.state.tick > stood)
    player.stop()
