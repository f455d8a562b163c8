"""Facts made up by their types alone: whole objects of which a test names only what matters to it."""

import types
import typing
from collections.abc import Iterator
from inspect import Parameter, signature
from itertools import count
from typing import Any, TypeVar

from msgspec import Struct

T = TypeVar("T")
_NUMBERS = count(1)


def a(fact: type[T], **values: Any) -> T:
    """A fact with these values; whatever a cloud may leave unsaid is unsaid."""
    hints = typing.get_type_hints(fact)
    missing = {n: _unsaid(hints[n]) for n, p in signature(fact).parameters.items() if p.default is Parameter.empty}
    return fact(**{**missing, **values})


def _unsaid(hint: Any) -> Any:
    if type(None) in typing.get_args(hint):
        return None
    return {str: f"text{next(_NUMBERS)}", int: 0, bool: False}.get(hint, ())


def made(fact: type, numbers: Iterator[int], *, known: bool = True) -> Any:
    """A fact whose every value can be told from every other."""
    hints = typing.get_type_hints(fact)
    return fact(**{name: _value(hints[name], numbers, known=known) for name in signature(fact).parameters})


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
        made_of_parts = isinstance(inner, type) and issubclass(inner, Struct)
        return (made(inner, numbers) if made_of_parts else _value(inner, numbers, known=known),)
    return {f"key{next(numbers)}": f"Text{next(numbers)}"}
