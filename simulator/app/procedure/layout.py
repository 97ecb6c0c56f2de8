"""What stands in the procedure room, and where: widgets and their places. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6 import QtCore, QtWidgets

from simulator.app import theme
from simulator.app.hands.actions import BY_NAME
from simulator.app.hands.hands import Action, Group
from simulator.app.hands.tool_actions import TOOL_NAMES
from simulator.app.outside.room_view import RoomView
from simulator.app.procedure.level_bar import LevelBar
from simulator.app.procedure.monitor_view import MonitorView
from simulator.app.procedure.panels import Panel, switch
from simulator.app.procedure.shared_place import SharedPlace
from simulator.app.procedure.stored_strip import StoredStrip
from simulator.app.procedure.syringe_view import SyringeView
from simulator.app.procedure.tray import Tray
from simulator.app.procedure.vitals_view import VitalsView
from simulator.app.wording import Wording
from simulator.engine.patient.drugs import DRUG_NAMES
from simulator.imaging.carm import PlaneName

COLUMNS: dict[Group, tuple[int, int]] = {
    "imaging": (2, 1), "carm": (2, 2), "needle": (4, 3), "tools": (5, 3), "patient": (4, 3),
    "balloon": (2, 1), "cement": (2, 1), "machine": (5, 3), "screen": (5, 3),
}  # fmt: skip
"""How many buttons and how many read-outs a panel has in a row."""
SHARED: tuple[Group, ...] = ("balloon", "cement")
TRAY: tuple[Group, ...] = ("needle", "tools", "patient", "machine", "screen")
OFFERED: dict[Group, tuple[str, ...]] = {"tools": TOOL_NAMES, "patient": DRUG_NAMES}


class Layout(QtWidgets.QWidget):
    """Monitors with the message line and the panels below them; patient monitor and panels at the right.

    Others put their widgets into the places: ``screens`` (beside the monitors), ``said`` (the message line's row),
    ``above_said`` (lines over its whole width), ``right`` (above balloon and cement) and ``foot`` (the row of
    the last button).
    """

    def __init__(
        self,
        say: Wording,
        bound: dict[str, str],
        do: Callable[[Action], None],
        let_go: Callable[[Action], None],
    ) -> None:
        super().__init__()
        self.monitors: dict[PlaneName, MonitorView] = {"A": MonitorView(), "B": MonitorView()}
        self.syringe = SyringeView(say)
        self.panels: dict[Group, Panel] = {
            group: Panel(
                group, say, bound, do, let_go, *columns,
                titled=group not in TRAY, offered=OFFERED.get(group, ()),
                inset=self.syringe if group == "balloon" else None,
            )
            for group, columns in COLUMNS.items()
        }  # fmt: skip
        self.reference = MonitorView()
        self.reference.hide()
        self.reference.setAccessibleName(say("action.reference"))
        self.stored = StoredStrip(say)
        self.room_view = RoomView(say)
        self.room_view.hide()
        self.room_button = switch(BY_NAME["room_view"], bound, say, do)
        pages = {group: self.panels[group] for group in TRAY}
        self.tray = Tray(pages, say, bound, do, beside=self.room_button)
        self.shared = SharedPlace({group: self.panels[group] for group in SHARED}, say, bound, do)
        self.vitals = VitalsView(say)
        self.resistance = LevelBar()
        self.message = QtWidgets.QLabel(say("room.building"))
        self.message.setObjectName("message")
        self.message.setWordWrap(True)
        self.message.setMinimumHeight(2 * self.message.fontMetrics().lineSpacing() + 8)
        self.pause_button = switch(BY_NAME["pause"], bound, say, do)
        self.end = QtWidgets.QPushButton(say("room.end"))
        self.end.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.end.setEnabled(False)
        self.screens, self.said = QtWidgets.QHBoxLayout(), QtWidgets.QHBoxLayout()
        self.above_said = QtWidgets.QVBoxLayout()
        self.right, self.foot = QtWidgets.QVBoxLayout(), QtWidgets.QHBoxLayout()
        self._lay_out()

    def heightForWidth(self, _width: int) -> int:
        """What it needs at least; wrapped labels would ask for more, and a scrolled room would scroll."""
        return self.minimumSizeHint().height()

    def _lay_out(self) -> None:
        for monitor in self.monitors.values():
            self.screens.addWidget(monitor, 1)
        self.screens.addWidget(self.reference, 1)
        self.screens.addWidget(self.stored)
        self.screens.addWidget(self.room_view, 1)
        below = QtWidgets.QHBoxLayout()
        below.addWidget(self.panels["carm"])
        below.addWidget(self.tray, 1)
        self.said.addWidget(self.message, 1)
        self.said.addWidget(self.resistance)
        left, column, whole = QtWidgets.QVBoxLayout(), QtWidgets.QVBoxLayout(), QtWidgets.QHBoxLayout(self)
        left.addLayout(self.screens, 1)
        telling = QtWidgets.QVBoxLayout()
        telling.setSpacing(0)
        telling.addLayout(self.above_said)
        telling.addLayout(self.said)
        left.addLayout(telling)
        left.addLayout(below)
        self.right.addWidget(self.vitals)
        self.right.addWidget(self.panels["imaging"])
        column.addLayout(self.right)
        column.addWidget(self.shared, 1)
        self.foot.addWidget(self.pause_button)
        self.foot.addWidget(self.end, 1)
        column.addLayout(self.foot)
        whole.setContentsMargins(*4 * (theme.GAP_PX,))
        for layout in (self.screens, self.said, below, left, self.right, column, whole):
            layout.setSpacing(theme.GAP_PX)
        whole.addLayout(left, 1)
        whole.addLayout(column)
