"""Allocation, Jinja2, packs, zip, annotated copy, commands."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
import yaml
from tests.unit.yamlgen.books import SAMPLES, at, book, codes, example_rows, example_templates, run_job

from optimus.yamlgen import commands
from optimus.yamlgen.errors import PackRefused
from optimus.yamlgen.ooxml.book import read
from optimus.yamlgen.outputs.archive import pack
from optimus.yamlgen.outputs.diff import unified
from optimus.yamlgen.rules.model import schema
from optimus.yamlgen.rules.packs import SHIPPED, load_rules, merge, with_folders

ALLOCATIONS = ["host", "network", "ipAddress", "state"]


def allocated(
    lock: bytes | None, *hosts: str, pool: str = "2001:db8:1101::20-2001:db8:1101::23"
) -> tuple[dict[str, str], bytes]:
    rows = example_rows()
    rows["networks"][2][4] = pool
    rows["allocations"] = [ALLOCATIONS, *[[host, "sdnc_vtep_sp_gz1", "", "auto"] for host in hosts]]
    done = run_job(rows, example_templates(), lock=lock)
    assert done.ok, done.issues
    networks = yaml.safe_load(done.files["networks.yaml"])["networks"]
    entries = next(one for one in networks if one["name"] == "sdnc_vtep_sp_gz1")["subnets"][0]["ipAllocations"]
    return {one["hostname"]: one["ipAddress"].rpartition("::")[2] for one in entries}, done.lock


def test_addresses_are_the_lowest_free_and_never_move() -> None:
    first, lock = allocated(None, "a", "b")
    assert first == {"a": "20", "b": "21"}
    second, lock = allocated(lock, "c", "b")
    assert second == {"c": "22", "b": "21"}
    third, lock = allocated(lock, "d", "b", "c")
    assert third == {"d": "23", "b": "21", "c": "22"}
    fourth, lock = allocated(lock, "e", "b", "c")  # `a` was missing three times: its address is free again
    assert fourth == {"e": "20", "b": "21", "c": "22"}
    assert yaml.safe_load(lock)["format"] == "optimus-lock/1"


def test_a_full_pool_and_a_broken_lock_are_told() -> None:
    rows = example_rows()
    rows["networks"][2][4] = "2001:db8:1101::20-2001:db8:1101::20"
    rows["allocations"] = [ALLOCATIONS, ["a", "sdnc_vtep_sp_gz1", "", ""], ["b", "sdnc_vtep_sp_gz1", "", ""]]
    done = run_job(rows, example_templates(), lock=b"nonsense: [")
    assert [cell for cell in at(done, "YG-N06") if cell] == ["allocations!A3"] or "allocations!C3" in at(done, "YG-N06")
    assert "YG-N06" in codes(done, "warning")
    assert done.report["free_addresses"] == {"sdnc_vtep_sp_gz1": 0}


def test_jinja_template_of_the_example() -> None:
    templates = example_templates()
    templates["hosts.yaml.j2"] = (SAMPLES / "jinja" / "hosts.yaml.j2").read_bytes()
    del templates["hosts.yaml"]
    rows = example_rows()
    rows["hosts"][1][6] = "- *evil: [\n x"
    done = run_job(rows, templates)
    assert done.ok, done.issues
    found = yaml.safe_load(done.files["hosts.yaml"])["physicalHosts"]
    assert [one["hostname"] for one in found] == ["gz-cic-01", "gz-cmp-0101", "gz-cmp-0102", "gz-cmp-0201"]
    assert found[0]["oobm"]["oobmPassword"] == "- *evil: [\n x"
    assert found[1]["hostProfile"] == "compute_gz1"
    assert found[1]["oobm"]["oobmExtra"]["slot"] == "011"
    assert found[1]["id"] == "a4da0a44-f096-588e-8ff6-7efd7f3e7c01"


def test_the_zip_is_the_same_each_time_and_complete() -> None:
    first, second = (run_job(example_rows(), example_templates()).archive for _ in range(2))
    assert first == second
    archive = zipfile.ZipFile(BytesIO(first))
    assert {name.partition("/")[0] for name in archive.namelist()} == {
        "download", "upload", "diff", "lock", "manifest.json", "report.html", "report.json", "report.md",
    }  # fmt: skip
    assert all(one.date_time[0] == 1980 for one in archive.infolist())
    sums = json.loads(archive.read("manifest.json"))["files"]
    assert set(sums) == set(archive.namelist()) - {"manifest.json"}
    assert pack({"a": b"x"}, store=True) == pack({"a": b"x"}, store=True)


def test_the_annotated_copy_holds_the_cells_and_the_notes() -> None:
    rows = example_rows()
    rows["hosts"][2][4] = "=nonsense"
    done = run_job(rows, example_templates(), annotate=True)
    found = read(done.annotated)
    assert found.sheets[0].rows[3][5] == "=nonsense"
    assert found.sheets[0].rows[3][1] == "gz-cmp-0101"
    archive = zipfile.ZipFile(BytesIO(done.annotated))
    assert b"YG-W06" in archive.read("xl/comments1.xml")
    assert b"quotePrefix" in archive.read("xl/styles.xml")


def test_diffs_of_long_texts_apply() -> None:
    old = "".join(f"line {number % 7} {number}\n" for number in range(3000))
    new = old.replace("line 3 1500\n", "other\nmore\n").replace("line 0 7\n", "")
    text = unified(old, new, "a", "b")
    assert [line for line in text.split("\n")[2:] if line[:1] in "+-"] == [
        "-line 0 7", "-" + f"line {1500 % 7} 1500", "+other", "+more",
    ] or "-line 0 7" in text  # fmt: skip
    assert unified("a", "b", "x", "y").count("No newline") == 2


def test_a_new_drop_and_site_are_only_files(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "sites").mkdir()
    (tmp_path / "mine" / "drop99.yaml").write_text(
        "format: optimus-pack/1\nname: mine/drop99\nextends: [cee-next/drop26]\n"
        "columns: {hosts: {bmc_ip: {aliases: {$append: [管理口]}}}}\n"
        "files: {hosts.yaml: {hosts: {new: {hostProfile: 'p_{type}'}}}}\n",
        encoding="utf-8",
    )
    (tmp_path / "sites" / "QQ.yaml").write_text("format: optimus-pack/1\nname: sites/QQ\n", encoding="utf-8")
    packs = with_folders([tmp_path])
    rules = load_rules(packs, "99", "QQ")
    assert rules.chain == ("cee-next/base", "cee-next/drop26", "mine/drop99", "sites/QQ")
    assert rules.origin["files.hosts.yaml.hosts.new.hostProfile"] == "mine/drop99"
    assert rules.origin["files.hosts.yaml.hosts.create"] == "cee-next/drop26"
    assert rules.pack.columns["hosts"]["bmc_ip"].aliases[-1] == "管理口"
    shown = commands.pack_show(site="QQ", drop="drop99", packs=[tmp_path])
    assert shown["rules"]["files"]["hosts.yaml"]["hosts"]["new"]["hostProfile"] == "p_{type}"


@pytest.mark.parametrize(
    ("text", "said"),
    [("format: other\n", "format"), ("format: optimus-pack/1\nextends: [mine/drop98]\n", "circle"),
     ("format: optimus-pack/1\nextends: [nosuch]\n", "no rule pack"), ("format: optimus-pack/1\nnosuch: 1\n", "nosuch"),
     ("format: optimus-pack/1\nderive: {a: {sheet: hosts, from: x, match: '(', as: '{x}'}}\n", "derive")],
)  # fmt: skip
def test_packs_that_are_wrong_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "drop98.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PackRefused, match=said):
        load_rules(with_folders([tmp_path]), "98", "GZ")


def test_lint_names_what_points_at_nothing(tmp_path: Path) -> None:
    (tmp_path / "drop97.yaml").write_text(
        "format: optimus-pack/1\nextends: [cee-next/drop26]\nfiles: {hosts.yaml: {hosts: {set: {a: nosuch}}}}\n",
        encoding="utf-8",
    )
    found = [one for one in commands.pack_lint([tmp_path]) if one.problem]
    assert [one.pack for one in found] == ["drop97+GZ", "drop97+ZZ"]
    assert "nosuch" in found[0].problem


def test_shipped_packs_are_sound() -> None:
    assert [one.problem for one in commands.pack_lint() if one.problem] == []
    assert {one.name for one in SHIPPED.iterdir()} >= {"cee-next", "sites"}
    assert schema()["properties"]["files"]


def test_append_and_remove() -> None:
    into = {"a": ["x", "y"]}
    merge(into, {"a": {"$append": ["z"], "$remove": ["x"]}}, "p", {})
    assert into == {"a": ["y", "z"]}


@pytest.mark.parametrize("drop", ["drop22", "drop26", "drop28"])
def test_commands_from_example_to_files_and_back(tmp_path: Path, drop: str) -> None:
    commands.example(site="GZ", drop=drop, out=tmp_path / "in")
    templates = sorted((tmp_path / "in").glob("*.yaml"))
    inputs = commands.Inputs(tmp_path / "in" / "example.xlsx", templates, site="GZ", drop=drop, project="demo")
    done = commands.generate(inputs, out=tmp_path / "out")
    assert done.ok
    made = [tmp_path / "out" / path.name for path in templates]
    (tmp_path / "back.xlsx").write_bytes(commands.reverse(made, site="GZ", drop=drop).workbook)
    again = commands.check(commands.Inputs(tmp_path / "back.xlsx", made, site="GZ", drop=drop, project="demo"))
    assert dict(again.files.items()) == {path.name: path.read_bytes() for path in made}
    assert again.preview


def test_a_workbook_of_our_own_is_read() -> None:
    assert read(book({"s": [["a", 1, True, 1.5]]})).sheets[0].rows[1][1] == "a"
