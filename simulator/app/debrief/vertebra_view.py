"""The cut vertebra as a picture: drawn by VTK off screen. Drag to turn, wheel to come nearer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme
from simulator.app.debrief.vertebra_parts import COLOURS, PLANNED, STEEL, WAY, Model
from simulator.app.outside.gl_probe import can_draw, cause, why_not
from simulator.app.wording import Wording

_log = logging.getLogger(__name__)
BACKGROUND = "#16191d"
FROM = np.array([300.0, -150.0, 115.0])
"""Where the eye is: at the patient's right, somewhat behind and above, so that the front is at the right."""
LOOK_AT = np.array([0.0, -9.0, 0.0])
HALF_HEIGHT_MM = 36.0
DEGREES_A_PIXEL = 0.4
LEGEND_SHARE, LEAST_PT = 0.4, 8.0
"""Of the view's width that the legend may take, and the smallest text it gets."""


class VertebraView(QtWidgets.QWidget):
    """Shows models. probe: says whether 3D can be drawn, on a thread; without it the view says so.
    why: what went wrong, for whoever is to mend it.

    ``ready`` is emitted when it is known that it can: models are wanted from then on.
    """

    ready = QtCore.Signal()
    _probed = QtCore.Signal(bool)

    def __init__(self, say: Wording, probe: Callable[[], bool] = can_draw) -> None:
        super().__init__()
        self._say, self._probe = say, probe
        self.works: bool | None = None
        self.why = ""
        self.image: np.ndarray | None = None
        self._plotter: Any = None
        self._model: Model | None = None
        self._actors: dict[int, Any] = {}
        self._turn, self._raise, self._near = 0.0, 0.0, 1.0
        self._dragged: QtCore.QPointF | None = None
        self._asked = False
        self._probed.connect(self._begin)
        self.setMinimumSize(220, 180)
        self.setAccessibleName(say("replay.vertebra"))
        self.setToolTip(say("replay.vertebra_tip"))

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        if not self._asked:
            self._asked = True
            threading.Thread(target=self._try, name="gl probe", daemon=True).start()
        super().showEvent(event)
        self._redraw()

    def _try(self) -> None:
        works = self._probe()
        if not works and self._probe is can_draw:
            self.why = why_not()
        with suppress(RuntimeError):  # the window may be gone meanwhile
            self._probed.emit(works)

    def _begin(self, works: bool) -> None:
        self.works = works
        if works:
            self.ready.emit()
        self.update()

    def show_model(self, model: Model) -> None:
        """Draw another moment."""
        self._model = model
        self._redraw()

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Words and colour of everything that is drawn."""
        if self._model is None:
            return []
        names = {part.name for part in self._model.parts}
        ml = self._model.ml
        lines = []
        for name, colour in (("needle", STEEL), ("way", WAY), ("planned", PLANNED), *COLOURS.items()):
            if name in names or ml.get(name, 0.0) >= 0.005:
                text = self._say(f"part.{name}")
                lines.append((f"{text}  {self._say.number(ml[name], '.2f')} ml" if name in ml else text, colour))
        if ml.get("leak lungs", 0.0) >= 0.005:
            lines.append(
                (f"{self._say('part.leak lungs')}  {self._say.number(ml['leak lungs'], '.2f')} ml", theme.TEXT)
            )
        return lines

    def _redraw(self) -> None:
        if self._model is None or not self.works or not self.isVisible():
            return
        try:
            self._place(self._model)
            self.image = self._picture()
        except Exception as error:  # noqa: BLE001 - a view that fails says so and why, and the debrief goes on
            self.works, self.image = False, None
            self.why = cause(error)
            _log.warning("the vertebra is not drawn", exc_info=error)
        self.setAccessibleDescription(", ".join(text for text, _ in self.legend))
        self.update()

    def _place(self, model: Model) -> None:
        import pyvista as pv  # takes half a second, and is wanted only where 3D can be drawn

        if self._plotter is None:
            self._plotter = pv.Plotter(off_screen=True, window_size=[self.width(), self.height()])
            self._plotter.ren_win.SetMultiSamples(0)
            self._plotter.set_background(BACKGROUND)
        wanted = {id(part): part for part in model.parts}
        for key in [key for key in self._actors if key not in wanted]:
            self._plotter.remove_actor(self._actors.pop(key)[0], render=False)
        for key, part in wanted.items():
            if key not in self._actors and part.mesh.n_points:
                # The part is kept with its actor: another one could be given its id.
                self._actors[key] = (self._added(part), part)

    def _added(self, part: Any) -> Any:
        return self._plotter.add_mesh(
            part.mesh,
            color=part.colour,
            opacity=part.opacity,
            smooth_shading=True,
            specular=0.25,
            ambient=part.ambient,
            reset_camera=False,
            render=False,
        )

    def _picture(self) -> np.ndarray:
        """(rows, columns, 3) uint8."""
        plotter = self._plotter
        size = [max(self.width(), 2), max(self.height(), 2)]
        if list(plotter.window_size) != size:
            plotter.window_size = size  # draws
        plotter.camera_position = [LOOK_AT + FROM, LOOK_AT, (0.0, 0.0, 1.0)]
        plotter.camera.parallel_projection = True
        plotter.camera.parallel_scale = HALF_HEIGHT_MM / self._near
        plotter.camera.azimuth, plotter.camera.elevation = self._turn, self._raise
        plotter.reset_camera_clipping_range()
        plotter.render()  # a screenshot alone is of what was rendered last
        return np.ascontiguousarray(plotter.screenshot(return_img=True)[:, :, :3])

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtGui.QColor(BACKGROUND))
        if self.image is not None:
            rows, columns = self.image.shape[:2]
            picture = QtGui.QImage(self.image.data, columns, rows, 3 * columns, QtGui.QImage.Format.Format_RGB888)
            painter.drawImage(self.rect(), picture)
            self._write_legend(painter)
        else:
            painter.setPen(QtGui.QColor(theme.QUIET))
            flags = QtCore.Qt.AlignmentFlag.AlignCenter | QtCore.Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 16, -16, -16), flags, self.told)
        painter.end()

    @property
    def told(self) -> str:
        """What stands there instead of a picture."""
        if self.works is not False:
            return self._say("replay.preparing_3d")
        because = "\n\n" + self._say("room_view.because", why=self._say.told(self.why)) if self.why else ""
        return self._say("replay.no_3d") + because

    def _write_legend(self, painter: QtGui.QPainter) -> None:
        wide = max((painter.fontMetrics().horizontalAdvance(text) for text, _ in self.legend), default=0)
        if wide > LEGEND_SHARE * self.width():  # large text must not hide what it explains
            font = painter.font()
            font.setPointSizeF(max(font.pointSizeF() * LEGEND_SHARE * self.width() / wide, LEAST_PT))
            painter.setFont(font)
            wide = max(painter.fontMetrics().horizontalAdvance(text) for text, _ in self.legend)
        line = painter.fontMetrics().height() + 2
        painter.fillRect(0, 0, wide + 34, 10 + line * len(self.legend), QtGui.QColor(16, 18, 20, 190))
        for row, (text, colour) in enumerate(self.legend):
            top = 6 + row * line
            painter.fillRect(8, top + line // 2 - 5, 10, 10, QtGui.QColor(colour))
            painter.setPen(QtGui.QColor(theme.TEXT))
            place = QtCore.QRect(24, top, self.width() - 30, line)
            painter.drawText(place, QtCore.Qt.AlignmentFlag.AlignVCenter, text)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._redraw()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        self._dragged = event.position()

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._dragged is not None:
            by, self._dragged = event.position() - self._dragged, event.position()
            self._turn -= DEGREES_A_PIXEL * by.x()
            self._raise = float(np.clip(self._raise + DEGREES_A_PIXEL * by.y(), -65.0, 65.0))
            self._redraw()

    def mouseReleaseEvent(self, _event: QtGui.QMouseEvent) -> None:
        self._dragged = None

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        self._near = float(np.clip(self._near * 1.1 ** (event.angleDelta().y() / 120.0), 0.4, 6.0))
        self._redraw()

    def close_view(self) -> None:
        """Give back what VTK holds, and let go of the model."""
        if self._plotter is not None:
            self._plotter.close()
            self._plotter = None
        self._actors = {}
        self._model = None
