"""``dose`` and ``replay --dicom`` on a real recording: every format, exit codes, files that open."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from PIL import Image

from simulator.engine import commands as c
from simulator.engine import replay as replaying
from simulator.engine.case import Case
from simulator.engine.recording import read
from simulator.engine.session import new_session
from tests.simulator.assessment.by_hand import event, recorded
from tests.simulator.cli.conftest import Run
from tests.simulator.engine.playing import tampered_header
from tests.simulator.imaging.dicom.dicom_checks import errors_of

Refused = Callable[..., str]


@pytest.fixture(scope="session")
def with_runs(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds: a shot of each plane, then a run of four pulses on plane A while its C-arm turns."""
    path = tmp_path_factory.mktemp("with runs") / "session.vsim"
    session = new_session(case, "T-042", path)
    orders = {
        5: [c.Expose("A"), c.Expose("B")],
        30: [c.MoveCArm("A", 20.0, 0.0), c.PressPedal("A")],
        60: [c.ReleasePedal("A")],
    }
    for tick in range(90):
        session.tick(orders.get(tick, []))
    session.tick([c.EndProcedure()])
    session.close()
    return path


def test_dose_as_text_and_json(with_runs: Path, coarse: None, run: Run) -> None:
    """Nothing but the report on standard output; text and JSON agree."""
    said = run("dose", with_runs)
    assert (said.code, said.err) == (0, "")
    assert "Radiation dose report   kyphoplasty-l1-wedge" in said.out
    report = json.loads(run("dose", with_runs, "--format", "json").out)
    assert [e["kind"] for e in report["events"]] == ["single shot", "single shot", "run"]
    assert (report["total"]["pulses"], report["total"]["runs"]) == (6, 1)
    assert f"{report['total']['reference_kerma_mgy']:.3f}" in said.out
    assert report["skin"]["peak_mgy"] > 0.0
    schema = json.loads(run("dose", with_runs, "--format", "schema").out)
    assert set(report) == set(schema["properties"])


def test_dose_needs_no_patient(with_runs: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recording holds the skin and what the hands got: nothing is built, and the score says the same."""

    def no_patient(*_: object, **__: object) -> None:
        raise AssertionError("a patient was built")

    monkeypatch.setattr(replaying, "case_of", no_patient)
    report = json.loads(run("dose", with_runs, "--format", "json").out)
    assert report["operator"]["hand_ugy"] > report["operator"]["head_ugy"] > 0.0
    scored = json.loads(run("score", with_runs, "--format", "json").out)
    assert (scored["dose"]["skin"], scored["dose"]["total"]) == (report["skin"], report["total"])
    metrics = {row["name"]: row["value"] for row in scored["metrics"]}
    assert metrics["peak_skin_dose_mgy"] == pytest.approx(report["skin"]["peak_mgy"])
    assert metrics["hand_dose_ugy"] == pytest.approx(report["operator"]["hand_ugy"])


def test_dose_builds_the_patient_of_an_old_recording(
    with_runs: Path, coarse: None, run: Run, tmp_path: Path
) -> None:
    """A header without the skin: the patient is built, and gives the same peak to rounding."""
    recording = read(with_runs)
    plan = {name: value for name, value in recording.header["plan"].items() if name != "skin"}
    old = tmp_path / "old.vsim"
    old.write_bytes(tampered_header(with_runs.read_bytes(), plan=plan))
    peaks = [
        json.loads(run("dose", path, "--format", "json").out)["skin"]["peak_mgy"] for path in (old, with_runs)
    ]
    assert peaks[0] == pytest.approx(peaks[1], rel=2e-3)


def test_dose_as_dicom_and_picture(with_runs: Path, coarse: None, run: Run, tmp_path: Path) -> None:
    """Files where -o says, a word about them on standard error."""
    for format_ in ("dcm", "png"):
        out = tmp_path / f"dose.{format_}"
        said = run("dose", with_runs, "--format", format_, "-o", out)
        assert (said.code, said.out) == (0, "")
        assert str(out) in said.err
    assert pydicom.dcmread(tmp_path / "dose.dcm").Modality == "SR"
    assert (tmp_path / "dose.png").read_bytes().startswith(b"\x89PNG")


def test_mistakes_of_dose(with_runs: Path, refused: Refused, tmp_path: Path) -> None:
    """Unknown formats, binary ones without a file, places that cannot be written, rows of no session."""
    assert "choose one of" in refused("dose", with_runs, "--format", "xml")
    assert "-o FILE.dcm" in refused("dose", with_runs, "--format", "dcm")
    hostile = tmp_path / "hostile.vsim"
    hostile.write_bytes(recorded(event(60, "exposed"), duration_s=2.0))
    assert "hostile.vsim" in refused("dose", hostile)
    silent = tmp_path / "silent.vsim"
    silent.write_bytes(recorded(duration_s=2.0))
    assert "no pulse was given" in refused("dose", silent, "--format", "dcm", "-o", tmp_path / "x.dcm")
    assert "cannot be written" in refused("dose", with_runs, "--format", "dcm", "-o", tmp_path / "no" / "x.dcm")


def test_replay_as_dicom(with_runs: Path, coarse: None, run: Run, tmp_path: Path) -> None:
    """Each shot one file, the run one file of four frames with the C-arm's turn; the dose report names the same
    events; a validator has nothing to say."""
    folder = tmp_path / "xa"
    said = run("replay", with_runs, "--dicom", folder)
    assert said.code == 0
    assert said.out.startswith("2 single shots and 1 runs in ")
    read = {path.name: pydicom.dcmread(path) for path in sorted(folder.iterdir())}
    assert list(read) == ["0001-A.dcm", "0002-B.dcm", "0003-A.dcm"]
    cine = read["0003-A.dcm"]
    assert (int(cine.NumberOfFrames), cine.PositionerMotion) == (4, "DYNAMIC")
    assert cine.pixel_array.shape[0] == 4
    assert len({ds.SOPInstanceUID for ds in read.values()}) == 3
    assert len({ds.StudyInstanceUID for ds in read.values()}) == 1
    run("dose", with_runs, "--format", "dcm", "-o", tmp_path / "dose.dcm")
    named = {str(e.value) for e in pydicom.dcmread(tmp_path / "dose.dcm").iterall() if e.keyword == "UID"}
    assert {ds.IrradiationEventUID for ds in read.values()} <= named
    assert not any(errors_of(folder / name) for name in read)


def test_dicom_shows_what_png_shows(short_session: Path, coarse: None, run: Run, tmp_path: Path) -> None:
    """Both at once, grey for grey."""
    said = run("replay", short_session, "--frames", tmp_path / "png", "--dicom", tmp_path / "xa")
    assert "2 frames in" in said.out
    assert "2 single shots and 0 runs" in said.out
    for name in ("0001-A", "0002-B"):
        grey = pydicom.dcmread(tmp_path / "xa" / f"{name}.dcm").pixel_array
        assert (grey == Image.open(tmp_path / "png" / f"{name}.png")).all()


def test_replay_wants_a_place(short_session: Path, refused: Refused, tmp_path: Path) -> None:
    """Neither --frames nor --dicom: what to add; a file in place of the folder: said before anything is built."""
    assert "--dicom DIR" in refused("replay", short_session)
    (tmp_path / "taken").write_text("x")
    assert "--dicom" in refused("replay", short_session, "--dicom", tmp_path / "taken")
