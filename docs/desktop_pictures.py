"""Draw the desktop's windows for the trainee's guide: ``make pictures``. Look at them before committing.

An expert plays a case; the windows show a moment of it, as the desktop opens and furnishes them. A novice plays it
too, for the debrief. No screen needed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from PIL import Image
from PySide6 import QtCore, QtGui, QtWidgets
from sheets import PULSES

from scenarios.cases import find, ids
from simulator.app import theme
from simulator.app.debrief.window import Debrief
from simulator.app.desktop import Desktop
from simulator.app.guide.tutor import GuidedSession, guided_session
from simulator.app.guide.view_steps import ITEMS
from simulator.app.library.pictures import expose, radiograph_path
from simulator.app.procedure.room import Room
from simulator.app.sessions.player import Update
from simulator.app.settings import FOLDER_VARIABLE, Settings, recordings_folder, save
from simulator.assessment.trainees.procedure import perform
from simulator.engine import patient_cache
from simulator.engine.case import Case, make_case
from simulator.engine.commands import CheckOff, GiveDrug
from simulator.engine.events import Event
from simulator.engine.screens import Screens
from simulator.engine.session import Session, new_session
from simulator.engine.state import DEVICE_EVERY, TICK_HZ, State
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


def exposed(case: Case, state: State) -> Update:
    """A state with its live pictures after a few pulses of both planes."""
    screens = Screens(case)
    for pulse in range(PULSES):
        now = replace(state, tick=state.tick + 4 * pulse)
        found = {plane.name: screens.show(now, plane) for plane in now.planes}
    return Update(state, found, views={plane.name: case.view(state, plane) for plane in state.planes})


class Enough(Exception):  # noqa: N818 - nothing is wrong
    """The moment has come: the session need not be played any further."""


def main() -> None:
    """Draw library, room and debrief into docs/images, as the desktop shows them to somebody who has played."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")  # a window says so where there is no sound
    app = QtWidgets.QApplication([])
    theme.apply(app)
    os.chdir(tempfile.mkdtemp())  # the debrief names the recording: no place of this machine is to be read there
    os.environ[FOLDER_VARIABLE] = "user"
    save(Settings(trainee=TRAINEE))
    desktop = Desktop()
    case = make_case(find(CASE), 1)
    _library(app, desktop, case)
    _tutorial(app, desktop, case)
    recording = _room(app, desktop, case)
    _debrief(app, desktop, case, recording)
    desktop.comfort.close()


def _library(app: QtWidgets.QApplication, desktop: Desktop, case: Case) -> None:
    """The library with its radiographs, prior imaging, and the settings over it."""
    for one in map(find, ids()):
        patient_cache.patient_of(one.patient)
        path = radiograph_path(one)
        if path is None or not path.exists():
            expose(one)
    library = desktop.open_library()
    _save(app, library, "library")
    library.page.setCurrentWidget(library.page.imaging)
    library.page.imaging.show_ct(prior_ct(case.patient))
    _save(app, library, "prior_imaging")
    settings = desktop.comfort.open_settings(library, "keys")
    _save(app, settings, "settings", (800, 520))
    settings.close()


def _tutorial(app: QtWidgets.QApplication, desktop: Desktop, case: Case) -> None:
    """The first cannula on its way, led by the guide."""
    session = guided_session(case, TRAINEE, None, {"mode": "tutorial"})
    room = desktop.open_room(case.scenario.title, "tutorial", guide_of=lambda: session.guide)
    _show(app, room)

    def watch(session: Session, events: Sequence[Event]) -> None:
        assert isinstance(session, GuidedSession)
        _follow(room, case, session, events)
        if led(session):
            room.follow(case, exposed(case, session.state))
            raise Enough

    _prepare(session)
    with suppress(Enough):
        perform(session, "expert", watch)
    _save(app, room, "tutorial")


def _room(app: QtWidgets.QApplication, desktop: Desktop, case: Case) -> Path:
    """Both balloons full. Returns the recording of the whole session."""
    recording = Path(f"{CASE}-{TRAINEE}-001.vsim")
    session = guided_session(case, TRAINEE, recording, {"mode": "practice"})
    room = desktop.open_room(case.scenario.title, "practice", guide_of=lambda: session.guide)
    _show(app, room)
    moment: list[State] = []

    def watch(session: Session, events: Sequence[Event]) -> None:
        if moment:
            return
        _follow(room, case, session, events)
        if shown(session.state):
            moment.append(session.state)
            room.follow(case, exposed(case, session.state))
            _save(app, room, "room")

    _prepare(session)
    perform(session, "expert", watch)
    session.close()
    return recording


def _prepare(session: Session) -> None:
    """Before the skin: time-out and antibiotic."""
    session.tick([*(CheckOff(item) for item in ITEMS), GiveDrug("cefazolin", 2.0, "g")])


def _follow(room: Room, case: Case, session: Session, events: Sequence[Event]) -> None:
    if events or session.state.tick % DEVICE_EVERY == 0:
        room.follow(case, Update(session.state, events=list(events)))


def _debrief(app: QtWidgets.QApplication, desktop: Desktop, case: Case, expert: Path) -> None:
    """The tabs of the debrief of a novice, whose earlier attempt is the expert's."""
    kept = recordings_folder()
    kept.mkdir(parents=True)
    expert.rename(kept / expert.name)
    recording = kept / expert.name.replace("001", "002")
    session = new_session(case, TRAINEE, recording, {"mode": "practice"})
    perform(session, "novice")
    session.close()
    desktop.open_debrief(recording)
    debrief = desktop.window
    assert isinstance(debrief, Debrief)
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
