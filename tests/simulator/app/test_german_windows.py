"""German windows tell cases, lines of the score and gates in German; what is recorded stays as it is."""

from __future__ import annotations

from pathlib import Path

from PySide6 import QtWidgets
from pytestqt.qtbot import QtBot

from scenarios import cases
from scenarios.told import meaning
from scenarios.vocabulary import METRIC_MEANINGS
from simulator.app.debrief.opening import opened
from simulator.app.debrief.score_page import ScorePage
from simulator.app.guide.guide import Guide
from simulator.app.guide.words import Words
from simulator.app.library.briefing import briefing_html, counting_html
from simulator.app.library.cards import Card, Wanted, shown
from simulator.app.library.own_cases import own_cases, shipped
from simulator.app.wording import Wording
from simulator.engine.case import Case

OLD = Path(__file__).parents[2] / "data" / "recordings" / "format-1.vsim"
GERMAN = Wording("de")


def test_cards_and_briefings_are_german_and_found_in_both_languages() -> None:
    cards = [Card(one, language="de") for one in shipped()]
    for card in cards:
        scenario = card.file.scenario
        assert scenario is not None
        page = briefing_html(GERMAN, card) + counting_html(GERMAN, scenario)
        for english in (
            scenario.title,
            scenario.summary,
            scenario.rubric.gates[0].why,
            METRIC_MEANINGS["leak_ml"],
        ):
            assert english not in page
        assert card.title in page
        assert meaning("leak_ml", "de") in page
    for words in ("lytische metastase", "lytic metastasis"):
        (found,) = shown(cards, Wanted(words=words), GERMAN)
        assert found.file.key == "vertebroplasty-l3-metastasis"


def test_the_time_out_says_the_images_in_german(case: Case) -> None:
    items = Words(GERMAN, {}).items(case, Guide.of(case).seen)
    assert any("Ödem in L1" in words for _, words in items)


def test_the_debrief_is_german_and_the_score_the_same(qtbot: QtBot) -> None:
    found = opened(OLD)
    pages = [ScorePage(Wording(language), found) for language in ("en", "de")]
    for page in pages:
        qtbot.addWidget(page)
    english, german = (texts(page.table) for page in pages)
    assert len(english) == len(german) > 10
    assert not english & german - {""} - numbers(english)
    assert found.report is not None
    assert found.report == opened(OLD).report


def texts(table: QtWidgets.QTableWidget) -> set[str]:
    """What stands in a table, but for its times."""
    items = [table.item(row, column) for row in range(table.rowCount()) for column in range(5)]
    return {item.text() for item in items if item is not None}


def numbers(found: set[str]) -> set[str]:
    """Texts without a word of more than a unit's length."""
    return {text for text in found if not any(len(word) > 4 and word.isalpha() for word in text.split())}


def test_translations_are_not_listed_as_cases(tmp_path: Path) -> None:
    text = cases.text_of("vertebroplasty-t12")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    (tmp_path / "mine.de.toml").write_text('version = "1"\ntitle = "Meiner"\n', encoding="utf-8")
    (one,) = own_cases(tmp_path)
    assert Card(one, language="de").title == "Meiner"
    assert Card(one).title == "Vertebroplasty of T12 with one mobile C-arm"
