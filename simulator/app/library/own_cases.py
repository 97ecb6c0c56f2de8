"""The user's own scenario files: read from a folder, or one by one, with what is wrong with them. No Qt."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from scenarios import cases
from scenarios.loading import InvalidFile
from scenarios.schema import Scenario
from simulator.app.settings import folder

MOST_READ = 200
"""So many files of the folder are read; a folder of thousands is somebody's mistake."""


@dataclass(frozen=True)
class CaseFile:
    """A case that can be chosen: its key (id of a shipped one, path of another), the scenario or what is wrong."""

    key: str
    scenario: Scenario | None
    path: Path | None = None
    problem: str = ""


def cases_folder() -> Path:
    """Where own cases lie; not made before somebody wants it."""
    return folder() / "cases"


def shipped() -> list[CaseFile]:
    """The cases that ship."""
    return [CaseFile(case_id, cases.find(case_id)) for case_id in cases.ids()]


def read_case(path: Path) -> CaseFile:
    """The case in a file, or the sentences of the validator."""
    path = Path(os.path.abspath(path))
    try:
        return CaseFile(str(path), cases.find(str(path)), path)
    except InvalidFile as error:
        return CaseFile(str(path), None, path, str(error).replace(str(path), path.name))
    except (OSError, ValueError) as error:
        return CaseFile(str(path), None, path, f"{path.name}: {error}")


def own_cases(place: Path | None = None) -> list[CaseFile]:
    """The cases of the folder, by name; those that are not valid as well."""
    place = cases_folder() if place is None else place
    try:
        found = sorted(p for p in place.glob("*.toml") if p.is_file() and not cases.is_translation(p.name))
    except OSError:
        return []
    return [read_case(path) for path in found[:MOST_READ]]
