"""Totals, volumes and quotas, against `openstack hypervisor|project|volume|quota`."""

from typing import Any

import pytest
from tests.live.comparing import Comparison, by
from tests.live.reference import NO_LIMIT, Reference
from tests.live.site import Site

pytestmark = pytest.mark.live


@pytest.fixture
def infrastructure(site: Site) -> dict[str, Any]:
    return dict(site.get("infrastructure", cid=site.dc_id)["data"])


def test_totals_are_the_sums_of_the_hosts(
    infrastructure: dict[str, Any], reference: Reference, comparison: Comparison
) -> None:
    fields = {"vcpus": "cpu", "memory": "ram", "storage": "rom"}
    expected: dict[str, Any] = {
        f"{which}_{ours}": reference.total(f"{which}_{theirs}")
        for ours, theirs in fields.items()
        for which in ("total", "used")
    }
    up = sum(service["State"] == "up" for service in reference.services.values())
    total = len(reference.services)
    expected["host_info"] = {"up": up, "down": total - up, "total": total}
    comparison.same("totals", expected, {key: infrastructure[key] for key in expected})


def test_use_of_every_tenant(infrastructure: dict[str, Any], reference: Reference, comparison: Comparison) -> None:
    expected = {
        project: {
            "id": project,
            "name": reference.projects[project],
            "core_used": quota["cores"]["In Use"],
            "ram_used": quota["ram"]["In Use"],
        }
        for project, quota in reference.compute_quotas.items()
    }
    comparison.same("tenants' use", expected, by("id", infrastructure["tenant_info"]))


def test_every_volume(infrastructure: dict[str, Any], reference: Reference, comparison: Comparison) -> None:
    expected = {one: {"id": one, "name": volume["name"] or None} for one, volume in reference.volumes.items()}
    comparison.same("volumes", expected, by("id", infrastructure["volume_info"]))


def test_every_volume_type(infrastructure: dict[str, Any], reference: Reference, comparison: Comparison) -> None:
    expected = {}
    for name in reference.volume_types:
        sizes = [volume["size"] for volume in reference.volumes.values() if volume["type"] == name]
        limits = [limit[name] for limit in reference.volume_limits.values()]
        quota = None if NO_LIMIT in limits else sum(limits)
        expected[name] = {"name": name, "count": len(sizes), "size": sum(sizes), "quota": quota}
    comparison.same("volume types", expected, by("name", infrastructure["volume_types"]))


def test_quota_of_every_tenant(site: Site, reference: Reference, comparison: Comparison) -> None:
    quotas = reference.compute_quotas
    expected, found = {}, {}
    for project, quota in quotas.items():
        cores, ram = (
            _share(
                in_use=quota[resource]["In Use"],
                limit=quota[resource]["Limit"],
                total=reference.total(total),
                used_by_all=sum(one[resource]["In Use"] for one in quotas.values()),
            )
            for resource, total in (("cores", "total_cpu"), ("ram", "total_ram"))
        )
        volume = {
            kind: {"limit": limit, "in_use": reference.volume_use[project][kind]}
            for kind, limit in reference.volume_limits[project].items()
        }
        expected[project] = {"cores": cores, "ram": ram, "volume": volume}
        found[project] = site.get(f"{site.dc_id}/{project}/tenant_quota")["data"]
    comparison.same("quotas", expected, found)
    comparison.count("volume quotas", sum(len(limits) for limits in reference.volume_limits.values()))


def _share(*, in_use: int, limit: int, total: int, used_by_all: int) -> dict[str, Any]:
    """What is left for the tenant is bounded by its limit and by what nobody uses; the rest is for others."""
    mine = total if limit == NO_LIMIT else limit
    may_still = min(mine - in_use, total - used_by_all)
    rest = total - in_use - may_still
    return {
        "in_use": in_use,
        "limit": limit,
        "total": total,
        "availability": max(may_still, 0),
        "other": max(rest, 0),
        "overcommitted": may_still < 0 or rest < 0,
    }
