"""Checks over records and outputs: an error for what the job writes, a warning for what stood there."""

from collections.abc import Callable

import pytest
from tests.unit.yamlgen.books import (
    HOSTS_YAML,
    at,
    codes,
    example_rows,
    example_templates,
    hosts_only,
    run_job,
)  # fmt: skip

from optimus.yamlgen.codes import IssueCode
from optimus.yamlgen.texts import all_texts

Rows = dict[str, list[list[str]]]
Templates = dict[str, bytes]


def set_cell(sheet: str, row: int, column: int, text: str) -> Callable[[Rows, Templates], None]:
    def change(rows: Rows, _: Templates) -> None:
        rows[sheet][row][column] = text

    return change


def change_template(name: str, old: str, new: str) -> Callable[[Rows, Templates], None]:
    def change(_: Rows, templates: Templates) -> None:
        assert old.encode() in templates[name]
        templates[name] = templates[name].replace(old.encode(), new.encode(), 1)

    return change


def add_sheet(name: str, *rows: list[str]) -> Callable[[Rows, Templates], None]:
    def change(found: Rows, _: Templates) -> None:
        found[name] = [list(row) for row in rows]

    return change


RESOURCES = ["name", "sockets", "cores", "threads", "memGiB", "hugepage size", "hugepage count", "reserved cpus"]
ASSIGN = "interface_assignment.yaml"
VTEP = "        network: sdnc_vtep_sp_\n"
CASES = [
    ("U01", "error", "hosts!A4", set_cell("hosts", 3, 0, "gz-cmp-0101")),
    ("U05", "error", "hosts!H4", set_cell("hosts", 3, 7, "2001:db8:a::101")),
    ("U03", "error", "hosts!E4", set_cell("hosts", 3, 4, "2001:DB8:b:0::101")),
    ("N01", "error", "hosts!H3", set_cell("hosts", 2, 7, "2001:db8:9::1")),
    ("N01", "error", "hosts!H3", set_cell("hosts", 2, 7, "2001:db8:a::")),
    ("N02", "error", "networks!E3",
     set_cell("networks", 2, 4, "2001:db8:1101::20-2001:db8:1101::30; 2001:db8:1101::2f-2001:db8:1101::40")),
    ("N03", "error", "networks!D4", set_cell("networks", 3, 3, "2001:db8:1101::/48")),
    ("N04", "warning", "networks!B4", set_cell("networks", 3, 1, "1101")),
    ("N04", "error", "networks!B3", set_cell("networks", 2, 1, "5000")),
    ("N05", "warning", "networks!G3", set_cell("networks", 2, 6, "2001:db8:77::1")),
    ("N05", "error", "networks!F3", set_cell("networks", 2, 5, "192.0.2.0/24")),
    ("N05", "error", "networks!H4", set_cell("networks", 3, 7, "2001:db8:f1::/48")),
    ("R01", "error", "hosts!C2", set_cell("hosts", 1, 0, "gz-cic-02")),
    ("R02", "warning", "",
     change_template("host_profile.yaml", "interfaceAssignment: controller", "interfaceAssignment: none")),
    ("R03", "warning", "", change_template(ASSIGN, "      - control\n", "      - nothing\n")),
    ("R04", "warning", "", change_template(ASSIGN, "network: lcm_ctrl_sp}", "network: none}")),
    ("R05", "warning", "", change_template(ASSIGN, "mtu: 1500,", "mtu: 1500, sourceInterface: bond9,")),
    ("R08", "error", "",
     change_template(ASSIGN, VTEP, VTEP + "      - {name: up, mtu: 9100, sourceInterface: vtep}\n")),
    ("G01", "warning", "hosts!D5", set_cell("hosts", 4, 3, "GZ模块7")),
    ("G02", "warning", "hosts!C2", set_cell("hosts", 1, 3, "")),
    ("G03", "warning", "hosts!E3", set_cell("hosts", 2, 4, "2001:db8:a::5")),
    ("G04", "warning", "hosts!A4", set_cell("hosts", 3, 0, "gz-cmp-0001")),
    ("S02", "warning", "hosts!G3", set_cell("hosts", 2, 6, "Hunter2")),
    ("S03", "warning", "hosts!G3", set_cell("hosts", 2, 6, "admin")),
    ("S01", "warning", "hosts!A3", set_cell("hosts", 2, 6, "")),
    ("C01", "error", "resources!H2",
     add_sheet("resources", RESOURCES, ["compute", "2", "4", "2", "64", "", "", "0,99"])),
    ("C01", "warning", "resources!H2",
     add_sheet("resources", RESOURCES, ["compute", "2", "4", "2", "64", "", "", "0"])),
    ("C01", "error", "resources!H2",
     add_sheet("resources", RESOURCES, ["compute", "2", "4", "2", "64", "", "", "0-3,8-11"])),
    ("C02", "error", "resources!G2",
     add_sheet("resources", RESOURCES, ["compute", "2", "4", "2", "64", "1G", "61", ""])),
    ("U04", "error", "nics!C3", add_sheet("nics", ["host", "interface", "mac"], ["a", "e0", "02-42-AC-11-00-02"],
                                          ["b", "e0", "0242.ac11.0002"])),
    ("W06", "error", "routes!A3", add_sheet("routes", ["assignment", "destination", "nexthop"],
                                            ["controller", "2001:db8:f4::/48", "2001:db8:a::1"],
                                            ["controller", "2001:db8:f4::/48", "2001:db8:a::1"])),
]  # fmt: skip


@pytest.mark.parametrize(("code", "level", "cell", "change"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)])
def test_check(code: str, level: str, cell: str, change: Callable[[Rows, Templates], None]) -> None:
    rows, templates = example_rows(), example_templates()
    if code == "R01":
        rows["hosts"][1][2] = "nosuch"
        templates["hosts.yaml"] = templates["hosts.yaml"].replace(b"hostProfile: controller", b"hostProfile: nosuch")
    change(rows, templates)
    done = run_job(rows, templates)
    found = [one for one in done.issues if one.code == f"YG-{code}" and one.level == level]
    assert found, [(str(one.code), str(one.level), one.where and one.where.cell) for one in done.issues]
    if cell:
        assert cell in [one.where.cell for one in found if one.where], found


def test_both_sides_of_a_double_with_the_template_are_named() -> None:
    done = run_job(hosts_only(["a2", "physicalHosts", "controller", "", "192.0.2.1"]), {"hosts.yaml": HOSTS_YAML})
    found = next(one for one in done.issues if one.code == "YG-U03")
    assert (found.where and found.where.cell, found.related) == ("hosts!E2", ("hosts.yaml:5",))


def test_vms_must_fit_their_host() -> None:
    rows, templates = example_rows(), example_templates()
    rows["resources"] = [RESOURCES, ["controller", "1", "4", "1", "16", "", "", ""]]
    rows["host_profiles"] = [["name", "based_on", "cpu", "memGiB"], ["vm", "controller", "3", "4"]]
    templates["hosts.yaml"] = templates["hosts.yaml"].replace(b"virtualHosts: []", b"virtualHosts:\n" + b"".join(
        b"  - {hostname: v%d, hostProfile: vm, physicalHost: gz-cic-01}\n" % n for n in range(2)))  # fmt: skip
    done = run_job(rows, templates)
    assert at(done, "YG-C03") == ["resources!A2"]
    rows["hosts"].append(["v0", "virtualHosts", "vm", *[""] * 6])
    rows["hosts"][0].append("宿主机")
    rows["hosts"][-1].append("gone")
    assert "YG-R07" in codes(run_job(rows, templates))


def test_many_issues_of_one_code_are_folded() -> None:
    rows = hosts_only(*[["bad name", "physicalHosts", "x"]] * 50)
    done = run_job(rows, {"hosts.yaml": HOSTS_YAML})
    found = [one for one in done.issues if one.code == "YG-W06"]
    assert len(found) == 20
    assert found[-1].folded == 30
    assert done.counts["error"] == 50


def test_every_code_is_used_and_every_text_is_in_two_languages() -> None:
    for key, (english, chinese, hint, hint_zh) in all_texts().items():
        assert english.isascii(), key
        assert not chinese.isascii(), key
        assert bool(hint) == bool(hint_zh), key
    assert len(set(IssueCode)) == len(IssueCode.__members__)


def test_site_limits_of_an_operators_pack_hold() -> None:
    rules = {"site": {"hostname": "^gz-", "supernets": ["2001:db8:a::/48"], "vlan_ranges": [[100, 300]]}}
    rows = example_rows()
    rows["hosts"][4][0] = "zz-cmp-0201"
    done = run_job(rows, example_templates(), rules=rules)
    assert at(done, "YG-W06") == ["hosts!A5"]
    assert [cell for cell in at(done, "YG-N04") if cell] == ["networks!B3", "networks!B4"]
    assert at(done, "YG-N03") == ["networks!D3", "networks!D4"]
