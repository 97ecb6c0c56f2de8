"""Every sentence that a score can hold has another language, found in the source of the metrics themselves."""

from __future__ import annotations

import ast
from functools import partial
from pathlib import Path

import pytest

from scenarios import cases
from scenarios.sentences import sentences_of
from simulator.assessment import metrics
from simulator.assessment.score import band_of
from simulator.assessment.wording import told

OTHERS = ("de",)
known = partial(sentences_of, "simulator.assessment")
SAYING = {"not_done", "no_occasion"}


def said_in(path: Path) -> set[str]:
    """Why-not sentences of a module: texts, names of texts, and f-strings with a word in each place."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
            (argument,) = node.args
            if isinstance(argument, ast.Constant):
                found.add(str(argument.value))
            elif isinstance(argument, ast.JoinedStr):
                parts = [str(p.value) if isinstance(p, ast.Constant) else "frontal" for p in argument.values]
                found.add("".join(parts))
            elif isinstance(argument, ast.Name) and argument.id in named:
                found.add(str(named[argument.id]))
            else:  # imported from another module of metrics, where it is found
                assert isinstance(argument, ast.Name), ast.dump(argument)
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_every_reason_of_a_metric_is_told(language: str) -> None:
    folder = Path(metrics.__file__).parent
    said = set().union(*(said_in(path) for path in folder.glob("*.py") if path.name != "measurement.py"))
    assert len(said) >= 18
    assert [words for words in sorted(said) if not known(language).knows(words)] == []
    assert all(told(words, language) != words == told(words) for words in said)


@pytest.mark.parametrize("language", OTHERS)
def test_every_band_of_the_library_is_told(language: str) -> None:
    bands = {band_of(criterion) for case in cases.ids() for criterion in cases.find(case).rubric.criteria}
    assert len(bands) > 15
    assert [band for band in sorted(bands) if not known(language).knows(band)] == []
    assert not any("none" in told(band, language) or "all" in told(band, language).split() for band in bands)


def test_a_band_keeps_its_numbers() -> None:
    assert (
        told("all from 14 to 26, none below 6, none above 34", "de")
        == "alle von 14 bis 26, keine unter 6, keine über 34"
    )
    assert (
        told("no lateral picture was taken at work", "de")
        == "bei der Arbeit wurde kein Bild der Ansicht „seitlich“ gemacht"
    )
    assert told("the recording is incomplete: it ends after 12 s without the end of the case", "de").endswith(
        "12 s ohne das Ende des Falls"
    )
