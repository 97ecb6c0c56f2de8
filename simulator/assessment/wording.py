"""How a score is told: its sentences in the reader's language, and times of a session.

A score is the same whatever language it is read in: it holds English sentences, and these are told in another one
where they are shown.
"""

from __future__ import annotations

from scenarios.sentences import ENGLISH, sentences_of


def told(sentence: str, language: str = ENGLISH) -> str:
    """A sentence of a score in a language; one that has no translation stays English.

    >>> told("all up to 4, none above 6", "de")
    'alle bis 4, keine über 6'
    """
    return sentence if language == ENGLISH else sentences_of("simulator.assessment", language).told(sentence)


def clock(seconds: float) -> str:
    """Minutes and seconds.

    >>> clock(754.2)
    '12:34'
    """
    whole = int(max(seconds, 0.0))
    return f"{whole // 60}:{whole % 60:02d}"
