"""Refusals in the reader's language: what is recorded stays English, and is told otherwise where it is shown."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources

from scenarios.sentences import Sentences

ENGLISH = "en"


def told(refusal: str, language: str = ENGLISH) -> str:
    """Why a command was refused, in a language; a sentence that has no translation stays English.

    >>> told("there is no left cannula in the patient; puncture the skin first", "de")
    'im Patienten steckt keine Kanüle links; zuerst die Haut punktieren'
    """
    return refusal if language == ENGLISH else _sentences(language).told(refusal)


@lru_cache(maxsize=8)
def _sentences(language: str) -> Sentences:
    place = resources.files("simulator.engine").joinpath(f"texts/{language}.toml")
    texts = tomllib.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}
    return Sentences({**texts.get("word", {}), **texts.get("refusal", {})})
