"""What the page is made of: the API's description, the lock file, the size of what is built, its own unit tests."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from optimus.settings import Settings

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
STATIC = ROOT / "src" / "optimus" / "web" / "static"
BUDGET_BYTES = 400_000


def test_the_description_that_the_client_is_made_from_is_the_applications() -> None:
    checked = subprocess.run(
        [sys.executable, "docs/openapi.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_each_setting_is_told_in_chinese() -> None:
    told = re.findall(r"^  (OPTIMUS_\w+): ", (WEB / "src/i18n/settings.zh.ts").read_text(), re.MULTILINE)
    assert told == [f"OPTIMUS_{name.upper()}" for name in Settings.model_fields]


def test_the_lock_file_names_digests_and_no_host() -> None:
    packages: dict[str, Any] = json.loads((WEB / "package-lock.json").read_text())["packages"]
    assert [name for name, one in packages.items() if "resolved" in one] == []
    assert [name for name, one in packages.items() if name and "integrity" not in one] == []


def test_texts_say_the_same_placeholders_in_both_languages() -> None:
    english, chinese = (texts(WEB / "src" / "i18n" / f"{language}.ts") for language in ("en", "zh"))
    assert set(english) == set(chinese)
    holes = re.compile(r"\{\w+\}")
    assert [k for k in english if set(holes.findall(english[k])) != set(holes.findall(chinese[k]))] == []


def texts(path: Path) -> dict[str, str]:
    return dict(re.findall(r'^  "([\w.]+)": "(.*)",$', path.read_text(), re.MULTILINE))


@pytest.fixture
def manifest() -> dict[str, Any]:
    path = STATIC / ".vite" / "manifest.json"
    if not path.exists():
        pytest.skip("the page is not built here: ./script/web build")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_the_log_in_page_stays_within_its_budget(manifest: dict[str, Any]) -> None:
    files: set[str] = set()

    def take(key: str) -> None:
        entry = manifest[key]
        if entry["file"] not in files:
            files.update([entry["file"], *entry.get("css", [])])
            for needed in entry.get("imports", []):
                take(needed)

    take("index.html")
    take("src/pages/login.tsx")
    size = sum((STATIC / f"{name}.gz").stat().st_size for name in files)
    assert 50_000 < size <= BUDGET_BYTES, f"{size} bytes in {len(files)} files"


def test_the_charts_come_only_where_one_is_drawn(manifest: dict[str, Any]) -> None:
    static = {entry for one in manifest.values() for entry in one.get("imports", [])}
    assert manifest["src/kit/Trend.tsx"]["isDynamicEntry"]
    assert "src/kit/Trend.tsx" not in static


def test_the_pages_own_unit_tests() -> None:
    if not (WEB / "node_modules" / "vitest").exists():
        pytest.skip("the page's packages are not installed here: ./script/web test")
    done = subprocess.run(
        [sys.executable, "-I", "hatch_build.py", "vitest/vitest.mjs", "run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
