"""The ideal picture, the expert, and earlier attempts."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simulator.app.debrief import expert
from simulator.app.debrief.attempts import attempts
from simulator.app.debrief.ideal import KINDS, Kind, ideal, nearest_picture
from simulator.app.debrief.marks import shots_of
from simulator.app.debrief.paths import paths, planned
from simulator.assessment.evidence import Evidence
from simulator.assessment.score import score
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.exposing import in_field, view_errors_deg
from simulator.engine.recording import Recording
from simulator.engine.session import Session, program_versions


@pytest.mark.parametrize("kind", KINDS)
def test_the_ideal_view_is_true_and_centred(case: Case, kind: Kind) -> None:
    state, plane = ideal(case, initial_state(case), kind)
    seen = case.view(state, plane)
    error = view_errors_deg(case, seen)[KINDS.index(kind)]
    assert error < 0.3
    centre = case.patient.landmarks[f"{case.patient.column.target} body centre"]
    rows, columns = seen.shape
    assert seen.project(centre) == pytest.approx([(rows - 1) / 2, (columns - 1) / 2], abs=1.0)
    assert in_field(case, seen, plane.pose.collimation(case.carm(plane.name)))


def test_the_nearest_picture_shows_the_target(short_recording: Recording) -> None:
    shots = shots_of(Evidence.of(short_recording))
    rows = [row for each in shots.values() for row in each if row["target_in_field"]]
    nearest = nearest_picture(shots, "lateral")
    assert nearest is not None
    assert nearest["lateral_error_deg"] == min(row["lateral_error_deg"] for row in rows)
    assert nearest_picture({"A": [{**row, "target_in_field": False} for row in shots["A"]]}, "lateral") is None


def test_ways_are_those_of_the_tips(short_recording: Recording, short_session: Session) -> None:
    evidence = Evidence.of(short_recording)
    (way,) = paths(evidence)
    needle = short_session.state.needle("left")
    assert needle is not None
    assert way.deepest_mm[1] == pytest.approx(needle.tip_mm, abs=0.01)
    assert np.linalg.norm(way.way_mm[-1] - needle.tip_mm) <= 0.5
    assert paths(evidence, until_s=1.0) == ()
    assert len(planned(evidence)) == 2


def act(session: Session, _skill: str, watch: Callable[[Session, list], None]) -> None:
    """An expert who has ended at once."""
    for _ in range(30):
        watch(session, session.tick())
    session.tick([c.EndProcedure()])


def test_the_expert_plays_once_and_is_kept(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expert, "perform", act)
    assert expert.kept(case) is None
    shares: list[float] = []
    made = expert.played(case, shares.append)
    assert shares
    assert made.complete
    monkeypatch.setattr(expert, "perform", None)
    assert expert.played(case, shares.append).digest == made.digest
    assert [path.suffix for path in expert.kept_at(case).parent.iterdir()] == [".vsim"]


def test_an_expert_of_another_program_is_not_taken(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expert, "perform", act)
    expert.played(case, lambda _share: None)
    assert expert.kept(case) is not None
    other = {**program_versions(), "numpy": "0.0"}
    monkeypatch.setattr(expert, "program_versions", lambda: other)
    assert expert.kept_at(case).exists()
    assert expert.kept(case) is None


def test_an_expert_that_was_given_up_leaves_nothing(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def enough(_share: float) -> None:
        raise InterruptedError

    monkeypatch.setattr(expert, "perform", act)
    with pytest.raises(InterruptedError):
        expert.played(case, enough)
    assert list(expert.kept_at(case).parent.iterdir()) == []


def test_earlier_attempts_in_order(short_file: Path, short_recording: Recording) -> None:
    data = short_file.read_bytes()
    for number, name in ((3, "third.vsim"), (2, "cut.vsim")):
        other = short_file.with_name(name)
        other.write_bytes(data if number == 3 else data[: data.rindex(b'{"row":"seal"')])
        os.utime(other, (number, number))
    os.utime(short_file, (1, 1))
    short_file.with_name("broken.vsim").write_bytes(data.replace(b"skin", b"skim"))
    short_file.with_name("rubbish.vsim").write_bytes(b"\n")
    case_id = short_recording.header["scenario_id"]
    found = attempts(short_file.parent, "T-042", case_id)
    assert [one.path.name for one in found] == [short_file.name, "cut.vsim", "third.vsim"]
    assert found[1].total is None
    report = score(short_recording)
    assert (found[0].total, found[0].passed) == (report.total, report.passed)
    assert found[0].minutes == pytest.approx(report.duration_s / 60.0)
    assert attempts(short_file.parent, "somebody else", case_id) == ()
    assert attempts(short_file.parent / "missing", "T-042", case_id) == ()
