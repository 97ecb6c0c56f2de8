"""Ways of needles over two cuts of the vertebra as found: axial and sagittal; own, expert's, planned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui, QtWidgets

from anatomy.frames import FloatArray
from simulator.app import theme
from simulator.app.debrief.paths import Path
from simulator.app.wording import Wording
from simulator.engine.case import Case
from simulator.imaging.mineral import mineral_as_found

OWN, EXPERT, PLANNED = "#f0e442", "#8ccdf5", "#2fbf94"
HALF_MM = 48.0
BRIGHTEST_G_CM3 = 0.6
CUTS = {"axial": ((0, 1), 2, (-1.0, 1.0)), "sagittal": ((1, 2), 0, (1.0, 1.0))}
"""Axes of the patient frame to the right and up, the one that is cut, and which way they point: from below, the
patient's right is on the left."""
MIDDLE_MM = np.array([0.0, -16.0, 0.0])


class PathView(QtWidgets.QWidget):
    """Draws the ways that it is given."""

    def __init__(self, say: Wording) -> None:
        super().__init__()
        self._say = say
        self._pictures: dict[str, QtGui.QImage] = {}
        self._greys: list[NDArray[np.uint8]] = []
        self._own: Sequence[Path] = ()
        self._expert: Sequence[Path] = ()
        self._planned: Sequence[FloatArray] = ()
        self.setMinimumSize(440, 250)

    def show_case(self, case: Case) -> None:
        """The cuts to draw on: mineral of the patient as found, through the middle of the target."""
        self._pictures, self._greys = {}, []
        mineral, _ = mineral_as_found(case.patient)
        for name, ((right, up), cut, signs) in CUTS.items():
            at = [0.0, 0.0, 0.0]
            axes = [axis.ravel() for axis in mineral.grid.axes_mm()]
            at[cut] = float(MIDDLE_MM[cut])
            index = int(np.argmin(np.abs(axes[cut] - at[cut])))
            plane = mineral.section(cut, index)
            wanted = [np.abs(axes[a] - MIDDLE_MM[a]) <= HALF_MM for a in (right, up)]
            plane = plane[np.ix_(*wanted)] if right < up else plane.T[np.ix_(*wanted)]
            grey = np.clip(255.0 * plane.T / BRIGHTEST_G_CM3, 0.0, 255.0).astype(np.uint8)
            grey = grey[::-1] if signs[1] > 0 else grey
            grey = np.ascontiguousarray(grey[:, ::-1] if signs[0] < 0 else grey)
            self._greys.append(grey)
            rows, columns = grey.shape
            self._pictures[name] = QtGui.QImage(
                grey.data, columns, rows, columns, QtGui.QImage.Format.Format_Grayscale8
            )
        self.update()

    def show_ways(self, own: Sequence[Path], expert: Sequence[Path], planned: Sequence[FloatArray]) -> None:
        """Ways to be drawn."""
        self._own, self._expert, self._planned = own, expert, planned
        self.update()

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtGui.QColor("#000000"))
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        line = painter.fontMetrics().height() + 4
        upright = self.height() > self.width()
        across, down = (1, 2) if upright else (2, 1)
        side = min(self.width() / across - 4, (self.height() - line) / down - line)
        for number, name in enumerate(CUTS):
            column, row = (0, number) if upright else (number, 0)
            left = self.width() / across * (column + 0.5) - 0.5 * side
            top = row * (self.height() - line) / down + line
            frame = QtCore.QRectF(left, top, side, side)
            if name in self._pictures:
                painter.drawImage(frame, self._pictures[name])
            painter.save()
            painter.setClipRect(frame)
            self._draw_ways(painter, frame, name)
            painter.restore()
            painter.setPen(QtGui.QColor(theme.QUIET))
            above = QtCore.QRectF(left, top - line, side, line)
            painter.drawText(above, QtCore.Qt.AlignmentFlag.AlignCenter, self._say(f"compare.{name}"))
        self._draw_legend(painter, line)
        painter.end()

    def _draw_ways(self, painter: QtGui.QPainter, frame: QtCore.QRectF, name: str) -> None:
        for corridor in self._planned:
            pen = QtGui.QPen(QtGui.QColor(PLANNED), 2.0, QtCore.Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawPolyline(self._polygon(corridor, frame, name))
        for ways, colour in ((self._expert, EXPERT), (self._own, OWN)):
            for way in ways:
                painter.setPen(QtGui.QPen(QtGui.QColor(colour), 4.5 if ways is self._expert else 2.0))
                painter.drawPolyline(self._polygon(way.deepest_mm, frame, name))
                painter.setPen(QtGui.QPen(QtGui.QColor(colour), 1.0, QtCore.Qt.PenStyle.DotLine))
                painter.drawPolyline(self._polygon(way.way_mm, frame, name))
                painter.setBrush(QtGui.QColor(colour))
                painter.drawEllipse(self._polygon(way.deepest_mm[1:], frame, name).value(0), 3.5, 3.5)

    @staticmethod
    def _polygon(points_mm: FloatArray, frame: QtCore.QRectF, name: str) -> QtGui.QPolygonF:
        (right, up), _, signs = CUTS[name]
        scale = frame.width() / (2.0 * HALF_MM)
        x = frame.center().x() + scale * signs[0] * (points_mm[:, right] - MIDDLE_MM[right])
        y = frame.center().y() - scale * signs[1] * (points_mm[:, up] - MIDDLE_MM[up])
        return QtGui.QPolygonF([QtCore.QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)])

    def _draw_legend(self, painter: QtGui.QPainter, line: float) -> None:
        shown = [("way_own", OWN, self._own), ("way_expert", EXPERT, self._expert)]
        lines = [(self._say(f"compare.{key}"), colour) for key, colour, ways in shown if ways]
        lines += [(self._say("compare.way_planned"), PLANNED)] if len(self._planned) else []
        x, top = 10.0, self.height() - line
        for text, colour in lines:
            painter.fillRect(QtCore.QRectF(x, top + 0.5 * line - 2, 14, 4), QtGui.QColor(colour))
            painter.setPen(QtGui.QColor(theme.TEXT))
            wide = painter.fontMetrics().horizontalAdvance(text)
            place = QtCore.QRectF(x + 20, top, wide + 4, line)
            painter.drawText(place, QtCore.Qt.AlignmentFlag.AlignVCenter, text)
            x += wide + 44
