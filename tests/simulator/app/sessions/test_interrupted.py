"""Sessions that were broken off: found, and taken up again with nothing lost and nothing invented."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simulator.app.sessions.interrupted import CannotResumeError, hands_off, interrupted, resumed
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.digest import digest_of
from simulator.engine.recording import UnreadableRecordingError, parse, read
from simulator.engine.replay import Verdict, verify
from simulator.engine.session import Session, new_session


def broken_off(case: Case, path: Path, mode: str = "practice") -> Session:
    """A session that was killed 10 ticks after its second second, with a foot on the pedal."""
    session = new_session(case, "T-1", path, {"mode": mode})
    session.tick([c.PunctureSkin("left", -25.0, 0.0, 15.0, 5.0), c.PressPedal("A")])
    for tick in range(130):
        session.tick([c.Advance("left", 5.0)] if tick == 50 else ())
    session.recorder.close()  # the session's own close would seal the rest, which a killed program cannot
    return session


def test_what_was_broken_off_is_found(case: Case, tmp_path: Path) -> None:
    broken_off(case, tmp_path / "a.vsim")
    broken_off(case, tmp_path / "b.vsim", "examination")
    (tmp_path / "c.vsim").write_bytes(b"no recording")
    ended = new_session(case, "T-1", tmp_path / "d.vsim")
    ended.tick([c.EndProcedure()])
    ended.close()
    found = {one.path.name: one for one in interrupted(tmp_path)}
    assert found.keys() == {"a.vsim", "b.vsim"}
    assert (found["a.vsim"].seconds, found["a.vsim"].trainee) == (2.0, "T-1")
    assert found["a.vsim"].can_resume
    assert not found["b.vsim"].can_resume
    assert {one.path.name for one in interrupted(tmp_path, ("a.vsim",))} == {"b.vsim"}


def test_an_interrupted_session_goes_on_from_its_last_sealed_second(case: Case, tmp_path: Path) -> None:
    old, new = tmp_path / "old.vsim", tmp_path / "new.vsim"
    broken_off(case, old)
    session = resumed(read(old), case, new)
    assert session.state.tick == read(old).last_tick + 1
    assert digest_of(session.state) == read(old).rows[-1]["state"]
    assert session.state.planes[0].pedal
    session.tick(hands_off(session.state))
    assert not session.state.planes[0].pedal
    assert hands_off(session.state) == []
    session.tick([c.EndProcedure()])
    session.close()
    recording = read(new)
    assert recording.complete
    assert recording.header["continues"] == read(old).digest
    for one, other in zip(recording.rows, read(old).rows, strict=False):  # seals are chained to another header
        assert one | {"chain": ""} == other | {"chain": ""}
    assert verify(recording, case).result == "verified"
    assert interrupted(tmp_path) == []


def test_a_session_that_was_left_goes_on_where_it_was_left(case: Case, tmp_path: Path) -> None:
    old, new = tmp_path / "old.vsim", tmp_path / "new.vsim"
    session = new_session(case, "T-1", old, {"mode": "practice"})
    for tick in range(70):
        session.tick([c.Expose("A")] if tick == 65 else ())
    session.close()
    session.close()  # a window may close what has closed itself
    recording = read(old)
    assert (recording.last_tick, recording.dropped_rows, recording.complete) == (69, 0, False)
    assert [row["tick"] for row in recording.of_kind("seal")] == [0, 60, 69]
    assert verify(recording, case) == Verdict("verified", exact=True)
    again = resumed(recording, case, new)
    assert digest_of(again.state) == digest_of(session.state)
    assert [row["kind"] for row in recording.of_kind("event")] == ["exposed"]
    again.tick([c.EndProcedure()])
    again.close()
    assert verify(read(new), case) == Verdict("verified", exact=True)


def test_what_this_program_plays_otherwise_is_not_taken_up(case: Case, tmp_path: Path) -> None:
    old, new = tmp_path / "old.vsim", tmp_path / "new.vsim"
    broken_off(case, old)
    recording = read(old)
    otherwise = {**recording.rows[-1], "state": "0" * 64}
    with pytest.raises(CannotResumeError, match="otherwise"):
        resumed(replace(recording, rows=(*recording.rows[:-1], otherwise)), case, new)
    assert not new.exists()


def test_how_it_was_played_stands_in_the_header_and_verifies(case: Case, tmp_path: Path) -> None:
    broken_off(case, tmp_path / "a.vsim", "examination")
    recording = read(tmp_path / "a.vsim")
    assert recording.header["mode"] == "examination"
    assert verify(recording, case).result == "verified"
    header = recording.lines[0].replace(b'"mode":"examination"', b'"mode":7')
    with pytest.raises(UnreadableRecordingError, match="no proper mode"):
        parse(header + b"".join(recording.lines[1:]), source="x")
