"""The debrief: the score line by line, and the whole report for the browser."""

from __future__ import annotations

from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

from scenarios.vocabulary import METRIC_MEANINGS
from simulator.app import theme
from simulator.app.guide.cost import help_had
from simulator.app.sessions.interrupted import mode_of
from simulator.app.settings import Settings
from simulator.app.wording import Wording
from simulator.assessment.report import write_html
from simulator.assessment.score import ScoreReport, score
from simulator.engine.case import Case
from simulator.engine.recording import Recording, read
from simulator.engine.replay import case_of
from simulator.engine.state import State

WRAPPED_PX = {3: 230, 4: 210}
"""Columns whose texts can be sentences, and how wide they begin."""
COLUMNS = ("group", "metric", "value", "band", "points", "time")


class Debrief(QtWidgets.QMainWindow):
    """What was done well and what was not. Emits ``left`` when the user goes back to the library.

    case: that of the recording, None where it is to be built when a report asks for it.
    """

    left = QtCore.Signal()

    def __init__(self, recording: Path, case: Case | None, final: State | None, settings: Settings) -> None:
        super().__init__()
        self._say = say = Wording(settings.language)
        self._recording, self._case, self._final = recording, case, final
        read_again = read(recording)
        self.report: ScoreReport = score(read_again)
        self.setWindowTitle(f"vertebrosim – {say('debrief.title')}")
        self.verdict = QtWidgets.QLabel(self._verdict())
        self.verdict.setObjectName("heading")
        self.gates = QtWidgets.QLabel("\n".join(self._gate_lines()))
        self.gates.setWordWrap(True)
        self.gates.setObjectName("alarm" if any(g.tripped for g in self.report.gates) else "quiet")
        self.table = QtWidgets.QTableWidget(0, len(COLUMNS))
        self.open_report = QtWidgets.QPushButton(say("debrief.open_report"))
        self.back = QtWidgets.QPushButton(say("debrief.back"))
        place = QtWidgets.QLabel(self._about(read_again))
        place.setObjectName("quiet")
        place.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        self._fill()
        layout = QtWidgets.QVBoxLayout()
        layout.setContentsMargins(18, 14, 18, 14)
        for widget in (self.verdict, self.gates, self.table, place):
            layout.addWidget(widget)
        buttons = QtWidgets.QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.open_report)
        buttons.addWidget(self.back)
        layout.addLayout(buttons)
        middle = QtWidgets.QWidget()
        middle.setLayout(layout)
        self.setCentralWidget(middle)
        self.back.clicked.connect(self.left)
        self.open_report.clicked.connect(self._open)

    def _about(self, recording: Recording) -> str:
        how = self._say(f"mode.{mode_of(recording)}")
        kept = self._say("debrief.kept", path=str(self._recording), how=how)
        return "\n".join(filter(None, (help_had(self._say, recording), kept)))

    def _verdict(self) -> str:
        report = self.report
        if report.total is None:
            return self._say("debrief.withheld", why=report.total_withheld_because)
        key = "debrief.passed" if report.passed else "debrief.failed"
        return self._say(key, total=f"{report.total:.0f}", mark=f"{report.pass_mark:.0f}")

    def _gate_lines(self) -> list[str]:
        tripped = [self._say("debrief.gate", why=gate.why) for gate in self.report.gates if gate.tripped]
        near = [self._say("debrief.near", why=near.why) for near in self.report.near_misses]
        return tripped + near or [self._say("debrief.no_gates")]

    def _fill(self) -> None:
        self.table.setHorizontalHeaderLabels([self._say(f"debrief.{name}") for name in COLUMNS])
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QtWidgets.QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setRowCount(len(self.report.criteria))
        for row, line in enumerate(self.report.criteria):
            earned = line.not_assessed_because or f"{line.earned or 0.0:.1f} / {line.points:g}"
            value = "–" if line.value is None else f"{line.value:.4g} {line.unit}"
            at = "" if line.at_s is None else f"{line.at_s // 60:.0f}:{line.at_s % 60:02.0f}"
            meaning = METRIC_MEANINGS[line.metric]
            for column, text in enumerate((line.group, meaning, value, line.band, earned, at)):
                item = QtWidgets.QTableWidgetItem(text)
                item.setToolTip(line.note or line.source)
                if line.earned is not None and line.earned < line.points and column == 4:
                    item.setForeground(QtGui.QColor(theme.WARNING))
                self.table.setItem(row, column, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QtWidgets.QHeaderView.ResizeMode.Stretch)
        for column, width_px in WRAPPED_PX.items():
            header.setSectionResizeMode(column, QtWidgets.QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, width_px)
        self.table.setWordWrap(True)
        self.table.setSelectionMode(QtWidgets.QTableWidget.SelectionMode.NoSelection)
        self.table.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        fitting = QtCore.QTimer(self, interval=0, singleShot=True)
        fitting.timeout.connect(self.table.resizeRowsToContents)
        header.sectionResized.connect(lambda *_sizes: fitting.start())  # when all columns have their widths
        fitting.start()

    def write_report(self) -> Path:
        """Write the HTML report beside the recording; it plays the session again for its pictures."""
        path = self._recording.with_suffix(".html")
        recording = read(self._recording)
        self._case = self._case or case_of(recording)
        write_html(self.report, recording, self._case, path, final=self._final)
        return path

    def _open(self) -> None:
        self.open_report.setEnabled(False)
        self.open_report.setText(self._say("debrief.writing"))
        QtWidgets.QApplication.processEvents()
        path = self.write_report()
        self.open_report.setText(self._say("debrief.written", path=path.name))
        QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(str(path)))
