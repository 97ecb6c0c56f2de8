"""docs/validation.md is made by ``make validation``; here it is only held to be complete."""

from __future__ import annotations

import json
from pathlib import Path

from simulator.validation.document import line_of
from simulator.validation.targets import TARGETS

DOCS = Path(__file__).parents[2] / "docs"


def test_every_target_has_a_row() -> None:
    rows = (DOCS / "validation.md").read_text(encoding="utf-8").splitlines()
    for target in TARGETS:
        of_it = [row for row in rows if row.startswith(f"| {target.number} | ") and target.what in row]
        assert len(of_it) == 1, f"{target.number}: run make validation"


def test_the_populations_table_is_the_stored_one() -> None:
    text = (DOCS / "validation.md").read_text(encoding="utf-8")
    stored = DOCS / "population.json"
    if not stored.exists():
        assert "Not run for this document" in text
        return
    for line in (line_of(row) for row in json.loads(stored.read_text(encoding="utf-8"))["table"]):
        assert f"| {line.target} | {line.what} | {line.source} | {line.n} |" in text, "run make validation"
