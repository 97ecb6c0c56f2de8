"""What German texts must not hold: English words, and decimal points."""

from __future__ import annotations

import re

_ENGLISH = re.compile(
    r"(?<![\w'-])(?:the|of|and|not|no|with|were|is|are|to|from|above|below|because|by|on|each|left|right|before"
    r"|after|points|for|which|that|this|than|it|its|been|has|have|cannot|cement|needle|cannula|body|leaks?|pictures?"
    r"|failed|passed|side|where|when|into|only|done|value|gates?|scored?|patient's|unconfirmed|years?"
    r"|minutes|seconds|degrees|there|yes|key|open|close|choose|cancel|file|folder)(?![\w-])",
    re.IGNORECASE,
)
"""Words that no German text uses, nor any name in ours."""


def english_in(text: str) -> list[str]:
    """The English words in a text.

    >>> english_in("der Zement in the Wirbelkörper"), english_in("on-site-name_of_metric")
    (['the'], [])
    """
    return _ENGLISH.findall(text)


def pointed_in(text: str) -> list[str]:
    """The numbers in a text that have a decimal point.

    >>> pointed_in("1.5 ml, 2,5 ml, Version 1.2.3")
    ['1.5']
    """
    return re.findall(r"(?<![\w.])\d+\.\d+(?![\w.])", text)
