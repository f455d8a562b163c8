"""The documentation says what the code says, and the repository holds what it may hold."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from optimus.errors import Code
from optimus.routes import ROUTES
from optimus.settings import Settings

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def tracked_files() -> list[Path]:
    """What git tracks; outside a checkout (an sdist), nothing is looked at."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    found = []
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" not in content:
            found.append((str(path.relative_to(ROOT)), content.decode()))
    return found


def test_the_reference_is_what_the_code_says() -> None:
    checked = subprocess.run(
        [sys.executable, "docs/reference.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_every_setting_route_and_error_code_is_described() -> None:
    settings, api, errors = ((REFERENCE / f"{name}.md").read_text() for name in ("settings", "api", "errors"))
    assert [n for n in Settings.model_fields if f"`OPTIMUS_{n.upper()}`" not in settings] == []
    assert [r.path for r in ROUTES if f"`{r.method} {r.path}`" not in api] == []
    assert [code.value for code in Code if f"`{code.value}`" not in errors] == []


def test_every_setting_has_a_line_of_help() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_direct_dependency_has_its_case() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(d for group in project["optional-dependencies"].values() for d in group)]
    names = {re.match(r"[A-Za-z0-9-]+", one).group() for one in wanted}  # type: ignore[union-attr]
    described = (ROOT / "docs" / "dependencies.md").read_text()
    assert [name for name in sorted(names) if name not in described] == []


def test_every_link_between_documents_leads_somewhere() -> None:
    documents = [(name, text) for name, text in texts() if name.endswith(".md")]
    broken = [
        f"{name}: {target}"
        for name, text in documents
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
        if not ((ROOT / name).parent / target).exists()
    ]
    assert broken == []


def test_no_file_names_a_package_registry_or_a_path_of_a_machine() -> None:
    registry = "|".join([r"py" + r"pi\.org", r"pythonhos" + r"ted", r"registry\.np" + r"mjs", r"deb\.deb" + r"ian"])
    machine = r"(?<![\w.])/(?:root|work|home/(?!ceeinfra\b|nfvi\b)[a-z]+)/"
    found = re.compile(f"{registry}|{machine}")
    hits = [(name, match.group()) for name, text in texts() for match in found.finditer(text)]
    assert hits == []


def test_no_unowned_work_is_left_in_the_code() -> None:
    status = (ROOT / "docs" / "status.md").read_text()
    mark = "TO" + "DO"
    found = [n for n, text in texts() if n.startswith(("src/", "tests/", "bench/")) and mark in text]
    assert [name for name in found if name not in status] == []
