"""A record's data as written and read: any rows, any size, and no trust in what is damaged."""

import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.records import GUESTS_OF_ONE, GUESTS_OF_TWO, host_facts

from optimus.facts.hosts import Section
from optimus.records.document import CHUNK_BYTES, Stored, compressed, in_chunks, row_of, written
from optimus.records.errors import RecordBroken
from optimus.records.hosts import Gathering, KnownHost, cpu_list, cpus_of, sections_of
from optimus.records.upload import Upload

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ROWS = st.lists(st.dictionaries(st.text(max_size=5), JSON, max_size=4), max_size=5)
HEAD = {"record": {"name": "x"}}


@given(st.dictionaries(st.sampled_from(["projects", "servers", "列表"]), ROWS))
def test_what_was_written_is_read(sections: dict[str, Any]) -> None:
    pieces = list(written(HEAD, sections.items()))
    assert json.loads(b"".join(pieces))["sections"] == sections
    stored = Stored(compressed(pieces))
    assert stored.head == HEAD
    assert {name: [row_of(line) for line in lines] for name, lines in stored.sections()} == sections
    uploaded = Upload(pieces)
    assert {name: list(rows) for name, rows in uploaded.sections()} == sections
    assert uploaded.head == HEAD


@given(st.lists(st.binary(max_size=9)), st.integers(1, 5))
def test_pieces_of_any_size_are_an_upload(extra: list[bytes], size: int) -> None:
    text = json.dumps(
        {"format": "optimus-record", "version": 1, "head": {}, "sections": {"x": [{"a": 12}, "ü"]}}
    ).encode()
    pieces = [text[n : n + size] for n in range(0, len(text), size)]
    assert {name: list(rows) for name, rows in Upload(pieces).sections()} == {"x": [{"a": 12}, "ü"]}


def test_sections_that_are_not_taken_are_skipped() -> None:
    stored = Stored(compressed(written(HEAD, [("a", [{"n": 1}, {"n": 2}]), ("b", []), ("c", [{"n": 3}])])))
    taken = []
    for name, lines in stored.sections():
        if name == "c":
            taken = [row_of(line) for line in lines]
    assert taken == [{"n": 3}]


def test_chunks_can_be_joined_as_base64() -> None:
    sizes = [len(chunk) for chunk in in_chunks(b"x" * 700_001 for _ in range(5))]
    assert sizes[:-1] == [CHUNK_BYTES] * 3
    assert sum(sizes) == 5 * 700_001
    assert CHUNK_BYTES % 3 == 0
    assert CHUNK_BYTES <= 1024 * 1024


@pytest.mark.parametrize("cut", [0, 1, 20, 60])
def test_damaged_data_is_not_read(cut: int) -> None:
    whole = b"".join(compressed(written(HEAD, [("a", [{"n": number} for number in range(50)])])))
    damaged = zlib.compress(b"{}") if cut == 0 else whole[:-cut]
    with pytest.raises(RecordBroken, match="make the record anew"):
        _read_all(damaged)


def _read_all(data: bytes) -> None:
    for _, lines in Stored([data]).sections():
        list(lines)


@given(st.sets(st.integers(0, 300)))
def test_lists_of_cpus(cpus: set[int]) -> None:
    assert cpus_of(cpu_list(cpus)) == tuple(sorted(cpus))


def test_what_hosts_said_comes_back() -> None:
    facts = [
        host_facts("h1", guests=(*GUESTS_OF_ONE, *GUESTS_OF_TWO)),
        host_facts("h2", cpus=(), nova_cpus=None, ovs_cpus=None, kernel=None, gaps={Section.CPUS: "no sysfs"}),
    ]
    hosts = [KnownHost(one.host, one, one.probed_at, 7, "fresh", None) for one in facts]
    hosts.append(KnownHost("h3", None, None, 8, "host_down", "does not answer"))
    gathering = Gathering()
    for name, rows in sections_of(hosts):
        for row in json.loads(json.dumps(list(rows))):
            gathering.add(name, row)
    assert list(gathering.hosts()) == hosts
