"""On which line of a TOML file each value stands.

``tomllib`` reads TOML but tells no positions. ``scan`` walks the same text once, in linear time, and notes
the lines; it knows only as much TOML as that needs. It is right for every text that tomllib reads, and for
any other text up to the first mistake.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, takewhile
from typing import NamedTuple

from scenarios.loading.problems import Path

MAX_DEPTH = 32
"""Lists, tables and dotted names may be nested this deep; beyond it readers of TOML overflow or crawl."""


class TooDeep(ValueError):  # noqa: N818 - named for what is the matter
    """Something is nested deeper than MAX_DEPTH; the one argument is its line."""


@dataclass(frozen=True)
class Statement:
    """One ``name = value`` or one ``[header]``: its lines, the path it sets, and whether its value is closed.

    A list or text that is never closed takes in all that follows, up to last_line.
    """

    first_line: int
    last_line: int
    path: Path
    is_header: bool
    is_closed: bool


@dataclass(frozen=True)
class Layout:
    """lines: the line of each path (a table: of its header). statements: in the order of the file."""

    lines: Mapping[Path, int]
    statements: tuple[Statement, ...]


class _Token(NamedTuple):
    text: str
    line: int
    last_line: int


# Strings that are never closed run to the end of the line or text, so no branch that has begun can fail, and none
# is tried again: this stays linear. (Possessive repeats would say so, but early Pythons 3.11 match them wrongly.)
_TOKEN = re.compile(
    r"""
    \#[^\n]*
  | (?P<token>
        \n
      | \"{3} (?: [^"\\]+ | \\. | "{1,2}(?!") )* (?: "{3,5} | \\?\Z )
      | '{3} (?: [^']+ | '{1,2}(?!') )* (?: '{3,5} | \Z )
      | " (?: [^"\\\n]+ | \\[^\n] )* "?
      | ' [^'\n]* '?
      | [\[\]{},=]
      | [^\s"'\[\]{},=#]+
    )
    """,
    re.VERBOSE | re.DOTALL,
)


def scan(text: str) -> Layout:
    """Where everything in text stands. text has ``\\n`` line ends. Raises TooDeep.

    A list element's path ends in its index; ``[[name]]`` tables count as elements of the list ``name``.

    >>> scan("[a]\\nb = 1\\n[[c]]\\n[[c]]\\nd = [1,\\n2]").lines[("c", 1, "d", 1)]
    6
    """
    tokens = _tokens(text)
    lines: dict[Path, int] = {(): 1}
    latest: dict[Path, int] = {}
    statements: list[Statement] = []
    table: Path = ()
    for token in tokens:
        if token.text == "\n":
            continue
        if token.text == "[":
            table = _header(token, tokens, lines, latest)
            statements.append(Statement(token.line, token.line, table, True, True))
        else:
            statements.append(_assignment(token, tokens, table, lines))
    return Layout(lines, tuple(statements))


def _tokens(text: str) -> Iterator[_Token]:
    line, counted = 1, 0
    for match in _TOKEN.finditer(text):
        if match["token"] is None:
            continue
        line += text.count("\n", counted, match.start())
        counted = match.start()
        last = line if match["token"] == "\n" else line + match["token"].count("\n")
        yield _Token(match["token"], line, last)


def _header(bracket: _Token, tokens: Iterator[_Token], lines: dict[Path, int], latest: dict[Path, int]) -> Path:
    """The table that ``[a.b]`` or ``[[a.b]]`` opens, noted in lines; latest has the newest index of lists."""
    rest = list(takewhile(lambda token: token.text != "\n", tokens))
    is_element = bool(rest) and rest[0].text == "["
    names = [part for token in rest for part in _name_parts(token)]
    _check_depth(len(names), bracket.line)
    path: Path = ()
    for count, name in enumerate(names, start=1):
        path = (*path, name)
        lines.setdefault(path, bracket.line)
        if is_element and count == len(names):
            latest[path] = latest.get(path, -1) + 1
        if path in latest:
            path = (*path, latest[path])
    if names:
        lines[path] = bracket.line  # its own header counts, not that of a table within it written earlier
    return path


def _assignment(first: _Token, tokens: Iterator[_Token], table: Path, lines: dict[Path, int]) -> Statement:
    """The statement ``a.b = value`` that begins with token first, noted in lines."""
    path, sign = _note_name(chain([first], tokens), "=\n", table, lines)
    if sign is None or sign.text != "=":
        return Statement(first.line, first.line, path[: len(table) + 1], False, True)
    last, is_closed = first.line, True
    value = next(tokens, None)
    if value is not None and value.text != "\n":
        last, is_closed = _value(value, tokens, path, lines)
        for token in takewhile(lambda token: token.text != "\n", tokens):
            last = token.last_line
    return Statement(first.line, last, path, False, is_closed)


def _note_name(
    tokens: Iterable[_Token], endings: str, table: Path, lines: dict[Path, int]
) -> tuple[Path, _Token | None]:
    """The path of a dotted name within table, noted in lines, and the token of endings that ended it."""
    path, ending = table, None
    for token in tokens:
        if token.text in endings:
            ending = token
            break
        for part in _name_parts(token):
            path = (*path, part)
            _check_depth(len(path) - len(table), token.line)
            lines.setdefault(path, token.line)
    return path, ending


def _value(
    first: _Token, tokens: Iterator[_Token], path: Path, lines: dict[Path, int], depth: int = 1
) -> tuple[int, bool]:
    """Notes what lies inside a list or an inline table; its last line, and whether it was closed.

    Of any other value only the first token is taken; what follows it is skipped.
    """
    lines.setdefault(path, first.line)
    if first.text not in "[{":
        return first.last_line, _is_closed_text(first.text)
    _check_depth(depth, first.line)
    token: _Token | None = first
    last = first.line
    if first.text == "[":
        index = 0
        for token in tokens:
            last = token.last_line
            if token.text == "]":
                return last, True
            if token.text == ",":
                index += 1
            elif token.text != "\n":
                last, _ = _value(token, tokens, (*path, index), lines, depth + 1)
        return last, False
    while token is not None and token.text != "}":
        name, token = _note_name(tokens, "=,}", path, lines)
        if token is not None and token.text == "=":
            value = next(tokens, None)
            if value is not None:
                last, _ = _value(value, tokens, name, lines, depth + 1)
            token = next((token for token in tokens if token.text in ",}"), None)
        last = last if token is None else token.line
    return last, token is not None


def _is_closed_text(text: str) -> bool:
    """False for a token that begins with a quotation mark and does not end with it; True for all others."""
    quote = re.match("\"{3}|'{3}|\"|'|", text)
    mark = quote[0] if quote else ""
    return text.endswith(mark) and len(text) >= 2 * len(mark)


def _name_parts(token: _Token) -> list[str]:
    """The parts of a dotted name in one token: several in ``a.b``, one in ``"a.b"``, none in a bracket."""
    text = token.text
    if text in "[]{},=\n":
        return []
    if text[0] not in "\"'":
        return [part for part in text.split(".") if part]
    try:
        return [str(tomllib.loads(f"name = {text}")["name"])]
    except tomllib.TOMLDecodeError:
        return [text]


def _check_depth(depth: int, line: int) -> None:
    if depth > MAX_DEPTH:
        raise TooDeep(line)
