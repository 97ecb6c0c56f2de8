"""Sessions with a guide, and going back to the beginning of a step: nothing is invented, nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simulator.app.guide.going_back import next_to
from simulator.app.guide.guide import Guide
from simulator.app.guide.tutor import GuidedSession, begin_in, guided_session, taken_back
from simulator.app.guide.view_steps import ITEMS
from simulator.app.sessions.interrupted import hands_off, interrupted, resumed
from simulator.assessment.evidence import Evidence
from simulator.assessment.metrics import measure_all
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.commands import MalformedCommandError, command_of
from simulator.engine.digest import digest_of
from simulator.engine.recording import EditedRecordingError, parse, read
from simulator.engine.replay import verify
from simulator.engine.session import Session, new_session


def begun(case: Case, path: Path) -> GuidedSession:
    """A tutorial whose time-out is done in its first second; then oxygen, and a pedal that is held."""
    session = guided_session(case, "T-1", path, {"mode": "tutorial"})
    for item in ITEMS:
        session.tick([c.CheckOff(item)])
    for tick in range(200):
        given = {20: c.GiveDrug("cefazolin", 2.0, "g"), 90: c.PressPedal("A"), 150: c.SetOxygen(2.0)}.get(tick)
        session.tick([] if given is None else [given])
    return session


def test_steps_begin_where_the_one_before_was_done(case: Case, tmp_path: Path) -> None:
    session = begun(case, tmp_path / "a.vsim")
    names = [one.guide.step.name for one in session.begun if one.guide.step is not None]
    assert names == ["time_out", "antibiotic", "oxygen", "frontal"], "the held pedal has shown all levels already"
    assert [one.mark.state.tick for one in session.begun][:3] == [0, 6, 27]


def test_going_back_goes_on_from_the_kept_state_in_a_recording_that_verifies(case: Case, tmp_path: Path) -> None:
    old, new = tmp_path / "a-001.vsim", tmp_path / "a-002.vsim"
    session = begun(case, old)
    session.close()
    back = session.to_go_back_to()
    assert back.guide.step is not None
    assert back.guide.step.name == "oxygen", "the step after it began less than two seconds ago"
    again = taken_back(session, new, "tutorial")
    assert digest_of(again.state) == digest_of(back.mark.state)
    assert again.guide is back.guide
    assert again.taken_back == 1
    for _ in range(100):
        again.tick()
    again.tick([c.EndProcedure()])
    again.close()
    recording, first = read(new), read(old)
    assert recording.complete
    assert verify(recording, case).result == "verified"
    assert recording.header["mode"] == "tutorial"
    assert recording.header["continues"] == first.digest
    assert recording.header["taken_back"] == "1"
    tick = back.mark.state.tick
    kept = [row for row in first.rows if row["tick"] < tick and row["row"] != "seal"]
    assert [row for row in recording.rows if row["tick"] < tick and row["row"] != "seal"] == kept
    assert not any(row["kind"] == "set_oxygen" for row in recording.of_kind("command"))
    assert first.rows, "the old recording stays as it was"
    assert interrupted(tmp_path) == [], "and is not offered as broken off"


def test_a_row_that_is_changed_on_the_way_back_is_found_out(case: Case, tmp_path: Path) -> None:
    session = begun(case, tmp_path / "a.vsim")
    session.close()
    again = taken_back(session, tmp_path / "b.vsim", "tutorial")
    for _ in range(60):
        again.tick()
    again.close()
    data = (tmp_path / "b.vsim").read_bytes()
    assert b'"item":"level"' in data
    with pytest.raises(EditedRecordingError):
        parse(data.replace(b'"item":"level"', b'"item":"patient"'), source="b")


def test_twice_goes_back_by_two_steps(case: Case, tmp_path: Path) -> None:
    session = begun(case, tmp_path / "a.vsim")
    for _ in range(120):
        session.tick()
    session.close()
    names = []
    for number in range(3):
        session = taken_back(session, tmp_path / f"b-{number}.vsim", "tutorial")
        session.close()
        assert session.guide.step is not None
        names.append(session.guide.step.name)
    assert names == ["frontal", "oxygen", "antibiotic"]
    assert session.taken_back == 3


def test_what_was_held_when_a_step_began_is_let_go(case: Case, tmp_path: Path) -> None:
    session = begun(case, tmp_path / "a.vsim")
    for _ in range(120):
        session.tick()
    again = taken_back(session, tmp_path / "b.vsim", "tutorial")
    assert again.state.planes[0].pedal
    again.tick(hands_off(again.state))
    assert not again.state.planes[0].pedal


def test_a_session_that_has_begun_does_not_go_on_from_elsewhere(case: Case) -> None:
    session = new_session(case, "T-1")
    mark = session.mark()
    session.tick()
    with pytest.raises(ValueError, match="has begun"):
        session.go_on_from(mark, session)


def test_a_tutorial_that_was_broken_off_is_led_on(case: Case, tmp_path: Path) -> None:
    session = begun(case, tmp_path / "a.vsim")
    session.close()
    again = resumed(read(tmp_path / "a.vsim"), case, tmp_path / "b.vsim", begin_in("tutorial"))
    assert isinstance(again, GuidedSession)
    assert again.guide.seen.checked == set(ITEMS)
    assert again.guide.step is not None
    assert session.guide.step is not None
    assert again.guide.step.name == session.guide.step.name


def test_an_examination_has_no_guide(case: Case) -> None:
    assert type(begin_in("examination")(case, "T-1", None, {})) is Session  # type: ignore[arg-type]
    assert isinstance(begin_in("practice")(case, "T-1", None, {}), GuidedSession)  # type: ignore[arg-type]


def test_hints_are_recorded_counted_and_change_nothing(case: Case, tmp_path: Path) -> None:
    asked, quiet = new_session(case, "T-1", tmp_path / "a.vsim"), new_session(case, "T-1")
    for tick in range(60):
        asked.tick([c.AskHint("skin left")] if tick in (5, 7) else ())
        quiet.tick()
    assert digest_of(asked.state) == digest_of(quiet.state)
    for session in (asked, quiet):
        session.tick([c.EndProcedure()])
        session.close()
    recording = read(tmp_path / "a.vsim")
    assert verify(recording, case).result == "verified"
    found = measure_all(Evidence.of(recording))["hints_asked"]
    assert found.value == 2
    assert found.at_s == pytest.approx(5.0 / 60.0, abs=0.01)
    with pytest.raises(MalformedCommandError):
        command_of({"kind": "check_off", "item": "weather"})


def test_the_guide_of_a_replay_is_the_guide_of_the_session(case: Case, tmp_path: Path) -> None:
    """It follows from case, states and events alone."""
    session = begun(case, tmp_path / "a.vsim")
    other = guided_session(case, "T-2")
    for tick in range(session.state.tick):
        rows = [row for row in map(parse_row, session.recorder.lines) if row.get("tick") == tick]
        other.tick([command_of({k: v for k, v in row.items() if k not in ("row", "tick")}) for row in rows
                    if row["row"] == "command"])  # fmt: skip
    assert other.guide.at == session.guide.at
    assert replace(other.guide, case=case).seen.happened == session.guide.seen.happened
    assert Guide.of(case).at == 0


def parse_row(line: bytes) -> dict[str, object]:
    import json

    row: dict[str, object] = json.loads(line)
    return row


def test_files_are_numbered_on(tmp_path: Path) -> None:
    first = tmp_path / "case-T-1-001.vsim"
    assert next_to(first).name == "case-T-1-002.vsim"
    (tmp_path / "case-T-1-002.vsim").touch()
    assert next_to(first).name == "case-T-1-003.vsim"
    assert next_to(tmp_path / "mine.vsim").name == "mine-002.vsim"
