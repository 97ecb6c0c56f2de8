"""The report a trainee and an instructor read: one self-contained HTML file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from PIL import Image

from scenarios.numerals import ENGLISH
from scenarios.told import amount, meaning, sentence, source, title, written_unit
from scenarios.told import told as told_case
from scenarios.wording import Texts
from simulator.assessment import charts, prognosis_text, scene_3d
from simulator.assessment.dose_text import place_of
from simulator.assessment.evidence import Evidence
from simulator.assessment.key_frames import KeyFrame, key_frames
from simulator.assessment.pulses import skin_dose_in
from simulator.assessment.score import CriterionResult, ScoreReport
from simulator.assessment.skin_picture import skin_dose_png
from simulator.assessment.wording import clock, texts, told
from simulator.engine.case import Case
from simulator.engine.events import Exposed
from simulator.engine.recording import Recording
from simulator.engine.replay import replay
from simulator.engine.screens import frame
from simulator.engine.state import State
from simulator.imaging.fluoroscope import Fluoroscope

GROUPS = ("access", "imaging", "reduction", "cement", "time", "patient")
DOSE_LINES = (  # field of Sums, its unit, decimals
    ("area_product_gycm2", "Gy cm²", 3),
    ("reference_kerma_mgy", "mGy", 2),
    ("fluoroscopy_time_s", "s", 1),
    ("pulses", "", 0),
    ("runs", "", 0),
    ("single_shots", "", 0),
)
WORTH_A_LINE = 0.5
"""Points lost from which a criterion is listed as something to work on."""


def write_html(
    report: ScoreReport,
    recording: Recording,
    case: Case,
    path: Path,
    *,
    frames: Path | None = None,
    drawn: Mapping[int, bytes] | None = None,
    final: State | None = None,
    language: str = ENGLISH,
) -> None:
    """Write the report of a recording, in a language.

    frames is the folder of its frames, or drawn its key frames as PNG by number, and final its last state, where
    they are at hand; else the recording is played again for key pictures and for what cuts and 3D view show.
    """
    evidence = Evidence.of(recording)
    wanted = key_frames(evidence)
    if final is None or (frames is None and drawn is None):
        final, drawn = _played(recording, case, [] if frames is not None else wanted)
    drawn = drawn or {}
    panel_mm = case.carm("A").detector_mm
    pictures = [(key, _picture(key, panel_mm, frames, drawn)) for key in wanted]
    skin = skin_dose_in(evidence) if report.dose.skin is not None else None
    say = texts(language)
    view_3d, why_not = scene_3d.picture(case, final, evidence, say)
    page = _template().render(
        report=report,
        scenario=told_case(evidence.scenario, language),
        groups=_grouped(report),
        metrics=list(report.metrics),
        work_on=work_on(report),
        pictures=[(key, url) for key, url in pictures if url],
        timeline=charts.timeline_svg(evidence, say),
        cuts=charts.cuts_png(case, final, evidence, say),
        view_3d=view_3d,
        no_view_3d_because=why_not,
        dose=report.dose,
        dose_lines=DOSE_LINES,
        skin_map=None if skin is None else charts.png_url(skin_dose_png(skin, say)),
        skin_place="" if report.dose.skin is None else place_of(report.dose.skin),
        heat=evidence.outcome.get("heat", {}),
        leaks=evidence.outcome.get("cement", {}).get("leaked_ml", {}),
        span_of=partial(prognosis_text.span_of, say=say),
        plain=partial(prognosis_text.plain, say=say),
        clock=clock,
        say=say,
        place=partial(_place, say),
        versions=", ".join(f"{name} {version}" for name, version in report.program.items()),
        number=say.number,
        told=partial(told, language=language),
        title=partial(title, language=language),
        meaning=partial(meaning, language=language),
        sentence=partial(sentence, language=language),
        source=partial(source, language=language),
        amount=partial(amount, language=language),
        unit=partial(written_unit, language=language),
    )
    path.write_text(page, encoding="utf-8")


def _played(recording: Recording, case: Case, wanted: list[KeyFrame]) -> tuple[State, dict[int, bytes]]:
    """The state at the end of a recording, and the wanted frames as PNG by number."""
    numbers = {key.number for key in wanted}
    fluoroscope = Fluoroscope(case.patient) if numbers else None
    drawn: dict[int, bytes] = {}
    state: State | None = None
    for state, events, _ in replay(recording, case):
        for event in events:
            if isinstance(event, Exposed) and event.number in numbers and fluoroscope is not None:
                plane = state.plane(event.plane)
                assert plane is not None
                drawn[event.number] = _png(Image.fromarray(frame(case, state, plane, fluoroscope).grey))
    assert state is not None
    return state, drawn


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def _picture(key: KeyFrame, panel_mm: float, frames: Path | None, drawn: Mapping[int, bytes]) -> str | None:
    """A frame as a data URL, cut to what the collimators left of it. panel_mm: the side of a whole panel."""
    file = None if frames is None else frames / key.file_name
    data = drawn.get(key.number) if file is None else file.read_bytes() if file.exists() else None
    if data is None:
        return None
    with Image.open(io.BytesIO(data)) as picture:
        rows, columns = picture.height, picture.width
        half = [0.5 * mm * rows * key.magnification / panel_mm for mm in key.field_mm]
        top, left = max(0.5 * rows - half[0], 0.0), max(0.5 * columns - half[1], 0.0)
        return charts.png_url(_png(picture.crop((int(left), int(top), columns - int(left), rows - int(top)))))


def work_on(report: ScoreReport) -> list[CriterionResult]:
    """The criteria that cost most, the dearest first: what to practise next."""
    lost = [c for c in report.criteria if c.earned is not None and c.points - c.earned >= WORTH_A_LINE]
    return sorted(lost, key=lambda c: (c.earned or 0.0) - c.points)[:5]


def _grouped(report: ScoreReport) -> list[dict[str, Any]]:
    """Criteria by group with their sums, in the order of GROUPS."""
    out = []
    for name in GROUPS:
        rows = [c for c in report.criteria if c.group == name]
        if rows:
            judged = [c for c in rows if c.earned is not None]
            out.append(
                {
                    "name": name,
                    "rows": rows,
                    "earned": sum(c.earned or 0.0 for c in judged),
                    "points": sum(c.points for c in judged),
                }
            )
    return out


def _place(say: Texts, name: str) -> str:
    """A place as recordings name it, as the beginning of a line."""
    text = say(f"place.{name}") if say.has(f"place.{name}") else name
    return text[:1].upper() + text[1:]


def _template() -> Any:
    text = resources.files("simulator.assessment").joinpath("templates/report.html.jinja").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(text)
