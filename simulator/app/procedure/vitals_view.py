"""The patient monitor: four curves that sweep, numbers beside them, alarms in words and colour."""

from __future__ import annotations

import numpy as np
from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme
from simulator.app.procedure.vitals_readout import CURVES, RANGES, Curves, Number, numbers
from simulator.app.wording import Wording
from simulator.assessment.wording import clock
from simulator.engine.state import State

INKS = {"ecg_mv": theme.GOOD, "pleth": theme.ACCENT, "co2_mmhg": theme.WARNING, "pressure_mmhg": theme.PRESSURE}
GAP_SAMPLES = 24


EVERY_TICKS = 4
"""The monitor sweeps fifteen times a second, which looks smooth at its width."""
MOST_POINTS_A_PX = 1.5


class VitalsView(QtWidgets.QWidget):
    """Follows the states it is given. Emits ``bell_pressed`` when its bell is clicked; that is crossed out, with
    the time that is left, while alarms are silent."""

    bell_pressed = QtCore.Signal()

    def __init__(self, say: Wording) -> None:
        super().__init__()
        self._say, self._curves = say, Curves()
        self._numbers: dict[str, tuple[Number, ...]] = {}
        self.silent_s = 0
        self._fit()
        self._shown_tick = -EVERY_TICKS
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setAccessibleName(say("monitor.title"))
        self.setToolTip(say("alarm.tip"))

    def _fit(self) -> None:
        """Rows and numbers as large as their text."""
        metrics = self.fontMetrics()
        self._numbers_px, row_px = 15 * metrics.averageCharWidth() + 8, round(2.7 * metrics.height())
        self.setMinimumSize(self._numbers_px + 120, row_px * len(CURVES))

    def changeEvent(self, event: QtCore.QEvent) -> None:
        if event.type() == QtCore.QEvent.Type.FontChange:
            self._fit()
        super().changeEvent(event)

    @property
    def texts(self) -> list[str]:
        """All that is written on it, for those who do not see it."""
        silent = [self._say("alarm.silent", left=clock(self.silent_s))] if self.silent_s else []
        return silent + [
            " ".join([self._say(f"monitor.{one.name}"), one.value, self._alarm(one)]).strip()
            for shown in self._numbers.values()
            for one in shown
        ]

    def follow(self, state: State) -> None:
        """Show a state."""
        if 0 <= state.tick - self._shown_tick < EVERY_TICKS:
            return
        self._shown_tick = state.tick
        self._curves.follow(state)
        shown = numbers(state.vitals)
        if shown != self._numbers:
            self._numbers = shown
            self.setAccessibleDescription(", ".join(self.texts))
        self.update()

    def show_pause(self, left_s: int) -> None:
        """Alarms are silent for so many seconds, 0 where they sound."""
        if left_s != self.silent_s:
            self.silent_s = left_s
            self.setAccessibleDescription(", ".join(self.texts))
            self.update()

    def bell(self) -> QtCore.QRectF:
        """Where the bell stands: beside the first number."""
        side = 1.25 * self.fontMetrics().height()
        return QtCore.QRectF(self.width() - side - 4.0, 4.0, side, side)

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if self.bell().adjusted(-4.0, -4.0, 4.0, 4.0).contains(event.position()):
            self.bell_pressed.emit()

    def _alarm(self, number: Number) -> str:
        return self._say(f"monitor.{number.alarm}") if number.alarm else ""

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtGui.QColor(theme.SCREEN))
        row = self.height() / len(CURVES)
        for at, name in enumerate(CURVES):
            field = QtCore.QRectF(0.0, at * row, self.width(), row)
            trace = field.adjusted(4.0, 5.0, -self._numbers_px, -5.0)
            painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
            painter.setPen(QtGui.QPen(QtGui.QColor(INKS[name]), 1.2))
            for piece in self._pieces(name, trace):
                painter.drawPolyline(piece)
            self._write(painter, field, name)
        draw_bell(painter, self.bell(), crossed=self.silent_s > 0)
        if self.silent_s:
            flags = QtCore.Qt.AlignmentFlag.AlignRight | QtCore.Qt.AlignmentFlag.AlignTop
            bell = self.bell()
            painter.drawText(bell.adjusted(-60.0, bell.height() + 1.0, 0.0, row), flags, clock(self.silent_s))
        painter.end()

    def _pieces(self, name: str, field: QtCore.QRectF) -> list[QtGui.QPolygonF]:
        """The curve in two pieces, with a gap where the sweep is now."""
        every = max(round(len(self._curves.of(name)) / (MOST_POINTS_A_PX * max(field.width(), 1.0))), 1)
        samples, head = self._curves.of(name)[::every], self._curves.head // every
        gap = GAP_SAMPLES // every
        low, high = RANGES[name]
        x = field.left() + field.width() * np.arange(len(samples)) / (len(samples) - 1)
        y = field.bottom() - field.height() * np.clip((samples - low) / (high - low), 0.0, 1.0)
        out = []
        for piece in (slice(0, head), slice(head + gap, len(samples))):
            drawn = ~np.isnan(samples[piece])
            points = zip(x[piece][drawn].tolist(), y[piece][drawn].tolist(), strict=True)
            out.append(QtGui.QPolygonF([QtCore.QPointF(*point) for point in points]))
        return out

    def _write(self, painter: QtGui.QPainter, field: QtCore.QRectF, name: str) -> None:
        shown = self._numbers.get(name, ())
        flags, ordinary = QtCore.Qt.AlignmentFlag, painter.font()
        large, small = QtGui.QFont(ordinary), QtGui.QFont(ordinary)
        large.setBold(True)
        large.setPointSizeF(ordinary.pointSizeF() * (1.6 if len(shown) == 1 and len(shown[0].value) < 5 else 1.15))
        small.setPointSizeF(ordinary.pointSizeF() * 0.85)
        wide = (self._numbers_px - 8.0) / max(len(shown), 1)
        for at, number in enumerate(shown):
            left = self.width() - self._numbers_px + 4.0 + at * wide
            place = QtCore.QRectF(left, field.top() + 3.0, wide, field.height() - 6.0)
            colour = QtGui.QColor(theme.ALARM if number.alarm else INKS[name])
            painter.setPen(colour)
            painter.setFont(small)
            title = self._say(f"monitor.{number.name}")
            if number.alarm:
                title = self._alarm(number) if len(shown) > 1 else f"{title.split()[0]} {self._alarm(number)}"
            painter.drawText(place, flags.AlignLeft | flags.AlignTop, title)
            painter.setFont(large)
            painter.drawText(place, flags.AlignLeft | flags.AlignBottom, number.value)
        painter.setFont(ordinary)


def draw_bell(painter: QtGui.QPainter, place: QtCore.QRectF, *, crossed: bool) -> None:
    """A bell; crossed out by broken lines, as monitors have it for a sound that is silent for a while only."""
    ink = QtGui.QColor(theme.WARNING if crossed else theme.QUIET)
    painter.save()
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.translate(place.topLeft())
    painter.scale(place.width() / 16.0, place.height() / 16.0)
    painter.setPen(QtGui.QPen(ink, 1.3))
    body = QtGui.QPainterPath(QtCore.QPointF(2.5, 12.0))
    body.cubicTo(5.0, 10.0, 3.5, 3.0, 8.0, 3.0)
    body.cubicTo(12.5, 3.0, 11.0, 10.0, 13.5, 12.0)
    body.closeSubpath()
    painter.drawPath(body)
    painter.drawArc(QtCore.QRectF(6.5, 11.5, 3.0, 3.0), 180 * 16, 180 * 16)
    if crossed:
        painter.setPen(QtGui.QPen(ink, 1.3, QtCore.Qt.PenStyle.DashLine))
        painter.drawLine(QtCore.QPointF(1.5, 1.5), QtCore.QPointF(14.5, 14.5))
        painter.drawLine(QtCore.QPointF(14.5, 1.5), QtCore.QPointF(1.5, 14.5))
    painter.restore()
    painter.setPen(ink)
