"""The pictures of a session as DICOM: one file a single shot, one multi-frame file a run of a pedal."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from simulator.assessment.dose_report import read_dose
from simulator.engine.case import Case
from simulator.engine.events import Exposed
from simulator.engine.recording import Recording
from simulator.imaging.dicom.dicom import write_run, write_shot
from simulator.imaging.dicom.dicom_study import Study
from simulator.imaging.dose.irradiation import Pulse
from simulator.imaging.monitor.monitor import Shown


@dataclass
class _Run:
    """A multi-frame file being filled: its pulses so far, and their pictures on disk."""

    pulses: list[Pulse]
    shape: tuple[int, int]
    pixels: IO[bytes] = field(default_factory=tempfile.TemporaryFile)

    def fits(self, pulse: Pulse, shape: tuple[int, int]) -> bool:
        """True where a picture may stand in the same file: one field, one magnification."""
        last = self.pulses[-1]
        return (last.collimation, last.magnification, self.shape) == (
            pulse.collimation,
            pulse.magnification,
            shape,
        )


class XaWriter:
    """Writes the exposed pictures of a replayed recording into a folder as DICOM.

    NNNN-<plane>.dcm, NNNN the number of the (first) pulse. A run ends where its irradiation event in the dose
    report does; where the field or the magnification changes within it, its pictures go on in another file.
    Use as a context, so that the last runs are written too. Raises UnreadableRecordingError for a recording
    whose rows are not those of a session.
    """

    def __init__(self, case: Case, recording: Recording, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._case, self._folder = case, folder
        self._study = Study(case.scenario, case.seed, recording.digest)
        events = read_dose(recording)[1].events
        self._pulses: Mapping[int, Pulse] = {p.number: p for e in events for p in e.pulses}
        self._event_of = {p.number: e.number for e in events for p in e.pulses}
        self._last_of_event = {e.pulses[-1].number for e in events}
        self._runs: dict[int, _Run] = {}
        self.shots = self.runs = 0

    def __enter__(self) -> XaWriter:
        return self

    def __exit__(self, *_: object) -> None:
        for event in list(self._runs):
            self._finish(event)

    def write(self, pictures: Sequence[tuple[Exposed, Shown]]) -> None:
        """Write what ``Screens.exposed`` gave for a tick."""
        for event, shown in pictures:
            self._add(event.number, shown.grey)

    def _add(self, number: int, grey: NDArray[np.uint8]) -> None:
        pulse, event = self._pulses[number], self._event_of[number]
        shape = (grey.shape[0], grey.shape[1])
        if pulse.single:
            self._write_shot(pulse, grey, event)
            return
        if event in self._runs and not self._runs[event].fits(pulse, shape):
            self._finish(event)
        run = self._runs.setdefault(event, _Run([], shape))
        run.pulses.append(pulse)
        run.pixels.write(np.ascontiguousarray(grey).tobytes())
        if number in self._last_of_event:
            self._finish(event)

    def _finish(self, event: int) -> None:
        run = self._runs.pop(event)
        with run.pixels as pixels:
            pixels.seek(0)
            if len(run.pulses) == 1:
                grey = np.frombuffer(pixels.read(), np.uint8).reshape(run.shape)
                self._write_shot(run.pulses[0], grey, event)
                return
            path = self._path(run.pulses[0])
            write_run(path, pixels, run.shape, self._case.carm("A"), run.pulses, self._study, event)  # type: ignore[arg-type]
        self.runs += 1

    def _write_shot(self, pulse: Pulse, grey: NDArray[np.uint8], event: int) -> None:
        write_shot(self._path(pulse), grey, self._case.carm("A"), pulse, self._study, event)
        self.shots += 1

    def _path(self, pulse: Pulse) -> Path:
        return self._folder / f"{pulse.number:04d}-{pulse.plane}.dcm"
