"""How much of a data center one tenant has, may still have, and what is left for others. Pure arithmetic."""

from optimus.inventory.schemas import Share

NO_LIMIT = -1


def share(*, in_use: int, limit: int, total: int, used_by_all: int) -> Share:
    """Divide `total` into what the tenant uses, what it may still take, and the rest.

    The tenant may take what its limit leaves, but no more than is free; so in_use + availability + other = total.
    When more is promised or used than there is, parts are clamped at 0 and `overcommitted` says so.

    >>> share(in_use=15, limit=32, total=100, used_by_all=40)["availability"]
    17
    >>> share(in_use=15, limit=-1, total=100, used_by_all=40)
    {'in_use': 15, 'limit': -1, 'total': 100, 'other': 25, 'availability': 60, 'overcommitted': False}
    """
    quota = total if limit == NO_LIMIT else limit
    free = total - used_by_all
    if free > quota - in_use:
        availability, other = quota - in_use, total - quota
    else:
        availability, other = free, total - free - in_use
    overcommitted = availability < 0 or other < 0
    return {
        "in_use": in_use,
        "limit": limit,
        "total": total,
        "other": max(other, 0),
        "availability": max(availability, 0),
        "overcommitted": overcommitted,
    }


def unknown_share(*, in_use: int | None = None, limit: int | None = None) -> Share:
    """When the cloud's capacity or the tenant's quota was not collected."""
    return {
        "in_use": in_use,
        "limit": limit,
        "total": None,
        "other": None,
        "availability": None,
        "overcommitted": False,
    }
