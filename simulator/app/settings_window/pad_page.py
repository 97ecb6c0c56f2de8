"""The settings' page of the gamepad: what each of its controls does. A control is chosen by pressing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme
from simulator.app.hands.actions import ACTIONS
from simulator.app.hands.gamepad import BINDINGS, CONTROLS, STICKS, first_pressed
from simulator.app.hands.pad_rebinding import pad_bound, pad_holder, pad_rebound
from simulator.app.hands.pads import Pads
from simulator.app.settings import Settings
from simulator.app.settings_window.parts import dress, quiet
from simulator.app.wording import Wording

POLL_MS = 50


class PadPage(QtWidgets.QWidget):
    """change: takes the settings after each change; pads: is read while the page is seen."""

    def __init__(self, say: Wording, settings: Settings, pads: Pads, change: Callable[[Settings], None]) -> None:
        super().__init__()
        self._say, self._settings, self._pads, self._change = say, settings, pads, change
        self.gamepad = QtWidgets.QCheckBox(say("settings.gamepad"))
        self.gamepad.setChecked(settings.gamepad)
        self.gamepad.toggled.connect(lambda on: self._changed(replace(self._settings, gamepad=on)))
        self.state, self.told = quiet(""), quiet(say("pad.hint"))
        self.table = QtWidgets.QTableWidget(len(CONTROLS), 2)
        self.choices = QtWidgets.QComboBox()
        self.reset_button = QtWidgets.QPushButton(say("keys.reset"))
        self.reset_button.setAutoDefault(False)
        self.reset_button.clicked.connect(self.reset)
        self._dress()
        self._arrange()
        self._poll = QtCore.QTimer(self, interval=POLL_MS)
        self._poll.timeout.connect(self._read)
        self.show_settings(settings)

    def _dress(self) -> None:
        table, say = self.table, self._say
        dress(table, [say("pad.control"), say("keys.action")])
        table.horizontalHeader().setStretchLastSection(True)
        for row, control in enumerate(CONTROLS):
            for column, text in enumerate((say(f"pad.{control}"), "")):
                table.setItem(row, column, QtWidgets.QTableWidgetItem(text))
        self.choices.addItem(say("pad.nothing"), "")
        for action in ACTIONS:
            self.choices.addItem(f"{say(f'group.{action.group}')}: {say(f'action.{action.name}')}", action.name)
            about = say(f"tip.{action.name}")
            self.choices.setItemData(self.choices.count() - 1, about, QtCore.Qt.ItemDataRole.ToolTipRole)
        self.choices.activated.connect(lambda _at: self.bind(str(self.choices.currentData())))
        table.currentCellChanged.connect(lambda *_cells: self._offer())
        table.setCurrentCell(0, 1)

    def _arrange(self) -> None:
        said = [f"{self._say(f'pad.{stick}')}: {self._say(f'pad.{does}')}" for stick, does in STICKS]
        sticks = QtWidgets.QLabel("\n".join(said))
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self.choices, 1)
        row.addWidget(self.reset_button)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(4, 14, 4, 4)
        layout.addWidget(self.gamepad)
        layout.addWidget(self.state)
        layout.addWidget(sticks)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)
        layout.addWidget(self.told)

    @property
    def chosen(self) -> str:
        """The control whose row is chosen."""
        return CONTROLS[max(self.table.currentRow(), 0)]

    def choose(self, control: str) -> None:
        """Choose a control's row."""
        self.table.setCurrentCell(CONTROLS.index(control), 1)

    def show_settings(self, settings: Settings) -> None:
        """Show the actions of these settings; those that were bound anew have a mark besides their colour."""
        self._settings = settings
        bound = pad_bound(settings)
        for row, control in enumerate(CONTROLS):
            item, name = self.table.item(row, 1), bound.get(control, "")
            assert item is not None
            anew = name != BINDINGS.get(control, "")
            shown = f"{self._say(f'action.{name}')} – {self._say(f'tip.{name}')}" if name else "–"
            item.setText(f"* {shown}" if anew else shown)
            item.setToolTip(shown)
            item.setForeground(QtGui.QColor(theme.ACCENT if anew else theme.TEXT))
        self.reset_button.setEnabled(bool(settings.pad_buttons))
        self._offer()

    def _offer(self) -> None:
        """The list stands at what the chosen control does."""
        self.choices.setCurrentIndex(self.choices.findData(pad_bound(self._settings).get(self.chosen, "")))

    def bind(self, name: str) -> None:
        """Give the chosen control an action, "" for none."""
        control = self.chosen
        other = pad_holder(self._settings, name) if name else None
        self._changed(pad_rebound(self._settings, control, name))
        say = self._say
        here, what = say(f"pad.{control}"), say(f"action.{name}") if name else ""
        if not name:
            self.told.setText(say("pad.has_none", control=here))
        elif other is not None and other != control:
            self.told.setText(say("pad.taken", control=here, action=what, other=say(f"pad.{other}")))
        else:
            self.told.setText(say("pad.has", control=here, action=what))

    def reset(self) -> None:
        """All controls as at first."""
        self._changed(replace(self._settings, pad_buttons={}))
        self.told.setText(self._say("pad.as_first"))

    def _changed(self, settings: Settings) -> None:
        self.show_settings(settings)
        self._change(settings)

    def look(self) -> None:
        """Which gamepad there is, or why none."""
        say, pads = self._say, self._pads
        if pads.failed:
            said = say("pad.failed", why=pads.failed)
        elif not self._settings.gamepad:
            said = say("pad.off")
        else:
            pads.probe()
            said = say("pad.found", name=pads.name) if pads.name else say("pad.none")
        self.state.setText(said)

    def _read(self) -> None:
        """A control that is pressed is chosen."""
        pad = self._pads.read() if self._settings.gamepad else None
        control = None if pad is None or not self.isActiveWindow() else first_pressed(pad)
        if control is not None and control != self.chosen:
            self.choose(control)

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        self._poll.start()
        super().showEvent(event)

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        self._poll.stop()
        super().hideEvent(event)
