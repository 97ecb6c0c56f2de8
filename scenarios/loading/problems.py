"""What is wrong with a file, in words an instructor can act on: where, found, allowed, remedy.

A ``Problem`` is one mistake; ``InvalidFile`` carries all of them. The rest finds the words for what a value
is and for what a JSON Schema node allows. Nothing here reads a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from scenarios.loading.names import number_text, unit_of

Path = tuple[str | int, ...]
"""The way to a value from the top of the file: names of tables, and indexes (from 0) of list elements."""

Node = Mapping[str, Any]
"""A node of a JSON Schema."""


@dataclass(frozen=True)
class Problem:
    """One mistake.

    line     line of the file (from 1), None where the mistake has none
    where    ``patient.fracture.height_ratio``; list elements count from 1: ``criteria[2].kind``
    found    what stands there ("-9", "the text '80 kV'", "nothing"); empty where a rule over a whole table
             is broken
    allowed  what may stand there ("-5 to 2"); empty where only a rule of the schema was broken
    nearest  the valid name or value that was probably meant
    remedy   what to do, or the message of the schema's own rule

    >>> str(Problem(12, "patient.t_score", "-9", "-5 to 2"))
    'patient.t_score: found -9, allowed -5 to 2'
    """

    line: int | None
    where: str
    found: str
    allowed: str
    nearest: str | None = None
    remedy: str = ""

    def __str__(self) -> str:
        """One sentence, without file and line."""
        place = f"{self.where}: " if self.where else ""
        hint = self.remedy or (f"did you mean {self.nearest}?" if self.nearest else "")
        if not self.allowed:
            return f"{place}{hint} (found {self.found})" if self.found else f"{place}{hint}"
        return f"{place}found {self.found}, allowed {self.allowed}" + (f"; {hint}" if hint else "")


class InvalidFile(ValueError):  # noqa: N818 - named for what it is, as the callers print it
    """A file that cannot be used: source (its name) and every problem found, in the order of lines."""

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__(source, self.problems)

    def __str__(self) -> str:
        """All problems, one a line: ``file.toml:12: patient.t_score: found -9, allowed -5 to 2``.

        A long list of what is allowed is printed once, and not at all where the name that was meant is known; a
        problem itself always has the whole list.
        """
        first: dict[str, Problem] = {}
        lines = []
        for problem in self.problems:
            place = self.source if problem.line is None else f"{self.source}:{problem.line}"
            earlier = first.setdefault(problem.allowed, problem)
            if len(problem.allowed) > _LONG and problem.nearest:
                problem = replace(problem, allowed="one of the names in the schema")
            elif earlier is not problem and len(problem.allowed) > _LONG:
                problem = replace(problem, allowed=f"what line {earlier.line} lists")
            lines.append(f"{place}: {problem}")
        return "\n".join(lines)


_LONG = 300


def dotted(path: Path) -> str:
    """path as people write it; list elements count from 1.

    >>> dotted(("criteria", 1, "max mass"))
    'criteria[2]."max mass"'
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            name = clipped(part) if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{clipped(part)}"'
            text += f".{name}" if text else name
    return text


def clipped(text: str, length: int = 60) -> str:
    """text on one line, shortened to length characters."""
    flat = "".join(c if c.isprintable() else " " for c in text)
    return flat if len(flat) <= length else flat[: length - 3] + "..."


def found_words(value: object) -> str:
    """What a value of a TOML file is, in words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else "a number of more than 30 digits"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return f"the text '{clipped(value)}'"
    if isinstance(value, (datetime, date, time)):
        return f"the date or time {value.isoformat()}"
    if isinstance(value, list):
        return "an empty list" if not value else f"a list of {len(value)}"
    return "a table"


def listed(words: Iterable[str]) -> str:
    """words joined for reading: ``a``, ``a or b``, ``a, b or c``."""
    *head, last = list(words) or ["nothing"]
    return f"{', '.join(head)} or {last}" if head else last


def allowed_words(node: Node, defs: Mapping[str, Node], name: str = "", *, brief: bool = False) -> str:
    """What a JSON Schema node allows, in words, for a value called name (which may give the unit).

    brief leaves out "a number": for a number that is out of limits only the limits are of interest.
    """
    if "$ref" in node:
        return allowed_words(defs[node["$ref"].rsplit("/", 1)[-1]], defs, name, brief=brief)
    if "const" in node or "enum" in node:
        return listed(_literal(v) for v in node.get("enum", [node.get("const")]))
    if "discriminator" in node:
        choice = node["discriminator"]
        return f"a table with {choice['propertyName']} = {listed(map(_literal, choice['mapping']))}"
    branches = [b for b in node.get("anyOf") or node.get("oneOf") or [] if b.get("type") != "null"]
    if branches:
        return listed(dict.fromkeys(allowed_words(b, defs, name, brief=brief) for b in branches))
    kind = node.get("type")
    if kind in ("number", "integer"):
        return _allowed_number(node, name, brief=brief)
    if kind == "string":
        return _allowed_text(node)
    if kind == "array":
        return _allowed_list(node, defs, name)
    if kind == "object":
        names = node.get("properties") or {}
        count = _size(node, "minProperties", "maxProperties", "name")
        return f"a table with the names {', '.join(names)}" if names else f"a table{count}"
    return {"boolean": "true or false"}.get(str(kind), "any value")


def _literal(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else found_words(value)


def _allowed_number(node: Node, name: str, *, brief: bool) -> str:
    unit = unit_of(name)
    low, high = node.get("minimum"), node.get("maximum")
    above, below = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    if low is not None and high is not None:
        limits = [f"{number_text(low)} to {number_text(high)}"]
    else:
        words = {"at least": low, "above": above, "at most": high, "below": below}
        limits = [f"{word} {number_text(limit)}" for word, limit in words.items() if limit is not None]
    step = [f"a multiple of {number_text(node['multipleOf'])}"] if "multipleOf" in node else []
    text = " and ".join(limits + step)
    if brief and text:
        return f"{text} {unit}".rstrip()
    kind = "a whole number" if node["type"] == "integer" else "a number"
    unit = f" in {unit} (the unit is in the name)" if unit else ""
    return f"{kind}{unit}, {text}" if text else f"{kind}{unit}"


def _allowed_text(node: Node) -> str:
    if node.get("format") in ("date", "date-time", "time"):
        return {"date": "a date such as 2025-01-31", "time": "a time such as 12:30:00"}.get(
            node["format"], "a date and time such as 2025-01-31T12:30:00"
        )
    length = _size(node, "minLength", "maxLength", "character")
    form = f" of the form {node['pattern']}" if "pattern" in node else ""
    return f"text{length}{form}" + (f", such as {_literal(node['examples'][0])}" if node.get("examples") else "")


def _allowed_list(node: Node, defs: Mapping[str, Node], name: str) -> str:
    element = node.get("items") if isinstance(node.get("items"), Mapping) else None
    fixed = node.get("prefixItems") or []
    element = element or (fixed[0] if fixed and all(f == fixed[0] for f in fixed) else None)
    size = _size(node, "minItems", "maxItems", "element")
    if element is None or element == {}:
        return f"a list{size}"
    return f"a list{size}, each {allowed_words(element, defs, name)}"


def _size(node: Node, at_least: str, at_most: str, noun: str) -> str:
    """The limits of a size with a leading blank; empty without limits."""
    low, high = node.get(at_least) or 0, node.get(at_most)
    if high is None and not low:
        return ""
    nouns = noun if (low if high is None else high) == 1 else f"{noun}s"
    if high is None:
        return f" of at least {low} {nouns}"
    return (
        f" of {low} {nouns}"
        if low == high
        else f" of {low} to {high} {nouns}"
        if low
        else f" of at most {high} {nouns}"
    )
