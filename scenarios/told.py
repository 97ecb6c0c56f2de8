"""What a case and its rubric say, in the reader's language.

English is what stands in scenario files and recordings. Another language stands beside it: of a case in
``<case>.<language>.toml`` next to the case's file, of metrics, units and gates in ``texts/<language>.toml``. What
has no translation is told in English. Nothing that is played, recorded or scored comes from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

from scenarios import cases
from scenarios.loading import InvalidFile, read_toml, read_toml_file
from scenarios.numerals import ENGLISH, number
from scenarios.schema import Briefing, Part, Scenario
from scenarios.sentences import sentences_of, texts_of
from scenarios.vocabulary import METRIC_MEANINGS

_HERE = "scenarios"
_UNITS_IN_NAMES = {
    "mm", "deg", "s", "ml", "psi", "percent", "min", "gycm2", "mgy", "ugy", "mm2", "mmhg", "pa", "c",
}  # fmt: skip


class Translation(Part):
    """A case's texts in another language. version: of the case that they are of; for no other they are used."""

    version: str
    title: str = ""
    summary: str = ""
    briefing: Briefing = Briefing()


@dataclass(frozen=True)
class Told:
    """What is read of a case before it begins."""

    title: str
    summary: str
    briefing: Briefing


def told(scenario: Scenario, language: str = ENGLISH, path: Path | None = None) -> Told:
    """A case in a language. path: of its file, where it does not ship.

    A case that ships is known by id and version; a text of it that was changed since, as in a copy of the file or
    in an old recording, is told as it stands there.
    """
    english = Told(scenario.title, scenario.summary, scenario.briefing)
    if language == ENGLISH:
        return english
    if path is None:
        found, original = _shipped(scenario.id, language)
    else:
        found, original = _beside(path, language), scenario
    if found is None or original is None or not found.version == original.version == scenario.version:
        return english
    briefing = {
        name: _one(text, getattr(original.briefing, name), getattr(found.briefing, name))
        for name, text in scenario.briefing
    }
    return Told(
        _one(scenario.title, original.title, found.title) or "",
        _one(scenario.summary, original.summary, found.summary) or "",
        scenario.briefing.model_copy(update=briefing),
    )


def _one(text: str | None, original: str | None, other: str | None) -> str | None:
    """A text's translation, where there is one and it is of this text."""
    return other if other and text == original else text


def sentence(english: str, language: str = ENGLISH) -> str:
    """A sentence of a rubric, as those of gates, in a language."""
    return english if language == ENGLISH else sentences_of(_HERE, language).told(english)


def meaning(metric: str, language: str = ENGLISH) -> str:
    """What a metric measures, as a sentence."""
    if language == ENGLISH:
        return METRIC_MEANINGS[metric]
    return texts_of(_HERE, language).get("metric", {}).get(metric, METRIC_MEANINGS[metric])


def amount(value: float, unit: str, language: str = ENGLISH, digits: int = 4) -> str:
    """A value with its unit, as people write it, to so many digits.

    >>> amount(2.3866, "mm"), amount(-1.0, "deg"), amount(2.0, "count")
    ('2.387 mm', '−1°', '2')
    >>> amount(2.3866, "mm", "de")
    '2,387 mm'
    """
    shown, written = written_unit(unit, language), number(value, f".{digits}g", language).replace("-", "−")
    return f"{written}{shown}" if shown == "°" else f"{written} {shown}".rstrip()


def written_unit(unit: str, language: str = ENGLISH) -> str:
    """A metric's unit as people write it.

    >>> written_unit("uGy"), written_unit("min", "de"), written_unit("count")
    ('µGy', 'Min.', '')
    """
    return str(texts_of(_HERE, language).get("unit", {}).get(unit, unit))


def title(metric: str, language: str = ENGLISH) -> str:
    """A metric's name for people: in English its own words without the unit.

    >>> title("dose_area_product_gycm2"), title("dose_area_product_gycm2", "de")
    ('Dose area product', 'Dosisflächenprodukt')
    """
    if language != ENGLISH:
        told = texts_of(_HERE, language).get("title", {})
        if metric in told:
            return str(told[metric])
    words = metric.split("_")
    while len(words) > 1 and words[-1] in _UNITS_IN_NAMES:
        words.pop()
    return " ".join(words).capitalize().replace("No go", "No-go")


def source(english: str, language: str = ENGLISH) -> str:
    """Where a criterion's limits come from."""
    return english if language == ENGLISH else texts_of(_HERE, language).get("source", {}).get(english, english)


@lru_cache(maxsize=64)
def _shipped(case_id: str, language: str) -> tuple[Translation | None, Scenario | None]:
    """The translation of a case that ships, and the case."""
    if case_id not in cases.ids():
        return None, None
    place = resources.files("scenarios").joinpath(f"library/{case_id}.{language}.toml")
    if not place.is_file():
        return None, None
    return read_toml(place.read_text(encoding="utf-8"), Translation, source=place.name), cases.find(case_id)


def _beside(path: Path, language: str) -> Translation | None:
    """The translation beside a user's own file; one with mistakes is none, and ``faults_beside`` tells of them."""
    try:
        return read_toml_file(path.with_name(f"{path.stem}.{language}.toml"), Translation)
    except InvalidFile:
        return None


def faults_beside(path: Path, scenario: Scenario) -> list[str]:
    """Why translations beside a case's file are not shown: mistakes, or another version than the case's."""
    faults = []
    for beside in sorted(path.parent.glob(f"{path.stem}.??.toml")):
        if not cases.is_translation(beside.name):
            continue
        try:
            version = read_toml_file(beside, Translation).version
        except InvalidFile as error:
            faults.append(str(error))
        else:
            if version != scenario.version:
                faults.append(
                    f"{beside} is of version {version}, the case of {scenario.version}: look it through and "
                    f'write version = "{scenario.version}" into it'
                )
    return faults
