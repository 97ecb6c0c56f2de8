"""Who plays: asked once, then a name that can be changed."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from simulator.app.wording import Wording


class TraineePanel(QtWidgets.QWidget):
    """An id as it stands in recordings. Emits ``named`` when one was given or changed."""

    named = QtCore.Signal(str)

    def __init__(self, say: Wording, trainee: str) -> None:
        super().__init__()
        self._say = say
        self.edit = QtWidgets.QLineEdit(trainee)
        self.edit.setPlaceholderText(say("library.trainee_hint"))
        self.edit.setMaxLength(100)
        self.edit.setMinimumWidth(200)
        self.keep = QtWidgets.QPushButton(say("library.keep"))
        self.label = QtWidgets.QLabel()
        self.label.setObjectName("value")
        self.change = QtWidgets.QPushButton(say("library.change"))
        self._asked = QtWidgets.QLabel(say("library.who"))
        self._asked.setObjectName("quiet")
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self._asked, self.edit, self.keep, self.label, self.change):
            row.addWidget(widget)
        self.keep.clicked.connect(self._keep)
        self.edit.returnPressed.connect(self._keep)
        self.change.clicked.connect(self.ask)
        self._show(asking=not trainee)

    @property
    def trainee(self) -> str:
        """The id that stands there, "" for none."""
        return self.edit.text().strip()

    def ask(self) -> None:
        """Ask for an id."""
        self._show(asking=True)
        self.edit.setFocus()
        self.edit.selectAll()

    def _keep(self) -> None:
        if self.trainee:
            self._show(asking=False)
            self.named.emit(self.trainee)

    def _show(self, *, asking: bool) -> None:
        self.label.setText(self.trainee)
        for widget in (self.edit, self.keep, self._asked):
            widget.setVisible(asking)
        for widget in (self.label, self.change):
            widget.setVisible(not asking)
