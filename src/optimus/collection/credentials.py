"""What the OS_* variables mean: how to log in to Keystone, and which region and interface to use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from optimus.collection.errors import RcFileUnusable

_PASSWORD_TYPES = {"", "password", "v3password", "v2password"}
_APPLICATION_TYPE = "v3applicationcredential"
_TRUE = {"1", "true", "yes", "on", "t", "y"}
_DEFAULT_DOMAIN = {"id": "default"}


@dataclass(frozen=True, slots=True)
class CloudAccess:
    """A cloud's log-in as its rc file gives it. `identity` and `scope` are Keystone's own words (v3)."""

    auth_url: str  # ends in /v3
    identity: Mapping[str, Any] = field(repr=False)
    scope: Mapping[str, Any] | None
    region: str | None
    interface: str  # public, internal or admin
    ca_path: str | None
    insecure: bool
    source: str  # the rc file's path, for messages


def cloud_access(values: Mapping[str, str], source: str) -> CloudAccess:
    """Raises RcFileUnusable that names the file and what is missing in it; never a value."""
    if "OS_AUTH_URL" not in values:
        hint = " (OS_CLOUD names an entry of clouds.yaml, which is not read)" if "OS_CLOUD" in values else ""
        raise _unusable(source, f"sets no OS_AUTH_URL{hint}", "Give the openrc file of the cloud.")
    identity, scope = _login(values, source)
    return CloudAccess(
        auth_url=_v3_url(values["OS_AUTH_URL"], source),
        identity=identity,
        scope=scope,
        region=values.get("OS_REGION_NAME"),
        interface=_interface(values),
        ca_path=values.get("OS_CACERT"),
        insecure=values.get("OS_INSECURE", "").lower() in _TRUE,
        source=source,
    )


def _unusable(source: str, what: str, advice: str) -> RcFileUnusable:
    return RcFileUnusable(f"The file {source} {what}. {advice}")


def _login(values: Mapping[str, str], source: str) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    kind = values.get("OS_AUTH_TYPE", values.get("OS_AUTH_PLUGIN", "")).lower()
    if kind == _APPLICATION_TYPE or (not kind and "OS_APPLICATION_CREDENTIAL_SECRET" in values):
        return _application_credential(values, source), None  # it carries its own scope
    if kind not in _PASSWORD_TYPES:
        raise _unusable(
            source, f"asks for the log-in type {kind!r}", f"Optimus knows password and {_APPLICATION_TYPE}."
        )
    return _password(values, source), {"project": _project(values, source)}


def _password(values: Mapping[str, str], source: str) -> Mapping[str, Any]:
    if "OS_PASSWORD" not in values:
        raise _unusable(
            source, "sets no OS_PASSWORD", "A file that asks for it cannot be used: write it into a copy on the LCM."
        )
    user = {**_user(values, source), "password": values["OS_PASSWORD"]}
    return {"methods": ["password"], "password": {"user": user}}


def _user(values: Mapping[str, str], source: str) -> dict[str, Any]:
    if "OS_USER_ID" in values:
        return {"id": values["OS_USER_ID"]}
    if "OS_USERNAME" in values:
        return {"name": values["OS_USERNAME"], "domain": _domain(values, "USER")}
    raise _unusable(source, "sets neither OS_USERNAME nor OS_USER_ID", "Give the openrc file of the cloud.")


def _project(values: Mapping[str, str], source: str) -> Mapping[str, Any]:
    if project := values.get("OS_PROJECT_ID") or values.get("OS_TENANT_ID"):
        return {"id": project}
    if name := values.get("OS_PROJECT_NAME") or values.get("OS_TENANT_NAME"):
        return {"name": name, "domain": _domain(values, "PROJECT")}
    raise _unusable(
        source, "sets no project (OS_PROJECT_NAME or OS_PROJECT_ID)", "Without one the cloud gives no catalog."
    )


def _domain(values: Mapping[str, str], whose: str) -> Mapping[str, str]:
    """The USER's or PROJECT's domain; files from before v3 name none and mean the default one."""
    if domain := values.get(f"OS_{whose}_DOMAIN_ID"):
        return {"id": domain}
    if domain := values.get(f"OS_{whose}_DOMAIN_NAME"):
        return {"name": domain}
    if domain := values.get("OS_DEFAULT_DOMAIN_ID"):
        return {"id": domain}
    if domain := values.get("OS_DEFAULT_DOMAIN_NAME") or values.get("OS_DEFAULT_DOMAIN"):
        return {"name": domain}
    return _DEFAULT_DOMAIN


def _application_credential(values: Mapping[str, str], source: str) -> Mapping[str, Any]:
    secret = values.get("OS_APPLICATION_CREDENTIAL_SECRET")
    if secret is None:
        raise _unusable(source, "sets no OS_APPLICATION_CREDENTIAL_SECRET", "Write it into the file.")
    credential: dict[str, Any] = {"secret": secret}
    if identity := values.get("OS_APPLICATION_CREDENTIAL_ID"):
        credential["id"] = identity
    elif name := values.get("OS_APPLICATION_CREDENTIAL_NAME"):
        credential |= {"name": name, "user": _user(values, source)}
    else:
        raise _unusable(source, "sets no OS_APPLICATION_CREDENTIAL_ID", "Write it into the file.")
    return {"methods": ["application_credential"], "application_credential": credential}


def _interface(values: Mapping[str, str]) -> str:
    word = values.get("OS_INTERFACE") or values.get("OS_ENDPOINT_TYPE") or "public"
    return word.lower().removesuffix("url")


def _v3_url(url: str, source: str) -> str:
    """The URL of Keystone's v3 API, whatever version the file's URL ends in."""
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or not url.isascii():
        raise _unusable(source, "sets an OS_AUTH_URL that is no http or https URL", "Correct it in the file.")
    path = parts.path.rstrip("/").removesuffix("/auth/tokens").removesuffix("/tokens")
    for version in ("/v3", "/v2.0", "/v2"):
        path = path.removesuffix(version)
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, netloc, f"{path}/v3", "", ""))
