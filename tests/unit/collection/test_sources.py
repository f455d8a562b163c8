"""The table of calls: what it promises to whoever reads it."""

from optimus.collection.sources import LOGIN, PLAIN_LISTS, QUOTAS, SOURCES, Paging
from optimus.facts.parts import PARTS_OF_TASK, Part


def test_everything_is_a_read_but_the_log_in() -> None:
    assert [source for source in SOURCES if source.method != "GET"] == [LOGIN]
    assert (LOGIN.method, LOGIN.path) == ("POST", "/auth/tokens")


def test_every_part_of_every_task_has_a_source() -> None:
    wanted = {part for parts in PARTS_OF_TASK.values() for part in parts}
    assert {source.part for source in SOURCES if source.part} == wanted == set(Part)


def test_parts_are_fetched_from_the_table() -> None:
    assert all(source in SOURCES and source.part is part for part, source in {**PLAIN_LISTS, **QUOTAS}.items())


def test_every_source_but_the_clients_own_has_a_parser() -> None:
    assert [source.path for source in SOURCES if source.parse is None] == ["/auth/tokens", "/"]


def test_no_source_asks_for_what_paging_adds() -> None:
    paged = [source for source in SOURCES if source.paging is Paging.MARKER]
    assert paged
    assert not any({"limit", "marker"} & set(source.query) for source in SOURCES)
