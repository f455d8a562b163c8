"""A logged-in cloud: Keystone's token and catalog, nova's microversion, and reads of any source."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from optimus.collection import microversion, paging
from optimus.collection.catalog import Catalog, Service, read_catalog
from optimus.collection.credentials import CloudAccess
from optimus.collection.errors import (
    AnswerUnreadable,
    CloudAnswerBad,
    CollectionError,
    KeystoneRefused,
    NotFound,
    NotPermitted,
)
from optimus.collection.parsers.reading import ParseError, decode_json
from optimus.collection.parsers.versions import parse_microversions
from optimus.collection.sources import LOGIN, Source
from optimus.collection.transports.http import Answer, Http, call_name


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer held. `marker` leads to the next page, `ids` are those of the raw rows."""

    values: Sequence[Any]
    marker: str | None
    ids: set[str]


class Cloud:
    """Reads sources from one cloud. Make it with `log_in`."""

    def __init__(self, http: Http, access: CloudAccess) -> None:
        self.microversion: str | None = None
        self.is_admin = False
        self._http = http
        self._access = access
        self._token = ""
        self._catalog: Catalog | None = None
        self._compute_failure: CollectionError | None = None
        self._renewing = asyncio.Lock()
        self._renewed = False

    @property
    def catalog(self) -> Catalog:
        assert self._catalog is not None, "log in first"
        return self._catalog

    async def read(self, source: Source, *, limit: int | None, marker: str | None = None, **names: str) -> Page:
        """One answer, parsed. `names` fill the source's path; `limit` asks for a page of that size after `marker`."""
        path = source.path.format_map({name: quote(value, safe="") for name, value in names.items()})
        url = f"{self._base(source.service)}{path}"
        asked = dict(source.query)
        if limit is not None:
            asked["limit"] = str(limit)
        if marker is not None:
            asked["marker"] = marker
        extra = microversion.headers(self.microversion) if source.service is Service.COMPUTE else {}
        answer = await self._get(f"{url}?{urlencode(asked)}" if asked else url, extra)
        call = call_name(source.method, url)
        _require_ok(answer, call)
        # In this thread: it is the visit's own, and a second one would fight over the interpreter with this one.
        return _digest(answer, source, limit, call)

    def require(self, service: Service) -> None:
        """Raises NotPermitted when the catalog has no such service."""
        self.catalog.url(service)

    def _base(self, service: Service) -> str:
        if service is Service.COMPUTE and self._compute_failure:
            raise self._compute_failure
        if service is Service.ORCHESTRATION:
            return self.catalog.without_project(service)
        return self.catalog.url(service)

    async def _get(self, url: str, headers: Mapping[str, str]) -> Answer:
        token = self._token
        answer = await self._http.ask("GET", url, {**headers, "X-Auth-Token": token})
        if answer.status != 401:
            return answer
        await self._renew(token)
        answer = await self._http.ask("GET", url, {**headers, "X-Auth-Token": self._token})
        if answer.status == 401:
            raise KeystoneRefused(
                f"{call_name('GET', url)} refuses a fresh token (401): check that service's Keystone settings."
            )
        return answer

    async def _renew(self, stale: str) -> None:
        """Log in again, once in a visit: requests that met the same stale token share it."""
        async with self._renewing:
            if self._token != stale:
                return
            if self._renewed:
                raise KeystoneRefused("The cloud refused its own token twice in one visit: look at Keystone's log.")
            self._renewed = True
            await self._log_in()

    async def _log_in(self) -> Mapping[str, Any]:
        access = self._access
        url = f"{access.auth_url}{LOGIN.path}"
        auth = {"identity": access.identity} | ({"scope": access.scope} if access.scope else {})
        content = json.dumps({"auth": auth}).encode()
        answer = await self._http.ask("POST", url, {"Content-Type": "application/json"}, content)
        call = call_name("POST", url)
        if answer.status == 401:
            raise KeystoneRefused(f"{call} refused the user of {access.source} (401): check its OS_ values.")
        if answer.status not in {200, 201}:
            raise CloudAnswerBad(f"{call} answered {answer.status}: check OS_AUTH_URL in {access.source} and Keystone.")
        self._token = answer.headers.get("x-subject-token", "")
        if not self._token:
            raise CloudAnswerBad(f"{call} gave no token: check that OS_AUTH_URL in {access.source} is Keystone's.")
        return _decode(answer, call)

    async def enter(self) -> None:
        """Log in, read the catalog, choose nova's microversion. Raises a CollectionError when there is no catalog.

        A nova whose versions cannot be read fails the parts that ask nova, and no others: without knowing the
        microversion its answers would name the same objects by other ids.
        """
        body = await self._log_in()
        self.is_admin = has_admin_role(body)
        self._catalog = read_catalog(
            body, auth_url=self._access.auth_url, region=self._access.region, interface=self._access.interface
        )
        try:
            await self._choose_microversion()
        except CollectionError as failure:
            self._compute_failure = failure

    async def _choose_microversion(self) -> None:
        root = self.catalog.without_project(Service.COMPUTE)
        if root.endswith("/v2"):  # the legacy API; most clouds that list it also offer v2.1 beside it
            self.microversion = await self._offered(f"{root}.1/")
            if self.microversion:
                rest = self.catalog.url(Service.COMPUTE).removeprefix(root)
                endpoints = {**self.catalog.endpoints, Service.COMPUTE: f"{root}.1{rest}"}
                self._catalog = replace(self.catalog, endpoints=endpoints)
            return
        self.microversion = await self._offered(f"{root}/")

    async def _offered(self, url: str) -> str | None:
        """The microversion to use at this version root; None when it has none or there is no such root."""
        answer = await self._get(url, {})
        if answer.status in {301, 302, 303, 307, 308}:
            answer = await self._get(_same_host(url, answer.headers.get("location", "")), {})
        call = call_name("GET", url)
        if answer.status == 404:
            return None
        if answer.status not in {200, 300}:
            _require_ok(answer, call)
        try:
            return microversion.choose(parse_microversions(_decode(answer, call)))
        except ParseError as failure:
            raise AnswerUnreadable(f"{call}: {failure}: is it nova's endpoint?") from failure


def has_admin_role(body: Mapping[str, Any]) -> bool:
    """Whether the token carries a role called admin: without it, lists may hold one tenant's objects only."""
    token = body.get("token")
    roles = token.get("roles") if isinstance(token, dict) else None
    names = [role.get("name") for role in roles if isinstance(role, dict)] if isinstance(roles, list) else []
    return any(str(name).casefold() == "admin" for name in names)


async def log_in(http: Http, access: CloudAccess) -> Cloud:
    """A cloud that can be read. Raises a CollectionError, such as KeystoneRefused or CatalogUnusable."""
    cloud = Cloud(http, access)
    await cloud.enter()
    return cloud


def _require_ok(answer: Answer, call: str) -> None:
    match answer.status:
        case 200:
            return
        case 403:
            raise NotPermitted(
                f"{call} is not permitted for the cloud's account (403): give it a role that may read this."
            )
        case 404:
            raise NotFound(f"{call} is not offered by this cloud (404).")
        case status:
            raise CloudAnswerBad(f"{call} answered {status}: look at that service's log; the next run retries.")


def _decode(answer: Answer, call: str, decode: Callable[[bytes | bytearray], Any] = decode_json) -> Mapping[str, Any]:
    try:
        page = decode(answer.body)
    except ParseError:
        raise
    except ValueError as failure:
        raise CloudAnswerBad(
            f"{call} answered with something that is no JSON, or with half of it: look at that service and its proxy."
        ) from failure
    if not isinstance(page, dict):
        raise AnswerUnreadable(f"{call}: expected a JSON object.")
    return page


def _digest(answer: Answer, source: Source, limit: int | None, call: str) -> Page:
    assert source.parse is not None, "the client reads this source itself"
    try:
        page = _decode(answer, call, source.decode)
        values = source.parse(page)
    except ParseError as failure:
        raise AnswerUnreadable(f"{call}: {failure}: report it with the cloud's release.") from failure
    return Page(values, paging.next_marker(page, source.list_key, limit), paging.ids_of(page, source.list_key))


def _same_host(url: str, location: str) -> str:
    """The redirect's path at our endpoint: the host in it may be one that only the cloud can reach."""
    ours, theirs = urlsplit(url), urlsplit(location)
    return urlunsplit((ours.scheme, ours.netloc, theirs.path or ours.path, "", ""))
