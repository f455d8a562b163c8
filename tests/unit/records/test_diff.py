"""Comparing two records' data: what is told of the difference leads from the one to the other."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from optimus.facts.parts import Part
from optimus.inventory.queries.whole import LISTINGS, columns_of
from optimus.records.diff import Difference
from optimus.records.document import compressed, written
from optimus.records.sections import HOST_SECTIONS, SECTIONS

Sections = dict[str, list[dict[str, Any]]]

IDS = st.sampled_from(["a", "b", "c", "d"])
VALUES = st.none() | st.integers(0, 3) | st.text("xyz=", max_size=3) | st.lists(st.integers(0, 2), max_size=2)
HOSTS = ("h1", "h2")


def head(**states: Any) -> dict[str, Any]:
    parts = {part.value: {"collected_at": 1, "reason": None} for part in Part}
    return {"record": {"name": "x"}, "parts": parts | states}


def chunks(sections: Sections, **states: Any) -> Iterator[bytes]:
    return compressed(written(head(**states), [(name, sections.get(name, [])) for name in SECTIONS]))


@st.composite
def rows(draw: st.DrawFn, name: str) -> list[dict[str, Any]]:
    section = SECTIONS[name]
    columns = [*section.volatile, *([section.place] if section.place else []), "name", "size"]
    columns = [column for column in columns if column not in section.key]
    keys = draw(
        st.lists(st.tuples(*(IDS if key != "host" else st.sampled_from(HOSTS) for key in section.key)), unique=True)
    )
    return [
        {**dict(zip(section.key, key, strict=True)), **{column: draw(VALUES) for column in columns}} for key in keys
    ]


@st.composite
def documents(draw: st.DrawFn) -> Sections:
    names = ("projects", "volumes", "stack_servers", "servers", "guests", "interfaces")
    found = {name: draw(rows(name)) for name in names}
    # Both hosts have been read, in both: what is known is what is compared here.
    found["hosts"] = [{"host": host, "gaps": {}, "reason": None, "cpus": draw(VALUES)} for host in HOSTS]
    return found


def applied(sections: Sections, changes: Any) -> Sections:
    """What the changes make of the older record."""
    result = deepcopy(sections)
    for change in changes:
        section = SECTIONS[change["section"]]
        of_section = result.setdefault(change["section"], [])
        found = [row for row in of_section if all(row[name] == change["key"][name] for name in section.key)]
        if change["change"] == "removed":
            of_section.remove(found[0])
            continue
        if change["change"] == "added":
            assert found == []
            found = [dict(change["key"])]
            of_section.extend(found)
        for field in change["fields"]:
            assert found[0].get(field["field"]) == field["old"]
            found[0][field["field"]] = field["new"]
    return result


def told(sections: Sections) -> Mapping[str, Any]:
    """Of each list what a comparison is about: the order, what is null and what is volatile count for nothing."""
    return {
        name: sorted(
            json.dumps(
                {k: v for k, v in row.items() if k not in SECTIONS[name].volatile and v is not None}, sort_keys=True
            )
            for row in found
        )
        for name, found in sections.items()
        if found
    }


@given(documents(), documents())
def test_the_older_record_and_the_changes_make_the_newer_one(a: Sections, b: Sections) -> None:
    difference = Difference(chunks(a), chunks(b))
    changes = json.loads(json.dumps(list(difference.changes())))
    assert difference.not_compared == []
    assert told(applied(a, changes)) == told(b)


@given(documents())
def test_nothing_differs_from_itself_however_it_is_ordered(a: Sections) -> None:
    other = {name: found[::-1] for name, found in a.items()}
    assert list(Difference(chunks(a), chunks(other)).changes()) == []


def changes_of(a: Sections, b: Sections) -> list[tuple[str, str]]:
    return [(one["section"], one["change"]) for one in Difference(chunks(a), chunks(b)).changes()]


def test_a_vm_on_another_host_has_moved() -> None:
    a = {"servers": [{"id": "1", "host": "h1", "name": "x"}]}
    assert changes_of(a, {"servers": [{"id": "1", "host": "h2", "name": "x"}]}) == [("servers", "moved")]
    assert changes_of(a, {"servers": [{"id": "1", "host": "h1", "name": "y"}]}) == [("servers", "changed")]
    assert changes_of(a, {"servers": [{"id": "2", "host": "h1", "name": "x"}]}) == [
        ("servers", "added"),
        ("servers", "removed"),
    ]


def test_changes_stand_in_the_order_of_the_newer_record_and_what_was_removed_comes_last() -> None:
    a = {"volumes": [{"id": one, "name": "old"} for one in "1234567"]}
    b = {"volumes": [{"id": one, "name": "old" if one == "4" else "new"} for one in "5x3y421"]}
    found = [(one["change"], one["key"]["id"]) for one in Difference(chunks(a), chunks(b)).changes()]
    assert found == [
        ("changed", "5"), ("added", "x"), ("changed", "3"), ("added", "y"), ("changed", "2"), ("changed", "1"),
        ("removed", "6"), ("removed", "7"),
    ]  # fmt: skip


def test_a_part_that_was_never_collected_is_not_compared() -> None:
    servers = {"servers": [{"id": "1", "host": None, "name": "x"}]}
    difference = Difference(chunks(servers), chunks({}, servers={"collected_at": None, "reason": "refused"}))
    assert list(difference.changes()) == []
    assert difference.not_compared == [{"section": "servers", "host": None, "missing_in": "b", "reason": "refused"}]


def test_a_host_that_was_not_read_is_not_compared_and_one_that_is_gone_says_nothing() -> None:
    known: dict[str, Any] = {"host": "h1", "gaps": {}, "reason": None}
    guest = {"host": "h1", "uuid": "1", "name": "x"}
    a: Sections = {"hosts": [known, {**known, "host": "h2"}], "guests": [guest, {**guest, "host": "h2"}]}
    silent: Sections = {"hosts": [{"host": "h1", "gaps": None, "reason": "down"}]}
    difference = Difference(chunks(a), chunks(silent))
    assert list(difference.changes()) == []
    assert difference.not_compared == [{"section": "hosts", "host": "h1", "missing_in": "b", "reason": "down"}]
    partly: Sections = {"hosts": [{"host": "h1", "gaps": {"guests": "no virsh"}, "reason": None}]}
    difference = Difference(chunks(a), chunks(partly))
    assert list(difference.changes()) == []
    assert [(gap["section"], gap["reason"]) for gap in difference.not_compared] == [("guests", "no virsh")]


def test_every_list_is_known_to_both_sides() -> None:
    assert set(SECTIONS) == {*LISTINGS, *HOST_SECTIONS}
    for name, listing in LISTINGS.items():
        section = SECTIONS[name]
        assert section.part is listing.part
        wanted = {*section.key, *section.volatile, *([section.place] if section.place else [])}
        assert wanted <= set(columns_of(name)), name
        assert section.title is None or section.title in columns_of(name)
