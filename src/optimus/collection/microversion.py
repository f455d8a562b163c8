"""Which nova microversion a visit speaks: one, chosen once, and never "latest"."""

from collections.abc import Mapping

from optimus.collection.parsers.versions import Microversions

# 2.79 is the newest that was tried against a real cloud in full. Above 2.87 hypervisors have no capacity any more.
_WANTED = (2, 79)
_HIGHEST = (2, 87)
# From here on os-hypervisors is given in pages.
_PAGED_HYPERVISORS = (2, 33)


def choose(offered: Microversions | None) -> str | None:
    """The microversion to ask for; None where the cloud has none, or none that Optimus can read."""
    if offered is None:
        return None
    chosen = max(min(offered.highest, _WANTED), offered.lowest)
    return f"{chosen[0]}.{chosen[1]}" if chosen <= _HIGHEST else None


def headers(microversion: str | None) -> Mapping[str, str]:
    """Both spellings: the first is understood by every release that has microversions, the second since 2.27."""
    if microversion is None:
        return {}
    return {"X-OpenStack-Nova-API-Version": microversion, "OpenStack-API-Version": f"compute {microversion}"}


def pages_hypervisors(microversion: str | None) -> bool:
    if microversion is None:
        return False
    major, _, minor = microversion.partition(".")
    return (int(major), int(minor)) >= _PAGED_HYPERVISORS
