"""How the plan is drawn over a picture: each kind of line has its colour, its dash and, where it helps, its name.

Lines are told apart by colour and by dash; each has a dark outline, so that it is seen on bone and on air.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6 import QtCore, QtGui

from simulator.app import theme
from simulator.app.guide.overlays import Kind, Stroke
from simulator.app.wording import Wording

DASH = QtCore.Qt.PenStyle
INK: dict[Kind, tuple[str, QtCore.Qt.PenStyle, float]] = {
    "corridor": (theme.PLANNED, DASH.SolidLine, 2.0),
    "skin": (theme.PLANNED, DASH.SolidLine, 2.0),
    "pedicle": (theme.OUTLINED, DASH.SolidLine, 1.6),
    "endplate": (theme.PLATE, DASH.DashLine, 1.3),
    "wall": (theme.WALL, DASH.DashDotLine, 1.8),
    "needle": (theme.HEADING, DASH.DotLine, 1.6),
    "level": (theme.HEADING, DASH.SolidLine, 1.0),
}
"""Colour, dash and width in pixels of each kind of line."""
OUTLINE, OUTLINE_PX = theme.SCREEN, 2.4
ARROW_PX, RING_PX = 8.0, 7.0
ALONE = ("level",)
Place = Callable[[float, float], QtCore.QPointF]


def draw(painter: QtGui.QPainter, place: Place, strokes: Sequence[Stroke], say: Wording) -> None:
    """Draw lines; place: where on the widget a row and column of the picture lie."""
    painter.save()
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    for stroke in strokes:
        points = [place(float(row), float(column)) for row, column in stroke.points]
        if stroke.kind not in ALONE:
            _line(painter, stroke.kind, points)
    for stroke in strokes:
        if stroke.name:
            at = place(*(float(c) for c in stroke.points[0]))
            words = stroke.name if stroke.kind == "level" else say(f"line.{stroke.name}")
            _name(painter, at, words, INK[stroke.kind][0], beside=stroke.kind != "level")
    painter.restore()


def _line(painter: QtGui.QPainter, kind: Kind, points: list[QtCore.QPointF]) -> None:
    colour, dash, width = INK[kind]
    path = QtGui.QPainterPath()
    if kind == "skin":
        path.addEllipse(points[0], RING_PX, RING_PX)
        path.addEllipse(points[0], 1.5, 1.5)
    else:
        path.addPolygon(QtGui.QPolygonF(points))
    if kind == "corridor":
        _arrow(path, points[0], points[-1])
    solid = QtGui.QPen(QtGui.QColor(OUTLINE), width + OUTLINE_PX)
    solid.setCapStyle(QtCore.Qt.PenCapStyle.RoundCap)
    painter.setOpacity(0.7)
    painter.strokePath(path, solid)
    painter.setOpacity(1.0)
    painter.strokePath(path, QtGui.QPen(QtGui.QColor(colour), width, dash))


def _arrow(path: QtGui.QPainterPath, start: QtCore.QPointF, end: QtCore.QPointF) -> None:
    """A head at the end of a line, where it is long enough to have a direction; a ring where it is seen end-on."""
    line = QtCore.QLineF(end, start)
    if line.length() < 2.0 * ARROW_PX:
        path.addEllipse(start, 3.0, 3.0)
        return
    for turn in (-25.0, 25.0):
        barb = QtCore.QLineF(line)
        barb.setLength(ARROW_PX)
        barb.setAngle(line.angle() + turn)
        path.moveTo(end)
        path.lineTo(barb.p2())


def _name(painter: QtGui.QPainter, at: QtCore.QPointF, words: str, colour: str, *, beside: bool) -> None:
    """A word that can be read on bright and on dark ground: beside a point, or about it."""
    metrics = painter.fontMetrics()
    wide = metrics.horizontalAdvance(words)
    x = at.x() + (RING_PX + 4.0 if beside else -0.5 * wide)
    y = at.y() + (-4.0 if beside else 0.5 * metrics.ascent())
    path = QtGui.QPainterPath()
    path.addText(QtCore.QPointF(x, y), painter.font(), words)
    painter.strokePath(path, QtGui.QPen(QtGui.QColor(OUTLINE), 3.0))
    painter.fillPath(path, QtGui.QColor(colour))
