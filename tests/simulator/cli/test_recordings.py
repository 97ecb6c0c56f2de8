"""``score``, ``verify`` and ``replay`` on real and damaged recordings: output, exit codes, clean channels."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.vocabulary import METRICS
from simulator.assessment import scene_3d
from tests.simulator.assessment.by_hand import event, exposed, recorded
from tests.simulator.cli.conftest import Run

Refused = Callable[..., str]


@pytest.fixture
def by_hand(tmp_path: Path) -> Path:
    """A recording of one picture, written by hand."""
    path = tmp_path / "one.vsim"
    path.write_bytes(recorded(exposed(60), duration_s=3.0, trainee="T-1"))
    return path


def test_score_as_text(short_session: Path, run: Run) -> None:
    """Case, trainee and verdict on the first line; every criterion with value, points and band."""
    said = run("score", short_session)
    assert (said.code, said.err) == (0, "")
    first, *lines = said.out.splitlines()
    assert first.startswith("kyphoplasty-l1-wedge")
    assert "T-042" in first
    assert "failed (pass mark" in first
    assert any("no cannula reached bone" in line for line in lines)


def test_score_as_json_is_nothing_but_json(short_session: Path, run: Run) -> None:
    """One recording gives an object, two give a list; identical bytes each time."""
    said = run("score", short_session, "--format", "json")
    report = json.loads(said.out)
    assert (said.code, said.err) == (0, "")
    assert (report["case"], report["trainee"], report["passed"]) == ("kyphoplasty-l1-wedge", "T-042", False)
    assert run("score", short_session, "--format", "json").out == said.out
    both = json.loads(run("score", short_session, short_session, "--format", "json").out)
    assert both == [report, report]


def test_score_as_csv_is_one_row_a_recording(short_session: Path, by_hand: Path, run: Run) -> None:
    """A header and two rows of equal length: identity, result, every metric (empty where not assessed)."""
    said = run("score", short_session, by_hand, "--format", "csv")
    assert (said.code, said.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [row["trainee"] for row in rows] == ["T-042", "T-1"]
    assert set(METRICS) < set(rows[0])
    assert [row["exposures"] for row in rows] == ["2.0", "1.0"]
    assert (rows[0]["entry_error_mm"], rows[0]["no_go_contacts"]) == ("", "0.0")
    assert None not in rows[0]
    assert len(rows[0]["recording_digest"]) == 64


def test_a_name_cannot_break_the_csv(tmp_path: Path, run: Run) -> None:
    """Commas, quotes and line ends in a trainee's name stay in one cell."""
    path = tmp_path / "odd.vsim"
    path.write_bytes(recorded(duration_s=1.0, trainee='Doe, "J"\nx'))
    (row,) = csv.DictReader(io.StringIO(run("score", path, "--format", "csv").out))
    assert row["trainee"] == 'Doe, "J"\nx'
    assert row["case"] == "kyphoplasty-l1-wedge"


def test_score_writes_to_a_file_and_keeps_output_clean(short_session: Path, run: Run, tmp_path: Path) -> None:
    """With --out the result goes there and a word about it to standard error."""
    out = tmp_path / "report.json"
    said = run("score", short_session, "--format", "json", "--out", out)
    assert (said.code, said.out) == (0, "")
    assert str(out) in said.err
    assert out.read_text(encoding="utf-8") == run("score", short_session, "--format", "json").out


@pytest.mark.parametrize("format_", ["text", "json", "csv"])
def test_score_to_a_place_that_cannot_be_written(
    format_: str, short_session: Path, refused: Refused, tmp_path: Path
) -> None:
    """A missing folder, or a folder in place of a file, is a mistake with a remedy."""
    for out in (tmp_path / "no folder" / "x", tmp_path):
        said = refused("score", short_session, "--format", format_, "--out", out)
        assert f"--out {out} cannot be written" in said
        assert "choose another place" in said


def test_one_bad_file_among_good_ones(short_session: Path, by_hand: Path, run: Run, tmp_path: Path) -> None:
    """Good recordings are scored, each bad one is named on standard error, and the exit code tells."""
    bad = tmp_path / "bad.vsim"
    bad.write_text("hello\n")
    said = run("score", short_session, bad, by_hand, "--format", "csv")
    assert said.code == 2
    assert [row["trainee"] for row in csv.DictReader(io.StringIO(said.out))] == ["T-042", "T-1"]
    assert "bad.vsim" in said.err
    assert "not a recording" in said.err
    assert "1 of 3 recordings could not be scored" in said.err
    assert "Traceback" not in said.err


def test_an_incomplete_recording_is_scored_without_total(broken_off: Path, run: Run) -> None:
    """It says how far it goes and why there is no total."""
    said = run("score", broken_off)
    assert said.code == 0
    assert "no total" in said.out
    assert "the recording is incomplete: it ends after 3 s" in said.out
    row = next(csv.DictReader(io.StringIO(run("score", broken_off, "--format", "csv").out)))
    assert (row["total"], row["complete"], row["passed"]) == ("", "False", "False")


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.999])
def test_a_truncated_recording_is_scored_or_explained(
    share: float, short_session: Path, run: Run, tmp_path: Path
) -> None:
    """A file cut anywhere is scored as incomplete up to its last seal, or refused in a sentence."""
    data = short_session.read_bytes()
    cut = tmp_path / "cut.vsim"
    cut.write_bytes(data[: int(share * len(data))])
    said = run("score", cut)
    assert "Traceback" not in said.err
    if said.code == 0:
        assert "the recording is incomplete" in said.out
    else:
        assert said.code == 2
        assert "cut.vsim" in said.err


HOSTILE = [
    event(60, "exposed"),
    event(60, "bone_entered", side="left"),
    event(60, "exposed", lateral_error_deg="x", frontal_error_deg=None, field_mm=3, visible_leak_mm2=[]),
    {"row": "trace", "tick": 60, "needle_left": 7},
    {"row": "trace", "tick": 60, "cement": "all of it"},
    {"row": "vitals", "tick": 60, "pain": "much"},
    {"row": "outcome", "tick": 60, "needle_left": {"level": "L1", "breach_mm": "deep"}},
    {"row": "outcome", "tick": 60, "reduction": {"anterior_height_now_mm": 1}},
    {"row": "command", "tick": 60, "kind": "set_pulse_rate"},
]


@pytest.mark.parametrize("row", HOSTILE, ids=range(len(HOSTILE)))
def test_rows_that_no_session_writes_are_refused(row: dict[str, object], refused: Refused, tmp_path: Path) -> None:
    """Properly sealed nonsense is named, not tripped over."""
    path = tmp_path / "hostile.vsim"
    path.write_bytes(recorded(row, duration_s=2.0))  # type: ignore[arg-type]
    said = refused("score", path)
    assert "hostile.vsim" in said


def test_verify_accepts_what_was_played(short_session: Path, broken_off: Path, coarse: None, run: Run) -> None:
    """Exit code 0; an incomplete recording is verified as far as it goes."""
    said = run("verify", short_session, broken_off)
    assert (said.code, said.err) == (0, "")
    first, second = said.out.splitlines()
    assert first == f"{short_session}: verified to the bit"
    assert second.endswith("verified to the bit, incomplete: the case was not ended (3 s)")


def test_verify_finds_an_edited_file(short_session: Path, coarse: None, run: Run, tmp_path: Path) -> None:
    """One number changed: exit code 1 and where it was; the seal gives it away without playing."""
    data = short_session.read_bytes()
    assert data.count(b'"kv":') == 2
    place = data.index(b'"kv":') + 5
    edited = tmp_path / "edited.vsim"
    edited.write_bytes(data[:place] + b"9" + data[place + 1 :])
    said = run("verify", edited)
    assert said.code == 1
    assert "edited: line" in said.out or "edited: the rows before line" in said.out
    assert "changed after it was recorded" in said.out


def test_verify_finds_what_was_never_played(coarse: None, run: Run, tmp_path: Path) -> None:
    """Sealed anew by somebody who knows how: playing the commands again tells. Exit code 1."""
    forged = tmp_path / "forged.vsim"
    forged.write_bytes(recorded(exposed(60), duration_s=2.0))
    said = run("verify", forged)
    assert said.code == 1
    assert "diverged" in said.out


def test_verify_cannot_read_everything(short_session: Path, coarse: None, run: Run, tmp_path: Path) -> None:
    """Exit code 2 for what is no recording, the worst of several; each file has its line, named once."""
    nothing = tmp_path / "nothing.vsim"
    said = run("verify", short_session, nothing)
    assert said.code == 2
    first, second = said.out.splitlines()
    assert "verified" in first
    assert second == f"{nothing}: unreadable: No such file or directory; is this the right path?"


def test_replay_draws_the_exposed_frames(short_session: Path, coarse: None, run: Run, tmp_path: Path) -> None:
    """One PNG a pulse, named by number and plane."""
    said = run("replay", short_session, "--frames", tmp_path / "frames")
    assert said.code == 0
    assert said.out.startswith("2 frames in ")
    assert sorted(p.name for p in (tmp_path / "frames").iterdir()) == ["0001-A.png", "0002-B.png"]


def test_replay_into_a_file_is_refused(short_session: Path, refused: Refused, tmp_path: Path) -> None:
    """A file in place of the folder is found out before the patient is built."""
    (tmp_path / "taken").write_text("x")
    assert "--frames" in refused("replay", short_session, "--frames", tmp_path / "taken")


def test_replay_in_a_window_opens_the_debrief(
    short_session: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the replay, also of a file that was changed, which is said; not of one that is none, nor with folders."""
    opened: list[Path | None] = []

    def open_desktop(_scenario: object, *, replay: Path | None = None) -> int:
        opened.append(replay)
        return 0

    monkeypatch.setattr("simulator.cli.recordings.open_desktop", open_desktop)
    assert run("replay", short_session, "--window").code == 0
    changed = tmp_path / "changed.vsim"
    changed.write_bytes(short_session.read_bytes().replace(b"T-042", b"T-043", 1))
    said = run("replay", changed, "--window")
    assert said.code == 0
    assert "changed after it was recorded" in said.err
    assert opened == [short_session, changed]
    assert run("replay", tmp_path / "missing.vsim", "--window").code == 2
    both = run("replay", short_session, "--window", "--frames", tmp_path / "frames")
    assert both.code == 2
    assert "leave one out" in both.err
    assert len(opened) == 2


def test_a_report_in_another_language(
    short_session: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is in the language that was asked for; what the program says is not."""
    monkeypatch.setattr(scene_3d, "picture", lambda *_: (None, "this test draws none"))
    for language, words in (("en", "not passed"), ("de", "nicht bestanden")):
        out = tmp_path / f"{language}.html"
        said = run("score", short_session, "--format", "html", "--language", language, "--out", out)
        assert (said.code, said.err) == (0, f"{out} written\n")
        assert (words in out.read_text(encoding="utf-8")) == (language == "de")
