"""``cache show`` and ``cache clear``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from anatomy.patient import Patient
from simulator.engine.patient_cache import PatientCache
from tests.simulator.cli.conftest import Run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own."""
    monkeypatch.delenv("VERTEBROSIM_NO_CACHE", raising=False)
    monkeypatch.setenv("VERTEBROSIM_CACHE_DIR", str(tmp_path))
    return tmp_path / "patients"


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


def test_a_cache_that_is_off_is_said_to_be_off(
    refused: Callable[..., str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence with the remedy."""
    monkeypatch.setenv("VERTEBROSIM_NO_CACHE", "1")
    for command in ("show", "clear"):
        assert "unset it" in refused("cache", command)
