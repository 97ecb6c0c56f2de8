"""Own attempts: each recording is scored once, whatever lies in the folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from simulator.app.library import attempts as own
from simulator.app.library.attempts import Attempt, KnownScores, recordings, scored, standing
from simulator.assessment.score import score
from simulator.engine.recording import read

OLD = Path(__file__).parents[3] / "data" / "recordings" / "format-1.vsim"


def never() -> bool:
    return False


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole recording, one that was cut off, and what else may lie there."""
    kept = tmp_path / "recordings"
    kept.mkdir()
    shutil.copy(OLD, kept / "whole.vsim")
    (kept / "cut.vsim").write_bytes(OLD.read_bytes()[: OLD.stat().st_size // 2])
    edited = OLD.read_bytes().replace(b'"tick":60', b'"tick":61', 1)
    (kept / "edited.vsim").write_bytes(edited)
    (kept / "empty.vsim").write_bytes(b"")
    (kept / "garbage.vsim").write_bytes(bytes(range(256)) * 40)
    (kept / "folder.vsim").mkdir()
    return kept


def test_attempts_say_what_scoring_says_and_damaged_files_are_passed_over(folder: Path) -> None:
    found = {one.path.name: one for one in scored(recordings(folder), KnownScores(None), never)}
    assert found.keys() == {"whole.vsim", "cut.vsim"}
    report = score(read(OLD))
    whole = found["whole.vsim"]
    assert (whole.total, whole.passed, whole.case, whole.trainee) == (
        report.total, report.passed, report.case, report.trainee,
    )  # fmt: skip
    assert whole.complete
    assert (found["cut.vsim"].complete, found["cut.vsim"].total) == (False, None)


def test_a_file_is_scored_once(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache" / "scores.json"
    first = scored(recordings(folder), KnownScores(cache), never)
    counted: list[Path] = []
    scoring = own._scored
    monkeypatch.setattr(own, "_scored", lambda data, path: counted.append(path) or scoring(data, path))
    assert scored(recordings(folder), KnownScores(cache), never) == first
    assert counted == [], "damaged ones are known as well"
    shutil.copy(OLD, folder / "same again.vsim")
    assert len(scored(recordings(folder), KnownScores(cache), never)) == 3
    assert counted == [], "found by what is in a file, not by its name"
    (folder / "cut.vsim").write_bytes(OLD.read_bytes()[: OLD.stat().st_size // 3])
    scored(recordings(folder), KnownScores(cache), never)
    assert [path.name for path in counted] == ["cut.vsim"]


@pytest.mark.parametrize(
    "damage",
    [b"", b"[]", b"null", b'{"program": 1}', b'{"program": "P", "scores": []}',
     b'{"program": "P", "scores": {"D": {"case": 5}}}', b'{"program": "P", "scores": {"D": null}}', b"\xff\xfe"],
)  # fmt: skip
def test_a_damaged_cache_is_not_believed(damage: bytes, folder: Path, tmp_path: Path) -> None:
    cache, digest = tmp_path / "scores.json", own.hashlib.sha256(OLD.read_bytes()).hexdigest()
    cache.write_bytes(damage.replace(b"P", own.program().encode()).replace(b"D", digest.encode()))
    found = {one.path.name: one for one in scored(recordings(folder), KnownScores(cache), never)}
    assert found["whole.vsim"].total == score(read(OLD)).total


def test_scores_of_another_program_are_not_taken(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "scores.json"
    scored(recordings(folder), KnownScores(cache), never)
    kept = json.loads(cache.read_text())
    for facts in kept["scores"].values():
        facts.update({"total": 99.0} if facts else {})
    cache.write_text(json.dumps(kept))
    assert 99.0 in [one.total for one in scored(recordings(folder), KnownScores(cache), never)]
    cache.write_text(json.dumps(kept | {"program": "another"}))
    assert 99.0 not in [one.total for one in scored(recordings(folder), KnownScores(cache), never)]


def test_a_place_that_cannot_be_written_costs_nothing_but_time(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert scored(recordings(folder), KnownScores(tmp_path / "file" / "scores.json"), never)
    assert recordings(tmp_path / "nowhere") == []


def test_the_best_is_of_this_version_and_this_trainee() -> None:
    def one(total: float | None, **other: object) -> Attempt:
        facts = {
            "path": Path("x"), "at_s": 1.0, "case": "c", "case_version": "2", "trainee": "T", "mode": "practice",
            "complete": total is not None, "seconds": 60.0, "total": total, "passed": (total or 0) > 70,
        }  # fmt: skip
        return Attempt(**(facts | other))  # type: ignore[arg-type]

    found = [
        one(60.0),
        one(None, at_s=5.0),
        one(90.0, case_version="1"),
        one(95.0, trainee="U"),
        one(99.0, case="d"),
        one(98.0, mode="tutorial"),
    ]
    assert standing([*found, one(98.0, mode="tutorial")], "c", "2", "T").best == 60.0, "a guide has led there"
    stands = standing(found, "c", "2", "T")
    assert [a.total for a in stands.attempts] == [None, 60.0, 90.0, 98.0]
    assert (stands.best, stands.done, stands.passed, stands.last_s) == (60.0, True, False, 5.0)
    assert standing(found, "c", "1", "T").passed
    assert not standing([one(98.0, mode="tutorial")], "c", "2", "T").done
    assert standing([], "c", "2", "T").best is None
