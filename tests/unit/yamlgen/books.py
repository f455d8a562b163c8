"""Small workbooks for tests, made of rows."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from optimus.yamlgen.engine import run
from optimus.yamlgen.request import Outcome, Request, Upload

Rows = Sequence[Sequence[Any]]
SAMPLES = Path(__file__).parents[2] / "samples" / "yamlgen"
FILES = ("hosts.yaml", "networks.yaml", "host_profile.yaml", "interface_assignment.yaml")


def book(sheets: Mapping[str, Rows]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, bool):
                        sheet.write_boolean(row, column, cell)
                    elif isinstance(cell, int | float):
                        sheet.write_number(row, column, cell)
                    elif cell != "":
                        sheet.write_string(row, column, cell)
    return out.getvalue()


def csv_rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def example_rows(case: str = "drop26/example") -> dict[str, list[list[str]]]:
    folder = SAMPLES / case / "workbook"
    return {path.stem: csv_rows(path) for path in sorted(folder.glob("*.csv"))}


def example_templates(case: str = "drop26/example") -> dict[str, bytes]:
    folder = SAMPLES / case / "templates"
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).exists()}


def request(rows: Mapping[str, Rows], templates: Mapping[str, bytes], drop: str = "drop26", **more: Any) -> Request:
    uploads = [Upload(name, data) for name, data in templates.items()]
    return Request("GZ", drop, "demo", Upload("demo.xlsx", book(rows)), uploads, **more)


def run_job(rows: Mapping[str, Rows], templates: Mapping[str, bytes], drop: str = "drop26", **more: Any) -> Outcome:
    return run(request(rows, templates, drop, **more))


def codes(outcome: Outcome, level: str = "error") -> list[str]:
    return [str(one.code) for one in outcome.issues if one.level == level]


def at(outcome: Outcome, code: str) -> list[str]:
    return [one.where.cell if one.where else "" for one in outcome.issues if one.code == code]


HOSTS = ["hostname", "kind", "type", "deploy_module", "bmc_ip", "bmc_username", "bmc_secret", "ipAddr"]
NETWORKS = ["network name", "segmentationId", "tagged vlan\uff08yes/no\uff09", "cidr", "ipAllocationPools"]
HOSTS_YAML = b"""\
physicalHosts:
  - id: 5b0d6a52-0000-4000-8000-000000000001
    hostname: a1
    hostProfile: controller
    oobm: {oobmType: ipmi, oobmAddress: 192.0.2.1, oobmUser: admin, oobmPassword: vault:a1, oobmExtra: {slot: '001'}}
virtualHosts: []
"""


def hosts_only(*rows: Sequence[Any], header: Sequence[Any] = HOSTS) -> dict[str, Rows]:
    return {"hosts": [header, *rows], "networks": [NETWORKS]}


def xlsx(sheet: str, **parts: str) -> bytes:
    """A workbook of hand-written XML: what no library would write."""
    out = io.BytesIO()
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    files = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relation}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns:r="{relation}"><sheets>'
        '<sheet name="hosts" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">'
        f'<Relationship Id="r1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
        **parts,
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()
