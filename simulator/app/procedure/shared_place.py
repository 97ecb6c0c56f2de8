"""Panels that stand one above the other where there is room for all, and behind tabs where there is not."""

from __future__ import annotations

from collections.abc import Callable

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme
from simulator.app.hands.actions import BY_NAME
from simulator.app.hands.hands import Action, Group
from simulator.app.procedure.panels import Panel, switch
from simulator.app.wording import Wording


class SharedPlace(QtWidgets.QWidget):
    """Shows all of its panels, or the one that was asked for last. do: told which tab's button was pressed.

    Its least height is that of one panel, whatever it shows: so a window can be made smaller again.
    """

    def __init__(
        self, panels: dict[Group, Panel], say: Wording, bound: dict[str, str], do: Callable[[Action], None]
    ) -> None:
        super().__init__()
        self._panels, self._absent = panels, set[Group]()
        self.page: Group = next(iter(panels))
        self.tabs: dict[Group, QtWidgets.QPushButton] = {}
        self._row = QtWidgets.QWidget()
        row = QtWidgets.QHBoxLayout(self._row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP_PX)
        layout.addWidget(self._row)
        for group, panel in panels.items():
            self.tabs[group] = switch(BY_NAME[f"tab_{group}"], bound, say, do)
            self.tabs[group].setObjectName("tab")
            row.addWidget(self.tabs[group])
            layout.addWidget(panel)
        row.addStretch(1)
        layout.addStretch(1)
        self._fit()

    @property
    def is_tabbed(self) -> bool:
        """Whether there is room for one panel only."""
        return len(self._there) > 1 and self.height() < self._all_high()

    @property
    def _there(self) -> list[Group]:
        return [group for group in self._panels if group not in self._absent]

    def leave_out(self, group: Group) -> None:
        """A panel that this case has no use for."""
        self._absent.add(group)
        self.page = self.page if self.page in self._there else self._there[0]
        self._fit()

    def turn_to(self, group: Group) -> bool:
        """Show a panel; whether one is seen now that was not before."""
        if group not in self._there or group == self.page:
            return False
        self.page = group
        self._fit()
        return self.is_tabbed

    def _all_high(self) -> int:
        highs = [self._panels[group].minimumSizeHint().height() for group in self._there]
        return sum(highs) + theme.GAP_PX * (len(highs) - 1)

    def _fit(self) -> None:
        tabbed = self.is_tabbed
        self._row.setVisible(tabbed)
        for group, panel in self._panels.items():
            panel.setVisible(group in self._there and (not tabbed or group == self.page))
            self.tabs[group].setVisible(group in self._there)
            self.tabs[group].setChecked(group == self.page)

    def minimumSizeHint(self) -> QtCore.QSize:
        hints = [self._panels[group].minimumSizeHint() for group in self._there]
        row = self._row.minimumSizeHint() if len(hints) > 1 else QtCore.QSize(0, -theme.GAP_PX)
        high = max(hint.height() for hint in hints) + row.height() + theme.GAP_PX
        return QtCore.QSize(max(row.width(), *(hint.width() for hint in hints)), high)

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(self.minimumSizeHint().width(), self._all_high())

    def resizeEvent(self, _event: QtGui.QResizeEvent) -> None:
        self._fit()

    def event(self, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)
