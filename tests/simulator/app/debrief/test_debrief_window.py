"""The debrief's window: tabs, time bar, replay, what is written; and recordings that cannot be trusted."""

from __future__ import annotations

import csv
import gc
import json
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6 import QtCore, QtGui, QtWidgets
from pytestqt.qtbot import QtBot

from simulator.app import theme
from simulator.app.debrief import replay_page, replayer
from simulator.app.debrief.vertebra_parts import Model
from simulator.app.debrief.vertebra_view import VertebraView
from simulator.app.debrief.window import Debrief
from simulator.app.outside.gl_probe import can_draw
from simulator.app.settings import Settings
from simulator.app.wording import LANGUAGES, Wording
from simulator.assessment.score import score
from simulator.engine.case import Case
from simulator.engine.recording import read
from simulator.engine.replay import UnreadableRecordingError
from tests.simulator.app.debrief.conftest import LAST, PUNCTURED, SHOT

PATIENCE_MS = 90_000
Opens = Callable[..., Debrief]


@pytest.fixture
def opens(
    case: Case, qtbot: QtBot, qapp: QtWidgets.QApplication, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Opens]:
    """Opens debriefs of the coarse case, without 3D."""
    theme.apply(qapp)
    monkeypatch.setattr(replay_page, "can_draw", lambda: False)
    made: list[Debrief] = []

    def open_(path: Path, language: str = "en", given: Case | None = case, page: str = "score") -> Debrief:
        made.append(Debrief(path, given, None, Settings(language=language), page=page))
        made[-1].resize(1280, 800)
        made[-1].show()
        return made[-1]

    yield open_
    for one in made:
        one.close()
        one.deleteLater()
    qapp.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)


def replayed(debrief: Debrief, qtbot: QtBot) -> Debrief:
    """When everything has been played and drawn."""
    qtbot.waitUntil(
        lambda: debrief.replayer.pairs is not None and debrief.replayer.is_finished, timeout=PATIENCE_MS
    )
    return debrief


def test_the_score_is_there_at_once(opens: Opens, short_file: Path) -> None:
    debrief = opens(short_file)
    report = score(read(short_file))
    assert debrief.report == report
    assert debrief.table.rowCount() == len(report.criteria)
    assert f"{report.total:.0f} of 100" in debrief.verdict.text()
    assert not debrief.score.remarks.isVisible()
    assert debrief.export.buttons["json"].isEnabled()


def test_the_replay_shows_what_was(opens: Opens, qtbot: QtBot, short_file: Path) -> None:
    debrief = replayed(opens(short_file), qtbot)
    qtbot.mouseClick(debrief.tabs.buttons["replay"], QtCore.Qt.MouseButton.LeftButton)
    page = debrief.replay
    assert page.tick == SHOT
    assert np.ptp(page.monitors["A"].grey) > 50
    page.seek(SHOT - 1)
    assert page.monitors["A"].grey is None
    qtbot.mouseClick(page.buttons["picture_after"], QtCore.Qt.MouseButton.LeftButton)
    assert page.tick == SHOT
    page.seek(30)
    qtbot.mouseClick(page.buttons["after"], QtCore.Qt.MouseButton.LeftButton)
    assert page.tick == PUNCTURED
    assert "Skin punctured (left)" in page.said.text()
    assert page.moment.state.needle("left") is not None
    qtbot.mouseClick(page.buttons["before"], QtCore.Qt.MouseButton.LeftButton)
    assert page.tick < PUNCTURED
    assert page.moment.state.needle("left") is None
    assert "/" in page.vitals.fields["pressure"].text()
    assert page.vertebra.image is None
    page.vertebra.grab()


def test_the_time_bar_is_clicked_dragged_and_stepped(opens: Opens, qtbot: QtBot, short_file: Path) -> None:
    debrief = replayed(opens(short_file, page="replay"), qtbot)
    page, bar = debrief.replay, debrief.replay.bar
    qtbot.waitUntil(bar.isVisible)
    x = round(bar.x_of(PUNCTURED))
    mark = next(m for m in bar.marks if m.kind == "skin_punctured")
    y = next(y for y in range(bar.height()) if bar.mark_at(x, y) is mark)
    qtbot.mouseClick(bar, QtCore.Qt.MouseButton.LeftButton, pos=QtCore.QPoint(x + 2, y))
    assert page.tick == PUNCTURED
    qtbot.mouseClick(bar, QtCore.Qt.MouseButton.LeftButton, pos=QtCore.QPoint(bar.width() + 50, y))
    assert page.tick == LAST
    bar.setFocus()
    qtbot.keyClick(bar, QtCore.Qt.Key.Key_Left)
    assert page.tick == LAST - 60
    qtbot.keyClick(bar, QtCore.Qt.Key.Key_Left, QtCore.Qt.KeyboardModifier.ControlModifier)
    assert page.tick == 0
    qtbot.keyClick(bar, QtCore.Qt.Key.Key_End)
    assert page.tick == LAST


def test_it_plays_by_itself_and_stops_at_the_end(opens: Opens, qtbot: QtBot, short_file: Path) -> None:
    page = replayed(opens(short_file, page="replay"), qtbot).replay
    page.seek(0)
    qtbot.mouseClick(page.speeds[16], QtCore.Qt.MouseButton.LeftButton)
    qtbot.mouseClick(page.buttons["play"], QtCore.Qt.MouseButton.LeftButton)
    assert page.is_playing
    qtbot.waitUntil(lambda: not page.is_playing, timeout=PATIENCE_MS)
    assert page.tick == LAST
    page.play_or_stop()
    qtbot.waitUntil(lambda: page.tick > 0)
    page.play_or_stop()
    assert not page.is_playing


def test_a_line_with_a_time_leads_to_its_moment(opens: Opens, qtbot: QtBot, short_file: Path) -> None:
    debrief = replayed(opens(short_file), qtbot)
    debrief.score.jump.emit(PUNCTURED / 60.0)
    assert debrief.tabs.page == "replay"
    assert debrief.replay.tick == PUNCTURED
    debrief.tabs.turn_to("score")
    timed = [row for row, line in enumerate(debrief.report.criteria) if line.at_s is not None]
    debrief.score.table.cellClicked.emit((timed or [0])[0], 5)
    assert debrief.tabs.page == ("replay" if timed else "score")


def test_everything_can_be_written(opens: Opens, qtbot: QtBot, short_file: Path, tmp_path: Path) -> None:
    debrief = replayed(opens(short_file, page="replay"), qtbot)
    export = debrief.export
    export.folder = tmp_path / "out"
    debrief.tabs.turn_to("export")
    qtbot.mouseClick(export.buttons["json"], QtCore.Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: export.busy is None)
    assert "could not be written" in export.said.text()
    export.folder.mkdir()
    for kind in ("json", "csv", "png", "gif"):
        qtbot.waitUntil(export.buttons[kind].isEnabled)
        qtbot.mouseClick(export.buttons[kind], QtCore.Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: export.busy is None, timeout=PATIENCE_MS)
        assert "Written" in export.said.text(), export.said.text()
    stem = export.folder / short_file.stem
    assert json.loads(stem.with_suffix(".json").read_text())["recording_digest"] == debrief.report.recording_digest
    (row,) = csv.DictReader(stem.with_suffix(".csv").open())
    assert row["trainee"] == "T-042"
    with Image.open(f"{stem}-A.png") as picture:
        assert np.array_equal(np.asarray(picture), debrief.replay.monitors["A"].grey)
    with Image.open(stem.with_suffix(".gif")) as film:
        ticks = {mark.tick for mark in debrief.replay.marks if mark.kind == "exposed"}
        assert film.n_frames == len(ticks) > 5


@pytest.mark.slow
def test_the_report_is_written_with_the_pictures_of_the_replay(
    opens: Opens, qtbot: QtBot, short_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    debrief = replayed(opens(short_file), qtbot)
    monkeypatch.setattr("simulator.assessment.report.replay", None)  # it need not be played once more
    debrief.export.write("html")
    qtbot.waitUntil(lambda: debrief.export.busy is None, timeout=PATIENCE_MS)
    assert "Written" in debrief.export.said.text(), debrief.export.said.text()
    assert "data:image/png" in short_file.with_suffix(".html").read_text()


def test_comparing_shows_pictures_and_attempts(opens: Opens, qtbot: QtBot, short_file: Path) -> None:
    debrief = replayed(opens(short_file), qtbot)
    debrief.tabs.turn_to("compare")
    assert np.ptp(debrief.ideal.views["frontal", "true_view"].grey) > 50
    assert "beside the true view" in debrief.ideal.captions["lateral", "own"].text()
    debrief.compare.turn_to("attempts")
    qtbot.waitUntil(lambda: len(debrief.attempts.found) == 1)
    assert debrief.attempts.table.item(0, 0).text().endswith("(this one)")
    debrief.compare.turn_to("expert")
    assert debrief.expert.ask.isEnabled()


def test_the_expert_comes_and_can_be_given_up(
    opens: Opens, qtbot: QtBot, short_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from simulator.app.debrief import expert

    asked: list[bool] = []

    def slow(_case: Case, report: Callable[[float], None]) -> object:
        asked.append(True)
        while len(asked) == 1:
            report(0.3)
        return read(short_file)

    monkeypatch.setattr(expert, "played", slow)
    debrief = replayed(opens(short_file), qtbot)
    debrief.tabs.turn_to("compare")
    debrief.compare.turn_to("expert")
    page = debrief.expert
    qtbot.mouseClick(page.ask, QtCore.Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "30 %" in page.about.text())
    qtbot.mouseClick(page.cancel, QtCore.Qt.MouseButton.LeftButton)
    assert page.expert is None
    qtbot.mouseClick(page.ask, QtCore.Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.expert is not None)
    assert page.table.item(0, 1).text() == page.table.item(0, 2).text() == f"{debrief.report.total:.0f}"
    page.ways.grab()


def test_a_recording_that_cannot_be_played_shows_its_score(
    opens: Opens, qtbot: QtBot, short_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __init__(self, *_arguments: object) -> None:
            raise UnreadableRecordingError("the command 'fly' cannot be understood")

    monkeypatch.setattr(replayer, "Track", Broken)
    debrief = opens(short_file)
    qtbot.waitUntil(lambda: "'fly'" in debrief.score.remarks.text())
    assert not debrief.tabs.buttons["replay"].isEnabled()
    assert debrief.table.rowCount() > 10


def test_one_that_plays_otherwise_says_so(
    opens: Opens, qtbot: QtBot, short_file: Path, case: Case, coarse_other: Case
) -> None:
    debrief = replayed(opens(short_file, given=coarse_other), qtbot)
    assert "does not go as it was recorded" in debrief.score.remarks.text()


@pytest.fixture(scope="module")
def coarse_other(kyphoplasty: object) -> Case:
    """The same patient with another seed: C-arm and table begin elsewhere."""
    from simulator.engine.case import make_case
    from tests.conftest import coarse_patient_of

    return make_case(kyphoplasty, 7, patient_of=coarse_patient_of)  # type: ignore[arg-type]


def test_what_was_kept_is_let_go_of(opens: Opens, qtbot: QtBot, short_file: Path) -> None:
    debrief = replayed(opens(short_file, page="replay"), qtbot)
    state = weakref.ref(debrief.replayer.track.final)
    debrief.close()
    gc.collect()
    assert state() is None
    debrief.replay.seek(0)


def test_closing_in_the_middle_of_the_replay(opens: Opens, qtbot: QtBot, short_file: Path) -> None:
    debrief = opens(short_file, page="replay")
    qtbot.waitUntil(lambda: debrief.replayer.played_tick > 0, timeout=PATIENCE_MS)
    debrief.close()
    assert debrief.replayer.track is None
    qtbot.wait(50)


def test_what_cannot_be_read_opens_with_a_sentence(opens: Opens, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "it.vsim"
    path.write_bytes(b"nothing\n")
    debrief = opens(path)
    assert "cannot be read" in debrief.score.remarks.text()
    assert list(debrief.tabs.pages) == ["score"]
    with qtbot.waitSignal(debrief.left):
        qtbot.mouseClick(debrief.back, QtCore.Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(("size", "scale"), [((1280, 800), 1.0), ((1280, 800), 1.5), ((2560, 1440), 1.0)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_clipped(
    opens: Opens,
    qapp: QtWidgets.QApplication,
    short_file: Path,
    size: tuple[int, int],
    scale: float,
    language: str,
) -> None:
    theme.apply(qapp, scale)
    debrief = opens(short_file, language)
    debrief.resize(*size)
    for name in debrief.tabs.pages:
        debrief.tabs.turn_to(name)
        qapp.processEvents()
        assert (debrief.width(), debrief.height()) == size
        for button in debrief.findChildren(QtWidgets.QPushButton):
            wanted = button.fontMetrics().horizontalAdvance(button.text()) + 8
            assert not button.isVisible() or button.width() >= wanted, button.text()


@pytest.mark.gl
def test_the_vertebra_is_drawn_turned_and_named(
    opens: Opens, qtbot: QtBot, short_file: Path, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not can_draw():
        pytest.skip("no OpenGL here")
    monkeypatch.setattr(replay_page, "can_draw", lambda: True)
    debrief = replayed(opens(short_file, page="replay"), qtbot)
    debrief.replay.seek(LAST)
    view = debrief.replay.vertebra
    qtbot.waitUntil(lambda: view.image is not None, timeout=PATIENCE_MS)
    words = [Wording()(f"part.{name}") for name in ("needle", "way", "planned")]
    qtbot.waitUntil(lambda: [text for text, _ in view.legend] == words)
    first = view.image
    assert first.std() > 20.0
    pressed = QtCore.Qt.MouseButton.LeftButton
    for kind, x in ((QtCore.QEvent.Type.MouseButtonPress, 60.0), (QtCore.QEvent.Type.MouseMove, 110.0)):
        at = QtCore.QPointF(x, 60.0)
        event = QtGui.QMouseEvent(kind, at, at, pressed, pressed, QtCore.Qt.KeyboardModifier.NoModifier)
        QtWidgets.QApplication.sendEvent(view, event)
    assert not np.array_equal(view.image, first)
    assert "vertebra" in debrief.shown()


def test_without_opengl_the_vertebra_says_so(qtbot: QtBot) -> None:
    view = VertebraView(Wording(), probe=lambda: False)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitUntil(lambda: view.works is False)
    view.grab()
    assert view.image is None


def test_why_a_vertebra_is_not_drawn_is_told(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no render window")

    view = VertebraView(Wording(), probe=lambda: True)
    monkeypatch.setattr(view, "_place", broken)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitUntil(lambda: view.works is True)
    view.show_model(Model((), {}))
    assert view.works is False
    assert "RuntimeError: no render window" in view.told
