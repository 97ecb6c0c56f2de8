"""SHA-256 of a state: equal states have equal digests, to the last bit of every number."""

from __future__ import annotations

import hashlib
import struct
import weakref
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from simulator.devices.warmth import Thermal
from simulator.physics.filling import Filling

# What is kept only to go faster; playing the same commands makes it again.
_DERIVED: dict[type, set[str]] = {Filling: {"head_per_m3", "flow"}, Thermal: {"box"}}

_Feed = Callable[[list[bytes], Any], None]
"""Appends what is to be digested of a value."""
_FEEDS: dict[type, _Feed] = {}
"""By type, found when the first value of it is met: a state has hundreds of numbers every second."""


def digest_of(value: Any) -> str:
    """Hex digest of a value made of dataclasses, tuples, numbers, text, None and arrays."""
    parts: list[bytes] = []
    _feed(parts, value)
    return hashlib.sha256(b"".join(parts)).hexdigest()


_KNOWN: dict[int, tuple[weakref.ref[np.ndarray], bytes]] = {}
_LARGE = 1 << 8


def _array_digest(array: np.ndarray) -> bytes:
    """Digest of an array; arrays of a state never change, so that of one that is not tiny is computed once."""
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


def _feed(parts: list[bytes], value: Any) -> None:
    kind = type(value)
    feed = _FEEDS.get(kind)
    if feed is None:
        feed = _FEEDS[kind] = _feed_of(value)
    feed(parts, value)


def _feed_of(value: Any) -> _Feed:
    """How values of this one's type are digested. Raises TypeError for what a state cannot hold."""
    if isinstance(value, np.ndarray):
        return lambda parts, array: parts.append(_array_digest(array))
    if is_dataclass(value):
        return _fields_of(type(value))
    if isinstance(value, tuple):
        return _tuple
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return lambda parts, plain: parts.append(repr(plain).encode() + b";")
    if isinstance(value, int | np.integer):
        return lambda parts, number: parts.append(b"i%d;" % int(number))
    if isinstance(value, float | np.floating):
        pack = struct.Struct("<d").pack
        return lambda parts, number: parts.append(b"f" + pack(float(number)))
    raise TypeError(f"a state cannot hold a {type(value).__name__}")


def _fields_of(kind: Any) -> _Feed:
    """Of a dataclass: its name, and the fields that tell states of a kind apart, in order."""
    own = kind.__name__.encode()
    names = tuple(field.name for field in fields(kind) if field.name not in _DERIVED.get(kind, set()))
    known = _FEEDS.get

    def feed(parts: list[bytes], value: Any) -> None:
        parts.append(own)
        for name in names:
            item = getattr(value, name)
            (known(type(item)) or _feed)(parts, item)

    return feed


def _tuple(parts: list[bytes], values: tuple[Any, ...]) -> None:
    parts.append(b"t%d" % len(values))
    for item in values:
        _feed(parts, item)
