"""Every language says everything."""

from __future__ import annotations

import dataclasses
import re
import string
from pathlib import Path
from typing import get_args

import pytest
from PySide6 import QtCore, QtWidgets
from pytestqt.qtbot import QtBot

from simulator.app import qt_words
from simulator.app.hands.actions import ACTIONS
from simulator.app.wording import LANGUAGES, Wording, texts_of
from simulator.engine.events import Event


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_texts(language: str) -> None:
    first, other = texts_of("en"), texts_of(language)
    assert first.keys() == other.keys()
    assert {key: placeholders(text) for key, text in first.items()} == {
        key: placeholders(text) for key, text in other.items()
    }
    assert all(text.strip() for text in other.values())


def test_another_language_is_another_one() -> None:
    """A forgotten translation stands out: only names and numbers are the same in both."""
    first, other = texts_of("en"), texts_of("de")
    names = ("key.", "action.", "readout.", "monitor.", "value.", "prior.")
    same = [key for key in first if first[key] == other[key] and not key.startswith(names)]
    same_words = {
        "group.patient",
        "scored.patient",
        "report_chart.sagittal",
        "event.vitals_alarm",
        "pad.title",
        "pad.start",
        "settings.pad",
    }
    assert set(same) <= same_words


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.name)
def test_every_action_has_label_and_tooltip(action: object) -> None:
    say = Wording()
    assert say.has(f"action.{action.name}")  # type: ignore[attr-defined]
    assert say.has(f"tip.{action.name}")  # type: ignore[attr-defined]


def test_sentences_about_events_use_fields_that_they_have() -> None:
    fields = {
        one.__dataclass_fields__["kind"].default: {f.name for f in dataclasses.fields(one)}
        for one in get_args(Event)
    }
    said = {key.partition(".")[2]: text for key, text in texts_of("en").items() if key.startswith("event.")}
    assert said
    for kind, text in said.items():
        assert placeholders(text) <= fields[kind], kind


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(ValueError, match=r"'tlh'.*en, de"):
        Wording("tlh")


def test_a_missing_text_raises() -> None:
    with pytest.raises(KeyError):
        Wording()("room.no_such_text")


def test_the_key_card_names_every_key() -> None:
    card = (
        (Path(__file__).parents[3] / "docs" / "trainee.md").read_text(encoding="utf-8").partition("## Key card")[2]
    )
    say = Wording()
    wanted = {say.key(action.key).replace("⇧", "Shift+") for action in ACTIONS}
    rows = [line.split("|")[1] for line in card.splitlines() if line.startswith("| `")]
    named = [key for row in rows for key in re.findall(r"`([^`]+)`", row)]
    assert set(named) == wanted, "all keys, and none that does nothing"
    assert len(named) == len(set(named)), "each once"


def test_qt_speaks_the_language_too(qtbot: QtBot) -> None:
    """Buttons of its messages, and numbers that it writes."""
    try:
        assert qt_words.speak("de")
        box = QtWidgets.QMessageBox()
        qtbot.addWidget(box)
        box.setStandardButtons(QtWidgets.QMessageBox.StandardButton.Cancel)
        assert box.buttons()[0].text() == "Abbrechen"
        assert QtCore.QLocale().toString(2.5) == "2,5"
    finally:
        qt_words.speak("en")
    assert QtCore.QLocale().toString(2.5) == "2.5"


@pytest.mark.parametrize(
    ("shown", "german"), [("left", "links"), ("2.4 / 3.0 ml", "2,4 / 3,0 ml"), ("drill 1.6", "Bohrer 1,6 mm")]
)
def test_what_instruments_show_is_german(shown: str, german: str) -> None:
    assert Wording("de").value(shown) == german


def test_numbers_in_sentences_have_the_language_s_mark() -> None:
    assert Wording("de")("event.injector_loaded", injector="x", volume_ml=2.25) == "Bereit: x, 2,2 ml."
    assert Wording("en")("event.injector_loaded", injector="x", volume_ml=2.25) == "Ready: x, 2.2 ml."
    assert Wording("de")("export.written", names="case-1.2.toml") == "Geschrieben: case-1.2.toml"
