"""The cases that ship, and finding a case by id or path."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from scenarios.loading import InvalidFile, Problem, read_toml, read_toml_file
from scenarios.loading.names import nearest_name
from scenarios.schema import PatientFile, Scenario


class UnusablePatientError(Exception):
    """The patient file that a scenario names is missing, changed or none; the text says which and what to do."""


def ids() -> tuple[str, ...]:
    """Ids of the library's cases, sorted."""
    folder = resources.files("scenarios").joinpath("library")
    return tuple(
        sorted(
            entry.name.removesuffix(".toml")
            for entry in folder.iterdir()
            if entry.name.endswith(".toml") and not is_translation(entry.name)
        )
    )


def is_translation(name: str) -> bool:
    """Whether a file of this name holds the texts of a case in another language, and no case.

    >>> is_translation("my-case.de.toml"), is_translation("my-case.toml"), is_translation("case-v1.2.toml")
    (True, False, False)
    """
    language = Path(name.removesuffix(".toml")).suffix[1:]
    return len(language) == 2 and language.isascii() and language.islower()


def text_of(case_id: str) -> str:
    """The TOML of a library case. Raises KeyError for an unknown id."""
    if case_id not in ids():
        raise KeyError(case_id)
    return resources.files("scenarios").joinpath(f"library/{case_id}.toml").read_text(encoding="utf-8")


def find(case: str) -> Scenario:
    """The scenario of a library id or a path to a TOML file.

    Raises InvalidFile for a file with mistakes, and for a name that is neither.
    """
    if case in ids():
        return read_toml(text_of(case), Scenario, source=f"{case}.toml")
    path = Path(case)
    if path.suffix == ".toml" or os.path.exists(path):  # Path.exists raises for names that are too long
        scenario = read_toml_file(path, Scenario)
        is_imported = isinstance(scenario.patient, PatientFile)
        return scenario.read_from(str(path.parent)) if is_imported else scenario
    known = ids()
    problem = Problem(None, "case", f"the name '{case}'", f"a path to a .toml file, or {', '.join(known)}",
                      nearest_name(case, known))  # fmt: skip
    raise InvalidFile(case, (problem,))
