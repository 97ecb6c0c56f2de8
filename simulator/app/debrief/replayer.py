"""The recording of a debrief, played again in the background, with its pictures, and models on request.

Three threads: one plays (once), one draws pictures behind it, one makes models, of which only the newest counts.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from PySide6 import QtCore

from simulator.app.debrief.ideal import Pair, pairs
from simulator.app.debrief.marks import marks_of, shots_of
from simulator.app.debrief.paths import paths, planned
from simulator.app.debrief.pictures import Grey, Pictures
from simulator.app.debrief.track import Track
from simulator.app.debrief.vertebra_parts import Model, Modeller
from simulator.app.debrief.worker import Errand, Worker
from simulator.assessment.evidence import Evidence
from simulator.engine import patient_cache
from simulator.engine.case import Case
from simulator.engine.events import Exposed
from simulator.engine.recording import Recording, Row
from simulator.engine.replay import case_of
from simulator.engine.state import TICK_HZ, State
from simulator.imaging.heap import give_back_free_memory

GIVE_BACK_TICKS = 60 * TICK_HZ
"""Of the session: as often free memory is given back while it is played."""
MOST_WAITING = 12
"""Pulses that are still to be drawn: each holds a state with balloons and cement, some megabytes."""


@dataclass(frozen=True, eq=False)
class Moment:
    """What is shown of a tick: the state, and by plane the last exposure and its picture."""

    tick: int
    state: State
    pictures: dict[str, tuple[Row, Grey]]


class Replayer(QtCore.QObject):
    """Signals: ``began`` when case and first states are there, ``progressed`` with the last tick played,
    ``finished`` at the end, ``broke`` with the reason why it cannot be played; ``drawn`` with the tick of the
    picture that was drawn, ``all_drawn`` when all are; ``model`` with what was asked for."""

    began = QtCore.Signal()
    progressed = QtCore.Signal(int)
    finished = QtCore.Signal()
    broke = QtCore.Signal(str)
    drawn = QtCore.Signal(int)
    all_drawn = QtCore.Signal()
    model = QtCore.Signal(object)
    _said = QtCore.Signal(object)

    def __init__(self, recording: Recording, evidence: Evidence, case: Case | None) -> None:
        super().__init__()
        self.evidence, self.case = evidence, case
        self.track: Track | None = None
        self.pictures: Pictures | None = None
        self.is_finished = self._is_over = False
        self.pairs: list[Pair] | None = None
        self._recording = recording
        self._modeller = Modeller()
        self._said.connect(self._hear)
        self.player = Worker(self.tell, "debrief replay")
        self.painter = Worker(self.tell, "debrief pictures")
        self.sculptor = Worker(self.tell, "debrief models")
        self._workers = (self.player, self.painter, self.sculptor)
        self.player.ask(Errand(self._play, self._end, self._fail))

    def tell(self, what: Callable[[], None]) -> None:
        """Have something done in the window's thread."""
        with suppress(RuntimeError):  # the window may be gone meanwhile
            self._said.emit(what)

    @QtCore.Slot(object)
    def _hear(self, what: Callable[[], None]) -> None:
        if not self._is_over:  # what was said before may still be on its way
            what()

    def stop(self) -> None:
        """Give up all that is being done and let go of what was kept; returns when the threads have gone."""
        self._is_over = True
        for worker in self._workers:
            worker.stop()
        self.case = self.track = self.pictures = self.pairs = None
        self._modeller = Modeller()

    def _play(self, errand: Errand) -> None:
        if self.case is None:
            self.case = case_of(self._recording, patient_of=patient_cache.patient_of)
        marks = [mark for mark in marks_of(self.evidence) if mark.lane != "picture"]
        self.pictures = pictures = Pictures(self.case, shots_of(self.evidence))
        self.track = track = Track(self.case, self._recording, {mark.tick for mark in marks})
        self.tell(self.began.emit)

        def report(share: float) -> None:
            errand.report(share)
            if track.played_tick % GIVE_BACK_TICKS < TICK_HZ:
                give_back_free_memory()
            self.tell(lambda: self.progressed.emit(track.played_tick))

        def exposed(tick: int, state: State, pulses: list[Exposed]) -> None:
            def draw(_errand: Errand) -> int:
                for pulse in pulses:
                    pictures.draw(state, tick, pulse.plane)
                return tick

            self.painter.wait_for_room(MOST_WAITING, errand)
            self.painter.ask(Errand(draw, self.drawn.emit, self._fail))

        track.play(report, exposed)
        self.painter.ask(Errand(self._last_pictures, self._all_drawn, self._fail))

    def _last_pictures(self, _errand: Errand) -> list[Pair]:
        """Ideal pictures too, while what draws is there; then it is let go."""
        assert self.case is not None
        assert self.track is not None
        assert self.pictures is not None
        try:
            return pairs(self.case, self.track, self.pictures, shots_of(self.evidence))
        finally:
            self.pictures.rest()
            give_back_free_memory()

    def _all_drawn(self, found: list[Pair]) -> None:
        self.pairs = found
        self.all_drawn.emit()

    def _end(self, _nothing: None) -> None:
        self.is_finished = True
        assert self.track is not None
        self.progressed.emit(self.track.played_tick)
        self.finished.emit()

    def _fail(self, error: Exception) -> None:
        self.broke.emit(str(error) or type(error).__name__)

    @property
    def played_tick(self) -> int:
        """As far as it has been played."""
        return -1 if self.track is None else self.track.played_tick

    def moment(self, tick: int) -> Moment:
        """What stood on the monitors at a tick, as far as it has been drawn."""
        assert self.track is not None
        assert self.pictures is not None
        found = {plane: last for plane in ("A", "B") if (last := self.pictures.last(plane, tick)) is not None}
        return Moment(tick, self.track.state_at(tick), found)

    def ask_model(self, moment: Moment) -> None:
        """Make the cut vertebra of a moment."""
        self.sculptor.ask(Errand(lambda _errand: self._model(moment), self.model.emit, instead_of="model"))

    def _model(self, moment: Moment) -> Model:
        assert self.case is not None
        ways = paths(self.evidence, moment.tick / TICK_HZ)
        return self._modeller.model(self.case, moment.state, ways, planned(self.evidence))
