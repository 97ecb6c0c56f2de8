"""``scenario``: what it prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenarios import cases
from scenarios.loading import read_toml
from scenarios.schema import Scenario
from tests.simulator.cli.conftest import Run


def test_plain_list_is_one_case_a_line_id_first(run: Run) -> None:
    """For scripts: tab-separated, no colour, no frame, ids as they are given to other commands."""
    said = run("scenario", "list", "--format", "plain")
    assert (said.code, said.err) == (0, "")
    rows = [line.split("\t") for line in said.out.splitlines()]
    assert tuple(row[0] for row in rows) == cases.ids()
    assert all(len(row) == 6 for row in rows)
    assert "\x1b" not in said.out


def test_the_table_names_every_case(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """For people: a table; ids are not cut off, on a narrow terminal either."""
    monkeypatch.setenv("COLUMNS", "80")
    said = run("scenario", "list")
    assert (said.code, said.err) == (0, "")
    assert all(case_id in said.out for case_id in cases.ids())


@pytest.mark.parametrize("case_id", cases.ids())
def test_show_prints_a_scenario_that_reads_back(case_id: str, run: Run) -> None:
    """Standard output is a valid file that says the same."""
    said = run("scenario", "show", case_id)
    assert (said.code, said.err) == (0, "")
    assert read_toml(said.out, Scenario, source="shown") == cases.find(case_id)


def test_check_without_playing_reads_only(run: Run, tmp_path: Path) -> None:
    """Fast enough for an editor: the file is valid, or exit code 2."""
    said = run("scenario", "check", "vertebroplasty-t12", "--no-play")
    version = cases.find("vertebroplasty-t12").version
    assert (said.code, said.out, said.err) == (0, f"vertebroplasty-t12 {version}: the file is valid\n", "")
    bad = tmp_path / "bad.toml"
    bad.write_text("id = 3\n", encoding="utf-8")
    said = run("scenario", "check", bad, "--no-play")
    assert (said.code, said.out) == (2, "")
    good = tmp_path / "good.toml"
    good.write_text(cases.text_of("vertebroplasty-t12"), encoding="utf-8")
    assert run("scenario", "check", good, "--no-play").code == 0
    (tmp_path / "good.de.toml").write_text('version = "1"\ntitel = "Meiner"\n', encoding="utf-8")
    said = run("scenario", "check", good, "--no-play")
    assert (said.code, said.out) == (2, "")
    assert "good.de.toml:2" in said.err


@pytest.mark.parametrize("arguments", [[], ["--report"]])
def test_schemas_are_json(arguments: list[str], run: Run) -> None:
    """Nothing but a JSON Schema of an object on standard output."""
    said = run("scenario", "schema", *arguments)
    assert (said.code, said.err) == (0, "")
    schema = json.loads(said.out)
    assert schema["type"] == "object"
    assert ("rubric" in schema["properties"]) != bool(arguments)
