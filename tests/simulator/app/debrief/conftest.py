"""A short session that has a bit of everything, played once for all."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.recording import Recording, parse
from simulator.engine.session import Session, new_session

SHOT, PRESSED, RELEASED, PUNCTURED, LAST = 5, 40, 70, 90, 170


@pytest.fixture(scope="session")
def short_session(case: Case) -> Session:
    """Single shots, a run, a puncture, a drug and the end: three seconds."""
    session = new_session(case, "T-042", None, {"mode": "practice"})
    orders: dict[int, list[c.Command]] = {
        SHOT: [c.Expose("A"), c.Expose("B")],
        20: [c.SetPulseRate(15.0), c.GiveLocalAnaesthetic("left", 5.0)],
        PRESSED: [c.PressPedal("B")],
        RELEASED: [c.ReleasePedal("B")],
        PUNCTURED: [c.PunctureSkin("left", -25.0, 0.0, 15.0, 5.0)],
        100: [c.Advance("left", 12.0)],
        150: [c.Expose("A")],
        LAST: [c.EndProcedure()],
    }
    for tick in range(LAST + 1):
        session.tick(orders.get(tick, []))
    return session


@pytest.fixture(scope="session")
def short_recording(short_session: Session) -> Recording:
    """What was recorded of it."""
    return parse(b"".join(short_session.recorder.lines), source="memory")


@pytest.fixture
def short_file(short_session: Session, tmp_path: Path) -> Path:
    """Its file, as the desktop names it."""
    path = tmp_path / "user" / "recordings" / "kyphoplasty-l1-wedge-T-042-001.vsim"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"".join(short_session.recorder.lines))
    return path
