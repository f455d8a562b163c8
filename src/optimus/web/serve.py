"""The page's files over HTTP: assets for ever, the page itself never stored, its addresses all answered by the page.

Everything is read once and kept in memory (some 3 MB): compressed as it was built, so that nothing is compressed twice.
"""

import hashlib
import mimetypes
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

FOR_EVER = "public, max-age=31536000, immutable"  # an asset's name holds the digest of its content
ASK_AGAIN = "no-cache"

_MISSING = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Optimus</title><link rel="icon" href="data:,"></head>
<body>
  <h1>Optimus</h1>
  <p>The web page is not part of this installation. The API is complete: see <a href="/docs">its documentation</a>.</p>
  <p>To build the page in a checkout, run <code>./script/web build</code> and start Optimus again.</p>
</body>
</html>
"""


class _PageAddress(StringConvertor):
    """Every address that is the page's own: what the API, its documentation and the health checks have is not."""

    regex = r"(?!(?:api|docs|openapi\.json|healthz|readyz)(?:/|$)).*"


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    compressed: bytes | None
    media_type: str
    tag: str


class WebPage:
    """The built page, or word that it is missing."""

    def __init__(self, folder: Path) -> None:
        self._files = _read(folder)

    def add_to(self, app: FastAPI) -> None:
        """After all other routes."""
        register_url_convertor("page_address", _PageAddress())
        app.add_route("/{address:page_address}", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """A file of this name; else the page, which knows its own addresses."""
        name = request.path_params["address"]
        if name.startswith("assets/") and name not in self._files:
            raise HTTPException(404)
        found = self._files.get(name) or self._files.get("index.html")
        if found is None:
            return HTMLResponse(_MISSING, headers={"Cache-Control": ASK_AGAIN})
        headers = {
            "Cache-Control": FOR_EVER if name.startswith("assets/") else ASK_AGAIN,
            "ETag": found.tag,
            "Vary": "Accept-Encoding",
        }
        if request.headers.get("if-none-match") == found.tag:
            return Response(status_code=304, headers=headers)
        if found.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(found.compressed, headers=headers, media_type=found.media_type)
        return Response(found.content, headers=headers, media_type=found.media_type)


def built_page() -> WebPage:
    """The one in this package."""
    return WebPage(Path(str(files("optimus.web") / "static")))


def _read(folder: Path) -> dict[str, _File]:
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.suffix != ".gz" and not name.startswith("."):  # what the build notes for itself
            found[name] = _file(path)
    return found


def _file(path: Path) -> _File:
    content = path.read_bytes()
    beside = path.with_name(path.name + ".gz")
    compressed = beside.read_bytes() if beside.exists() else None
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _File(content, compressed, media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
