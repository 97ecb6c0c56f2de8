"""The library's window: cards, briefing, consent, prior imaging, own attempts and own files."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6 import QtCore, QtGui, QtWidgets
from pytestqt.qtbot import QtBot

from scenarios import cases
from simulator.app import settings, theme
from simulator.app.library import pictures, prior_imaging
from simulator.app.library.prior_imaging import NEAR_MM, PriorImaging
from simulator.app.library.window import Library
from simulator.app.wording import LANGUAGES, Wording
from simulator.engine.case import Case
from simulator.engine.recording import read
from simulator.imaging.prior_ct import SECTIONS, PriorCt, prior_ct

CASE = "kyphoplasty-l1-wedge"
OLD = Path(__file__).parents[3] / "data" / "recordings" / "format-1.vsim"
LEFT = QtCore.Qt.MouseButton.LeftButton
PATIENCE_MS = 30_000


@pytest.fixture(scope="module")
def ct(case: Case) -> PriorCt:
    """The CT of the coarse patient that other windows show as well."""
    return prior_ct(case.patient)


@pytest.fixture
def library(qtbot: QtBot, qapp: QtWidgets.QApplication) -> Iterator[Library]:
    theme.apply(qapp)
    yield from opened(qtbot)


def opened(qtbot: QtBot, **how: object) -> Iterator[Library]:
    made = Library(settings.Settings(**({"trainee": "T-042"} | how)))  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


def test_the_id_is_asked_once(qtbot: QtBot) -> None:
    for made in opened(qtbot, trainee=""):
        named: list[str] = []
        made.named.connect(named.append)
        chosen: list[tuple[str, ...]] = []
        made.chosen.connect(lambda *what: chosen.append(what))  # noqa: B023
        made.consent.setChecked(True)
        qtbot.mouseClick(made.start, LEFT)
        assert chosen == []
        assert "Give your id first" in made.begin.tip.text()
        qtbot.keyClicks(made.trainee, "T-7")
        qtbot.keyClick(made.trainee, QtCore.Qt.Key.Key_Return)
        assert named == ["T-7"]
        assert not made.trainee.isVisible()
        assert made.who.label.text() == "T-7"
        qtbot.mouseClick(made.start, LEFT)
        assert chosen == [(CASE, "T-7", "tutorial")], "who comes for the first time is led"


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_comes_for_the_first_time_is_told_what_to_do(qtbot: QtBot, language: str) -> None:
    for made in opened(qtbot, trainee="", language=language):
        assert made.welcome.isVisible()
        for named in (made.modes.currentText(), made.start.text()):
            assert named in made.welcome.text.text(), "by the names that stand on the window"
        assert made.modes.currentData() == "tutorial"
    for made in opened(qtbot, trainee="T-7", mode="practice", language=language):
        assert not made.welcome.isVisible()
        assert made.modes.currentData() == "practice"


def test_the_patient_is_told_before_the_start(library: Library, qtbot: QtBot) -> None:
    assert not library.start.isEnabled()
    assert "Tick" in library.start.toolTip()
    library.consent.setChecked(True)
    assert library.start.isEnabled()
    library.list.choose("vertebroplasty-t12")
    assert not library.consent.isChecked(), "another patient has not been told"
    assert not library.start.isEnabled()


def test_filters_keep_the_choice_where_they_can(library: Library) -> None:
    library.list.choose("vertebroplasty-l3-metastasis")
    library.filters.boxes["procedure"].setCurrentIndex(2)
    assert library.list.count() == sum(case.startswith("vertebro") for case in cases.ids())
    assert library.case_id == "vertebroplasty-l3-metastasis"
    library.filters.boxes["region"].setCurrentIndex(1)
    assert library.case_id == "vertebroplasty-t7-extrapedicular"
    library.search.setText("nothing like it")
    assert library.case_id is None
    assert "No case" in library.briefing.toPlainText()
    assert not library.page.isTabEnabled(2)


def test_attempts_are_listed_and_open_their_debrief(qtbot: QtBot) -> None:
    kept = settings.recordings_folder()
    kept.mkdir(parents=True)
    shutil.copy(OLD, kept / "old.vsim")
    (kept / "damaged.vsim").write_bytes(b"not a recording")
    header = read(OLD).header
    for made in opened(qtbot, trainee=header["trainee"]):
        case = header["scenario_id"]
        qtbot.waitUntil(lambda: bool(made.cards[case].standing.attempts), timeout=PATIENCE_MS)  # noqa: B023
        made.list.choose(case)
        assert "1 attempt" in made.list.currentItem().text()
        table = made.page.attempts
        made.page.setCurrentWidget(table)
        assert table.table.rowCount() == 1
        asked: list[Path] = []
        made.debrief.connect(asked.append)
        qtbot.mouseClick(table.open, LEFT)
        assert asked == [kept / "old.vsim"]
        made.trainee.setText("somebody else")
        qtbot.mouseClick(made.who.keep, LEFT)
        made.who._keep()
        assert table.table.rowCount() == 0
        assert table.none.isVisible()


def test_an_own_file_is_opened_and_a_bad_one_says_why(library: Library, tmp_path: Path, qtbot: QtBot) -> None:
    own = tmp_path / "own.toml"
    own.write_text(cases.text_of("vertebroplasty-t12").replace("One mobile", "x"), encoding="utf-8")
    library.search.setText("myeloma")
    library.open_file(own)
    assert library.case_id == str(own)
    assert "own file" in library.list.currentItem().text()
    library.consent.setChecked(True)
    chosen: list[str] = []
    library.chosen.connect(lambda key, *_rest: chosen.append(key))
    qtbot.mouseClick(library.start, LEFT)
    assert library.scenarios[chosen[0]].id == "vertebroplasty-t12"
    own.write_text(own.read_text(encoding="utf-8").replace("age_years = 81", "age_years = 181"), encoding="utf-8")
    library.open_file(own)
    assert "age_years" in library.briefing.toPlainText()
    assert not library.start.isEnabled()
    assert library.list.count() == len(cases.ids()) + 1


def test_own_cases_of_the_folder_are_there(qtbot: QtBot, user_folder: Path) -> None:
    (user_folder / "cases").mkdir(parents=True)
    (user_folder / "cases" / "mine.toml").write_text(cases.text_of(CASE), encoding="utf-8")
    (user_folder / "cases" / "bad.toml").write_text("title = ", encoding="utf-8")
    for made in opened(qtbot):
        titles = [made.list.item(row).text().splitlines()[0] for row in range(made.list.count())]
        assert titles.count(cases.find(CASE).title) == 2
        assert titles[-1] == "bad.toml"


def test_prior_imaging_comes_when_it_is_looked_at(
    library: Library, qtbot: QtBot, ct: PriorCt, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def load(scenario: object) -> PriorCt:
        asked.append(scenario.id)  # type: ignore[attr-defined]
        return ct

    monkeypatch.setattr(prior_imaging, "load", load)
    assert asked == []
    library.page.setCurrentWidget(library.page.imaging)
    imaging = library.page.imaging
    qtbot.waitUntil(lambda: imaging.ct is not None, timeout=PATIENCE_MS)
    assert asked == [CASE]
    sagittal = imaging.views["sagittal"]
    qtbot.waitUntil(lambda: sagittal._scale == pytest.approx(sagittal.height() / (NEAR_MM / 0.5)))
    assert sagittal.names
    library.modes.setCurrentIndex(library.modes.findData("examination"))
    assert not sagittal.names, "levels are to be counted in an examination"
    assert not imaging.names.isVisible()
    library.list.choose("vertebroplasty-t12")
    qtbot.waitUntil(lambda: len(asked) == 2, timeout=PATIENCE_MS)
    assert asked[-1] == "vertebroplasty-t12"


def test_a_ct_that_cannot_be_made_is_said(library: Library, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_scenario: object) -> PriorCt:
        raise cases.UnusablePatientError("the patient file is missing")

    monkeypatch.setattr(prior_imaging, "load", load)
    library.page.setCurrentWidget(library.page.imaging)
    said = library.page.imaging._said
    qtbot.waitUntil(lambda: "the patient file is missing" in said.text(), timeout=PATIENCE_MS)


def test_sections_scroll_with_wheel_slider_and_click(ct: PriorCt, qtbot: QtBot) -> None:
    imaging = PriorImaging(Wording())
    qtbot.addWidget(imaging)
    imaging.resize(900, 600)
    imaging.show()
    qtbot.waitExposed(imaging)
    imaging.show_ct(ct)
    axial, sagittal = imaging.views["axial"], imaging.views["sagittal"]
    qtbot.waitUntil(lambda: sagittal._scale != 1.0)
    before, place = axial.grey, imaging.at_mm.copy()
    wheel = QtGui.QWheelEvent(
        QtCore.QPointF(20, 20), axial.mapToGlobal(QtCore.QPointF(20, 20)), QtCore.QPoint(), QtCore.QPoint(0, 240),
        QtCore.Qt.MouseButton.NoButton, QtCore.Qt.KeyboardModifier.NoModifier, QtCore.Qt.ScrollPhase.NoScrollPhase,
        False,
    )  # fmt: skip
    QtWidgets.QApplication.sendEvent(axial, wheel)
    assert imaging.at_mm - place == pytest.approx([0.0, 0.0, 2.0])
    assert before is not None
    assert not np.array_equal(before, axial.grey)
    imaging.sliders["axial"].setValue(imaging.sliders["axial"].value() - 5)
    assert imaging.at_mm[2] - place[2] == pytest.approx(-3.0, abs=1.0)
    imaging.turn("axial", 10_000)
    assert imaging.at_mm[2] == pytest.approx(ct.range_mm(2)[1])
    qtbot.mouseClick(sagittal, LEFT, pos=sagittal.rect().center())
    assert imaging.at_mm == pytest.approx(ct.target_mm, abs=1.0)
    bone = sagittal.grey.copy()  # type: ignore[union-attr]
    imaging.windows.setCurrentIndex(1)
    assert sagittal.grey.mean() > bone.mean()  # type: ignore[union-attr]
    qtbot.mouseDClick(axial, LEFT)
    assert not sagittal.isVisible()
    qtbot.mouseDClick(axial, LEFT)
    assert sagittal.isVisible()
    assert set(imaging.views) == set(SECTIONS)


def test_a_radiograph_is_exposed_once_and_only_of_a_patient_that_is_kept(
    tmp_path: Path, case: Case, monkeypatch: pytest.MonkeyPatch, qapp: QtWidgets.QApplication
) -> None:
    monkeypatch.delenv("VERTEBROSIM_NO_CACHE")
    monkeypatch.setenv("VERTEBROSIM_CACHE_DIR", str(tmp_path))
    scenario = cases.find(CASE)
    assert not pictures.can_expose(scenario)
    assert pictures.expose(scenario) is False
    assert pictures.kept_radiograph(scenario) is None
    kept = pictures.user_cache()
    assert kept is not None
    kept.folder.mkdir(parents=True)
    kept.path(scenario.patient).write_bytes(b"")  # type: ignore[arg-type]
    monkeypatch.setattr(pictures.imported_patient, "patient_of", lambda _s, _p: case.patient)
    assert pictures.expose(scenario) is True
    image = pictures.kept_radiograph(scenario)
    assert image is not None
    grey = np.frombuffer(bytes(image.convertToFormat(QtGui.QImage.Format.Format_Grayscale8).constBits()), np.uint8)
    assert np.ptp(grey) > 150
    path = pictures.radiograph_path(scenario)
    assert path is not None
    path.write_bytes(b"no picture")
    assert pictures.kept_radiograph(scenario) is None
    assert not pictures.drawn(scenario, QtCore.QSize(80, 90)).isNull()


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_clipped(qtbot: QtBot, qapp: QtWidgets.QApplication, language: str, scale: float) -> None:
    theme.apply(qapp, scale)
    for made in opened(qtbot, language=language, trainee=""):
        qapp.processEvents()
        assert (made.width(), made.height()) == (1280, 800)
        for button in (*made.findChildren(QtWidgets.QPushButton), made.consent):
            if button.isVisible():
                wanted = button.fontMetrics().horizontalAdvance(button.text()) + 8
                assert button.width() >= wanted, button.text()
        for box in made.findChildren(QtWidgets.QComboBox):
            if box.isVisible():
                room = box.width() - 28
                longest = max(box.fontMetrics().horizontalAdvance(box.itemText(i)) for i in range(box.count()))
                assert longest <= room or scale > 1.0, box.currentText()
    theme.apply(qapp)


def test_the_window_does_not_wait_for_what_is_done_aside(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CT that takes for ever keeps neither the window nor its end waiting."""
    end, begun = threading.Event(), threading.Event()

    def load(_scenario: object) -> None:
        begun.set()
        end.wait()

    monkeypatch.setattr(prior_imaging, "load", load)
    for made in opened(qtbot):
        made.page.setCurrentWidget(made.page.imaging)
        assert made.page.imaging._busy.isVisible()
        qtbot.waitUntil(begun.is_set, timeout=PATIENCE_MS)
        made.list.choose("vertebroplasty-t12")
        assert "T12" in made.briefing.toPlainText()
    assert not end.is_set(), "the window has gone before"
    end.set()
