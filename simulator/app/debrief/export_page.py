"""Writing a debrief into files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app.debrief import exporting
from simulator.app.debrief.replayer import Replayer
from simulator.app.debrief.worker import Errand
from simulator.app.wording import Wording
from simulator.assessment.score import ScoreReport
from simulator.engine.recording import Recording

KINDS = ("html", "json", "csv", "png", "gif")
AT_ONCE = ("json", "csv")
"""Need nothing but the score; the others wait for the replay."""


class ExportPage(QtWidgets.QWidget):
    """A button a file. shown: gives the pictures of the moment that the replay shows, by name."""

    def __init__(
        self,
        say: Wording,
        replayer: Replayer,
        recording: Recording,
        report: ScoreReport,
        path: Path,
        shown: Callable[[], dict[str, NDArray[np.uint8]]],
    ) -> None:
        super().__init__()
        self._say, self._replayer, self._recording, self._report = say, replayer, recording, report
        self._stem, self._shown = path.stem, shown
        self.folder = path.resolve().parent
        self.busy: Errand | None = None
        self.buttons: dict[str, QtWidgets.QPushButton] = {}
        rows = QtWidgets.QGridLayout()
        rows.setHorizontalSpacing(14)
        rows.setVerticalSpacing(8)
        for row, kind in enumerate(KINDS):
            button = self.buttons[kind] = QtWidgets.QPushButton(say(f"export.{kind}"))
            button.clicked.connect(lambda _on=False, kind=kind: self.write(kind))
            button.setEnabled(kind in AT_ONCE)
            tip = QtWidgets.QLabel(say(f"export.{kind}_tip", most=exporting.FILM_FRAMES))
            tip.setObjectName("quiet")
            tip.setWordWrap(True)
            rows.addWidget(button, row, 0)
            rows.addWidget(tip, row, 1)
        rows.setColumnStretch(1, 1)
        self.place = QtWidgets.QLabel()
        self.place.setWordWrap(True)
        choose = QtWidgets.QPushButton(say("export.choose"))
        choose.clicked.connect(self._choose)
        self.open = QtWidgets.QPushButton(say("export.open"))
        self.open.clicked.connect(self._open)
        self.said = QtWidgets.QLabel(say("export.waits"))
        self.said.setWordWrap(True)
        self.said.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        self.cancel = QtWidgets.QPushButton(say("compare.cancel"))
        self.cancel.hide()
        self.cancel.clicked.connect(self._give_up)
        where = QtWidgets.QHBoxLayout()
        where.addWidget(self.place, 1)
        where.addWidget(choose)
        where.addWidget(self.open)
        last = QtWidgets.QHBoxLayout()
        last.addWidget(self.said, 1)
        last.addWidget(self.cancel)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(14)
        layout.addLayout(where)
        layout.addLayout(rows)
        layout.addLayout(last)
        layout.addStretch(1)
        self._name_folder()
        replayer.all_drawn.connect(self._all_there)

    def _name_folder(self) -> None:
        self.place.setText(self._say("export.folder", folder=str(self.folder)))

    def _all_there(self) -> None:
        self.said.clear()
        self._enable(True)

    def _enable(self, can: bool) -> None:
        for kind, button in self.buttons.items():
            button.setEnabled(can and (kind in AT_ONCE or self._replayer.pairs is not None))

    def write(self, kind: str) -> None:
        """Write one kind of file, in the background."""
        if self.busy is not None:
            return
        works: dict[str, Callable[[Errand], Path | list[Path]]] = {
            "html": self._html,
            "json": lambda _errand: exporting.json(self._report, self._path("json")),
            "csv": lambda _errand: exporting.csv(self._report, self._path("csv")),
            "png": self._png(),
            "gif": self._gif,
        }
        self._enable(False)
        self.cancel.setVisible(kind not in AT_ONCE)
        self.busy = Errand(works[kind], self._written, self._failed, self._progress)
        self._replayer.sculptor.ask(self.busy)

    def _path(self, ending: str) -> Path:
        return self.folder / f"{self._stem}.{ending}"

    def _html(self, errand: Errand) -> Path:
        track, pictures = self._replayer.track, self._replayer.pictures
        assert track is not None
        assert pictures is not None
        evidence = self._replayer.evidence
        return exporting.html(
            self._report,
            self._recording,
            evidence,
            track,
            pictures,
            self._path("html"),
            errand.report,
            self._say.language,
        )

    def _gif(self, errand: Errand) -> Path:
        pictures = self._replayer.pictures
        assert pictures is not None
        return exporting.film(self._replayer.evidence, pictures, self._path("gif"), errand.report)

    def _png(self) -> Callable[[Errand], list[Path]]:
        images = self._shown()  # in the window's thread: they are widgets'
        return lambda _errand: exporting.png(images, self.folder / self._stem)

    def _progress(self, share: float) -> None:
        self.said.setText(self._say("export.busy", percent=round(100 * share)))

    def _written(self, paths: Path | list[Path]) -> None:
        names = ", ".join(path.name for path in (paths if isinstance(paths, list) else [paths]))
        self._over(self._say("export.written", names=names))

    def _failed(self, error: Exception) -> None:
        why = error.strerror if isinstance(error, OSError) and error.strerror else self._say.told(str(error))
        self._over(self._say("export.failed", why=why or type(error).__name__))

    def _give_up(self) -> None:
        if self.busy is not None:
            self.busy.give_up()
        self._over("")

    def _over(self, text: str) -> None:
        self.busy = None
        self.cancel.hide()
        self._enable(True)
        self.said.setText(text)

    def _choose(self) -> None:
        chosen = QtWidgets.QFileDialog.getExistingDirectory(self, self._say("export.choose"), str(self.folder))
        if chosen:
            self.folder = Path(chosen)
            self._name_folder()

    def _open(self) -> None:
        QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(str(self.folder)))
