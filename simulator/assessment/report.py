"""The report a trainee and an instructor read: one self-contained HTML file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from PIL import Image

from scenarios.vocabulary import METRIC_MEANINGS
from simulator.assessment import charts, prognosis_text, scene_3d
from simulator.assessment.dose_text import place_of
from simulator.assessment.evidence import Evidence
from simulator.assessment.key_frames import KeyFrame, key_frames
from simulator.assessment.pulses import skin_dose_in
from simulator.assessment.score import CriterionResult, ScoreReport
from simulator.assessment.skin_picture import skin_dose_png
from simulator.assessment.wording import clock
from simulator.engine.case import Case
from simulator.engine.events import Exposed
from simulator.engine.recording import Recording
from simulator.engine.replay import replay
from simulator.engine.screens import frame
from simulator.engine.state import State
from simulator.imaging.fluoroscope import Fluoroscope

GROUPS = {
    "access": "Access",
    "imaging": "Imaging and radiation",
    "reduction": "Reduction",
    "cement": "Cement",
    "time": "Time",
    "patient": "Patient",
}
DOSE_LINES = (  # what stands in the table, its unit, the field of Sums, decimals
    ("Dose-area product", "Gy cm²", "area_product_gycm2", 3),
    ("Air kerma", "mGy", "reference_kerma_mgy", 2),
    ("Fluoroscopy time", "s", "fluoroscopy_time_s", 1),
    ("Pulses", "", "pulses", 0),
    ("Runs", "", "runs", 0),
    ("Single shots", "", "single_shots", 0),
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
) -> None:
    """Write the report of a recording.

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
    view_3d, why_not = scene_3d.picture(case, final, evidence)
    page = _template().render(
        report=report,
        scenario=evidence.scenario,
        groups=_grouped(report),
        metrics=list(report.metrics),
        work_on=work_on(report),
        pictures=[{"url": url, "caption": key.caption, "time": clock(key.at_s)} for key, url in pictures if url],
        timeline=charts.timeline_svg(evidence),
        cuts=charts.cuts_png(case, final, evidence),
        view_3d=view_3d,
        no_view_3d_because=why_not,
        dose=report.dose,
        prognosis_warning=prognosis_text.WARNING,
        span_of=prognosis_text.span_of,
        plain=prognosis_text.plain,
        heat=evidence.outcome.get("heat", {}),
        dose_lines=DOSE_LINES,
        place=place_of,
        skin_map=None if skin is None else charts.png_url(skin_dose_png(skin)),
        leaks=evidence.outcome.get("cement", {}).get("leaked_ml", {}),
        titles={name: title(name) for name in METRIC_MEANINGS},
        meanings=METRIC_MEANINGS,
        clock=clock,
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
    for name, heading in GROUPS.items():
        rows = [c for c in report.criteria if c.group == name]
        if rows:
            judged = [c for c in rows if c.earned is not None]
            out.append(
                {
                    "heading": heading,
                    "rows": rows,
                    "earned": sum(c.earned or 0.0 for c in judged),
                    "points": sum(c.points for c in judged),
                }
            )
    return out


def title(metric: str) -> str:
    """A metric's name for people: words without the unit.

    >>> title("dose_area_product_gycm2")
    'Dose area product'
    """
    words = metric.split("_")
    units = {"mm", "deg", "s", "ml", "psi", "percent", "min", "gycm2", "mgy", "ugy", "mm2", "mmhg", "pa", "c"}
    while len(words) > 1 and words[-1] in units:
        words.pop()
    return " ".join(words).capitalize().replace("No go", "No-go")


def _template() -> Any:
    text = resources.files("simulator.assessment").joinpath("templates/report.html.jinja").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(text)
