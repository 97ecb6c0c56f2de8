"""The case library: who asks, which case, and the briefing before it begins."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6 import QtCore, QtWidgets

from scenarios import cases
from scenarios.schema import Scenario
from simulator.app.library.interrupted_panel import InterruptedPanel
from simulator.app.sessions.interrupted import Interrupted
from simulator.app.settings import MODES, Settings
from simulator.app.wording import LANGUAGES, Wording

_TIP = QtCore.Qt.ItemDataRole.ToolTipRole


class Library(QtWidgets.QMainWindow):
    """Cases to choose from, and sessions that were broken off.

    Emits ``chosen`` with the case's id, the trainee and the mode; ``language`` with another one; ``resume``,
    ``score`` and ``set_aside`` with an interrupted session.
    """

    chosen = QtCore.Signal(str, str, str)
    language = QtCore.Signal(str)
    resume = QtCore.Signal(object)
    score = QtCore.Signal(object)
    set_aside = QtCore.Signal(object)

    def __init__(self, settings: Settings, broken_off: Sequence[Interrupted] = ()) -> None:
        super().__init__()
        self._say = say = Wording(settings.language)
        self.setWindowTitle(f"vertebrosim – {say('library.title')}")
        self.scenarios: dict[str, Scenario] = {case_id: cases.find(case_id) for case_id in cases.ids()}
        self.trainee = QtWidgets.QLineEdit(settings.trainee)
        self.trainee.setPlaceholderText(say("library.trainee_hint"))
        self.trainee.setMaximumWidth(260)
        self.search = QtWidgets.QLineEdit()
        self.search.setPlaceholderText(say("library.search"))
        self.list = QtWidgets.QListWidget()
        self.list.setAlternatingRowColors(True)
        self.list.setSpacing(2)
        self.briefing = QtWidgets.QTextBrowser()
        self.start = QtWidgets.QPushButton(say("library.start"))
        self._languages = QtWidgets.QComboBox()
        for code, name in LANGUAGES.items():
            self._languages.addItem(name, code)
        self._languages.setCurrentIndex(list(LANGUAGES).index(settings.language))
        self.modes = QtWidgets.QComboBox()
        for mode in MODES:
            self.modes.addItem(say(f"mode.{mode}"), mode)
            self.modes.setItemData(self.modes.count() - 1, say(f"mode.{mode}_tip"), _TIP)
        self.modes.setCurrentIndex(MODES.index(settings.mode))
        self._mode_tip = _quiet("")
        self.interrupted = InterruptedPanel(say, broken_off)
        self.interrupted.asked.connect(lambda what, one: getattr(self, what).emit(one))
        self._lay_out()
        self.modes.currentIndexChanged.connect(lambda _at: self._explain_mode())
        self._explain_mode()
        self.search.textChanged.connect(self._filter)
        self.list.currentRowChanged.connect(lambda _row: self._brief())
        self.list.itemActivated.connect(lambda _item: self._begin())
        self.start.clicked.connect(self._begin)
        self._languages.activated.connect(lambda _at: self.language.emit(self._languages.currentData()))
        for case_id, scenario in sorted(self.scenarios.items(), key=lambda pair: _order(pair[1])):
            item = QtWidgets.QListWidgetItem(self._card(scenario))
            item.setData(QtCore.Qt.ItemDataRole.UserRole, case_id)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _lay_out(self) -> None:
        heading = QtWidgets.QLabel(self._say("library.title"))
        heading.setObjectName("heading")
        top = QtWidgets.QHBoxLayout()
        top.addWidget(heading)
        top.addStretch(1)
        top.addWidget(self.trainee)
        top.addWidget(self._languages)
        left = QtWidgets.QVBoxLayout()
        left.addWidget(self.search)
        left.addWidget(self.list)
        right = QtWidgets.QVBoxLayout()
        right.addWidget(self.briefing)
        begin = QtWidgets.QHBoxLayout()
        begin.addWidget(self._mode_tip, 1)
        begin.addWidget(self.modes)
        begin.addWidget(self.start)
        right.addLayout(begin)
        both = QtWidgets.QHBoxLayout()
        both.addLayout(left, 2)
        both.addLayout(right, 3)
        whole = QtWidgets.QVBoxLayout()
        whole.setContentsMargins(18, 14, 18, 14)
        whole.addLayout(top)
        whole.addWidget(self.interrupted)
        whole.addLayout(both)
        middle = QtWidgets.QWidget()
        middle.setLayout(whole)
        self.setCentralWidget(middle)

    def _explain_mode(self) -> None:
        self._mode_tip.setText(str(self.modes.currentData(_TIP)))

    def _card(self, scenario: Scenario) -> str:
        say = self._say
        level = say(f"difficulty.{scenario.difficulty}")
        return f"{scenario.title}\n{say(f'procedure.{scenario.procedure}')} · {level}"

    @property
    def case_id(self) -> str | None:
        """The case that is chosen now."""
        item = self.list.currentItem()
        return None if item is None or item.isHidden() else str(item.data(QtCore.Qt.ItemDataRole.UserRole))

    def _filter(self, text: str) -> None:
        first = None
        for row in range(self.list.count()):
            item = self.list.item(row)
            scenario = self.scenarios[item.data(QtCore.Qt.ItemDataRole.UserRole)]
            words = f"{scenario.title} {scenario.summary} {scenario.procedure} {scenario.difficulty} {scenario.id}"
            item.setHidden(text.lower() not in f"{words} {item.text()}".lower())
            if first is None and not item.isHidden():
                first = row
        if first is not None:
            self.list.setCurrentRow(first)
        self._brief()

    def _brief(self) -> None:
        case_id = self.case_id
        self.start.setEnabled(case_id is not None)
        if case_id is None:
            self.briefing.setPlainText(self._say("library.none"))
            return
        scenario = self.scenarios[case_id]
        parts = [f"<h2>{scenario.title}</h2><p>{scenario.summary}</p>"]
        for name in ("history", "examination", "imaging", "indication"):
            text = getattr(scenario.briefing, name)
            if text:
                parts.append(f"<h4>{self._say(f'briefing.{name}')}</h4><p>{text}</p>")
        gates = "".join(f"<li>{gate.why}</li>" for gate in scenario.rubric.gates)
        parts.append(f"<h4>{self._say('briefing.gates')}</h4><ul>{gates}</ul>")
        mark = self._say("briefing.pass_mark", points=f"{scenario.rubric.pass_mark:g}")
        self.briefing.setHtml("".join(parts) + f"<p>{mark}</p>")

    def _begin(self) -> None:
        if self.case_id is not None:
            trainee = self.trainee.text().strip() or self._say("library.nobody")
            self.chosen.emit(self.case_id, trainee, self.modes.currentData())


def _quiet(text: str) -> QtWidgets.QLabel:
    label = QtWidgets.QLabel(text)
    label.setObjectName("quiet")
    label.setWordWrap(True)
    return label


def _order(scenario: Scenario) -> tuple[int, str]:
    return ("basic", "intermediate", "advanced").index(scenario.difficulty), scenario.title
