"""``scenario import-ct`` as a user meets it: mistakes in a sentence, real scans in one command, no names kept."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from anatomy.ct import read_ct
from simulator.engine import imported_patient
from tests.anatomy.imported.ct_files import IDENTITY, write_dicom, write_nifti
from tests.anatomy.imported.ct_phantom import phantom, real
from tests.simulator.cli.conftest import Run

COMMAND = ("scenario", "import-ct")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The phantom's CT and labels."""
    p = phantom()
    ct = write_nifti(tmp_path / "ct.nii.gz", p.hu, p.scan_from_voxel)
    return ct, write_nifti(tmp_path / "labels.nii.gz", p.numbered(8, 1), p.scan_from_voxel)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--level", "L9"), "--level L9 is not known; choose one of T4"),
        (("--level", "T8"), "--level T8 is not labelled; the labels hold L1, L2, L3"),
        (("--scheme", "spineweb"), "choose one of verse"),
        (("--sex", "other"), "choose one of female, male"),
        (("--age", "7"), "outside 18 to 100 years"),
        (("--fracture", "burst"), "choose one of wedge, biconcave, crush"),
        (("--fracture", "wedge", "--height-ratio", "1.4"), "outside 0.15 to 0.95"),
        (("--procedure", "fusion"), "choose one of kyphoplasty, vertebroplasty"),
    ],
)
def test_mistakes_get_one_sentence(
    refused: Callable[..., str], files: tuple[Path, Path], options: tuple[str, ...], words: str
) -> None:
    """Options out of range say what is allowed."""
    assert words in refused(*COMMAND, *files, *options)


def test_swapped_files_are_noticed(refused: Callable[..., str], files: tuple[Path, Path]) -> None:
    """CT and labels in the wrong order."""
    assert "give the CT first" in refused(*COMMAND, files[1], files[0])


def test_a_missing_patient_file_is_a_mistake_of_the_user_s(
    refused: Callable[..., str], tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """xray, run and check of a scenario whose patient is gone say where to put it."""
    monkeypatch.setenv("VERTEBROSIM_NO_CACHE", "1")
    text = run("scenario", "show", "vertebroplasty-t12").out
    head, _, rest = text.partition("[patient]")
    said = f'[patient]\nfile = "gone.ctpatient"\ndigest = "{"0" * 64}"\ntarget_level = "T12"\n\n[carm]'
    place = tmp_path / "case.toml"
    place.write_text(head + said + rest.partition("[carm]")[2], encoding="utf-8")
    for command in (("xray", place, "-o", tmp_path / "x.png"), ("run", place, "--out", tmp_path / "out")):
        assert "gone.ctpatient is missing: put it beside the scenario" in refused(*command)


CASES = {
    "crop": ("osteoporotic_l3_ct.nii.gz", "osteoporotic_l3_vertebrae.nii.gz",
             "--subregions", "osteoporotic_l3_subregions.nii.gz"),
    "whole": ("lumbar_3mm_ct.nii.gz", "lumbar_3mm_vertebrae.nii.gz"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", list(CASES))
def test_a_real_scan_plays_through_to_a_score(
    run: Run, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Imported by one command, read by check, seen by xray, passed by the expert, believed by verify."""
    # Tests keep no cache, which would remember where the patient file lies: verify is told.
    monkeypatch.setenv("VERTEBROSIM_PATIENTS", str(tmp_path / "cases"))
    arguments = [word if word.startswith("-") else real(word) for word in CASES[name]]
    said = run(*COMMAND, *arguments, "-o", tmp_path / "cases", "--id", name)
    assert said.code == 0, said.err
    place = tmp_path / "cases" / f"{name}.toml"
    assert run("scenario", "check", place, "--no-play").code == 0
    assert run("xray", place, "-o", tmp_path / "ap.png").code == 0
    played = run("run", place, "--as", "expert", "--no-frames", "--out", tmp_path / "out")
    assert played.code == 0, played.err
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["passed"], report
    assert run("verify", tmp_path / "out" / "session.vsim").code == 0
    assert run("score", tmp_path / "out" / "session.vsim").code == 0


@pytest.mark.slow
def test_nobody_s_name_is_kept(run: Run, tmp_path: Path) -> None:
    """A DICOM series full of names, numbers and dates leaves none of them in patient file, scenario or output."""
    volume = read_ct(real("osteoporotic_l3_ct.nii.gz"))
    series = tmp_path / "Muster_Erika_1947"
    write_dicom(series, volume.array, volume.patient_from_voxel)
    labels, parts = real("osteoporotic_l3_vertebrae.nii.gz"), real("osteoporotic_l3_subregions.nii.gz")
    said = run(*COMMAND, series, labels, "--subregions", parts, "-o", tmp_path / "cases", "--id", "anonymous")
    assert said.code == 0, said.err
    raw = (tmp_path / "cases" / "anonymous.ctpatient").read_bytes()
    plain = zlib.decompress(raw[len(imported_patient.MAGIC) :])
    text = (tmp_path / "cases" / "anonymous.toml").read_bytes()
    for secret in (*IDENTITY.values(), "Muster", "Erika", str(tmp_path)):
        for where in (plain, text):
            assert secret.encode() not in where, secret
            assert secret.encode("utf-16-le") not in where, secret


def test_the_identity_test_would_see_a_name(tmp_path: Path) -> None:
    """The series that it uses does hold the names in its bytes."""
    first = write_dicom(tmp_path / "s", np.zeros((8, 8, 8), np.int16), np.diag([1.0, 1.0, 1.0, 1.0]))[0]
    assert b"Muster^Erika" in first.read_bytes()
