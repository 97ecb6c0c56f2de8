"""What a debrief can be written as: report, score as JSON and CSV, the pictures of a moment, a film. No Qt."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from scenarios.numerals import ENGLISH
from simulator.app.debrief.marks import shots_of
from simulator.app.debrief.pictures import Grey, Pictures
from simulator.app.debrief.track import Track
from simulator.assessment.evidence import Evidence
from simulator.assessment.key_frames import key_frames
from simulator.assessment.play import write_json
from simulator.assessment.report import write_html
from simulator.assessment.score import ScoreReport
from simulator.assessment.score_table import csv_of
from simulator.assessment.wording import clock
from simulator.engine.recording import Recording
from simulator.engine.state import TICK_HZ

Report = Callable[[float], None]
FILM_FRAMES = 120
FILM_PX = 360
FILM_MS = 250
HEAD_PX = 18


def html(
    report: ScoreReport,
    recording: Recording,
    evidence: Evidence,
    track: Track,
    pictures: Pictures,
    path: Path,
    tell: Report,
    language: str = ENGLISH,
) -> Path:
    """The whole report in a language, with key pictures as they stood on the monitors."""
    assert track.final is not None
    shots = {int(row["number"]): row for rows in shots_of(evidence).values() for row in rows}
    drawn: dict[int, bytes] = {}
    tell(0.1)
    for key in key_frames(evidence):
        found = pictures.last(key.plane, int(shots[key.number]["tick"]))
        if found is not None:
            drawn[key.number] = _png(found[1])
    tell(0.3)
    write_html(report, recording, track.case, path, drawn=drawn, final=track.final, language=language)
    return path


def json(report: ScoreReport, path: Path) -> Path:
    """The score, complete."""
    write_json(report, path)
    return path


def csv(report: ScoreReport, path: Path) -> Path:
    """One row with all metrics, under their names."""
    path.write_text(csv_of([report]), encoding="utf-8")
    return path


def png(images: Mapping[str, NDArray[np.uint8]], stem: Path) -> list[Path]:
    """Pictures of a moment, grey or in colour, each as <stem>-<name>.png."""
    paths = []
    for name, image in images.items():
        paths.append(stem.with_name(f"{stem.name}-{name}.png"))
        Image.fromarray(image).save(paths[-1], optimize=True)
    return paths


def film(evidence: Evidence, pictures: Pictures, path: Path, tell: Report) -> Path:
    """The pictures of a session one after the other, both monitors side by side, evenly left out where there are
    more than FILM_FRAMES. Raises ValueError where no picture was taken."""
    shots = shots_of(evidence)
    ticks = sorted({int(row["tick"]) for each in shots.values() for row in each})
    if not ticks:
        raise ValueError("no picture was taken in this session")
    chosen = [ticks[i] for i in np.unique(np.linspace(0, len(ticks) - 1, FILM_FRAMES).round().astype(int))]
    planes = tuple(sorted(shots))
    frames = []
    for done, tick in enumerate(chosen):
        tell(done / len(chosen))
        frames.append(_film_frame(pictures, planes, tick))
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=FILM_MS, loop=0)
    return path


def _film_frame(pictures: Pictures, planes: tuple[str, ...], tick: int) -> Image.Image:
    whole = Image.new("L", (FILM_PX * len(planes), FILM_PX + HEAD_PX))
    draw = ImageDraw.Draw(whole)
    for column, plane in enumerate(planes):
        found = pictures.last(plane, tick)
        if found is not None:
            grey = found[1]
            whole.paste(Image.fromarray(grey).resize((FILM_PX, FILM_PX)), (column * FILM_PX, HEAD_PX))
        draw.text((column * FILM_PX + 6, 3), plane, fill=200)
    draw.text((whole.width - 44, 3), clock(tick / TICK_HZ), fill=255)
    return whole


def _png(grey: Grey) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, format="PNG")
    return buffer.getvalue()
