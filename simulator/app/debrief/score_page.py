"""The score line by line: verdict, gates, what each line was given for. A line with a time leads to the replay."""

from __future__ import annotations

from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

from scenarios.told import amount, meaning, sentence, source
from simulator.app import theme
from simulator.app.debrief.opening import Opened, Remark
from simulator.app.guide.cost import help_had
from simulator.app.sessions.interrupted import mode_of
from simulator.app.wording import Wording
from simulator.assessment.score import CriterionResult, ScoreReport
from simulator.assessment.wording import clock, told

WRAPPED_PX = {3: 230, 4: 210}
"""Columns whose texts can be sentences, and how wide they begin."""
COLUMNS = ("group", "metric", "value", "band", "points", "time")
TIME = COLUMNS.index("time")


class ScorePage(QtWidgets.QWidget):
    """Shows what is known of a recording's score. Emits ``jump`` with the seconds of a line."""

    jump = QtCore.Signal(float)

    def __init__(self, say: Wording, found: Opened) -> None:
        super().__init__()
        self._say = say
        self.verdict = QtWidgets.QLabel(self._verdict(found.report))
        self.verdict.setObjectName("heading")
        self.verdict.setWordWrap(True)
        self.remarks = QtWidgets.QLabel()
        self.remarks.setWordWrap(True)
        self.remarks.setObjectName("message")
        self._remarks: list[Remark] = []
        for remark in found.remarks:
            self.remark(remark)
        self.gates = QtWidgets.QLabel()
        self.gates.setWordWrap(True)
        self.table = QtWidgets.QTableWidget(0, len(COLUMNS))
        self._lines: tuple[CriterionResult, ...] = ()
        place = QtWidgets.QLabel(self._about(found))
        place.setObjectName("quiet")
        place.setWordWrap(True)
        place.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 8)
        for widget in (self.verdict, self.remarks, self.gates):
            layout.addWidget(widget)
        layout.addWidget(self.table, 1)
        layout.addWidget(place)
        if found.report is not None:
            self._fill(found.report)
        self.remarks.setVisible(bool(self._remarks))
        self.table.setVisible(found.report is not None)
        if found.report is None:
            layout.addStretch(1)

    def remark(self, remark: Remark) -> None:
        """Say one more thing that cannot be shown."""
        self._remarks.append(remark)
        self.remarks.setText("\n".join(self._remarked(r) for r in self._remarks))
        self.remarks.setVisible(True)

    def _remarked(self, remark: Remark) -> str:
        values = {name: self._say.told(v) if isinstance(v, str) else v for name, v in remark.values.items()}
        return self._say(f"debrief.{remark.key}", **values)

    def _about(self, found: Opened) -> str:
        path: Path = found.path
        if found.recording is None:
            return str(path)
        kept = self._say("debrief.kept", path=str(path), how=self._say(f"mode.{mode_of(found.recording)}"))
        return "\n".join(filter(None, (help_had(self._say, found.recording), kept)))

    def _verdict(self, report: ScoreReport | None) -> str:
        if report is None:
            return self._say("debrief.nothing")
        if report.total is None:
            return self._say("debrief.withheld", why=told(report.total_withheld_because, self._say.language))
        key = "debrief.passed" if report.passed else "debrief.failed"
        return self._say(key, total=f"{report.total:.0f}", mark=f"{report.pass_mark:.0f}")

    def _gate_lines(self, report: ScoreReport) -> list[str]:
        language = self._say.language
        lines = [
            (self._say("debrief.gate", why=sentence(gate.why, language)), gate.at_s)
            for gate in report.gates
            if gate.tripped
        ]
        lines += [
            (self._say("debrief.near", why=sentence(near.why, language)), near.at_s) for near in report.near_misses
        ]
        timed = [text if at_s is None else f"{text} ({clock(at_s)})" for text, at_s in lines]
        return timed or [self._say("debrief.no_gates")]

    def _fill(self, report: ScoreReport) -> None:
        self.gates.setText("\n".join(self._gate_lines(report)))
        self.gates.setObjectName("alarm" if any(g.tripped for g in report.gates) else "quiet")
        self._lines = report.criteria
        table = self.table
        table.setHorizontalHeaderLabels([self._say(f"debrief.{name}") for name in COLUMNS])
        table.verticalHeader().hide()
        table.setEditTriggers(QtWidgets.QTableWidget.EditTrigger.NoEditTriggers)
        table.setRowCount(len(report.criteria))
        for row, line in enumerate(report.criteria):
            self._fill_row(row, line)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QtWidgets.QHeaderView.ResizeMode.Stretch)
        for column, width_px in WRAPPED_PX.items():
            header.setSectionResizeMode(column, QtWidgets.QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, width_px)
        table.setWordWrap(True)
        table.setSelectionBehavior(QtWidgets.QTableWidget.SelectionBehavior.SelectRows)
        table.setSelectionMode(QtWidgets.QTableWidget.SelectionMode.SingleSelection)
        table.cellClicked.connect(self._clicked)
        table.cellActivated.connect(lambda row, _column: self._go(row))
        fitting = QtCore.QTimer(self, interval=0, singleShot=True)
        fitting.timeout.connect(table.resizeRowsToContents)
        header.sectionResized.connect(lambda *_sizes: fitting.start())  # when all columns have their widths
        fitting.start()

    def _fill_row(self, row: int, line: CriterionResult) -> None:
        language = self._say.language
        earned = told(line.not_assessed_because, language) or self._points(line)
        value = "–" if line.value is None else amount(line.value, line.unit, language)
        at = "" if line.at_s is None else f"▸ {clock(line.at_s)}"
        texts = (
            self._say(f"scored.{line.group}"),
            meaning(line.metric, language),
            value,
            told(line.band, language),
        )
        for column, text in enumerate((*texts, earned, at)):
            item = QtWidgets.QTableWidgetItem(text)
            item.setToolTip(told(line.note, language) or source(line.source, language))
            if line.earned is not None and line.earned < line.points and column == 4:
                item.setForeground(QtGui.QColor(theme.WARNING))
            if at and column == TIME:
                item.setForeground(QtGui.QColor(theme.ACCENT))
                item.setToolTip(self._say("debrief.jump_tip"))
            self.table.setItem(row, column, item)

    def _points(self, line: CriterionResult) -> str:
        number = self._say.number
        return f"{number(line.earned or 0.0, '.1f')} / {number(line.points, 'g')}"

    def _clicked(self, row: int, column: int) -> None:
        if column == TIME:
            self._go(row)

    def _go(self, row: int) -> None:
        at_s = self._lines[row].at_s
        if at_s is not None:
            self.jump.emit(at_s)
