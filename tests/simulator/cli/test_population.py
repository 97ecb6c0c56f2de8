"""``population``: what it prints, and what it says of mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.validation.population import running, storing
from simulator.validation.population.storing import Row
from tests.simulator.cli.conftest import Run


@pytest.fixture(autouse=True)
def untreated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is treated; the table has no lines then."""

    def row(seed: int, arms: tuple[str, ...]) -> Row:
        return {"seed": seed, "level": "T4", "untreatable": "no way in"}

    monkeypatch.setattr(running, "row_of", row)


def test_who_could_not_be_treated_is_said(run: Run, tmp_path: Path) -> None:
    arguments = ("population", "--out", tmp_path, "--patients", 2, "--first-seed", 7, "--workers", 1)
    said = run(*arguments)
    assert said.code == 0
    assert said.err.count("was left out: no way in") == 2
    parsed = json.loads(run(*arguments, "--format", "json").out)
    assert parsed["patients"] == 2
    assert [row["seed"] for row in parsed["untreatable"]] == [7, 8]


def test_mistakes(run: Run, tmp_path: Path) -> None:
    said = run("population", "--out", tmp_path / "p", "--arm", "none")
    assert said.code == 2
    assert "there is no arm none; choose among" in said.err
    (tmp_path / storing.ROWS).write_bytes(b"")
    said = run("population", "--out", tmp_path)
    assert said.code == 2
    assert said.out == ""
    assert "choose another --out" in said.err
