"""The guide in the procedure room: follows the session, writes its line and page, draws the plan, gives hints.

A tutorial has all of it; practice has hints on request, each recorded; an examination has none and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui

from simulator.app.guide.drawing import Place, draw
from simulator.app.guide.guide import Guide
from simulator.app.guide.overlays import Stroke, strokes
from simulator.app.guide.page import Page, Strip
from simulator.app.guide.step import Hint, Now
from simulator.app.guide.tutor import GuidedSession
from simulator.app.guide.view_steps import open_items
from simulator.app.guide.words import Words
from simulator.app.hands.actions import BY_NAME
from simulator.app.procedure.following import Moment
from simulator.app.procedure.panels import switch
from simulator.app.procedure.room import Room
from simulator.app.settings import Settings
from simulator.app.wording import Wording
from simulator.engine import commands as c
from simulator.engine.state import TICK_HZ, State
from simulator.imaging.carm import PlaneName

MESSAGE_TICKS = 8 * TICK_HZ
"""How long a message of two lines has the guide's line to itself; then it is cut to one."""
HINT_EVERY_TICKS = 12
"""How often what is missing is found anew while nothing happens: five times a second."""
Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class Drawn:
    """Lines over a plane's picture, and what they were made of."""

    made_of: tuple[object, ...]
    lines: tuple[Stroke, ...]


@dataclass(frozen=True)
class Stood:
    """What monitors and the clock of the beam showed when a step began."""

    greys: dict[PlaneName, Grey | None]
    beam_s: float


class Leading:
    """Follows a room in its mode. back: goes back to the beginning of the last step, and says whether it did.

    guide_of: where the guide is to be had; from the session that is played, unless somebody else has it.
    """

    def __init__(
        self,
        room: Room,
        settings: Settings,
        back: Callable[[], bool] = lambda: False,
        guide_of: Callable[[], Guide | None] | None = None,
    ) -> None:
        self.room, self.mode = room, room.mode
        self._say = Wording(settings.language)
        self.words = Words(self._say, settings.bound)
        self._back, self._guide_of = back, guide_of or self._played
        self.guide: Guide | None = None
        self.hint: Hint | None = None
        self._hint_tick, self._message, self._message_tick = -1, "", 0
        self.lines_on = self.mode == "tutorial"
        self.lines: dict[PlaneName, Drawn] = {}
        self._at_step: dict[int, Stood] = {}
        self.strip, self.page = Strip(), Page(self._say, self.words, settings.bound, room.do)
        self.page_button = switch(BY_NAME["guide_page"], settings.bound, self._say, room.do)
        self.hint_button = switch(BY_NAME["hint"], settings.bound, self._say, room.do)
        self.hint_button.setCheckable(False)
        room.own |= {
            "guide_page": self.turn_page,
            "guide_lines": self.turn_lines,
            "check_off": self.check_off,
            "step_back": self.step_back,
            "hint": self.ask,
        }
        if self.mode == "tutorial":
            self._move_in()
        elif self.mode == "practice":
            room.places.said.addWidget(self.hint_button)
        if self.mode != "examination":
            room.followers.append(self.follow)
        room.rebound.connect(self._bind)
        for widget in (self.strip, self.page, self.page_button, self.hint_button):
            if (
                widget.parent() is None
            ):  # not shown in this mode: it goes with the room, whose actions its buttons hold
                widget.setParent(room)
                widget.hide()

    def _move_in(self) -> None:
        """The line above the message line and its buttons, so that its key is not cut off; the message line gives
        the height for it. The page in the tray."""
        places = self.room.places
        places.message.setMinimumHeight(places.message.fontMetrics().lineSpacing() + 4)
        places.above_said.addWidget(self.strip)
        places.said.addWidget(self.page_button)
        places.tray.add_page(self.page)
        for name, monitor in places.monitors.items():
            monitor.overlay = lambda painter, place, plane=name: self._draw(painter, place, plane)
        self.page.buttons["guide_lines"].setChecked(True)

    def _bind(self, bound: dict[str, str]) -> None:
        """Keys were bound anew; buttons are relabelled with the window's."""
        self.words.bind(bound)
        self.page.forget()
        self.room.refresh()

    def _played(self) -> Guide | None:
        session = None if self.room.player is None else self.room.player.session
        return session.guide if isinstance(session, GuidedSession) else None

    # What the user does

    def turn_page(self) -> None:
        """Show the whole step, or the panels again."""
        if self.mode != "tutorial":
            self.room.tell(self._say("guide.no_page" if self.mode == "practice" else "guide.no_hints"))
            return
        tray = self.room.places.tray
        if tray.other is self.page:
            tray.show_page(tray.page)
        else:
            tray.show_other(self.page)
        self.room.refresh()

    def turn_lines(self) -> None:
        """Draw the plan onto the pictures, or take it off."""
        if self.mode != "tutorial":
            self.room.tell(self._say("guide.no_lines"))
            return
        self.lines_on = not self.lines_on
        self.page.buttons["guide_lines"].setChecked(self.lines_on)
        for monitor in self.room.monitors.values():
            monitor.update()

    def check_off(self) -> None:
        """Confirm the next item of the time-out."""
        if self.mode == "examination":
            self.room.tell(self._say("guide.no_time_out"))
        elif self.guide is not None and self.room.case is not None and self.room.state is not None:
            left = open_items(Now(self.room.case, self.room.state, self.guide.seen))
            if not left:
                self.room.tell(self._say("guide.nothing_open"))
            elif self._may_act():
                self.room.operator.give(c.CheckOff(left[0]))

    def ask(self) -> None:
        """Tell what is missing; in practice that is recorded and counted."""
        if self.mode == "examination":
            self.room.tell(self._say("guide.no_hints"))
            return
        state, guide = self.room.state, self._guide_of()
        if state is None or guide is None or guide.step is None or not self._may_act():
            return
        hint = guide.hint(state)
        words = self._say("guide.no_hint") if hint is None else self.words.sentence(hint)
        title = self.words.title(guide.step)
        if self.mode == "practice":
            self.room.operator.give(c.AskHint(guide.step.key))
            words = self._say("guide.hint_counted", number=guide.seen.hints + 1, hint=f"{title}. {words}")
        self.room.tell(words)

    def step_back(self) -> None:
        """Go back to the beginning of the last step."""
        if self.mode != "tutorial":
            self.room.tell(self._say("guide.no_back"))
        elif self._back():
            self._went_back()

    def _may_act(self) -> bool:
        """While the patient's time stands still nothing is given."""
        paused = self.room.player is not None and self.room.player.paused
        if paused:
            self.room.tell(self._say("room.paused"))
        return not paused

    def _went_back(self) -> None:
        """Pictures are those of then; the clock runs."""
        guide = self._guide_of()
        if guide is None or guide.step is None:
            return
        self.guide, self._hint_tick, self.lines = guide, -1, {}
        stood = self._at_step.get(guide.at, Stood(dict.fromkeys(self.room.monitors), 0.0))
        self.room.showing.beam.seconds = stood.beam_s
        for name, grey in stood.greys.items():
            self.room.monitors[name].show_picture(grey)
        self.room.pause_button.setChecked(False)
        self.room.tell(self._say("guide.gone_back", title=self.words.title(guide.step)))

    # What the session says

    def follow(self, moment: Moment) -> None:
        """A moment of the session."""
        guide = self._guide_of()
        if guide is None:
            return
        if self.guide is None and self.mode == "tutorial":
            self.room.places.tray.show_other(self.page)
            self.room.tell(self._say("guide.ready", press=self.words.key("guide_page")))
        moved = self.guide is None or guide.at != self.guide.at
        self.guide = guide
        if moved:
            greys = {name: monitor.grey for name, monitor in self.room.monitors.items()}
            self._at_step[guide.at] = Stood(greys, self.room.showing.beam.seconds)
        if self.mode != "tutorial":
            return
        self._find_hint(moment.state, moved or bool(moment.events))
        self.strip.show_line(self.words.short(guide, self.hint), urgent=self.hint is not None and self.hint.urgent)
        self.page.show_step(guide, self.hint)
        self.page_button.setChecked(self.room.places.tray.other is self.page)
        self._make_room(moment.state.tick)
        self._redraw(moment)

    def _find_hint(self, state: State, at_once: bool) -> None:
        assert self.guide is not None
        if at_once or abs(state.tick - self._hint_tick) >= HINT_EVERY_TICKS:
            self.hint, self._hint_tick = self.guide.hint(state), state.tick

    def _make_room(self, tick: int) -> None:
        """A message of two lines takes the guide's line as well, so that monitors keep their size; for a while."""
        message = self.room.places.message
        if message.text() != self._message:
            self._message, self._message_tick = message.text(), tick
        metrics = message.fontMetrics()
        long = message.heightForWidth(message.width()) > 1.5 * metrics.lineSpacing() + 8
        if long and abs(tick - self._message_tick) > MESSAGE_TICKS:
            self._message = metrics.elidedText(
                self._message, QtCore.Qt.TextElideMode.ElideRight, message.width() - 24
            )
            message.setText(self._message)
            long = False
        self.strip.setVisible(not long)

    def _redraw(self, moment: Moment) -> None:
        assert self.guide is not None
        for name, look in self.guide.seen.looks.items():
            plane: PlaneName = "A" if name == "A" else "B"
            old, state = self.lines.get(plane), moment.state
            step = self.guide.step
            made_of = (look, state.needles, state.amplitude, None if step is None else step.side)
            if old is None or old.made_of != made_of:
                self.lines[plane] = Drawn(made_of, tuple(strokes(moment.case, state, look, made_of[-1])))
                self.room.monitors[plane].update()

    def _draw(self, painter: QtGui.QPainter, place: Place, plane: PlaneName) -> None:
        if not self.lines_on or plane not in self.lines or self.guide is None:
            return
        turned = self.room.showing.orientation(plane)
        shape = self.guide.seen.looks[plane].view.shape

        def hung(row: float, column: float) -> QtCore.QPointF:
            """As the monitor hangs its pictures."""
            at = turned.on_screen((row, column), shape)
            return place(float(at[0]), float(at[1]))

        draw(painter, hung, self.lines[plane].lines, self._say)
