"""All samples of OpenStack's answers, and the examples in the parsers' own docstrings."""

import doctest
import json
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from optimus.collection import parsers
from optimus.collection.parsers.reading import Node, ParseError
from optimus.collection.parsers.versions import parse_microversions
from optimus.collection.sources import SOURCES

SAMPLES = Path(__file__).parents[2] / "samples" / "openstack"
CASES = sorted(path for path in SAMPLES.glob("*/*.json") if not path.name.endswith(".expected.json"))
MODULES = [f"{parsers.__name__}.{found.name}" for found in pkgutil.iter_modules(parsers.__path__)]
PARSERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    source.parse.__module__.rpartition(".")[2]: source.parse for source in SOURCES if source.parse
} | {"versions": parse_microversions}


def _plain(value: Any) -> Any:
    """A parser's answer as the JSON that an expected file holds."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return json.loads(json.dumps(asdict(value))) if is_dataclass(value) and not isinstance(value, type) else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_sample(case: Path) -> None:
    page = json.loads(case.read_bytes())
    expected = json.loads(case.with_suffix(".expected.json").read_bytes())
    assert _plain(PARSERS[case.parent.name](page)) == expected


def test_every_parser_has_a_sample() -> None:
    assert {case.parent.name for case in CASES} == set(PARSERS)


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    tried = doctest.testmod(import_module(name))
    assert tried.failed == 0
    assert tried.attempted > 0


@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
@pytest.mark.parametrize("page", [{}, {"error": {"code": 500}}], ids=["empty", "error"])
def test_what_is_no_answer_is_no_empty_list(parse: Callable[[Mapping[str, Any]], Any], page: Mapping[str, Any]) -> None:
    with pytest.raises(ParseError):
        parse(page)


def test_nothing_secret_is_kept_of_a_server() -> None:
    page = json.loads((SAMPLES / "servers" / "zed_2.79.json").read_bytes())
    assert "c2VjcmV0" in json.dumps(page)
    assert "c2VjcmV0" not in repr(PARSERS["servers"](page))


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1970-01-01T00:01:00Z", 60),
        ("1970-01-01T00:01:00.999999", 60),
        ("1970-01-01T01:01:00+01:00", 60),
        ("1970-01-01T00:01:00", 60),
        (None, None),
        ("", None),
    ],
)
def test_times_without_a_zone_are_utc(written: str | None, seconds: int | None) -> None:
    assert Node({"at": written}, "x").moment_or_none("at") == seconds


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (Node.identity, None),
        (Node.identity, True),
        (Node.identity, {}),
        (Node.whole, "many"),
        (Node.whole, True),
        (Node.whole, None),
        (Node.whole, float("inf")),
        (Node.whole_or_none, {}),
        (Node.flag, "perhaps"),
        (Node.text, 5),
        (Node.text_or_none, []),
        (Node.moment_or_none, "yesterday"),
        (Node.texts, ["a", 5]),
        (Node.text_map, []),
        (Node.nodes, "text"),
        (Node.nodes, [5]),
        (Node.node, None),
    ],
)
def test_what_cannot_be_read_says_where_and_never_what(read: Callable[[Node, str], Any], value: object) -> None:
    with pytest.raises(ParseError) as caught:
        read(Node({"key": value}, "things[3]"), "key")
    assert "things[3].key" in str(caught.value)
    assert "many" not in str(caught.value)
