"""German windows tell cases, lines of the score and gates in German; what is recorded stays as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6 import QtCore, QtWidgets
from pytestqt.qtbot import QtBot

from scenarios import cases
from scenarios.told import meaning, told
from scenarios.vocabulary import METRIC_MEANINGS
from simulator.app.debrief import replay_page
from simulator.app.debrief.opening import opened
from simulator.app.debrief.score_page import ScorePage
from simulator.app.debrief.window import Debrief
from simulator.app.desktop import Desktop
from simulator.app.guide.guide import Guide
from simulator.app.guide.words import Words
from simulator.app.library.briefing import briefing_html, counting_html
from simulator.app.library.cards import Card, Wanted, shown
from simulator.app.library.own_cases import own_cases, shipped
from simulator.app.sessions.player import Update
from simulator.app.settings import Settings
from simulator.app.wording import Wording
from simulator.devices.balloon import Balloon
from simulator.engine.case import Case, initial_state
from tests.german import english_in, pointed_in
from tests.simulator.app.said import said_by

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


SAME = {
    "Deutsch", "English", "Axial", "Sagittal", "Gamepad", "Start", "Enter", "Orbital", "Patient", "Monitor",
    "Filter", "Zoom", "Iris", "Pedal A", "Pedal B", "Rate", "Pause", "etCO2", "PATIENT", "SpO2 %",
    "kyphoplasty-l1-wedge", "Orbital −", "Orbital +", "HF", "vertebrosim",
}  # fmt: skip
"""Words that are the same in both languages."""
KEY_BESIDE = re.compile(r" \[[^\]]+\]$|^PATIENT: ")


def in_both(desktop: Desktop, open_windows: Callable[[Wording], list[QtWidgets.QWidget]]) -> dict[str, set[str]]:
    """What windows say in each language."""
    found = {}
    for language in ("en", "de"):
        if desktop.comfort.window is not None:
            desktop.comfort.window.close()
        desktop._remember(replace(desktop.settings, language=language))
        found[language] = set().union(*(said_by(window) for window in open_windows(Wording(language))))
    return found


def not_german(found: dict[str, set[str]]) -> dict[str, list[str]]:
    """What is wrong with the German texts, text by text."""
    plain = {text: KEY_BESIDE.sub("", text) for text in found["de"]}
    wrong = {text: english_in(words) + pointed_in(words) for text, words in plain.items()}
    for text in found["de"] & found["en"]:
        if re.search("[A-Za-z]{4}", plain[text]) and plain[text] not in SAME:
            wrong[text] = ["the same in English"]
    return {text: words for text, words in wrong.items() if words}


def test_library_and_settings_say_nothing_in_english(desktop: Desktop, qtbot: QtBot) -> None:
    def both(_say: Wording) -> list[QtWidgets.QWidget]:
        library = desktop.open_library()
        return [library, desktop.comfort.open_settings(library)]

    found = in_both(desktop, both)
    assert {"Schließen", "Vorbesprechung"} <= found["de"]
    assert len(found["de"]) > 300
    assert not_german(found) == {}


def test_the_room_says_nothing_in_english(desktop: Desktop, qtbot: QtBot, case: Case) -> None:
    """With a balloon that holds 1.5 ml, cement at work, and read-outs that have decimals."""
    assert case.balloon is not None
    here = (0.0, 0.0, 0.0)
    balloon = Balloon("left", case.balloon, here, here, wanted_ml=1.5, volume_ml=1.5, pressure_kpa=250.0)
    state = replace(initial_state(case), balloons=(balloon, None), reference_kerma_mgy=5.75)

    def room(say: Wording) -> list[QtWidgets.QWidget]:
        room = desktop.open_room(told(case.scenario, say.language).title, "practice")
        room.follow(case, Update(state))
        room.tell(say.told("1.5 pulses/s are not offered; choose one of 1, 3.75, 7.5"))
        return [room]

    found = in_both(desktop, room)
    assert len(found["de"]) > 200
    assert {"1,5 ml", "5,8 mGy", "2,5 bar, 250 kPa"} <= found["de"]
    assert {"1.5 ml", "5.8 mGy"} <= found["en"]
    assert not_german(found) == {}


def test_the_debrief_says_nothing_in_english(
    desktop: Desktop, qapp: QtWidgets.QApplication, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_page, "can_draw", lambda: False)
    windows: list[Debrief] = []

    def debrief(say: Wording) -> list[QtWidgets.QWidget]:
        windows.append(Debrief(OLD, case, None, Settings(language=say.language)))
        return [windows[-1]]

    found = in_both(desktop, debrief)
    for window in windows:
        window.close()
        window.deleteLater()
    qapp.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
    found = {language: {text for text in said if str(OLD) not in text} for language, said in found.items()}
    assert len(found["de"]) > 100
    assert any("Voreinstellung des Projekts" in text for text in found["de"]), "sources, in tooltips"
    assert not_german(found) == {}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "keine ganze Zeile; das ist keine Aufzeichnung (.vsim)"),
        (b"no recording\n", "die erste Zeile ist kein Kopf; das ist keine Aufzeichnung (.vsim)"),
        (b'{"row":"header","format":9}\n', "das Format 9 kennt diese Version nicht; sie liest Format 1"),
        (b'{"row":"header","format":1}\n', "im Kopf fehlt ein richtiger Eintrag scenario_toml"),
        (None, "diese Datei gibt es nicht; stimmt der Pfad?"),
    ],
)
def test_why_a_recording_cannot_be_read_is_told(
    data: bytes | None, why: str, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "it.vsim"
    if data is not None:
        path.write_bytes(data)
    page = ScorePage(GERMAN, opened(path))
    qtbot.addWidget(page)
    assert page.remarks.text() == f"Diese Aufzeichnung ist nicht lesbar: {why}."


@pytest.mark.parametrize(
    "difference",
    [
        "the patient built from the scenario is not the recorded one",
        "at 3.25 s: recorded is event exposed, played is trace",
        "at 3.25 s: event exposed was recorded but not played",
        "at 3.25 s: trace has needle_left = 1.5 recorded, 1.6 played",
        "in the header: seed = 1 recorded, 2 played",
    ],
)
def test_where_a_replay_goes_apart_is_told(difference: str) -> None:
    german = GERMAN.told(difference)
    assert german != difference
    assert (english_in(german), pointed_in(german)) == ([], [])


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
