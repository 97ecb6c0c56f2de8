"""The room from outside: drawn by VTK off screen, shown as an ordinary picture."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from PySide6 import QtCore, QtGui, QtWidgets

from anatomy.frames import FloatArray
from simulator.app import theme
from simulator.app.outside.gl_probe import can_draw, cause, why_not
from simulator.app.outside.room_scene import (
    SKIN,
    Box,
    Rod,
    bodies,
    isocentre_mm,
    ray_through,
    skin_density,
)
from simulator.app.outside.skin_marks import laid, pen_marks
from simulator.app.wording import Wording
from simulator.engine.case import Case
from simulator.engine.measuring_field import HALF_TISSUE_G_CM3
from simulator.engine.state import State

Points = tuple[tuple[float, float] | None, ...]
_log = logging.getLogger(__name__)
EVERY_TICKS = 6
FROM_MM = np.array([-1350.0, -1300.0, -1750.0])
"""Where the eye is, from plane A's isocentre: at the left foot end, above."""
DEGREES_A_PIXEL = 0.4
CLICK_PX = 6
"""A press that is let go within so much is a click."""


class RoomView(QtWidgets.QWidget):
    """Follows the states it is given while it is visible. Drag to walk around, wheel to come nearer; a click emits
    ``picked`` with the eye (3,) and the unit direction (3,) of the ray through it, patient frame, mm.

    probe: says whether 3D can be drawn, on a thread; without it the view says so and draws nothing. why: what went
    wrong, for whoever is to mend it.
    """

    picked = QtCore.Signal(object, object)
    _probed = QtCore.Signal(bool)

    def __init__(self, say: Wording, probe: Callable[[], bool] = can_draw) -> None:
        super().__init__()
        self._say, self._probe = say, probe
        self.works: bool | None = None
        self.why = ""
        self.image: np.ndarray | None = None
        self._plotter: Any = None
        self._actors: list[Any] = []
        self._drawn: tuple[Any, Any] | None = None
        self._drawn_tick = -EVERY_TICKS
        self._seen: tuple[Case, State, Points] | None = None
        self._turn, self._raise, self._near = 0.0, 0.0, 1.0
        self._dragged: QtCore.QPointF | None = None
        self._pressed = QtCore.QPointF()
        self._asked = False
        self._probed.connect(self._begin)
        self.setMinimumSize(200, 200)
        self.setAccessibleName(say("action.room_view"))
        self.setToolTip(say("room_view.tip"))

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        if not self._asked:
            self._asked = True
            threading.Thread(target=self._try, name="gl probe", daemon=True).start()
        super().showEvent(event)

    def _try(self) -> None:
        works = self._probe()
        if not works and self._probe is can_draw:
            self.why = why_not()
        with suppress(RuntimeError):  # the window may be gone meanwhile
            self._probed.emit(works)

    def _begin(self, works: bool) -> None:
        self.works = works
        self._redraw()
        self.update()

    def follow(self, case: Case, state: State, pen_mm: Points = ()) -> None:
        """Show a state, where it looks otherwise than the last one. pen_mm: where the skin has marks of a pen."""
        marked = self._seen is not None and self._seen[2] != pen_mm
        self._seen = (case, state, pen_mm)
        due = marked or state.tick - self._drawn_tick >= EVERY_TICKS
        if self.isVisible() and self.works and due:
            self._redraw()

    def look_at(self, case: Case, state: State) -> None:
        """Show a state of any time; what was marked with a pen is in no recording."""
        self._seen = (case, state, ())
        if self.isVisible():
            self._redraw()

    def _redraw(self) -> None:
        if self._seen is None or not self.works:
            return
        case, state, pen_mm = self._seen
        needles = tuple((n.hub_mm.tobytes(), n.tip_mm.tobytes()) for n in state.needles if n is not None)
        stands = (tuple(case.view(state, plane).key for plane in state.planes), needles, state.skin_mark, pen_mm)
        eye = (self._turn, self._raise, self._near, self.width(), self.height())
        self._drawn_tick = state.tick
        if (stands, eye) == self._drawn:
            return
        try:
            if self._drawn is None or stands != self._drawn[0]:
                self._place(case, state, pen_mm)
            self.image = self._picture(case, state)
        except Exception as error:  # noqa: BLE001 - a view that fails says so and why, and the case goes on
            self.works, self.image = False, None
            self.why = cause(error)
            _log.warning("the room view is off", exc_info=error)
        self._drawn = (stands, eye)
        self.update()

    def _place(self, case: Case, state: State, pen_mm: Points) -> None:
        """Put all bodies where they stand now; the patient's skin once."""
        import pyvista as pv  # takes half a second, and is wanted only where 3D can be drawn

        if self._plotter is None:
            self._plotter = pv.Plotter(off_screen=True, window_size=[self.width(), self.height()])
            self._plotter.ren_win.SetMultiSamples(0)
            self._plotter.set_background(theme.GROUND)
            self._plotter.add_mesh(_skin(pv, case), color=SKIN, smooth_shading=True, specular=0.1)
        for actor in self._actors:
            self._plotter.remove_actor(actor, render=False)
        self._actors = [
            self._plotter.add_mesh(_mesh(pv, body), color=body.colour, reset_camera=False, render=False)
            for body in (*bodies(case, state), *laid(state), *pen_marks(case, pen_mm))
        ]

    def _picture(self, case: Case, state: State) -> np.ndarray:
        """(rows, columns, 3) uint8."""
        plotter, iso = self._plotter, isocentre_mm(case, state)
        ratio = self.devicePixelRatioF()  # the screen's own pixels, so that it is sharp there
        size = [round(self.width() * ratio), round(self.height() * ratio)]
        if list(plotter.window_size) != size:
            plotter.window_size = size  # draws
        plotter.camera_position = [iso + FROM_MM / self._near, iso, (0.0, -1.0, 0.0)]
        plotter.camera.azimuth, plotter.camera.elevation = self._turn, self._raise
        plotter.reset_camera_clipping_range()
        plotter.render()  # a screenshot alone is of what was rendered last
        return np.ascontiguousarray(plotter.screenshot(return_img=True)[:, :, :3])

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtGui.QColor(theme.GROUND))
        if self.image is not None:
            rows, columns = self.image.shape[:2]
            picture = QtGui.QImage(self.image.data, columns, rows, 3 * columns, QtGui.QImage.Format.Format_RGB888)
            painter.drawImage(self.rect(), picture)
        else:
            painter.setPen(QtGui.QColor(theme.QUIET))
            flags = QtCore.Qt.AlignmentFlag.AlignCenter | QtCore.Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 16, -16, -16), flags, self.told)
        painter.end()

    @property
    def told(self) -> str:
        """What stands there instead of a picture."""
        if self.works is not False:
            return self._say("room_view.preparing")
        because = "\n\n" + self._say("room_view.because", why=self._say.told(self.why)) if self.why else ""
        return self._say("room_view.none") + because

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._redraw()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        self._dragged = self._pressed = event.position()

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._dragged is not None:
            by, self._dragged = event.position() - self._dragged, event.position()
            self._turn -= DEGREES_A_PIXEL * by.x()
            self._raise = float(np.clip(self._raise + DEGREES_A_PIXEL * by.y(), -50.0, 40.0))
            self._redraw()

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        self._dragged = None
        if (event.position() - self._pressed).manhattanLength() <= CLICK_PX and self.image is not None:
            self.picked.emit(*self.ray(event.position()))

    def ray(self, at: QtCore.QPointF) -> tuple[FloatArray, FloatArray]:
        """Eye (3,) and unit direction (3,) of the ray through a place of the view, patient frame."""
        camera = self._plotter.camera
        return ray_through(
            np.array(camera.position), np.array(camera.focal_point), np.array(camera.up), float(camera.view_angle),
            (self.width(), self.height()), (at.x(), at.y()),
        )  # fmt: skip

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        self._near = float(np.clip(self._near * 1.1 ** (event.angleDelta().y() / 120.0), 0.5, 4.0))
        self._redraw()

    def close_view(self) -> None:
        """Give back what VTK holds, and let go of the case."""
        if self._plotter is not None:
            self._plotter.close()
            self._plotter = None
        self._actors = []
        self._seen = None


def _mesh(pv: Any, body: Rod | Box) -> Any:
    if isinstance(body, Rod):
        return pv.MultipleLines(points=body.points_mm).tube(radius=body.radius_mm, n_sides=24, capping=True)
    return pv.Box(np.column_stack([body.low_mm, body.high_mm]).ravel())


def _skin(pv: Any, case: Case) -> Any:
    """The surface of the body, closed at its ends."""
    density, grid = skin_density(case.patient)
    padded, step_mm = np.pad(density, 1), grid.voxel_mm
    first_mm = np.array([float(axis.ravel()[0]) for axis in grid.axes_mm()]) - step_mm
    image = pv.ImageData(dimensions=padded.shape, origin=tuple(first_mm), spacing=tuple(step_mm))
    image.point_data["density"] = padded.ravel(order="F")
    surface = image.contour([HALF_TISSUE_G_CM3], scalars="density")
    return surface.smooth_taubin(n_iter=30, pass_band=0.05)
