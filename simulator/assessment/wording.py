"""How a score is told: its sentences in the reader's language, texts of reports, and times of a session.

A score is the same whatever language it is read in: it holds English sentences, and these are told in another one
where they are shown.
"""

from __future__ import annotations

from functools import lru_cache

from scenarios.numerals import ENGLISH
from scenarios.sentences import sentences_of
from scenarios.wording import Texts, keyed

_HERE = "simulator.assessment"


def told(sentence: str, language: str = ENGLISH) -> str:
    """A sentence of a score in a language; one that has no translation stays English.

    >>> told("all up to 0.4, none above 6", "de")
    'alle bis 0,4, keine über 6'
    """
    return sentence if language == ENGLISH else sentences_of(_HERE, language).told(sentence)


@lru_cache(maxsize=8)
def texts(language: str = ENGLISH) -> Texts:
    """What reports are written with. Raises ValueError for a language that there is not.

    >>> texts("de")("report.passed")
    'bestanden'
    """
    return Texts(keyed(_HERE, language), language)


def clock(seconds: float) -> str:
    """Minutes and seconds.

    >>> clock(754.2)
    '12:34'
    """
    whole = int(max(seconds, 0.0))
    return f"{whole // 60}:{whole % 60:02d}"
