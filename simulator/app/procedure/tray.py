"""Panels that share one place: a row of tabs above, one panel below. All keys go on working, whatever is shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6 import QtWidgets

from simulator.app.hands.actions import BY_NAME
from simulator.app.hands.hands import Action, Group
from simulator.app.procedure.panels import Panel, switch
from simulator.app.wording import Wording


class Tray(QtWidgets.QWidget):
    """Shows one of its panels. do: told which tab's button was pressed; beside: stands at the end of the tabs."""

    def __init__(
        self,
        panels: dict[Group, Panel],
        say: Wording,
        bound: dict[str, str],
        do: Callable[[Action], None],
        *,
        beside: QtWidgets.QPushButton,
    ) -> None:
        super().__init__()
        self._panels, self._pages = panels, QtWidgets.QStackedWidget()
        self.tabs: dict[Group, QtWidgets.QPushButton] = {}
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(4)
        for group, panel in panels.items():
            action = BY_NAME[f"tab_{group}"]
            tab = switch(action, bound, say, do)
            tab.setObjectName("tab")
            self.tabs[group] = tab
            self._pages.addWidget(panel)
            row.addWidget(tab)
        row.addStretch(1)
        beside.setObjectName("tab")
        row.addWidget(beside)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._pages, 1)
        self.show_page(next(iter(panels)))

    @property
    def page(self) -> Group:
        """Which is shown."""
        return list(self._panels)[self._pages.currentIndex()]

    def show_page(self, group: Group) -> None:
        """Show a panel."""
        self._pages.setCurrentWidget(self._panels[group])
        for name, tab in self.tabs.items():
            tab.setChecked(name == group)
