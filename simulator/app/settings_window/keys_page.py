"""The settings' page of keys: every action with its key; a key is pressed to bind it, a conflict is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme
from simulator.app.hands.actions import ACTIONS, keys_by_action
from simulator.app.hands.keyboard import name_of
from simulator.app.hands.layouts import LAYOUTS
from simulator.app.hands.pad_rebinding import pad_bound
from simulator.app.hands.rebinding import holder, rebound, usable
from simulator.app.settings import Settings
from simulator.app.settings_window.key_card import write_card
from simulator.app.settings_window.parts import dress
from simulator.app.wording import Wording

_NAME = QtCore.Qt.ItemDataRole.UserRole


class KeyCatcher(QtWidgets.QDialog):
    """Waits for a key for an action. ``key`` is what was accepted, None before. Esc closes it without one."""

    def __init__(self, say: Wording, settings: Settings, name: str, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._say, self._settings, self._name = say, settings, name
        self.key: str | None = None
        self.setWindowTitle(say("keys.bind"))
        what = QtWidgets.QLabel(say("keys.press", action=say(f"action.{name}"), about=say(f"tip.{name}")))
        what.setWordWrap(True)
        self.told = QtWidgets.QLabel("")
        self.told.setObjectName("message")
        self.told.setWordWrap(True)
        self.take = QtWidgets.QPushButton(say("keys.take"))
        self.take.setEnabled(False)
        self.leave = QtWidgets.QPushButton(say("keys.leave"))
        for button in (self.take, self.leave):
            button.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)  # space and Enter are keys to be bound
            button.setAutoDefault(False)
        self.take.clicked.connect(self.accept)
        self.leave.clicked.connect(self.reject)
        row = QtWidgets.QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.take)
        row.addWidget(self.leave)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(what)
        layout.addWidget(self.told)
        layout.addLayout(row)
        self.told.setMinimumHeight(3 * self.told.fontMetrics().lineSpacing())
        self.setMinimumWidth(40 * self.fontMetrics().averageCharWidth() + 120)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape and not event.modifiers():
            self.reject()
            return
        key = name_of(event)
        if event.key() in _MODIFIERS or not usable(key):
            return
        self.key = key
        other = holder(self._settings, key)
        say, shown = self._say, self._say.key(key)
        if other is None or other == self._name:
            self.told.setText(say("keys.free", name=shown))
            self.accept()
            return
        self.told.setText(
            say("keys.conflict", name=shown, action=say(f"action.{other}"), about=say(f"tip.{other}"))
        )
        self.take.setEnabled(True)

    def focusNextPrevChild(self, _next: bool) -> bool:
        """Tab can be bound too."""
        return False

    def reject(self) -> None:
        self.key = None
        super().reject()


_MODIFIERS = frozenset(
    getattr(QtCore.Qt.Key, f"Key_{name}")
    for name in ("Shift", "Control", "Alt", "AltGr", "Meta", "CapsLock", "NumLock", "ScrollLock", "unknown")
)


class KeysPage(QtWidgets.QWidget):
    """change: takes the settings after each change."""

    def __init__(self, say: Wording, settings: Settings, change: Callable[[Settings], None]) -> None:
        super().__init__()
        self._say, self._settings, self._change = say, settings, change
        self.layouts = QtWidgets.QComboBox()
        for name in LAYOUTS:
            self.layouts.addItem(say(f"keys.layout_{name}"), name)
        self.layouts.setCurrentIndex(self.layouts.findData(settings.layout))
        self.layouts.activated.connect(self._lay_out_for)
        self.search = QtWidgets.QLineEdit()
        self.search.setPlaceholderText(say("keys.search"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _text: self._filter())
        self.table = QtWidgets.QTableWidget(0, 3)
        self._dress_table()
        self.bind_button = QtWidgets.QPushButton(say("keys.bind"))
        self.clear_button = QtWidgets.QPushButton(say("keys.none"))
        self.reset_button = QtWidgets.QPushButton(say("keys.reset"))
        self.card_button = QtWidgets.QPushButton(say("keys.save_card"))
        self.told = QtWidgets.QLabel(say("keys.hint"))
        self.told.setObjectName("quiet")
        self.told.setWordWrap(True)
        self.bind_button.clicked.connect(self.bind)
        self.clear_button.clicked.connect(lambda: self._bound_to(""))
        self.reset_button.clicked.connect(self.reset)
        self.card_button.clicked.connect(self._ask_where)
        self._arrange()
        self.show_settings(settings)

    def _dress_table(self) -> None:
        table, say = self.table, self._say
        dress(table, [say("keys.group"), say("keys.action"), say("keys.key")])
        table.horizontalHeader().setSectionResizeMode(1, QtWidgets.QHeaderView.ResizeMode.Stretch)
        table.setRowCount(len(ACTIONS))
        for row, action in enumerate(ACTIONS):
            what = f"{say(f'action.{action.name}')} – {say(f'tip.{action.name}')}"
            for column, text in enumerate((say(f"group.{action.group}"), what, "")):
                item = QtWidgets.QTableWidgetItem(text)
                item.setToolTip(say(f"tip.{action.name}"))
                item.setData(_NAME, action.name)
                table.setItem(row, column, item)
        table.cellDoubleClicked.connect(lambda _row, _column: self.bind())
        table.setCurrentCell(0, 2)

    def _arrange(self) -> None:
        top = QtWidgets.QHBoxLayout()
        top.addWidget(self.layouts)
        top.addWidget(self.search, 1)
        row = QtWidgets.QHBoxLayout()
        for button in (self.bind_button, self.clear_button, self.reset_button):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.card_button)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)
        layout.addWidget(self.told)

    @property
    def chosen(self) -> str:
        """The action whose row is chosen."""
        return str(self._item(max(self.table.currentRow(), 0), 0).data(_NAME))

    def _item(self, row: int, column: int) -> QtWidgets.QTableWidgetItem:
        item = self.table.item(row, column)
        assert item is not None
        return item

    def choose(self, name: str) -> None:
        """Choose an action's row."""
        self.table.setCurrentCell(next(row for row, a in enumerate(ACTIONS) if a.name == name), 2)

    def show_settings(self, settings: Settings) -> None:
        """Show the keys of these settings; those that were bound anew have a mark besides their colour."""
        self._settings = settings
        usual = keys_by_action(LAYOUTS[settings.layout])
        for row, (name, key) in enumerate(keys_by_action(settings.bound).items()):
            item = self._item(row, 2)
            anew = key != usual[name]
            shown = self._say.key(key) if key else "–"
            item.setText(f"{shown} *" if anew else shown)
            item.setForeground(QtGui.QColor(theme.ACCENT if anew else theme.TEXT))
        self.reset_button.setEnabled(bool(settings.keys))

    def _filter(self) -> None:
        wanted = self.search.text().lower()
        for row in range(self.table.rowCount()):
            words = " ".join(self._item(row, column).text() for column in range(3))
            self.table.setRowHidden(row, wanted not in f"{words} {self._item(row, 0).toolTip()}".lower())

    def bind(self) -> None:
        """Wait for a key for the chosen action."""
        catcher = KeyCatcher(self._say, self._settings, self.chosen, self)
        catcher.accepted.connect(lambda: self._bound_to(catcher.key or ""))
        catcher.open()

    def _bound_to(self, key: str) -> None:
        other = holder(self._settings, key) if key else None
        name = self.chosen
        self._changed(rebound(self._settings, name, key))
        label = self._say(f"action.{name}")
        if not key:
            self.told.setText(self._say("keys.has_none", action=label))
        elif other is not None and other != name:
            lost = self._say(f"action.{other}")
            self.told.setText(self._say("keys.taken", action=label, name=self._say.key(key), other=lost))
        else:
            self.told.setText(self._say("keys.has", action=label, name=self._say.key(key)))

    def reset(self) -> None:
        """All keys as the layout has them."""
        self._changed(replace(self._settings, keys={}))
        self.told.setText(self._say("keys.as_first"))

    def _lay_out_for(self, at: int) -> None:
        self._changed(replace(self._settings, layout=self.layouts.itemData(at)))

    def _changed(self, settings: Settings) -> None:
        self.show_settings(settings)
        self._change(settings)

    def _ask_where(self) -> None:
        first = str(Path(QtCore.QStandardPaths.writableLocation(_DOCUMENTS)) / "vertebrosim-keys.pdf")
        path, _ = QtWidgets.QFileDialog.getSaveFileName(
            self, self._say("keys.save_card"), first, "PDF (*.pdf);;HTML (*.html)"
        )
        if path:
            self.save_card(Path(path))

    def save_card(self, path: Path) -> None:
        """Write the card of keys and say where it is, or why not."""
        try:
            write_card(path, self._say, self._settings.bound, pad_bound(self._settings))
        except OSError as error:
            self.told.setText(self._say("keys.not_saved", why=error.strerror or str(error)))
        else:
            self.told.setText(self._say("keys.saved", path=str(path)))


_DOCUMENTS = QtCore.QStandardPaths.StandardLocation.DocumentsLocation
