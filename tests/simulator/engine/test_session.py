"""A session: its clock, what it writes and when, and the digest of its state."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state, make_case
from simulator.engine.digest import digest_of
from simulator.engine.session import new_session
from simulator.engine.state import State
from tests.conftest import coarse_patient_of
from tests.simulator.engine.conftest import Played
from tests.simulator.engine.playing import kinds, play


def rows(lines: list[bytes]) -> list[dict[str, Any]]:
    """Rows of a recording's lines."""
    return [json.loads(line) for line in lines]


def test_a_tick_is_a_sixtieth_of_a_second(case: Case) -> None:
    """The state's own clock counts ticks, whatever is asked in them."""
    session = new_session(case, "T-1")
    play(session, [(299, [c.Expose("A")])])
    assert session.state.tick == 300
    assert session.state.time_s == 5.0


def test_seals_come_every_second_and_at_the_end(case: Case) -> None:
    """At ticks 0, 60, 120 and, where it ended between, there."""
    session = new_session(case, "T-1")
    play(session, [(149, []), (0, [c.EndProcedure()])])
    assert [r["tick"] for r in rows(session.recorder.lines) if r["row"] == "seal"] == [0, 60, 120, 150]
    assert [r["row"] for r in rows(session.recorder.lines)][-2:] == ["end", "seal"]


def test_after_the_end_nothing_is_written(case: Case) -> None:
    """The clock may go on and hands may still move: they are refused, and the recording stays as it is."""
    session = new_session(case, "T-1")
    play(session, [(0, [c.Expose("A")]), (0, [c.EndProcedure()])])
    before = list(session.recorder.lines)
    events = play(session, [(120, [c.Expose("A"), c.EndProcedure()])])
    assert kinds(events) == ["refused", "refused"]
    assert session.recorder.lines == before
    assert sum(r["row"] == "end" for r in rows(before)) == 1


def test_ending_lets_go_of_everything(case: Case) -> None:
    """Pedals come up and cement stops with the end."""
    session = new_session(case, "T-1")
    play(session, [(10, [c.PressPedal("A")]), (0, [c.EndProcedure()])])
    assert session.state.ended
    assert not any(plane.pedal for plane in session.state.planes)
    assert kinds(play(session, [(60, [])])) == []


def test_the_trace_holds_only_what_changed(played: Played) -> None:
    """No value is written twice in a row, and rows of trace fall on the tenth of a second."""
    known: dict[str, Any] = {}
    for row in rows(played.data.splitlines(keepends=True)):
        if row["row"] != "trace":
            continue
        assert row["tick"] % 6 == 0 or row["tick"] == played.state.tick - 11
        for name, value in row.items():
            if name not in ("row", "tick"):
                assert known.get(name) != value, (row["tick"], name)
                known[name] = value
    assert {"carm_A", "needle_right", "balloon_right", "cement", "dose"} <= set(known)


def test_a_long_session_stays_small(case: Case) -> None:
    """A minute in which nothing happens takes less than 20 kB of seals: half an hour 600 kB."""
    session = new_session(case, "T-1")
    session.tick()
    start = sum(map(len, session.recorder.lines))
    play(session, [(3600, [])])
    assert sum(map(len, session.recorder.lines)) - start < 20_000


def test_the_seed_sets_up_the_room(case: Case) -> None:
    """The same seed finds the C-arm where it was; others elsewhere, but nearby."""

    def start(seed: int) -> State:
        return initial_state(make_case(case.scenario, seed, patient_of=coarse_patient_of))

    assert digest_of(start(1)) == digest_of(start(1)) == digest_of(initial_state(case))
    rooms = {(s.planes[0].pose.orbital_deg, s.table.shift_mm) for s in map(start, range(6))}
    assert len(rooms) > 2
    carm = case.scenario.carm
    for orbital, shift in rooms:
        assert abs(orbital) <= carm.start_angle_error_deg
        assert max(abs(shift[0]), abs(shift[1])) <= carm.start_off_centre_mm


@dataclass(frozen=True)
class _Pair:
    one: Any
    two: Any


def test_digests_tell_states_apart(in_bone: State) -> None:
    """Any change of any number changes the digest: the last bit, the sign of nothing, the shape of an array."""
    base = digest_of(in_bone)
    assert digest_of(replace(in_bone)) == base
    assert digest_of(replace(in_bone, amplitude=np.nextafter(1.0, 0.0))) != base
    assert digest_of(replace(in_bone, leaked=("canal",))) != base
    assert digest_of(_Pair(0.0, 1)) != digest_of(_Pair(-0.0, 1))
    assert digest_of(_Pair(1, 1.0)) != digest_of(_Pair(1.0, 1))
    assert digest_of(_Pair(True, None)) != digest_of(_Pair(1, None))
    assert digest_of(_Pair(("a", "b"), ())) != digest_of(_Pair(("a",), ("b",)))
    zeros = np.zeros(6)
    assert digest_of(zeros) == digest_of(zeros.copy())
    assert digest_of(zeros) != digest_of(zeros.reshape(2, 3))
    assert digest_of(zeros) != digest_of(zeros.astype(np.float32))


def test_digests_of_large_arrays_are_their_own() -> None:
    """What is remembered of an array that is gone is not taken for a new one at the same place."""
    seen = set()
    for value in range(5):
        seen.add(digest_of(np.full(1 << 16, value)))
    assert len(seen) == 5


def test_a_state_cannot_hold_what_has_no_digest() -> None:
    """A set or a dictionary in a state is a mistake of ours, and said so."""
    with pytest.raises(TypeError, match="cannot hold a dict"):
        digest_of(_Pair({}, None))
