"""Patient files that are damaged, foreign or made to harm: refused with a reason, soon, and never believed."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from anatomy.patient import Patient
from simulator.engine import patient_file
from simulator.engine.patient_file import MAGIC, UnusableFileError, read, read_key, write
from tests.simulator.engine.small_patients import small_patient

KEY = {"spec": "the one of this test"}


@pytest.fixture(scope="module")
def stored(patient: Patient, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a small patient."""
    path = tmp_path_factory.mktemp("stored") / "one.patient"
    with path.open("wb") as file:
        write(small_patient(patient, 5), KEY, file)
    return path.read_bytes()


def refusal(data: bytes, path: Path, key: dict[str, Any] = KEY) -> str:
    """Why a file is refused."""
    path.write_bytes(data)
    with pytest.raises(UnusableFileError) as error:
        read(path, key)
    path.unlink()
    return str(error.value)


def file_of(head: Any, payload: bytes = b"", version: object = patient_file.FORMAT) -> bytes:
    """What a forger writes: any head with a checksum that fits it."""
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return f"{MAGIC} {version} {len(text)} {hashlib.sha256(text).hexdigest()}\n".encode() + text + payload


def forged(tree: Any, rows: Any = (), payload: bytes = b"") -> bytes:
    """A file for the right patient whose content is made up."""
    return file_of({"key": KEY, "arrays": rows, "patient": tree}, payload)


def test_one_flipped_bit_anywhere_is_noticed(stored: bytes, tmp_path: Path) -> None:
    """In the first line, in the head, in the first and the last voxels."""
    head = stored.index(b"\n") + 1
    length = int(stored[:head].split()[3])
    for place in (3, head - 4, head + 40, head + length - 2, head + length + 5, len(stored) // 2, len(stored) - 1):
        data = bytearray(stored)
        data[place] ^= 4
        assert refusal(bytes(data), tmp_path / "flipped")


@pytest.mark.parametrize("share", [0.0, 1e-6, 1e-4, 0.01, 0.5, 0.999999])
def test_a_file_cut_anywhere_is_noticed(stored: bytes, share: float, tmp_path: Path) -> None:
    """A disk that was full, a copy that broke off."""
    assert refusal(stored[: int(share * len(stored))], tmp_path / "cut")


def test_bytes_behind_the_end_are_noticed(stored: bytes, tmp_path: Path) -> None:
    """Nothing may hide in a patient's file."""
    assert "shorter or longer" in refusal(stored + b"x", tmp_path / "longer")


def test_the_patient_of_another_key_is_refused(stored: bytes, tmp_path: Path) -> None:
    """The right file under a wrong name is a wrong file."""
    assert "another patient or by another program" in refusal(stored, tmp_path / "other", {"spec": "another"})


BAD_FILES: list[tuple[bytes, str]] = [
    (b"", "does not begin"),
    (b"\x80\x04\x95pickle", "does not begin"),
    (b"PK\x03\x04" + bytes(200), "does not begin"),
    (b"a" * 10_000, "does not begin"),
    (file_of({"key": KEY}, version=patient_file.FORMAT + 1), "does not begin"),
    (f"{MAGIC} 1 99999999999 {'0' * 64}\n".encode(), "longer than any"),
    (f"{MAGIC} 1 -5 {'0' * 64}\n".encode(), "does not begin"),
    (f"{MAGIC} 1 5 {'0' * 64}\nabcde".encode(), "damaged"),
    (file_of(b"{"), "not JSON"),
    (file_of(b"[" * 100_000), "not JSON"),
    (file_of(b"9" * 6000), "not JSON"),
    (file_of([]), "not a table"),
    (file_of({"key": KEY}), "makes no patient"),
    (forged(None), "holds no patient"),
    (forged("Patient"), "holds no patient"),
    (forged({}), "makes no patient"),
    (forged([]), "makes no patient"),
    (forged({"eval": "1"}), "speaks of 'eval'"),
    (forged({"class": "os.system", "fields": {}}), "speaks of 'os.system'"),
    (forged({"class": "Popen", "fields": {"args": "true"}}), "speaks of 'Popen'"),
    (forged({"class": "Patient", "fields": {}}), "makes no patient"),
    (forged({"class": "Patient", "fields": {"__class__": 1}}), "makes no patient"),
    (forged({"class": "Grid", "fields": {"shape": 1, "patient_from_voxel": None}}), "makes no patient"),
    (forged({"array": 0}), "makes no patient"),
    (forged({"array": "0"}), "makes no patient"),
    (forged({"number": "O", "value": 1}), "speaks of 'O'"),
    (forged({"number": "<f8", "value": []}), "for a number"),
    (forged({"number": "|u1", "value": 700}), "makes no patient"),
    (forged({"map": [[{"list": []}, 1]], "frozen": False}), "makes no patient"),
    (forged({"tuple": [{"tuple": 5}]}), "makes no patient"),
    (forged(None, 5), "makes no patient"),
    (forged(None, [5]), "makes no patient"),
    (forged(None, [["|O", [1], "C", 8, ""]], bytes(8)), "speaks of '|O'"),
    (forged(None, [["<f8", [-1], "C", 0, ""]]), "of shape"),
    (forged(None, [["<f8", [1], "C", -1, ""], ["<f8", [1], "C", 1, ""]]), "of shape"),
    (forged(None, [["<f8", [True], "C", 8, ""]], bytes(8)), "of shape"),
    (forged(None, [["<f8", [1] * 40, "C", 8, ""]], bytes(8)), "of shape"),
    (forged(None, [["<f8", [10**9, 10**9, 10**9], "C", 0, ""]]), "more memory"),
    (forged(None, [["<f8", [10**9], "C", 8, ""]], bytes(8)), "more memory"),
    (forged(None, [["<f8", [1], "C", 80, ""]], bytes(8)), "shorter or longer"),
    (forged(None, [["<f8", [0, 10**30], "C", 0, hashlib.sha256().hexdigest()]]), "makes no patient"),
    (forged(None, [["<f8", [1], "K", 8, ""]], bytes(8)), "speaks of 'K'"),
    (forged(None, [["<f8", [1], "C", 8, ""]], bytes(8)), "voxels are damaged"),
    (forged(None, [["<f8", [2], "C", 8, hashlib.sha256(bytes(8)).hexdigest()]], bytes(8)), "makes no patient"),
]


@pytest.mark.parametrize(("data", "words"), BAD_FILES, ids=range(len(BAD_FILES)))
def test_what_is_no_patient_is_refused_with_the_reason(data: bytes, words: str, tmp_path: Path) -> None:
    """Other files, forged heads, unknown classes, arrays of any size that is not there."""
    assert words in refusal(data, tmp_path / "odd")


def test_a_deep_tree_is_refused(tmp_path: Path) -> None:
    """Nesting that would exhaust the stack ends in the same sentence."""
    tree = b'{"list":[' * 3000 + b"1" + b"]}" * 3000
    head = b'{"key":' + json.dumps(KEY).encode() + b',"arrays":[],"patient":' + tree + b"}"
    assert refusal(file_of(head), tmp_path / "deep")
    shallower = b'{"list":[' * 450 + b"1" + b"]}" * 450
    assert refusal(file_of(head.replace(tree, shallower)), tmp_path / "deep")


def test_only_regular_files_of_bearable_size_are_opened(tmp_path: Path) -> None:
    """A pipe nobody writes to, and a file larger than memory, are not read."""
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as file:
        file.truncate(100_000_000_000)
    with pytest.raises(UnusableFileError, match="no file that a patient would fit"):
        read(sparse, KEY)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(UnusableFileError, match="no file that a patient would fit"):
            read(tmp_path / "pipe", KEY)


def test_whose_a_file_is_can_be_asked(stored: bytes, tmp_path: Path) -> None:
    """The key comes back without the voxels being read; of a forged file as little as of others."""
    path = tmp_path / "asked"
    path.write_bytes(stored[:-1])
    assert read_key(path) == KEY
    path.write_bytes(file_of({"key": 5}))
    with pytest.raises(UnusableFileError, match="whose it is"):
        read_key(path)
