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
        self._page: Group = next(iter(panels))
        self.show_page(self._page)

    @property
    def page(self) -> Group:
        """Which panel is shown, or was shown last."""
        return self._page

    @property
    def other(self) -> QtWidgets.QWidget | None:
        """What is shown in place of a panel, None while a panel is."""
        shown = self._pages.currentWidget()
        return None if shown in self._panels.values() else shown

    def add_page(self, widget: QtWidgets.QWidget) -> None:
        """Keep something that can be shown in place of the panels; it has no tab."""
        self._pages.addWidget(widget)

    def show_other(self, widget: QtWidgets.QWidget) -> None:
        """Show something that was added."""
        self._pages.setCurrentWidget(widget)
        for tab in self.tabs.values():
            tab.setChecked(False)

    def show_page(self, group: Group) -> None:
        """Show a panel."""
        self._page = group
        self._pages.setCurrentWidget(self._panels[group])
        for name, tab in self.tabs.items():
            tab.setChecked(name == group)
