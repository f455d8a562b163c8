"""Typed access to JSON that can say where it was when something is not as expected.

`Node` walks decoded JSON. `Rows` is for the lists of tens of thousands: it decodes by type, only the fields that a
row's struct names, many times faster and leaner.

>>> page = {"servers": [{"id": 7, "created": "2026-11-23T22:41:26Z"}]}
>>> [server] = items(page, "servers")
>>> server.identity("id"), server.moment_or_none("created"), server.text_or_none("name")
('7', 1795473686, None)
>>> server.text("name")
Traceback (most recent call last):
optimus.collection.parsers.reading.ParseError: servers[0].name: expected text, found nothing
"""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, NoReturn, TypeVar

import msgspec

# What OpenStack writes for one thing or another, for the fields of a row's struct. "" and null mean the same.
Text = str | None
Identity = int | str | None
Whole = int | float | str | None
Flag = bool | str | None

Row = TypeVar("Row", bound=msgspec.Struct)
Value = TypeVar("Value")


class ParseError(ValueError):
    """An answer that cannot be read. `path` is the place in it, `expected` what should stand there."""

    def __init__(self, path: str, expected: str, found: object) -> None:
        # The value itself stays out: it may be somebody's secret in the wrong place.
        self.kind = found.name if isinstance(found, _Kind) else _kind_of(found)
        super().__init__(f"{path}: expected {expected}, found {self.kind}")
        self.path = path
        self.expected = expected

    def below(self, place: str) -> "ParseError":
        """The same, told of a value at `place`."""
        return ParseError(f"{place}.{self.path}", self.expected, _Kind(self.kind))


@dataclass(frozen=True, slots=True)
class _Kind:
    """The name of a kind of value, where the value itself is not at hand."""

    name: str


def _kind_of(found: object) -> str:
    return "nothing" if found is None else type(found).__name__


def identity(value: object, key: str) -> str:
    """An id as text: old releases number some objects that new ones give a UUID."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ParseError(key, "an id", value)


def identity_or_none(value: object, key: str) -> str | None:
    return None if value is None or value == "" else identity(value, key)


def shared(value: str | None) -> str | None:
    """A text that many rows have, kept in memory once; None when it is empty."""
    return sys.intern(value) if value else None


def text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise ParseError(key, "text", value)
    return value


def whole(value: object, key: str) -> int:
    """A whole number, also one written as text or as 1.0."""
    if type(value) is int:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ParseError(key, "a whole number", value)
    try:
        return int(value)
    except (ValueError, OverflowError) as failure:
        raise ParseError(key, "a whole number", value) from failure


def whole_or_none(value: object, key: str) -> int | None:
    return None if value is None or value == "" else whole(value, key)


def flag(value: object, key: str, *, default: bool = False) -> bool:
    """A boolean, also one written as text ("true"); `default` when it is absent."""
    if value is None or value == "":
        return default
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise ParseError(key, "true or false", value)


def moment_or_none(value: str | None, key: str) -> int | None:
    """Seconds since the epoch of an ISO time; one without a zone is UTC, as OpenStack means it."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as failure:
        raise ParseError(key, "an ISO 8601 time", value) from failure
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON object and its place in the answer."""

    raw: Mapping[str, Any]
    path: str

    def wrong(self, key: str, expected: str) -> ParseError:
        return ParseError(f"{self.path}.{key}", expected, self.raw.get(key))

    def text(self, key: str) -> str:
        return self._read(text, key)

    def text_or_none(self, key: str) -> str | None:
        """The text; None when it is absent, null or empty, which OpenStack uses for one another."""
        value = self.raw.get(key)
        if value is None or isinstance(value, str):
            return value or None
        raise self.wrong(key, "text")

    def identity(self, key: str) -> str:
        return self._read(identity, key)

    def identity_or_none(self, key: str) -> str | None:
        return self._read(identity_or_none, key)

    def whole(self, key: str) -> int:
        return self._read(whole, key)

    def whole_or_none(self, key: str) -> int | None:
        return self._read(whole_or_none, key)

    def flag(self, key: str, *, default: bool = False) -> bool:
        try:
            return flag(self.raw.get(key), key, default=default)
        except ParseError as failure:
            raise failure.below(self.path) from failure

    def moment_or_none(self, key: str) -> int | None:
        self.text_or_none(key)
        return self._read(moment_or_none, key)

    def _read(self, read: Callable[[Any, str], Value], key: str) -> Value:
        try:
            return read(self.raw.get(key), key)
        except ParseError as failure:
            raise failure.below(self.path) from failure

    def node(self, key: str) -> "Node":
        value = self.raw.get(key)
        if not isinstance(value, dict):
            raise self.wrong(key, "an object")
        return Node(value, f"{self.path}.{key}")

    def node_or_none(self, key: str) -> "Node | None":
        """The object below; None when something else stands there ("" for the image of a volume-booted server)."""
        return self.node(key) if isinstance(self.raw.get(key), dict) else None

    def nodes(self, key: str) -> list["Node"]:
        """The objects of a list; none when the list is absent or null."""
        value = self.raw.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(key, "a list")
        return [_object(one, f"{self.path}.{key}[{at}]") for at, one in enumerate(value)]

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.raw.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.wrong(key, "a list of texts")
        return tuple(value)

    def text_map(self, key: str) -> dict[str, str]:
        """An object of texts; other scalars become their text, null is left out."""
        value = self.raw.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.wrong(key, "an object of texts")
        return {name: str(one) for name, one in value.items() if one is not None}


def decode_json(body: bytes | bytearray) -> Any:
    """Any JSON. Raises ValueError when it is none."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as failure:
        raise ValueError(str(failure)) from failure


def items(page: Mapping[str, Any], key: str) -> list[Node]:
    """The objects of a page's list, which must be there: without it the page is not an answer to the question."""
    if not isinstance(page.get(key), list):
        raise ParseError(key, "a list", page.get(key))
    return [_object(one, f"{key}[{at}]") for at, one in enumerate(page[key])]


def only(page: Mapping[str, Any], key: str) -> Node:
    """The one object of an answer that holds no list."""
    return _object(page.get(key), key)


def _object(value: object, path: str) -> Node:
    if not isinstance(value, dict):
        raise ParseError(path, "an object", value)
    return Node(value, path)


class Rows(Generic[Row]):
    """The rows of one list, decoded as structs. `key` is the list's name in the answer."""

    def __init__(self, key: str, row: type[Row]) -> None:
        self._key = key
        self._type = list[row]  # type: ignore[valid-type]
        beside = ("links", f"{key}_links", "truncated")  # where the list says that it goes on
        fields = [(key, self._type | None, None), *((name, Any, None) for name in beside)]
        self._decoder = msgspec.json.Decoder(msgspec.defstruct("Page", fields))

    def decode(self, body: bytes | bytearray) -> dict[str, Any]:
        """An answer as `parse` takes it. Raises ParseError; ValueError when it is no JSON."""
        try:
            return msgspec.structs.asdict(self._decoder.decode(body))
        except msgspec.ValidationError as failure:
            _tell(failure, "")
        except msgspec.DecodeError as failure:
            raise ValueError(str(failure)) from failure

    def parse(self, page: Mapping[str, Any], make: Callable[[Row], Value]) -> list[Value]:
        """What `make` makes of every row of a page, from `decode` or from anybody's JSON."""
        found = page.get(self._key)
        if not isinstance(found, list):
            raise ParseError(self._key, "a list", found)
        values: list[Value] = []
        try:
            rows: Sequence[Row] = msgspec.convert(found, self._type)
            values.extend(map(make, rows))
        except msgspec.ValidationError as failure:
            _tell(failure, self._key)
        except ParseError as failure:
            raise failure.below(f"{self._key}[{len(values)}]") from failure
        return values


_MESSAGE = re.compile(r"(?:Expected `(?P<types>[^`]+)`, got `(?P<got>\w+)`|.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?")
_EXPECTED = {
    "int | str": "an id",
    "float | int | str": "a whole number",
    "bool | str": "true or false",
    "str": "text",
    "array": "a list",
    "object": "an object",
    "object | str": "an object",
}
_KINDS = {"array": "list", "object": "dict", "null": "nothing"}


def _tell(failure: msgspec.ValidationError, below: str) -> NoReturn:
    """Raise what the decoder says of a value of the wrong type as our own error."""
    said = _MESSAGE.fullmatch(str(failure))
    types, got, path = (said["types"], said["got"], said["path"]) if said else (None, None, None)
    names = " | ".join(sorted(name for name in (types or "").split(" | ") if name != "null"))
    kind = _Kind(_KINDS.get(got or "", got or "something else"))
    place = f"{below}{path or ''}"
    if not place:
        raise ParseError("the answer", "a JSON object", kind) from failure
    raise ParseError(place, _EXPECTED.get(names, "something else"), kind) from failure
