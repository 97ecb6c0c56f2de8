"""report.html of short recordings: safe, honest about what is missing, the same each time."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import get_args

import pytest

from scenarios.schema import Criterion
from scenarios.told import title
from scenarios.vocabulary import METRIC_MEANINGS
from simulator.assessment import scene_3d
from simulator.assessment.dose_text import place_of
from simulator.assessment.report import GROUPS, work_on, write_html
from simulator.assessment.score import score
from simulator.assessment.wording import clock, texts
from simulator.devices.warm_places import STRUCTURES
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.recording import Recording, parse
from simulator.engine.session import new_session
from tests.german import english_in, pointed_in
from tests.simulator.assessment.by_hand import recording
from tests.simulator.engine.playing import tampered_header

NAME = "<script>alert('T-7')</script>"


def short(case: Case, *, ended: bool) -> Recording:
    """Two seconds with two pictures, by a trainee with a hostile name."""
    session = new_session(case, NAME)
    for tick in range(121):
        session.tick([c.Expose("A"), c.Expose("B")] if tick == 60 else [])
    if ended:
        session.tick([c.EndProcedure()])
    return parse(b"".join(session.recorder.lines), source="memory")


def page_of(found: Recording, case: Case, folder: Path, language: str = "en") -> str:
    """The report as text."""
    write_html(score(found), found, case, folder / "report.html", language=language)
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _without_3d(monkeypatch: pytest.MonkeyPatch) -> None:
    """The view in three dimensions takes seconds and a process of its own; another test has it."""
    monkeypatch.setattr(scene_3d, "picture", lambda *_: (None, "this test draws none"))


@pytest.fixture(scope="module")
def finished(case: Case) -> Recording:
    """A complete recording in which next to nothing was done."""
    return short(case, ended=True)


def test_a_session_of_looking_only(finished: Recording, case: Case, tmp_path: Path) -> None:
    """Failed, with reasons instead of values; a name from a recording cannot run in the reader's browser; drawn
    again, the page is the same to the byte."""
    page = page_of(finished, case, tmp_path)
    assert ">failed</span>" in page
    for reason in ("no cannula reached bone", "no cement was injected", "this test draws none"):
        assert reason in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(" in page
    (tmp_path / "again").mkdir()
    assert page_of(finished, case, tmp_path / "again") == page


def test_the_dose_has_a_section(finished: Recording, case: Case, tmp_path: Path) -> None:
    """A column a plane and the total, the peak of the skin with its place and its map, the operator."""
    page = page_of(finished, case, tmp_path)
    report = score(finished)
    section = page[page.index("<h2>Radiation dose</h2>") : page.index("<h2>Pictures that were taken</h2>")]
    assert [f"Plane {p.plane}</th>" in section for p in report.dose.planes] == [True, True]
    assert f">{report.dose.total.reference_kerma_mgy:.2f}</td>" in section
    assert report.dose.skin is not None
    assert place_of(report.dose.skin) in section
    assert section.count("<img src=") == 1
    assert "Pulses with a hand in the direct beam" in section
    assert "not assessed" not in section


def test_heat_has_a_table_where_there_was_any(finished: Recording, case: Case, tmp_path: Path) -> None:
    """What was reached and what was still to come; minutes that mean nothing more are not spelt out."""
    assert "Heat of the cement" not in page_of(finished, case, tmp_path)
    reached = {"peak_c": 58.69, "above_50_s": 9.5, "cem43_min": 1230.0, "damage": 1.0}
    so_far = recording(cement={"in_body_ml": 3.0}, heat={"body centre": reached})
    both = recording(heat={"canal": {**reached, "forecast_peak_c": 61.4, "forecast_cem43_min": 12.0}})
    for found, wanted in ((so_far, ("58.7 &deg;C", "over 1000", "&ndash;")), (both, ("61.4 &deg;C", ">12</td>"))):
        path = tmp_path / "heat.html"
        write_html(score(found), found, case, path, frames=tmp_path, final=initial_state(case))
        page = path.read_text(encoding="utf-8")
        section = page[page.index("Heat of the cement") : page.index("What may become of the patient")]
        assert all(text in section for text in wanted)


def test_the_prognosis_has_a_section(finished: Recording, case: Case, tmp_path: Path) -> None:
    """The warning first, then every item with its range on the scale, or the reason why there is none."""
    page = page_of(finished, case, tmp_path)
    items = score(finished).prognosis
    section = page[page.index("What may become of the patient</h2>") : page.index("<h2>Course of the procedure")]
    assert section.index(texts()("report_prognosis.warning")) < section.index("<table")
    assert all(item.what.replace("'", "&#39;") in section for item in items)
    assert section.count('class="span"') == sum(item.estimate is not None for item in items) >= 2
    assert section.count("not assessed, because no cement was injected") == 5
    ends = re.findall(r"left:([\d.-]+)%;right:([\d.-]+)%", section)
    assert all(0.0 <= float(a) <= 100.0 - float(b) <= 100.0 for a, b in ends)


def test_an_old_recording_says_why_there_is_no_skin_dose(finished: Recording, case: Case, tmp_path: Path) -> None:
    """Sums are there; instead of skin and map stands the reason."""
    plan = {name: value for name, value in finished.header["plan"].items() if name != "skin"}
    old = parse(tampered_header(b"".join(finished.lines), plan=plan), source="memory")
    page = page_of(old, case, tmp_path)
    section = page[page.index("<h2>Radiation dose</h2>") : page.index("<h2>Pictures that were taken</h2>")]
    assert "not assessed, because the recording does not hold the patient" in section
    assert "<img" not in section


def texts_on(page: str) -> list[str]:
    """What a reader sees, and what a page reads out, but for names of metrics and versions of programs."""
    page = re.sub(r"<style>.*?</style>|<svg.*?</svg>|data:image/[^\"]*", "", page, flags=re.DOTALL)
    names = "|".join(METRIC_MEANINGS)
    page = re.sub(rf"<span class=\"why\">({names})</span>|vertebrosim [^<]*?\.\n", "", page)
    said = re.findall(r"(?:alt|aria-label)=\"([^\"]*)\"", page) + re.findall(r">([^<]+)<", page)
    return [unescape(text).strip() for text in said if text.strip()]


def everything(case: Case) -> Recording:
    """A recording by hand in which there is something to be said in most parts of a report."""
    reached = {"peak_c": 58.69, "above_50_s": 9.5, "cem43_min": 1230.5, "damage": 1.0}
    cement = {"in_body_ml": 3.25, "body_ml": 21.0, "fill_percent": 45.5, "endplates_reached": 1,
              "leaked_ml": {"canal": 0.35, "disc above": 0.25, "foramen left": 0.15}}  # fmt: skip
    return recording(cement=cement, heat=dict.fromkeys(STRUCTURES, reached))


@pytest.mark.parametrize("made", ["seen", "done", "broken off"])
def test_a_german_report_is_german(made: str, finished: Recording, case: Case, tmp_path: Path) -> None:
    """No English word, no decimal point, and nothing of more than a unit's length as it is in English."""
    found = {"seen": finished, "done": everything(case), "broken off": short(case, ended=False)}[made]
    pages = {}
    for language in ("en", "de"):
        path = tmp_path / f"{language}.html"
        write_html(score(found), found, case, path, frames=tmp_path, final=initial_state(case), language=language)
        pages[language] = path.read_text(encoding="utf-8")
    assert '<html lang="de">' in pages["de"]
    german, english = texts_on(pages["de"]), texts_on(pages["en"])
    assert len(german) == len(english) > 200
    known = (NAME, "this test draws none")
    said = [text for text in german if not any(name in text for name in known)]
    assert {text: words for text in said if (words := english_in(text))} == {}
    assert {text: numbers for text in said if (numbers := pointed_in(text))} == {}
    same = {text for text in said if re.search(r"[a-z]{5}", text)} & set(english)
    assert same <= {"SHA-256"}
    report = score(found)
    assert report == score(found), "a score is the same in all languages"
    assert pages["en"].count("<td") == pages["de"].count("<td")


def test_an_incomplete_recording_is_not_scored(case: Case, tmp_path: Path) -> None:
    """No total and no verdict, but the reason."""
    page = page_of(short(case, ended=False), case, tmp_path)
    assert ">not scored</span>" in page
    assert "the recording is incomplete: it ends after 2 s" in page
    assert ">passed</span>" not in page


@pytest.mark.parametrize(("seconds", "text"), [(0.0, "0:00"), (59.99, "0:59"), (60.0, "1:00"), (754.2, "12:34")])
def test_clock(seconds: float, text: str) -> None:
    """Minutes and seconds."""
    assert clock(seconds) == text


def test_titles_are_words() -> None:
    """Every metric has a title of its own, without underscores and units."""
    titles = {name: title(name) for name in METRIC_MEANINGS}
    assert all("_" not in t and t[0].isupper() for t in titles.values())
    assert title("fill_percent") == "Fill"
    assert title("no_go_dwell_s") == "No-go dwell"


def test_what_cost_most_comes_first() -> None:
    """Of all lines that lost points at most five are named, the dearest first."""
    report = score(recording())
    lines = work_on(report)
    lost = [line.points - (line.earned or 0.0) for line in lines]
    assert 0 < len(lines) <= 5
    assert lost == sorted(lost, reverse=True)
    assert lost[0] == max(row.points - row.earned for row in report.criteria if row.earned is not None)


def test_every_group_of_a_rubric_has_its_heading() -> None:
    """A group that is not listed would not be shown."""
    assert set(GROUPS) == set(get_args(Criterion.model_fields["group"].annotation))
