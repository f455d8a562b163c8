"""All samples of OpenStack's answers, and the examples in the parsers' own docstrings."""

import doctest
import json
import pkgutil
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from optimus.collection import parsers
from optimus.collection.paging import ids_of, next_marker
from optimus.collection.parsers.reading import Node, ParseError, decode_json
from optimus.collection.parsers.servers import decode_servers, parse_servers
from optimus.collection.parsers.versions import parse_microversions
from optimus.collection.sources import SOURCES, Source

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
    return json.loads(msgspec.json.encode(value))


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


TYPED = [source for source in SOURCES if source.decode is not decode_json]


@pytest.mark.parametrize("source", TYPED, ids=lambda source: source.list_key)
def test_a_list_decoded_by_type_is_the_same_as_any_json(source: Source) -> None:
    assert source.parse is not None
    samples = [case for case in CASES if case.parent.name == source.list_key]
    assert samples
    for case in samples:
        page = source.decode(case.read_bytes())
        assert source.parse(page) == source.parse(json.loads(case.read_bytes()))
        raw = json.loads(case.read_bytes())
        for limit in (None, 1, 1000):
            assert next_marker(page, source.list_key, limit) == next_marker(raw, source.list_key, limit)
        assert ids_of(page, source.list_key) == ids_of(raw, source.list_key)


SERVER = {"id": "a", "status": "ACTIVE"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"status": "ACTIVE"}, "servers[1].id: expected an id, found nothing"),
        ({**SERVER, "id": []}, "servers[1].id: expected an id, found list"),
        ({**SERVER, "id": True}, "servers[1].id: expected an id, found bool"),
        ({"id": "a"}, "servers[1].status: expected text, found nothing"),
        ({**SERVER, "name": {"hunter2": 1}}, "servers[1].name: expected text, found dict"),
        ({**SERVER, "created": "hunter2"}, "servers[1].created: expected an ISO 8601 time, found str"),
        ({**SERVER, "OS-EXT-STS:power_state": []}, "servers[1].OS-EXT-STS:power_state: expected a whole number"),
        ({**SERVER, "flavor": {"ram": "hunter2"}}, "servers[1].flavor.ram: expected a whole number, found str"),
        ({**SERVER, "addresses": {"n": [{}]}}, "servers[1].addresses.n[0].addr: expected text, found nothing"),
        ({**SERVER, "addresses": {"n": {}}}, "servers[1].addresses[...]: expected a list, found dict"),
        ("hunter2", "servers[1]: expected an object, found str"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_by_its_place(row: Any, said: str) -> None:
    page = {"servers": [SERVER, row]}
    told = []
    for decode in (json.loads, decode_servers):
        with pytest.raises(ParseError) as caught:
            parse_servers(decode(json.dumps(page).encode()))
        told.append(str(caught.value))
    assert told[0] == told[1]
    assert told[0].startswith(said)
    assert "hunter2" not in told[0]


@pytest.mark.parametrize(
    "body", [b"", b'{"servers": [{"id"', b"<html>", b'{"servers": []} x', b'{"servers": [{"name": "\xff"}]}']
)
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    for decode in (decode_json, decode_servers):
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - the transport tells it in its own words
            decode(body)
        assert not isinstance(caught.value, ParseError)


def test_a_number_may_be_written_as_text_and_an_id_as_a_number() -> None:
    [server] = parse_servers({"servers": [{**SERVER, "id": 7, "flavor": {"ram": "2048", "vcpus": 2.0, "disk": ""}}]})
    assert (server.id, server.flavor_memory_mib, server.flavor_vcpus, server.flavor_disk_gb) == ("7", 2048, 2, None)
