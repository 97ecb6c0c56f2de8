"""Patient files: written, found and read again; missing, changed and hostile ones refused in a sentence."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anatomy.patient import Patient
from scenarios import cases
from scenarios.cases import UnusablePatientError
from scenarios.loading import write_toml
from scenarios.schema import PatientFile, Scenario
from simulator.engine import imported_patient, patient_file
from simulator.engine.case import make_case
from simulator.engine.patient_file import UnusableFileError


@pytest.fixture(scope="module")
def written(patient: Patient, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The coarse patient as a file, and its digest."""
    path = tmp_path_factory.mktemp("imported") / "woman.ctpatient"
    return path, imported_patient.write(patient, path)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERTEBROSIM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("VERTEBROSIM_NO_CACHE", raising=False)
    monkeypatch.delenv("VERTEBROSIM_PATIENTS", raising=False)


def asked(digest: str, **changes: object) -> PatientFile:
    """What a scenario says of the file."""
    said = {"file": "woman.ctpatient", "digest": digest, "target_level": "L1", "age_years": 76.0, **changes}
    return PatientFile.model_validate(said)


def test_a_patient_comes_back_to_the_bit(patient: Patient, written: tuple[Path, str]) -> None:
    """Voxels, landmarks and digest are those that were written."""
    path, digest = written
    again = imported_patient.load(asked(digest), str(path.parent))
    assert again.digest == patient.digest
    for name in ("soft", "adipose", "tissue", "bone_distance", "regions"):
        np.testing.assert_array_equal(getattr(again, name).array, getattr(patient, name).array)
    np.testing.assert_array_equal(again.mineral_fine(0.6).array, patient.mineral_fine(0.6).array)


def test_the_digest_is_the_file_s(written: tuple[Path, str]) -> None:
    """Anybody can compute it: the SHA-256 of the file's bytes."""
    import hashlib

    assert hashlib.sha256(written[0].read_bytes()).hexdigest() == written[1]


def test_files_are_deflated(written: tuple[Path, str]) -> None:
    """A file is a fraction of the memory that its patient takes."""
    assert written[0].stat().st_size < 40_000_000


def test_it_is_found_beside_the_scenario_in_named_folders_and_where_it_was_seen(
    written: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere it is missing until VERTEBROSIM_PATIENTS or the user's cache says where it lies."""
    path, digest = written
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnusablePatientError, match=r"is missing: put it beside.*VERTEBROSIM_PATIENTS"):
        imported_patient.load(asked(digest), "")
    monkeypatch.setenv("VERTEBROSIM_PATIENTS", str(path.parent))
    imported_patient.load(asked(digest), "")
    monkeypatch.delenv("VERTEBROSIM_PATIENTS")
    imported_patient.load(asked(digest), "")  # noted when it was loaded


def test_a_changed_file_is_not_taken(written: tuple[Path, str], tmp_path: Path) -> None:
    """One byte more and it is another patient."""
    path, digest = written
    (tmp_path / "woman.ctpatient").write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(UnusablePatientError, match="not the patient that the scenario was made for"):
        imported_patient.load(asked(digest), str(tmp_path))


@pytest.mark.parametrize(("change", "named"), [({"target_level": "L2"}, "target_level"), ({"sex": "male"}, "sex")])
def test_a_scenario_that_says_something_else_is_refused(
    written: tuple[Path, str], change: dict[str, object], named: str
) -> None:
    """What a scenario says for lists and reports must be what the file holds."""
    path, digest = written
    with pytest.raises(UnusablePatientError, match=f"says {named}"):
        imported_patient.load(asked(digest, **change), str(path.parent))


HOSTILE = {
    "empty": b"",
    "other": b"PK\x03\x04 something else",
    "no stream": imported_patient.MAGIC + b"plain text",
    "cut": imported_patient.MAGIC + zlib.compress(b"vertebrosim patient 1")[:-4],
    "wrong inside": imported_patient.MAGIC + zlib.compress(b"vertebrosim patient 1 2 abc\n{}"),
    "pickle": imported_patient.MAGIC + zlib.compress(b"cos\nsystem\n(S'true'\ntR."),
}


@pytest.mark.parametrize("kind", list(HOSTILE))
def test_hostile_files_are_refused(kind: str, tmp_path: Path) -> None:
    """Even where the scenario vouches for the digest, the file must be a patient."""
    path = tmp_path / "woman.ctpatient"
    path.write_bytes(HOSTILE[kind])
    with pytest.raises(UnusablePatientError, match="holds no patient"):
        imported_patient.load(asked(imported_patient.digest_of(path)), str(tmp_path))


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than any patient is stopped on the way."""
    monkeypatch.setattr(patient_file, "FILE_LIMIT", 5_000_000)
    path = tmp_path / "bomb.ctpatient"
    path.write_bytes(imported_patient.MAGIC + zlib.compress(bytes(50_000_000)))
    with pytest.raises(UnusableFileError, match="unpacks to more"):
        imported_patient.read(path)


def test_a_case_is_made_of_a_scenario_with_a_patient_file(
    kyphoplasty: Scenario, written: tuple[Path, str], tmp_path: Path
) -> None:
    """A scenario beside the file plays with that patient, and its text holds no folder of this machine."""
    path, digest = written
    scenario = kyphoplasty.model_copy(update={"patient": asked(digest)})
    place = path.parent / "case.toml"
    place.write_text(write_toml(scenario), encoding="utf-8")

    def never(_spec: object) -> Patient:
        raise AssertionError("a recipe was built")

    case = make_case(cases.find(str(place)), 1, patient_of=never)
    assert case.patient.column.target == "L1"
    assert str(path.parent) not in case.scenario_toml


def test_a_file_that_cannot_be_stored_leaves_nothing_behind(patient: Patient, tmp_path: Path) -> None:
    """Written whole or not at all."""
    odd = replace(patient, landmarks={"point": object()})  # type: ignore[dict-item]
    with pytest.raises(TypeError):
        imported_patient.write(odd, tmp_path / "odd.ctpatient")
    assert list(tmp_path.iterdir()) == []
