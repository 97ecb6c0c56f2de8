"""Reads a hand-written TOML file into a validated value, and reports every mistake in it at once.

The model (a pydantic model or a standard dataclass, nested as you like) says what is allowed; pydantic
decides what is valid; this folder only explains. Explanations come from the model's JSON Schema, the one that
editors use, so that what an editor offers and what an error message allows cannot differ.

Stricter than pydantic's defaults, because the file is written by hand: names the model does not know are
mistakes at every depth, nothing is converted ("80" is not a number, 1 is not a text; a whole number where any
number may stand is fine), and not-a-number and infinity are refused everywhere.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from scenarios.loading.checking import ABSENT, Located, explained, refused
from scenarios.loading.form import Form
from scenarios.loading.problems import InvalidFile, Path, Problem
from scenarios.loading.syntax import Parsed, parse

T = TypeVar("T")

MAX_BYTES = 262_144
"""Largest file that is read: some thousand lines, far beyond any scenario."""

MAX_PROBLEMS = 100
"""More problems than this are counted, not listed."""


def read_toml_file(path: str | os.PathLike[str], model: type[T]) -> T:
    """The model instance that the TOML file at path describes; InvalidFile also where it cannot be opened."""
    try:
        with open(path, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        found = f"no file that can be read ({error.strerror or error})"
        raise InvalidFile(str(path), [Problem(None, "", found, "a TOML file")]) from None
    return read_toml(raw, model, source=str(path))


def read_toml(text: str | bytes, model: type[T], *, source: str) -> T:
    """The instance of model that text (TOML; bytes in UTF-8) describes.

    model   anything pydantic validates: a model class, a standard dataclass, an Annotated union of them; its
            ``older_names``, if it has any, say by path what a value used to be called: files of then still read
    source  name of the file, for messages

    Raises InvalidFile with every problem, whatever text holds; nothing else.
    """
    decoded, problem = _decoded(text)
    if problem:
        raise InvalidFile(source, [problem])
    parsed = _with_present_names(parse(decoded), getattr(model, "older_names", {}))
    value, located = _validated(parsed, model)
    problems = [*parsed.problems, *(replace(p, line=_line(parsed.lines, path)) for path, p, *_ in located)]
    if problems:
        problems.sort(key=lambda p: p.line or 0)
        more = len(problems) - MAX_PROBLEMS
        rest = [Problem(None, "", f"{more} more problems", "", remedy="correct these first")] if more > 0 else []
        raise InvalidFile(source, problems[:MAX_PROBLEMS] + rest)
    return value


def _decoded(text: str | bytes) -> tuple[str, Problem | None]:
    """text with ``\\n`` line ends and without byte order mark, and what is wrong with its bytes."""
    try:
        raw = text.encode() if isinstance(text, str) else text
        if len(raw) > MAX_BYTES:
            size = f"more than {MAX_BYTES // 1024} kB"
            return "", Problem(None, "", size, f"at most {MAX_BYTES // 1024} kB", remedy="is this the right file?")
        decoded = raw.decode()
    except UnicodeError as error:
        start = error.start if isinstance(error, (UnicodeDecodeError, UnicodeEncodeError)) else 0
        line = raw.count(b"\n", 0, start) + 1 if isinstance(error, UnicodeDecodeError) else None
        found = "bytes that are not text in UTF-8"
        return "", Problem(line, "", found, "UTF-8", remedy="save the file with the encoding UTF-8")
    decoded = decoded.removeprefix("\ufeff").replace("\r\n", "\n")
    for character, found, allowed in _NO_TEXT:
        if character in decoded:
            line = decoded.count("\n", 0, decoded.index(character)) + 1
            return "", Problem(line, "", found, allowed, remedy="save the file as plain text in UTF-8")
    return decoded, None


def _with_present_names(parsed: Parsed, older: Mapping[tuple[str, ...], str]) -> Parsed:
    """What was read, with values that have an older name (by path) under their present one, where that is free."""
    data, lines = parsed.data, dict(parsed.lines)
    for path, name in older.items():
        *way, old = path
        table: Any = data
        for step in way:
            table = table.get(step) if isinstance(table, dict) else None
        if not isinstance(table, dict) or old not in table or name in table:
            continue
        data = _renamed(data, tuple(way), old, name)
        lines = {((*way, name, *at[len(path) :]) if at[: len(path)] == path else at): n for at, n in lines.items()}
    return replace(parsed, data=data, lines=lines)


def _renamed(table: Mapping[str, Any], way: tuple[str, ...], old: str, name: str) -> dict[str, Any]:
    if not way:
        return {name if key == old else key: value for key, value in table.items()}
    return {**table, way[0]: _renamed(table[way[0]], way[1:], old, name)}


_NO_TEXT = (
    ("\0", "a byte of value 0, which no text has", "text in UTF-8"),
    ("\r", "a carriage return without a line feed", "lines that end with LF or CR LF"),
)


@lru_cache(maxsize=32)
def _compiled(model: Any) -> tuple[TypeAdapter[Any], Form]:
    """pydantic's validator for model, and the form it describes."""
    adapter = TypeAdapter(model)
    schema = adapter.json_schema()
    return adapter, Form(schema, schema.get("$defs", {}))


def _validated(parsed: Parsed, model: Any) -> tuple[Any, list[Located]]:
    """The instance of model, or None and what is wrong with the data."""
    adapter, form = _compiled(model)
    most = 10 * MAX_PROBLEMS
    found = list(islice(refused(form, parsed.data), most))
    if len(found) == most:
        return None, found
    lost = parsed.unread | {located.lost for located in found if located.lost is not None}
    data = _mended(parsed.data, {located.path: located.instead for located in found})
    try:
        # JSON, because only there may strict pydantic build dataclasses, tuples and enumerations.
        value = adapter.validate_json(json.dumps(data, default=lambda moment: moment.isoformat()), strict=True)
    except ValidationError as error:
        errors = [(e["loc"], e) for e in error.errors(include_url=False, include_input=False)]
        named = {located.path for located in found}
        more = islice(explained(form, errors, data, form.root), most)
        return None, found + [m for m in more if m.path not in named and not _follows(m, lost, parsed)]
    return value, found


def _mended(value: Any, instead: Mapping[Path, object], path: Path = ()) -> Any:
    """A copy of value with other values at the paths of instead, or none where that says ABSENT.

    Absent elements of lists become None, so that the others keep their index.
    """
    if isinstance(value, dict):
        inner = ((name, (*path, name)) for name in value)
        return {n: _mended(value[n], instead, at) for n, at in inner if instead.get(at) is not ABSENT}
    if isinstance(value, list):
        return [_mended(inner, instead, (*path, index)) for index, inner in enumerate(value)]
    other = instead.get(path, value)
    return None if other is ABSENT else other


def _follows(located: Located, lost: frozenset[Path], parsed: Parsed) -> bool:
    """True for a problem that only says again that the values at ``lost`` did not arrive.

    A name written wrongly is not also missing, and a rule over a table cannot be judged without its values.
    """
    depth = len(located.path)
    if located.kind == "missing":
        return not parsed.is_whole or any(path[:depth] == located.path for path in lost)
    is_rule = not located.problem.allowed
    return is_rule and any(len(path) > depth and path[:depth] == located.path for path in lost)


def _line(lines: Mapping[Path, int], path: Path) -> int:
    """The line of path, or of the table it is missing from."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)
