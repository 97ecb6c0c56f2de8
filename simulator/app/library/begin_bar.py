"""The last row of the library: what the patient has been told, how the case is played, and its start."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from scenarios.schema import Scenario
from simulator.app.settings import MODES
from simulator.app.wording import Wording

_TIP = QtCore.Qt.ItemDataRole.ToolTipRole


class BeginBar(QtWidgets.QWidget):
    """Emits ``explained`` with the mode when another one was chosen. ``start`` can be pressed when a case is there
    and its patient has been told."""

    explained = QtCore.Signal(str)

    def __init__(self, say: Wording, mode: str) -> None:
        super().__init__()
        self._say = say
        self._scenario: Scenario | None = None
        self.consent = QtWidgets.QCheckBox(say("library.consent"))
        self.start = QtWidgets.QPushButton(say("library.start"))
        self.modes = QtWidgets.QComboBox()
        for name in MODES:
            self.modes.addItem(say(f"mode.{name}"), name)
            self.modes.setItemData(self.modes.count() - 1, say(f"mode.{name}_tip"), _TIP)
        self.modes.setCurrentIndex(MODES.index(mode))
        self.tip = QtWidgets.QLabel()
        self.tip.setObjectName("quiet")
        self.tip.setWordWrap(True)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self.tip, 1)
        row.addWidget(self.modes)
        row.addWidget(self.start)
        whole = QtWidgets.QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.consent)
        whole.addLayout(row)
        self.modes.currentIndexChanged.connect(lambda _at: self.explain())
        self.consent.toggled.connect(lambda _on: self._allow())

    @property
    def mode(self) -> str:
        """How the case is to be played."""
        return str(self.modes.currentData())

    def explain(self) -> None:
        """Say what the mode means."""
        self.tell(str(self.modes.currentData(_TIP)))
        self.explained.emit(self.mode)

    def tell(self, sentence: str) -> None:
        """Say something else in its place."""
        self.tip.setText(sentence)

    def offer(self, scenario: Scenario | None) -> None:
        """Another case was chosen: its patient has not been told yet."""
        self._scenario = scenario
        self.consent.setChecked(False)
        self.consent.setVisible(scenario is not None and bool(scenario.briefing.consent))
        self._allow()

    def _allow(self) -> None:
        scenario = self._scenario
        to_tell = scenario is not None and bool(scenario.briefing.consent) and not self.consent.isChecked()
        self.start.setEnabled(scenario is not None and not to_tell)
        self.start.setToolTip(self._say("library.tell_first") if to_tell else "")
