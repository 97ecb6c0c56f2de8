"""The numbers of the patient monitor at a moment, side by side."""

from __future__ import annotations

from PySide6 import QtWidgets

from simulator.app.procedure.vitals_readout import Number, numbers
from simulator.app.wording import Wording
from simulator.engine.state import State


class VitalsStrip(QtWidgets.QFrame):
    """One field a number: what it is, its value, and LOW or HIGH in words where it sounds the alarm."""

    def __init__(self, say: Wording) -> None:
        super().__init__()
        self._say = say
        self.setObjectName("panel")
        self.setAccessibleName(say("monitor.title"))
        self._row = QtWidgets.QHBoxLayout(self)
        self._row.setContentsMargins(10, 4, 10, 4)
        self._row.setSpacing(6)
        self.fields: dict[str, QtWidgets.QLabel] = {}

    def follow(self, state: State) -> None:
        """Show a state's."""
        shown = [number for beside in numbers(state.vitals).values() for number in beside]
        if not self.fields:
            self._make(shown)
        for number in shown:
            alarm = f"  {self._say(f'monitor.{number.alarm}')}" if number.alarm else ""
            field = self.fields[number.name]
            field.setText(f"{number.value}{alarm}")
            name = "alarm" if number.alarm else "value"
            if field.objectName() != name:
                field.setObjectName(name)
                field.style().unpolish(field)
                field.style().polish(field)

    def _make(self, shown: list[Number]) -> None:
        for number in shown:
            title = QtWidgets.QLabel(self._say(f"monitor.{number.name}"))
            title.setObjectName("quiet")
            field = self.fields[number.name] = QtWidgets.QLabel()
            self._row.addWidget(title)
            self._row.addWidget(field)
            self._row.addStretch(1)
