"""What the desktop says, in the language of its user: every text stands in one file a language.

Texts are data (``texts/<language>/*.toml``), with placeholders in braces. A text that is missing is a mistake of
ours and raises; a test holds all languages to the same keys and the same placeholders.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

LANGUAGES: dict[str, str] = {"en": "English", "de": "Deutsch"}
DEFAULT_LANGUAGE = "en"


class Wording:
    """The texts of a language, by key.

    >>> Wording("en")("room.end")
    'End the procedure'
    >>> Wording("de")("readout.depth")
    'Tiefe'
    """

    def __init__(self, language: str = DEFAULT_LANGUAGE) -> None:
        if language not in LANGUAGES:
            raise ValueError(f"there is no language {language!r}; choose one of {', '.join(LANGUAGES)}")
        self.language = language
        self._texts = texts_of(language)

    def __call__(self, key: str, **values: Any) -> str:
        """The text of a key with its placeholders filled. Raises KeyError for an unknown key."""
        return self._texts[key].format(**values)

    def key(self, key: str) -> str:
        """The name of a key of the keyboard, alone or with others ("Ctrl+Up")."""
        held, _, last = key.rpartition("+") if len(key) > 1 else ("", "", key)
        names = [self._texts.get(f"key.{name}", name) for name in (*held.split("+"), last) if name]
        return "+".join(names).replace("⇧+", "⇧")

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self._texts


def texts_of(language: str) -> dict[str, str]:
    """All texts of a language: "table.name" for each name of each table of each of its files."""
    texts: dict[str, str] = {}
    for file in sorted(resources.files("simulator.app").joinpath(f"texts/{language}").iterdir(), key=str):
        tables: dict[str, dict[str, str]] = tomllib.loads(file.read_text(encoding="utf-8"))
        for table, entries in tables.items():
            texts |= {f"{table}.{name}": words for name, words in entries.items()}
    return texts
