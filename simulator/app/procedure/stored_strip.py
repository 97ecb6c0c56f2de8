"""Stored images of the plane in hand, small, one below the other: a click brings one back."""

from __future__ import annotations

import numpy as np
from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app.sessions.console import Look
from simulator.app.wording import Wording
from simulator.imaging.carm import PlaneName
from simulator.imaging.monitor.monitor import StoredImage

LINES = 4.5
"""Side of a small image, in lines of text."""
_NUMBER = QtCore.Qt.ItemDataRole.UserRole


class StoredStrip(QtWidgets.QListWidget):
    """Emits ``asked`` with the number of the image that was clicked. Not seen while nothing is stored."""

    asked = QtCore.Signal(int)

    def __init__(self, say: Wording) -> None:
        super().__init__()
        self._say = say
        self._shown: tuple[StoredImage, ...] = ()
        self._plane: PlaneName = "A"
        self.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
        self.setFlow(QtWidgets.QListView.Flow.TopToBottom)
        self.setWrapping(False)
        self.setMovement(QtWidgets.QListView.Movement.Static)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QtWidgets.QListView.ScrollMode.ScrollPerPixel)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)  # keys are the procedure's
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Fixed, QtWidgets.QSizePolicy.Policy.Expanding)
        self.setObjectName("strip")
        self.setAccessibleName(say("stored.title"))
        self.itemClicked.connect(lambda item: self.asked.emit(item.data(_NUMBER)))
        self._fit()
        self.hide()

    def _fit(self) -> None:
        """Images as large as goes with the text."""
        side, high = round(LINES * self.fontMetrics().lineSpacing()), self.fontMetrics().lineSpacing()
        self.setIconSize(QtCore.QSize(side, side))
        self.setGridSize(QtCore.QSize(side + 10, side + high + 10))
        self.setFixedWidth(side + 12 + self.style().pixelMetric(QtWidgets.QStyle.PixelMetric.PM_ScrollBarExtent))
        self.setMinimumHeight(side)

    def changeEvent(self, event: QtCore.QEvent) -> None:
        if event.type() == QtCore.QEvent.Type.FontChange:
            self._fit()
        super().changeEvent(event)

    def follow(self, plane: PlaneName, look: Look | None) -> None:
        """Show what a plane's monitor has stored; the one that stands for reference is marked."""
        stored = () if look is None else look.stored
        if plane != self._plane or stored is not self._shown:
            self._plane, self._shown = plane, stored
            self.clear()
            for kept in stored:
                self._add(kept)
            self.setVisible(bool(stored))
        number = None if look is None or look.reference is None else look.reference.number
        numbers = [kept.number for kept in stored]
        at = numbers.index(number) if number in numbers else -1
        if at != self.currentRow():
            self.setCurrentRow(at)
            if at >= 0:
                self.scrollToItem(self.item(at))

    def _add(self, kept: StoredImage) -> None:
        icon, small = QtGui.QIcon(), QtGui.QPixmap.fromImage(self._small(kept))
        for mode in (QtGui.QIcon.Mode.Normal, QtGui.QIcon.Mode.Selected):  # marked by its name, not by a tint
            icon.addPixmap(small, mode)
        item = QtWidgets.QListWidgetItem(icon, f"{self._plane} {kept.number}")
        item.setData(_NUMBER, kept.number)
        item.setToolTip(self._say("stored.tip", plane=self._plane, number=kept.number))
        self.addItem(item)

    def _small(self, kept: StoredImage) -> QtGui.QImage:
        """What lies between the blades, in the screen's own pixels."""
        inside = [np.flatnonzero(kept.grey.any(axis=axis)) for axis in (1, 0)]
        high, wide = (slice(found[0], found[-1] + 1) if found.size else slice(None) for found in inside)
        shown = np.ascontiguousarray(kept.grey[high, wide])
        rows, columns = shown.shape
        grey = QtGui.QImage(shown.data, columns, rows, columns, QtGui.QImage.Format.Format_Grayscale8)
        ratio, keep = self.devicePixelRatioF(), QtCore.Qt.AspectRatioMode.KeepAspectRatio
        side = round(self.iconSize().width() * ratio)
        small = grey.scaled(side, side, keep, QtCore.Qt.TransformationMode.SmoothTransformation)
        small.setDevicePixelRatio(ratio)
        return small
