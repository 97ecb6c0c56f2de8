"""What the desktop says, in the language of its user: its own texts, and those of reports, which name the same
things.
"""

from __future__ import annotations

from collections.abc import Mapping

from scenarios.numerals import ENGLISH
from scenarios.sentences import sentences_of
from scenarios.wording import LANGUAGES, Texts, keyed, known_language

__all__ = ["DEFAULT_LANGUAGE", "LANGUAGES", "Wording", "texts_of"]
DEFAULT_LANGUAGE = ENGLISH
SPEAKING = ("simulator.engine", "simulator.assessment", "simulator.app")
"""Packages whose sentences can come to be shown."""


class Wording(Texts):
    """The texts of a language, by key.

    >>> Wording("en")("room.end")
    'End the procedure'
    >>> Wording("de")("readout.depth")
    'Tiefe'
    """

    def __init__(self, language: str = DEFAULT_LANGUAGE) -> None:
        super().__init__(texts_of(known_language(language)), language)

    def key(self, key: str) -> str:
        """The name of a key of the keyboard, alone or with others ("Ctrl+Up")."""
        held, _, last = key.rpartition("+") if len(key) > 1 else ("", "", key)
        names = [self._texts.get(f"key.{name}", name) for name in (*held.split("+"), last) if name]
        return "+".join(names).replace("⇧+", "⇧")

    def value(self, shown: str) -> str:
        """What an instrument shows: a word that has a name in the language, or numbers with their units.

        >>> Wording("de").value("left"), Wording("de").value("2.4 ml")
        ('links', '2,4 ml')
        """
        return self(f"value.{shown}") if self.has(f"value.{shown}") else self.numerals(shown)

    def told(self, english: str) -> str:
        """A sentence of what lies below the desktop, such as why a recording cannot be read; one that has no
        translation stays English.

        >>> Wording("de").told("no picture within 20 s")
        'kein Bild binnen 20 s'
        """
        tables = (sentences_of(package, self.language) for package in SPEAKING)
        return next((table.told(english) for table in tables if table.knows(english)), english)


def texts_of(language: str) -> Mapping[str, str]:
    """All texts of a language: "table.name" for each name of each table of each of its files."""
    return {**keyed("simulator.assessment", language), **keyed("simulator.app", language)}
