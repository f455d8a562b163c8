"""The arithmetic of tenant_quota."""

from hypothesis import given
from hypothesis import strategies as st

from optimus.inventory.quota import NO_LIMIT, share

amounts = st.integers(min_value=0, max_value=10_000)


def test_what_the_limit_leaves_when_enough_is_free() -> None:
    found = share(in_use=10, limit=30, total=100, used_by_all=40)
    assert (found["availability"], found["other"]) == (20, 70)


def test_what_is_free_when_the_limit_promises_more() -> None:
    found = share(in_use=10, limit=90, total=100, used_by_all=70)
    assert (found["availability"], found["other"]) == (30, 60)


def test_no_limit_is_the_whole_data_center() -> None:
    found = share(in_use=10, limit=NO_LIMIT, total=100, used_by_all=10)
    assert (found["limit"], found["availability"], found["other"]) == (-1, 90, 0)


def test_a_tenant_over_its_limit_has_nothing_more() -> None:
    found = share(in_use=40, limit=30, total=100, used_by_all=40)
    assert (found["availability"], found["overcommitted"]) == (0, True)


@given(in_use=amounts, limit=st.one_of(amounts, st.just(NO_LIMIT)), total=amounts, others=amounts)
def test_the_shares_add_up_unless_overcommitted(in_use: int, limit: int, total: int, others: int) -> None:
    found = share(in_use=in_use, limit=limit, total=total, used_by_all=in_use + others)
    parts = (found["in_use"], found["availability"], found["other"])
    assert all(part is not None and part >= 0 for part in parts)
    if not found["overcommitted"]:
        assert sum(part for part in parts if part is not None) == total
