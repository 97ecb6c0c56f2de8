"""Which action a key stands for, and which are held. Keys have names: "X", "Shift+Up", "Ctrl+D"."""

from __future__ import annotations

from PySide6 import QtCore, QtGui

from simulator.app.hands.actions import keys
from simulator.app.hands.hands import Action

_LETTERS = range(ord("A"), ord("Z") + 1)
_NAMED_FROM = 0x01000000  # Qt's codes of keys that write nothing


class Keyboard:
    """Keys by action, and the actions whose keys are down. bound: keys bound anew, action to key."""

    def __init__(self, bound: dict[str, str]) -> None:
        self._actions = keys(bound)
        self._held: dict[int, Action] = {}

    def pressed(self, event: QtGui.QKeyEvent) -> Action | None:
        """The action that this press begins; None for other keys and for a held one that repeats itself."""
        action = self._actions.get(name_of(event))
        if action is None or action.release is None:
            return action
        if event.isAutoRepeat():
            return None
        self._held[event.key()] = action
        return action

    def knows(self, event: QtGui.QKeyEvent) -> bool:
        """Whether a key stands for an action."""
        return name_of(event) in self._actions

    def holds(self, key: int) -> bool:
        """Whether an action is held with this key."""
        return key in self._held

    def released(self, key: int) -> Action | None:
        """The held action that ends when a key comes up, whatever other keys have come down meanwhile."""
        return self._held.pop(key, None)

    def let_go(self) -> list[Action]:
        """Actions that were held; none is any more."""
        held, self._held = list(self._held.values()), {}
        return held


def name_of(event: QtGui.QKeyEvent) -> str:
    """The name of a key with what is held besides. Shift counts only where it does not change the sign written."""
    key, modifiers, modifier = event.key(), event.modifiers(), QtCore.Qt.KeyboardModifier
    name = QtGui.QKeySequence(key).toString(QtGui.QKeySequence.SequenceFormat.PortableText)
    shift = bool(modifiers & modifier.ShiftModifier) and (key in _LETTERS or key >= _NAMED_FROM)
    return ("Ctrl+" if modifiers & modifier.ControlModifier else "") + ("Shift+" if shift else "") + name
