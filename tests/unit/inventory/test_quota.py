"""One tenant's share of a data center: the sum is always right, and nothing is ever below zero."""

from hypothesis import given
from hypothesis import strategies as st

from optimus.inventory.quota import NO_LIMIT, share, unknown_share

amounts = st.integers(0, 10**7)


def test_the_limit_bounds_what_is_available() -> None:
    found = share(in_use=10, limit=30, total=100, used_by_all=40)
    assert (found["availability"], found["other"]) == (20, 70)


def test_what_is_free_bounds_what_is_available() -> None:
    found = share(in_use=10, limit=90, total=100, used_by_all=40)
    assert (found["availability"], found["other"]) == (60, 30)


def test_no_limit_is_the_whole_data_center() -> None:
    found = share(in_use=10, limit=NO_LIMIT, total=100, used_by_all=10)
    assert (found["limit"], found["availability"], found["other"]) == (-1, 90, 0)


def test_more_used_than_there_is() -> None:
    found = share(in_use=10, limit=90, total=100, used_by_all=120)
    assert found["availability"] == 0
    assert found["overcommitted"] is True


def test_a_limit_below_what_is_used() -> None:
    found = share(in_use=50, limit=40, total=100, used_by_all=50)
    assert found["availability"] == 0
    assert found["overcommitted"] is True


def test_unknown_is_null_and_not_zero() -> None:
    found = unknown_share(in_use=3)
    assert found["in_use"] == 3
    assert found["total"] is found["availability"] is found["other"] is found["limit"] is None


@given(in_use=amounts, limit=amounts | st.just(NO_LIMIT), total=amounts, others=amounts)
def test_the_parts_make_the_total(in_use: int, limit: int, total: int, others: int) -> None:
    found = share(in_use=in_use, limit=limit, total=total, used_by_all=in_use + others)
    used, available, other = found["in_use"], found["availability"], found["other"]
    assert used is not None
    assert available is not None
    assert other is not None
    assert min(used, available, other) >= 0
    if not found["overcommitted"]:
        assert used + available + other == total
    if limit != NO_LIMIT:
        assert available <= max(0, limit - in_use)
    assert available <= max(0, total - in_use - others)


@given(in_use=amounts, limit=amounts | st.just(NO_LIMIT), total=amounts, others=amounts)
def test_overcommitted_exactly_when_a_part_would_be_negative(in_use: int, limit: int, total: int, others: int) -> None:
    found = share(in_use=in_use, limit=limit, total=total, used_by_all=in_use + others)
    promised = total if limit == NO_LIMIT else limit
    fits = in_use + others <= total and in_use <= promised and (promised <= total or total - in_use - others >= 0)
    assert found["overcommitted"] is not fits


@given(in_use=amounts, limit=amounts | st.just(NO_LIMIT), total=amounts, used_by_all=amounts)
def test_figures_that_contradict_each_other_make_no_negative_ones(
    in_use: int, limit: int, total: int, used_by_all: int
) -> None:
    """The tenants' use is read at one moment and the hosts' at another."""
    found = share(in_use=in_use, limit=limit, total=total, used_by_all=used_by_all)
    assert min(found["availability"] or 0, found["other"] or 0) >= 0
