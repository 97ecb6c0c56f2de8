"""Recordings: what happened in a session, row by row, sealed every second.

A ``.vsim`` file is JSON Lines. The header names everything needed to play the session again; then come rows::

    command, event    what hands did and what came of it, with their tick
    trace             instruments and machine at 10 Hz, only what changed
    vitals, outcome   patient and truth at 1 Hz, only when changed
    seal              once a second, and where the session was left: digest of the state, and SHA-256 chained over
                      all rows before it
    end               the procedure was ended

A session killed at any byte loses the rows after the last seal and nothing else. Rows that do not fit their
seal were changed afterwards, and reading says so.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

FORMAT = 1
MAX_LINE_BYTES = 4_000_000
SEALED_EVERY = 60  # ticks; a second
_GENESIS = "0" * 64

Row = dict[str, Any]


class UnreadableRecordingError(ValueError):
    """The file is not a recording that this program can read; the message says why."""


class EditedRecordingError(ValueError):
    """Sealed rows are not as a session writes them; ``tick`` is that of the seal."""

    def __init__(self, message: str, tick: int) -> None:
        super().__init__(message)
        self.tick = tick


def encode(row: Row) -> bytes:
    """One line of a recording. Keys keep their order; numbers are written so that they read back equal."""
    return _ENCODER.encode(row).encode() + b"\n"


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class Recorder:
    """Appends rows to a file (or only keeps them, without one) and seals them.

    Every second is flushed to disk before the next begins. Raises OSError where the disk does not take it;
    what was sealed before stays readable. sealed_at: tick of the last seal, -1 before the first.
    """

    def __init__(self, header: Row, path: Path | None = None) -> None:
        self.lines: list[bytes] = []
        self.sealed_at = -1
        self._chain = hashlib.sha256(_GENESIS.encode()).hexdigest()
        self._unsealed: list[bytes] = []
        self._file: BinaryIO | None = None
        if path is not None:
            try:
                self._file = path.open("xb")
            except FileExistsError:
                raise FileExistsError(
                    f"{path} exists; recordings are never overwritten: choose another place or remove it"
                ) from None
        self.write({"row": "header", "format": FORMAT, **header})

    def write(self, row: Row) -> None:
        """Append a row; it counts once it is sealed."""
        self._unsealed.append(encode(row))

    def seal(self, tick: int, state_digest: str) -> None:
        """Seal all rows since the last seal and put them on the disk."""
        self._keep(self._sealed(tick, state_digest))

    @property
    def unsealed(self) -> tuple[bytes, ...]:
        """Rows since the last seal."""
        return tuple(self._unsealed)

    def take_over(self, lines: Iterable[bytes]) -> None:
        """Append rows of another recording, its header left out, as they stand there; their seals are chained to
        this one's header, and all of it goes to the disk at once."""
        block: list[bytes] = []
        for line in lines:
            row = json.loads(line)
            if row["row"] == "seal":
                block += self._sealed(row["tick"], row["state"])
            else:
                self._unsealed.append(line)
        self._keep(block)

    def _sealed(self, tick: int, state_digest: str) -> list[bytes]:
        """Rows since the last seal, with theirs."""
        self._chain = _chained(self._chain, self._unsealed, tick, state_digest)
        seal = encode({"row": "seal", "tick": tick, "state": state_digest, "chain": self._chain})
        block, self._unsealed, self.sealed_at = [*self._unsealed, seal], [], tick
        return block

    def _keep(self, block: list[bytes]) -> None:
        self.lines += block
        if self._file is not None and block:
            self._file.write(b"".join(block))
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file. Rows that were not sealed are not kept."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _chained(chain: str, lines: Iterable[bytes], tick: int, state_digest: str) -> str:
    sha = hashlib.sha256(chain.encode())
    for line in lines:
        sha.update(line)
    sha.update(f"{tick} {state_digest}".encode())
    return sha.hexdigest()


def digest_of_lines(lines: Iterable[bytes]) -> str:
    """SHA-256 over sealed lines: the name by which one recording speaks of another."""
    sha = hashlib.sha256()
    for line in lines:
        sha.update(line)
    return sha.hexdigest()


@dataclass(frozen=True)
class Recording:
    """A recording that was read: its header, sealed rows (seals included) and where it ends."""

    header: Row
    rows: tuple[Row, ...]
    lines: tuple[bytes, ...]  # header and rows as they stand in the file
    last_tick: int
    complete: bool
    dropped_rows: int  # after the last seal

    @property
    def digest(self) -> str:
        """SHA-256 over all sealed lines."""
        return digest_of_lines(self.lines)

    def of_kind(self, kind: str) -> Iterator[Row]:
        """Rows of a kind, in order: "command", "event", "trace", "vitals", "outcome"."""
        return (row for row in self.rows if row["row"] == kind)


def read(path: Path) -> Recording:
    """The recording in a file.

    Raises UnreadableRecordingError for what is no recording or not of this format, EditedRecordingError where
    rows do not fit their seal. An unfinished recording is read up to its last seal.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableRecordingError(f"{path}: {error.strerror or error}; is this the right path?") from None
    return parse(data, source=str(path))


def parse(data: bytes, *, source: str) -> Recording:
    """The recording in bytes; see ``read``."""
    lines = data.split(b"\n")
    lines = [line + b"\n" for line in lines[:-1]]  # what follows the last line end was cut off in writing
    if not lines:
        raise UnreadableRecordingError(f"{source}: no complete line; this is not a recording (.vsim)")
    header = _header(lines[0], source)
    rows: list[Row] = []
    chain = hashlib.sha256(_GENESIS.encode()).hexdigest()
    unsealed = [lines[0]]
    pending: list[Row] = []
    kept = 0
    last_tick = -1
    for number, line in enumerate(lines[1:], start=2):
        row = _row(line)
        if row is None:
            if any(b'"row":"seal"' in later for later in lines[number - 1 :]):
                raise EditedRecordingError(f"{source}: line {number} is not a row of a recording", last_tick + 1)
            break
        if row["row"] != "seal":
            unsealed.append(line)
            pending.append(row)
            continue
        sealed_at, state, claimed = row["tick"], row.get("state"), row.get("chain")
        if not (isinstance(state, str) and isinstance(claimed, str)):
            raise EditedRecordingError(f"{source}: line {number} is not a proper seal", last_tick)
        _check_order(pending, last_tick, sealed_at, f"{source}: line {number}")
        chain = _chained(chain, unsealed, sealed_at, state)
        if chain != claimed:
            raise EditedRecordingError(
                f"{source}: the rows before line {number} (up to {sealed_at / 60.0:.0f} s) do not fit their seal; "
                "the file was changed after it was recorded",
                sealed_at,
            )
        rows += [*pending, row]
        unsealed, pending = [], []
        kept = number
        last_tick = sealed_at
    if kept == 0:
        raise UnreadableRecordingError(
            f"{source}: nothing was sealed; the session was cut off within its first second"
        )
    complete = any(row["row"] == "end" for row in rows)
    return Recording(header, tuple(rows), tuple(lines[:kept]), last_tick, complete, len(lines) - kept)


def _check_order(rows: list[Row], before: int, sealed_at: int, where: str) -> None:
    """Seals are a second apart at most, so that no small file can ask for years of replay; rows lie between."""
    if not before < sealed_at <= before + SEALED_EVERY + (before < 0):
        raise EditedRecordingError(f"{where} seals tick {sealed_at} after tick {before}", sealed_at)
    ticks = [before + 1, *(row["tick"] for row in rows), sealed_at]
    if ticks != sorted(ticks):
        raise EditedRecordingError(f"{where} seals rows that are not in order of time", sealed_at)


def _header(line: bytes, source: str) -> Row:
    row = _object(line)
    if row is None or row["row"] != "header" or "format" not in row:
        raise UnreadableRecordingError(f"{source}: the first line is no header; this is not a recording (.vsim)")
    if type(row["format"]) is not int or row["format"] != FORMAT:
        raise UnreadableRecordingError(
            f"{source}: format {row['format']!r:.40} is not known to this version, which reads format {FORMAT}"
        )
    for key, kind in (("scenario_toml", str), ("seed", int), ("patient_digest", str), ("plan", dict)):
        if type(row.get(key)) is not kind:
            raise UnreadableRecordingError(f"{source}: the header has no proper {key}")
    for key in ("trainee", "mode", "continues", "taken_back"):
        if not isinstance(row.get(key, ""), str):
            raise UnreadableRecordingError(f"{source}: the header has no proper {key}")
    if not 0 <= row["seed"] < 1 << 64:
        raise UnreadableRecordingError(f"{source}: the header has no proper seed")
    return row


def _row(line: bytes) -> Row | None:
    """The row in a line, None where it is none: commands and events have a kind, all have a tick."""
    row = _object(line)
    if row is None or type(row.get("tick")) is not int or row["tick"] < 0:
        return None
    return row if isinstance(row.get("kind"), str) or row["row"] not in ("command", "event") else None


def _object(line: bytes) -> Row | None:
    if len(line) > MAX_LINE_BYTES:
        return None
    try:
        row = _DECODER.decode(line.decode())
        if b"\\u" in line:  # half of a surrogate pair can be read but not written
            json.dumps(row, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) and isinstance(row.get("row"), str) else None


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    return value


def _moderate(text: str) -> int:
    if len(text) > 20:  # 64 bits
        raise ValueError(f"{text:.20}... is too large")
    return int(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_int=_moderate, parse_constant=_no_number)
