"""What the library has done aside: scores of old recordings, radiographs of cases, the chosen one's CT. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from simulator.app.library import prior_imaging
from simulator.app.library.attempts import KnownScores, recordings, scored
from simulator.app.library.background import Background, Done
from simulator.app.library.own_cases import CaseFile
from simulator.app.library.pictures import can_expose, expose, radiograph_path

CT, RADIOGRAPH, ATTEMPTS = "ct ", "radiograph ", "attempts"
"""Names of the jobs; the first two with the case's key."""


class Jobs:
    """ring is called from a thread when something is done."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._quietly, self._pressing = Background(ring, quiet=True), Background(ring)

    def look_for_attempts(self, folder: Path) -> None:
        """Score the recordings of a folder."""
        worker = self._quietly
        worker.ask(ATTEMPTS, lambda: scored(recordings(folder), KnownScores.of_user(), lambda: worker.stopped))

    def load_ct(self, one: CaseFile) -> None:
        """The CT of a case's patient, who may have to be built; the user waits for it."""
        if one.scenario is not None:
            self._pressing.ask(CT + one.key, partial(prior_imaging.load, one.scenario))

    def expose(self, files: Iterable[CaseFile]) -> None:
        """Expose radiographs that are not there yet, of patients that need not be built."""
        for one in files:
            path = None if one.scenario is None else radiograph_path(one.scenario)
            if one.scenario is not None and path is not None and not path.exists() and can_expose(one.scenario):
                self._quietly.ask(RADIOGRAPH + one.key, partial(expose, one.scenario))

    def drop_ct(self) -> None:
        """Another case was chosen: nobody waits any more."""
        self._pressing.drop()

    def take(self) -> list[Done]:
        """What has been done since this was asked last."""
        return [*self._quietly.take(), *self._pressing.take()]

    def stop(self) -> None:
        """The window goes: what is not done is dropped."""
        for worker in (self._quietly, self._pressing):
            worker.stop()
