"""SHA-256 of a state: equal states have equal digests, to the last bit of every number."""

from __future__ import annotations

import hashlib
import struct
import weakref
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from simulator.devices.warmth import Thermal
from simulator.physics.filling import Filling

# What is kept only to go faster; playing the same commands makes it again.
_DERIVED: dict[type, set[str]] = {Filling: {"head_per_m3", "flow"}, Thermal: {"box"}}


def digest_of(value: Any) -> str:
    """Hex digest of a value made of dataclasses, tuples, numbers, text, None and arrays."""
    sha = hashlib.sha256()
    _feed(sha, value)
    return sha.hexdigest()


_KNOWN: dict[int, tuple[weakref.ref[np.ndarray], bytes]] = {}
_LARGE = 1 << 15


def _array_digest(array: np.ndarray) -> bytes:
    """Digest of an array; arrays of a state never change, so that of a large one is computed once."""
    known = _KNOWN.get(id(array))
    if known is not None and known[0]() is array:
        return known[1]
    sha = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    sha.update(np.ascontiguousarray(array).data)
    digest = sha.digest()
    if array.size >= _LARGE:
        key = id(array)
        _KNOWN[key] = (weakref.ref(array, lambda _: _KNOWN.pop(key, None)), digest)
    return digest


@lru_cache
def _names(kind: Any) -> tuple[str, ...]:
    """Fields that tell states of a kind apart, in order."""
    return tuple(field.name for field in fields(kind) if field.name not in _DERIVED.get(kind, set()))


def _feed(sha: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        sha.update(_array_digest(value))
    elif is_dataclass(value):
        kind: Any = type(value)
        sha.update(kind.__name__.encode())
        for name in _names(kind):
            _feed(sha, getattr(value, name))
    elif isinstance(value, tuple):
        sha.update(b"t%d" % len(value))
        for item in value:
            _feed(sha, item)
    elif isinstance(value, bool) or value is None or isinstance(value, str):
        sha.update(repr(value).encode() + b";")
    elif isinstance(value, int | np.integer):
        sha.update(b"i%d;" % int(value))
    elif isinstance(value, float | np.floating):
        sha.update(b"f" + struct.pack("<d", float(value)))
    else:
        raise TypeError(f"a state cannot hold a {type(value).__name__}")
