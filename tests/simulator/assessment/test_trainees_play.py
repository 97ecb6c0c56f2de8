"""An expert and a reckless trainee play the coarse kyphoplasty once; everything that follows from it.

Each performance takes 10 to 15 s, so there are two, and all tests share them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from simulator.assessment.check import performance
from simulator.assessment.evidence import Evidence
from simulator.assessment.play import Played, play
from simulator.assessment.score import ScoreReport, score
from simulator.assessment.trainees.skill import SKILLS
from simulator.engine.case import Case
from simulator.engine.recording import Recording, read


@pytest.fixture(scope="module")
def told() -> list[tuple[str, float]]:
    """What the expert's performance said of its progress."""
    return []


@pytest.fixture(scope="module")
def expert(case: Case, told: list[tuple[str, float]], tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The expert's performance, played into a folder without drawing every frame."""
    folder = tmp_path_factory.mktemp("expert") / "new folder"
    return play(case, "expert", folder, draw=False, progress=lambda what, share: told.append((what, share)))


@pytest.fixture(scope="module")
def reckless(case: Case) -> ScoreReport:
    """The reckless trainee's score."""
    return performance(case, "reckless")


@pytest.fixture(scope="module")
def recording(expert: Played) -> Recording:
    """The expert's recording."""
    return read(expert.folder / "session.vsim")


@pytest.fixture(scope="module")
def page(expert: Played) -> str:
    """The expert's report as a browser gets it."""
    return (expert.folder / "report.html").read_text(encoding="utf-8")


def test_the_expert_passes(expert: Played) -> None:
    """No gate is tripped, the pass mark is reached with room, nothing impossible was tried."""
    report = expert.report
    assert report.complete
    assert [gate.metric for gate in report.gates if gate.tripped] == []
    assert report.passed
    assert report.total is not None
    assert report.total >= report.pass_mark + 10.0
    assert report.refusals == 0


@pytest.mark.slow  # ten seconds: another whole session
def test_the_reckless_trainee_fails(expert: Played, reckless: ScoreReport) -> None:
    """A gate is tripped, and the points are far fewer than the expert's."""
    assert any(gate.tripped for gate in reckless.gates)
    assert not reckless.passed
    assert reckless.total is not None
    assert expert.report.total is not None
    assert reckless.total <= expert.report.total - 25.0


def test_the_folder_holds_what_was_promised(expert: Played, recording: Recording) -> None:
    """Recording, report.json and report.html; the JSON is the score of the recording."""
    assert {p.name for p in expert.folder.iterdir()} == {"session.vsim", "report.json", "report.html"}
    assert score(recording) == expert.report
    written = json.loads((expert.folder / "report.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(expert.report.as_json()))
    assert written["trainee"] == "scripted-expert"


def test_a_recording_is_never_overwritten(expert: Played, case: Case) -> None:
    """Playing into the same folder again is refused, and what is there stays."""
    before = (expert.folder / "session.vsim").read_bytes()
    with pytest.raises(FileExistsError, match="never overwritten"):
        play(case, "expert", expert.folder, draw=False)
    assert (expert.folder / "session.vsim").read_bytes() == before


def test_progress_goes_forward_to_the_end(expert: Played, told: list[tuple[str, float]]) -> None:
    """Shares rise from 0 to 1 and the words say what is being done."""
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (pytest.approx(0.0, abs=0.01), 1.0)
    assert told[5][0] == "playing as expert"


def test_the_report_needs_nothing_from_outside(page: str) -> None:
    """No script, no style sheet, no picture, no font is loaded: whatever has an address is inside the file."""
    assert not re.findall(r"<(?:script|link|iframe|object|embed|base)\b", page)
    assert "@import" not in page
    addresses = re.findall(r"""(?:src|href|srcset|poster|data)\s*=\s*["']([^"']*)["']""", page)
    addresses += re.findall(r"""url\(\s*["']?([^"')]*)""", page)
    assert addresses
    assert all(a.startswith(("data:", "#")) for a in addresses), {a[:40] for a in addresses}


def test_the_report_shows_score_and_pictures(page: str, expert: Played) -> None:
    """Total, verdict, every criterion, several radiographs with captions, a timeline and cuts."""
    report = expert.report
    assert f"<b>{report.total:.0f}</b>" in page
    assert ">passed</span>" in page
    assert page.count('src="data:image/png;base64,') >= 8
    for caption in ("before the first puncture", "at the bone", "needle in place", "at the end"):
        assert caption in page
    for metric in report.metrics:
        assert metric["name"] in page
    assert report.recording_digest in page
    assert "<svg" in page
    assert page.rstrip().endswith("</html>")


def test_the_expert_works_under_sight(recording: Recording) -> None:
    """Nobody advances before having looked: pictures of both views precede the puncture, and steps stay short."""
    evidence = Evidence.of(recording)
    puncture = evidence.of_kind("skin_punctured")[0]["tick"]
    before = [e for e in evidence.of_kind("exposed") if e["tick"] < puncture]
    assert any(e["frontal_error_deg"] < 10.0 for e in before)
    assert any(e["lateral_error_deg"] < 10.0 for e in before)
    values = {row["name"]: row["value"] for row in score(recording).metrics}
    assert 0.0 < values["advance_per_exposure_mm"] <= SKILLS["expert"].step_mm + 0.1


def test_cement_is_accounted_for(recording: Recording) -> None:
    """What was injected is in the patient, in the bores, or came back; there it is in the body or has leaked."""
    outcome = Evidence.of(recording).outcome
    volumes = outcome["conserved_ml"]
    injected = volumes.pop("injected")
    assert injected > 1.0
    assert sum(volumes.values()) == pytest.approx(injected, abs=1e-4)
    cement = outcome["cement"]
    assert cement["in_body_ml"] + sum(cement["leaked_ml"].values()) == pytest.approx(
        volumes["in_patient"], abs=1e-3
    )


def test_both_sides_were_treated(recording: Recording, case: Case) -> None:
    """Each needle of the scenario was placed in the target, and each balloon inflated."""
    evidence = Evidence.of(recording)
    assert [n["level"] for n in evidence.needles] == [case.patient.column.target] * 2
    assert {e["side"] for e in evidence.of_kind("balloon_inserted")} == {"left", "right"}
    assert len(evidence.of_kind("injection_started")) >= 2
    assert evidence.events[-1]["kind"] == "ended"


def test_the_expert_saw_what_was_judged(recording: Recording, tmp_path: Path) -> None:
    """The same bytes under another name are the same score: nothing but the recording is judged."""
    copy = tmp_path / "someone else's.vsim"
    copy.write_bytes(b"".join(recording.lines))
    assert score(read(copy)) == score(recording)
