"""Every sentence that a command can be refused with has another language, found in the source of the orders."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from scenarios.sentences import Sentences, sentences_of
from simulator.devices.instruments import DIAMETERS_MM, TOOLS, why_not_through
from simulator.engine import orders
from simulator.engine.wording import told

OTHERS = ("de",)
LEAST_WORDS = 4
"""A text of fewer words that an order returns is no sentence."""


def refusals_in(path: Path) -> set[str]:
    """Sentences that functions of a module return, with a figure in each place that is filled in."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Return) and node.value is not None:
            for inner in ast.walk(node.value):
                if isinstance(inner, ast.JoinedStr):
                    parts = [str(p.value) if isinstance(p, ast.Constant) else "3" for p in inner.values]
                    found.add("".join(parts))
                elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    found.add(inner.value)
    whole = {text for text in found if len(text.split()) >= LEAST_WORDS}
    return {text for text in whole if not any(text != other and text in other for other in whole)}


@pytest.mark.parametrize("language", OTHERS)
def test_every_refusal_of_the_orders_is_told(language: str) -> None:
    folder = Path(orders.__file__).parent
    said = set().union(*(refusals_in(path) for path in folder.glob("*.py")))
    assert len(said) > 70
    assert [words for words in sorted(said) if not sentences_of("simulator.engine", language).knows(words)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_tool_that_is_too_thick_is_told(language: str) -> None:
    thick = {why for tool in TOOLS for gauge in DIAMETERS_MM if (why := why_not_through(tool, gauge)) is not None}
    assert thick
    assert [words for words in sorted(thick) if not sentences_of("simulator.engine", language).knows(words)] == []


@pytest.mark.parametrize(
    ("english", "german"),
    [
        (
            "the left cannula is still moving; wait until it has come to rest",
            "die Kanüle links bewegt sich noch; warten, bis sie steht",
        ),
        (
            "no wire stands in the right cannula; insert one first",
            "in der Kanüle rechts ist nicht: Draht; zuerst einführen",
        ),
        ("this case has no right cannula; it has left", "dieser Fall hat keine Kanüle rechts, nur links"),
        ("something that no order says", "something that no order says"),
    ],
)
def test_what_stands_in_a_refusal_goes_over(english: str, german: str) -> None:
    assert told(english, "de") == german
    assert told(english) == english


def test_a_table_prefers_the_sentence_that_stands_first() -> None:
    table = Sentences({"the {a} is in; {b}": "1 {a} {b}", "the {a} is in": "2 {a}"})
    assert (table.told("the drill is in; stop"), table.told("the drill is in")) == ("1 drill stop", "2 drill")
