"""Results kept with what they are results of: a cache that dies with its object.

``functools.lru_cache`` on a function keeps its last arguments alive: a patient of a hundred megabytes, long after
the case was closed. Here the results lie in the first argument itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

Owner = TypeVar("Owner")
Rest = ParamSpec("Rest")
Result = TypeVar("Result")

_MISSING: Any = object()


def kept_with_first(
    maxsize: int,
) -> Callable[
    [Callable[Concatenate[Owner, Rest], Result]],
    Callable[Concatenate[Owner, Rest], Result],
]:
    """Decorator: the results of the last maxsize different further arguments are kept in the first argument.

    The first argument is any object with a ``__dict__``, frozen or not; the further ones are positional and
    hashable. Results must not be changed. Two threads may both work out the same result; either is kept.
    """

    def decorate(
        function: Callable[Concatenate[Owner, Rest], Result],
    ) -> Callable[Concatenate[Owner, Rest], Result]:
        name = f"_kept {function.__module__}.{function.__qualname__}"

        @wraps(function)
        def asked(owner: Owner, *rest: Rest.args, **named: Rest.kwargs) -> Result:
            kept: dict[Hashable, Result] = owner.__dict__.setdefault(name, {})
            result = kept.pop(rest, _MISSING)
            if result is _MISSING:
                result = function(owner, *rest, **named)
            kept[rest] = result  # now the last one asked for
            for old in list(kept)[:-maxsize]:
                kept.pop(old, None)
            return result

        return asked

    return decorate


class Itself(Generic[Result]):
    """A value as a key that only the very same object finds: 0.0 and -0.0 are equal, but not written alike."""

    def __init__(self, value: Result) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)
