"""A new user's way, over HTTP and on the command line: example, files, three mistakes, their messages, the zip.

The mistakes are corrected from the messages alone: the cell is where the message says, the value what it says.
"""

import base64
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.support.databases import Databases
from tests.support.forms import form
from tests.support.server import RunningServer, make_services, running_server
from tests.unit.yamlgen.books import book
from typer.testing import CliRunner

from optimus.cli.main import app
from optimus.yamlgen.cells import column_number
from optimus.yamlgen.ooxml.book import read

YAML = "/api/v1/config/yaml_gen"
DROPS = ("drop22", "drop25", "drop26", "drop28", "drop35")
SITES = ("GZ", "ZZ")
Cells = Mapping[str, str]


@dataclass(frozen=True)
class Mistakes:
    """Cells as a hasty user fills them; words of the messages; and the cells as those ask for them."""

    made: Cells
    told: Cells
    mended: Cells


NEW_HOSTS = Mistakes(
    made={"hosts!F4": "2001:db8:b::101", "hosts!D5": "", "networks!E4": "2001:db8:1102:: / 64"},
    told={"hosts!F4": "already used at hosts!F3", "hosts!D5": "required", "networks!E4": "(2001:db8:1102::/64)"},
    mended={"hosts!F4": "2001:db8:b::102", "hosts!D5": "GZ模块2", "networks!E4": "2001:db8:1102::/64"},
)
UPDATES = Mistakes(
    made={"hosts!B3": "physicalHost", "hosts!F2": "2001:db8:b::zz", "networks!E2": "2001:db8:c::1/64"},
    told={"hosts!B3": "physicalHosts, virtualHosts", "hosts!F2": "not an IP", "networks!E2": "is 2001:db8:c::/64"},
    mended={"hosts!B3": "physicalHosts", "hosts!F2": "2001:db8:b::11", "networks!E2": "2001:db8:c::/64"},
)
MISTAKES = {"drop26": NEW_HOSTS, "drop28": NEW_HOSTS, "drop22": UPDATES}


def changed(workbook: bytes, cells: Cells) -> bytes:
    """The workbook as a person leaves it after typing into some cells."""
    sheets: dict[str, list[list[Any]]] = {}
    for sheet in read(workbook).sheets:
        if not sheet.hidden:
            columns = range(1, max(column for row in sheet.rows.values() for column in row) + 1)
            sheets[sheet.name] = [
                [sheet.rows.get(row, {}).get(column, "") for column in columns] for row in range(1, max(sheet.rows) + 1)
            ]
    for at, value in cells.items():
        name, _, cell = at.partition("!")
        found = re.fullmatch(r"([A-Z]+)(\d+)", cell)
        assert found
        sheets[name][int(found[2]) - 1][column_number(found[1]) - 1] = value
    return book(sheets)


def unpack(data: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(data))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One database is enough here: the contract's tests see both."""
    folder = tmp_path_factory.mktemp("walkthrough")
    with running_server(make_services(Databases(folder, None).new_url(), folder)) as found:
        yield found


@pytest.mark.parametrize("drop", DROPS)
def test_over_http(running: RunningServer, drop: str) -> None:
    client = running.operator
    site = SITES[DROPS.index(drop) % 2]
    files = unpack(client.get(f"{YAML}/example", site=site, cee_ver=drop).data)
    templates = [("yaml", name, data) for name, data in files.items() if name.endswith(".yaml")]

    def send(workbook: bytes, **more: Any) -> Any:
        content, headers = form(("excel", "mine.xlsx", workbook), *templates)
        query = {"site": site, "cee_ver": drop, "pjt_name": f"first {drop}", **more}
        return client.request("POST", YAML, query=query, content=content, headers=headers)

    workbook = changed(files["example.xlsx"], {})
    if mistakes := MISTAKES.get(drop):
        workbook = changed(workbook, mistakes.made)
        refused = send(workbook)
        assert refused.status == 422
        errors = {
            one["field"]: one["message"] + one["hint"] for one in refused.body["errors"] if one["level"] == "error"
        }
        assert set(errors) == set(mistakes.told)
        assert all(words in errors[cell] for cell, words in mistakes.told.items()), errors
        notes = unpack(client.get(f"{YAML}/annotated", id=refused.body["data"]["id"]).data)
        assert any("comments" in name for name in notes)
        workbook = changed(workbook, mistakes.mended)
        assert send(workbook, dry_run=1).data["ok"]
    done = send(workbook)
    assert done.status == 201, done.body
    diff = "".join(one["diff"] for one in client.get(f"{YAML}/diff", id=done.data["id"]).data)
    assert "+++ download/" in diff
    archive = unpack(client.get(f"{YAML}/result", id=done.data["id"]).data)
    assert {f"download/{name}" for _, name, _ in templates} < set(archive)
    assert archive["upload/mine.xlsx"] == workbook


@pytest.mark.parametrize("drop", DROPS)
def test_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drop: str) -> None:
    monkeypatch.setenv("OPTIMUS_DATA_DIR", str(tmp_path / "never made"))

    def run(*arguments: object, code: int = 0) -> str:
        found = CliRunner().invoke(app, ["yamlgen", *map(str, arguments)])
        assert found.exit_code == code, found.output
        return found.output

    site = SITES[(DROPS.index(drop) + 1) % 2]
    mine, out = tmp_path / "in", tmp_path / "out"
    run("example", "--site", site, "--drop", drop, "--out", mine)
    workbook = mine / "example.xlsx"
    job = (workbook, mine, "--site", site, "--drop", drop, "--project", "first")
    if mistakes := MISTAKES.get(drop):
        workbook.write_bytes(changed(workbook.read_bytes(), mistakes.made))
        said = run("generate", *job, "--out", out, code=3)
        assert {line.split()[2] for line in said.split("\n") if line.startswith("E ")} == set(mistakes.made)
        assert not (out / "hosts.yaml").exists()
        assert (out / "annotated.xlsx").exists()
        assert "错误" in run("check", *job, "--lang", "zh", code=3)
        workbook.write_bytes(changed(workbook.read_bytes(), mistakes.mended))
        assert "+++ download/" in run("check", *job, "--diff")
    run("generate", *job, "--out", out)
    if not mistakes:
        return  # the rest is the same for every drop
    first = (out / "result.zip").read_bytes()
    assert "+++ download/hosts.yaml" in (out / "diff" / "hosts.yaml.diff").read_text()
    run("generate", *job, "--out", out)
    again = zipfile.ZipFile(io.BytesIO((out / "result.zip").read_bytes()))
    before = zipfile.ZipFile(io.BytesIO(first))
    made = [name for name in before.namelist() if name.startswith("download/")]
    assert {name: again.read(name) for name in made} == {name: before.read(name) for name in made}
    run("reverse", out, "--site", site, "--drop", drop, "--out", tmp_path / "back.xlsx")
    assert "0 errors" in run("check", tmp_path / "back.xlsx", out, *job[2:])
    assert not (tmp_path / "never made").exists()


def test_what_the_command_line_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*arguments: object, code: int) -> str:
        found = CliRunner().invoke(app, ["yamlgen", *map(str, arguments)])
        assert found.exit_code == code, found.output
        return found.output

    run("example", "--site", "GZ", "--drop", "26", "--out", tmp_path / "in", code=0)
    job = (tmp_path / "in" / "example.xlsx", tmp_path / "in")
    assert "GZ, ZZ" in run("check", *job, "--site", "XX", "--drop", "26", "--project", "p", code=1)
    assert "drop26" in run("check", *job, "--site", "GZ", "--drop", "99", "--project", "p", code=1)
    run("check", tmp_path / "none.xlsx", *job[1:], "--site", "GZ", "--drop", "26", "--project", "p", code=2)
    monkeypatch.setenv("OPTIMUS_PACK_PATH", str(tmp_path / "none"))
    assert "OPTIMUS_PACK_PATH" in run("pack", "lint", code=1)
    pack = tmp_path / "packs" / "own" / "drop99.yaml"
    pack.parent.mkdir(parents=True)
    pack.write_text("format: optimus-pack/1\nname: own/drop99\nextends: [cee-next/drop26]\ntitel: wrong\n")
    monkeypatch.setenv("OPTIMUS_PACK_PATH", str(tmp_path / "packs"))
    assert "titel" in run("pack", "lint", code=3)
    pack.write_text("format: optimus-pack/1\nname: own/drop99\nextends: [cee-next/drop26]\ntitle: ours\n")
    assert "drop99+ZZ: fine" in run("pack", "lint", code=0)
    assert "title: own/drop99" in run("pack", "show", "--site", "GZ", "--drop", "99", code=0)
