"""One section of a CT on the screen: scroll with the wheel, drag to move, Ctrl and wheel to come nearer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme

NEAREST, FARTHEST = 8.0, 0.3
"""Screen pixels a pixel of the section, at most and at least."""
INSET = 6


class SectionView(QtWidgets.QWidget):
    """A grey picture with letters at its sides.

    Emits ``scrolled`` with steps, ``pointed`` with (row, column) of a click, ``enlarge`` for a double click.
    """

    scrolled = QtCore.Signal(int)
    pointed = QtCore.Signal(float, float)
    enlarge = QtCore.Signal()

    def __init__(self, name: str, letters: tuple[str, str, str, str]) -> None:
        super().__init__()
        self.name, self.letters = name, letters
        """What it shows, and the letters at its top, bottom, left and right."""
        self.caption = ""
        self.names: Mapping[str, tuple[float, float]] = {}
        self.cross: tuple[float, float] | None = None
        self._grey: NDArray[np.uint8] | None = None
        self._middle = (0.0, 0.0)
        self._scale = 1.0
        self._turned = 0
        self._held: QtCore.QPointF | None = None
        self._moved = False
        self.setMinimumSize(120, 120)
        self.setAccessibleName(name)
        self.setCursor(QtCore.Qt.CursorShape.CrossCursor)

    @property
    def grey(self) -> NDArray[np.uint8] | None:
        """The picture that is shown (rows, columns)."""
        return self._grey

    def show_grey(self, grey: NDArray[np.uint8] | None) -> None:
        """Show a picture; where it is looked at stays."""
        self._grey = grey
        self.update()

    def look_at(self, row: float, column: float, rows: float) -> None:
        """Bring a place to the middle, with so many rows of the picture from top to bottom."""
        self._middle, self._scale = (row, column), self.height() / rows
        self.update()

    def _to_screen(self, row: float, column: float) -> QtCore.QPointF:
        return QtCore.QPointF(
            0.5 * self.width() + (column - self._middle[1]) * self._scale,
            0.5 * self.height() + (row - self._middle[0]) * self._scale,
        )

    def _from_screen(self, at: QtCore.QPointF) -> tuple[float, float]:
        return (
            self._middle[0] + (at.y() - 0.5 * self.height()) / self._scale,
            self._middle[1] + (at.x() - 0.5 * self.width()) / self._scale,
        )

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtCore.Qt.GlobalColor.black)
        grey = self._grey
        if grey is not None:
            rows, columns = grey.shape
            image = QtGui.QImage(grey.data, columns, rows, columns, QtGui.QImage.Format.Format_Grayscale8)
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
            corner, other = self._to_screen(-0.5, -0.5), self._to_screen(rows - 0.5, columns - 0.5)
            painter.drawImage(QtCore.QRectF(corner, other), image)
            self._draw_cross(painter)
            self._draw_names(painter)
            self._draw_letters(painter)
        painter.setPen(QtGui.QColor(theme.LINE))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _draw_cross(self, painter: QtGui.QPainter) -> None:
        """Where the other sections lie: short of the middle, so that nothing is covered."""
        if self.cross is None:
            return
        at = self._to_screen(*self.cross)
        painter.setPen(QtGui.QPen(QtGui.QColor(theme.ACCENT), 1.0, QtCore.Qt.PenStyle.DotLine))
        free, wide, high = 26.0, float(self.width()), float(self.height())
        for x1, y1, x2, y2 in (
            (0.0, at.y(), at.x() - free, at.y()), (at.x() + free, at.y(), wide, at.y()),
            (at.x(), 0.0, at.x(), at.y() - free), (at.x(), at.y() + free, at.x(), high),
        ):  # fmt: skip
            if x2 > x1 or y2 > y1:
                painter.drawLine(QtCore.QPointF(x1, y1), QtCore.QPointF(x2, y2))

    def _draw_names(self, painter: QtGui.QPainter) -> None:
        for name, place in self.names.items():
            at = self._to_screen(*place)
            if self.rect().adjusted(24, 3 * painter.fontMetrics().lineSpacing(), -24, -24).contains(at.toPoint()):
                self._write(painter, at, name, theme.WARNING)

    def _draw_letters(self, painter: QtGui.QPainter) -> None:
        wide, high = self.width(), self.height()
        line = painter.fontMetrics().lineSpacing()
        top, bottom, left, right = self.letters
        aside = INSET + 0.5 * painter.fontMetrics().horizontalAdvance("M")
        for letter, x, y in (
            (top, 0.5 * wide, INSET + 0.5 * line), (bottom, 0.5 * wide, high - INSET - 0.5 * line),
            (left, aside, 0.5 * high), (right, wide - aside, 0.5 * high),
        ):  # fmt: skip
            self._write(painter, QtCore.QPointF(x, y), letter, theme.TEXT)
        for row, words in enumerate((self.name, self.caption)):
            width = painter.fontMetrics().horizontalAdvance(words)
            at = QtCore.QPointF(INSET + 0.5 * width, INSET + (row + 0.5) * line)
            self._write(painter, at, words, theme.TEXT if row == 0 else theme.QUIET)

    def _write(self, painter: QtGui.QPainter, at: QtCore.QPointF, words: str, ink: str) -> None:
        """Words about a place, on a dark ground that keeps them readable over bone."""
        metrics = painter.fontMetrics()
        box = QtCore.QRectF(0.0, 0.0, metrics.horizontalAdvance(words) + 6.0, float(metrics.lineSpacing()))
        box.moveCenter(at)
        painter.fillRect(box, QtGui.QColor(0, 0, 0, 150))
        painter.setPen(QtGui.QColor(ink))
        painter.drawText(box, QtCore.Qt.AlignmentFlag.AlignCenter, words)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        self._turned += event.angleDelta().y()
        notches = int(self._turned / 120)
        self._turned -= 120 * notches
        if event.modifiers() & QtCore.Qt.KeyboardModifier.ControlModifier:
            before = self._from_screen(event.position())
            self._scale = min(max(self._scale * 1.15**notches, FARTHEST), NEAREST)
            after = self._from_screen(event.position())
            self._middle = tuple(m + b - a for m, b, a in zip(self._middle, before, after, strict=True))  # type: ignore[assignment]
            self.update()
        elif notches:
            self.scrolled.emit(notches)
        event.accept()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        self._held, self._moved = event.position(), False

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._held is None:
            return
        way = event.position() - self._held
        if self._moved or way.manhattanLength() > 4.0:
            self._moved, self._held = True, event.position()
            self._middle = (self._middle[0] - way.y() / self._scale, self._middle[1] - way.x() / self._scale)
            self.update()

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._held is not None and not self._moved and self._grey is not None:
            self.pointed.emit(*self._from_screen(event.position()))
        self._held = None

    def mouseDoubleClickEvent(self, _event: QtGui.QMouseEvent) -> None:
        self.enlarge.emit()
