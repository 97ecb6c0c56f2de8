"""A patient as one file: written by ``write``, read by ``read`` and never trusted.

    line of text     "vertebrosim patient <format> <bytes of the head> <SHA-256 of the head>"
    head             JSON: what the file is for (``key``), the list of arrays, the patient's tree of plain values
    arrays           packed (even_blocks.py), one after the other, in the order of the list

The tree holds only JSON values and a few tagged ones (TAGS), and of classes only those that ``Patient``'s own
annotations lead to: a file cannot name a class, let alone code. Types are kept exactly (a NumPy number stays one,
because a Python float beside a float32 array computes otherwise), and so are memory order and shared arrays: a
patient that was read computes to the bit as the one that was built.

SHA-256 because processors have instructions for it: 1.6 GB/s here, and threads hash while others read. It tells
damage and chance, not malice: who can write into a user's folders can also change the program.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import stat
import types
import typing
from collections.abc import Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from anatomy.filled_rows import FilledRows
from anatomy.patient import Patient
from anatomy.volume import WORTH_BYTES, WORTH_SHARE, Grid, Volume
from simulator.engine.even_blocks import pack, unpack

FORMAT = 1
MAGIC = "vertebrosim patient"
HEAD_LIMIT = 16_000_000
"""Bytes of the longest head that is read; a real one has some 100 000."""
FILE_LIMIT = 2_000_000_000
"""Bytes of the largest file that is read; a real one has some 150 000 000."""
MEMORY_LIMIT = 4_000_000_000
"""Bytes of the largest patient that is unpacked; a real one has some 300 000 000."""
DTYPES = frozenset(np.dtype(code).str for code in "?bBhHiIqQefd")  # never objects
_AT_ONCE = 2  # arrays that are unpacked while the next is read: each may be whole then, 70 megabytes
TAGS = ("class", "enum", "tuple", "list", "map", "number", "array")


class UnusableFileError(ValueError):
    """The file is damaged, of another kind, or of another patient; the text says which."""


class NotStorableError(TypeError):
    """The patient holds something that this format has no word for; the text says where."""


@cache
def classes() -> Mapping[str, type]:
    """Dataclasses and enumerations that the annotations of ``Patient`` lead to, by name."""
    found: dict[str, type] = {}
    waiting: list[Any] = [Patient]
    while waiting:
        hint = waiting.pop()
        if isinstance(hint, type) and (dataclasses.is_dataclass(hint) or issubclass(hint, Enum)):
            if hint.__name__ in found:
                if found[hint.__name__] is not hint:
                    raise NotStorableError(f"two classes of a patient are called {hint.__name__}")
                continue
            found[hint.__name__] = hint
            if dataclasses.is_dataclass(hint):
                hints = typing.get_type_hints(hint)
                waiting += [hints[field.name] for field in dataclasses.fields(hint)]
        else:
            waiting += typing.get_args(hint)
    return types.MappingProxyType(found)


class _Writing:
    """The tree of a patient and the arrays found on the way; an array met twice is stored once."""

    def __init__(self) -> None:
        self.arrays: list[NDArray[Any] | FilledRows] = []
        self._places: dict[Hashable, int] = {}

    def tree(self, value: Any, where: str) -> Any:
        if value is None or type(value) in (bool, int, float, str):
            return value
        if type(value) is np.ndarray:
            return {"array": self._place(value, where)}
        if isinstance(value, Enum) and classes().get(type(value).__name__) is type(value):
            return {"enum": type(value).__name__, "value": value.name}
        if isinstance(value, np.generic) and value.dtype.str in DTYPES:
            return {"number": value.dtype.str, "value": value.item()}
        if type(value) in (tuple, list):
            return {type(value).__name__: [self.tree(v, f"{where}[{i}]") for i, v in enumerate(value)]}
        if type(value) in (dict, types.MappingProxyType):
            pairs = [[self.tree(k, where), self.tree(v, f"{where}[{k!r}]")] for k, v in value.items()]
            return {"map": pairs, "frozen": type(value) is not dict}
        if type(value) is Volume and isinstance(value.kept, FilledRows):
            fields = {"array": {"array": self._place_of(id(value.kept), value.kept)}}
            return {"class": "Volume", "fields": {**fields, "grid": self.tree(value.grid, f"{where}.grid")}}
        if dataclasses.is_dataclass(value) and classes().get(type(value).__name__) is type(value):
            names = [field.name for field in dataclasses.fields(value)]
            fields = {name: self.tree(getattr(value, name), f"{where}.{name}") for name in names}
            return {"class": type(value).__name__, "fields": fields}
        raise NotStorableError(f"{where} is a {type(value).__name__}, which no annotation of Patient leads to")

    def _place(self, array: NDArray[Any], where: str) -> int:
        if array.dtype.str not in DTYPES or not (array.flags.c_contiguous or array.flags.f_contiguous):
            raise NotStorableError(f"{where} is an array of {array.dtype} with strides {array.strides}")
        return self._place_of(
            (array.__array_interface__["data"][0], array.shape, array.strides, array.dtype.str), array
        )

    def _place_of(self, key: Hashable, array: NDArray[Any] | FilledRows) -> int:
        if key not in self._places:
            self._places[key] = len(self.arrays)
            self.arrays.append(array)
        return self._places[key]


def _head_of(array: NDArray[Any] | FilledRows) -> list[Any]:
    """What the list says of an array: number type, shape, memory order."""
    if isinstance(array, FilledRows):
        return [array.values.dtype.str, list(array.shape), "C"]
    return [array.dtype.str, list(array.shape), "C" if array.flags.c_contiguous else "F"]


def _packed(array: NDArray[Any] | FilledRows) -> bytes:
    return pack(array.planes() if isinstance(array, FilledRows) else array)


def write(patient: Patient, key: Mapping[str, Any], file: BinaryIO, *, threads: int | None = None) -> None:
    """Write a patient to an open file. key is what ``read`` will ask for; fewer threads take less memory.

    Raises NotStorableError for a patient that holds what the format has no word for, OSError of the file.
    """
    writing = _Writing()
    tree = writing.tree(patient, "patient")
    with ThreadPoolExecutor(threads) as pool:
        packed = list(pool.map(_packed, writing.arrays))
        sums = list(pool.map(_sum, packed))
    arrays = [[*_head_of(a), len(p), s] for a, p, s in zip(writing.arrays, packed, sums, strict=True)]
    head = json.dumps({"key": key, "arrays": arrays, "patient": tree}, separators=(",", ":")).encode()
    file.write(f"{MAGIC} {FORMAT} {len(head)} {hashlib.sha256(head).hexdigest()}\n".encode())
    file.write(head)
    for part in packed:
        file.write(part)


def read(path: Path, key: Mapping[str, Any]) -> Patient:
    """The patient in a file that was written for ``key``.

    Raises UnusableFileError for a file that is damaged, of another kind or for another key, OSError where it
    cannot be read. Nothing is allocated beyond MEMORY_LIMIT.
    """
    with _opened(path) as file:
        head = _head(file)
        if head.get("key") != key:
            raise UnusableFileError("it was written for another patient or by another program")
        try:
            patient = _value(head["patient"], _arrays(file, head["arrays"]))
        except UnusableFileError:
            raise
        except _NO_PATIENT as error:
            raise UnusableFileError(f"its content makes no patient ({type(error).__name__}: {error})") from None
    if type(patient) is not Patient:
        raise UnusableFileError("it holds no patient")
    return patient


_NO_PATIENT = (
    TypeError, ValueError, KeyError, IndexError, AttributeError, StopIteration, ArithmeticError, RecursionError,
    MemoryError,
)  # fmt: skip
"""What building a patient from a head that we did not write can end in."""


def read_key(path: Path) -> Mapping[str, Any]:
    """What a file was written for. Raises as ``read`` does."""
    with _opened(path) as file:
        key = _head(file).get("key")
    if type(key) is not dict:
        raise UnusableFileError("its head does not say whose it is")
    return key


def _opened(path: Path) -> BinaryIO:
    """A regular file of bearable size: a pipe would be waited for."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > FILE_LIMIT:
        raise UnusableFileError("it is no file that a patient would fit")
    return path.open("rb")


def _head(file: BinaryIO) -> dict[str, Any]:
    line = file.readline(160).decode("ascii", "replace")
    words = line.removeprefix(MAGIC).split()
    if not line.startswith(MAGIC) or len(words) != 3 or words[0] != str(FORMAT) or not words[1].isdecimal():
        raise UnusableFileError("it does not begin like a patient of this version")
    size = int(words[1])
    if size > HEAD_LIMIT:
        raise UnusableFileError(f"its head of {size} bytes is longer than any patient's")
    text = file.read(size)
    if hashlib.sha256(text).hexdigest() != words[2]:
        raise UnusableFileError("its head is damaged")
    try:
        head = json.loads(text)
    except (ValueError, RecursionError):
        raise UnusableFileError("its head is not JSON") from None
    if type(head) is not dict:
        raise UnusableFileError("its head is not a table")
    return head


def _arrays(file: BinaryIO, rows: list[Any]) -> list[NDArray[Any] | FilledRows]:
    """The arrays of a file that stands where they begin, each held to its checksum. Large ones of which most is
    empty come as their filled rows: all of them whole would take four times as much as the patient then does."""
    wanted = [_Array.of(*row) for row in rows]
    if sum(w.stored_bytes for w in wanted) != os.fstat(file.fileno()).st_size - file.tell():
        raise UnusableFileError("it is shorter or longer than it should be")
    if sum(w.values * w.dtype.itemsize for w in wanted) > MEMORY_LIMIT:
        raise UnusableFileError("it would take more memory than any patient")
    made: list[Future[NDArray[Any] | FilledRows]] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for n, array in enumerate(wanted):
            if n > _AT_ONCE:
                made[n - _AT_ONCE - 1].result()
            made.append(pool.submit(array.made_of, file.read(array.stored_bytes)))
        return [future.result() for future in made]


@dataclass(frozen=True)
class _Array:
    """What the head says of an array."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    order: Literal["C", "F"]
    stored_bytes: int
    sum: str

    @classmethod
    def of(cls, dtype: Any, shape: Any, order: Any, size: Any, sum_: Any) -> _Array:
        if type(shape) is not list or len(shape) > 8 or not all(type(n) is int and n >= 0 for n in [*shape, size]):
            raise UnusableFileError(f"it holds arrays of shape {shape!r:.40}")
        return cls(_dtype(dtype), tuple(shape), _known(order, "CF"), size, sum_)

    @property
    def values(self) -> int:
        return math.prod(self.shape)

    def made_of(self, packed: bytes) -> NDArray[Any] | FilledRows:
        if _sum(packed) != self.sum:
            raise UnusableFileError("its voxels are damaged")
        array = unpack(packed, self.dtype, self.values).reshape(self.shape, order=self.order)
        sparse = len(self.shape) == 3 and self.order == "C" and self.stored_bytes < WORTH_SHARE * array.nbytes
        if not sparse or array.nbytes < WORTH_BYTES:
            return array
        kept = FilledRows.of(array)
        return array if kept.nbytes > WORTH_SHARE * array.nbytes else kept


def _sum(packed: bytes) -> str:
    return hashlib.sha256(packed).hexdigest()


def _dtype(name: Any) -> np.dtype[Any]:
    return np.dtype(_known(name, DTYPES))


def _known(value: Any, known: Any) -> Any:
    if type(value) is not str or value not in known:
        raise UnusableFileError(f"it speaks of {value!r:.40}")
    return value


def _value(node: Any, arrays: list[NDArray[Any] | FilledRows]) -> Any:
    """The value of a node of the tree; the reverse of _Writing.tree."""
    if node is None or type(node) in (bool, int, float, str):
        return node
    tag = _known(next(iter(node)), TAGS)
    inner = node[tag]
    if tag == "array":
        array = arrays[inner]
        return array.planes() if isinstance(array, FilledRows) else array
    if tag == "number":
        if type(node["value"]) not in (bool, int, float):
            raise UnusableFileError(f"it takes {node['value']!r:.40} for a number")
        return _dtype(inner).type(node["value"])
    if tag == "enum":
        return _known_class(inner, Enum)[node["value"]]  # type: ignore[index]
    if tag in ("tuple", "list"):
        values = [_value(v, arrays) for v in inner]
        return tuple(values) if tag == "tuple" else values
    if tag == "map":
        pairs = {_value(k, arrays): _value(v, arrays) for k, v in inner}
        return types.MappingProxyType(pairs) if node["frozen"] else pairs
    if inner == Volume.__name__ and type(node["fields"]["array"]) is dict:
        rows = arrays[node["fields"]["array"]["array"]]
        if isinstance(rows, FilledRows):
            grid = _value(node["fields"]["grid"], arrays)
            if type(grid) is not Grid:
                raise UnusableFileError(f"it takes {type(grid).__name__} for a grid")
            return Volume.of_rows(rows, grid)
    return _known_class(inner, object)(**{name: _value(v, arrays) for name, v in node["fields"].items()})


def _known_class(name: Any, kind: type) -> type:
    known = classes()[_known(name, classes())]
    if not issubclass(known, kind):
        raise UnusableFileError(f"it takes {name} for something else")
    return known
