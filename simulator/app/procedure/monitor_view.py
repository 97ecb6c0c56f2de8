"""A fluoroscopy monitor: the picture, and what a console writes in the black around it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme
from simulator.app.procedure.margins import Margin
from simulator.app.procedure.sharp import Place, place

LINES = 2
LAMP_PX = 18
CLICK_PX = 6
"""A press that is let go within so much is a click."""
NOTCH = 120
"""What a wheel turns by in one notch; a touch pad gives less at a time."""
BUTTON = QtCore.Qt.MouseButton
Pixel = tuple[float, float]
Overlay = Callable[[QtGui.QPainter, Callable[[float, float], QtCore.QPointF]], None]
"""Draws over the picture; is told where on the widget a row and column of it lie."""


class MonitorView(QtWidgets.QWidget):
    """Shows grey pictures (rows, columns) uint8.

    Emits ``pointed`` with the row and column that were clicked; ``dragged`` with those of the press, those of the
    pointer, and whether it was let go; ``windowed`` with pixels to the right and upwards dragged by the right
    button; ``wheeled`` with the notches of the wheel and whether Ctrl is held; ``painted`` when that is done.
    """

    pointed = QtCore.Signal(float, float)
    dragged = QtCore.Signal(object, object, bool)
    windowed = QtCore.Signal(float, float)
    wheeled = QtCore.Signal(int, bool)
    painted = QtCore.Signal()

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._grey: NDArray[np.uint8] | None = None
        self._image: QtGui.QImage | None = None
        self._scaled: QtGui.QImage | None = None  # the same in colours, which Qt scales twice as fast
        self.margin = Margin()
        self._mark: Pixel | None = None
        self.overlay: Overlay | None = None
        self._line: tuple[Pixel, Pixel] | None = None
        self._pressed: tuple[QtCore.QPointF, QtCore.Qt.MouseButton] | None = None
        self._last = QtCore.QPointF()
        self._is_drag = False
        self._whole = False
        self._turned = 0
        self.gutter_px = LINES * self.fontMetrics().lineSpacing() + 6
        self.setMinimumSize(300, 300 + 2 * self.gutter_px)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(512, 512 + 2 * self.gutter_px)

    @property
    def grey(self) -> NDArray[np.uint8] | None:
        """What stands on it."""
        return self._grey

    @property
    def line(self) -> tuple[Pixel, Pixel] | None:
        """The line that is drawn over the picture."""
        return self._line

    def show_picture(self, grey: NDArray[np.uint8] | None) -> None:
        """Put up a picture, or none; it must not be changed afterwards (its memory is drawn from)."""
        if grey is None:
            self._grey = self._image = self._scaled = None
        elif grey is not self._grey:
            self._grey = np.ascontiguousarray(grey)
            rows, columns = self._grey.shape
            self._scaled = None
            self._image = QtGui.QImage(
                self._grey.data, columns, rows, self._grey.strides[0], QtGui.QImage.Format.Format_Grayscale8
            )
        else:
            return
        self.update()

    def write(self, margin: Margin) -> None:
        """Write around the picture."""
        if margin != self.margin:
            self.margin = margin
            self.update()

    def mark(self, pixel: Pixel | None) -> None:
        """A cross at (row, column) of the picture, where the skin is to be punctured."""
        if pixel != self._mark:
            self._mark = pixel
            self.update()

    def aim(self, line: tuple[Pixel, Pixel] | None) -> None:
        """A line between two (row, column), along which a cannula is aimed."""
        if line != self._line:
            self._line = line
            self.update()

    def place(self, row: float, column: float) -> QtCore.QPointF:
        """Where on the widget a (row, column) of the picture lies."""
        frame = self._frame()
        scale = frame.width() / (1 if self._image is None else self._image.width())
        return QtCore.QPointF(frame.left() + (column + 0.5) * scale, frame.top() + (row + 0.5) * scale)

    def _pixel(self, at: QtCore.QPointF) -> Pixel:
        frame = self._frame()
        scale = (1 if self._image is None else self._image.width()) / frame.width()
        return (at.y() - frame.top()) * scale - 0.5, (at.x() - frame.left()) * scale - 0.5

    def set_whole_pixels(self, whole: bool) -> None:
        """Whether the picture is drawn in whole multiples of its pixels only."""
        if whole != self._whole:
            self._whole = whole
            self.update()

    def shows_at(self, at: QtCore.QPointF) -> bool:
        """Whether there is picture at a place of the widget."""
        return self._image is not None and self._frame().contains(at)

    def _sharp(self) -> Place:
        corner = self.mapTo(self.window(), QtCore.QPoint(0, 0))
        pixels = 512 if self._image is None else self._image.width()
        size, ratio = (self.width(), self.height()), self.devicePixelRatioF()
        return place((corner.x(), corner.y()), size, self.gutter_px, ratio, pixels, whole=self._whole)

    def _frame(self) -> QtCore.QRectF:
        """Where the picture stands, on whole pixels of the screen."""
        stands, ratio = self._sharp(), self.devicePixelRatioF()
        corner = self.mapTo(self.window(), QtCore.QPoint(0, 0))
        left, top = stands.left / ratio - corner.x(), stands.top / ratio - corner.y()
        return QtCore.QRectF(left, top, stands.side / ratio, stands.side / ratio)

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtGui.QColor(theme.SCREEN))
        frame = self._frame()
        if self._image is not None:
            sharp = self._sharp().sharp
            if self._scaled is None and not sharp:
                self._scaled = self._image.convertToFormat(QtGui.QImage.Format.Format_RGB32)
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform, not sharp)
            painter.drawImage(frame, self._image if sharp or self._scaled is None else self._scaled)
        self._write_around(painter, frame)
        if self._image is not None:
            self._draw_over(painter)
            if self.overlay is not None:
                painter.setClipRect(frame)
                self.overlay(painter, self.place)
        painter.end()
        self.painted.emit()

    def _write_around(self, painter: QtGui.QPainter, picture: QtCore.QRectF) -> None:
        frame = picture.toAlignedRect()
        flags, high = QtCore.Qt.AlignmentFlag, self.gutter_px - 4
        lamp = 0 if self.margin.lamp is None else LAMP_PX
        start, wide = self.written(frame)
        top = QtCore.QRect(start, frame.top() - high - 2, wide, high)
        bottom = QtCore.QRect(start, frame.bottom() + 3, wide, high)
        painter.setPen(QtGui.QColor(theme.QUIET))
        for where, lines, side in (
            (top.adjusted(lamp, 0, 0, 0), self.margin.above[0], flags.AlignLeft),
            (top, self.margin.above[1], flags.AlignRight),
            (bottom, self.margin.below[0], flags.AlignLeft),
            (bottom, self.margin.below[1], flags.AlignRight),
        ):
            painter.drawText(where, side | flags.AlignTop, "\n".join(lines))
        if self.margin.lamp is not None:
            painter.setBrush(QtGui.QColor(theme.WARNING if self.margin.lamp else theme.FIELD))
            painter.drawEllipse(QtCore.QRect(top.left(), top.top() + 3, 10, 10))
        left, right, above, below = self.margin.letters
        inside = frame.adjusted(6, 4, -6, -4)
        _outlined(painter, inside, flags.AlignLeft | flags.AlignVCenter, left)
        _outlined(painter, inside, flags.AlignRight | flags.AlignVCenter, right)
        _outlined(painter, inside, flags.AlignTop | flags.AlignHCenter, above)
        _outlined(painter, inside, flags.AlignBottom | flags.AlignHCenter, below)

    def written(self, frame: QtCore.QRect) -> tuple[int, int]:
        """Left end and width of what is written above and below a picture: as wide as that, and wider where the
        texts at either side would meet and the monitor has room."""
        needed, advance = 0, self.fontMetrics().horizontalAdvance
        for left_lines, right_lines in (self.margin.above, self.margin.below):
            for left, right in zip_longest(left_lines, right_lines, fillvalue=""):
                needed = max(needed, advance(left) + advance(right) + LAMP_PX + 8)
        wide = min(max(frame.width() - 8, needed), self.width() - 8)
        return max(frame.center().x() - wide // 2, 4), wide

    def _draw_over(self, painter: QtGui.QPainter) -> None:
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self._frame())
        painter.setPen(QtGui.QPen(QtGui.QColor(theme.ACCENT), 1.5))
        if self._mark is not None:
            at = self.place(*self._mark)
            painter.drawLine(at - QtCore.QPointF(9, 0), at + QtCore.QPointF(9, 0))
            painter.drawLine(at - QtCore.QPointF(0, 9), at + QtCore.QPointF(0, 9))
        if self._line is not None:
            first, last = (self.place(*pixel) for pixel in self._line)
            painter.drawLine(first, last)
            painter.drawEllipse(last, 4.0, 4.0)

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._image is None or not self._frame().contains(event.position()):
            return
        if event.button() in (BUTTON.LeftButton, BUTTON.RightButton):
            self._pressed, self._last, self._is_drag = (event.position(), event.button()), event.position(), False

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._pressed is None:
            return
        start, button = self._pressed
        self._is_drag = self._is_drag or (event.position() - start).manhattanLength() > CLICK_PX
        if button == BUTTON.RightButton:
            by, self._last = event.position() - self._last, event.position()
            self.windowed.emit(by.x(), -by.y())
        elif self._is_drag:
            self.dragged.emit(self._pixel(start), self._pixel(event.position()), False)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None or pressed[1] != BUTTON.LeftButton:
            return
        if self._is_drag:
            self.dragged.emit(self._pixel(pressed[0]), self._pixel(event.position()), True)
        else:
            self.pointed.emit(*self._pixel(pressed[0]))

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        self._turned += event.angleDelta().y()
        notches = int(self._turned / NOTCH)
        self._turned -= NOTCH * notches
        if notches:
            self.wheeled.emit(notches, bool(event.modifiers() & QtCore.Qt.KeyboardModifier.ControlModifier))


def _outlined(painter: QtGui.QPainter, where: QtCore.QRect, flags: QtCore.Qt.AlignmentFlag, text: str) -> None:
    """Text that can be read on bright and on dark ground."""
    painter.setPen(QtGui.QColor(theme.SCREEN))
    for x, y in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(where.translated(x, y), flags, text)
    painter.setPen(QtGui.QColor(theme.TEXT))
    painter.drawText(where, flags, text)
