"""The expert at the same case beside the trainee: total, lines, time, dose, and the ways of the needles."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from scenarios.told import amount, meaning
from simulator.app import theme
from simulator.app.debrief import expert
from simulator.app.debrief.path_view import PathView
from simulator.app.debrief.paths import paths, planned
from simulator.app.debrief.replayer import Replayer
from simulator.app.debrief.worker import Errand
from simulator.app.wording import Wording
from simulator.assessment.evidence import Evidence
from simulator.assessment.score import CriterionResult, ScoreReport, score

COLUMNS = ("line", "own", "the_expert")


@dataclass(frozen=True, eq=False)
class Expert:
    """The expert's recording, read and scored."""

    evidence: Evidence
    report: ScoreReport


class ExpertPage(QtWidgets.QWidget):
    """Lets the expert play on request, behind the replay; or shows at once what was kept."""

    def __init__(self, say: Wording, replayer: Replayer, own: ScoreReport) -> None:
        super().__init__()
        self._say, self._replayer, self._own = say, replayer, own
        self._errand: Errand | None = None
        self._looked = False
        self.expert: Expert | None = None
        self.about = QtWidgets.QLabel(say("compare.about_expert"))
        self.about.setWordWrap(True)
        self.about.setObjectName("quiet")
        self.ask = QtWidgets.QPushButton(say("compare.let_play"))
        self.cancel = QtWidgets.QPushButton(say("compare.cancel"))
        self.cancel.hide()
        self.table = QtWidgets.QTableWidget(0, len(COLUMNS))
        self.ways = PathView(say)
        top = QtWidgets.QHBoxLayout()
        top.addWidget(self.about, 1)
        top.addWidget(self.cancel)
        top.addWidget(self.ask)
        both = QtWidgets.QSplitter(QtCore.Qt.Orientation.Horizontal)
        both.addWidget(self.table)
        both.addWidget(self.ways)
        both.setSizes([620, 560])
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(top)
        layout.addWidget(both, 1)
        self.ask.setEnabled(False)
        self.ask.clicked.connect(lambda: self._begin(only_kept=False))
        self.cancel.clicked.connect(self._give_up)
        replayer.began.connect(self._case_is_there)
        self._fill()

    def _case_is_there(self) -> None:
        assert self._replayer.case is not None
        self.ask.setEnabled(True)
        self.ways.show_ways(paths(self._replayer.evidence), (), planned(self._replayer.evidence))

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        case = self._replayer.case
        if case is not None and not self._looked:
            self._looked = True
            self.ways.show_case(case)
            if expert.kept_at(case).exists():
                self._begin(only_kept=True)

    def _begin(self, *, only_kept: bool) -> None:
        if self._errand is not None:
            return
        self.ask.setEnabled(False)
        self.cancel.setVisible(not only_kept)
        self._errand = Errand(
            lambda errand: self._had(errand, only_kept), self._show, self._failed, self._progress
        )
        self._replayer.player.ask(self._errand)
        self._progress(0.0)

    def _had(self, errand: Errand, only_kept: bool) -> Expert | None:
        case = self._replayer.case
        assert case is not None
        recording = expert.kept(case) if only_kept else expert.played(case, errand.report)
        return None if recording is None else Expert(Evidence.of(recording), score(recording))

    def _progress(self, share: float) -> None:
        waits = not self._replayer.is_finished
        text = self._say("compare.waiting") if waits else self._say("compare.playing", percent=round(100 * share))
        self.about.setText(text)

    def _give_up(self) -> None:
        if self._errand is not None:
            self._errand.give_up()
        self._over(self._say("compare.about_expert"))

    def _failed(self, error: Exception) -> None:
        self._over(self._say("compare.expert_failed", why=self._say.told(str(error)) or type(error).__name__))

    def _over(self, text: str) -> None:
        self._errand = None
        self.cancel.hide()
        self.ask.setEnabled(self.expert is None)
        self.about.setText(text)

    def _show(self, found: Expert | None) -> None:
        self.expert = found
        self._over(self._say("compare.about_expert"))
        if found is None:
            return
        self.ask.hide()
        own = self._replayer.evidence
        self.ways.show_ways(paths(own), paths(found.evidence), planned(own))
        self._fill()

    def _fill(self) -> None:
        say, theirs = self._say, None if self.expert is None else self.expert.report
        rows: list[tuple[str, str, str, bool]] = [
            (say("compare.total"), _total(say, self._own), "" if theirs is None else _total(say, theirs), False)
        ]
        for title, value in (
            ("duration", lambda r: say.number(r.duration_s / 60.0, ".1f")),
            ("area_product", lambda r: say.number(r.dose.total.area_product_gycm2, ".2f")),
            ("pulses", lambda r: f"{r.dose.total.pulses}"),
        ):
            rows.append(
                (say(f"compare.{title}"), value(self._own), "" if theirs is None else value(theirs), False)
            )
        other = {line.metric: line for line in theirs.criteria} if theirs is not None else {}
        for line in self._own.criteria:
            best = other.get(line.metric)
            worse = best is not None and (best.earned or 0.0) > (line.earned or 0.0) + 0.05
            title = meaning(line.metric, say.language)
            rows.append((title, _line(say, line), "" if best is None else _line(say, best), worse))
        self._write(rows)

    def _write(self, rows: list[tuple[str, str, str, bool]]) -> None:
        table = self.table
        table.setHorizontalHeaderLabels([self._say(f"compare.{name}") for name in COLUMNS])
        table.verticalHeader().hide()
        table.setEditTriggers(QtWidgets.QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QtWidgets.QTableWidget.SelectionMode.NoSelection)
        table.setWordWrap(True)
        table.setRowCount(len(rows))
        for at, (title, own, theirs, worse) in enumerate(rows):
            for column, text in enumerate((title, own, theirs)):
                item = QtWidgets.QTableWidgetItem(text)
                if worse and column == 1:
                    item.setForeground(QtGui.QColor(theme.WARNING))
                table.setItem(at, column, item)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QtWidgets.QHeaderView.ResizeMode.Stretch)
        QtCore.QTimer.singleShot(0, table, table.resizeRowsToContents)


def _total(say: Wording, report: ScoreReport) -> str:
    return say("compare.no_total") if report.total is None else f"{report.total:.0f}"


def _line(say: Wording, line: CriterionResult) -> str:
    value = "–" if line.value is None else amount(line.value, line.unit, say.language, digits=3)
    return (
        value
        if line.earned is None
        else f"{value}   ({say.number(line.earned, '.1f')} / {say.number(line.points, 'g')})"
    )
