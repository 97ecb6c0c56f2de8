"""A reader who does what the guide's line says, step by step, with the keys that line and page name."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from PySide6.QtTest import QTest

from tests.simulator.app.guide.literal_reader import LEFT, Reader, click, keys_in

MOST = 500
"""Things to do in a whole case; more would be going round in circles."""


class LedReader(Reader):
    """Does what is missing until nothing is."""

    def follow(self, until: Callable[[], bool]) -> None:
        """Do what the guide says until something is so."""
        seen = ""
        for _ in range(MOST):
            if until() or self.room.state is None or self.room.state.ended:
                return
            if self.title != seen:
                seen = self.title
                self.grab("step-" + re.sub(r"\W+", "-", seen).lower())
            self.react(self.missing)
        pytest.fail(f"going round in circles: {self.lead.strip.words}")

    def react(self, missing: str) -> None:
        """Do the one thing that is missing."""
        for pattern, does in REACTIONS:
            found = re.search(pattern, missing)
            if found:
                does(self, found)
                self.wait(0.25)
                return
        pytest.fail(f"the page does not tell what to do now: {self.lead.strip.words}")

    @property
    def of_side(self) -> str:
        """The side that the step is about."""
        return self.title.rpartition(", ")[2]

    @property
    def what(self) -> str:
        """The whole step, as the guide's page has it."""
        return self.lead.page.text.toPlainText()

    # Before the skin

    def confirm(self, _found: re.Match[str]) -> None:
        self.press("Ctrl+K")

    def antibiotic(self, _found: re.Match[str]) -> None:
        assert "[F3]" in self.what
        self.press("F3")
        chooser = self.room.panels["patient"].chooser
        assert chooser is not None
        for _ in range(chooser.count()):
            if chooser.currentText() == "cefazolin":
                break
            self.press("Ctrl+→")
        for _ in range(6):
            if self.read("patient", "dose").startswith("2 g"):
                break
            self.press("Ctrl+↑")
        assert self.read("patient", "dose").startswith("2 g iv")
        self.press("Ctrl+Enter")

    def press_named(self, _found: re.Match[str]) -> None:
        """The first key of the whole step's text."""
        self.press(keys_in(self.what)[0])

    def hold_named(self, found: re.Match[str]) -> None:
        """Hold the key of the line until it says something else, slowly when it is not far."""
        plane = re.search(r"plane ([AB])", found.string)
        if plane:
            self.plane(plane.group(1))
        amount = float(found.group(1))
        (key,) = keys_in(found.string)
        self.steps("coarse" if amount > 12.0 else "fine")
        near = 0.35 * amount if amount > 12.0 else 0.0

        def there() -> bool:
            now = re.search(r"(\d+)(°| mm)", self.missing)
            return keys_in(self.missing) != [key] or now is None or float(now.group(1)) <= near

        self.hold(key, until=there)

    def frontal(self, _found: re.Match[str]) -> None:
        self.shot("X")

    def lateral(self, _found: re.Match[str]) -> None:
        self.shot("C")

    def count(self, _found: re.Match[str]) -> None:
        self.press("T", 3)
        self.shot("X")

    def collimate(self, found: re.Match[str]) -> None:
        self.plane(found.group(1))
        self.press("B")

    # The cannula

    def local(self, _found: re.Match[str]) -> None:
        self.side(self.of_side)
        self.press("Z")

    def skin(self, found: re.Match[str]) -> None:
        """Click on the orange ring, set the angles that the line names, go through the skin."""
        self.side(self.of_side)
        self.shot("X")
        (ring,) = [line for line in self.lead.lines["A"].lines if line.kind == "skin"]
        monitor = self.room.monitors["A"]
        QTest.mouseClick(monitor, LEFT, pos=monitor.place(*(float(v) for v in ring.points[0])).toPoint())
        assert self.read("needle", "skin") != "–"
        self.turn("convergence", float(found.group(1)))
        self.turn("caudal", float(found.group(2)))
        self.press("Enter")

    def to_bone(self, found: re.Match[str]) -> None:
        self.side(self.of_side)
        self.press("1")
        self.advance(max(min(0.7 * float(found.group(1)), 12.0), 0.5))

    def turn_named(self, found: re.Match[str]) -> None:
        """Turn by so many degrees with the key that the line names."""
        self.side(self.of_side)
        degrees, (key,) = float(found.group(1)), keys_in(found.string)
        self.steps("fine")
        self.press(key, max(round(degrees / 0.5), 1))

    def back_and_turn(self, found: re.Match[str]) -> None:
        self.side(self.of_side)
        self.advance(float(re.findall(r"draw back (\d+)", found.string)[0]), "↓")
        self.turn_named(found)

    def on(self, found: re.Match[str]) -> None:
        """Twist on by what is left, a few millimetres, and look both ways."""
        self.side(self.of_side)
        self.press("2")
        self.advance(max(min(float(found.group(1)), 4.0), 0.5))
        if "cannot" in self.said or "stall" in self.said.lower():
            self.press("3")
            self.advance(2.0)
        self.shot("X")
        self.shot("C")

    def look_both(self, _found: re.Match[str]) -> None:
        self.shot("X")
        self.shot("C")

    def back(self, found: re.Match[str]) -> None:
        self.side(self.of_side)
        self.advance(float(found.group(1)), "↓")
        self.look_both(found)

    def stylet(self, _found: re.Match[str]) -> None:
        self.side(self.of_side)
        self.press("Y")

    # Cement and the end

    def wait_for(self, found: re.Match[str]) -> None:
        self.wait(min(float(found.group(1)) + 0.5, 30.0))

    def first_drops(self, _found: re.Match[str]) -> None:
        if self.read("cement", "rate").startswith("1.5"):
            self.press(",")
        for _ in range(5):
            if "'1 /s" in self.margins("B"):
                break
            self.press("F9")
        title = self.title
        self.hold("V", "E", until=lambda: self.title != title or self.lead.hint is None or self.lead.hint.urgent)

    def fill(self, _found: re.Match[str]) -> None:
        """Pedal and plunger down until the line says let go, or something else."""
        self.side(self.of_side)
        title = self.title
        self.hold("V", "E", until=lambda: self.title != title or not self._fills())

    def _fills(self) -> bool:
        going_on = (
            "is filled; about",
            "a little more, under view",
            "nothing has been pressed in on",
            "bore is filling",
        )
        return any(words in self.missing for words in going_on)

    def leave(self, _found: re.Match[str]) -> None:
        self.wait(20.0)

    def load(self, _found: re.Match[str]) -> None:
        self.press("Ctrl+M")

    def out(self, _found: re.Match[str]) -> None:
        self.side(self.of_side)
        self.press("⇧Y")
        self.wait(3.0)

    def ask(self, _found: re.Match[str]) -> None:
        self.press("Ctrl+P")
        self.wait(2.0)

    def end(self, _found: re.Match[str]) -> None:
        assert "button at the lower right" in self.what
        click(self.room.end_button)
        self.wait_until(lambda: self.room.state is None or self.room.state.ended)

    def oxygen(self, _found: re.Match[str]) -> None:
        self.press("+")
        self.wait(5.0)

    def fluid(self, _found: re.Match[str]) -> None:
        self.press("Ctrl+F")
        self.wait(20.0)


R = LedReader
REACTIONS: tuple[tuple[str, Callable[[LedReader, re.Match[str]], None]], ...] = (
    (r"^saturation is", R.oxygen),
    (r"^mean pressure is", R.fluid),
    (r"items are still to be confirmed", R.confirm),
    (r"cefazolin has not been given", R.antibiotic),
    (r"oxygen runs at", R.oxygen),
    (r"there is no frontal picture yet", R.frontal),
    (r"no frontal picture has shown", R.count),
    (r"turn .*?(\d+)° .*\[.\]: the (spinous|endplates|pedicles)", R.hold_named),
    (r"the level is (\d+) mm off the middle", R.hold_named),
    (r"take a frontal picture", R.frontal),
    (r"take a lateral picture", R.lateral),
    (r"the field of plane (\w) is still wide", R.collimate),
    (r"ml have been given", R.local),
    (r"planned: .*; (-?\d+)° convergent, (-?\d+)° caudal", R.skin),
    (r"bone is about (\d+) mm away", R.to_bone),
    (r"draw back \d+ mm, turn about (\d+)°", R.back_and_turn),
    (r"turn the cannula about (\d+)°", R.turn_named),
    (r"still (\d+) mm behind the posterior wall", R.on),
    (r"heads for the inner wall: (\d+) mm", R.on),
    (r"without a picture: look first", R.look_both),
    (r"draw it back by (\d+) mm", R.back),
    (r"about (\d+) mm more", R.on),
    (r"stylet is still in the", R.stylet),
    (r"stylet in first", R.stylet),
    (r"has not been mixed", R.press_named),
    (r"mixed .* ago: (\d+) s more", R.wait_for),
    (r"hands are busy .* (\d+) s more", R.wait_for),
    (r"nothing has been pressed in yet|bore is filling|no lateral picture shows them", R.first_drops),
    (r"is filled; about|a little more, under view|nothing has been pressed in on", R.fill),
    (r"injector is empty", R.load),
    (r"let go|stop before|pushing the bore|keep the pedal down", R.leave),
    (r"there is a reason to stop already", R.out),
    (r"cannula is still \d+ mm deep", R.out),
    (r"no frontal picture without", R.frontal),
    (r"no lateral picture without", R.lateral),
    (r"has not been asked", R.ask),
    (r"everything is done but the end", R.end),
)
"""What the line says, and what a reader does about it."""
