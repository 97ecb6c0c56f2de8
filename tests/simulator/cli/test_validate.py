"""``validate``: what it prints, its exit codes, the file it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.cli import validate as command
from simulator.validation.target import Kind, Reading, Target
from tests.simulator.cli.conftest import Run


def target(number: str, got: float, kind: Kind = "exact", *, slow: bool = False) -> Target:
    return Target(number, "what", "1", kind, "us", lambda: (Reading("r", got, 0.9, 1.1),), slow=slow)


@pytest.fixture(autouse=True)
def targets(monkeypatch: pytest.MonkeyPatch) -> None:
    known = (target("V1", 1.0), target("V2", 2.0, "literature"), target("V3", 2.0, slow=True))
    monkeypatch.setattr(command, "TARGETS", known)


def test_a_failing_measurement_is_said_and_is_no_error(run: Run) -> None:
    said = run("validate", "--only", "V1", "--only", "v2")
    assert (said.code, said.err) == (0, "")
    assert "V2   what: fails" in said.out
    assert "V3" not in said.out


def test_exact_physics_that_fails_is_an_error(run: Run) -> None:
    assert run("validate").code == 1
    assert run("validate", "--quick").code == 0  # the third is slow


def test_forms_and_file(run: Run, tmp_path: Path) -> None:
    rows = json.loads(run("validate", "--format", "json").out)
    assert [row["number"] for row in rows] == ["V1", "V2", "V3"]
    file = tmp_path / "validation.md"
    said = run("validate", "--quick", "-o", file)
    assert (said.code, said.out) == (0, "")
    assert file.read_text().startswith("# Models against published numbers")


def test_mistakes(run: Run, tmp_path: Path) -> None:
    said = run("validate", "--only", "V9")
    assert (said.code, said.out) == (2, "")
    assert "there is no target V9; choose among V1, V2, V3" in said.err
    (tmp_path / "odd.json").write_text("[]")
    for place in (tmp_path / "none.json", tmp_path / "odd.json"):
        said = run("validate", "--format", "md", "--population", place)
        assert said.code == 2
        assert "is no population" in said.err
    said = run("validate", "--population", tmp_path)
    assert said.code == 2
    assert "holds no patients.jsonl" in said.err
    assert run("validate", "-o", tmp_path / "no" / "where.md").code == 2
