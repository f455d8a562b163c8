"""How the page's files are served, and what the page's addresses leave alone."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.client import Client, Reply
from tests.support.databases import Databases
from tests.support.server import make_services, running_server

from optimus import app
from optimus.web.serve import WebPage

PAGE = "<!doctype html><title>page</title>"
SCRIPT = "console.log('x');\n" * 200
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE)
    (folder / "assets" / "main-abc.js").write_text(SCRIPT)
    (folder / "assets" / "main-abc.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (folder / ".stamp").write_text("made of these sources")
    (folder / ".vite").mkdir()
    (folder / ".vite" / "manifest.json").write_text("{}")
    return folder


def serve(folder: Path, tmp_path: Path) -> Iterator[Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "built_page", lambda: WebPage(folder))
        services = make_services(Databases(tmp_path, None).new_url(), tmp_path / "data")
        with running_server(services) as server:
            yield server.anonymous


@pytest.fixture
def client(built: Path, tmp_path: Path) -> Iterator[Client]:
    yield from serve(built, tmp_path)


def is_page(reply: Reply) -> bool:
    return reply.status == 200 and reply.content.decode() == PAGE and reply.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/login",
        "/dc/0/hosts/1?page=2",
        "/apis",
        "/docsy",
        "/..%2f..%2fetc/passwd",
        "/.stamp",
        "/.vite/manifest.json",
    ],
)
def test_the_pages_own_addresses_are_answered_by_the_page(client: Client, path: str) -> None:
    reply = client.get(path)
    assert is_page(reply)
    assert reply.headers["content-security-policy"] == POLICY
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1/nothing", "/healthz/x", "/docs/nothing", "/openapi.json/x"])
def test_other_addresses_are_left_alone(client: Client, path: str) -> None:
    reply = client.get(path)
    assert reply.status == 404
    assert reply.body["status"] is False


def test_a_method_that_a_call_does_not_take_is_still_said(client: Client) -> None:
    assert client.get("/api/v1/login").status == 405
    assert client.post("/login").status == 405


def test_assets_are_kept_for_ever_and_compressed_once(client: Client) -> None:
    plain = client.get("/assets/main-abc.js")
    assert plain.content.decode() == SCRIPT
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-type"].startswith("text/javascript")
    small = client.request("GET", "/assets/main-abc.js", headers={"Accept-Encoding": "br, gzip"})
    assert small.headers["content-encoding"] == "gzip"
    assert small.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(small.content).decode() == SCRIPT
    assert client.get("/assets/main-old.js").status == 404


def test_what_has_not_changed_is_not_sent_again(client: Client) -> None:
    tag = client.get("/").headers["etag"]
    again = client.request("GET", "/login", headers={"If-None-Match": tag})
    assert (again.status, again.content) == (304, b"")


def test_without_the_page_it_says_what_to_do(tmp_path: Path) -> None:
    for client in serve(tmp_path / "nothing", tmp_path):
        reply = client.get("/")
        assert reply.status == 200
        assert "./script/web build" in reply.content.decode()
        assert client.get("/healthz").status == 200
