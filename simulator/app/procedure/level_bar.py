"""How loud resistance sounds, as a bar."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme


class LevelBar(QtWidgets.QWidget):
    """A level from 0 to 1, with its name written on it."""

    def __init__(self) -> None:
        super().__init__()
        self.level, self.text = 0.0, ""
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Fixed, QtWidgets.QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QtCore.QSize:
        """Large enough for its words in whatever size of text."""
        metrics = self.fontMetrics()
        return QtCore.QSize(max(24 * metrics.averageCharWidth() + 16, 190), metrics.height() + 8)

    def changeEvent(self, event: QtCore.QEvent) -> None:
        if event.type() == QtCore.QEvent.Type.FontChange:
            self.updateGeometry()
        super().changeEvent(event)

    def show_level(self, level: float, text: str) -> None:
        """Show a level and what it is called."""
        if (level, text) != (self.level, self.text):
            self.level, self.text = level, text
            self.setAccessibleName(f"{text} {100.0 * level:.0f} %")
            self.update()

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setPen(QtGui.QColor(theme.LINE))
        painter.setBrush(QtGui.QColor(theme.FIELD))
        frame = self.rect().adjusted(0, 0, -1, -1)
        painter.drawRect(frame)
        filled = QtCore.QRect(1, 1, round((frame.width() - 1) * self.level), frame.height() - 1)
        painter.fillRect(filled, QtGui.QColor(theme.FILLED))
        painter.setPen(QtGui.QColor(theme.TEXT))
        painter.drawText(frame.adjusted(6, 0, -6, 0), QtCore.Qt.AlignmentFlag.AlignVCenter, self.text)
        painter.end()
