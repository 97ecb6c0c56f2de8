"""Sessions that were broken off: which one, and what is to become of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6 import QtCore, QtWidgets

from simulator.app.sessions.interrupted import Interrupted
from simulator.app.wording import Wording

WAYS = ("resume", "replay", "score", "set_aside")


class InterruptedPanel(QtWidgets.QFrame):
    """A line that is hidden where there are none. Emits ``asked`` with one of WAYS and the session."""

    asked = QtCore.Signal(str, object)

    def __init__(self, say: Wording, found: Sequence[Interrupted]) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.list = QtWidgets.QComboBox()
        for one in found:
            minutes, seconds = divmod(round(one.seconds), 60)
            said = (one.title, one.trainee, say(f"mode.{one.mode}"), f"{minutes}:{seconds:02d}", one.path.stem)
            self.list.addItem(" · ".join(said), one)
        self.list.setMinimumContentsLength(20)
        self.list.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        title = QtWidgets.QLabel(say("library.interrupted"))
        title.setObjectName("title")
        row.addWidget(title)
        row.addWidget(self.list, 1)
        self.buttons: dict[str, QtWidgets.QPushButton] = {}
        for way in WAYS:
            button = QtWidgets.QPushButton(say(f"library.{way}"))
            button.setToolTip(say(f"library.{way}_tip"))
            button.clicked.connect(lambda _checked, chosen=way: self.asked.emit(chosen, self.list.currentData()))
            self.buttons[way] = button
            row.addWidget(button)
        self.list.currentIndexChanged.connect(lambda _at: self._allow())
        self.setVisible(bool(found))
        self._allow()

    def _allow(self) -> None:
        one = self.list.currentData()
        self.buttons["resume"].setEnabled(isinstance(one, Interrupted) and one.can_resume)
