"""Facts to rows: no field of a fact is lost on the way to its table."""

import typing
from collections.abc import Iterator
from itertools import count
from typing import Any

import msgspec
import pytest
from sqlalchemy import Table
from tests.support.facts import made

from optimus.db.base import Base
from optimus.facts import cloud
from optimus.facts.parts import PARTS_OF_TASK, Part
from optimus.inventory.rows import FILLINGS, PICTURE_TABLES
from optimus.inventory.tables import UNKNOWN

FACTS: dict[Part, type] = {
    Part.PROJECTS: cloud.Project,
    Part.SERVERS: cloud.Server,
    Part.FLAVORS: cloud.Flavor,
    Part.VOLUMES: cloud.Volume,
    Part.PORTS: cloud.Port,
    Part.NETWORKS: cloud.Network,
    Part.COMPUTE_SERVICES: cloud.ComputeService,
    Part.STACKS: cloud.Stack,
    Part.AGGREGATES: cloud.Aggregate,
    Part.VOLUME_TYPES: cloud.VolumeType,
    Part.HYPERVISORS: cloud.Hypervisor,
    Part.COMPUTE_QUOTAS: cloud.ComputeQuota,
    Part.VOLUME_QUOTAS: cloud.VolumeQuota,
}


def flat(found: Any) -> Iterator[object]:
    """The plain values in a fact or a row."""
    if isinstance(found, msgspec.Struct):
        found = msgspec.structs.asdict(found)
    if isinstance(found, dict):
        for key, inner in found.items():
            if key.startswith("key"):
                yield key
            yield from flat(inner)
    elif isinstance(found, list | tuple):
        for inner in found:
            yield from flat(inner)
    elif not isinstance(found, bool):
        yield found


def table_of(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def test_every_part_has_its_tables_and_belongs_to_a_task() -> None:
    assert set(FILLINGS) == set(Part) == set(FACTS)
    assert {part for parts in PARTS_OF_TASK.values() for part in parts} == set(Part)


def test_every_fact_has_a_part() -> None:
    assert set(FACTS.values()) == set(typing.get_args(cloud.Fact))


@pytest.mark.parametrize("part", Part)
def test_no_value_of_a_fact_is_lost(part: Part) -> None:
    fact = made(FACTS[part], count(1))
    stored = {v for filling in FILLINGS[part] for row in filling.rows([fact]) for v in flat(row)}
    assert set(flat(fact)) - stored == set()


@pytest.mark.parametrize("part", Part)
def test_rows_fill_exactly_the_columns(part: Part) -> None:
    fact = made(FACTS[part], count(1))
    for filling in FILLINGS[part]:
        [row] = filling.rows([fact])
        # dc_id and mark are added when storing, vm_num is counted there
        assert set(row) == set(table_of(filling.model).c.keys()) - {"dc_id", "mark", "vm_num"}


@pytest.mark.parametrize("part", Part)
def test_identity_is_the_key(part: Part) -> None:
    key = {c.name for c in table_of(FILLINGS[part][0].model).primary_key} - {"dc_id"}
    assert key == set(FACTS[part].IDENTITY)  # type: ignore[attr-defined]


@pytest.mark.parametrize("part", Part)
def test_what_a_cloud_does_not_say_fits_the_columns(part: Part) -> None:
    fact = made(FACTS[part], count(1), known=False)
    for filling in FILLINGS[part]:
        for row in filling.rows([fact]):
            for name, stored in row.items():
                assert stored is not None or table_of(filling.model).c[name].nullable, name


def test_sorted_columns_say_unknown_instead_of_null() -> None:
    server = made(cloud.Server, count(1), known=False)
    [row] = FILLINGS[Part.SERVERS][0].rows([server])
    sorted_by = ("created_at", "flavor_vcpus", "flavor_memory_mib", "flavor_disk_gb")
    assert [row[name] for name in sorted_by] == [UNKNOWN] * 4


def test_the_order_in_which_a_cloud_says_something_makes_no_difference() -> None:
    one = msgspec.structs.replace(made(cloud.Flavor, count(1)), extra_specs={"a": "1", "b": "2"})
    other = msgspec.structs.replace(one, extra_specs={"b": "2", "a": "1"})
    rows = FILLINGS[Part.FLAVORS][0].rows
    assert repr(list(rows([one]))) == repr(list(rows([other])))


def test_a_stack_that_was_not_read_this_time_has_no_members() -> None:
    stack = msgspec.structs.replace(made(cloud.Stack, count(1)), server_ids=None)
    assert list(FILLINGS[Part.STACKS][1].rows([stack])) == []


def test_picture_tables_are_all_tables_keyed_by_data_center() -> None:
    keyed = {t.name for t in Base.metadata.sorted_tables if "dc_id" in t.primary_key.columns and "mark" in t.c}
    assert {table_of(m).name for m in PICTURE_TABLES} == keyed
