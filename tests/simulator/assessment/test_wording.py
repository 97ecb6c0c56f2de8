"""Every sentence that a score can hold has another language, found in the source of the metrics themselves."""

from __future__ import annotations

import ast
import re
from functools import partial
from pathlib import Path

import pytest

from scenarios import cases
from scenarios.sentences import sentences_of
from simulator.assessment import metrics
from simulator.assessment.dose_report import SkinDose
from simulator.assessment.dose_text import place_of
from simulator.assessment.key_frames import MOMENTS
from simulator.assessment.prognosis import Findings, expected
from simulator.assessment.score import band_of
from simulator.assessment.wording import told
from simulator.devices.ground import DESTINATIONS
from tests.german import english_in, pointed_in

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


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_of_a_prognosis_is_told(language: str) -> None:
    """Of patients with everything and nothing that moves a risk."""
    leaks = dict.fromkeys(("leak_canal_ml", "leak_foramen_ml", "leak_disc_ml"), 0.4)
    found = [
        Findings(),
        Findings(fill_percent=22.5, endplates_reached=2, t_score=-2.0, kyphoplasty=False, wedge_deg=14.0),
        Findings(fill_percent=12.5, endplates_reached=1, t_score=-4.1, cleft=True, tumour=True, leaks_ml=leaks),
        Findings(fill_percent=52.5, endplates_reached=0, fracture_age="healed"),
    ]
    items = [item for each in found for item in expected(each)]
    said = {text for i in items for text in (i.what, i.basis, i.source, *i.moved_by, i.because) if text}
    assert len(said) > 40
    untold = {text: told(text, language) for text in sorted(said) if not known(language).knows(text)}
    assert {text for text in untold if re.search("[a-z]{4}", text)} == set()
    assert {text: words for text in said if (words := english_in(told(text, language)))} == {}
    assert {text: numbers for text in said if (numbers := pointed_in(told(text, language)))} == {}


@pytest.mark.parametrize("language", OTHERS)
def test_every_note_and_limit_is_told(language: str) -> None:
    notes = [
        f"{side}, {what}"
        for side in ("left", "right")
        for what in ("medial", "lateral", "cranial", "caudal", "no direction", "entry", "exit")
    ]
    notes += [
        "grade B",
        "not above 0.25",
        "not below 2",
        "left side",
        "right side",
        "front",
        "back",
        *DESTINATIONS,
    ]
    notes += [place_of(SkinDose(peak_mgy=1.0, peak_at_mm=(9.0, 9.0, z), peak_side="front")) for z in (-5.0, 5.0)]
    notes += [f"{view}, {moment}" for view in ("frontal", "lateral") for _, moment in MOMENTS]
    assert [note for note in notes if not known(language).knows(note)] == []
    assert {note: words for note in notes if (words := english_in(told(note, language)))} == {}


def test_a_band_keeps_its_numbers() -> None:
    assert (
        told("all from 14 to 26, none below 6, none above 34", "de")
        == "alle von 14 bis 26, keine unter 6, keine über 34"
    )
    assert told("all up to 0.25, none above 1", "de") == "alle bis 0,25, keine über 1"
    assert (
        told("no lateral picture was taken at work", "de")
        == "bei der Arbeit wurde kein Bild der Ansicht „seitlich“ gemacht"
    )
    assert told("the recording is incomplete: it ends after 12 s without the end of the case", "de").endswith(
        "12 s ohne das Ende des Falls"
    )
