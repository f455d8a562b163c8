"""Error codes are a promise: each once, each reachable, each with a status."""

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator

import pytest

import optimus
from optimus.errors import Code, Kind, OptimusError
from optimus.http.problem import STATUS_OF_KIND

for _module in pkgutil.walk_packages(optimus.__path__, "optimus."):
    if not _module.name.endswith("__main__") and ".migrations" not in _module.name:
        importlib.import_module(_module.name)


def subclasses(of: type[OptimusError]) -> Iterator[type[OptimusError]]:
    for found in of.__subclasses__():
        yield found
        yield from subclasses(found)


CODED = [found for found in subclasses(OptimusError) if hasattr(found, "code")]


def test_no_code_is_used_twice_in_the_list() -> None:
    assert len(Code.__members__) == len(set(Code)), "an enum takes a second name of a value for an alias"


def test_codes_are_written_alike() -> None:
    for code in Code:
        group, _, name = code.value.partition(".")
        assert group.isidentifier()
        assert name.isidentifier()
        assert code.value == code.value.lower()


def test_every_code_is_raised_by_somebody() -> None:
    # What the HTTP edge refuses, it refuses without an exception of ours.
    assert set(Code) - {found.code for found in CODED} == set()


@pytest.mark.parametrize("found", CODED, ids=lambda c: c.__name__)
def test_every_error_has_a_status_and_says_what_it_means(found: type[OptimusError]) -> None:
    assert found.kind in STATUS_OF_KIND
    assert found.__doc__


def test_every_kind_has_a_status_of_its_own() -> None:
    assert set(STATUS_OF_KIND) == set(Kind)
    assert len(set(STATUS_OF_KIND.values())) == len(Kind)


def test_one_code_is_one_status() -> None:
    """But for a field of a data center, which is missing (400) or wrong (422) under the same code."""
    kinds = defaultdict(set)
    for found in CODED:
        kinds[found.code].add(found.kind)
    assert {code for code, several in kinds.items() if len(several) > 1} <= {Code.DATACENTER_INVALID}
