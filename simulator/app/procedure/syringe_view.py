"""The inflation syringe as it is seen from its end: a handle to be turned, and whether its latch holds."""

from __future__ import annotations

import math

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme
from simulator.app.hands.hands import Hands
from simulator.app.hands.syringe import CLICK_TURNS, handle_deg, swept_deg, turns
from simulator.app.procedure.monitor_view import NOTCH
from simulator.app.wording import Wording
from simulator.devices.manometer import TURN_ML
from simulator.engine.state import State

DEAD_SHARE = 0.2
"""Of the handle's radius: a pointer nearer to the middle has no direction."""
SEEN_ML = 0.005
BESIDE_PX = 8
"""Between the handle and what is written beside it."""


class SyringeView(QtWidgets.QWidget):
    """Shows the handle where the volume in the balloon has brought it, and how far a hand is ahead of it.

    Dragging around emits ``turned`` with turns, clockwise positive; the wheel emits ``asked`` with an action's
    name. lines: its height, in lines of text; title: written above the turns in place of all else.
    """

    turned = QtCore.Signal(float)
    asked = QtCore.Signal(str)

    def __init__(self, say: Wording, lines: int = 6, title: str = "") -> None:
        super().__init__()
        self._say, self._lines, self._title = say, lines, title
        self.volume_ml: float | None = None
        self.wanted_ml = 0.0
        self.is_open: bool | None = False
        self._at_deg: float | None = None
        self._swept_deg, self._notches = 0.0, 0
        self.setToolTip(say("syringe.tip"))
        self.setAccessibleName(say("syringe.name"))
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QtCore.QSize:
        """As large as its texts."""
        high = self._lines * self.fontMetrics().lineSpacing()
        longest = [
            self._say("syringe.none"),
            *self._written(10.0, is_open=False),
            *self._written(10.0, is_open=True),
        ]
        wide = max(self.fontMetrics().horizontalAdvance(text) for text in longest)
        return QtCore.QSize(high + BESIDE_PX + wide, high)

    def minimumSizeHint(self) -> QtCore.QSize:
        """No smaller."""
        return self.sizeHint()

    def changeEvent(self, event: QtCore.QEvent) -> None:
        if event.type() == QtCore.QEvent.Type.FontChange:
            self.updateGeometry()
        super().changeEvent(event)

    def follow(self, hands: Hands, state: State) -> None:
        """Show the syringe of the side in hand."""
        balloon = state.balloon(hands.side)
        shown = (None, 0.0) if balloon is None else (balloon.volume_ml, balloon.wanted_ml)
        self.show_syringe(*shown, is_open=hands.side in hands.open_latches)

    def show_syringe(self, volume_ml: float | None, wanted_ml: float, *, is_open: bool | None) -> None:
        """Show a handle; volume_ml: in the balloon, None without one; is_open: the latch, None where nobody
        knows."""
        if (volume_ml, wanted_ml, is_open) == (self.volume_ml, self.wanted_ml, self.is_open):
            return
        self.volume_ml, self.wanted_ml, self.is_open = volume_ml, wanted_ml, is_open
        if volume_ml is None:
            self._at_deg = None
        self.setAccessibleDescription(", ".join(self.texts))
        self.update()

    @property
    def texts(self) -> list[str]:
        """What is written beside the handle."""
        if self.volume_ml is None:
            return [self._title, self._say("syringe.none")] if self._title else [self._say("syringe.none")]
        return self._written(self.volume_ml, is_open=self.is_open)

    def _written(self, volume_ml: float, *, is_open: bool | None) -> list[str]:
        turned = self._say("syringe.turns", turns=self._say.number(turns(volume_ml), ".2f"))
        if self._title:
            return [self._title, turned]
        latch = [] if is_open is None else [self._say("syringe.open" if is_open else "syringe.closed")]
        return [turned, self._say("syringe.turn", ml=self._say.number(TURN_ML, "g")), *latch]

    def _wheel(self) -> tuple[QtCore.QPointF, float]:
        """Middle and radius of the handle."""
        high = float(self.height())
        return QtCore.QPointF(0.5 * high, 0.5 * high), 0.5 * high - 7.0

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        middle, radius = self._wheel()
        ahead_deg = 0.0
        if self.volume_ml is not None and self.wanted_ml - self.volume_ml > SEEN_ML:
            ahead_deg = min(360.0 * turns(self.wanted_ml - self.volume_ml), 360.0)
        draw_handle(painter, middle, radius, self.volume_ml, ahead_deg)
        self._write(painter, round(2.0 * middle.x()) + BESIDE_PX)
        painter.end()

    def _write(self, painter: QtGui.QPainter, left: int) -> None:
        high = self.fontMetrics().lineSpacing()
        top = (self.height() - len(self.texts) * high) // 2
        inks = [theme.TEXT, theme.QUIET, theme.WARNING if self.is_open else theme.QUIET]
        inks = [theme.QUIET, theme.TEXT] if self._title else inks
        for at, (text, ink) in enumerate(zip(self.texts, inks, strict=False)):
            place = QtCore.QRect(left, top + at * high, self.width() - left, high)
            painter.setPen(QtGui.QColor(theme.QUIET if self.volume_ml is None else ink))
            painter.drawText(place, QtCore.Qt.AlignmentFlag.AlignLeft, text)

    def _direction_deg(self, at: QtCore.QPointF) -> float | None:
        """Clockwise from straight up; None too near to the middle."""
        middle, radius = self._wheel()
        way = at - middle
        if math.hypot(way.x(), way.y()) < DEAD_SHARE * radius:
            return None
        return math.degrees(math.atan2(way.x(), -way.y()))

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        middle, radius = self._wheel()
        way = event.position() - middle
        if event.button() != QtCore.Qt.MouseButton.LeftButton or math.hypot(way.x(), way.y()) > radius + 6.0:
            event.ignore()
            return
        self._at_deg, self._swept_deg = self._direction_deg(event.position()), 0.0

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        now = self._direction_deg(event.position())
        if not event.buttons() & QtCore.Qt.MouseButton.LeftButton or now is None:
            return
        if self._at_deg is not None:
            self._swept_deg += swept_deg(self._at_deg, now)
        self._at_deg = now
        clicks = math.trunc(self._swept_deg / (360.0 * CLICK_TURNS))
        if clicks:
            self._swept_deg -= 360.0 * CLICK_TURNS * clicks
            self.turned.emit(CLICK_TURNS * clicks)

    def mouseReleaseEvent(self, _event: QtGui.QMouseEvent) -> None:
        self._at_deg = None

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        """A notch is a quarter turn, on or back, with Ctrl a whole one on; the room does not scroll meanwhile."""
        event.accept()
        self._notches += event.angleDelta().y()
        notches = math.trunc(self._notches / NOTCH)
        self._notches -= NOTCH * notches
        whole = bool(event.modifiers() & QtCore.Qt.KeyboardModifier.ControlModifier)
        on = "handle_whole" if whole else "handle_quarter"
        for _ in range(abs(notches)):
            self.asked.emit(on if notches > 0 else "handle_back")


def draw_handle(
    painter: QtGui.QPainter, middle: QtCore.QPointF, radius: float, volume_ml: float | None, ahead_deg: float
) -> None:
    """A handle with its bar where a volume has brought it, and an arc from there to where the hand is; quarters of
    the turn are marked around it. volume_ml: None for a syringe that is not there."""
    there = volume_ml is not None
    edge = QtGui.QColor(theme.EDGE if there else theme.LINE)
    painter.setPen(QtGui.QPen(edge, 1.5))
    for quarter in range(4):
        way = _way(90.0 * quarter)
        painter.drawLine(middle + way * (radius + 2.0), middle + way * (radius + 5.5))
    painter.setBrush(QtGui.QColor(theme.FIELD))
    painter.drawEllipse(middle, radius, radius)
    if volume_ml is None:
        return
    at_deg = handle_deg(volume_ml)
    if ahead_deg > 0.0:
        painter.setPen(QtGui.QPen(QtGui.QColor(theme.ACCENT), 3.0))
        box = QtCore.QRectF(middle.x() - radius, middle.y() - radius, 2.0 * radius, 2.0 * radius)
        painter.drawArc(box, round(16.0 * (90.0 - at_deg)), round(-16.0 * ahead_deg))
    painter.save()
    painter.translate(middle)
    painter.rotate(at_deg)
    painter.setPen(QtGui.QPen(edge, 1.5))
    painter.setBrush(QtGui.QColor(theme.LINE))
    bar = QtCore.QRectF(-0.2 * radius, -0.86 * radius, 0.4 * radius, 1.72 * radius)
    painter.drawRoundedRect(bar, 0.2 * radius, 0.2 * radius)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(QtGui.QColor(theme.ACCENT))
    painter.drawEllipse(QtCore.QPointF(0.0, -0.66 * radius), 0.12 * radius, 0.12 * radius)
    painter.restore()


def _way(clockwise_deg: float) -> QtCore.QPointF:
    """Unit step in a direction, clockwise from straight up."""
    angle = math.radians(clockwise_deg)
    return QtCore.QPointF(math.sin(angle), -math.cos(angle))
