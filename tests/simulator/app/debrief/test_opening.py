"""Whatever is wrong with a recording, its debrief opens with what can be trusted and says what cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.app.debrief import opening
from simulator.app.debrief.opening import opened
from simulator.app.wording import LANGUAGES, Wording
from simulator.engine.recording import Recording
from tests.simulator.app.debrief.conftest import LAST

OLD = Path(__file__).parents[4] / "tests" / "data" / "recordings" / "format-1.vsim"


def keys(path: Path) -> list[str]:
    """What is said, after it could be said in every language."""
    remarks = opened(path).remarks
    for language in LANGUAGES:
        for remark in remarks:
            assert Wording(language)(f"debrief.{remark.key}", **remark.values)
    return [remark.key for remark in remarks]


def test_a_whole_recording_needs_no_remark(short_file: Path) -> None:
    found = opened(short_file)
    assert found.remarks == ()
    assert found.report is not None
    assert found.report.complete


def test_a_recording_that_was_cut_off_is_shown_until_then(short_file: Path) -> None:
    data = short_file.read_bytes()
    short_file.write_bytes(data[: data.rindex(b'{"row":"seal"')])
    assert keys(short_file) == ["incomplete"]
    found = opened(short_file)
    assert found.report is not None
    assert found.report.total is None


def test_a_changed_recording_is_shown_before_the_change(short_file: Path) -> None:
    lines = short_file.read_bytes().split(b"\n")
    at = next(n for n, line in enumerate(lines) if b'"skin_punctured"' in line)
    lines[at] = lines[at].replace(b'"left"', b'"right"')
    short_file.write_bytes(b"\n".join(lines))
    assert keys(short_file) == ["edited"]
    found = opened(short_file)
    assert found.recording is not None
    assert 0 < found.recording.last_tick < LAST
    assert found.report is not None
    assert found.report.total is None
    assert not [row for row in found.recording.of_kind("event") if row["kind"] == "skin_punctured"]


def test_a_recording_changed_from_its_beginning_shows_nothing(short_file: Path) -> None:
    short_file.write_bytes(short_file.read_bytes().replace(b'"T-042"', b'"T-043"', 1))
    assert keys(short_file) == ["edited_wholly"]
    assert opened(short_file).recording is None


@pytest.mark.parametrize("data", [b"", b"no recording\n", b"\x00" * 2000])
def test_what_is_no_recording_is_said_to_be_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "it.vsim"
    path.write_bytes(data)
    assert keys(path) == ["unreadable"]
    assert keys(tmp_path / "missing.vsim") == ["unreadable"]


def test_another_programs_recording_is_shown_with_a_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "program_versions", lambda: {"vertebrosim": "99.0"})
    assert keys(OLD) == ["other_program"]
    assert opened(OLD).report is not None


def test_a_scenario_that_is_none_leaves_no_score(short_recording: Recording, tmp_path: Path) -> None:
    from simulator.engine.recording import Recorder

    header = {k: v for k, v in short_recording.header.items() if k not in ("row", "format")}
    path = tmp_path / "other.vsim"
    recorder = Recorder(json.loads(json.dumps({**header, "scenario_toml": "nothing = 1"})), path)
    recorder.seal(0, "0")
    recorder.close()
    assert "no_score" in keys(path)
    assert opened(path).report is None
