"""What a pack can ask for, each seen in a job."""

import io
import sqlite3
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from tests.unit.yamlgen.books import codes, example_rows, example_templates, run_job

from optimus.errors import OptimusError
from optimus.yamlgen import commands
from optimus.yamlgen.request import Upload

HEAD = ["hostname", "kind", "type", "deploy_module", "bmc_ip"]
HOSTS = [HEAD, *([f"gz-cmp-{n}", "physicalHosts", "compute", "GZ模块1", f"2001:db8:b::{n}"] for n in (3, 10, 2))]
NETWORKS = [["network name"]]
TEMPLATE = b"""\
physicalHosts:
  - id: 5b0d6a52-0000-4000-8000-000000000001
    hostname: gz-old-1
    hostProfile: compute
    oobm: {oobmType: ipmi, oobmAddress: '2001:db8:b::99', oobmUser: u, oobmPassword: 'vault:x'}
"""


def job(hosts: Any = HOSTS, rules: Mapping[str, Any] | None = None, **more: Any) -> Any:
    sheets = {"hosts": hosts, "networks": NETWORKS, **more.pop("sheets", {})}
    return run_job(sheets, more.pop("templates", {"hosts.yaml": TEMPLATE}), rules=rules, **more)


def host_rule(**values: Any) -> dict[str, Any]:
    return {"files": {"hosts.yaml": {"hosts": values}}}


def names(text: bytes) -> list[str]:
    return [line.split()[-1] for line in text.decode().split("\n") if "hostname:" in line]


def test_new_items_stand_in_the_workbooks_order_or_the_packs() -> None:
    assert names(job().files["hosts.yaml"]) == ["gz-old-1", "gz-cmp-3", "gz-cmp-10", "gz-cmp-2"]
    done = job(rules=host_rule(sort="natural"))
    assert names(done.files["hosts.yaml"]) == ["gz-old-1", "gz-cmp-2", "gz-cmp-3", "gz-cmp-10"]


def test_items_without_a_row_stay_are_reported_or_removed() -> None:
    assert "YG-P02" not in codes(job(), "warning")
    told = job(rules=host_rule(unnamed="report"))
    (found,) = [one for one in told.issues if one.code == "YG-P02"]
    assert (found.template.line, "gz-old-1" in found.message) == (3, True)
    assert names(told.files["hosts.yaml"])[0] == "gz-old-1"
    assert "gz-old-1" not in names(job(rules=host_rule(prune=True)).files["hosts.yaml"])


def test_nics_go_where_the_item_has_a_list_for_them() -> None:
    nics = [["host", "interface", "mac"], ["gz-cmp-2", "eth0", "02-42-AC-11-00-02"], ["", "eth1", "02:42:ac:11:00:03"]]
    nics[2][0] = "gz-cmp-2"
    told = job(sheets={"nics": nics})
    assert b"mac:" not in told.files["hosts.yaml"]
    assert [one.where.cell for one in told.issues if one.where and one.where.sheet == "nics"] == ["nics!A2"]
    done = job(sheets={"nics": nics}, templates={"hosts.yaml": TEMPLATE + b"    nics: []\n"})
    made = done.files["hosts.yaml"].decode().replace("'", "")
    assert "nics:\n      - name: eth0\n        mac: 02:42:ac:11:00:02\n      - name: eth1\n" in made


def test_a_reference_to_another_column() -> None:
    rules = {"columns": {"nics": {"host": {"type": "ref", "ref": "hosts.hostname"}}}}
    nics = [["host", "interface"], ["gz-cmp-2", "eth0"], ["gz-cmp-22", "eth0"]]
    (found,) = [one for one in job(sheets={"nics": nics}, rules=rules).issues if one.level == "error"]
    assert (found.where.cell, found.code, "gz-cmp-2" in found.hint) == ("nics!A3", "YG-W06", True)
    with pytest.raises(OptimusError, match="go together"):
        job(rules={"columns": {"nics": {"host": {"type": "ref"}}}})


@pytest.mark.parametrize(("scheme", "level"), [("control", "error"), ("other", "warning")])
def test_one_vlan_on_two_networks(scheme: str, level: str) -> None:
    networks = [["network name", "segmentationId"], ["a_sp", "7"], ["b_sp", "7"]]
    items = "".join(
        f"  - {{name: {n}, segmentationId: {v}, taggedVlan: true, subnets: []}}\n"
        for n, v in (("a_sp", 1), ("b_sp", 2))
    )
    schemes = (
        "networkSchemes:\n  - {name: control, interfaceList: [{name: a, network: a_sp}]}\n"
        f"  - {{name: {scheme}2, interfaceList: []}}\ninterfaceAssignments: []\n"
    )
    both = schemes.replace("network: a_sp}]", "network: a_sp}, {name: b, network: b_sp}]")
    files = {"networks.yaml": f"networks:\n{items}".encode(), "interface_assignment.yaml": schemes.encode()}
    if scheme == "control":
        files["interface_assignment.yaml"] = both.encode()
    found = run_job({"hosts": [HEAD], "networks": networks}, files).issues
    assert [(one.level, one.label) for one in found if one.code == "YG-N04"] == [(level, "networks!B3")]


def test_defaults_of_a_site() -> None:
    made = job(rules={"site": {"bmc_type": "redfish", "bmc_username": "root"}}).files["hosts.yaml"].decode()
    assert made.count("oobmType: redfish") == 3
    assert made.count("oobmUser: root") == 3
    assert job(rules={"site": {"locale": "zh"}}).report["locale"] == "zh"


class TestInventory:
    ROWS = (("GZ-CMP-3", "2001:db8:b::33", "admin2", "vault:3", "GZ模块7"), ("OTHER", "", "", "", ""))
    NAMES = "device_name,bmc_ipv6,bmc_username,bmc_passwd,deploy_module"
    BLANK = (HEAD, ["gz-cmp-3", "physicalHosts", "compute", "", ""])

    def sqlite(self) -> bytes:
        with sqlite3.connect(":memory:") as connection:
            connection.execute(f"CREATE TABLE table_device ({self.NAMES}, extra)")
            connection.executemany("INSERT INTO table_device VALUES (?, ?, ?, ?, ?, 1)", self.ROWS)
            connection.commit()
            found = connection.serialize()
        connection.close()
        return found

    def csv(self) -> bytes:
        return "\ufeff".encode() + "\r\n".join([self.NAMES, *(",".join(row) for row in self.ROWS)]).encode()

    @pytest.mark.parametrize("kind", ["sqlite", "csv"])
    def test_it_fills_blank_cells(self, kind: str) -> None:
        data = self.sqlite() if kind == "sqlite" else self.csv()
        made = job(self.BLANK, inventory=Upload("GZ_SERVER.db", data)).files["hosts.yaml"].decode()
        assert "oobmAddress: '2001:db8:b::33', oobmUser: admin2, oobmPassword: 'vault:3'" in made
        assert "compute_gz7" in made

    def test_a_sites_own(self, tmp_path: Any) -> None:
        (tmp_path / "sites").mkdir()
        (tmp_path / "sites" / "GZ_SERVER.db").write_bytes(self.sqlite())
        pack = "format: optimus-pack/1\nname: sites/GZ\nsite: {title: GZ, inventory: GZ_SERVER.db}\n"
        (tmp_path / "sites" / "GZ.yaml").write_text(pack)
        done = job(self.BLANK, pack_folders=[tmp_path])
        assert b"2001:db8:b::33" in done.files["hosts.yaml"]
        (tmp_path / "sites" / "GZ_SERVER.db").unlink()
        with pytest.raises(OptimusError, match="GZ_SERVER"):
            job(self.BLANK, pack_folders=[tmp_path])

    @pytest.mark.parametrize(
        "data",
        [b"SQLite format 3\x00 broken", b"\xff\xfe", b"no,such\n1,2\n", b'device_name\n"', b"\x00\x00"],
        ids=["sqlite", "encoding", "column", "csv", "nul"],
    )
    def test_what_is_none(self, data: bytes) -> None:
        with pytest.raises(OptimusError, match="inventory"):
            job(self.BLANK, inventory=Upload("x.db", data))

    def test_without_its_table(self) -> None:
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE TABLE other (a)")
        data = connection.serialize()
        connection.close()
        with pytest.raises(OptimusError, match="table_device"):
            job(self.BLANK, inventory=Upload("x.db", data))


class TestJinjaCells:
    """Values of a rendered file know their cells."""

    TEXT = (
        "physicalHosts:\r\n{% for h in hosts %}\r\n  - hostname: {{ h.hostname }}\r\n    hostProfile: {{ h.type }}\r\n"
        "    oobm: {oobmAddress: {{ h.bmc_ip|ip }}}\r\n{% endfor %}\r\nvirtualHosts: []\r\n"
    )

    def test_line_and_cell(self) -> None:
        done = job(templates={"hosts.yaml.j2": self.TEXT.encode()}, preview=True)
        shown = done.preview["hosts.yaml"]
        lines = shown["text"].split("\n")
        at = {cell: lines[line - 1].strip() for line, cell in shown["cells"]}
        assert at["hosts!A3"] == "- hostname: gz-cmp-10"
        assert at["hosts!E4"].startswith("oobm:")
        assert done.files["hosts.yaml"].count(b"\r\n") == done.files["hosts.yaml"].count(b"\n")

    def test_a_fault_in_the_output_points_at_its_cell(self) -> None:
        profiles = b"hostProfiles:\n  - {name: controller}\n"
        hosts = [HEAD, ["gz-mon-1", "physicalHosts", "monitor", "", "2001:db8:b::1"]]
        done = job(hosts, templates={"hosts.yaml.j2": self.TEXT.encode(), "host_profile.yaml": profiles})
        assert {one.where.cell for one in done.issues if one.code == "YG-R01" and one.where} >= {"hosts!C2"}

    def test_templates_cannot_reach_the_cell(self) -> None:
        for text in ("{{ hosts[0].hostname._source }}", "{{ hosts[0].hostname['_source'] }}"):
            done = job(templates={"hosts.yaml.j2": f"physicalHosts: [{text}]\n".encode()})
            assert codes(done) == ["YG-T05"]

    def test_the_pack_may_say_that_it_is_jinja(self) -> None:
        done = job(rules={"jinja": ["hosts.yaml"]}, templates={"hosts.yaml": self.TEXT.encode()})
        assert names(done.files["hosts.yaml"].replace(b"\r", b"")) == ["gz-cmp-3", "gz-cmp-10", "gz-cmp-2"]


def test_drop_downs_take_their_values_from_a_hidden_sheet() -> None:
    data = commands.example(site="GZ", drop="26").workbook
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        sheets = parts.read("xl/workbook.xml").decode()
        hosts = parts.read("xl/worksheets/sheet1.xml").decode()
        texts = parts.read("xl/sharedStrings.xml").decode()
    assert 'name="lists"' in sheets
    assert 'state="hidden"' in sheets
    assert "<formula1>lists!$A$2:$A$3</formula1>" in hosts
    assert all(word in texts for word in ("virtualHosts", "monitor"))


def test_the_example_has_no_finding_of_its_hidden_sheet() -> None:
    done = run_job({**example_rows(), "lists": [["x"]]}, example_templates())
    assert done.ok
