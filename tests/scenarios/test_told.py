"""What cases, metrics and gates say in another language: all, of the text that it is of, else English."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from scenarios import cases
from scenarios.schema import Briefing, Scenario
from scenarios.sentences import Sentences, texts_of
from scenarios.told import _shipped, amount, faults_beside, meaning, sentence, source, title, told
from scenarios.vocabulary import METRIC_NAMES

OTHERS = ("de",)
CASE = "kyphoplasty-l1-wedge"


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("case_id", cases.ids())
def test_every_case_that_ships_is_told_whole(case_id: str, language: str) -> None:
    scenario = cases.find(case_id)
    found = told(scenario, language)
    assert found.title != scenario.title
    assert found.summary != scenario.summary
    for name, english in scenario.briefing:
        assert bool(english) == bool(getattr(found.briefing, name)), name
        assert not english or getattr(found.briefing, name) != english, name
    translation, _ = _shipped(case_id, language)
    assert translation is not None
    assert translation.version == scenario.version
    assert told(scenario) == told(scenario, "en") == told(scenario, "tlh")


@pytest.mark.parametrize("language", OTHERS)
def test_every_metric_and_every_gate_that_ships_is_told(language: str) -> None:
    assert texts_of("scenarios", language)["metric"].keys() == {metric.name for metric in METRIC_NAMES}, (
        "all, and no other"
    )
    for metric in METRIC_NAMES:
        assert meaning(metric.name) == metric.meaning
        assert meaning(metric.name, language) != metric.meaning
        assert title(metric.name, language) != title(metric.name)
    rubrics = [cases.find(case_id).rubric for case_id in cases.ids()]
    sources = {criterion.source for rubric in rubrics for criterion in rubric.criteria}
    assert texts_of("scenarios", language)["title"].keys() == {metric.name for metric in METRIC_NAMES}
    assert texts_of("scenarios", language)["source"].keys() == sources - {""}
    assert all(source(one, language) != one == source(one) for one in sources if one)
    assert source("An instructor's own source.", language) == "An instructor's own source."
    whys = {gate.why for case_id in cases.ids() for gate in cases.find(case_id).rubric.gates}
    assert texts_of("scenarios", language)["sentence"].keys() == whys
    assert all(sentence(why, language) != why == sentence(why) for why in whys)
    assert sentence("A gate of an instructor's own.", language) == "A gate of an instructor's own."


def test_a_translation_is_no_case() -> None:
    folder = resources.files("scenarios").joinpath("library")
    names = {entry.name for entry in folder.iterdir() if entry.name.endswith(".toml")}
    assert {f"{case_id}.de.toml" for case_id in cases.ids()} == {n for n in names if cases.is_translation(n)}
    assert len(names) == 2 * len(cases.ids())


def test_a_text_that_was_changed_is_told_as_it_stands() -> None:
    """A copy of a case that ships, edited; and one of another version."""
    scenario = cases.find(CASE)
    edited = scenario.model_copy(
        update={"title": "My own", "briefing": scenario.briefing.model_copy(update={"history": "Another."})}
    )
    found = told(edited, "de")
    assert (found.title, found.briefing.history) == ("My own", "Another.")
    assert found.briefing.consent == told(scenario, "de").briefing.consent
    newer = scenario.model_copy(update={"version": "2"})
    assert told(newer, "de").briefing == newer.briefing


def test_a_translation_beside_an_own_case_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(cases.text_of(CASE).replace(f'id = "{CASE}"', 'id = "mine"'), encoding="utf-8")
    scenario = cases.find(str(path))
    assert told(scenario, "de", path).title == scenario.title
    beside = tmp_path / "mine.de.toml"
    beside.write_text('version = "1"\ntitle = "Meiner"\n', encoding="utf-8")
    found = told(scenario, "de", path)
    assert (found.title, found.summary) == ("Meiner", scenario.summary)
    assert faults_beside(path, scenario) == []
    beside.write_text('version = "1"\ntitel = "Meiner"\n', encoding="utf-8")
    assert told(scenario, "de", path).title == scenario.title, "a file with mistakes is none"
    (mistake,) = faults_beside(path, scenario)
    assert "mine.de.toml:2" in mistake
    assert "did you mean title?" in mistake
    beside.write_text('version = "7"\ntitle = "Meiner"\n', encoding="utf-8")
    assert told(scenario, "de", path).title == scenario.title, "nor is one of another version"
    (mistake,) = faults_beside(path, scenario)
    assert 'write version = "1"' in mistake


def test_languages_leave_the_scenario_alone() -> None:
    """What is played and recorded is the English one."""
    before = cases.find(CASE)
    told(before, "de")
    assert before == cases.find(CASE)
    assert isinstance(before, Scenario)
    assert isinstance(told(before, "de").briefing, Briefing)


def test_sentences_are_found_by_their_pattern() -> None:
    table = Sentences(
        {"all up to {high}, none above {x}": "bis {high}, ab {x} keine", "all up to {high}": "bis {high}"}
    )
    assert table.told("all up to 0.2, none above 1") == "bis 0.2, ab 1 keine"
    assert table.told("all up to 3") == "bis 3"
    assert not table.knows("all of it")


def test_amounts_are_written_as_people_write_them() -> None:
    assert amount(1.66, "Gy cm2", "de") == "1,66 Gy cm²"
    assert amount(3.0, "min", "de") == "3 Min."
    assert (amount(2.0, "count", "de"), amount(2.0, "count")) == ("2", "2")
    assert amount(0.4886, "ml", digits=3) == "0.489 ml"
    assert amount(-0.4886, "ml", "de", digits=3) == "−0,489 ml"
