"""Sessions that several tests of the engine look at, played once a process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.engine.case import Case
from simulator.engine.events import Event
from simulator.engine.session import new_session
from simulator.engine.state import State
from tests.simulator.engine.playing import Script, after, approach, kyphoplasty, play, short


@dataclass(frozen=True)
class Played:
    """A session that was played into a file."""

    data: bytes
    events: tuple[Event, ...]
    state: State


@pytest.fixture(scope="session")
def played(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A whole kyphoplasty on one side, recorded to the end."""
    return _played(case, kyphoplasty(case), tmp_path_factory.mktemp("played") / "session.vsim")


@pytest.fixture(scope="session")
def shortly(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Ten seconds with a cannula, recorded to the end."""
    return _played(case, short(case), tmp_path_factory.mktemp("shortly") / "session.vsim")


def _played(case: Case, script: Script, path: Path) -> Played:
    session = new_session(case, "T-042", path)
    events = play(session, script)
    session.close()
    return Played(path.read_bytes(), tuple(events), session.state)


@pytest.fixture(scope="session")
def in_bone(case: Case) -> State:
    """The right cannula at rest, deep in the pedicle, stylet in."""
    return after(case, approach(case, "right"))[0]
