from typing import Any

import pytest

from optimus.collection.catalog import Catalog, Service, read_catalog
from optimus.collection.errors import CatalogUnusable, NotPermitted

PROJECT = "f0e347c6ebaa487dbb4aee1f9537e006"


def entry(kind: str, url: str, interface: str = "public", region: str = "R1") -> dict[str, Any]:
    return {"type": kind, "endpoints": [{"interface": interface, "region": region, "region_id": region, "url": url}]}


def read(*entries: dict[str, Any], region: str | None = None, interface: str = "public") -> Catalog:
    body = {"token": {"project": {"id": PROJECT}, "catalog": list(entries)}}
    return read_catalog(body, auth_url="http://k/v3", region=region, interface=interface)


NOVA = entry("compute", f"http://nova:8774/v2.1/{PROJECT}/")


def test_urls_of_old_and_new_catalogs() -> None:
    catalog = read(
        NOVA,
        entry("network", "http://neutron:9696/v2.0/"),
        entry("volumev2", f"http://cinder:8776/v2/{PROJECT}"),
        entry("block-storage", f"http://cinder:8776/v3/{PROJECT}"),
        entry("orchestration", f"http://heat:8004/v1/{PROJECT}"),
    )
    assert catalog.url(Service.IDENTITY) == "http://k/v3"
    assert catalog.url(Service.COMPUTE) == f"http://nova:8774/v2.1/{PROJECT}"
    assert catalog.without_project(Service.COMPUTE) == "http://nova:8774/v2.1"
    assert catalog.url(Service.NETWORK) == "http://neutron:9696"
    assert catalog.url(Service.VOLUME) == f"http://cinder:8776/v3/{PROJECT}"
    assert catalog.without_project(Service.ORCHESTRATION) == "http://heat:8004/v1"


def test_a_service_that_the_cloud_does_not_have() -> None:
    with pytest.raises(NotPermitted, match="no orchestration service"):
        read(NOVA).url(Service.ORCHESTRATION)


def test_region_and_interface_choose() -> None:
    other = entry("compute", "http://other/v2.1", region="R2")
    internal = entry("compute", "http://internal/v2.1", interface="internal")
    assert read(NOVA, other, region="R2").url(Service.COMPUTE) == "http://other/v2.1"
    assert read(NOVA, internal, interface="internal").url(Service.COMPUTE) == "http://internal/v2.1"


def test_without_a_region_all_services_are_of_the_first_computes() -> None:
    catalog = read(entry("network", "http://n2", region="R2"), NOVA, entry("network", "http://n1"))
    assert catalog.url(Service.NETWORK) == "http://n1"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"token": {}},
        {"token": {"project": {"id": PROJECT}}},
        {"token": {"project": {"id": PROJECT}, "catalog": []}},
        {"token": {"project": {"id": PROJECT}, "catalog": [entry("compute", "ftp://x")]}},
        {"token": {"project": {"id": PROJECT}, "catalog": [entry("compute", "http://x", region="R9")]}},
    ],
)
def test_unusable_catalogs(body: dict[str, Any]) -> None:
    with pytest.raises(CatalogUnusable):
        read_catalog(body, auth_url="http://k/v3", region="R1", interface="public")
