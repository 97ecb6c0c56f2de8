"""Playing a case without a window: session, frames and report in one folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, PngImagePlugin

from scenarios.numerals import ENGLISH
from simulator.assessment.report import write_html
from simulator.assessment.score import ScoreReport, score
from simulator.assessment.trainees.procedure import perform
from simulator.assessment.trainees.skill import SkillName
from simulator.engine.case import Case
from simulator.engine.events import Event, Exposed
from simulator.engine.recording import read
from simulator.engine.screens import Screens
from simulator.engine.session import Session, new_session
from simulator.engine.state import State
from simulator.imaging.monitor.monitor import Shown

RECORDING, FRAMES, REPORT_JSON, REPORT_HTML = "session.vsim", "frames", "report.json", "report.html"


class FrameWriter:
    """Writes the exposed pictures of a session into a folder as NNNN-<plane>.png."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.written = 0

    def write(self, state: State, pictures: Sequence[tuple[Exposed, Shown]]) -> None:
        """Write what ``Screens.exposed`` gave for a tick, with the state after it."""
        for event, shown in pictures:
            path = self._folder / f"{event.number:04d}-{event.plane}.png"
            Image.fromarray(shown.grey).save(path, compress_level=1, pnginfo=_text_of(event, state))
            self.written += 1


def _text_of(event: Exposed, state: State) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Plane", event.plane)
    info.add_text("Time", f"{state.time_s:.2f} s")
    info.add_text("Positioner", f"primary {event.primary_deg:g} deg, secondary {event.secondary_deg:g} deg")
    info.add_text("Technique", f"{event.kv:g} kV, {event.mas:g} mAs")
    return info


@dataclass(frozen=True)
class Played:
    """What a played case left behind."""

    folder: Path
    report: ScoreReport
    frames: int


def play(
    case: Case,
    skill: SkillName,
    folder: Path,
    *,
    draw: bool = True,
    language: str = ENGLISH,
    progress: Callable[[str, float], None] = lambda _what, _share: None,
) -> Played:
    """A scripted trainee plays a case into a folder: recording, frames, report.json and report.html.

    language: of report.html.
    progress is told what is being done and how far it is (0 to 1). Raises FileExistsError where the folder
    already holds a recording.
    """
    folder.mkdir(parents=True, exist_ok=True)
    session = new_session(case, f"scripted-{skill}", folder / RECORDING)
    screens, writer = (Screens(case), FrameWriter(folder / FRAMES)) if draw else (None, None)
    expected_s = 700.0

    def watch(played: Session, events: Sequence[Event]) -> None:
        if screens is not None and writer is not None:
            writer.write(played.state, screens.exposed(played.state, events))
        if played.state.tick % 60 == 0:
            progress(f"playing as {skill}", min(played.state.time_s / expected_s, 0.99))

    try:
        perform(session, skill, watch)
    finally:
        session.close()
    progress("scoring", 0.995)
    recording = read(folder / RECORDING)
    report = score(recording)
    write_json(report, folder / REPORT_JSON)
    drawn = folder / FRAMES if draw else None
    write_html(report, recording, case, folder / REPORT_HTML, frames=drawn, final=session.state, language=language)
    progress("done", 1.0)
    return Played(folder, report, writer.written if writer is not None else 0)


def write_json(report: ScoreReport, path: Path) -> None:
    """report.json."""
    path.write_text(json.dumps(report.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
