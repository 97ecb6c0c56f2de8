"""A widget of the room that can stand in a window of its own, on any screen, and come back to its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app.detached.places import Rect, other_screen, rect_of, row


class OwnWindow(QtWidgets.QWidget):
    """Holds what was taken out of the room; keys go on to the room. Emits ``left`` when it is to close."""

    left = QtCore.Signal()

    def __init__(self, title: str, room: QtWidgets.QWidget) -> None:
        super().__init__(room, QtCore.Qt.WindowType.Window)
        self.setWindowTitle(f"vertebrosim – {title}")
        self.setProperty("of_the_room", True)
        self._room = room
        box = QtWidgets.QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        self.box = box

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        self._room.keyPressEvent(event)

    def keyReleaseEvent(self, event: QtGui.QKeyEvent) -> None:
        self._room.keyReleaseEvent(event)

    def changeEvent(self, event: QtCore.QEvent) -> None:
        if event.type() == QtCore.QEvent.Type.ActivationChange:
            self._room.changeEvent(QtCore.QEvent(event.type()))  # who leaves this window may leave the room
        super().changeEvent(event)

    def focusNextPrevChild(self, _next: bool) -> bool:
        """Tab is a key of the procedure."""
        return False

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:
        event.ignore()
        self.left.emit()


class Detachable(QtCore.QObject):
    """A widget in a box layout of the room. moved: is told the row to be kept (``places.row``) when it has gone
    out or come back, and before the room closes.

    A double click on it where it takes none itself puts it out and back.
    """

    def __init__(
        self,
        widget: QtWidgets.QWidget,
        layout: QtWidgets.QBoxLayout,
        title: str,
        room: QtWidgets.QWidget,
        moved: Callable[[dict[str, Any]], None],
    ) -> None:
        super().__init__(room)
        self.widget, self.window = widget, OwnWindow(title, room)
        self._layout, self._room, self._moved = layout, room, moved
        self._stretch = layout.stretch(layout.indexOf(widget))
        self._place = QtWidgets.QWidget()  # keeps the widget's place among its neighbours
        self._place.hide()
        layout.insertWidget(layout.indexOf(widget), self._place)
        self.window.left.connect(self.attach)
        widget.installEventFilter(self)

    @property
    def is_out(self) -> bool:
        """Whether it stands in a window of its own."""
        return self.widget.window() is self.window

    def toggle(self) -> None:
        """Out, or back."""
        if self.is_out:
            self.attach()
        else:
            self.detach()

    def detach(self, kept: Any = None) -> None:
        """Give it a window of its own: where a kept row says, else all of another screen, else near the room."""
        if self.is_out:
            return
        screens = screens_now()
        self._layout.removeWidget(self.widget)
        self.window.box.addWidget(self.widget)
        rect = rect_of(kept, screens)
        other = other_screen(self._room.screen().name(), screens)
        full = bool(kept.get("full")) if rect is not None else other is not None
        if rect is None and other is not None:
            left, top, width, height = screens[other]
            rect = (left + width // 8, top + height // 8, 3 * width // 4, 3 * height // 4)
        if rect is None:
            at = self._room.frameGeometry().topLeft()
            side = max(self.widget.height(), 400)
            rect = (at.x() + 60, at.y() + 60, side, side)
        self.window.setGeometry(*rect)
        self.widget.show()
        if full:
            self.window.showFullScreen()
        else:
            self.window.show()
        self._keep(out=True)

    def attach(self) -> None:
        """Back to its place in the room."""
        if not self.is_out:
            return
        self._keep(out=False)
        hidden = self.widget.isHidden()
        self.window.box.removeWidget(self.widget)
        self._layout.insertWidget(self._layout.indexOf(self._place) + 1, self.widget, self._stretch)
        self.widget.setHidden(hidden)
        self.window.hide()

    def full_screen(self) -> None:
        """On the whole screen, or not any more; only in a window of its own."""
        if not self.is_out:
            return
        if self.window.isFullScreen():
            self.window.showNormal()
        else:
            self.window.showFullScreen()
        self._keep(out=True)

    def remember(self) -> None:
        """Say where it stands, before the room closes."""
        if self.is_out:
            self._keep(out=True)

    def _keep(self, *, out: bool) -> None:
        window = self.window
        rect = window.normalGeometry() if window.isFullScreen() else window.geometry()
        at = (rect.x(), rect.y(), rect.width(), rect.height())
        self._moved(row(window.screen().name(), at, full=window.isFullScreen(), out=out))

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.HideToParent and self.is_out:
            QtCore.QTimer.singleShot(0, self._follow_hidden)
        elif event.type() == QtCore.QEvent.Type.MouseButtonDblClick and self._is_free(event):
            QtCore.QTimer.singleShot(0, self.toggle)  # not inside the widget's own event
            return True
        return super().eventFilter(watched, event)

    def _follow_hidden(self) -> None:
        """A room that puts the widget away does not leave an empty window."""
        if self.is_out and self.widget.isHidden():
            self.attach()

    def _is_free(self, event: QtCore.QEvent) -> bool:
        """Whether a double click is beside what the widget shows."""
        inside = getattr(self.widget, "shows_at", None)
        return not (inside is not None and isinstance(event, QtGui.QMouseEvent) and inside(event.position()))


def screens_now() -> dict[str, Rect]:
    """What each screen shows, by name."""
    found: dict[str, Rect] = {}
    for screen in QtGui.QGuiApplication.screens():
        at = screen.availableGeometry()
        found[screen.name()] = (at.x(), at.y(), at.width(), at.height())
    return found
