"""Attempts: what the recordings in a folder came to, each scored once. Pure but for the files, no Qt.

Scores are kept in the user's cache by the digest of the file and of the program that scored it: a file that was
changed, and a program that judges otherwise, score again. Whatever is no recording is passed over.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import scenarios
import simulator
from simulator.app.sessions.interrupted import mode_of
from simulator.assessment.score import score
from simulator.engine.kept_files import kept_place
from simulator.engine.recording import parse

MOST_KEPT = 5000
"""So many scores are kept, the newest."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Attempt:
    """One recording: of which case and by whom, how it was played, how long, and what it came to.

    total is None where it is withheld. at_s: when the file was written last, s since 1970.
    """

    path: Path
    at_s: float
    case: str
    case_version: str
    trainee: str
    mode: str
    complete: bool
    seconds: float
    total: float | None
    passed: bool


def recordings(folder: Path) -> list[Path]:
    """Recordings of a folder, the newest first."""
    with suppress(OSError):
        return sorted(folder.glob("*.vsim"), key=_written_s, reverse=True)
    return []


def attempts(paths: Iterable[Path], known: KnownScores) -> Iterator[Attempt]:
    """The attempts in files, one by one as they are scored."""
    for path in paths:
        found = _attempt(path, known)
        if found is not None:
            yield found


def _attempt(path: Path, known: KnownScores) -> Attempt | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest = hashlib.sha256(data).hexdigest()
    facts = known.get(digest)
    if facts is None:
        facts = _scored(data, path)
        known.put(digest, facts)
    if not facts.get("case"):
        return None  # damaged
    return Attempt(path=path, at_s=_written_s(path), **facts)


def _scored(data: bytes, path: Path) -> dict[str, Any]:
    """What is kept of a recording; nothing of one that cannot be scored."""
    try:
        recording = parse(data, source=path.name)
        report = score(recording)
    except Exception as error:  # noqa: BLE001 - a file of the user's may hold anything; it is only not listed
        log.info("%s is passed over: %s", path, error)
        return {}
    return {
        "case": report.case, "case_version": report.case_version, "trainee": report.trainee,
        "mode": mode_of(recording), "complete": report.complete, "seconds": report.duration_s,
        "total": report.total, "passed": report.passed,
    }  # fmt: skip


_KINDS: dict[str, tuple[type, ...]] = {
    "case": (str,), "case_version": (str,), "trainee": (str,), "mode": (str,), "complete": (bool,),
    "seconds": (int, float), "total": (int, float, type(None)), "passed": (bool,),
}  # fmt: skip


class KnownScores:
    """Scores by the digest of a file, kept in a JSON file, or in memory alone where there is no place for it."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._scores: dict[str, dict[str, Any]] = {}
        self._is_new = False
        with suppress(OSError, ValueError, TypeError, AttributeError):
            found = json.loads(path.read_text(encoding="utf-8")) if path is not None else {}
            if found.get("program") == program():
                self._scores = {k: v for k, v in found["scores"].items() if v == {} or _fits(v)}

    @classmethod
    def of_user(cls) -> KnownScores:
        """Those in the user's cache, beside the patients."""
        return cls(kept_place("desktop/scores.json"))

    def get(self, digest: str) -> dict[str, Any] | None:
        """What is known of a file."""
        return self._scores.get(digest)

    def put(self, digest: str, facts: dict[str, Any]) -> None:
        """Keep what a file came to; written by ``save``."""
        self._scores[digest] = facts
        self._is_new = True

    def save(self) -> None:
        """Write what is new; where that is not possible it is found again next time."""
        if self._path is None or not self._is_new:
            return
        kept = dict(list(self._scores.items())[-MOST_KEPT:])
        write_whole(self._path, json.dumps({"program": program(), "scores": kept}).encode())
        self._is_new = False


def _fits(facts: object) -> bool:
    return (
        isinstance(facts, dict)
        and facts.keys() == _KINDS.keys()
        and all(isinstance(facts[name], kinds) for name, kinds in _KINDS.items())
    )


def write_whole(path: Path, data: bytes) -> bool:
    """Write a file of the cache: a reader finds all of it or none. False where the disk does not take it."""
    name = ""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except OSError as error:
        log.info("%s is not kept: %s", path, error)
        return False
    finally:
        if name:
            Path(name).unlink(missing_ok=True)
    return True


@cache
def program() -> str:
    """Digest of the version and of the code that judges: another one may score otherwise."""
    sha = hashlib.sha256(metadata.version("vertebrosim").encode())
    for place in (*(Path(p) / "assessment" for p in simulator.__path__), *map(Path, scenarios.__path__)):
        for path in sorted(place.rglob("*.py")):
            sha.update(path.relative_to(place).as_posix().encode() + b"\0" + path.read_bytes())
    return sha.hexdigest()


def _written_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


@dataclass(frozen=True)
class Standing:
    """How a trainee stands with a case: attempts, the newest first, and what they say."""

    attempts: tuple[Attempt, ...] = ()
    best: float | None = None
    done: bool = False
    passed: bool = False

    @property
    def last_s(self) -> float:
        """When it was tried last; 0 for never."""
        return max((one.at_s for one in self.attempts), default=0.0)


def standing(found: Iterable[Attempt], case: str, version: str, trainee: str) -> Standing:
    """A trainee's attempts at a case. The best total is of this version: another one was judged otherwise; and of
    what was done without a guide that leads."""
    own = [one for one in found if one.case == case and one.trainee == trainee]
    own.sort(key=lambda one: one.at_s, reverse=True)
    alone = [one for one in own if one.mode != "tutorial"]
    comparable = [one for one in alone if one.case_version == version and one.total is not None]
    return Standing(
        tuple(own),
        max((one.total for one in comparable if one.total is not None), default=None),
        any(one.complete for one in alone),
        any(one.passed for one in comparable),
    )


def scored(paths: Iterable[Path], known: KnownScores, stop: Callable[[], bool]) -> list[Attempt]:
    """All attempts in files, until stop says so; what was scored is kept."""
    found: list[Attempt] = []
    for one in attempts(paths, known):
        found.append(one)
        if stop():
            break
    known.save()
    return found
