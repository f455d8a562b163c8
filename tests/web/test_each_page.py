"""Every page in both languages and both themes: it shows something, breaks no rule, asks nobody else."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from tests.web.looking import Looker, Site

pytestmark = pytest.mark.live

NAMES = list(Site("", "", None, "", "", "", "").pages())  # type: ignore[arg-type]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


@pytest.fixture(scope="module", params=[("light", "en", 1440), ("dark", "zh", 1024)], ids=["light-en", "dark-zh"])
def person(request: pytest.FixtureRequest, site: Site, browser: Browser) -> Iterator[Looker]:
    """Logged in, with the content security policy in force."""
    theme, language, width = request.param
    looker = Looker(site, browser, theme=theme, language=language, width=width)
    looker.log_in()
    expect(looker.page.get_by_test_id("dc-card").first).to_be_visible()
    yield looker
    looker.close()


@pytest.mark.parametrize("name", NAMES)
def test_it_shows_something_and_the_browser_does_not_complain(
    person: Looker, site: Site, name: str, request: pytest.FixtureRequest
) -> None:
    page = person.go(site.pages()[name])
    expect(page.locator("main h1").first).to_be_visible()
    expect(page.locator(".ant-skeleton")).to_have_count(0)
    assert page.locator('[role="alert"].ant-alert-error').count() == 0, page.locator("main").inner_text()
    person.shoot(f"{name}-{request.node.callspec.id.replace(f'-{name}', '').replace(f'{name}-', '')}")
    overflow = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0, "the page itself scrolls sideways"
    assert person.complaints == []


@pytest.fixture(scope="module", params=[("light", "en"), ("dark", "zh")], ids=["light", "dark"])
def inspector(request: pytest.FixtureRequest, site: Site, browser: Browser) -> Iterator[Looker]:
    """Logged in, with the policy off: the rules' own script would be refused."""
    theme, language = request.param
    looker = Looker(site, browser, theme=theme, language=language, bypass_csp=True)
    looker.go("/login")
    assert violations(looker) == []
    looker.log_in()
    expect(looker.page.get_by_test_id("dc-card").first).to_be_visible()
    yield looker
    looker.close()


@pytest.mark.parametrize("name", NAMES)
def test_it_is_accessible(inspector: Looker, site: Site, name: str) -> None:
    page = inspector.go(site.pages()[name])
    expect(page.locator(".ant-skeleton")).to_have_count(0)
    assert violations(inspector) == []


def violations(looker: Looker) -> list[Any]:
    found = Axe().run(looker.page, options=RULES).response["violations"]
    return [
        {"rule": one["id"], "nodes": [node["html"][:160] + " " + summary(node) for node in one["nodes"]][:6]}
        for one in json.loads(json.dumps(found))
    ]


def summary(node: Any) -> str:
    return " ".join(str(node.get("failureSummary", "")).split())[:200]
