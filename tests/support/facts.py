"""Facts made up by their types alone: whole objects of which a test names only what matters to it."""

import dataclasses
import types
import typing
from collections.abc import Iterator
from itertools import count
from typing import Any, TypeVar

T = TypeVar("T")
_NUMBERS = count(1)


def a(fact: type[T], **values: Any) -> T:
    """A fact with these values; whatever a cloud may leave unsaid is unsaid."""
    hints = typing.get_type_hints(fact)
    assert dataclasses.is_dataclass(fact)
    fields = {f.name: f for f in dataclasses.fields(fact)}
    missing = {n: _unsaid(hints[n]) for n, f in fields.items() if f.default is f.default_factory is dataclasses.MISSING}
    return typing.cast("T", fact(**{**missing, **values}))


def _unsaid(hint: Any) -> Any:
    if type(None) in typing.get_args(hint):
        return None
    return {str: f"text{next(_NUMBERS)}", int: 0, bool: False}.get(hint, ())


def made(fact: type, numbers: Iterator[int], *, known: bool = True) -> Any:
    """A fact whose every value can be told from every other."""
    hints = typing.get_type_hints(fact)
    return fact(**{f.name: _value(hints[f.name], numbers, known=known) for f in dataclasses.fields(fact)})


def _value(hint: Any, numbers: Iterator[int], *, known: bool) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return _value(arguments[0], numbers, known=known) if known else None
    if hint is str:
        return f"Text{next(numbers)}"
    if hint is int:
        return 1000 + next(numbers)
    if hint is bool:
        return True
    if origin is tuple:
        inner = arguments[0]
        made_of_parts = isinstance(inner, type) and dataclasses.is_dataclass(inner)
        return (made(inner, numbers) if made_of_parts else _value(inner, numbers, known=known),)
    return {f"key{next(numbers)}": f"Text{next(numbers)}"}
