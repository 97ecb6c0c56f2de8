"""One case: its briefing, what counts, prior imaging, and the trainee's own attempts."""

from __future__ import annotations

from datetime import datetime

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme
from simulator.app.library.attempts import Attempt
from simulator.app.library.briefing import briefing_html, counting_html
from simulator.app.library.cards import Card
from simulator.app.library.prior_imaging import PriorImaging
from simulator.app.wording import Wording

LINE_LETTERS = 130
COLUMNS = ("when", "how", "length", "total", "outcome")


class CasePage(QtWidgets.QTabWidget):
    """Tabs of a case. Emits ``imaging_wanted`` when prior imaging is looked at, ``debrief`` with a path."""

    imaging_wanted = QtCore.Signal()
    debrief = QtCore.Signal(object)

    def __init__(self, say: Wording) -> None:
        super().__init__()
        self._say = say
        self.briefing, self.counting = Reading(), Reading()
        self.imaging = PriorImaging(say)
        self.attempts = AttemptTable(say)
        self.attempts.chosen.connect(self.debrief)
        for name, page in (("briefing", self.briefing), ("counting", self.counting),
                           ("imaging", self.imaging), ("attempts", self.attempts)):  # fmt: skip
            self.addTab(page, say(f"library.tab_{name}"))
        self.currentChanged.connect(lambda _at: self._turned())

    def show_card(self, card: Card | None) -> None:
        """Show a case, or that none fits."""
        say, scenario = self._say, card.file.scenario if card is not None else None
        if card is None:
            self.briefing.setPlainText(say("library.none"))
        else:
            self.briefing.setHtml(briefing_html(say, card))
        self.counting.setHtml("" if scenario is None else counting_html(say, scenario))
        self.attempts.show_attempts(() if card is None else card.standing.attempts)
        for at in range(1, self.count()):
            self.setTabEnabled(at, scenario is not None)
        self.imaging.wait(None)
        self._turned()

    def show_standing(self, card: Card) -> None:
        """The attempts of the case that is shown have become known."""
        self.attempts.show_attempts(card.standing.attempts)

    def _turned(self) -> None:
        if self.currentWidget() is self.imaging and self.imaging.ct is None:
            self.imaging_wanted.emit()


class Reading(QtWidgets.QTextBrowser):
    """Text to be read: its lines are no longer than eyes follow, however wide the window."""

    def __init__(self) -> None:
        super().__init__()
        self.document().setDocumentMargin(12)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setLineWrapMode(QtWidgets.QTextBrowser.LineWrapMode.FixedPixelWidth)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        longest = LINE_LETTERS * self.fontMetrics().averageCharWidth()
        self.setLineWrapColumnOrWidth(min(self.viewport().width(), longest))
        super().resizeEvent(event)


class AttemptTable(QtWidgets.QWidget):
    """Own attempts at a case, the newest first. Emits ``chosen`` with the path of one."""

    chosen = QtCore.Signal(object)

    def __init__(self, say: Wording) -> None:
        super().__init__()
        self._say = say
        self._attempts: tuple[Attempt, ...] = ()
        self.table = QtWidgets.QTableWidget(0, len(COLUMNS))
        self.table.setHorizontalHeaderLabels([say(f"attempt.{name}") for name in COLUMNS])
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setEditTriggers(QtWidgets.QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QtWidgets.QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QtWidgets.QTableWidget.SelectionMode.SingleSelection)
        self.table.horizontalHeader().setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.Stretch)
        self.none = QtWidgets.QLabel(say("attempt.none"))
        self.none.setObjectName("quiet")
        self.none.setWordWrap(True)
        self.none.setAlignment(QtCore.Qt.AlignmentFlag.AlignTop)
        self.open = QtWidgets.QPushButton(say("attempt.open"))
        row = QtWidgets.QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.open)
        column = QtWidgets.QVBoxLayout(self)
        column.addWidget(self.none)
        column.addWidget(self.table, 1)
        column.addLayout(row)
        self.open.clicked.connect(self._open)
        self.table.itemActivated.connect(lambda _item: self._open())
        self.table.itemSelectionChanged.connect(self._allow)
        self.show_attempts(())

    def show_attempts(self, attempts: tuple[Attempt, ...]) -> None:
        """List these attempts."""
        say, self._attempts = self._say, attempts
        self.table.setRowCount(len(attempts))
        for row, one in enumerate(attempts):
            when = datetime.fromtimestamp(one.at_s)
            minutes, seconds = divmod(round(one.seconds), 60)
            if not one.complete:
                outcome, ink = say("attempt.broken_off"), theme.QUIET
            elif one.passed:
                outcome, ink = say("attempt.passed"), theme.GOOD
            else:
                outcome, ink = say("attempt.failed"), theme.WARNING
            texts = (
                f"{when:%Y-%m-%d %H:%M}", say(f"mode.{one.mode}"), f"{minutes}:{seconds:02d}",
                "–" if one.total is None else f"{one.total:.0f}", outcome,
            )  # fmt: skip
            for column, text in enumerate(texts):
                item = QtWidgets.QTableWidgetItem(text)
                if COLUMNS[column] == "outcome":
                    item.setForeground(QtGui.QColor(ink))
                self.table.setItem(row, column, item)
        self.none.setVisible(not attempts)
        self.table.setVisible(bool(attempts))
        if attempts:
            self.table.selectRow(0)
        self._allow()

    def _allow(self) -> None:
        self.open.setEnabled(0 <= self.table.currentRow() < len(self._attempts))

    def _open(self) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._attempts):
            self.chosen.emit(self._attempts[row].path)
