"""Sentences in another language, found by how they read in English.

For sentences that are kept in files and recordings as they were said. A table's left side may have placeholders in
braces: what stands in their place is a word of the table itself, or goes over as it is.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from scenarios.numerals import ENGLISH, numerals

BY_ENGLISH = ("word", "sentence")
"""Tables whose left side is English."""


class Sentences:
    """The sentences of a table, English to another language.

    >>> Sentences({"no {kind} picture": "kein Bild von {kind}", "frontal": "vorn"}).told("no frontal picture")
    'kein Bild von vorn'
    >>> Sentences({"up to {high}": "bis {high}"}, "de").told("up to 0.5")
    'bis 0,5'
    >>> Sentences({}).told("no such sentence")
    'no such sentence'
    """

    def __init__(self, table: Mapping[str, str], language: str = ENGLISH) -> None:
        self._whole, self._language = dict(table), language
        self._patterns = [
            (_pattern(english), other) for english, other in table.items() if "{" in english
        ]  # in the table's order: the first that fits

    def told(self, english: str) -> str:
        """A sentence in the other language; one that is not known stays as it is."""
        if english in self._whole:
            return self._whole[english]
        for pattern, other in self._patterns:
            found = pattern.fullmatch(english)
            if found:
                return other.format(**{name: self._filled(value) for name, value in found.groupdict().items()})
        return english

    def _filled(self, value: str) -> str:
        """What stands in a placeholder: words of the table, or a number as the language writes it."""
        told = self.told(value)
        return numerals(told, self._language) if told == value else told

    def knows(self, english: str) -> bool:
        """Whether there is another language for it."""
        return english in self._whole or any(pattern.fullmatch(english) for pattern, _ in self._patterns)


@lru_cache(maxsize=32)
def texts_of(package: str, language: str) -> dict[str, dict[str, Any]]:
    """The tables of a package's ``texts/<language>.toml`` and of all files of its folder ``texts/<language>``.

    None where there is neither. A table may go on in another file.
    """
    place = resources.files(package).joinpath("texts")
    files = [place.joinpath(f"{language}.toml")]
    if place.joinpath(language).is_dir():
        files += sorted(
            (file for file in place.joinpath(language).iterdir() if file.name.endswith(".toml")), key=str
        )
    tables: dict[str, dict[str, Any]] = {}
    for file in files:
        if file.is_file():
            for table, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
                tables[table] = {**tables.get(table, {}), **entries}
    return tables


@lru_cache(maxsize=32)
def sentences_of(package: str, language: str) -> Sentences:
    """What a package's texts say of words and sentences; words come first, for they stand in sentences."""
    texts = texts_of(package, language)
    words: dict[str, str] = {}
    for table in ("place", *BY_ENGLISH):  # places are in English as recordings name them
        words |= texts.get(table, {})
    return Sentences(words, language)


def _pattern(english: str) -> re.Pattern[str]:
    parts = []
    for text, name, _, _ in string.Formatter().parse(english):
        parts.append(re.escape(text))
        if name:
            parts.append(f"(?P<{name}>.+?)")
    return re.compile("".join(parts), re.DOTALL)
