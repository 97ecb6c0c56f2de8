"""Own earlier attempts at the same case: total, time and dose from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme
from simulator.app.debrief.attempts import Attempt, attempts
from simulator.app.debrief.replayer import Replayer
from simulator.app.debrief.worker import Errand
from simulator.app.wording import Wording
from simulator.assessment.score import ScoreReport

COLUMNS = ("attempt", "result", "total", "duration", "area_product", "mode")
ROOM_PX = 26


class AttemptsPage(QtWidgets.QWidget):
    """Reads the folder when it is first shown."""

    def __init__(self, say: Wording, replayer: Replayer, own: ScoreReport, path: Path, folder: Path) -> None:
        super().__init__()
        self._say, self._replayer, self._own = say, replayer, own
        self._path, self._folder, self._asked = path, folder, False
        self.found: tuple[Attempt, ...] = ()
        self.about = QtWidgets.QLabel(say("compare.looking"))
        self.about.setObjectName("title")
        self.about.setWordWrap(True)
        self.curves = [
            LearningCurve(say, say("compare.total"), theme.ACCENT, own.pass_mark),
            LearningCurve(say, say("compare.duration"), theme.WARNING),
            LearningCurve(say, say("compare.area_product"), theme.PRESSURE),
        ]
        self.table = QtWidgets.QTableWidget(0, len(COLUMNS))
        charts = QtWidgets.QHBoxLayout()
        for curve in self.curves:
            charts.addWidget(curve, 1)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.about)
        layout.addLayout(charts, 1)
        layout.addWidget(self.table, 1)

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        if not self._asked:
            self._asked = True
            self._replayer.sculptor.ask(Errand(self._look, self._show, lambda e: self.about.setText(str(e))))

    def _look(self, errand: Errand) -> tuple[Attempt, ...]:
        return attempts(self._folder, self._own.trainee, self._own.case, errand.report)

    def _show(self, found: tuple[Attempt, ...]) -> None:
        self.found = found
        if not found:
            self.about.setText(self._say("compare.none"))
            return
        passed = sum(one.passed for one in found)
        self.about.setText(
            self._say("compare.about_attempts", trainee=self._own.trainee, case=self._own.case, count=len(found),
                      passed=passed)
        )  # fmt: skip
        here = next((n for n, one in enumerate(found) if one.path.resolve() == self._path.resolve()), None)
        passed_each = [one.passed for one in found]
        total, minutes, dose = self.curves
        total.show_values([one.total for one in found], passed_each, here)
        minutes.show_values([one.minutes for one in found], passed_each, here)
        dose.show_values([one.area_product_gycm2 for one in found], passed_each, here)
        self._fill(found, here)

    def _fill(self, found: Sequence[Attempt], here: int | None) -> None:
        say, table = self._say, self.table
        table.setHorizontalHeaderLabels([say(f"compare.{name}") for name in COLUMNS])
        table.verticalHeader().hide()
        table.setEditTriggers(QtWidgets.QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QtWidgets.QTableWidget.SelectionMode.NoSelection)
        table.setRowCount(len(found))
        for row, one in enumerate(found):
            name = f"{row + 1}  {one.path.stem}" + (f"  ({say('compare.this')})" if row == here else "")
            result = "no_total" if one.total is None else "yes" if one.passed else "no"
            mode = say(f"mode.{one.mode}") if say.has(f"mode.{one.mode}") else one.mode
            texts = (name, say(f"compare.{result}"), "–" if one.total is None else f"{one.total:.0f}",
                     say.number(one.minutes, ".1f"), say.number(one.area_product_gycm2, ".2f"), mode)  # fmt: skip
            for column, text in enumerate(texts):
                table.setItem(row, column, QtWidgets.QTableWidgetItem(text))
        header = table.horizontalHeader()
        header.setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QtWidgets.QHeaderView.ResizeMode.Stretch)


class LearningCurve(QtWidgets.QWidget):
    """Values from attempt to attempt; full dots passed, rings did not, a ring around the one that is shown."""

    def __init__(self, say: Wording, title: str, colour: str, mark: float | None = None) -> None:
        super().__init__()
        self._number = say.number
        self._title, self._colour, self._mark = title, colour, mark
        self._values: Sequence[float | None] = ()
        self._passed: Sequence[bool] = ()
        self._here: int | None = None
        self.setMinimumSize(160, 140)
        self.setAccessibleName(title)

    def show_values(self, values: Sequence[float | None], passed: Sequence[bool], here: int | None) -> None:
        """Draw these."""
        self._values, self._passed, self._here = values, passed, here
        said = ", ".join("–" if v is None else self._number(v, ".3g") for v in values)
        self.setAccessibleDescription(said)
        self.update()

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtGui.QColor(theme.PANEL))
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        line = painter.fontMetrics().height()
        painter.setPen(QtGui.QColor(theme.TEXT))
        painter.drawText(QtCore.QRectF(10, 4, self.width() - 20, line + 2), 0, self._title)
        known = [value for value in self._values if value is not None]
        top = max([*known, self._mark or 0.0, 1e-9]) * 1.12
        wide = painter.fontMetrics().horizontalAdvance(f"{top:.0f}00")
        field = QtCore.QRectF(wide + 8, line + 14, self.width() - wide - ROOM_PX, self.height() - 2 * line - 22)
        if known or self._mark is not None:
            self._axes(painter, field, top, line)
        count = max(len(self._values) - 1, 1)
        shares = [n / count for n in range(count + 1)] if len(self._values) > 1 else [0.5]
        x = [field.left() + field.width() * share for share in shares]
        points = [
            None if value is None else QtCore.QPointF(x[n], field.bottom() - field.height() * value / top)
            for n, value in enumerate(self._values)
        ]
        painter.setPen(QtGui.QPen(QtGui.QColor(self._colour), 2.0))
        for a, b in pairwise(points):
            if a is not None and b is not None:
                painter.drawLine(a, b)
        for n, point in enumerate(points):
            if point is not None:
                painter.setBrush(QtGui.QColor(self._colour if self._passed[n] else theme.PANEL))
                painter.drawEllipse(point, 4.5, 4.5)
                if n == self._here:
                    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
                    painter.drawEllipse(point, 8.5, 8.5)
            if len(self._values) <= 12:
                painter.save()
                painter.setPen(QtGui.QColor(theme.QUIET))
                below = QtCore.QRectF(x[n] - 20, field.bottom() + 2, 40, line)
                painter.drawText(below, QtCore.Qt.AlignmentFlag.AlignCenter, f"{n + 1}")
                painter.restore()
        painter.end()

    def _axes(self, painter: QtGui.QPainter, field: QtCore.QRectF, top: float, line: int) -> None:
        step = _step(top)
        right = QtCore.Qt.AlignmentFlag.AlignRight | QtCore.Qt.AlignmentFlag.AlignVCenter
        for number in range(int(top / step) + 1):
            value = number * step
            y = field.bottom() - field.height() * value / top
            painter.setPen(QtGui.QColor(theme.LINE))
            painter.drawLine(QtCore.QPointF(field.left(), y), QtCore.QPointF(field.right(), y))
            painter.setPen(QtGui.QColor(theme.QUIET))
            painter.drawText(
                QtCore.QRectF(0, y - line, field.left() - 6, 2 * line), right, self._number(value, "g")
            )
        if self._mark is not None:
            y = field.bottom() - field.height() * self._mark / top
            painter.setPen(QtGui.QPen(QtGui.QColor(theme.GOOD), 1.5, QtCore.Qt.PenStyle.DashLine))
            painter.drawLine(QtCore.QPointF(field.left(), y), QtCore.QPointF(field.right(), y))


def _step(top: float) -> float:
    """A round distance between lines, three to five of them.

    >>> [_step(v) for v in (112.0, 13.0, 0.9)]
    [25.0, 2.5, 0.2]
    """
    power = 10.0 ** float(f"{top:e}".partition("e")[2])
    for share in (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5):
        if top / (share * power) <= 5.2:
            return share * power
    return 5.0 * power
