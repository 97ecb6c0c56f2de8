"""The inflation syringes at a moment, side by side: handle, volume and pressure."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from anatomy.spec import SIDES, Side
from simulator.app.procedure.syringe_view import SyringeView
from simulator.app.wording import Wording
from simulator.devices.manometer import read_off
from simulator.engine.state import State

LINES = 3


class SyringeStrip(QtWidgets.QFrame):
    """One syringe a side, to be looked at only. The latch is the hands', and no recording has it."""

    def __init__(self, say: Wording) -> None:
        super().__init__()
        self._say = say
        self.setObjectName("panel")
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(10, 4, 10, 4)
        row.setSpacing(10)
        self.views: dict[Side, SyringeView] = {}
        self.read: dict[Side, QtWidgets.QLabel] = {}
        for side in SIDES:
            self.views[side] = SyringeView(say, LINES, title=say(f"value.{side}"))
            self.read[side] = QtWidgets.QLabel()
            self.views[side].setAttribute(QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self.read[side].setObjectName("value")
            row.addWidget(self.views[side])
            row.addWidget(self.read[side], 1)

    def follow(self, state: State) -> None:
        """Show a state's."""
        for side in SIDES:
            balloon = state.balloon(side)
            if balloon is None:
                self.views[side].show_syringe(None, 0.0, is_open=None)
                self.read[side].clear()
                continue
            self.views[side].show_syringe(balloon.volume_ml, balloon.wanted_ml, is_open=None)
            read = read_off(balloon.pressure_kpa, balloon.volume_ml)
            self.read[side].setText(f"{self._say.number(read.volume_ml, '.1f')} ml\n{read.psi} psi")
