"""The settings window by clicks and keys: changes are told at once, keys bound, conflicts named, cards written."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6 import QtCore, QtWidgets
from pytestqt.qtbot import QtBot

from simulator.app import theme
from simulator.app.hands.actions import ACTIONS, keys_by_action
from simulator.app.hands.gamepad import CONTROLS, Pad
from simulator.app.hands.pad_rebinding import pad_bound
from simulator.app.settings import Settings
from simulator.app.settings_window.key_card import card_html, write_card
from simulator.app.settings_window.keys_page import KeyCatcher
from simulator.app.settings_window.window import PAGES, SettingsWindow
from simulator.app.wording import LANGUAGES, Wording

KEY, MOD = QtCore.Qt.Key, QtCore.Qt.KeyboardModifier
LEFT = QtCore.Qt.MouseButton.LeftButton


class StillPads:
    """A gamepad that is there or not, and what is pressed on it."""

    def __init__(self, name: str, failed: str) -> None:
        self.name, self.failed, self.said = name, failed, Pad()

    def probe(self) -> bool:
        return bool(self.name)

    def read(self) -> Pad | None:
        return self.said if self.name else None


def opened(
    qtbot: QtBot, settings: Settings, page: str = "general", **why: str
) -> tuple[SettingsWindow, list[Settings]]:
    """The window at a page, and what it tells."""
    pads = StillPads(why.get("pad", ""), why.get("no_pads", ""))
    window = SettingsWindow(settings, lambda: why.get("sound", ""), pads)  # type: ignore[arg-type]
    qtbot.addWidget(window)
    told: list[Settings] = []
    window.changed.connect(told.append)
    window.show_page(page)
    window.show()
    return window, told


def test_each_change_is_told(qtbot: QtBot) -> None:
    window, told = opened(qtbot, Settings(trainee="T-1"))
    window.languages.setCurrentIndex(1)
    window.languages.activated.emit(1)
    window.text_scale.setValue(150)
    qtbot.waitUntil(lambda: window.settings.text_scale == 1.5, timeout=3000)
    window.room_view.click()
    window.pixels.setCurrentIndex(1)
    window.pixels.activated.emit(1)
    window.volume.setValue(35)
    window.muted.click()
    window.pad.gamepad.click()
    wanted = Settings(
        trainee="T-1", language="de", text_scale=1.5, room_view=True, whole_pixels=True, volume=0.35, muted=True,
        gamepad=False,
    )  # fmt: skip
    assert told[-1] == wanted
    assert len(told) == 7, "the text grows once, when the slider rests"


def test_what_is_missing_is_said(qtbot: QtBot) -> None:
    window, _ = opened(qtbot, Settings(), "sound", sound="no audio device", no_pads="no SDL")
    assert "no audio device" in window.sound_state.text()
    assert "no SDL" in window.pad.state.text()
    window, _ = opened(qtbot, Settings(), "pad", pad="Wireless Controller")
    assert "Wireless Controller" in window.pad.state.text()


def catcher_of(window: SettingsWindow) -> KeyCatcher:
    """The dialog that waits for a key."""
    return window.keys.findChildren(KeyCatcher)[-1]


def test_a_free_key_is_bound_at_once(qtbot: QtBot) -> None:
    window, told = opened(qtbot, Settings(), "keys")
    window.keys.choose("advance")
    qtbot.mouseClick(window.keys.bind_button, LEFT)
    catcher = catcher_of(window)
    qtbot.keyClick(catcher, KEY.Key_Shift)
    assert not told, "a modifier alone is no key"
    qtbot.keyClick(catcher, KEY.Key_F13)
    assert told[-1].keys == {"advance": "F13"}
    assert "F13 *" in [window.keys.table.item(row, 2).text() for row in range(len(ACTIONS))]
    qtbot.mouseClick(window.keys.reset_button, LEFT)
    assert told[-1] == Settings()


@pytest.mark.parametrize("key", [KEY.Key_Space, KEY.Key_Tab, KEY.Key_Return])
def test_a_conflict_is_named_and_decided(qtbot: QtBot, key: QtCore.Qt.Key) -> None:
    """Also with keys that would press a button or go to the next one."""
    window, told = opened(qtbot, Settings(), "keys")
    window.keys.choose("stylet")
    window.keys.bind()
    catcher = catcher_of(window)
    qtbot.keyClick(catcher, key)
    name = {KEY.Key_Space: "pedal_a", KEY.Key_Tab: "other_side", KEY.Key_Return: "puncture"}[key]
    assert Wording()(f"action.{name}") in catcher.told.text()
    assert not told
    qtbot.mouseClick(catcher.take, LEFT)
    assert keys_by_action(told[-1].bound)[name] == ""
    assert Wording()(f"action.{name}") in window.keys.told.text()


def test_escape_changes_nothing(qtbot: QtBot) -> None:
    window, told = opened(qtbot, Settings(), "keys")
    window.keys.choose("stylet")
    window.keys.bind()
    catcher = catcher_of(window)
    qtbot.keyClick(catcher, KEY.Key_Space)
    qtbot.keyClick(catcher, KEY.Key_Escape)
    assert not told
    assert not catcher.isVisible()


def test_the_left_hander_s_layout_and_the_search(qtbot: QtBot) -> None:
    window, told = opened(qtbot, Settings(), "keys")
    window.keys.layouts.setCurrentIndex(1)
    window.keys.layouts.activated.emit(1)
    assert told[-1].layout == "left"
    row = next(row for row, action in enumerate(ACTIONS) if action.name == "orbital_down")
    assert window.keys.table.item(row, 2).text() == "J"
    window.keys.search.setText("mallet")
    shown = [row for row in range(len(ACTIONS)) if not window.keys.table.isRowHidden(row)]
    assert "mallet" in {ACTIONS[row].name for row in shown}
    assert len(shown) < 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_has_every_key_that_is_bound(language: str, tmp_path: Path) -> None:
    say, bound = Wording(language), Settings(layout="left", keys={"advance": "F13", "stylet": ""}).bound
    pad = pad_bound(Settings(pad_buttons={"guide": "latch", "x": ""}))
    html = card_html(say, bound, pad)
    for name, key in keys_by_action(bound).items():
        if key:
            assert f">{say.key(key)}</td><td>".replace("&", "&amp;") in html, name
    assert f"{say('pad.guide')}</td><td>{say('action.latch')}<" in html
    assert f"{say('pad.x')}</td>" not in html
    assert html.count("<tr><td class=key>") >= len(ACTIONS) - 1
    write_card(tmp_path / "card.pdf", say, bound, pad)
    assert (tmp_path / "card.pdf").read_bytes().startswith(b"%PDF")
    write_card(tmp_path / "card.html", say, bound, pad)
    assert (tmp_path / "card.html").read_text(encoding="utf-8") == html


def test_a_gamepad_s_button_is_chosen_by_pressing_it_and_bound(qtbot: QtBot) -> None:
    window, told = opened(qtbot, Settings(), "pad", pad="Fake")
    window.activateWindow()
    qtbot.waitUntil(lambda: QtWidgets.QApplication.activeWindow() is window)
    pads, page, say = window.pad._pads, window.pad, Wording()
    pads.said = Pad(buttons=frozenset({"y"}))  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: page.chosen == "y")
    assert page.choices.currentData() == "stylet"
    page.choices.setCurrentIndex(page.choices.findData("latch"))
    page.choices.activated.emit(page.choices.currentIndex())
    assert told[-1].pad_buttons == {"y": "latch"}
    assert page.table.item(CONTROLS.index("y"), 1).text().startswith(f"* {say('action.latch')}")
    pads.said = Pad((0.0, 0.0, 0.0, 0.0, 0.0, 0.9))  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: page.chosen == "righttrigger")
    page.bind("latch")
    assert told[-1].pad_buttons == {"y": "", "righttrigger": "latch"}
    assert say("pad.y") in page.told.text(), "who loses it is named"
    page.bind("")
    assert pad_bound(told[-1]).keys().isdisjoint({"y", "righttrigger"})
    qtbot.mouseClick(page.reset_button, LEFT)
    assert told[-1] == Settings()
    assert not page.reset_button.isEnabled()


def test_buttons_pressed_elsewhere_choose_nothing(qtbot: QtBot) -> None:
    window, _ = opened(qtbot, Settings(), "pad", pad="Fake")
    other = QtWidgets.QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: QtWidgets.QApplication.activeWindow() is other)
    before = window.pad.chosen
    window.pad._pads.said = Pad(buttons=frozenset({"y"}))  # type: ignore[attr-defined]
    qtbot.wait(150)
    assert window.pad.chosen == before


def test_a_card_that_cannot_be_written_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    window, _ = opened(qtbot, Settings(), "keys")
    window.keys.save_card(tmp_path / "no such folder" / "card.pdf")
    assert "could not be written" in window.keys.told.text()
    window.keys.save_card(tmp_path / "card.pdf")
    assert str(tmp_path / "card.pdf") in window.keys.told.text()


@pytest.mark.parametrize("scale", [0.8, 2.0])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_clipped(qapp: QtWidgets.QApplication, qtbot: QtBot, language: str, scale: float) -> None:
    theme.apply(qapp, scale)
    window, _ = opened(qtbot, Settings(language=language, text_scale=scale))
    for page in PAGES:
        window.show_page(page)
        qapp.processEvents()
        for label in window.findChildren(QtWidgets.QLabel):
            if label.isVisible() and label.text():
                needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
                assert label.height() >= needed, label.text()
        for button in window.findChildren(QtWidgets.QAbstractButton):
            if button.isVisible() and button.text():
                assert button.width() >= button.fontMetrics().horizontalAdvance(button.text()), button.text()
    theme.apply(qapp)
