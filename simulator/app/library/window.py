"""The case library: who asks, which case, and what is known of it before it begins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

from scenarios.schema import Scenario
from simulator.app.library import own_cases
from simulator.app.library.attempts import Attempt, Standing, standing
from simulator.app.library.background import Done
from simulator.app.library.begin_bar import BeginBar
from simulator.app.library.card_list import CardList
from simulator.app.library.cards import Card, shown
from simulator.app.library.case_page import CasePage
from simulator.app.library.filters import Filters
from simulator.app.library.interrupted_panel import InterruptedPanel
from simulator.app.library.jobs import ATTEMPTS, CT, RADIOGRAPH, Jobs
from simulator.app.library.own_cases import CaseFile
from simulator.app.library.trainee_panel import TraineePanel
from simulator.app.library.welcome import Welcome
from simulator.app.sessions.interrupted import Interrupted
from simulator.app.settings import Settings, recordings_folder
from simulator.app.wording import LANGUAGES, Wording


class Library(QtWidgets.QMainWindow):
    """Cases to choose from, own attempts, and sessions that were broken off.

    Emits ``chosen`` with the case's key, the trainee and the mode; ``language`` with another one; ``named`` with
    the trainee; ``debrief`` with the path of an old attempt; ``opened`` with the path of a scenario file;
    ``resume``, ``replay``, ``score`` and ``set_aside`` with an interrupted session.

    files: scenario files to list besides those of the folder; at: the key of the case to begin with.
    """

    chosen = QtCore.Signal(str, str, str)
    language = QtCore.Signal(str)
    named = QtCore.Signal(str)
    debrief = QtCore.Signal(object)
    opened = QtCore.Signal(object)
    resume = QtCore.Signal(object)
    replay = QtCore.Signal(object)
    score = QtCore.Signal(object)
    set_aside = QtCore.Signal(object)
    _rung = QtCore.Signal()

    def __init__(
        self,
        settings: Settings,
        broken_off: Sequence[Interrupted] = (),
        *,
        files: Sequence[Path] = (),
        at: str | None = None,
    ) -> None:
        super().__init__()
        self._say = say = Wording(settings.language)
        self.setWindowTitle(f"vertebrosim – {say('library.title')}")
        self._extra = [own_cases.read_case(path) for path in files]
        self._attempts: list[Attempt] = []
        self.cards: dict[str, Card] = {}
        self._shown: CaseFile | None = None
        self.who = TraineePanel(say, settings.trainee)
        self.trainee = self.who.edit
        self.filters = Filters(say)
        self.search = self.filters.search
        self.list = CardList(say)
        self.page = CasePage(say)
        self.briefing = self.page.briefing
        self.begin = BeginBar(say, settings.mode)
        self.consent, self.modes, self.start = self.begin.consent, self.begin.modes, self.begin.start
        self.open_file_button = QtWidgets.QPushButton(say("library.open_file"))
        self.open_folder = QtWidgets.QPushButton(say("library.open_folder"))
        self.open_folder.setToolTip(say("library.open_folder_tip", path=str(own_cases.cases_folder())))
        self._languages = QtWidgets.QComboBox()
        for code, name in LANGUAGES.items():
            self._languages.addItem(name, code)
        self._languages.setCurrentIndex(list(LANGUAGES).index(settings.language))
        self.interrupted = InterruptedPanel(say, broken_off)
        self.welcome = Welcome(say, first_time=not settings.trainee)
        self._lay_out()
        self._jobs = Jobs(self._rung.emit)
        self._connect()
        self.begin.explain()
        self._read_cases()
        self.list.choose(at)
        if not settings.trainee:
            self.who.ask()
        self._jobs.look_for_attempts(recordings_folder())

    def _lay_out(self) -> None:
        heading = QtWidgets.QLabel(self._say("library.title"))
        heading.setObjectName("heading")
        top = QtWidgets.QHBoxLayout()
        top.addWidget(heading)
        top.addStretch(1)
        top.addWidget(self.who)
        top.addSpacing(12)
        top.addWidget(self._languages)
        self.top_right = top
        left = QtWidgets.QVBoxLayout()
        left.addWidget(self.filters)
        left.addWidget(self.list, 1)
        own = QtWidgets.QHBoxLayout()
        own.addWidget(self.open_file_button, 1)
        own.addWidget(self.open_folder, 1)
        left.addLayout(own)
        right = QtWidgets.QVBoxLayout()
        right.addWidget(self.page, 1)
        right.addWidget(self.begin)
        both = QtWidgets.QHBoxLayout()
        both.setSpacing(12)
        both.addLayout(left, 5)
        both.addLayout(right, 9)
        whole = QtWidgets.QVBoxLayout()
        whole.setContentsMargins(18, 14, 18, 14)
        whole.addLayout(top)
        whole.addWidget(self.welcome)
        whole.addWidget(self.interrupted)
        whole.addLayout(both, 1)
        middle = QtWidgets.QWidget()
        middle.setLayout(whole)
        self.setCentralWidget(middle)

    def _connect(self) -> None:
        self.interrupted.asked.connect(self._asked)
        self.begin.explained.connect(lambda mode: self.page.imaging.allow_names(mode != "examination"))
        self.filters.changed.connect(self._show_cards)
        self.list.currentRowChanged.connect(lambda _row: self._brief())
        self.list.itemActivated.connect(lambda _item: self._begin())
        self.start.clicked.connect(self._begin)
        self.who.named.connect(self._named)
        self.page.imaging_wanted.connect(self._want_imaging)
        self.page.debrief.connect(self.debrief)
        self.open_file_button.clicked.connect(self._choose_file)
        self.open_folder.clicked.connect(self._open_folder)
        self._languages.activated.connect(lambda _at: self.language.emit(self._languages.currentData()))
        self._rung.connect(self._look, QtCore.Qt.ConnectionType.QueuedConnection)

    # What is there

    @property
    def scenarios(self) -> dict[str, Scenario]:
        """The scenarios that can be played, by key."""
        return {key: card.file.scenario for key, card in self.cards.items() if card.file.scenario is not None}

    @property
    def case_id(self) -> str | None:
        """The key of the case that is chosen now."""
        return self.list.key

    @property
    def card(self) -> Card | None:
        """Its card."""
        return self.cards.get(self.list.key or "")

    def _read_cases(self) -> None:
        """Those that ship, those of the user's folder, and files that were opened."""
        self._own = own_cases.own_cases()
        self._files = {one.key: one for one in (*own_cases.shipped(), *self._own, *self._extra)}
        self._deal()

    def _deal(self) -> None:
        """A card for each case, as the trainee stands with it now."""
        self.cards = {
            key: Card(one, self._standing(one.scenario), self._say.language) for key, one in self._files.items()
        }
        self._show_cards()

    def _standing(self, scenario: Scenario | None) -> Standing:
        if scenario is None:
            return Standing()
        return standing(self._attempts, scenario.id, scenario.version, self.who.trainee)

    def _show_cards(self) -> None:
        order = str(self.filters.order.currentData())
        self.list.show_cards(shown(self.cards.values(), self.filters.wanted, self._say, order))
        self._brief()

    def _brief(self) -> None:
        """Show the case that is chosen; one that is shown already keeps its page."""
        card = self.card
        if card is not None and card.file == self._shown:
            self.page.show_standing(card)
            return
        self._shown = None if card is None else card.file
        self._jobs.drop_ct()
        self.page.show_card(card)
        self.begin.offer(None if card is None else card.file.scenario)

    # What the user does

    def _begin(self) -> None:
        key = self.case_id
        if key is None or not self.start.isEnabled():
            return
        if not self.who.trainee:
            self.who.ask()
            self.begin.tell(self._say("library.who_first"))
            return
        self.chosen.emit(key, self.who.trainee, self.begin.mode)

    def _named(self, trainee: str) -> None:
        self.begin.explain()
        self.named.emit(trainee)
        self._deal()

    def _asked(self, what: str, one: Interrupted) -> None:
        ways = {"resume": self.resume, "replay": self.replay, "score": self.score, "set_aside": self.set_aside}
        ways[what].emit(one)

    def _choose_file(self) -> None:
        pattern = self._say("library.file_pattern")
        path, _ = QtWidgets.QFileDialog.getOpenFileName(
            self, self.open_file_button.text(), "", f"{pattern} (*.toml)"
        )
        if path:
            self.open_file(Path(path))

    def open_file(self, path: Path) -> None:
        """List a scenario file and choose it; one that is not valid says what is wrong."""
        one = own_cases.read_case(path)
        self._extra = [*(other for other in self._extra if other.key != one.key), one]
        self.filters.clear()
        self._read_cases()
        self.list.choose(one.key)
        self.opened.emit(path)

    def _open_folder(self) -> None:
        place = own_cases.cases_folder()
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.begin.tell(self._say("library.no_folder", path=place, why=error.strerror or error))
            return
        QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(str(place)))

    def changeEvent(self, event: QtCore.QEvent) -> None:
        """Who comes back from an editor finds the files as they are now."""
        if event.type() == QtCore.QEvent.Type.ActivationChange and self.isActiveWindow():
            extra = [own_cases.read_case(one.path) for one in self._extra if one.path is not None]
            if (own_cases.own_cases(), extra) != (self._own, self._extra):
                self._extra = extra
                self._read_cases()
        super().changeEvent(event)

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:
        self._jobs.stop()
        self.page.imaging.wait(None)
        super().closeEvent(event)

    # What is done aside

    def _want_imaging(self) -> None:
        scenario = None if self.card is None else self.card.file.scenario
        if scenario is None or self.card is None:
            return
        self.page.imaging.wait(self._say("prior.preparing"), busy=True)
        self._jobs.load_ct(self.card.file)

    def _look(self) -> None:
        """Take what was done aside."""
        for done in self._jobs.take():
            self._follow(done)

    def _follow(self, done: Done) -> None:
        if done.name == ATTEMPTS and done.failure is None:
            self._attempts = done.result
            self._deal()
            self._jobs.expose([card.file for card in self.cards.values()])
        elif done.name.startswith(RADIOGRAPH) and done.result is True:
            self.list.renew_picture(done.name.removeprefix(RADIOGRAPH))
        elif done.name == CT + (self.case_id or ""):
            if done.failure is not None:
                self.page.imaging.wait(self._say("prior.failed", why=self._say.told(str(done.failure))))
            else:
                self.page.imaging.show_ct(done.result)
                self._jobs.expose([self.cards[str(self.case_id)].file])  # its patient is kept by now
