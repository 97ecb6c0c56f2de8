"""docs/trainee.md followed literally, from the first start to the debrief, by somebody who has read nothing else.

Each thing that is done quotes the sentence of the page that told it; a sentence that the page no longer has fails
here, and so does a paragraph that nobody follows. VERTEBROSIM_PAGE_PICTURES names a folder for a picture of each
step, for whoever wants to judge them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtTest import QTest

from simulator.app import settings
from simulator.app.debrief.window import Debrief
from simulator.app.desktop import Desktop
from simulator.app.library.window import Library
from simulator.app.procedure.room import Room
from simulator.cli import main
from simulator.engine import patient_cache
from simulator.engine import replay as replaying
from tests.conftest import coarse_patient_of
from tests.simulator.app.guide.led_reader import LedReader
from tests.simulator.app.guide.literal_reader import Page, Reader, click, grab, wait_until

PAGE = Path(__file__).parents[4] / "docs" / "trainee.md"
FOLDER = Path(os.environ["VERTEBROSIM_PAGE_PICTURES"]) if "VERTEBROSIM_PAGE_PICTURES" in os.environ else None
CASE = "metastasis"
"""A vertebroplasty with one cannula on two planes: the shortest case there is."""
SPEED = 12.0
HELD_MS = 300


@pytest.mark.slow
def test_the_page_is_followed_literally(
    desktop_at: Callable[[float], Desktop], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case_of = replaying.case_of
    monkeypatch.setattr(replaying, "case_of", lambda recording: case_of(recording, patient_of=coarse_patient_of))
    monkeypatch.setattr(patient_cache, "patient_of", coarse_patient_of)
    page, desktop = Page(PAGE.read_text(encoding="utf-8")), desktop_at(SPEED)
    the_library(desktop.open_library(), page)
    with_the_guide(desktop, page)
    desktop = broken_off_and_taken_up(desktop, desktop_at, page)
    recording = to_the_end(desktop, page)
    the_debrief(desktop, page)
    on_the_command_line(recording, page, capsys)
    by_oneself(desktop, page)
    made_to_fit(desktop, page)
    assert page.not_followed() == []


def test_what_the_page_no_longer_says_and_what_nobody_follows_is_found() -> None:
    page = Page("# Title\n\nDo this. Then that.\n\n- One point\n  of two lines.\n- Another.\n\n## Key card\n")
    page.says("Then that.")
    page.says("point of two lines")
    assert page.not_followed() == ["- Another."]
    with pytest.raises(AssertionError, match="no longer says: Do that"):
        page.says("Do that")


def the_library(library: Library, page: Page) -> None:
    """What is done before a case begins, the first time."""
    library.resize(1280, 800)
    grab(FOLDER, "library", library)
    page.says("Give your id once; it is remembered.")
    assert library.focusWidget() is library.trainee, "the cursor stands there"
    QTest.keyClicks(library.trainee, "T-042")
    click(library.who.keep)
    page.says(
        "Cards show level, difficulty, time, your attempts and your best total; search, filter and sort them"
    )
    QTest.keyClicks(library.search, CASE)
    assert library.list.count() == 1
    for words in ("L3", "advanced", "35 min", "not tried yet"):
        assert words in library.list.item(0).text()
    page.says("Read the **Briefing** and what the patient is to be told, then tick that this was done.")
    assert "Told to the patient before consent" in library.briefing.toPlainText()
    assert not library.start.isEnabled()
    QTest.mouseClick(library.consent, QtCore.Qt.MouseButton.LeftButton, pos=QtCore.QPoint(8, 10))
    page.says("**What counts** lists what fails an attempt and the points, **Own attempts** opens the debrief")
    turn_to(library, 1)
    assert "What fails the attempt" in library.page.counting.toPlainText()
    page.says("**Prior imaging** is the CT of this patient before the procedure.")
    turn_to(library, 2)
    wait_until(lambda: library.page.imaging.ct is not None)
    imaging = library.page.imaging
    page.says("The wheel or the slider scrolls, a click lets the other sections go through that place")
    view = imaging.views["axial"]
    before = view.grey
    wheel(view, 1)
    assert view.grey is not before
    QTest.qWait(HELD_MS)
    grab(FOLDER, "prior-imaging", library)
    page.says("*Open a scenario file* lists one of your own")
    assert library.open_file_button.text().startswith("Open a scenario file")
    assert library.open_folder.text() == "Folder of own cases"
    page.says("Choose **Tutorial** (a guide leads through the case; it stands there at first")
    assert library.modes.currentText() == "Tutorial"
    page.says("press **Start the case**")
    assert library.start.text() == "Start the case"
    click(library.start)


def with_the_guide(desktop: Desktop, page: Page) -> None:
    """The tutorial until the cannula is in the pedicle."""
    reader = LedReader(room_of(desktop), page, FOLDER)
    room = reader.room
    room.resize(1280, 800)
    page.says("Choose the **Tutorial** if you have never done this. It needs no other page than this one.")
    page.says("The blue line below the monitors says which step it is and what is still missing")
    reader.wait_until(lambda: reader.title == "Time-out")
    assert "6 items" in reader.missing
    page.says("`Ctrl+G` shows the whole step: what to do, why, and the list of all steps.")
    assert reader.lead.page.isVisible()
    reader.press("Ctrl+G")
    assert not reader.lead.page.isVisible()
    reader.press("Ctrl+G")
    page.says(
        "At the time-out, `Ctrl+K` confirms one item after the other; they say what is known of this patient."
    )
    assert "lytic metastasis" in reader.what
    page.says("The panels come back with their own keys (`F1`, `F2`, `F3`).")
    page.says("The guide goes on by itself as soon as a step is done.")
    reader.follow(lambda: reader.title == "Bring the level to the middle")
    page.says("Lines on the pictures (`Ctrl+O`): orange the planned way, blue the pedicles, yellow the endplates")
    kinds = {line.kind for line in reader.lead.lines["A"].lines}
    assert {"corridor", "pedicle", "endplate", "skin"} <= kinds
    reader.press("Ctrl+O")
    assert not reader.lead.lines_on
    reader.press("Ctrl+O")
    page.says("`Ctrl+Z` goes back to the beginning of the step; twice at once, to the step before.")
    reader.press("Ctrl+Z")
    assert "Back at the beginning of" in reader.said
    reader.follow(lambda: reader.title.startswith("Through the pedicle"))


def broken_off_and_taken_up(desktop: Desktop, desktop_at: Callable[[float], Desktop], page: Page) -> Desktop:
    """The window is closed in the middle; another day the library offers to go on."""
    page.says("A window that is closed in the middle leaves a recording: the library offers to go on with it")
    room_of(desktop).close()
    another = desktop_at(SPEED)
    library = another.open_library()
    library.resize(1280, 800)
    assert library.trainee.text() == "T-042", "it is remembered"
    assert library.interrupted.isVisible()
    grab(FOLDER, "broken-off", library)
    click(library.interrupted.buttons["resume"])
    return another


def to_the_end(desktop: Desktop, page: Page) -> Path:
    """On with the guide, until the debrief is there; the recording."""
    reader = LedReader(room_of(desktop), page, FOLDER)
    reader.room.resize(1280, 800)
    reader.wait_until(lambda: reader.title.startswith("Through the pedicle"))
    page.says("The last step is to end the procedure; then the debrief opens.")
    reader.follow(lambda: False)
    wait_until(lambda: isinstance(desktop.window, Debrief))
    return debrief_of(desktop).found.path


def the_debrief(desktop: Desktop, page: Page) -> None:
    """Score, replay, comparing, files."""
    debrief = debrief_of(desktop)
    debrief.resize(1280, 800)
    page.says(
        "**Score** is there at once: verdict, what failed the attempt, every line with its value and its points"
    )
    assert "of 100 points" in debrief.verdict.text()
    assert debrief.table.rowCount() > 15
    QTest.qWait(HELD_MS)
    grab(FOLDER, "score", debrief)
    page.says("A line with a time (`▸ 2:45`) leads to that moment.")
    row = next(row for row in range(debrief.table.rowCount()) if debrief.table.item(row, 5).text())
    at = debrief.table.visualItemRect(debrief.table.item(row, 5)).center()
    QTest.mouseClick(debrief.table.viewport(), QtCore.Qt.MouseButton.LeftButton, pos=at)
    assert debrief.tabs.page == "replay"
    page.says("**Replay** plays the session again in the background")
    assert debrief.replayer is not None
    assert debrief.replay is not None
    wait_until(lambda: debrief.replayer.pairs is not None)  # type: ignore[union-attr]
    page.says(
        "Click or drag on the time bar; each kind of event has its row. `Shift+←` `Shift+→` go from event to event"
    )
    before = debrief.replay.time.text()
    QTest.keySequence(debrief, QtGui.QKeySequence("Shift+Left"))
    assert debrief.replay.time.text() != before
    grab(FOLDER, "replay", debrief)
    page.says("**Compare** has three pages")
    click(debrief.tabs.buttons["compare"])
    assert debrief.compare is not None
    assert len(debrief.compare.buttons) == 3
    page.says("**Export** writes the whole report (HTML), the score (JSON, CSV)")
    click(debrief.tabs.buttons["export"])
    assert debrief.export is not None
    click(debrief.export.buttons["json"])
    wait_until(lambda: "Written" in debrief.export.said.text())  # type: ignore[union-attr]
    grab(FOLDER, "export", debrief)
    (written,) = debrief.export.folder.glob("*.json")
    assert json.loads(written.read_text(encoding="utf-8"))["trainee"] == "T-042"


def on_the_command_line(recording: Path, page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    """The recording judged again without a window."""
    page.says(
        "`vertebrosim score FILE` prints the score, `vertebrosim verify FILE` whether it is as it was recorded"
    )
    assert main(["score", str(recording)]) == 0
    assert "of 100" in capsys.readouterr().out
    assert main(["verify", str(recording)]) == 0
    assert "verified" in capsys.readouterr().out
    page.says("A recording that was cut off, changed afterwards, or made by another version opens as well")


def by_oneself(desktop: Desktop, page: Page) -> None:
    """Practice: each of the numbered points, in short."""
    page.says("**End the procedure** with the button at the lower right.")
    click(debrief_of(desktop).back)
    library = desktop.window
    assert isinstance(library, Library)
    QTest.keyClicks(library.search, CASE)
    library.modes.setCurrentIndex(library.modes.findText("Practice"))
    QTest.mouseClick(library.consent, QtCore.Qt.MouseButton.LeftButton, pos=QtCore.QPoint(8, 10))
    click(library.start)
    reader = Reader(room_of(desktop), page, FOLDER)
    reader.room.resize(1280, 800)
    page.says("In **Practice** `Ctrl+T` tells what is missing")
    reader.press("Ctrl+T")
    assert reader.said.startswith("Hint 1: Time-out.")
    see(reader)
    aim_and_advance(reader)
    page.says(
        "**Balloon** (kyphoplasty): stylet out `Y`, drill `K`, balloon in `U`, inflate `I`, empty `O`, out `J`."
    )
    reader.press("Y")
    reader.wait_until(lambda: "stylet" in reader.said.lower())
    page.says("**Cement**: mix `M`, look at a drop `Ctrl+S`, then hold `E` to press it in")
    reader.press("M")
    reader.wait_until(lambda: "mixed" in reader.said)
    page.says("Ask the patient with `Ctrl+P`: he tells of pain and complaints, and whether both legs move.")
    reader.press("Ctrl+P")
    reader.wait_until(lambda: "Legs" in reader.said)
    page.says(
        "**Tools** (`F2`) go through a cannula whose stylet is out: choose with the list or `4` `5`, in with `6`"
    )
    reader.show("F2", "tools")
    reader.press("6")
    grab(FOLDER, "practice", reader.room)
    page.says("`Esc` pauses")
    reader.press("Esc")
    assert reader.room.pause_button.isChecked()
    QTest.keyClick(reader.room, QtCore.Qt.Key.Key_Escape)


def see(reader: Reader) -> None:
    """1. See."""
    page, room = reader.page, reader.room
    page.says("Hold `Space` (plane A) or `V` (plane B) for fluoroscopy, or take single pictures with `X` and `C`.")
    reader.hold("Space", until=lambda: room.monitors["A"].grey is not None)
    reader.shot("C")
    page.says(
        "Turn the C-arm with `A` `D` (orbital) and `W` `S` (cranial, caudal), move the table with `T` `G` `F` `H`"
    )
    stood = reader.read("carm", "orbital")
    reader.hold("D", until=lambda: reader.read("carm", "orbital") != stood)
    page.says("`P` changes the plane that turns, `Q` between slow and fast, small and large steps")
    reader.plane("B")
    reader.plane("A")
    page.says("`Ctrl+1` to `Ctrl+3` go to stored positions")
    reader.press("Ctrl+1")
    reader.wait_until(lambda: reader.read("carm", "orbital") == "+0°")
    page.says("`F10` shows the C-arm's console (dose, exposure, blades, iris, table height), `F11` the monitor's")
    reader.show("F10", "machine")
    reader.show("F11", "screen")
    page.says("store a picture with `Shift+S`, have it beside the live one with `F12`")
    reader.press("Shift+S")
    reader.press("F12")
    reader.wait_until(lambda: room.places.reference.isVisible())
    reader.press("F12")
    reader.shot("X")


def aim_and_advance(reader: Reader) -> None:
    """2. Aim, 3. Advance."""
    page, room = reader.page, reader.room
    page.says("Choose the side with `Tab`. Click on the frontal picture, or on the back in the room view (`F4`)")
    reader.side("left")
    monitor = room.monitors["A"]
    QTest.mouseClick(monitor, QtCore.Qt.MouseButton.LeftButton, pos=monitor.rect().center() - QtCore.QPoint(60, 0))
    page.says("Set the angles with the arrow keys (convergence) and `PgUp` `PgDn` (cranial, caudal)")
    reader.turn("convergence", 20.0)
    page.says("Then press `Enter`.")
    reader.press("Enter")
    reader.wait_until(lambda: "through the skin" in reader.said)
    page.says("**Advance** with `↑` or the mouse wheel (with `Ctrl` by the other step), draw back with `↓`.")
    reader.press("1")
    reader.advance(6.0)
    assert reader.number("needle", "depth") == pytest.approx(6.0, abs=0.5)
    wheel(monitor, 1)
    reader.wait(0.5)
    assert reader.number("needle", "depth") > 6.0
    page.says("When something is not possible, the line beside it says why.")
    reader.press("U")
    reader.wait_until(lambda: reader.said.startswith("Not possible"))


def made_to_fit(desktop: Desktop, page: Page) -> None:
    """Sound, settings, windows of their own."""
    reader = Reader(room_of(desktop), page, FOLDER)
    page.says("`Ctrl+U` is sound off and on; the volume is in the settings.")
    reader.press("Ctrl+U")
    assert reader.said == "Sound is off."
    page.says("**Settings** (`Ctrl+,`, or the button in each window): language, size of text, volume, keys")
    reader.press("Ctrl+,")
    opened = desktop.comfort.window
    assert opened is not None
    page.says("Any action takes any key: double-click it, press the key; if another action has it, you are asked.")
    opened.show_page("keys")
    assert "Double-click an action" in opened.keys.told.text()
    page.says("Plug one in at any time.")
    opened.show_page("pad")
    grab(FOLDER, "settings", opened)
    click(opened.close_button)
    page.says("`Ctrl+W` for the plane in hand: the monitor goes to the second screen, if there is one")
    reader.press("Ctrl+W")
    assert room_of(desktop).monitors["A"].window() is not desktop.window
    page.says("Again, or closing its window, brings it back")
    reader.press("Ctrl+W")
    assert room_of(desktop).monitors["A"].window() is desktop.window
    assert settings.load().muted


def room_of(desktop: Desktop) -> Room:
    """The procedure room that is open."""
    assert isinstance(desktop.window, Room)
    return desktop.window


def debrief_of(desktop: Desktop) -> Debrief:
    """The debrief that is open."""
    assert isinstance(desktop.window, Debrief)
    return desktop.window


def turn_to(library: Library, tab: int) -> None:
    """A click on a tab of the case's page."""
    bar = library.page.tabBar()
    click(bar, bar.tabRect(tab).center())


def wheel(widget: QtWidgets.QWidget, notches: int) -> None:
    """Turn the mouse wheel over the middle of a widget."""
    at, kind = QtCore.QPointF(widget.rect().center()), QtCore.Qt
    event = QtGui.QWheelEvent(
        at, widget.mapToGlobal(at), QtCore.QPoint(), QtCore.QPoint(0, 120 * notches),
        kind.MouseButton.NoButton, kind.KeyboardModifier.NoModifier, kind.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QtWidgets.QApplication.sendEvent(widget, event)
