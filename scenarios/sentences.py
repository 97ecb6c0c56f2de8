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

ENGLISH = "en"


class Sentences:
    """The sentences of a table, English to another language.

    >>> Sentences({"no {kind} picture": "kein Bild von {kind}", "frontal": "vorn"}).told("no frontal picture")
    'kein Bild von vorn'
    >>> Sentences({}).told("no such sentence")
    'no such sentence'
    """

    def __init__(self, table: Mapping[str, str]) -> None:
        self._whole = dict(table)
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
                return other.format(**{name: self.told(value) for name, value in found.groupdict().items()})
        return english

    def knows(self, english: str) -> bool:
        """Whether there is another language for it."""
        return english in self._whole or any(pattern.fullmatch(english) for pattern, _ in self._patterns)


@lru_cache(maxsize=32)
def texts_of(package: str, language: str) -> dict[str, dict[str, Any]]:
    """The tables of a package's ``texts/<language>.toml``; none where there is no such file."""
    place = resources.files(package).joinpath(f"texts/{language}.toml")
    return tomllib.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}


@lru_cache(maxsize=32)
def sentences_of(package: str, language: str) -> Sentences:
    """What a package's texts say of words and sentences; words come first, for they stand in sentences."""
    texts = texts_of(package, language)
    return Sentences({**texts.get("word", {}), **texts.get("sentence", {})})


def _pattern(english: str) -> re.Pattern[str]:
    parts = []
    for text, name, _, _ in string.Formatter().parse(english):
        parts.append(re.escape(text))
        if name:
            parts.append(f"(?P<{name}>.+?)")
    return re.compile("".join(parts), re.DOTALL)
