"""Typed access to decoded JSON that can say where it was when something is not as expected.

>>> page = {"servers": [{"id": 7, "created": "2026-11-23T22:41:26Z"}]}
>>> [server] = items(page, "servers")
>>> server.identity("id"), server.moment_or_none("created"), server.text_or_none("name")
('7', 1795473686, None)
>>> server.text("name")
Traceback (most recent call last):
optimus.collection.parsers.reading.ParseError: servers[0].name: expected text, found nothing
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


class ParseError(ValueError):
    """An answer that cannot be read. `path` is the place in it, `expected` what should stand there."""

    def __init__(self, path: str, expected: str, found: object) -> None:
        # The value itself stays out: it may be somebody's secret in the wrong place.
        kind = "nothing" if found is None else type(found).__name__
        super().__init__(f"{path}: expected {expected}, found {kind}")
        self.path = path
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON object and its place in the answer."""

    raw: Mapping[str, Any]
    path: str

    def wrong(self, key: str, expected: str) -> ParseError:
        return ParseError(f"{self.path}.{key}", expected, self.raw.get(key))

    def text(self, key: str) -> str:
        value = self.raw.get(key)
        if not isinstance(value, str):
            raise self.wrong(key, "text")
        return value

    def text_or_none(self, key: str) -> str | None:
        """The text; None when it is absent, null or empty, which OpenStack uses for one another."""
        value = self.raw.get(key)
        if isinstance(value, str):
            return value or None
        if value is None:
            return None
        raise self.wrong(key, "text")

    def identity(self, key: str) -> str:
        """An id as text: old releases number some objects that new ones give a UUID."""
        value = self.raw.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise self.wrong(key, "an id")

    def identity_or_none(self, key: str) -> str | None:
        value = self.raw.get(key)
        return None if value is None or value == "" else self.identity(key)

    def whole(self, key: str) -> int:
        """A whole number, also one written as text or as 1.0."""
        value = self.raw.get(key)
        if type(value) is int:
            return value
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.wrong(key, "a whole number")
        try:
            return int(value)
        except (ValueError, OverflowError) as failure:
            raise self.wrong(key, "a whole number") from failure

    def whole_or_none(self, key: str) -> int | None:
        value = self.raw.get(key)
        return None if value is None or value == "" else self.whole(key)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """A boolean, also one written as text ("true"); `default` when it is absent."""
        value = self.raw.get(key)
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        raise self.wrong(key, "true or false")

    def moment_or_none(self, key: str) -> int | None:
        """Seconds since the epoch of an ISO time; one without a zone is UTC, as OpenStack means it."""
        text = self.text_or_none(key)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as failure:
            raise self.wrong(key, "an ISO 8601 time") from failure
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())

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
