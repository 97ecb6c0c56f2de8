"""Texts of our own, by key, in the reader's language: windows and reports are written with them.

Texts are data (``texts/<language>.toml`` or ``texts/<language>/*.toml`` of a package), with placeholders in
braces. A text that is missing is a mistake of ours and raises; tests hold all languages to the same keys and
placeholders.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from scenarios.numerals import ENGLISH, Filling, number, numerals
from scenarios.sentences import BY_ENGLISH, texts_of

LANGUAGES: dict[str, str] = {"en": "English", "de": "Deutsch"}


def known_language(language: str) -> str:
    """The language, if there is such a one. Raises ValueError with the ones there are.

    >>> known_language("de")
    'de'
    """
    if language not in LANGUAGES:
        raise ValueError(f"there is no language {language!r}; choose one of {', '.join(LANGUAGES)}")
    return language


class Texts:
    """Texts of a language, by key.

    >>> Texts({"report.limit": "bis {mm:.1f} mm"}, "de")("report.limit", mm=2.5)
    'bis 2,5 mm'
    """

    def __init__(self, texts: Mapping[str, str], language: str = ENGLISH) -> None:
        self.language = known_language(language)
        self._texts = texts
        self._filling = Filling(language)

    def __call__(self, key: str, **values: Any) -> str:
        """The text of a key with its placeholders filled. Raises KeyError for an unknown key."""
        return self._filling.vformat(self._texts[key], (), values)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self._texts

    def number(self, value: Any, spec: str = "") -> str:
        """A number as the language writes it; spec as for Python's format."""
        return number(value, spec, self.language)

    def numerals(self, text: str) -> str:
        """A text in which numbers stand already, as the language writes them."""
        return numerals(text, self.language)


@lru_cache(maxsize=16)
def keyed(package: str, language: str) -> Mapping[str, str]:
    """A package's texts as "table.name", but for the tables that are found by how they read in English."""
    return {
        f"{table}.{name}": words
        for table, entries in texts_of(package, language).items()
        if table not in BY_ENGLISH
        for name, words in entries.items()
    }
