"""German texts hold no English word and no decimal point, wherever they stand."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.german import english_in, pointed_in

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("scenarios", "simulator")
    for pattern in ("*.de.toml", "texts/de.toml", "texts/de/*.toml")
    for path in (ROOT / folder).rglob(pattern)
)


def texts(value: Any, at: str = "") -> dict[str, str]:
    """Every text of a file by its place."""
    if isinstance(value, dict):
        return {k: v for name, one in value.items() for k, v in texts(one, f"{at}.{name}").items()}
    return {at: value} if isinstance(value, str) else {}


def test_the_files_are_found() -> None:
    assert len(FILES) >= 25


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_german_file_is_german(path: Path) -> None:
    found = texts(tomllib.loads(path.read_text(encoding="utf-8")))
    placeless = {at: " ".join(part.split("}")[-1] for part in text.split("{")) for at, text in found.items()}
    assert {at: words for at, text in placeless.items() if (words := english_in(text))} == {}
    assert {at: numbers for at, text in placeless.items() if (numbers := pointed_in(text))} == {}
