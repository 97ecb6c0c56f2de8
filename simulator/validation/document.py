"""docs/validation.md: the targets and, where one was run, the population."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from typing import Any

from simulator.validation import judging
from simulator.validation.judging import Result
from simulator.validation.population import tallying
from simulator.validation.population.tallying import Line

_HEAD = """\
# Models against published numbers

Made by `vertebrosim validate -o docs/validation.md --population docs/population.json`{version}; not written by
hand. What fails is in it too.

An *exact* target is physics or geometry that must hold; a *literature* one is a measurement on people, specimens
or benches, whose agreement shows that a model is plausible and no more. Numbers V1 to V25 are those of the list
that the models were built to. Tolerances are the sources'. A number that nobody has confirmed is a preset; where a
target rests on one, the remarks below the table say so.

{summary}.
"""

_POPULATION = """\
## A population

{n} random patients, seeds from {first}, each treated by vertebroplasty
with cement of low, medium and high viscosity and by balloon kyphoplasty (`vertebrosim population`). Shares of
levels, fractures and defects are in `simulator/validation/population/sampling.py`; how a competent operator places
cannulae and when he stops is in `operator.py` beside it. A leak is on CT from {ct_ml:g} ml at one destination,
visible in fluoroscopy from {seen_mm2:g} mm2 in one of two planes. Intervals are Wilson's (rates) or of the mean,
95 %. {untreatable}{note}
"""

_NO_POPULATION = """\
## A population

Not run for this document: `vertebrosim population --patients 200 --out DIR`, then `--population DIR`. V9, V10, V15
and V16 are answered there.
"""


def document(results: Sequence[Result], population: dict[str, Any] | None) -> str:
    """The whole file. population: what ``population --format json`` prints, or None."""
    version = f" (version {metadata.version('vertebrosim')})"
    parts = [_HEAD.format(version=version, summary=judging.summary(results)), judging.as_markdown(results), ""]
    if population is None:
        return "\n".join([*parts, _NO_POPULATION])
    lines = [line_of(row) for row in population["table"]]
    left_out = population["untreatable"]
    untreatable = f"{len(left_out)} of them could not be treated and are left out." if left_out else ""
    head = _POPULATION.format(
        n=population["patients"],
        first=population["first_seed"],
        ct_ml=tallying.CT_ML,
        seen_mm2=tallying.SEEN_MM2,
        untreatable=untreatable,
        note=population.get("note", ""),
    )
    return "\n".join([*parts, head, tallying.as_markdown(lines), ""])


def line_of(row: dict[str, Any]) -> Line:
    """A line of the population's table, read back from JSON."""
    numbers = {name: float("nan") if row[name] is None else float(row[name]) for name in ("value", "low", "high")}
    band = row["band"]
    if band is not None:
        low, high = band
        band = (float("-inf") if low is None else float(low), float("inf") if high is None else float(high))
    return Line(
        row["target"], row["what"], int(row["n"]), **numbers, unit=row["unit"], band=band, source=row["source"]
    )
