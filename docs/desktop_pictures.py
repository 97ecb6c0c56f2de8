"""Draw the desktop's windows for the trainee's guide: ``make pictures``. Look at them before committing.

An expert plays a case; the windows show a moment of it. A novice plays it too, for the debrief. No screen needed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image
from PySide6 import QtCore, QtGui, QtWidgets
from sheets import PULSES

from scenarios.cases import find
from simulator.app import theme
from simulator.app.debrief.window import Debrief
from simulator.app.guide.leading import Leading
from simulator.app.guide.tutor import GuidedSession, guided_session
from simulator.app.guide.view_steps import ITEMS
from simulator.app.library.pictures import expose, radiograph_path
from simulator.app.library.window import Library
from simulator.app.procedure.room import Room
from simulator.app.sessions.player import Update
from simulator.app.settings import FOLDER_VARIABLE, Settings, recordings_folder
from simulator.app.settings_window.window import SettingsWindow
from simulator.assessment.trainees.procedure import perform
from simulator.engine import patient_cache
from simulator.engine.case import Case, make_case
from simulator.engine.commands import CheckOff, GiveDrug
from simulator.engine.events import Event
from simulator.engine.screens import Screens
from simulator.engine.session import Session, new_session
from simulator.engine.state import DEVICE_EVERY, TICK_HZ, State
from simulator.imaging.carm import PlaneName
from simulator.imaging.monitor.monitor import Shown
from simulator.imaging.prior_ct import prior_ct

IMAGES = Path(__file__).resolve().parent / "images"
SIZE = (1280, 800)
CASE, TRAINEE = "kyphoplasty-l1-wedge", "T-042"


SHOWN_S = 310.0
"""A moment of the novice's session at which cement has been filled in."""


def shown(state: State) -> bool:
    """Both balloons hold a millilitre and a half: there is most to see."""
    return all(balloon is not None and balloon.volume_ml >= 1.5 for balloon in state.balloons)


def led(session: GuidedSession) -> bool:
    """The first cannula is on its way through the pedicle, and hands have left it."""
    step, state = session.guide.step, session.state
    needle, handled = state.needle("left"), state.needlework[0].handled_tick
    if step is None or step.key != "pedicle left" or needle is None or handled is None:
        return False
    return 6.0 < needle.bone_mm < 12.0 and state.tick - handled > TICK_HZ // 4


def pictures(case: Case, state: State) -> dict[PlaneName, Shown]:
    """Live pictures of a state after a few pulses."""
    screens, found = Screens(case), {}
    for pulse in range(PULSES):
        now = replace(state, tick=state.tick + 4 * pulse)
        found = {plane.name: screens.show(now, plane) for plane in now.planes}
    return found


def main() -> None:
    """Draw library, room and debrief into docs/images."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QtWidgets.QApplication([])
    theme.apply(app)
    settings = Settings(trainee=TRAINEE)
    scenario = find(CASE)
    case = make_case(scenario, 1)
    library = Library(settings)
    for one in library.scenarios.values():  # as it looks to somebody who has played them
        patient_cache.patient_of(one.patient)
        path = radiograph_path(one)
        if path is None or not path.exists():
            expose(one)
    _save(app, library, "library")
    library.page.setCurrentWidget(library.page.imaging)
    library.page.imaging.show_ct(prior_ct(case.patient))
    _save(app, library, "prior_imaging")
    library.close()
    chosen = SettingsWindow(settings, lambda: "", lambda: ("", ""))
    chosen.show_page("keys")
    _save(app, chosen, "settings", (800, 520))

    room, tutorial = Room(scenario.title, settings), Room(scenario.title, settings, "tutorial")
    _show(app, room)
    moment: list[State] = []
    in_pedicle: list[State] = []

    def watch(session: Session, events: Sequence[Event]) -> None:
        assert isinstance(session, GuidedSession)
        if not in_pedicle and led(session):
            in_pedicle.append(session.state)
            Leading(tutorial, settings, guide_of=lambda: session.guide)
            tutorial.follow(case, Update(session.state, dict(pictures(case, session.state))))
            _show(app, tutorial)
            tutorial.refresh()
            _save(app, tutorial, "tutorial")
        if not moment and (events or session.state.tick % DEVICE_EVERY == 0):
            room.follow(case, Update(session.state, events=list(events)))
            if shown(session.state):
                moment.append(session.state)
                room.follow(case, Update(session.state, dict(pictures(case, session.state))))
                _save(app, room, "room")

    os.chdir(tempfile.mkdtemp())  # the debrief names the recording: no place of this machine is to be read there
    recording = Path(f"{CASE}-{TRAINEE}-001.vsim")
    session = guided_session(case, TRAINEE, recording, {"mode": "practice"})
    session.tick([*(CheckOff(item) for item in ITEMS), GiveDrug("cefazolin", 2.0, "g")])
    perform(session, "expert", watch)
    session.close()
    _debrief(app, case, settings, recording.name)


def _debrief(app: QtWidgets.QApplication, case: Case, settings: Settings, expert: str) -> None:
    """The tabs of the debrief of a novice, whose earlier attempt is the expert's."""
    os.environ[FOLDER_VARIABLE] = "user"
    kept = recordings_folder()
    kept.mkdir(parents=True)
    Path(expert).rename(kept / expert)
    recording = kept / expert.replace("001", "002")
    session = new_session(case, TRAINEE, recording, {"mode": "practice"})
    perform(session, "novice")
    session.close()
    debrief = Debrief(recording, case, session.state, settings)
    _show(app, debrief)
    _save(app, debrief, "debrief")
    assert debrief.replayer is not None
    assert debrief.replay is not None
    assert debrief.compare is not None
    while debrief.replayer.pairs is None:
        app.processEvents(QtCore.QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    debrief.show_moment(SHOWN_S)
    while debrief.replay.vertebra.works is None or debrief.replay.room.works is None:
        app.processEvents(QtCore.QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    while not debrief.replayer.sculptor.is_idle:
        app.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 50)
    _save(app, debrief, "replay")
    debrief.tabs.turn_to("compare")
    debrief.compare.turn_to("expert")
    debrief.expert.ask.click()
    while debrief.expert.expert is None:
        app.processEvents(QtCore.QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    _save(app, debrief, "compare")
    debrief.close()


def _show(app: QtWidgets.QApplication, window: QtWidgets.QWidget, size: tuple[int, int] = SIZE) -> None:
    window.resize(*size)
    window.show()
    for _ in range(5):
        app.processEvents()


def _save(app: QtWidgets.QApplication, window: QtWidgets.QWidget, name: str, size: tuple[int, int] = SIZE) -> None:
    """Grab a window as it is on a small screen."""
    _show(app, window, size)
    grabbed = window.grab().toImage().convertToFormat(QtGui.QImage.Format.Format_RGB888)
    picture = Image.frombuffer("RGB", size, bytes(grabbed.constBits()), "raw", "RGB", grabbed.bytesPerLine(), 1)
    IMAGES.mkdir(exist_ok=True)
    picture.save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
