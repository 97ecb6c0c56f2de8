"""Reads TOML and goes on after a mistake, so that one missing quotation mark does not hide the next mistake.

``tomllib`` stops at the first error. Where that error lies within one complete ``name = value``, the
statement is set aside and the rest is read again; an error that makes the rest doubtful (a list never closed,
a broken ``[header]``) ends the reading.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from scenarios.loading.lines import MAX_DEPTH, Layout, Statement, TooDeep, scan
from scenarios.loading.names import quantity_as_number, unit_of
from scenarios.loading.problems import Path, Problem, clipped, dotted

_MAX_PROBLEMS = 30
_MAX_CHARACTERS_READ = 2_000_000  # in all rounds together, so that a hostile file costs a second at most


@dataclass(frozen=True)
class Parsed:
    """What could be read of a file.

    lines     the line of each path, as in Layout
    problems  mistakes of syntax
    unread    paths of the statements that were set aside; what they meant to say is not in data
    is_whole  False where the reading ended before the file did, so that nothing in data counts as missing
    """

    data: dict[str, Any]
    lines: Mapping[Path, int]
    problems: tuple[Problem, ...] = ()
    unread: frozenset[Path] = frozenset()
    is_whole: bool = True


def parse(text: str) -> Parsed:
    """Everything that can be read of text (``\\n`` line ends), and every mistake of syntax. Never raises."""
    kept = text.split("\n")
    try:
        layout = scan(text)
    except TooDeep as error:
        before = parse("\n".join(kept[: error.args[0] - 1]))  # where a bracket was perhaps forgotten
        return replace(before, problems=(*before.problems, _too_deep(error.args[0])), is_whole=False)
    problems: list[Problem] = []
    unread: set[Path] = set()
    for _ in range(min(_MAX_PROBLEMS, 1 + _MAX_CHARACTERS_READ // (1 + len(text)))):
        try:
            data = tomllib.loads("\n".join(kept))
            return Parsed(data, layout.lines, tuple(problems), frozenset(unread))
        except ValueError as error:  # also that of int() for a number of thousands of digits
            message, line, column = _message_and_position(error, kept)
        statement = _statement_at(layout, line, kept)
        problems.append(_problem(message, line or statement.first_line, column, kept, layout, statement))
        if not _can_go_on_without(statement, kept):
            break
        unread.add(statement.path)
        for index in range(statement.first_line - 1, statement.last_line):
            kept[index] = ""
    try:
        data = tomllib.loads("\n".join(kept[: statement.first_line - 1]))
    except ValueError:
        data = {}
    return Parsed(data, layout.lines, tuple(problems), frozenset(unread), is_whole=False)


def _can_go_on_without(statement: Statement, kept: list[str]) -> bool:
    """True where the rest of the file means the same with the statement set aside."""
    later_lines = kept[statement.first_line : statement.last_line]
    swallowed = any(re.match(r"\s*(\[\[?\s*[A-Za-z_]|[\w.-]+\s*=)", line) for line in later_lines)
    is_complete = statement.is_closed or not later_lines
    return is_complete and not swallowed and not statement.is_header and bool(kept[statement.first_line - 1])


def _too_deep(line: int) -> Problem:
    return Problem(line, "", "lists or tables within one another without end", f"at most {MAX_DEPTH} levels")


def _message_and_position(error: ValueError, kept: list[str]) -> tuple[str, int | None, int | None]:
    """tomllib's message without the position, the line and the column; None for "at the end of the file"."""
    match = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", str(error), re.DOTALL)
    if match:
        return match[1], int(match[2]), int(match[3])
    if not isinstance(error, tomllib.TOMLDecodeError):
        long = (n for n, text in enumerate(kept, start=1) if re.search(r"\d[\d_]{4000}", text))
        return "number of thousands of digits", next(long, None), None
    return str(error).removesuffix(" (at end of document)"), None, None


def _statement_at(layout: Layout, line: int | None, kept: list[str]) -> Statement:
    """The statement line belongs to; at the end of the file (None) the one never closed, or else the last."""
    left = [s for s in layout.statements if kept[s.first_line - 1]]
    if line is not None:
        own_line = Statement(line, line, (), is_header=False, is_closed=True)  # a comment
        return next((s for s in left if s.first_line <= line <= s.last_line), own_line)
    last = left[-1] if left else Statement(1, 1, (), is_header=True, is_closed=True)
    return next((s for s in left if not s.is_closed), last)


def _problem(
    message: str, line: int, column: int | None, kept: list[str], layout: Layout, statement: Statement
) -> Problem:
    where = dotted(statement.path)
    if not statement.is_closed:
        begun = f"`{clipped(kept[statement.first_line - 1].strip())}`, which is never closed"
        return Problem(statement.first_line, where, begun, "a value that ends with its quotation mark or bracket")
    source = kept[line - 1].strip()
    found = f"`{clipped(source)}`"
    if re.search("overwrite|twice|Duplicate|immutable|redefine", message):
        taken = next((s.first_line for s in layout.statements if s.path == statement.path), line)
        taken = layout.lines.get(statement.path, line) if taken == line else taken
        place = f"is taken in line {taken}" if taken != line else "stands here already"
        return Problem(line, where, found, "each name once", remedy=f"the name {place}: delete one of them")
    name, equals, raw = (part.strip() for part in source.partition("="))
    raw = re.sub(r"(^|\s)#.*", "", raw).strip()
    is_plain = bool(equals and statement.path) and statement.first_line == line and not statement.is_header
    is_plain = is_plain and raw[:1] not in ("[", "{")
    if is_plain and message.startswith(("Invalid value", "Expected newline")):
        allowed, remedy = _value_meant(name, raw, str(statement.path[-1]))
        return Problem(line, where, found, allowed, remedy=remedy)
    place = f" (column {column})" if column else ""
    if equals and message.startswith("Expected '=' after") and not re.fullmatch(r"[\w. -]*", name, re.ASCII):
        message = "Invalid statement"
    for pattern, allowed, remedy in _CAUSES:
        if re.search(pattern, message):
            return Problem(line, where, found + place, allowed, remedy=remedy)
    return Problem(line, where, found + place, "TOML", remedy=f"TOML says: {clipped(message, 200)}")


_CAUSES = (
    (
        "Unescaped",
        "text in which a backslash is written twice",
        "write \\\\ for \\, or use 'single' quotation marks",
    ),
    ("hex|scalar", 'an escape such as \\n, \\t, \\" or \\u00B5', "write \\\\ for a plain backslash"),
    (
        r"'\\n'|Unterminated|Expected [\"']{3}",
        "text closed by the quotation mark it began with",
        "close the text",
    ),
    ("llegal char|nvalid char", "text without control characters", "delete the invisible character"),
    (
        "Unclosed array",
        "[value, value]",
        "commas between values, text in quotation marks, numbers without units",
    ),
    ("Unclosed inline", "{ name = value, name = value }", "commas between them, all on one line"),
    ("Expected '='", "name = value", "write one = between name and value, and names without blanks"),
    ("Expected '\\]", "[name] or [[name]] on a line of its own", "close the header"),
    ("digits", "a number that a computer can hold", "shorten the number"),
    ("nvalid date", "a date such as 2025-01-31", "correct the date, or put it in quotation marks"),
    ("Invalid value", "a number, true, false, [list], { table } or text", "text stands in quotation marks"),
    ("Expected newline", "one statement on a line", "begin a new line"),
    (
        "nvalid statement|nvalid init",
        "name = value, [name], or a # comment",
        "names have the letters a to z, digits, - and _",
    ),
)
"""(what tomllib's message contains, what is allowed, remedy)"""


def _value_meant(name: str, raw: str, key: str) -> tuple[str, str]:
    """(allowed, remedy) for a value TOML cannot read; name as written, key its last part without quotes."""
    number = quantity_as_number(raw, key)
    if not raw:
        return "a value after the =", f"write the value, or delete {name}"
    if number:
        unit = unit_of(key)
        kind = f"a number in {unit} (the unit is in the name)" if unit else "a number such as 80 or 0.7"
        return kind, f"write {number}"
    if raw.lower() in ("true", "yes", "on", "false", "no", "off"):
        return (
            "true or false",
            f"write {name} = {'true' if raw.lower() in ('true', 'yes', 'on') else 'false'}",
        )
    if raw[0] in _CURLY:
        return "straight quotation marks", f'write {name} = "{clipped(raw.strip(_CURLY))}"'
    if re.match(r"[^\W\d]", raw):
        return "a value; text stands in quotation marks", f'write {name} = "{clipped(raw)}"'
    return "one value and nothing after it", "numbers stand without units, text in quotation marks"


_CURLY = "“”„«»‘’‚`"
