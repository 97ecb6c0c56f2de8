"""``cache show`` and ``cache clear``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from anatomy.patient import Patient
from scenarios import cases
from simulator.app import settings
from simulator.app.debrief import expert
from simulator.app.library import pictures
from simulator.app.library.attempts import KnownScores
from simulator.engine import imported_patient
from simulator.engine.kept_files import kept_besides, noted_places
from simulator.engine.patient_cache import PatientCache
from tests.simulator.cli.conftest import Run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own."""
    monkeypatch.delenv("VERTEBROSIM_NO_CACHE", raising=False)
    monkeypatch.setenv("VERTEBROSIM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv(settings.FOLDER_VARIABLE, str(tmp_path / "user"))
    return tmp_path / "cache" / "patients"


def test_patients_are_shown_and_cleared(run: Run, folder: Path, patient: Patient) -> None:
    """Where, how many, how large, and whose; one that cannot be used is said to be so."""
    empty = run("cache", "show")
    assert (empty.code, empty.err) == (0, "")
    assert empty.out == f"{folder}: 0 patients, 0.00 of at most 3.0 GB\n"
    PatientCache(folder, free_bytes=0).store(patient)
    (folder / "odd.patient").write_bytes(b"none")
    lines = run("cache", "show").out.splitlines()
    assert lines[0].startswith(f"{folder}: 2 patients, ")
    assert sum("L1, wedge fracture, female, 76 years, seed 5" in line for line in lines) == 1
    assert sum("cannot be used and will be built anew (it does not begin like" in line for line in lines) == 1
    assert run("cache", "clear").out == f"{folder}: 2 patients removed\n"
    assert run("cache", "show").out == empty.out


def test_all_that_can_be_made_again_is_shown_and_cleared(run: Run, folder: Path) -> None:
    """Radiographs, scores, the expert's recordings and bodies of the population study; a user's own recordings and
    the places of imported patients stay."""
    root, experts = folder.parent, expert.folder()
    made = [
        root / "desktop" / "radiographs" / "one.png", root / "desktop" / "radiographs" / "two.png",
        root / "desktop" / "scores.json", root / "population" / "body.patient", experts / "case-1.vsim",
    ]  # fmt: skip
    own = [settings.recordings_folder() / "mine.vsim", root / "imported" / "0123abcd"]
    for path in (*made, *own):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 50_000)
    shown = run("cache", "show").out
    for said in (
        f"{made[0].parent}: 2 radiographs of the library, 0.10 MB",
        f"{experts}: 1 recordings of the scripted expert",
        f"{root / 'desktop'}: 1 file of the attempts' scores", f"{root / 'population'}: 1 bodies",
        f"{root / 'imported'}: 1 places of imported patients",
    ):  # fmt: skip
        assert said in shown
    told = run("cache", "clear").out
    assert f"{made[0].parent}: 2 radiographs of the library removed" in told
    assert "1 places of imported patients stay" in told
    assert not any(path.exists() for path in made)
    assert all(path.exists() for path in own)
    assert len(run("cache", "show").out.splitlines()) == 2, "patients, none, and the places of imported ones"


def test_what_is_kept_lies_where_it_is_cleared(folder: Path) -> None:
    """The library and the importer write where ``cache clear`` looks."""
    scenario = cases.find("vertebroplasty-t12")
    path = pictures.radiograph_path(scenario)
    assert path is not None
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    scores = KnownScores.of_user()
    scores.put("a", {})
    scores.save()
    words = [one.words for one in kept_besides(expert.folder())]
    assert words == ["radiographs of the library", "file of the attempts' scores"]
    assert noted_places() is None
    imported_patient._remember("0123abcd", path)
    assert noted_places() is not None


def test_a_cache_that_is_off_is_said_to_be_off(
    refused: Callable[..., str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence with the remedy."""
    monkeypatch.setenv("VERTEBROSIM_NO_CACHE", "1")
    for command in ("show", "clear"):
        assert "unset it" in refused("cache", command)
