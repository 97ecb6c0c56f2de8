"""The desktop: library, procedure room, debrief, one window at a time."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6 import QtCore, QtWidgets

from scenarios.schema import Scenario
from scenarios.told import told
from simulator.app import qt_words, theme
from simulator.app import settings as kept
from simulator.app.comfort import Comfort
from simulator.app.debrief.window import Debrief
from simulator.app.guide.going_back import Playing
from simulator.app.guide.guide import Guide
from simulator.app.guide.leading import Leading
from simulator.app.guide.tutor import begin_in
from simulator.app.library.window import Library
from simulator.app.procedure.room import Room
from simulator.app.sessions.interrupted import Interrupted, hands_off, interrupted, resumed
from simulator.app.sessions.player import Player
from simulator.app.wording import Wording
from simulator.assessment.evidence import Evidence
from simulator.assessment.pulses import seconds_of_pulses
from simulator.engine.case import make_case
from simulator.engine.recording import read
from simulator.engine.rehearsing import rehearsed
from simulator.engine.replay import scenario_of
from simulator.engine.screens import Screens
from simulator.engine.session import Session
from simulator.imaging.heap import give_back_free_memory, give_back_large_blocks

TIDIED_MS = 500
"""So long after a window has gone."""


class Desktop:
    """What is open now, and what comes after it. speed: simulated seconds a second, for tests."""

    def __init__(self, *, seed: int = 1, speed: float = 1.0, record: Path | None = None) -> None:
        give_back_large_blocks()
        self.settings, self._damaged = kept.load_and_mend()
        qt_words.speak(self.settings.language)
        self.comfort = Comfort(self.settings, self._keep, self._speak_anew)
        self.window: QtWidgets.QMainWindow | None = None
        self._seed, self._speed, self._record = seed, speed, record
        self._files: tuple[Path, ...] = ()  # scenario files that were opened
        self._at: str | None = None  # the case that was chosen last

    def open_library(self) -> Library:
        """Show the case library."""
        broken_off = interrupted(kept.recordings_folder(), self.settings.set_aside, self.settings.language)
        library = Library(self.settings, broken_off, files=self._files, at=self._at)
        library.chosen.connect(self._chosen)
        library.named.connect(lambda trainee: self._remember(replace(self.settings, trainee=trainee)))
        library.opened.connect(self._opened)
        library.debrief.connect(self._debrief_again)
        library.language.connect(self._speak)
        library.resume.connect(self._resume)
        library.replay.connect(lambda one: self.open_debrief(one.path, "replay"))
        library.score.connect(self._score)
        library.set_aside.connect(self._set_aside)
        self._show(library)
        return library

    def open_case(self, scenario: Scenario, trainee: str, mode: str = "practice") -> Room:
        """Begin a case; its patient is built, or fetched from the cache, while the room is already there."""
        self._remember(replace(self.settings, trainee=trainee, mode=mode))
        path = self._record or kept.new_recording(scenario.id, trainee)

        def build() -> tuple[Session, Screens]:
            case = rehearsed(make_case(scenario, self._seed))
            return begin_in(mode)(case, trainee, path, {"mode": mode}), Screens(case, live=True)

        return self._play(build, told(scenario, self.settings.language).title, mode, path)

    def _play(self, build: Callable[[], tuple[Session, Screens]], title: str, mode: str, path: Path) -> Room:
        playing = Playing(build, path)
        room = self.open_room(title, mode, lambda: playing.step_back(room, self._speed))
        room.ended.connect(lambda: self._debrief(room, playing))
        room.attach(Player(playing.build, room.ring, speed=self._speed))
        return room

    def open_room(
        self,
        title: str,
        mode: str,
        back: Callable[[], bool] = lambda: False,
        guide_of: Callable[[], Guide | None] | None = None,
    ) -> Room:
        """Show a procedure room with all that a desktop gives it, before anything is played in it.

        back, guide_of: see ``Leading``.
        """
        room = Room(title, self.settings, mode)
        Leading(room, self.settings, back, guide_of)
        room.failed.connect(self._complain)
        self.comfort.furnish(room)
        self._show(room)
        return room

    def _resume(self, one: Interrupted) -> None:
        """Take up an interrupted session: played again without pictures, then on from its last seal."""
        recording = read(one.path)
        scenario = scenario_of(recording)
        path = kept.new_recording(scenario.id, one.trainee)

        def build() -> tuple[Session, Screens]:
            case = rehearsed(make_case(scenario, recording.header["seed"]))
            session = resumed(recording, case, path, begin_in(one.mode))
            session.tick(hands_off(session.state))
            return session, Screens(case, live=True)

        room = self._play(build, one.title, one.mode, path)
        room.showing.beam.seconds = sum(seconds_of_pulses(Evidence.of(recording)))

    def _score(self, one: Interrupted) -> None:
        self._debrief_again(one.path)

    def _debrief_again(self, path: Path) -> None:
        if isinstance(self.window, Library):
            self._at = self.window.case_id
        self.open_debrief(path)

    def open_debrief(self, path: Path, page: str = "score") -> None:
        """The debrief of a recording from before, at one of its tabs; its case is built for the replay."""
        debrief = Debrief(path, None, None, self.settings, page=page)
        debrief.left.connect(self.open_library)
        self._show(debrief)

    def _set_aside(self, one: Interrupted) -> None:
        self._remember(replace(self.settings, set_aside=(*self.settings.set_aside, one.path.name)))
        self.open_library()

    def _chosen(self, case_id: str, trainee: str, mode: str) -> None:
        if isinstance(self.window, Library):
            self._at = case_id
            self.open_case(self.window.scenarios[case_id], trainee, mode)

    def _opened(self, path: Path) -> None:
        self._files = (*(other for other in self._files if other != path), path)

    def _speak(self, language: str) -> None:
        self._remember(replace(self.settings, language=language))
        self.open_library()

    def _debrief(self, room: Room, playing: Playing) -> None:
        if room.player is None or room.case is None or room is not self.window:
            return
        room.player.stop()
        playing.end()
        tidy()  # before the debrief draws the same case again
        debrief = Debrief(playing.path, room.case, room.state, self.settings)
        debrief.left.connect(self.open_library)
        self._show(debrief)

    def _complain(self, sentence: str) -> None:
        say = Wording(self.settings.language)
        box = QtWidgets.QMessageBox(self.window)
        box.setText(say("room.failed", why=say.told(sentence)))
        box.finished.connect(lambda _code: self.open_library())
        box.open()

    def _remember(self, settings: kept.Settings) -> None:
        self._keep(settings)
        self.comfort.take(settings)

    def _keep(self, settings: kept.Settings) -> None:
        if settings.language != self.settings.language:
            qt_words.speak(settings.language)
        self.settings = settings
        kept.save(settings)

    def _speak_anew(self) -> None:
        """Another language was chosen in the settings: at once where no case is played."""
        if isinstance(self.window, Library):
            self.open_library()
            self.comfort.open_settings(self.window)

    def _say_damaged(self, window: QtWidgets.QMainWindow, aside: Path) -> None:
        """Once, where it can be read: that not all settings could be."""
        sentence = Wording(self.settings.language)("settings.damaged", path=str(aside))
        if isinstance(window, Room):
            window.tell(sentence)
        else:
            window.statusBar().showMessage(sentence)
        self._damaged = None

    def _show(self, window: QtWidgets.QMainWindow) -> None:
        before, self.window = self.window, window
        if isinstance(window, Library | Debrief):
            self.comfort.furnish_plain(window)
        self.comfort.place(window, before)
        window.show()
        if self._damaged is not None:
            self._say_damaged(window, self._damaged)
        if before is not None:
            before.close()
            before.deleteLater()
            if not isinstance(window, Room):  # while nothing is played
                QtCore.QTimer.singleShot(TIDIED_MS, window, tidy)


def tidy() -> None:
    """Let go of what a window that has gone held in circles, and of the memory that lay between."""
    gc.collect()
    give_back_free_memory()


def run(
    scenario: Scenario | None,
    *,
    trainee: str,
    seed: int,
    record: Path | None,
    replay: Path | None = None,
    mode: str = "",
) -> int:
    """Open the desktop at the library, on one case, or at the replay of a recording, and stay until it is closed.

    mode: how the case is played, "" for as last time. Returns the exit code.
    """
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication(sys.argv[:1])
    assert isinstance(app, QtWidgets.QApplication)
    desktop = Desktop(seed=seed, record=record)
    theme.apply(app, desktop.settings.text_scale)
    if replay is not None:
        desktop.open_debrief(replay, "replay")
    elif scenario is None:
        desktop.open_library()
    else:
        who = trainee or desktop.settings.trainee or "trainee"
        desktop.open_case(scenario, who, mode or desktop.settings.mode)
    code = int(app.exec())
    desktop.comfort.close()
    if isinstance(desktop.window, Room) and desktop.window.player is not None:
        desktop.window.player.stop()
    return code
