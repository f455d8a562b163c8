"""What a person at a browser does: logs in, goes to pages, and sees what the browser complains of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.support.client import Client

SHOTS = Path(__file__).parents[2] / "artefacts" / "web"
PATIENCE_MS = 20_000
DROP = "drop28"  # whose example has BMC addresses, and makes files of its own
expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Site:
    """A running demo, a client of its API, and the ids of things to look at."""

    url: str
    password: str
    client: Client
    cid: str
    hid: str
    vid: str
    tid: str

    def pages(self) -> dict[str, str]:
        """Every page that an administrator can open, by name."""
        dc = f"/dc/{self.cid}"
        return {
            "data-centers": "/datacenters",
            "data-centers-table": "/datacenters?view=table",
            "overview": dc,
            "hosts": f"{dc}/hosts",
            "host": f"{dc}/hosts/{self.hid}",
            "host-table": f"{dc}/hosts/{self.hid}?cpus=table",
            "vms": f"{dc}/vms",
            "vm": f"{dc}/vms/{self.vid}",
            "tenants": f"{dc}/tenants",
            "tenant": f"{dc}/tenants/{self.tid}",
            "stacks": f"{dc}/stacks",
            "runs": f"{dc}/runs",
            "schedules": "/schedules",
            "records": "/records",
            "yaml": "/yaml",
            "yaml-history": "/yaml?tab=history",
            "account": "/account",
            "users": "/admin/users",
            "audit": "/admin/audit",
            "settings": "/admin/settings",
            "health": "/admin/health",
        }


class Looker:
    """One browser with its own cookies. `complaints`: script errors, blocked content, requests to elsewhere."""

    def __init__(
        self,
        site: Site,
        browser: Browser,
        *,
        theme: str = "light",
        language: str = "en",
        width: int = 1440,
        bypass_csp: bool = False,
    ) -> None:
        self.site = site
        self.complaints: list[str] = []
        self.expected_failures = False
        self._context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": 900}, base_url=site.url, bypass_csp=bypass_csp, accept_downloads=True
        )
        self._context.set_default_timeout(PATIENCE_MS)
        self._context.add_init_script(
            f"localStorage['optimus.theme'] ??= '{theme}'; localStorage['optimus.language'] ??= '{language}'"
        )
        self._context.on("request", lambda request: self._on_request(request.url))
        self.page = self.new_tab()

    def new_tab(self) -> Page:
        page = self._context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        page.on("console", lambda message: self._on_console(message.type, message.text))
        return page

    def _on_request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and f"{parts.scheme}://{parts.netloc}" != self.site.url:
            self.complaints.append(f"request to elsewhere: {url}")

    def _on_console(self, kind: str, text: str) -> None:
        network = text.startswith("Failed to load resource")
        if kind == "error" and not (network and self.expected_failures):
            self.complaints.append(f"console: {text}")

    def log_in(self, name: str = "demo", password: str | None = None, *, at: str = "/login") -> None:
        self.page.goto(at)
        self.page.locator("#name").fill(name)
        self.page.locator("#password").fill(self.site.password if password is None else password)
        self.page.locator("button[type=submit]").click()

    def go(self, address: str) -> Page:
        """Open an address and wait until nothing is loaded any more."""
        self.page.goto(address)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def shoot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Inside, answers that are failures are meant to be."""
        self.expected_failures = True
        yield
        self.expected_failures = False

    def close(self) -> None:
        self._context.close()
