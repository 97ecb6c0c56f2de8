"""Writes values as TOML that people like to read: short lists on one line, long texts over several.

Our own hundred lines rather than a package: tomli-w puts every list, even a point, one element a line and
changes ``\\r\\n`` within texts; tomlkit is 6000 lines made for editing a file in place.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Any

from pydantic import BaseModel

from scenarios.loading.problems import Path, dotted

_WIDTH = 100


def write_toml(value: Any) -> str:
    """A dataclass, pydantic model or mapping as TOML that read_toml reads back to an equal value.

    Fields that are None are left out. Raises ValueError, with the place, where reading back would not give
    the same: None in a field whose default is another value, and what toml_text refuses.
    """
    plain = _plain(value, ())
    if not isinstance(plain, Mapping):
        raise ValueError(f"a TOML file is a table: give a dataclass, a model or a mapping, not {value!r}")
    return toml_text(plain)


def _plain(value: Any, path: Path) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, BaseModel) or (is_dataclass(value) and not isinstance(value, type)):
        defaults = dict(_defaults(value))
        named = {name: getattr(value, field) for name, (field, _) in defaults.items()}
        for name, inner in named.items():
            if inner is None and defaults[name][1] is not None:
                at = dotted((*path, name))
                raise ValueError(f"{at}: TOML cannot say None; give the field the default None")
        return {n: _plain(inner, (*path, n)) for n, inner in named.items() if inner is not None}
    if isinstance(value, Mapping):
        return {str(_plain(name, path)): _plain(inner, (*path, str(name))) for name, inner in value.items()}
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=repr)
    if isinstance(value, (list, tuple)):
        return [_plain(inner, (*path, index)) for index, inner in enumerate(value)]
    return value


def _defaults(value: Any) -> Iterator[tuple[str, tuple[str, Any]]]:
    """(name in the file, (field, default)) of the fields of a model or dataclass."""
    if isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            yield info.alias or name, (name, info.get_default(call_default_factory=False))
        return
    for field in fields(value):
        if field.init:
            made = field.default_factory() if field.default_factory is not MISSING else field.default
            yield field.name, (field.name, made)


def toml_text(data: Mapping[str, Any]) -> str:
    """data (names to str, bool, int, float, date, time, list, mapping) as TOML that tomllib reads back equal.

    Raises ValueError, with the place, for what TOML or our reader has no word for: not-a-number, infinity,
    None, whole numbers beyond 64 bits, texts that are not Unicode.

    >>> print(toml_text({"id": "one", "at_mm": [1.0, 2.0], "step": [{"kv": 80}]}))
    id = "one"
    at_mm = [1.0, 2.0]
    <BLANKLINE>
    [[step]]
    kv = 80
    <BLANKLINE>
    """
    return "\n".join(_table(data, (), ())).lstrip("\n") + "\n" if data else ""


def _table(data: Mapping[str, Any], path: Path, header: tuple[str, ...]) -> Iterator[str]:
    """Lines of the table with the names ``header``: its own values first, then the tables within it."""
    within = {name: value for name, value in data.items() if _is_table(value) or _is_tables(value)}
    for name, value in data.items():
        if name not in within:
            yield f"{_name(name)} = {value_text(value, (*path, name))}"
    for name, value in within.items():
        inner, title = (*header, name), ".".join(map(_name, (*header, name)))
        if _is_tables(value):
            for index, element in enumerate(value):
                yield from ("", f"[[{title}]]")
                yield from _table(element, (*path, name, index), inner)
        else:
            if not value or not all(_is_table(v) or _is_tables(v) for v in value.values()):
                yield from ("", f"[{title}]")
            yield from _table(value, (*path, name), inner)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_tables(value: object) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(map(_is_table, value))


def _name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name, ())


def value_text(value: Any, path: Path = (), indent: str = "") -> str:
    """value as it stands after the = sign; path for messages, indent of the list or table it lies in."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError(f"{dotted(path)}: {value} does not fit into the 64 bits of a TOML number")
        return str(int(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{dotted(path)}: {value} is not a number that can be read back; give a finite one")
        return repr(float(value))
    if isinstance(value, str):
        return _long_text(value, path) if "\n" in value and not indent else _quoted(value, path)
    if isinstance(value, time) and value.tzinfo is not None:
        raise ValueError(f"{dotted(path)}: TOML has no time of day with a time zone; drop it from {value}")
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        pairs = (f"{_name(name)} = {value_text(v, (*path, name), ' ')}" for name, v in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    if isinstance(value, (list, tuple)):
        return _list(value, path, indent)
    raise ValueError(f"{dotted(path)}: TOML has no word for {value!r}; leave it out")


def _list(values: Sequence[Any], path: Path, indent: str) -> str:
    deeper = indent + "    "
    words = [value_text(value, (*path, index), deeper) for index, value in enumerate(values)]
    line = f"[{', '.join(words)}]"
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    return "[\n" + "".join(f"{deeper}{word},\n" for word in words) + f"{indent}]"


def _quoted(text: str, path: Path) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{dotted(path)}: text with half a character (a lone surrogate): {text!r}") from None
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _long_text(text: str, path: Path) -> str:
    lines = (_quoted(line, path)[1:-1] for line in text.split("\n"))
    body = "\n".join(line.replace('\\"', '"') for line in lines)
    body = re.sub(r'"(?=")', r"\"", body)  # three in a row would close the text
    return f'"""\n{body}"""'
