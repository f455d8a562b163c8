"""What all handlers share: the site, the tokens, and what was rendered of the site so far."""

import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from optimus_simcloud.faults import Faults
from optimus_simcloud.made.site import ADMIN_PROJECT, Site
from optimus_simcloud.options import SimOptions
from optimus_simcloud.render.identity import SERVICES

T = TypeVar("T")
# Each variant of a large site is some 60 MB (servers at one microversion): keep the ones in use, not all ever asked.
KEPT_VARIANTS = 12


@dataclass(frozen=True, slots=True)
class Token:
    user: str
    project_id: str
    roles: tuple[str, ...]
    methods: tuple[str, ...]
    issued_at: float
    expires_at: float


class World:
    def __init__(self, options: SimOptions, site: Site, faults: Faults, *, base_url: str, dead_url: str) -> None:
        self.options = options
        self.site = site
        self.faults = faults
        self.base_url = base_url
        self._dead_url = dead_url
        self._tokens: dict[str, Token] = {}
        self._fragments: dict[tuple[object, ...], dict[str, bytes]] = {}
        self._kept: dict[str, tuple[int, Any]] = {}
        # Accounts of the cloud: the same every time, for they are in the rc file that people look at.
        self.passwords = {user: f"sim-{user}-{site.ids.hex('password', user)[:8]}" for user in ("admin", "reader")}
        self.credential = (site.ids.hex("credential"), site.ids.hex("credential-secret"))

    def issue(self, user: str, project_id: str, method: str) -> tuple[str, Token]:
        text = "gAAAAAB" + secrets.token_urlsafe(120)
        now = time.time()
        roles = ("admin", "member", "reader") if user == "admin" else ("reader",)
        token = Token(user, project_id, roles, (method,), now, now + self.options.token_seconds)
        self._tokens[text] = token
        return text, token

    def token(self, text: str | None) -> Token | None:
        token = self._tokens.get(text or "")
        return token if token is not None and token.expires_at > time.time() else None

    def expire_tokens(self) -> None:
        self._tokens.clear()

    def admin_project_id(self) -> str:
        return self.site.ids.hex("project", ADMIN_PROJECT)

    def roots(self) -> dict[str, str]:
        """Under which URL the catalog has each service type, as the faults of now have it."""
        missing, dead = self.faults.services("catalog_missing"), self.faults.services("catalog_dead")
        return {
            kind: self._dead_url if kind in dead else self.base_url for kind, _, _ in SERVICES if kind not in missing
        }

    def kept(self, name: str, make: Callable[[], T]) -> T:
        """Something costly to work out, until the site changes."""
        found = self._kept.get(name)
        if found is None or found[0] != self.site.revision:
            found = (self.site.revision, make())
            self._kept[name] = found
        value: T = found[1]
        return value

    def rendered(
        self, variant: tuple[object, ...], objects: Iterable[T], key: Callable[[T], str], render: Callable[[T], Any]
    ) -> bytes:
        """The JSON of a page's objects, joined. Each is rendered once until it changes."""
        self._forget_changed()
        bucket = self._fragments.setdefault(variant, {})
        while len(self._fragments) > KEPT_VARIANTS:
            del self._fragments[next(iter(self._fragments))]
        parts = []
        for value in objects:
            part = bucket.get(key(value))
            if part is None:
                part = bucket[key(value)] = json.dumps(render(value)).encode()
            parts.append(part)
        return b", ".join(parts)

    def _forget_changed(self) -> None:
        if self.site.touched:
            for bucket in self._fragments.values():
                for object_id in self.site.touched:
                    bucket.pop(object_id, None)
            self.site.touched.clear()

    def usage(self) -> dict[str, Counter[str]]:
        """Compute use per project."""
        return self.kept("usage", self._count_usage)

    def _count_usage(self) -> dict[str, Counter[str]]:
        used: dict[str, Counter[str]] = {}
        for server in self.site.servers.values():
            row = used.setdefault(server.project_id, Counter())
            row["cores"] += server.flavor.vcpus
            row["ram"] += server.flavor.memory_mib
            row["instances"] += 1
        return used
