"""A row of tabs with a page each."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6 import QtCore, QtWidgets


class Tabs(QtWidgets.QWidget):
    """Shows one of its pages. Emits ``turned`` with the name of the page that is shown now."""

    turned = QtCore.Signal(str)

    def __init__(self, pages: Mapping[str, QtWidgets.QWidget], titles: Mapping[str, str]) -> None:
        super().__init__()
        self.pages = dict(pages)
        self._stack = QtWidgets.QStackedWidget()
        self.row = QtWidgets.QHBoxLayout()
        self.row.setSpacing(4)
        self.row.setContentsMargins(8, 6, 8, 0)
        self.buttons: dict[str, QtWidgets.QPushButton] = {}
        for name, page in pages.items():
            self._stack.addWidget(page)
            button = self.buttons[name] = QtWidgets.QPushButton(titles[name])
            button.setObjectName("tab")
            button.setCheckable(True)
            button.clicked.connect(lambda _on=False, name=name: self.turn_to(name))
            self.row.addWidget(button)
        self.row.addStretch(1)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(self.row)
        layout.addWidget(self._stack, 1)
        self.turn_to(next(iter(pages)))

    @property
    def page(self) -> str:
        """Which is shown."""
        return list(self.pages)[self._stack.currentIndex()]

    def turn_to(self, name: str) -> None:
        """Show a page."""
        self._stack.setCurrentWidget(self.pages[name])
        for other, button in self.buttons.items():
            button.setChecked(other == name)
            if button.hasFocus() and other != name:
                self.buttons[name].setFocus()
        self.turned.emit(name)

    def enable(self, name: str, can: bool) -> None:
        """Whether a page can be shown."""
        self.buttons[name].setEnabled(can)
