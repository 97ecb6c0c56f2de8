"""Prior imaging: the CT of the case's patient, sagittal, coronal and axial, to scroll through."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtWidgets

from scenarios.schema import Scenario
from simulator.app.library.background import ONE_PATIENT
from simulator.app.library.section_view import SectionView
from simulator.app.wording import Wording
from simulator.engine import imported_patient, patient_cache
from simulator.imaging.heap import give_back_free_memory
from simulator.imaging.prior_ct import NORMAL, PIXEL_MM, SECTIONS, UP, PriorCt, Section, prior_ct

WINDOWS: dict[str, tuple[float, float]] = {
    "bone": (1800.0, 450.0),
    "soft": (400.0, 40.0),
    "lung": (1500.0, -600.0),
}
"""Width and level, HU, as they are usual."""
STEP_MM = 1.0
"""Thickness of a section: what a notch of the wheel scrolls."""
LETTERS: dict[Section, tuple[str, str, str, str]] = {
    "sagittal": ("head", "feet", "front", "back"),
    "coronal": ("head", "feet", "right", "left"),
    "axial": ("front", "back", "right", "left"),
}
"""Top, bottom, left, right of a picture; the texts are letters."""
NEAR_MM, WHOLE_MM = 230.0, 640.0
"""From top to bottom: about the target, and the whole spine."""
NAME_BESIDE_MM = 34.0


def load(scenario: Scenario) -> PriorCt:
    """The CT of a case's patient, which is built unless it is kept. Takes seconds.

    Raises UnusablePatientError where the scenario names a patient file that is missing or another one.
    """
    with ONE_PATIENT:
        found = prior_ct(imported_patient.patient_of(scenario, patient_cache.patient_of))
        give_back_free_memory()
        return found


def grey_of(hu: NDArray[np.int16], window: tuple[float, float]) -> NDArray[np.uint8]:
    """A section as it is shown: black at the window's lower end, white at the upper.

    >>> grey_of(np.array([[-500, 450, 1400]], dtype=np.int16), (1800.0, 450.0)).tolist()
    [[0, 128, 255]]
    """
    width, level = window
    shares = (hu.astype(np.float32) - np.float32(level - 0.5 * width)) / np.float32(width)
    return np.round(255.0 * np.clip(shares, 0.0, 1.0)).astype(np.uint8)


class PriorImaging(QtWidgets.QWidget):
    """Three sections through one place. Empty until ``show_ct``; ``wait`` says that it is on its way."""

    def __init__(self, say: Wording) -> None:
        super().__init__()
        self._say = say
        self.ct: PriorCt | None = None
        self.at_mm = np.zeros(3)
        self.named = True
        self.views: dict[Section, SectionView] = {}
        self.sliders: dict[Section, QtWidgets.QSlider] = {}
        self._cells: dict[Section, QtWidgets.QWidget] = {}
        self._said = QtWidgets.QLabel()
        self._said.setObjectName("quiet")
        self._said.setWordWrap(True)
        self._said.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        self._busy = QtWidgets.QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self._busy.setMaximumWidth(320)
        self.windows = QtWidgets.QComboBox()
        for name in WINDOWS:
            self.windows.addItem(say(f"prior.{name}"), name)
        self.windows.setToolTip(say("prior.window_tip"))
        self.names = QtWidgets.QCheckBox(say("prior.names"))
        self.names.setChecked(True)
        self.near = QtWidgets.QPushButton(say("prior.target"))
        self.whole = QtWidgets.QPushButton(say("prior.whole"))
        self._lay_out()
        self.windows.currentIndexChanged.connect(lambda _at: self._draw())
        self.names.toggled.connect(lambda _on: self._draw())
        self.near.clicked.connect(lambda: self._look(NEAR_MM))
        self.whole.clicked.connect(lambda: self._look(WHOLE_MM))
        self.wait(None)

    def _lay_out(self) -> None:
        say = self._say
        pictures = QtWidgets.QHBoxLayout()
        pictures.setSpacing(6)
        for kind in SECTIONS:
            top, bottom, left, right = (say(f"prior.{side}") for side in LETTERS[kind])
            view = SectionView(say(f"prior.{kind}"), (top, bottom, left, right))
            slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
            slider.setAccessibleName(view.name)
            view.scrolled.connect(lambda steps, which=kind: self.turn(which, steps))
            view.pointed.connect(lambda row, column, which=kind: self._point(which, row, column))
            view.enlarge.connect(lambda which=kind: self._enlarge(which))
            slider.valueChanged.connect(lambda value, which=kind: self._slid(which, value))
            cell = QtWidgets.QWidget()
            column = QtWidgets.QVBoxLayout(cell)
            column.setContentsMargins(0, 0, 0, 0)
            column.addWidget(view, 1)
            column.addWidget(slider)
            pictures.addWidget(cell, 1)
            self.views[kind], self.sliders[kind], self._cells[kind] = view, slider, cell
        tools = QtWidgets.QHBoxLayout()
        for widget in (self.windows, self.near, self.whole, self.names):
            tools.addWidget(widget)
        tools.addStretch(1)
        self._hint = QtWidgets.QLabel(say("prior.hint"))
        self._hint.setObjectName("quiet")
        self._hint.setWordWrap(True)
        seen = QtWidgets.QWidget()
        whole = QtWidgets.QVBoxLayout(seen)
        whole.setContentsMargins(6, 6, 6, 6)
        whole.addLayout(tools)
        whole.addLayout(pictures, 1)
        whole.addWidget(self._hint)
        unseen = QtWidgets.QWidget()
        waiting = QtWidgets.QVBoxLayout(unseen)
        waiting.addStretch(1)
        waiting.addWidget(self._said)
        waiting.addWidget(self._busy, 0, QtCore.Qt.AlignmentFlag.AlignHCenter)
        waiting.addStretch(1)
        self._pages = QtWidgets.QStackedLayout(self)
        self._pages.addWidget(unseen)
        self._pages.addWidget(seen)

    # What the window gives

    def wait(self, why: str | None, *, busy: bool = False) -> None:
        """Show no pictures but a sentence; busy: they are on their way."""
        self.ct = None
        for view in self.views.values():
            view.show_grey(None)
        self._said.setText(why or "")
        self._busy.setVisible(busy)
        self._pages.setCurrentIndex(0)

    def show_ct(self, ct: PriorCt) -> None:
        """Show a CT, the target in the middle."""
        self.ct = ct
        self.at_mm = np.array(ct.target_mm, dtype=float)
        for kind, slider in self.sliders.items():
            low, high = ct.range_mm(NORMAL[kind])
            slider.blockSignals(True)
            slider.setRange(0, int((high - low) / STEP_MM))
            slider.blockSignals(False)
        self._pages.setCurrentIndex(1)
        for cell in self._cells.values():
            cell.show()
        self._place_sliders()
        self._draw()
        QtCore.QTimer.singleShot(0, self, lambda: self._look(NEAR_MM))  # when the views have their size

    def allow_names(self, allowed: bool) -> None:
        """Names of levels may be shown: not in an examination, where they are to be counted."""
        self.named = allowed
        self.names.setVisible(allowed)
        self._draw()

    # What the user does

    def turn(self, kind: Section, steps: int) -> None:
        """So many sections towards the patient's head, front or right."""
        if self.ct is None:
            return
        axis = NORMAL[kind]
        low, high = self.ct.range_mm(axis)
        self.at_mm[axis] = min(max(self.at_mm[axis] + STEP_MM * steps, low), high)
        self._place_sliders()
        self._draw(kind)

    def _slid(self, kind: Section, value: int) -> None:
        if self.ct is not None:
            self.at_mm[NORMAL[kind]] = self.ct.range_mm(NORMAL[kind])[0] + STEP_MM * value
            self._draw(kind)

    def _point(self, kind: Section, row: float, column: float) -> None:
        """The other sections go through the place that was clicked."""
        if self.ct is None:
            return
        point = self.ct.point_of(kind, row, column, float(self.at_mm[NORMAL[kind]]))
        ranges = [self.ct.range_mm(axis) for axis in range(3)]
        self.at_mm = np.array([min(max(p, low), high) for p, (low, high) in zip(point, ranges, strict=True)])
        self._place_sliders()
        self._draw()

    def _enlarge(self, kind: Section) -> None:
        """One section alone, or all again."""
        alone = all(cell.isVisible() for cell in self._cells.values())
        for which, cell in self._cells.items():
            cell.setVisible(which == kind or not alone)

    # What is shown

    def _look(self, rows_mm: float) -> None:
        if self.ct is None:
            return
        for kind, view in self.views.items():
            whole = rows_mm > NEAR_MM
            middle = [0.5 * sum(self.ct.range_mm(axis)) for axis in range(3)]
            point = np.array(middle if whole else self.at_mm, dtype=float)
            rows = rows_mm / PIXEL_MM
            if kind == "axial":  # the whole body across, or the spine with what lies beside it
                across = (self.ct.range_mm(0)[1] - self.ct.range_mm(0)[0] + 10.0) if whole else 0.75 * NEAR_MM
                rows = across / PIXEL_MM * view.height() / max(view.width(), 1)
            view.look_at(*self.ct.pixel_of(kind, point), rows)

    def _beside(self, kind: Section, level: str) -> tuple[float, float]:
        """Where the name of a level is written: beside the body, which it must not cover."""
        assert self.ct is not None
        row, column = self.ct.pixel_of(kind, self.ct.levels[level])
        return row, column - NAME_BESIDE_MM / PIXEL_MM

    def _place_sliders(self) -> None:
        if self.ct is None:
            return
        for kind, slider in self.sliders.items():
            slider.blockSignals(True)
            slider.setValue(round((self.at_mm[NORMAL[kind]] - self.ct.range_mm(NORMAL[kind])[0]) / STEP_MM))
            slider.blockSignals(False)

    def _draw(self, only: Section | None = None) -> None:
        """The sections anew; only: one has moved, in the others its cross alone."""
        ct = self.ct
        if ct is None:
            return
        window = WINDOWS[self.windows.currentData()]
        for kind, view in self.views.items():
            axis = NORMAL[kind]
            if only in (None, kind):
                view.show_grey(grey_of(ct.section(kind, float(self.at_mm[axis])), window))
            view.caption = self._say("prior.place", mm=f"{self.at_mm[axis] - ct.target_mm[axis]:+.0f}")
            view.cross = ct.pixel_of(kind, self.at_mm)
            view.names = {}
            if self.named and self.names.isChecked() and UP[kind] == 2:
                view.names = {name: self._beside(kind, name) for name in ct.levels}
            view.update()
