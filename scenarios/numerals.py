"""Numbers as they are written in a language: the decimal mark, in one place.

For people only: files, recordings and tables for other programs are written by Python's own format, with a point.
"""

from __future__ import annotations

import re
import string
from numbers import Real
from typing import Any

ENGLISH = "en"
_MARKS = {"de": ","}
_WRITTEN = re.compile(r"(?<![\w.])(\d+)\.(\d+)(?![\w]|\.\d)")
"""A number with decimals in a text: neither part of a word, nor of a version or a date."""
_LISTED = re.compile(r"(?<=\d), (?=\d)")


def number(value: Any, spec: str = "", language: str = ENGLISH) -> str:
    """A value by Python's format specification, a number with the language's decimal mark.

    >>> number(2.5, ".2f"), number(2.5, ".2f", "de"), number(-0.5, "+g", "de"), number("1.5", "", "de")
    ('2.50', '2,50', '-0,5', '1.5')
    """
    written = format(value, spec)
    mark = _MARKS.get(language)
    return written.replace(".", mark) if mark is not None and isinstance(value, Real) else written


def numerals(text: str, language: str = ENGLISH) -> str:
    """A text in which numbers stand already, with the language's decimal mark in them.

    Where a comma is that mark, listed numbers are kept apart by semicolons.

    >>> numerals("0.75 ml of 3", "de"), numerals("1, 3.75, 7.5", "de"), numerals("version 1.2.3", "de")
    ('0,75 ml of 3', '1; 3,75; 7,5', 'version 1.2.3')
    """
    mark = _MARKS.get(language)
    if mark is None or not _WRITTEN.search(text):
        return text
    return _WRITTEN.sub(rf"\1{mark}\2", _LISTED.sub("; ", text))


class Filling(string.Formatter):
    """Fills the placeholders of a text as ``str.format`` does, numbers as the language writes them."""

    def __init__(self, language: str = ENGLISH) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        """A placeholder's value."""
        return number(value, format_spec, self._language)
