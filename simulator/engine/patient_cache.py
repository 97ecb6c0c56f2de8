"""Patients that were built before, kept in the user's cache: half a second instead of five.

A file is found by a digest of everything that decides what is in it: the spec, the source of ``anatomy``, and the
versions of Python, NumPy, SciPy and machine (another one rounds a voxel otherwise, and recordings are compared to
the bit). Whatever is wrong with a file or a disk, the patient is built; the log says what was wrong.

Environment: VERTEBROSIM_NO_CACHE switches it off, VERTEBROSIM_CACHE_DIR moves it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import scipy

import anatomy
from anatomy.patient import Patient, build
from anatomy.spec import PatientSpec
from simulator.engine import patient_file
from simulator.engine.patient_file import NotStorableError, UnusableFileError

LIMIT_BYTES = 3_000_000_000
"""Preset: as much is kept, some ten patients; those not used for longest go first."""
FREE_BYTES = 1_000_000_000
"""Preset: so much of the disk is left free."""
SUFFIX = ".patient"
UNFINISHED_SUFFIX = ".unfinished"
UNFINISHED_S = 3600.0  # a file that has been written for longer than this was left by a process that died

log = logging.getLogger(__name__)
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class PatientCache:
    """Patients in a folder, which is made when the first one is stored."""

    folder: Path
    limit_bytes: int = LIMIT_BYTES
    free_bytes: int = FREE_BYTES

    def path(self, spec: PatientSpec) -> Path:
        """Where a patient lies, or would."""
        text = json.dumps(key_of(spec), sort_keys=True)
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:40]}{SUFFIX}"

    def load(self, spec: PatientSpec) -> Patient | None:
        """The patient of a spec, or None where there is none or its file cannot be trusted."""
        path = self.path(spec)
        try:
            patient = patient_file.read(path, key_of(spec))
            if patient.spec != spec:
                raise UnusableFileError("it holds another patient")
        except FileNotFoundError:
            return None
        except UnusableFileError as error:
            log.warning("the stored patient %s is built anew: %s", path, error)
            return None
        except OSError as error:
            log.warning("the stored patient %s cannot be read (%s) and is built anew", path, error.strerror)
            return None
        with suppress(OSError):  # a folder that may only be read keeps its order
            os.utime(path)  # used now: what was not goes first
        return patient

    def store(self, patient: Patient) -> None:
        """Keep a patient; where that is not possible the log says why, and nothing else happens."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room()
            self._write(patient)
            self._make_room()
        except OSError as error:
            log.warning(
                "the patient is not kept for next time: %s (%s); VERTEBROSIM_CACHE_DIR names another folder, "
                "VERTEBROSIM_NO_CACHE=1 keeps none", self.folder, error.strerror or error,
            )  # fmt: skip
        except NotStorableError as error:
            log.warning("the patient is not kept for next time: %s", error)

    def patient_of(self, spec: PatientSpec, build: Callable[[PatientSpec], Patient]) -> Patient:
        """The patient of a spec: loaded, or built and kept. One thread at a time, so that none is built twice."""
        with _ONE_AT_A_TIME:
            patient = self.load(spec)
            if patient is None:
                patient = build(spec)
                self.store(patient)
        return patient

    def files(self) -> list[Path]:
        """Stored patients, the one used last first."""
        used = [(_used(path), path) for path in self.folder.glob(f"*{SUFFIX}") if path.is_file()]
        return [path for _, path in sorted(used, reverse=True)]

    def clear(self) -> int:
        """Remove every stored patient and what was left unfinished; returns how many patients there were."""
        found = self.files()
        for path in [*found, *self.folder.glob(f"*{UNFINISHED_SUFFIX}")]:
            path.unlink(missing_ok=True)
        return len(found)

    def _write(self, patient: Patient) -> None:
        """Under another name first, so that a reader finds all of it or nothing."""
        if shutil.disk_usage(self.folder).free < self.free_bytes:
            raise OSError(f"less than {self.free_bytes / 1e9:.1f} GB of the disk are free")
        handle, name = tempfile.mkstemp(suffix=UNFINISHED_SUFFIX, dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                patient_file.write(patient, key_of(patient.spec), file)
            os.replace(name, self.path(patient.spec))
        finally:
            Path(name).unlink(missing_ok=True)

    def _make_room(self) -> None:
        """Remove what was used longest ago beyond the limit, but the last one, and what dead processes left."""
        kept = 0
        for place, path in enumerate(self.files()):
            kept += _size(path)
            if kept > self.limit_bytes and place > 0:
                path.unlink(missing_ok=True)
        for path in self.folder.glob(f"*{UNFINISHED_SUFFIX}"):
            if time.time() - _used(path) > UNFINISHED_S:
                path.unlink(missing_ok=True)


def _used(path: Path) -> float:
    """When a file was used last, s since 1970; 0 where another process has just removed it."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def key_of(spec: PatientSpec) -> dict[str, Any]:
    """Everything that decides what the built patient of a spec is, as plain values."""
    return {
        "spec": json.loads(json.dumps(asdict(spec))),
        "anatomy": SOURCE,
        "vertebrosim": metadata.version("vertebrosim"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "machine": [platform.system(), platform.machine()],
    }


def _source_digest() -> str:
    """SHA-256 over code and tables of ``anatomy``: a changed recipe finds no patient of the old one."""
    sha = hashlib.sha256()
    for place in sorted(anatomy.__path__):
        for path in sorted(Path(place).rglob("*")):
            if path.suffix in (".py", ".csv"):
                sha.update(path.relative_to(place).as_posix().encode() + b"\0" + path.read_bytes())
    return sha.hexdigest()


SOURCE = _source_digest()
"""Taken while the program starts: a file that is edited later is not the one that runs."""


def user_cache() -> PatientCache | None:
    """The user's cache; None where it is switched off."""
    if os.environ.get("VERTEBROSIM_NO_CACHE"):
        return None
    named = os.environ.get("VERTEBROSIM_CACHE_DIR")
    folder = Path(named).absolute() if named else platformdirs.user_cache_path("vertebrosim", appauthor=False)
    return PatientCache(folder / "patients") if folder.is_absolute() else None  # a user without a home has none


def patient_of(spec: PatientSpec) -> Patient:
    """The patient of a spec: from the user's cache, or built and kept there."""
    kept = user_cache()
    return build(spec) if kept is None else kept.patient_of(spec, build)
