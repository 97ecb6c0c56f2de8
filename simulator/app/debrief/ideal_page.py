"""The ideal picture beside the one that was taken: frontal and lateral."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app.debrief.ideal import FIELD_MM, KINDS, Kind, Pair
from simulator.app.debrief.replayer import Replayer
from simulator.app.procedure.monitor_view import MonitorView
from simulator.app.wording import Wording
from simulator.assessment.wording import clock
from simulator.engine.state import TICK_HZ


class IdealPage(QtWidgets.QWidget):
    """Shows what the replayer has drawn at its end."""

    def __init__(self, say: Wording, replayer: Replayer) -> None:
        super().__init__()
        self._say, self._replayer = say, replayer
        self.pairs: list[Pair] = []
        self.views: dict[tuple[Kind, str], MonitorView] = {}
        self.captions: dict[tuple[Kind, str], QtWidgets.QLabel] = {}
        grid = QtWidgets.QGridLayout()
        grid.setSpacing(6)
        for column, (kind, whose) in enumerate((k, w) for k in KINDS for w in ("true_view", "own")):
            title = QtWidgets.QLabel(say(f"compare.{whose}"))
            title.setObjectName("title")
            title.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
            view = self.views[kind, whose] = MonitorView()
            view.setMinimumSize(180, 180 + 2 * view.gutter_px)
            caption = self.captions[kind, whose] = QtWidgets.QLabel()
            caption.setWordWrap(True)
            caption.setAlignment(QtCore.Qt.AlignmentFlag.AlignTop)
            for row, widget in enumerate((title, view, caption)):
                grid.addWidget(widget, row, column)
            grid.setColumnStretch(column, 1)
        grid.setRowStretch(3, 1)
        self.about = QtWidgets.QLabel(say("compare.waiting"))
        self.about.setObjectName("quiet")
        self.about.setWordWrap(True)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.about)
        layout.addLayout(grid, 1)
        replayer.all_drawn.connect(self._show)

    def _show(self) -> None:
        self.pairs = list(self._replayer.pairs or ())
        self.about.setText(self._say("compare.about_ideal"))
        for pair in self.pairs:
            kind = self._say(f"compare.{pair.kind}")
            self.views[pair.kind, "true_view"].show_picture(pair.ideal)
            best = self._say("compare.ideal_caption", kind=kind, height=FIELD_MM[0], width=FIELD_MM[1])
            self.captions[pair.kind, "true_view"].setText(best)
            own = self._say("compare.no_own")
            if pair.own is not None:
                row, grey = pair.own
                self.views[pair.kind, "own"].show_picture(grey)
                own = self._say(
                    "compare.own_caption", kind=kind, number=row["number"], clock=clock(row["tick"] / TICK_HZ),
                    error=row[f"{pair.kind}_error_deg"], height=row["field_mm"][0], width=row["field_mm"][1],
                )  # fmt: skip
            self.captions[pair.kind, "own"].setText(own)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Pictures are as high as they are wide, so that captions stand right below."""
        super().resizeEvent(event)
        side = (self.width() - 16 - 6 * (len(self.views) - 1)) // len(self.views)
        for view in self.views.values():
            view.setFixedHeight(max(side, 180) + 2 * view.gutter_px)
