"""Refusals in the reader's language: what is recorded stays English, and is told otherwise where it is shown."""

from __future__ import annotations

from scenarios.numerals import ENGLISH
from scenarios.sentences import sentences_of


def told(refusal: str, language: str = ENGLISH) -> str:
    """Why a command was refused, in a language; a sentence that has no translation stays English.

    >>> told("there is no left cannula in the patient; puncture the skin first", "de")
    'im Patienten steckt keine Kanüle links; zuerst die Haut punktieren'
    """
    return refusal if language == ENGLISH else sentences_of("simulator.engine", language).told(refusal)
