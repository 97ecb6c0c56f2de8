"""Verdicts, tables and the document."""

from __future__ import annotations

import json
import math

import pytest

from simulator.validation import judging
from simulator.validation.document import document, line_of
from simulator.validation.judging import Result, measured
from simulator.validation.population import tallying
from simulator.validation.target import Kind, Reading, Target


def target(number: str, *readings: Reading, kind: Kind = "exact", note: str = "") -> Target:
    return Target(number, "something | odd", "about 1", kind, "somebody 1999", lambda: readings, note=note)


def broken() -> tuple[Reading, ...]:
    raise ValueError("no room")


GOOD = Reading("a", 1.0, 0.9, 1.1, "mm")
BAD = Reading("b", 1.2, 0.9, 1.1)
NONE = Reading("c", math.nan, 0.0, math.inf)


@pytest.fixture
def results() -> list[Result]:
    return measured(
        [
            target("V1", GOOD),
            target("V2", GOOD, BAD, kind="literature", note="Fitted to a."),
            target("V3", NONE),
            Target("V4", "what", "1", "exact", "us", broken, unconfirmed=("x",)),
            target("V5"),
        ]
    )


def test_verdicts(results: list[Result]) -> None:
    assert [r.verdict for r in results] == [
        "holds", "fails", "fails", "could not be measured", "could not be measured",
    ]  # fmt: skip
    assert [r.weighs for r in results] == [False, False, True, True, True]
    assert results[3].problem == "ValueError: no room"


def test_progress_is_told() -> None:
    told: list[tuple[str, float]] = []
    measured([target("V1", GOOD), target("V2", GOOD)], lambda what, share: told.append((what, share)))
    assert [share for _, share in told] == [0.0, 0.5]


def test_text_marks_what_is_outside(results: list[Result]) -> None:
    text = judging.as_text(results)
    assert sum(line.startswith("     !") for line in text.splitlines()) == 2
    assert "ValueError: no room" in text
    assert judging.summary(results) == "1 of 4 exact targets hold; 0 of 1 literature targets hold"


def test_json_has_no_numbers_that_are_none(results: list[Result]) -> None:
    rows = json.loads(json.dumps(judging.as_json(results), allow_nan=False))
    assert [row["verdict"] for row in rows] == [r.verdict for r in results]
    assert rows[2]["readings"][0] == {
        "what": "c", "got": None, "low": 0.0, "high": None, "unit": "", "holds": False,
    }  # fmt: skip


def test_markdown_has_one_row_a_target(results: list[Result]) -> None:
    text = judging.as_markdown(results)
    rows = [line for line in text.splitlines() if line.startswith("| V")]
    assert len(rows) == len(results)
    assert all(row.replace("\\|", "").count("|") == 6 for row in rows)
    assert "a: 1 mm, accepted 0.9 to 1.1 mm<br>b: 1.2, accepted 0.9 to 1.1 (outside) | **fails** |" in text
    assert "- **V2**: Fitted to a." in text
    assert "- **V4**: Rests on unconfirmed presets: x." in text


def test_the_document_takes_a_population_as_it_was_printed(results: list[Result]) -> None:
    lines = [
        tallying.Line("V9", "disc", 50, 45.0, 32.0, 58.7, "%", (33.0, 57.0), "Martin 2012"),
        tallying.Line("V8", "ratio", 50, math.nan, math.nan, math.nan, "", (0.0, math.inf), "meta"),
    ]
    printed = {
        "patients": 51, "first_seed": 100000, "untreatable": [{"seed": 1, "why": "no way"}],
        "table": json.loads(json.dumps(tallying.as_json(lines))),
    }  # fmt: skip
    assert line_of(printed["table"][0]) == lines[0]  # type: ignore[index]
    text = document(results, printed)
    assert "51 random patients, seeds from 100000" in text
    assert "1 of them could not be treated" in text
    assert "| V9 | disc | Martin 2012 | 50 | 45 (32 to 58.7) % | 33 to 57 % | in the band |" in text
    assert "| V8 | ratio | meta | 50 | nan (nan to nan) | 0 to inf | too few |" in text
    assert "Not run for this document" in document(results, None)
