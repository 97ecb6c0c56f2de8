"""Explains, in terms of a JSON Schema, what is wrong with the data of a file.

``refused`` finds what pydantic would let pass: names the schema does not know (pydantic passes over them in
standard dataclasses), numbers that are none. ``explained`` turns pydantic's errors into problems: where
pydantic lists every member of a union, it finds the one the author meant; the words come from the schema.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails

from scenarios.loading.form import Form, index_meant, is_of_kind
from scenarios.loading.names import converted, nearest_name, quantity_as_number, split_unit, unit_of
from scenarios.loading.problems import (
    Node,
    Path,
    Problem,
    allowed_words,
    clipped,
    dotted,
    found_words,
    listed,
)
from scenarios.loading.writing import value_text

ABSENT = object()
"""Stands for a value that the file does not give."""


class Located(NamedTuple):
    """A problem (without line) and where it is.

    kind     of pydantic's error, "unknown" or "refused"
    lost     the value that does not reach the model because of it, if any
    instead  what to go on with in its place, to find further problems; ABSENT for nothing
    """

    path: Path
    problem: Problem
    kind: str
    lost: Path | None
    instead: object = ABSENT


def refused(form: Form, value: object, node: Node | None = None, path: Path = ()) -> Iterator[Located]:
    """Unknown names, values no field may have (nan, inf, beyond 64 bits, a date for a text), misspelt tags."""
    node = form.resolved(form.root if node is None else node)
    tags = form.tags(node)
    if tags and isinstance(value, dict) and isinstance(value.get(tags[0]), str):
        meant = form.tag_meant(node, value)
        if meant is not None and meant != value[tags[0]]:
            wrong = _problem(form, value[tags[0]], {"enum": list(tags[1])}, (*path, tags[0]), "enum")
            yield wrong._replace(instead=meant)
    node = form.fitting(node, value)
    if isinstance(value, dict):
        for name, inner in value.items():
            child = form.child(node, name)
            if child is None:
                yield _unknown(form, node, name, value, path)
            else:
                yield from refused(form, inner, child, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from refused(form, inner, form.child(node, index), (*path, index))
    elif _is_beyond_numbers(value):
        allowed = allowed_words(node, form.definitions, _name(path)) if node else "a number"
        yield Located(path, Problem(None, dotted(path), found_words(value), allowed), "refused", path)
    elif isinstance(value, (date, time)) and node.get("type") == "string" and "format" not in node:
        remedy = f"write {_assigned(path, value.isoformat())}"
        problem = Problem(None, dotted(path), found_words(value), "text", remedy=remedy)
        yield Located(path, problem, "refused", path)
    elif isinstance(value, bool) and not any(value is choice for choice in _choices(node) or [value]):
        yield _problem(form, value, node, path, "enum")  # pydantic takes true for the choice 1


def _choices(node: Node) -> list[object]:
    """What a node that names its values allows; empty for others."""
    return list(node.get("enum", [node["const"]] if "const" in node else []))


def _is_beyond_numbers(value: object) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    return isinstance(value, int) and not -(2**63) <= value < 2**63


def _unknown(form: Form, node: Node, name: str, table: Mapping[str, Any], path: Path) -> Located:
    names = list(node.get("properties", {}))
    here = (f"under [{_header(path)}]", f"under [[{_header(path)}]]")  # another member of the union here
    elsewhere = [place for place in form.places_for(name) if place not in here]
    below = [place for place in elsewhere if f"[{_header(path)}." in place]
    # A name of a table inside this one is no better guess than a similar name of this one.
    nearest = nearest_name(name, names) if len(below) == len(elsewhere) else None
    remedy = f"it belongs {listed(elsewhere)}" if elsewhere and nearest is None else ""
    if not remedy and set(here) & set(form.places_for(name)):  # a name of a recipe, beside a patient file
        remedy = str(node.get("x-not-here", ""))
    if nearest is not None and unit_of(nearest) and split_unit(nearest)[1] != split_unit(name)[1]:
        remedy = f"did you mean {nearest}? It is given in {unit_of(nearest)}"
        unit, value = split_unit(name)[1], table[name]
        if unit is not None and isinstance(value, (int, float)) and not isinstance(value, bool):
            line = converted(value, unit, nearest)
            remedy += f": {line}" if line else ""
    lost = None if nearest is None or nearest in table else (*path, nearest)
    allowed = listed(names) if names else "no names here"
    problem = Problem(None, dotted((*path, name)), "an unknown name", allowed, nearest, remedy)
    return Located((*path, name), problem, "unknown", lost)


Errors = list[tuple[tuple[str | int, ...], ErrorDetails]]
"""Errors with what is left of their location below the node in hand."""


def explained(form: Form, errors: Errors, value: object, node: Node, path: Path = ()) -> Iterator[Located]:
    """Problems for pydantic's errors about value, which node describes."""
    node = form.resolved(node)
    deeper: dict[str | int, Errors] = defaultdict(list)
    for location, error in errors:
        if not location:
            yield from _explained_here(form, error, value, node, path)
        elif location[1:] == ("[key]",):
            yield _problem(form, location[0], node.get("propertyNames", {}), (*path, location[0]), "name")
        else:
            deeper[location[0]].append((location[1:], error))
    tags, branches = form.tags(node), form.branches(node)
    if tags:
        for tag, group in deeper.items():
            yield from explained(form, group, value, tags[1].get(str(tag), {}), path)
    elif branches and deeper:
        yield from _explained_union(form, list(deeper.values()), value, node, path)
    else:
        for part, group in deeper.items():
            if isinstance(part, int) and isinstance(value, list) and part >= len(value):
                yield _problem(form, value, node, path, "too_short")  # an element of a fixed list is missing
                break
            inner = _inner(value, part)
            yield from explained(form, group, inner, form.child(node, part) or {}, (*path, part))


def _inner(value: object, part: str | int) -> object:
    if isinstance(value, dict):
        return value.get(part, ABSENT)
    return value[part] if isinstance(value, list) and isinstance(part, int) and part < len(value) else ABSENT


def _explained_union(form: Form, groups: list[Errors], value: object, node: Node, path: Path) -> Iterator[Located]:
    """pydantic lists the errors of every member, one group each; a table or list was meant for one."""
    branches = form.branches(node)
    meant = index_meant(branches, value) if isinstance(value, (dict, list)) else None
    if meant is not None and len(groups) in (1, len(branches)):
        yield from explained(form, groups[meant if len(groups) > 1 else 0], value, branches[meant], path)
    else:
        yield _problem(form, value, node, path, "union")


def _explained_here(form: Form, error: ErrorDetails, value: object, node: Node, path: Path) -> Iterator[Located]:
    kind = error["type"]
    tags = form.tags(node)
    if kind in ("union_tag_invalid", "union_tag_not_found") and tags:
        name, members = tags
        tag = _inner(value, name)
        choice = {"enum": list(members)}
        yield _problem(form, tag, choice, (*path, name), "missing" if tag is ABSENT else "enum")
    elif kind == "too_short" and isinstance(value, list) and len(value) >= node.get("minItems", 0):
        return  # only because elements with problems of their own were not counted
    elif kind in _TOLD_BY_SCHEMA or kind.endswith(("_type", "_parsing")):
        yield _problem(form, value, node, path, kind)
    else:
        message = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
        found = "" if isinstance(value, (dict, list)) or value is ABSENT else found_words(value)
        yield Located(path, Problem(None, dotted(path), found, "", remedy=message), kind, path)


_TOLD_BY_SCHEMA = (
    "missing", "literal_error", "enum", "greater_than", "greater_than_equal", "less_than", "less_than_equal",
    "multiple_of", "too_short", "too_long", "string_too_short", "string_too_long", "string_pattern_mismatch",
    "int_from_float", "finite_number",
)  # fmt: skip
"""Kinds of errors about which the schema says what is allowed; all others speak for themselves."""


def _problem(form: Form, value: object, node: Node, path: Path, kind: str) -> Located:
    name = _name(path)
    if value is ABSENT:
        words = allowed_words(node, form.definitions, name)
        problem = Problem(None, dotted(path), "nothing", words, remedy=f"add {_place_for(form, node, path)}")
        return Located(path, problem, "missing", path)
    is_limit = kind.startswith(("greater", "less", "multiple"))
    allowed = allowed_words(node, form.definitions, name, brief=is_limit)
    nearest = None
    if isinstance(value, str):
        choices = [c for b in (node, *form.branches(node)) for c in b.get("enum", [b.get("const")])]
        nearest = nearest_name(value, [c for c in choices if isinstance(c, str)])
    remedy = "" if nearest or is_limit else _correction(form, value, node, path)
    problem = Problem(None, dotted(path), found_words(value), allowed, nearest, remedy)
    return Located(path, problem, kind, path)


def _name(path: Path) -> str:
    """The name that gives a value its unit: the last one in path."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _header(path: Path) -> str:
    return dotted(tuple(part for part in path if isinstance(part, str)))


def _place_for(form: Form, node: Node, path: Path) -> str:
    """What to add, and where, to give the value at path."""
    is_in_list = len(path) > 1 and isinstance(path[-2], int)
    parent = f"this [[{_header(path[:-1])}]]" if is_in_list else f"[{_header(path[:-1])}]"
    element = form.resolved(node.get("items") or {})
    has_tables = all(member.get("type") == "object" for member in form.branches(element) or [element])
    if node.get("type") == "array" and has_tables:
        return f"[[{_header(path)}]]" + (f" below {parent}" if is_in_list else "")
    if node.get("type") == "object":
        return f"[{_header(path)}]" + (f" below {parent}" if is_in_list else "")
    return f"{_header(path[-1:])} = ... " + (f"under {parent}" if path[:-1] else "above the first [table]")


def _correction(form: Form, value: object, node: Node, path: Path) -> str:
    """What to write instead of a value of the wrong kind, where that can be told; else empty."""
    kind, name, meant = node.get("type"), _name(path), None
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        meant = int(value)
    elif is_of_kind(node, value):
        return ""
    elif kind in ("number", "integer") and isinstance(value, str):
        line = quantity_as_number(value, name) or ""
        return f"write {line if path[-1:] == (name,) else line.partition(' = ')[2]}" if line else ""
    elif kind == "string" and isinstance(value, (int, float)) and "enum" not in node and "const" not in node:
        return f"write {_assigned(path, value_text(value))}"
    elif kind == "boolean":
        meant = _SPOKEN_TRUTH.get(str(value).lower())
    elif kind == "array" and isinstance(value, dict):
        return f"begin it with [[{_header(path)}]] instead of [{_header(path)}]"
    elif kind == "array" and is_of_kind(form.resolved(form.child(node, 0) or {}), value):
        return f"write {_assigned(path, [value])}"
    elif kind == "object" and path and isinstance(path[-1], str):
        return f"write it as [{_header(path)}] with names below"
    return f"write {_assigned(path, meant)}" if meant is not None else ""


_SPOKEN_TRUTH = {"true": True, "yes": True, "on": True, "1": True} | dict.fromkeys(
    ("false", "no", "off", "0"), False
)


def _assigned(path: Path, value: object) -> str:
    text = clipped(value_text(value, path, " "))
    return f"{_header(path[-1:])} = {text}" if path and isinstance(path[-1], str) else text
