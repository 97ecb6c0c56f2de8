"""Targets measured, and what came of it as a table: for the command line and for docs/validation.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from simulator.validation.target import Reading, Target

Verdict = Literal["holds", "fails", "could not be measured"]
VERDICTS: tuple[Verdict, ...] = ("holds", "fails", "could not be measured")

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Result:
    """A target and what this version gave; problem: why it could not be measured, else None."""

    target: Target
    readings: tuple[Reading, ...]
    problem: str | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether every reading lies in its range."""
        if self.problem is not None or not self.readings:
            return "could not be measured"
        return "holds" if all(reading.holds for reading in self.readings) else "fails"

    @property
    def weighs(self) -> bool:
        """Whether this is exact physics that does not hold: a mistake of the program."""
        return self.target.kind == "exact" and self.verdict != "holds"


def measured(targets: Sequence[Target], progress: Progress | None = None) -> list[Result]:
    """Every target measured; one that raises an error is a result too."""
    results = []
    for done, target in enumerate(targets):
        if progress is not None:
            progress(f"{target.number} {target.what}", done / len(targets))
        try:
            results.append(Result(target, target.measure()))
        except (ArithmeticError, LookupError, RuntimeError, ValueError) as error:  # the others are still measured
            results.append(Result(target, (), f"{type(error).__name__}: {error}"))
    return results


def as_text(results: Sequence[Result]) -> str:
    """The table for a terminal."""
    lines = []
    for result in results:
        target = result.target
        lines.append(f"{target.number:<4} {target.what}: {result.verdict} ({target.kind}; {target.source})")
        if result.problem is not None:
            lines.append(f"       {result.problem}")
        for reading in result.readings:
            mark = " " if reading.holds else "!"
            lines.append(f"     {mark} {reading.what:<58} {got(reading):>16}   accepted {accepted(reading)}")
    return "\n".join(lines)


def as_json(results: Sequence[Result]) -> list[dict[str, Any]]:
    """The table for programs; numbers that are none are null."""
    return [
        {
            "number": result.target.number,
            "what": result.target.what,
            "expected": result.target.expected,
            "kind": result.target.kind,
            "source": result.target.source,
            "unconfirmed": list(result.target.unconfirmed),
            "note": result.target.note,
            "verdict": result.verdict,
            "problem": result.problem,
            "readings": [
                {
                    "what": reading.what,
                    "got": _plain(reading.got),
                    "low": _plain(reading.low),
                    "high": _plain(reading.high),
                    "unit": reading.unit,
                    "holds": reading.holds,
                }
                for reading in result.readings
            ],
        }
        for result in results
    ]


def as_markdown(results: Sequence[Result]) -> str:
    """The table of docs/validation.md: one row a target, what it gave line by line."""
    rows = ["| | target | source | got | verdict |", "|---|---|---|---|---|"]
    for result in results:
        target = result.target
        if result.problem is not None:
            gave = _cell(result.problem)
        else:
            gave = "<br>".join(_cell(_reading(reading)) for reading in result.readings)
        verdict = result.verdict if result.verdict == "holds" else f"**{result.verdict}**"
        wanted = f"{target.what} ({target.kind}): {target.expected}"
        rows.append(f"| {target.number} | {_cell(wanted)} | {_cell(target.source)} | {gave} | {verdict} |")
    remarks = [_remark(result.target) for result in results if result.target.note or result.target.unconfirmed]
    return "\n".join([*rows, *(["", *remarks] if remarks else [])])


def summary(results: Sequence[Result]) -> str:
    """How many of which kind hold."""
    said = []
    for kind in ("exact", "literature"):
        these = [result for result in results if result.target.kind == kind]
        if these:
            said.append(f"{sum(r.verdict == 'holds' for r in these)} of {len(these)} {kind} targets hold")
    return "; ".join(said) or "no target was measured"


def got(reading: Reading) -> str:
    """A reading's number with its unit."""
    return f"{_number(reading.got)} {reading.unit}".strip()


def accepted(reading: Reading) -> str:
    """The range that is accepted, in words."""
    unit = f" {reading.unit}" if reading.unit else ""
    if np.isinf(reading.high) and np.isinf(reading.low):
        return "any number"
    if np.isinf(reading.high):
        return f"from {_number(reading.low)}{unit}"
    if np.isinf(reading.low):
        return f"up to {_number(reading.high)}{unit}"
    if reading.low == reading.high:
        return f"{_number(reading.low)}{unit}"
    return f"{_number(reading.low)} to {_number(reading.high)}{unit}"


def _reading(reading: Reading) -> str:
    wrong = "" if reading.holds else " (outside)"
    return f"{reading.what}: {got(reading)}, accepted {accepted(reading)}{wrong}"


def _remark(target: Target) -> str:
    presets = f" Rests on unconfirmed presets: {', '.join(target.unconfirmed)}." if target.unconfirmed else ""
    return f"- **{target.number}**: {target.note}{presets}".replace(":  ", ": ")


def _number(value: float) -> str:
    return f"{value:.4g}"


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _cell(text: str) -> str:
    """Text that does not break a table."""
    return text.replace("|", "\\|").replace("\n", " ")
