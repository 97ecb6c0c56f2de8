"""A reader of the trainee's page at the window: knows what stands on the page and on the screen, and nothing else.

Hands are events of Qt on the room. What to do is read from the guide's line and from the page's sentences; where
to click, from the lines that are drawn on the pictures; angles and depths, from the panels.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtTest import QTest

from simulator.app.guide.leading import Leading
from simulator.app.procedure.room import Room
from simulator.engine.state import TICK_HZ

LEFT = QtCore.Qt.MouseButton.LeftButton
NAMES = {"↑": "Up", "↓": "Down", "←": "Left", "→": "Right", "PgDn": "PgDown", "Enter": "Return"}
"""Keys as the page and the windows write them, and as Qt does."""
PATIENCE_S = 600.0
"""For tests on a busy machine; nothing here depends on how long anything takes."""


class Page:
    """The page: its sentences, and which of them were followed."""

    def __init__(self, text: str) -> None:
        self.guide = text.partition("## Key card")[0]
        self._plain = " ".join(text.split())
        self.quoted: list[str] = []

    def says(self, sentence: str) -> None:
        """The page says so, in these words."""
        assert " ".join(sentence.split()) in self._plain, f"the page no longer says: {sentence}"
        self.quoted.append(" ".join(sentence.split()))

    def not_followed(self) -> list[str]:
        """Paragraphs and points of which no sentence was followed."""
        parts = re.split(r"\n\n|\n(?=- |\d\. )", self.guide)
        plain = [" ".join(part.split()) for part in parts]
        texts = [part for part in plain if part and not part.startswith(("#", "![", "vertebrosim"))]
        return [part for part in texts if not any(quote in part for quote in self.quoted)]


class Reader:
    """At a room that is being played."""

    def __init__(self, room: Room, page: Page, folder: Path | None = None) -> None:
        self.room, self.page, self._folder = room, page, folder
        lead = room.own["hint"].__self__  # type: ignore[attr-defined]
        assert isinstance(lead, Leading)
        self.lead = lead
        self.wait_until(lambda: room.case is not None and room.state is not None)

    # What is on the screen

    @property
    def title(self) -> str:
        """The step's name on the guide's line."""
        return re.sub(r"^\d+/\d+\s+", "", self.lead.strip.words).partition(":  ")[0]

    @property
    def missing(self) -> str:
        """What the guide's line says is missing."""
        return self.lead.strip.words.partition(":  ")[2]

    @property
    def said(self) -> str:
        """The last message."""
        return self.room.messages[-1]

    def read(self, panel: str, name: str) -> str:
        """A value that a panel shows."""
        shown = self.room.panels[panel]  # type: ignore[index]
        assert shown.isVisible(), f"{panel} is not on the screen"
        return shown._labels[f"readout.{name}"].text()

    def number(self, panel: str, name: str) -> float:
        """A number that a panel shows."""
        found = re.search(r"[-+]?\d+(\.\d+)?", self.read(panel, name))
        assert found is not None
        return float(found.group())

    def margins(self, plane: str) -> str:
        """What stands around a picture."""
        margin = self.room.monitors[plane].margin  # type: ignore[index]
        return " ".join(str(part) for part in vars(margin).values())

    def grab(self, name: str, window: QtWidgets.QWidget | None = None) -> None:
        """Keep a picture of the window, for whoever wants to judge it."""
        grab(self._folder, name, window or self.room)

    # Hands

    def press(self, key: str, times: int = 1) -> None:
        """Press a key, as the page names it."""
        for _ in range(times):
            one = key_of(key)
            QTest.keyClick(self.room, one.key(), one.keyboardModifiers())
            self.wait(0.1)

    def hold(self, *keys: str, until: Callable[[], bool]) -> None:
        """Hold keys down until something is seen."""
        for key in keys:
            QTest.keyPress(self.room, key_of(key).key(), key_of(key).keyboardModifiers())
        self.wait_until(until)
        for key in reversed(keys):
            QTest.keyRelease(self.room, key_of(key).key(), key_of(key).keyboardModifiers())
        self.wait(0.3)

    def wait(self, seconds: float) -> None:
        """Let the patient's time pass."""
        state = self.room.state
        if state is not None and not (self.room.player is not None and self.room.player.paused):
            end = state.tick + round(seconds * TICK_HZ)
            self.wait_until(
                lambda: self.room.state is None or self.room.state.tick >= end or self.room.state.ended
            )

    def wait_until(self, seen: Callable[[], bool]) -> None:
        """Look on until something is seen; it has to come."""
        wait_until(seen, lambda: f"{self.lead.strip.words} / {self.room.messages}")

    # What is read again and again

    def steps(self, wanted: str) -> None:
        """Fine or coarse steps."""
        self.show("F1", "needle")
        if self.read("needle", "step") != wanted:
            self.press("Q")

    def side(self, wanted: str) -> None:
        """Take a side in hand."""
        self.show("F1", "needle")
        if self.read("needle", "side") != wanted:
            self.press("Tab")
            assert self.read("needle", "side") == wanted

    def plane(self, wanted: str) -> None:
        """Take a plane in hand."""
        if self.read("carm", "plane") != wanted:
            self.press("P")
            assert self.read("carm", "plane") == wanted

    def show(self, key: str, panel: str) -> None:
        """Have a panel on the screen."""
        if not self.room.panels[panel].isVisible():  # type: ignore[index]
            self.press(key)

    def advance(self, mm: float, key: str = "↑") -> None:
        """By steps, each done when the depth no longer changes."""
        large = int(mm // 2.0)
        for wanted, count in (("coarse", large), ("fine", round((mm - 2.0 * large) / 0.5))):
            if count:
                self.steps(wanted)
            for _ in range(count):
                self.press(key)
                self._at_rest()

    def _at_rest(self) -> None:
        before = ""
        while before != (before := self.read("needle", "depth")):
            self.wait(0.25)

    def turn(self, name: str, wanted: float) -> None:
        """Turn a cannula, or set the angles it will be set at, as the panel shows them."""
        less, more = {"convergence": ("←", "→"), "caudal": ("PgUp", "PgDn")}[name]
        for steps, by in (("coarse", 2.0), ("fine", 0.5)):
            self.steps(steps)
            for _ in range(30):
                left = wanted - self.number("needle", name)
                if abs(left) <= 0.5 * by:
                    break
                self.press(more if left > 0.0 else less)

    def shot(self, key: str = "X") -> None:
        """One picture, which is on the monitor afterwards."""
        monitor = self.room.monitors["A" if key == "X" else "B"]
        before = monitor.grey
        self.press(key)
        self.wait_until(lambda: monitor.grey is not before)
        self.wait(0.2)


def key_of(name: str) -> QtCore.QKeyCombination:
    """A key as it is written: "Ctrl+↑", "⇧Y", "Shift+Y"."""
    held, _, last = name.replace("⇧", "Shift+").rpartition("+") if len(name) > 1 else ("", "", name)
    portable = "+".join(filter(None, (held, NAMES.get(last, last))))
    return QtGui.QKeySequence.fromString(portable, QtGui.QKeySequence.SequenceFormat.PortableText)[0]


def keys_in(words: str) -> list[str]:
    """The keys that a sentence of the guide names."""
    return re.findall(r"\[([^\]]+)\]", words)


def wait_until(seen: Callable[[], bool], where: Callable[[], str] = lambda: "") -> None:
    """Turn the window's loop until something is seen."""
    clock = QtCore.QElapsedTimer()
    clock.start()
    while not seen():
        QTest.qWait(1)
        if clock.elapsed() > 1000.0 * PATIENCE_S:
            pytest.fail(f"it did not come: {where()}")


def grab(folder: Path | None, name: str, window: QtWidgets.QWidget) -> None:
    """A picture of a window into a folder, numbered as they come."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob("*.png"))) + 1
        window.grab().save(str(folder / f"{number:03d}-{name}.png"))


def click(widget: QtWidgets.QWidget, at: QtCore.QPoint | None = None) -> None:
    """A click with the left button."""
    assert widget.isVisible(), "it is on the screen"
    assert widget.isEnabled(), "it can be clicked"
    QTest.mouseClick(widget, LEFT, pos=at or widget.rect().center())
