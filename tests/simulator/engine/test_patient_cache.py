"""The user's cache of patients: found again, bounded, never in the way, and never trusted blindly."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import anatomy.patient
from anatomy.patient import Patient
from anatomy.spec import FractureSpec, PatientSpec
from simulator.engine import patient_cache
from simulator.engine.case import make_case
from simulator.engine.patient_cache import PatientCache, patient_of, user_cache
from tests.simulator.engine.small_patients import small_patient

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def kept(tmp_path: Path) -> PatientCache:
    """An empty cache."""
    return PatientCache(tmp_path / "patients", free_bytes=0)


@pytest.fixture
def small(patient: Patient) -> Callable[[int], Patient]:
    """Patients of a few kilobytes that differ in their seed."""
    return partial(small_patient, patient)


def no_build(_spec: PatientSpec) -> Patient:
    """For patients that must come from the cache."""
    raise AssertionError("the patient was built anew")


def test_a_patient_is_built_once(kept: PatientCache, small: Callable[[int], Patient]) -> None:
    """The second time it is loaded; another spec is another patient."""
    built = kept.patient_of(small(1).spec, lambda _spec: small(1))
    assert built.spec.seed == 1
    assert kept.patient_of(small(1).spec, no_build).digest == built.digest
    with pytest.raises(AssertionError, match="built anew"):
        kept.patient_of(small(2).spec, no_build)


def test_equal_specs_have_one_place_and_any_difference_another(kept: PatientCache) -> None:
    """Whatever differs between specs may be seen in the voxels."""
    spec = PatientSpec(fracture=FractureSpec())
    others = [replace(spec, seed=2), replace(spec, age_years=76.5), replace(spec, posture="prone extended"),
              replace(spec, fracture=None), replace(spec, fracture=FractureSpec(height_ratio=0.71))]  # fmt: skip
    assert len({kept.path(s) for s in [spec, *others]}) == 6
    assert kept.path(PatientSpec(fracture=FractureSpec())) == kept.path(spec)


@pytest.mark.parametrize("what", ["SOURCE", "numpy", "scipy", "machine", "python"])
def test_another_program_finds_nothing(
    kept: PatientCache, small: Callable[[int], Patient], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another recipe, another NumPy, another processor: the patient is built anew."""
    kept.store(small(1))
    assert kept.load(small(1).spec) is not None
    changes = {
        "SOURCE": (patient_cache, "SOURCE", "another recipe"),
        "numpy": (patient_cache.np, "__version__", "9.9"),
        "scipy": (patient_cache.scipy, "__version__", "9.9"),
        "machine": (patient_cache.platform, "machine", lambda: "abacus"),
        "python": (patient_cache.platform, "python_version", lambda: "9.9"),
    }
    monkeypatch.setattr(*changes[what])
    assert kept.load(small(1).spec) is None


def test_the_digest_of_the_source_sees_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line in a module or in the table of dimensions makes a new recipe; compiled files do not."""
    folder = tmp_path / "anatomy"
    shutil.copytree(Path(anatomy.patient.__file__).parent, folder)
    monkeypatch.setattr(anatomy, "__path__", [str(folder)])
    seen = {patient_cache._source_digest()}
    (folder / "__pycache__").mkdir(exist_ok=True)
    (folder / "__pycache__" / "new.pyc").write_bytes(b"x")
    assert patient_cache._source_digest() in seen
    for name in ("patient.py", "data/morphometry.csv"):
        with (folder / name).open("a") as file:
            file.write("\n")
        seen.add(patient_cache._source_digest())
    assert len(seen) == 3


def test_the_wrong_patient_under_a_name_is_not_taken(
    kept: PatientCache, small: Callable[[int], Patient], caplog: pytest.LogCaptureFixture
) -> None:
    """A file that was renamed, a file that is none, a folder: built anew, said in one sentence, and mended."""
    kept.store(small(1))
    path = kept.path(small(2).spec)
    shutil.copy(kept.path(small(1).spec), path)
    assert kept.patient_of(small(2).spec, lambda _spec: small(2)).spec.seed == 2
    assert kept.patient_of(small(2).spec, no_build).spec.seed == 2
    path.write_bytes(b"not a patient")
    assert kept.patient_of(small(2).spec, lambda _spec: small(2)).spec.seed == 2
    assert kept.patient_of(small(2).spec, no_build).spec.seed == 2
    assert [r.levelno for r in caplog.records] == [logging.WARNING] * 2
    assert all(str(path) in r.getMessage() and "built anew" in r.getMessage() for r in caplog.records)
    path.unlink()
    path.mkdir()
    assert kept.patient_of(small(2).spec, lambda _spec: small(2)).spec.seed == 2


def test_a_file_that_may_not_be_read_is_no_obstacle(
    kept: PatientCache, small: Callable[[int], Patient], caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Somebody else's file in a shared folder."""
    kept.store(small(1))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(patient_cache.patient_file, "read", refuse)
    assert kept.load(small(1).spec) is None
    assert "cannot be read (Permission denied)" in caplog.text


def test_a_folder_that_cannot_be_made_means_no_cache(
    small: Callable[[int], Patient], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The patient comes all the same; one sentence names the place and the way out."""
    (tmp_path / "file").write_text("in the way")
    kept = PatientCache(tmp_path / "file" / "patients")
    assert kept.patient_of(small(1).spec, lambda _spec: small(1)).spec.seed == 1
    said = [r.getMessage() for r in caplog.records]
    assert sum("is not kept" in s and "VERTEBROSIM_CACHE_DIR" in s for s in said) == 1


@pytest.mark.skipif(AS_ROOT, reason="to root no folder is read-only")
def test_a_read_only_folder_means_no_cache(
    kept: PatientCache, small: Callable[[int], Patient], caplog: pytest.LogCaptureFixture
) -> None:
    """What is there is still loaded; what is not is built and not kept."""
    kept.store(small(1))
    kept.folder.chmod(0o500)
    try:
        assert kept.patient_of(small(1).spec, no_build).spec.seed == 1
        assert kept.patient_of(small(2).spec, lambda _spec: small(2)).spec.seed == 2
    finally:
        kept.folder.chmod(0o700)
    assert len(caplog.records) == 1


def test_a_full_disk_means_no_cache_and_nothing_left_behind(
    kept: PatientCache, small: Callable[[int], Patient], caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Whether it is seen before or while writing; half a file is removed."""
    replace(kept, free_bytes=10**18).store(small(1))
    assert "GB of the disk are free" in caplog.text

    def full(_patient: Patient, _key: object, file: object) -> None:
        file.write(b"half of it")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(patient_cache.patient_file, "write", full)
    kept.store(small(1))
    assert "No space left on device" in caplog.text
    assert not list(kept.folder.iterdir())


def test_what_was_used_longest_ago_goes_first(kept: PatientCache, small: Callable[[int], Patient]) -> None:
    """The bound holds in bytes; loading counts as use; the newest stays even where it alone is too much."""
    for seed in (1, 2, 3):
        kept.store(small(seed))
        os.utime(kept.path(small(seed).spec), (seed, seed))
    assert kept.load(small(1).spec) is not None
    size = kept.path(small(1).spec).stat().st_size
    replace(kept, limit_bytes=int(3.5 * size)).store(small(4))
    assert [kept.path(small(s).spec).exists() for s in (1, 2, 3, 4)] == [True, False, True, True]
    replace(kept, limit_bytes=size // 2).store(small(5))
    assert [path == kept.path(small(5).spec) for path in kept.files()] == [True]


def test_what_a_dead_process_left_is_removed_after_an_hour(
    kept: PatientCache, small: Callable[[int], Patient]
) -> None:
    """Not before: another process may be writing it now."""
    kept.folder.mkdir()
    old, new = kept.folder / "old.unfinished", kept.folder / "new.unfinished"
    for path, age_s in ((old, 4000.0), (new, 10.0)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age_s,) * 2)
    kept.store(small(1))
    assert (old.exists(), new.exists()) == (False, True)
    assert kept.clear() == 1
    assert not list(kept.folder.iterdir())


WRITER = """
import sys
from pathlib import Path
from anatomy.spec import FractureSpec, PatientSpec
from simulator.engine.patient_cache import PatientCache
first, second = (PatientCache(Path(folder), free_bytes=0) for folder in sys.argv[1:])
patient = first.load(PatientSpec(seed=1, fracture=FractureSpec()))
print("ready", flush=True)
for _ in range(12):
    second.store(patient)
    assert second.load(patient.spec) is not None
"""


def test_processes_that_store_the_same_patient_do_not_disturb_each_other(
    kept: PatientCache, small: Callable[[int], Patient], tmp_path: Path
) -> None:
    """A reader finds the whole file or none, however many write it: here another process and this one."""
    one, both = small(1), PatientCache(tmp_path / "both", free_bytes=0)
    kept.store(one)
    arguments = [sys.executable, "-c", WRITER, str(kept.folder), str(both.folder)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        ready = writer.stdout.readline()
        rounds = 0
        while rounds < 12 or writer.poll() is None:
            both.store(one)
            assert both.load(one.spec) is not None
            rounds += 1
        said = writer.communicate()[1]
    assert (ready, writer.returncode, said) == ("ready\n", 0, ""), said
    assert len(list(both.folder.iterdir())) == 1


def test_it_can_be_switched_off_and_moved(
    tmp_path: Path, small: Callable[[int], Patient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By two variables of the environment; make_case uses it without being asked to."""
    monkeypatch.setattr(patient_cache, "build", lambda _spec: small(1))
    monkeypatch.setenv("VERTEBROSIM_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("VERTEBROSIM_NO_CACHE", "1")
    assert user_cache() is None
    assert patient_of(small(1).spec).spec.seed == 1
    assert not list(tmp_path.iterdir())
    monkeypatch.delenv("VERTEBROSIM_NO_CACHE")
    found = user_cache()
    assert found is not None
    assert found.folder == tmp_path / "patients"
    assert patient_of(small(1).spec).spec.seed == 1
    assert len(found.files()) == 1
    assert make_case.__kwdefaults__["patient_of"] is patient_of


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system names no folder, none is made in the working directory."""
    monkeypatch.delenv("VERTEBROSIM_CACHE_DIR", raising=False)
    monkeypatch.delenv("VERTEBROSIM_NO_CACHE", raising=False)
    monkeypatch.setattr(patient_cache.platformdirs, "user_cache_path", lambda *_a, **_k: Path("~/.cache"))
    assert user_cache() is None
