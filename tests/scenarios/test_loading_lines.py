"""The line of every value is found, however awkwardly a TOML file is written."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.loading.lines import MAX_DEPTH, TooDeep, scan
from tests.scenarios.small_scenario import VALID

AWKWARD = r'''# [not.a.table] = "
title = "a # b [c] \" ]" # "unclosed [
'quoted.key'."x\u0041" = 1.5
multi = """
[not.a.table]
x = 1 \""" ""
"""""
lit = ~~~
''[[no]]~~~
[a.b]   # comment ]
arr = [ # hi [
  1.5, "]", # x ]
  [2, 3],
  { k = 1.5, m.n = [1,
 2], d = 1979-05-27 07:32:00, e = {} }, 5,
]
d = 1979-05-27 07:32:00
[a]
z . y.x = 1
[[l]]
v = 1
[[l.m]]
q=1
[ l . "sub.x" ]
e = {}
[[l]]
[[l.m]]
    [[l.m]]
q=2
'''.replace("~~~", "'''").replace("    [[l.m]]", "\t[[l.m]]")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("quoted.key", "xA"), 3),
        (("multi",), 4),
        (("lit",), 8),
        (("a", "b"), 10),
        (("a", "b", "arr", 1), 12),
        (("a", "b", "arr", 2, 1), 13),
        (("a", "b", "arr", 3, "m", "n", 1), 15),
        (("a", "b", "arr", 3, "e"), 15),
        (("a", "b", "arr", 4), 15),
        (("a", "b", "d"), 17),
        (("a",), 18),
        (("a", "z", "y", "x"), 19),
        (("l", 0, "m", 0, "q"), 23),
        (("l", 0, "sub.x", "e"), 25),
        (("l", 1), 26),
        (("l", 1, "m", 1, "q"), 29),
    ],
)
def test_lines_of_an_awkward_file(path: tuple, line: int) -> None:
    """Brackets in comments and texts, quoted and dotted names, nested lists: each value on its own line."""
    assert scan(AWKWARD).lines[path] == line


def _paths(value: Any, path: tuple = ()) -> Iterator[tuple[tuple, Any]]:
    yield path, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*path, index))


names = st.sampled_from(["a", "b_mm", "c-d", '"a.b"', "'#]'", '"\\" ["', "1", "3.7", "e . f", '""', "''.g"])
comments = st.sampled_from(["", " # [no]", '# "', " # '''", "\t# ]] = {"])
awkward_texts = st.sampled_from(
    ['"# ["', '""', '"\\\\"', "'\\'", '"""\n[no]\nx = 1 \\"""\n"""', "'''\n[[no]]\n''\n'''"]
    + ['""""x""""', "''''x'''''"]
)


@st.composite
def _files(draw: st.DrawFn) -> str:
    """TOML in which every whole number occurs once, so that its line can be found by looking for it."""
    count = iter(range(10**6, 10**7))

    def leaf() -> str:
        return draw(awkward_texts) if draw(st.booleans()) else str(next(count))

    def value(depth: int) -> str:
        kind = draw(st.integers(0, 5 if depth < 3 else 2))
        if kind == 3:
            gap = draw(st.sampled_from(["", " ", "\n", " # ], [\n"]))
            elements = [value(depth + 1) for _ in range(draw(st.integers(0, 3)))]
            return f"[{gap}" + "".join(f"{element}{gap},{gap}" for element in elements) + "]"
        if kind == 4:
            pairs = [f"{n} = {value(depth + 1)}" for n in draw(st.lists(names, max_size=3, unique=True))]
            return "{ " + ", ".join(pairs) + " }"
        return leaf()

    lines = []
    for _ in range(draw(st.integers(0, 8))):
        kind = draw(st.integers(0, 5))
        name = ".".join(draw(st.lists(names, min_size=1, max_size=2)))
        if kind == 0:
            lines.append(f"[{name}]")
        elif kind == 1:
            lines.append(f"[[{name}]]")
        else:
            lines.append(f"{name} = {value(0)}")
        lines[-1] = draw(st.sampled_from(["", "  ", "\n"])) + lines[-1] + draw(comments)
    return "\n".join(lines)


@given(_files())
@settings(max_examples=300)
def test_every_number_is_found_on_the_line_where_it_stands(text: str) -> None:
    """In any file tomllib reads, the line told for a number is the line on which its digits stand."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = scan(text).lines
    for path, value in _paths(data):
        if isinstance(value, int):
            assert lines[path] == text[: text.index(str(value))].count("\n") + 1


@given(_files() | st.text("ab.=\"'[]{}#\n1,", max_size=40))
@settings(max_examples=500)
def test_exactly_the_paths_of_the_data_are_found(text: str) -> None:
    """In any file tomllib reads, scan knows the same tables, names and elements as tomllib, no more."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(scan(text).lines) == {path for path, _ in _paths(data)}


@given(st.text("ab.=\"'[]{}#\n1,\\ ", max_size=60))
def test_no_text_stops_the_scan(text: str) -> None:
    """Whatever a text holds, scan ends, and its statements follow one another through the lines."""
    statements = scan(text).statements
    bounds = [n for s in statements for n in (s.first_line, s.last_line)]
    assert bounds == sorted(bounds)
    assert all(1 <= n <= text.count("\n") + 1 for n in bounds)


@pytest.mark.parametrize(
    "nested",
    [
        lambda depth: "x = " + "[" * depth + "]" * depth,
        lambda depth: "x = " + "{ a = " * depth + "1" + " }" * depth,
        lambda depth: "a." * (depth - 1) + "a = 1",
        lambda depth: "[" + "a." * (depth - 1) + "a]",
    ],
)
def test_endless_nesting_is_refused_with_its_line(nested: Callable[[int], str]) -> None:
    """Beyond MAX_DEPTH levels the line is told instead of a stack overflow; at the limit all is well."""
    assert max(map(len, scan(nested(MAX_DEPTH)).lines)) >= MAX_DEPTH
    with pytest.raises(TooDeep) as caught:
        scan("\n" + nested(MAX_DEPTH + 1))
    assert caught.value.args == (2,)


def test_statements_tell_where_values_end() -> None:
    """A statement reaches to the last line of its value; one never closed takes in the rest."""
    assert all(s.is_closed for s in scan(AWKWARD).statements)
    spans = [(s.first_line, s.last_line) for s in scan(AWKWARD).statements]
    assert spans[:6] == [(2, 2), (3, 3), (4, 7), (8, 9), (10, 10), (11, 16)]
    for opened in ("[1,", '"""', "'''"):
        (statement,) = scan(f"x = {opened}\nb = 2\nc = 3").statements
        assert (statement.last_line, statement.is_closed) == (3, False)
    assert [s.is_closed for s in scan('x = "a\nb = 2').statements] == [False, True]
    assert all(s.is_closed for s in scan(VALID).statements)
