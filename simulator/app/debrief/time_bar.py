"""The time bar: a row a kind of event, marks in colour, and where the replay stands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme
from simulator.app.debrief.marks import COLOURS, LANES, Lane, Mark, label
from simulator.app.wording import Wording
from simulator.assessment.wording import clock
from simulator.engine.state import TICK_HZ

NEAR_PX = 5.0
"""A pointer means a mark that is so near."""
STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600)
LEAST_TICK_PX = 70


class TimeBar(QtWidgets.QWidget):
    """Emits ``sought`` with the tick that was clicked, dragged, or gone to by keys."""

    sought = QtCore.Signal(int)

    def __init__(
        self, say: Wording, marks: Sequence[Mark], spans_s: Sequence[tuple[float, float]], last: int
    ) -> None:
        super().__init__()
        self._say, self.marks, self._spans_s = say, marks, spans_s
        self.last_tick = max(last, 1)
        self.tick, self._played = 0, 0
        self._line = self.fontMetrics().height() + 1
        self._names_px = max(self.fontMetrics().horizontalAdvance(say(f"lane.{lane}")) for lane in LANES) + 14
        self.setMinimumHeight(self._line * (len(LANES) + 1) + 6)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(say("replay.bar"))

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(800, self.minimumHeight())

    def stand_at(self, tick: int) -> None:
        """Move the cursor."""
        self.tick = tick
        self.setAccessibleDescription(clock(tick / TICK_HZ))
        self.update()

    def played_to(self, tick: int) -> None:
        """How far the recording has been played again; what lies beyond is darker."""
        self._played = tick
        self.update()

    def _field(self) -> QtCore.QRectF:
        """Where marks stand."""
        wide = self.width() - self._names_px - 8
        return QtCore.QRectF(self._names_px, 2.0, max(wide, 1), self._line * len(LANES))

    def x_of(self, tick: float) -> float:
        """Where a tick stands."""
        field = self._field()
        return field.left() + field.width() * tick / self.last_tick

    def _tick_at(self, x: float) -> int:
        field = self._field()
        return round(min(max((x - field.left()) / field.width(), 0.0), 1.0) * self.last_tick)

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        field = self._field()
        painter.fillRect(self.rect(), QtGui.QColor(theme.GROUND))
        for row, lane in enumerate(LANES):
            top = field.top() + row * self._line
            strip = QtCore.QRectF(field.left(), top, field.width(), self._line - 1)
            painter.fillRect(strip, QtGui.QColor(theme.PANEL))
            painter.setPen(QtGui.QColor(COLOURS[lane]))
            name = QtCore.QRectF(0.0, top, self._names_px - 8, self._line)
            right = QtCore.Qt.AlignmentFlag.AlignRight | QtCore.Qt.AlignmentFlag.AlignVCenter
            painter.drawText(name, right, self._say(f"lane.{lane}"))
        self._paint_spans(painter, field)
        beyond = self.x_of(self._played)
        shade = QtCore.QRectF(beyond, field.top(), field.right() - beyond, field.height())
        painter.fillRect(shade, QtGui.QColor(0, 0, 0, 90))
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        for mark in self.marks:
            self._paint_mark(painter, field, mark)
        self._paint_scale(painter, field)
        x = self.x_of(self.tick)
        painter.setPen(QtGui.QPen(QtGui.QColor(theme.ACCENT), 2.0))
        painter.drawLine(QtCore.QPointF(x, field.top()), QtCore.QPointF(x, field.bottom() + 4))
        if self.hasFocus():
            painter.setPen(QtGui.QPen(QtGui.QColor(theme.ACCENT), 1.0))
            painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            painter.drawRect(field)
        painter.end()

    def _paint_spans(self, painter: QtGui.QPainter, field: QtCore.QRectF) -> None:
        """While cement is injected."""
        top = field.top() + LANES.index("cement") * self._line
        colour = QtGui.QColor(COLOURS["cement"])
        colour.setAlpha(110)
        for begin, end in self._spans_s:
            left, right = self.x_of(begin * TICK_HZ), self.x_of(end * TICK_HZ)
            painter.fillRect(QtCore.QRectF(left, top + 3, max(right - left, 1.0), self._line - 7), colour)

    def _paint_mark(self, painter: QtGui.QPainter, field: QtCore.QRectF, mark: Mark) -> None:
        x, top = self.x_of(mark.tick), field.top() + LANES.index(mark.lane) * self._line
        colour = QtGui.QColor(COLOURS[mark.lane])
        if mark.lane == "picture":
            colour.setAlpha(150)
            half = 0.5 * (self._line - 3)
            begin = top + 1 if mark.row.get("plane") == "A" else top + 1 + half
            painter.fillRect(QtCore.QRectF(x - 0.75, begin, 1.5, half), colour)
        elif mark.kind == "inflate":
            painter.fillRect(QtCore.QRectF(x - 1.0, top + 0.4 * self._line, 2.0, 0.5 * self._line), colour)
        else:
            painter.setPen(QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(QtCore.QPointF(x, top + 0.5 * self._line - 0.5), 3.6, 3.6)

    def _paint_scale(self, painter: QtGui.QPainter, field: QtCore.QRectF) -> None:
        seconds = self.last_tick / TICK_HZ
        step = next((s for s in STEPS_S if field.width() * s / seconds >= LEAST_TICK_PX), STEPS_S[-1])
        painter.setPen(QtGui.QColor(theme.QUIET))
        for at in range(0, int(seconds) + 1, step):
            x = self.x_of(at * TICK_HZ)
            place = QtCore.QRectF(x - 30, field.bottom() + 1, 60, self._line)
            painter.drawText(place, QtCore.Qt.AlignmentFlag.AlignCenter, clock(at))

    def mark_at(self, x: float, y: float) -> Mark | None:
        """The mark under a place, of its lane."""
        field = self._field()
        row = int((y - field.top()) // self._line)
        if not 0 <= row < len(LANES):
            return None
        lane: Lane = LANES[row]
        near = [(abs(self.x_of(m.tick) - x), m.tick, m) for m in self.marks if m.lane == lane]
        distance, _, mark = min(near, key=lambda one: one[:2], default=(NEAR_PX + 1, 0, None))
        return mark if distance <= NEAR_PX else None

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        mark = self.mark_at(event.position().x(), event.position().y())
        self.sought.emit(self._tick_at(event.position().x()) if mark is None else mark.tick)

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if event.buttons() & QtCore.Qt.MouseButton.LeftButton:
            self.sought.emit(self._tick_at(event.position().x()))
            return
        mark = self.mark_at(event.position().x(), event.position().y())
        text = "" if mark is None else f"{clock(mark.at_s)}  {label(self._say, mark)}"
        if text:
            QtWidgets.QToolTip.showText(event.globalPosition().toPoint(), text, self)
        else:
            QtWidgets.QToolTip.hideText()

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        self._step(event.angleDelta().y() / 120.0)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        ways = {QtCore.Qt.Key.Key_Left: -1.0, QtCore.Qt.Key.Key_Right: 1.0}
        if event.key() in ways:
            far = 10.0 if event.modifiers() & QtCore.Qt.KeyboardModifier.ControlModifier else 1.0
            self._step(far * ways[QtCore.Qt.Key(event.key())])
        elif event.key() in (QtCore.Qt.Key.Key_Home, QtCore.Qt.Key.Key_End):
            self.sought.emit(0 if event.key() == QtCore.Qt.Key.Key_Home else self.last_tick)
        else:
            super().keyPressEvent(event)

    def _step(self, seconds: float) -> None:
        self.sought.emit(min(max(self.tick + round(seconds * TICK_HZ), 0), self.last_tick))
