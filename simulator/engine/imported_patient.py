"""Patients imported from CT, as files that scenarios refer to by a relative path and a digest.

A file is one line of text and a deflated stream of what ``patient_file`` writes; its digest is the SHA-256 of its
bytes. It is looked for beside the scenario, in the current folder, in the folders named by VERTEBROSIM_PATIENTS,
and where a file of this digest was seen last; wherever it lies, it is taken only if the digest is the scenario's.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from anatomy.patient import Patient
from anatomy.spec import PatientSpec
from scenarios.cases import UnusablePatientError
from scenarios.schema import PatientFile, Scenario
from simulator.engine import patient_file
from simulator.engine.kept_files import NOTES, kept_place
from simulator.engine.patient_file import UnusableFileError

SUFFIX = ".ctpatient"
MAGIC = b"vertebrosim imported patient 1\n"
KEY: dict[str, Any] = {"imported": 1}
_CHUNK = 1 << 20
_LEVEL = 3  # of deflating: a third of the time of the usual 6, a tenth more bytes


def write(patient: Patient, path: Path) -> str:
    """Write a patient to path, whole or not at all; returns the digest."""
    handle, name = tempfile.mkstemp(suffix=".unfinished", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file, tempfile.TemporaryFile() as plain:
            patient_file.write(patient, KEY, plain, threads=1)
            plain.seek(0)
            file.write(MAGIC)
            press = zlib.compressobj(_LEVEL)
            while chunk := plain.read(_CHUNK):
                file.write(press.compress(chunk))
            file.write(press.flush())
        os.chmod(name, 0o644)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    return digest_of(path)


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(path: Path) -> Patient:
    """The patient in a file. Raises UnusableFileError for what is none, OSError where it cannot be read."""
    with path.open("rb") as file, tempfile.NamedTemporaryFile(suffix=".patient") as plain:
        if file.read(len(MAGIC)) != MAGIC:
            raise UnusableFileError("it does not begin like an imported patient of this version")
        _inflate(file, plain)  # type: ignore[arg-type]
        plain.flush()
        return patient_file.read(Path(plain.name), KEY)


def _inflate(file: BinaryIO, into: BinaryIO) -> None:
    """Inflate a stream, but never beyond what a patient can have: a small file must not fill the disk."""
    inflate, left = zlib.decompressobj(), patient_file.FILE_LIMIT
    try:
        while chunk := file.read(_CHUNK):
            while chunk:
                plain = inflate.decompress(chunk, _CHUNK)
                left -= len(plain)
                if left < 0:
                    raise UnusableFileError("it unpacks to more than a patient can be")
                into.write(plain)
                chunk = inflate.unconsumed_tail
        into.write(inflate.flush())
    except zlib.error as error:
        raise UnusableFileError(f"its content is damaged ({error})") from None
    if not inflate.eof:
        raise UnusableFileError("it is shorter than it should be")


def patient_of(scenario: Scenario, build: Callable[[PatientSpec], Patient]) -> Patient:
    """The patient of a scenario: built from its recipe, or loaded from the file it names.

    Raises UnusablePatientError.
    """
    asked = scenario.patient
    return load(asked, scenario.folder) if isinstance(asked, PatientFile) else build(asked)


def load(asked: PatientFile, folder: str) -> Patient:
    """The patient in the file that a scenario in a folder names. Raises UnusablePatientError."""
    changed: Path | None = None
    for path in _places(asked, folder):
        try:
            if not path.is_file():
                continue
            if digest_of(path) != asked.digest:
                changed = changed or path
                continue
            patient = read(path)
        except UnusableFileError as error:
            raise UnusablePatientError(f"{path} holds no patient: {error}; import the CT again") from None
        except OSError as error:
            raise UnusablePatientError(f"{path} cannot be read ({error.strerror or error})") from None
        _check(asked, patient, path)
        _remember(asked.digest, path)
        return patient
    if changed is not None:
        raise UnusablePatientError(
            f"{changed} is not the patient that the scenario was made for (its digest differs); restore the file, "
            "or import the CT again and use the scenario written beside it"
        )
    raise UnusablePatientError(
        f"the patient file {asked.file} is missing: put it beside the scenario, or name its folder in "
        "VERTEBROSIM_PATIENTS"
    )


def _places(asked: PatientFile, folder: str) -> Iterator[Path]:
    yield Path(folder) / asked.file
    yield Path(asked.file)
    for named in filter(None, os.environ.get("VERTEBROSIM_PATIENTS", "").split(os.pathsep)):
        yield Path(named) / asked.file
        yield Path(named) / Path(asked.file).name
    seen = _memory(asked.digest)
    if seen is not None and seen.is_file():
        with suppress(OSError, UnicodeDecodeError):
            yield Path(seen.read_text(encoding="utf-8")[:4096].strip())


def _check(asked: PatientFile, patient: Patient, path: Path) -> None:
    spec = patient.spec
    for name, said, is_ in (("target_level", asked.target_level, spec.target_level), ("sex", asked.sex, spec.sex),
                            ("age_years", asked.age_years, spec.age_years)):  # fmt: skip
        if said != is_:
            raise UnusablePatientError(
                f"the scenario says {name} = {said!r}, but {path} holds {is_!r}; correct it"
            )


def _memory(digest: str) -> Path | None:
    """Where the user's cache notes the place of a patient file; None without a cache."""
    return kept_place(f"{NOTES}/{digest}")


def _remember(digest: str, path: Path) -> None:
    """Note where a patient file lies, so that a recording made with it can be replayed from anywhere."""
    note = _memory(digest)
    if note is not None:
        with suppress(OSError):
            note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            note.write_text(str(path.resolve()), encoding="utf-8")
