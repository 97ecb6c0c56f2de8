"""The rows of a population in a folder: one JSON line a patient, appended as patients are done.

    population.json   what the rows were made with: program, digest of its source, arms
    patients.jsonl    {"seed": ..., "level": ..., "arms": {name: row}} or {"seed": ..., "untreatable": why}

A run that was killed is continued: a last line that was cut is dropped and its patient treated again. A folder of
another version is refused, because rates over two versions would be of neither.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import anatomy
import scenarios
import simulator

FORMAT = 1
HEAD, ROWS = "population.json", "patients.jsonl"
_NOT_PLAYED = ("app", "assessment", "bench", "cli", "targets")
"""Parts of the program that rows do not depend on."""

Row = dict[str, Any]


class UnusableFolderError(ValueError):
    """The folder holds something else than rows of this version and these arms; the text says what to do."""


@dataclass(frozen=True)
class Folder:
    """A folder that was opened for these arms."""

    path: Path

    def rows(self) -> list[Row]:
        """What is stored, in the order it was done; a patient that stands there twice counts once."""
        found: dict[int, Row] = {}
        for row in _lines(self.path / ROWS):
            found.setdefault(int(row["seed"]), row)
        return list(found.values())

    def append(self, row: Row) -> None:
        """One patient more. Raises OSError."""
        with (self.path / ROWS).open("ab") as file:
            file.write(json.dumps(row, sort_keys=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def opened(path: Path, arms: Iterable[str]) -> Folder:
    """The folder, made where there is none; what was cut at its end is taken away.

    Raises UnusableFolderError, and OSError where it cannot be made.
    """
    wanted = {**program(), "arms": list(arms)}
    head = path / HEAD
    if not head.exists():
        if (path / ROWS).exists():
            raise UnusableFolderError(
                f"{path} holds {ROWS} without {HEAD}, so nobody knows what made it: choose another --out"
            )
        path.mkdir(parents=True, exist_ok=True)
        unfinished = head.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")
        os.replace(unfinished, head)
    try:
        found = json.loads(head.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError):
        raise UnusableFolderError(f"{head} is damaged: choose another --out or remove the folder") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise UnusableFolderError(f"{path} is a population of another format: choose another --out")
    if found != wanted:
        raise UnusableFolderError(_differs(path, found, wanted))
    _mend(path / ROWS)
    return Folder(path)


def stored(path: Path) -> list[Row]:
    """The rows of a folder, whatever version made them, by seed. Raises UnusableFolderError."""
    if not (path / ROWS).exists():
        raise UnusableFolderError(f"{path} holds no {ROWS}: give the --out of a population")
    return sorted(Folder(path).rows(), key=lambda row: int(row["seed"]))


def _differs(path: Path, found: Row, wanted: Row) -> str:
    if found.get("arms") != wanted["arms"]:
        arms = ", ".join(map(str, found.get("arms") or ["none"]))
        return f"{path} holds a population with other arms ({arms}): ask for the same ones or choose another --out"
    was, now = (f"{x.get('vertebrosim')} ({str(x.get('source'))[:8]})" for x in (found, wanted))
    return (
        f"{path} was begun with version {was} and this is {now}: rates over both would be of neither; "
        "choose another --out"
    )


def program() -> Row:
    """What rows are made with."""
    return {"format": FORMAT, "vertebrosim": metadata.version("vertebrosim"), "source": source_digest()}


@cache
def source_digest() -> str:
    """SHA-256 over the code, tables and cases that rows depend on."""
    sha = hashlib.sha256()
    for package in (anatomy, scenarios, simulator):
        for place in sorted(package.__path__):
            for path in sorted(Path(place).rglob("*")):
                inner = path.relative_to(place)
                if path.suffix in (".py", ".csv", ".toml") and not set(inner.parts) & set(_NOT_PLAYED):
                    sha.update(f"{package.__name__}/{inner.as_posix()}\0".encode() + path.read_bytes())
    return sha.hexdigest()


def _lines(path: Path) -> list[Row]:
    """The whole lines of a file; a last one that was cut is left out. Raises UnusableFolderError."""
    if not path.exists():
        return []
    rows = []
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        try:
            row = json.loads(line)
            if not isinstance(row, dict) or not isinstance(row["seed"], int):
                raise ValueError("no seed")
        except (ValueError, KeyError):
            raise UnusableFolderError(
                f"line {number} of {path} is damaged: remove that line (its patient is then treated again)"
            ) from None
        rows.append(row)
    return rows


def _mend(path: Path) -> None:
    """Take away what follows the last line's end."""
    if not path.exists():
        return
    text = path.read_bytes()
    whole = text.rfind(b"\n") + 1
    if whole < len(text):
        with path.open("r+b") as file:
            file.truncate(whole)
