"""Panels of the procedure room: read-outs above, a button for every action below."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6 import QtCore, QtWidgets

from simulator.app.hands.actions import ACTIONS, keys_by_action
from simulator.app.hands.hands import Action, Group
from simulator.app.procedure.readouts import Line
from simulator.app.wording import Wording

_ACTION = "action"
"""Property of a button: the name of its action."""


class Panel(QtWidgets.QFrame):
    """One group: its title, read-outs two a row, and its actions' buttons. ``do`` and ``let_go`` are told which.

    columns: buttons in a row; pairs: read-outs in a row; titled: whether it has a title; offered: values
    of a list to choose from, which stands where the first button would; inset: stands above the buttons.
    """

    def __init__(
        self,
        group: Group,
        say: Wording,
        bound: dict[str, str],
        do: Callable[[Action], None],
        let_go: Callable[[Action], None],
        columns: int = 2,
        pairs: int = 1,
        *,
        titled: bool = True,
        offered: Sequence[str] = (),
        inset: QtWidgets.QWidget | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._say, self._pairs = say, pairs
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.setSpacing(4)
        if titled:
            layout.addWidget(_label(say(f"group.{group}"), "title"))
        self._lines = QtWidgets.QGridLayout()
        self._lines.setHorizontalSpacing(10)
        self._lines.setVerticalSpacing(2)
        layout.addLayout(self._lines)
        if inset is not None:
            layout.addWidget(inset)
        grid = QtWidgets.QGridLayout()
        grid.setSpacing(4)
        layout.addLayout(grid)
        self.buttons: dict[str, QtWidgets.QPushButton] = {}
        self.chooser = _chooser(offered, say) if offered else None
        if self.chooser is not None:
            grid.addWidget(self.chooser, 0, 0)
        for number, action in enumerate((a for a in ACTIONS if a.group == group), start=1 if offered else 0):
            button = _labelled(action, bound, say)
            button.pressed.connect(lambda a=action: do(a))
            if action.release is not None:
                button.released.connect(lambda a=action: let_go(a))
            self.buttons[action.name] = button
            grid.addWidget(button, number // columns, number % columns)
        layout.addStretch(1)
        self._labels: dict[str, QtWidgets.QLabel] = {}
        self._names: dict[str, QtWidgets.QLabel] = {}
        self._shown: list[str] = []

    def write(self, lines: list[Line]) -> None:
        """Show these lines in this order, and no others."""
        for key, value in lines:
            if key not in self._labels:
                self._names[key], self._labels[key] = _label(self._say(key), "quiet"), _label("", "value")
            self._labels[key].setText(self._say.value(value))
        shown = [key for key, _ in lines]
        if shown != self._shown:
            self._shown = shown
            self._arrange()

    def _arrange(self) -> None:
        for key, label in self._labels.items():
            for widget in (self._names[key], label):
                self._lines.removeWidget(widget)
                if key not in self._shown:
                    widget.hide()
        for number, key in enumerate(self._shown):
            row, pair = divmod(number, self._pairs)
            self._lines.addWidget(self._names[key], row, 2 * pair)
            self._lines.addWidget(self._labels[key], row, 2 * pair + 1, QtCore.Qt.AlignmentFlag.AlignRight)
            self._names[key].show()  # only now: without a parent it would be a window of its own
            self._labels[key].show()


def _chooser(values: Sequence[str], say: Wording) -> QtWidgets.QComboBox:
    """A list of values, shown in the user's language; the value itself is the item's data."""
    chooser = QtWidgets.QComboBox()
    chooser.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
    for value in values:
        chooser.addItem(say(f"value.{value}"), value)
    return chooser


def switch(
    action: Action, bound: dict[str, str], say: Wording, do: Callable[[Action], None]
) -> QtWidgets.QPushButton:
    """A button that stays down; whoever carries out its action says when."""
    button = _labelled(action, bound, say)
    button.setCheckable(True)
    button.clicked.connect(lambda _checked: do(action))
    return button


def _labelled(action: Action, bound: dict[str, str], say: Wording) -> QtWidgets.QPushButton:
    """A button with an action's label, key and tooltip."""
    button = QtWidgets.QPushButton(_text(action.name, keys_by_action(bound), say))
    button.setProperty(_ACTION, action.name)
    button.setToolTip(say(f"tip.{action.name}"))
    button.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
    button.setAccessibleName(say(f"action.{action.name}"))
    return button


def _text(name: str, by_action: dict[str, str], say: Wording) -> str:
    key = say.key(by_action[name])
    return f"{say(f'action.{name}')} [{key}]" if key else say(f"action.{name}")


def relabel(window: QtWidgets.QWidget, bound: dict[str, str], say: Wording) -> None:
    """Write on every button of an action the key that it has now."""
    by_action = keys_by_action(bound)
    for button in window.findChildren(QtWidgets.QPushButton):
        name = button.property(_ACTION)
        if name is not None:
            button.setText(_text(name, by_action, say))


def _label(text: str, kind: str) -> QtWidgets.QLabel:
    label = QtWidgets.QLabel(text)
    label.setObjectName(kind)
    return label
