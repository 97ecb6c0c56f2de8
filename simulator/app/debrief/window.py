"""The debrief: the score line by line, the session played again, compared, and written into files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import settings as kept
from simulator.app.debrief.attempts_page import AttemptsPage
from simulator.app.debrief.expert_page import ExpertPage
from simulator.app.debrief.export_page import ExportPage
from simulator.app.debrief.ideal_page import IdealPage
from simulator.app.debrief.opening import Remark, opened
from simulator.app.debrief.replay_page import ReplayPage
from simulator.app.debrief.replayer import Replayer
from simulator.app.debrief.score_page import ScorePage
from simulator.app.debrief.tabs import Tabs
from simulator.app.settings import Settings
from simulator.app.wording import Wording
from simulator.assessment.score import ScoreReport
from simulator.engine.case import Case
from simulator.engine.state import TICK_HZ, State

PAGES = ("score", "replay", "compare", "export")
COMPARED = ("ideal", "expert", "attempts")


class Debrief(QtWidgets.QMainWindow):
    """What was done well and what was not. Emits ``left`` when the user goes back to the library.

    case: that of the recording, None where it is to be built for the replay; final: its last state, for those who
    have it. page: which tab is shown first, where it can be.
    """

    left = QtCore.Signal()

    def __init__(
        self, recording: Path, case: Case | None, final: State | None, settings: Settings, *, page: str = "score"
    ) -> None:
        super().__init__()
        self._say = say = Wording(settings.language)
        self.found = found = opened(recording)
        self.report: ScoreReport | None = found.report
        self.final = final
        self.setWindowTitle(f"vertebrosim – {say('debrief.title')}")
        self.score = ScorePage(say, found)
        self.verdict, self.gates, self.table = self.score.verdict, self.score.gates, self.score.table
        self.back = QtWidgets.QPushButton(say("debrief.back"))
        self.replayer: Replayer | None = None
        self.replay: ReplayPage | None = None
        self.compare: Tabs | None = None
        self.export: ExportPage | None = None
        pages: dict[str, QtWidgets.QWidget] = {"score": self.score}
        if found.recording is not None and found.evidence is not None and found.report is not None:
            self.replayer = Replayer(found.recording, found.evidence, case)
            self.replay = ReplayPage(say, self.replayer)
            self.ideal = IdealPage(say, self.replayer)
            self.expert = ExpertPage(say, self.replayer, found.report)
            folder = kept.recordings_folder()
            self.attempts = AttemptsPage(say, self.replayer, found.report, recording, folder)
            compared = dict(zip(COMPARED, (self.ideal, self.expert, self.attempts), strict=True))
            self.compare = Tabs(compared, {name: say(f"compare.{name}") for name in COMPARED})
            self.export = ExportPage(say, self.replayer, found.recording, found.report, recording, self.shown)
            pages |= {"replay": self.replay, "compare": self.compare, "export": self.export}
            self.replayer.broke.connect(self._cannot_replay)
            self.replayer.finished.connect(self._replayed)
        self.tabs = Tabs(pages, {name: say(f"tab.{name}") for name in pages})
        self.top_right = self.tabs.row
        self.top_right.addWidget(self.back)
        self.setCentralWidget(self.tabs)
        if page in pages:
            self.tabs.turn_to(page)
        self.score.jump.connect(self.show_moment)
        self.back.clicked.connect(self.left)

    def show_moment(self, at_s: float) -> None:
        """Turn to the replay, at a time."""
        if self.replay is not None and self.tabs.buttons["replay"].isEnabled():
            self.tabs.turn_to("replay")
            self.replay.seek(round(at_s * TICK_HZ))

    def shown(self) -> dict[str, NDArray[np.uint8]]:
        """The pictures that the replay shows now, by name."""
        images: dict[str, NDArray[np.uint8]] = {}
        if self.replay is not None:
            for plane, monitor in self.replay.monitors.items():
                if monitor.grey is not None:
                    images[plane] = monitor.grey
            for name, view in (("vertebra", self.replay.vertebra), ("room", self.replay.room)):
                if view.image is not None:
                    images[name] = view.image
        return images

    def _cannot_replay(self, why: str) -> None:
        self.score.remark(Remark("no_replay", {"why": why}))
        for name in ("replay", "compare"):
            self.tabs.enable(name, False)
        if self.tabs.page in ("replay", "compare"):
            self.tabs.turn_to("score")

    def _replayed(self) -> None:
        assert self.replayer is not None
        assert self.replayer.track is not None
        verdict = self.replayer.track.verdict
        if verdict is not None and verdict.result == "diverged":
            self.score.remark(Remark("diverged", {"difference": verdict.difference}))

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:
        if self.replay is not None:
            self.replay.close_views()
        if self.replayer is not None:
            self.replayer.stop()
            self.replayer.deleteLater()
        super().closeEvent(event)
