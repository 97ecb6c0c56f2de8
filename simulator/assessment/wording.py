"""Sentences of a score in the reader's language.

A score is the same whatever language it is read in: it holds English sentences, and these are told in another one
where they are shown.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources

from scenarios.sentences import Sentences
from scenarios.told import ENGLISH


def told(sentence: str, language: str = ENGLISH) -> str:
    """A sentence of a score in a language; one that has no translation stays English.

    >>> told("all up to 4, none above 6", "de")
    'alle bis 4, keine über 6'
    """
    return sentence if language == ENGLISH else _sentences(language).told(sentence)


@lru_cache(maxsize=8)
def _sentences(language: str) -> Sentences:
    place = resources.files("simulator.assessment").joinpath(f"texts/{language}.toml")
    return Sentences(tomllib.loads(place.read_text(encoding="utf-8"))["sentence"] if place.is_file() else {})
