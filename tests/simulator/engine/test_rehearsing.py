"""A rehearsed case: what is found out once has been, and nobody can tell from what is played."""

from __future__ import annotations

import pytest

from scenarios.schema import Scenario
from simulator.devices.warm_places import WarmPlaces
from simulator.engine import case as cases
from simulator.engine import cementing, measuring_field
from simulator.engine.case import Case, make_case
from simulator.engine.commands import Expose, MixCement
from simulator.engine.digest import digest_of
from simulator.engine.rehearsing import rehearsed
from simulator.engine.session import new_session
from simulator.engine.state import TICK_HZ
from tests.conftest import coarse_patient_of


def played(case: Case, seconds: float) -> list[bytes]:
    """The lines of a session that exposes, mixes cement and waits, and its state's digest."""
    session = new_session(case, "T-1")
    commands = {0: [Expose("A")], 30: [MixCement()], 40: [Expose("B")]}
    for tick in range(round(seconds * TICK_HZ)):
        session.tick(commands.get(tick, ()))
    return [*session.recorder.lines, digest_of(session.state).encode()]


def test_first_times_are_over_and_leave_no_trace(kyphoplasty: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """The body as brightness control sees it, skin, warm places: nothing of it is found out in a tick any more."""
    plain = played(make_case(kyphoplasty, 1, patient_of=coarse_patient_of), 3.0)
    case = rehearsed(make_case(kyphoplasty, 1, patient_of=coarse_patient_of))

    def too_late(*_seen: object) -> None:
        raise AssertionError("found out while somebody waits")

    monkeypatch.setattr(measuring_field, "_blocks", too_late)
    monkeypatch.setattr(cases, "skin_of", too_late)
    monkeypatch.setattr(WarmPlaces, "of", too_late)
    assert played(case, 3.0) == plain


def test_bone_is_looked_at_between_device_ticks(
    vertebroplasty_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once cement is drawn up, in a tick of its own: a device tick then has less to do."""
    found: list[int] = []
    session = new_session(vertebroplasty_case, "T-1")
    plain = cementing._parts
    monkeypatch.setattr(cementing, "_parts", lambda *asked: (found.append(session.state.tick), plain(*asked))[1])
    session.tick([MixCement()])
    while not found:
        session.tick()
        assert session.state.tick < 600 * TICK_HZ
    assert found[0] % 6 == 3
    assert session.state.batch.loaded_ml == 0.0
    for _ in range(6):
        session.tick()
    assert session.state.batch.loaded_ml > 0.0
