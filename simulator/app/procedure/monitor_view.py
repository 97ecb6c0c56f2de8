"""A fluoroscopy monitor: the picture, and what a console writes in the black around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme

GUTTER_PX = 22


class MonitorView(QtWidgets.QWidget):
    """Shows grey pictures (rows, columns) uint8. Emits ``pointed`` with the row and column that were clicked, and
    ``wheeled`` with the notches of the wheel."""

    pointed = QtCore.Signal(float, float)
    wheeled = QtCore.Signal(int)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._grey: NDArray[np.uint8] | None = None
        self._image: QtGui.QImage | None = None
        self._corners = ("", "", "", "")
        self._letters = ("", "")
        self._lamp = False
        self._mark: tuple[float, float] | None = None
        self.setMinimumSize(300, 300 + 2 * GUTTER_PX)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(512, 512 + 2 * GUTTER_PX)

    @property
    def grey(self) -> NDArray[np.uint8] | None:
        """What stands on it."""
        return self._grey

    def show_picture(self, grey: NDArray[np.uint8]) -> None:
        """Put up a picture; it must not be changed afterwards (its memory is drawn from)."""
        self._grey = np.ascontiguousarray(grey)
        rows, columns = self._grey.shape
        self._image = QtGui.QImage(
            self._grey.data, columns, rows, self._grey.strides[0], QtGui.QImage.Format.Format_Grayscale8
        )
        self.update()

    def write(self, corners: tuple[str, str, str, str], letters: tuple[str, str], lamp: bool) -> None:
        """Text above (left, right) and below (left, right), orientation letters left and right, and the lamp that
        burns while the beam is on."""
        if (corners, letters, lamp) != (self._corners, self._letters, self._lamp):
            self._corners, self._letters, self._lamp = corners, letters, lamp
            self.update()

    def mark(self, pixel: tuple[float, float] | None) -> None:
        """A cross at (row, column) of the picture, where the skin is to be punctured."""
        self._mark = pixel
        self.update()

    def _frame(self) -> QtCore.QRect:
        """Where the picture stands: the largest square between the gutters, whole pixels wide."""
        side = max(min(self.width(), self.height() - 2 * GUTTER_PX), 1)
        return QtCore.QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtGui.QColor("#000000"))
        frame = self._frame()
        if self._image is not None:
            smooth = frame.width() != self._image.width()
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(frame, self._image)
        self._write_around(painter, frame)
        self._draw_mark(painter, frame)
        painter.end()

    def _write_around(self, painter: QtGui.QPainter, frame: QtCore.QRect) -> None:
        flags = QtCore.Qt.AlignmentFlag
        left, top, width = frame.left(), frame.top() - GUTTER_PX, frame.width()
        above = QtCore.QRect(left, top, width, GUTTER_PX)
        below = QtCore.QRect(left, frame.bottom() + 1, width, GUTTER_PX)
        painter.setPen(QtGui.QColor(theme.QUIET))
        for where, text, side in (
            (above.adjusted(20, 0, 0, 0), self._corners[0], flags.AlignLeft),
            (above.adjusted(0, 0, -2, 0), self._corners[1], flags.AlignRight),
            (below.adjusted(2, 0, 0, 0), self._corners[2], flags.AlignLeft),
            (below.adjusted(0, 0, -2, 0), self._corners[3], flags.AlignRight),
        ):
            painter.drawText(where, side | flags.AlignVCenter, text)
        painter.setBrush(QtGui.QColor(theme.WARNING if self._lamp else theme.FIELD))
        painter.drawEllipse(QtCore.QRect(left + 4, top + 6, 10, 10))
        middle = flags.AlignVCenter
        _outlined(painter, frame.adjusted(6, 0, 0, 0), flags.AlignLeft | middle, self._letters[0])
        _outlined(painter, frame.adjusted(0, 0, -6, 0), flags.AlignRight | middle, self._letters[1])

    def _draw_mark(self, painter: QtGui.QPainter, frame: QtCore.QRect) -> None:
        if self._mark is None or self._image is None:
            return
        scale = frame.width() / self._image.width()
        x = frame.left() + (self._mark[1] + 0.5) * scale
        y = frame.top() + (self._mark[0] + 0.5) * scale
        painter.setPen(QtGui.QPen(QtGui.QColor(theme.ACCENT), 1.5))
        painter.drawLine(QtCore.QPointF(x - 9, y), QtCore.QPointF(x + 9, y))
        painter.drawLine(QtCore.QPointF(x, y - 9), QtCore.QPointF(x, y + 9))

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        frame = self._frame()
        if self._image is None or not frame.contains(event.position().toPoint()):
            return
        scale = self._image.width() / frame.width()
        at = event.position() - QtCore.QPointF(frame.topLeft())
        self.pointed.emit(at.y() * scale - 0.5, at.x() * scale - 0.5)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        notches = event.angleDelta().y() // 120
        if notches:
            self.wheeled.emit(notches)


def _outlined(painter: QtGui.QPainter, where: QtCore.QRect, flags: QtCore.Qt.AlignmentFlag, text: str) -> None:
    """Text that can be read on bright and on dark ground."""
    painter.setPen(QtGui.QColor("#000000"))
    for x, y in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(where.translated(x, y), flags, text)
    painter.setPen(QtGui.QColor(theme.TEXT))
    painter.drawText(where, flags, text)
