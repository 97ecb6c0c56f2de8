"""What somebody reads who opens the library for the first time: three things to do, and then a guide leads."""

from __future__ import annotations

from PySide6 import QtWidgets

from simulator.app.wording import Wording


class Welcome(QtWidgets.QFrame):
    """A line that is hidden from those who have given an id before."""

    def __init__(self, say: Wording, *, first_time: bool) -> None:
        super().__init__()
        self.setObjectName("panel")
        title = QtWidgets.QLabel(say("welcome.title"))
        title.setObjectName("title")
        self.text = QtWidgets.QLabel(
            say("welcome.text", tutorial=say("mode.tutorial"), start=say("library.start"))
        )
        self.text.setWordWrap(True)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(12)
        row.addWidget(title)
        row.addWidget(self.text, 1)
        self.setVisible(first_time)
