"""The service catalog of a Keystone token: which URL to call for which service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from optimus.collection.errors import CatalogUnusable, NotPermitted
from optimus.collection.parsers.reading import Node, ParseError, only


class Service(StrEnum):
    """The services that Optimus reads, by OpenStack's service types."""

    IDENTITY = "identity"
    COMPUTE = "compute"
    VOLUME = "volumev3"
    NETWORK = "network"
    ORCHESTRATION = "orchestration"


# In order of preference: new clouds list block storage under several names.
_TYPES: Mapping[Service, tuple[str, ...]] = {
    Service.COMPUTE: ("compute",),
    Service.VOLUME: ("volumev3", "block-storage", "block-store", "volumev2"),
    Service.NETWORK: ("network",),
    Service.ORCHESTRATION: ("orchestration",),
}


@dataclass(frozen=True, slots=True)
class Catalog:
    """The URLs of one region and interface, and the project that the token is for."""

    project_id: str
    identity_url: str
    endpoints: Mapping[Service, str]

    def url(self, service: Service) -> str:
        """The service's base URL without a slash at the end. Raises NotPermitted when the cloud has none."""
        if service is Service.IDENTITY:
            return self.identity_url
        if service not in self.endpoints:
            raise NotPermitted(f"The catalog has no {service} service, so this part cannot be read here.")
        return self.endpoints[service]

    def without_project(self, service: Service) -> str:
        """The base URL without the project id that many catalogs put at its end."""
        url = self.url(service)
        head, _, last = url.rpartition("/")
        return head if last == self.project_id else url


def read_catalog(body: Mapping[str, Any], *, auth_url: str, region: str | None, interface: str) -> Catalog:
    """Reads the answer to a log-in. Raises CatalogUnusable when no service can be found with it."""
    try:
        token = only(body, "token")
        project = token.node("project").identity("id")
        services = token.nodes("catalog")
        chosen = region or _first_region(services)
        found = {service: _find(services, service, chosen, interface) for service in _TYPES}
    except ParseError as failure:
        raise CatalogUnusable(
            f"Keystone's answer holds no usable catalog ({failure}): check the project that the rc file sets."
        ) from failure
    endpoints = {service: _base(service, url) for service, url in found.items() if url}
    if Service.COMPUTE not in endpoints:
        where = f"region {chosen}" if chosen else "any region"
        raise CatalogUnusable(
            f"The catalog has no {interface} compute endpoint in {where}: "
            "check OS_REGION_NAME and OS_INTERFACE in the rc file."
        )
    return Catalog(project, auth_url, endpoints)


def _first_region(services: Sequence[Node]) -> str | None:
    """Without OS_REGION_NAME: the region of the first compute endpoint, for all services alike."""
    for service in services:
        if service.raw.get("type") in _TYPES[Service.COMPUTE]:
            for endpoint in service.nodes("endpoints"):
                return _region(endpoint)
    return None


def _region(endpoint: Node) -> str | None:
    return endpoint.text_or_none("region_id") or endpoint.text_or_none("region")


def _find(services: Sequence[Node], service: Service, region: str | None, interface: str) -> str | None:
    for kind in _TYPES[service]:
        for entry in services:
            if entry.raw.get("type") != kind:
                continue
            for endpoint in entry.nodes("endpoints"):
                if endpoint.raw.get("interface") == interface and region in {None, _region(endpoint)}:
                    return endpoint.text("url")
    return None


def _base(service: Service, url: str) -> str:
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or not url.isascii():
        raise CatalogUnusable(f"The catalog's URL of the {service} service is no http or https URL: correct it there.")
    path = parts.path.rstrip("/")
    if service is Service.NETWORK:
        path = path.removesuffix("/v2.0")  # most catalogs leave it out
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, "", ""))
