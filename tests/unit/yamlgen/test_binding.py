"""Headers, types, merges and notes: what the reader makes of cells."""

import io
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from tests.unit.yamlgen.books import (
    HOSTS,
    HOSTS_YAML,
    NETWORKS,
    at,
    codes,
    example_rows,
    example_templates,
    hosts_only,
    run_job,
    xlsx,
)

from optimus.yamlgen.cells import Broken, Computed, Number
from optimus.yamlgen.engine import run
from optimus.yamlgen.ooxml.book import read
from optimus.yamlgen.request import Outcome, Request, Upload

ROW = ["a1", "physicalHosts", "controller", "", "192.0.2.9"]


def with_book(build: Any, *, template: bytes = HOSTS_YAML) -> Outcome:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("hosts")
        for column, text in enumerate(HOSTS):
            sheet.write_string(0, column, text)
        for column, text in enumerate(ROW):
            sheet.write_string(1, column, text)
        build(book, sheet)
        networks = book.add_worksheet("networks")
        for column, text in enumerate(NETWORKS):
            networks.write_string(0, column, text)
    return run(Request("GZ", "26", "demo", Upload("a.xlsx", out.getvalue()), [Upload("hosts.yaml", template)]))


def output(done: Outcome) -> str:
    return done.files["hosts.yaml"].decode()


def test_headers_in_any_order_language_width_and_case() -> None:
    header = ["BMC地址", "\uff28\uff2f\uff33\uff34 name", "类型", "physicalHosts or virtualHosts"]
    done = run_job(
        hosts_only(["192.0.2.9", "a1", "controller", "PHYSICALHOSTS"], header=header), {"hosts.yaml": HOSTS_YAML}
    )
    assert "oobmAddress: 192.0.2.9" in output(done)


def test_the_exact_headers_in_use_are_known() -> None:
    header = ["hostname", "physicalHosts or virtualHosts", "type(controller/compute/lcm/monitor)", "id",
              "deploy_module",
              "bmc_ipv6", "bmc_username", "bmc_passwd", "ipAddr"]  # fmt: skip
    row = ["a1", "physicalHosts", "controller", "", "", "2001:db8::9", "ops", "vault:x", ""]
    done = run_job(hosts_only(row, header=header),
                   {"hosts.yaml": HOSTS_YAML})  # fmt: skip
    assert not codes(done)
    assert "oobmUser: ops" in output(done)
    assert "oobmAddress: '2001:db8::9'" in output(done)  # inside braces a colon needs quotes


def test_header_below_a_title_and_a_comment_row() -> None:
    rows = {"hosts": [["Our site"], [], HOSTS, ["# a comment"], ROW], "networks": [NETWORKS]}
    assert "192.0.2.9" in output(run_job(rows, {"hosts.yaml": HOSTS_YAML}))


def test_grouped_headers() -> None:
    def build(book: Any, sheet: Any) -> None:
        sheet.merge_range(0, 8, 0, 9, "oobmExtra")
        for column, text in enumerate(HOSTS):
            sheet.write_string(1, column, text)
            sheet.write_string(0, column, "")
        sheet.write_string(1, 8, "slot")
        sheet.write_string(1, 9, "shelf")
        for column, text in enumerate([*ROW, "", "", "", "042", "7"]):
            sheet.write_string(2, column, text)

    assert "oobmExtra: {slot: '042', shelf: '7'}" in output(with_book(build))


def test_double_unknown_and_missing_headers() -> None:
    done = run_job(hosts_only(ROW, header=[*HOSTS, "bmc_ipv6", "hostnmae"]), {"hosts.yaml": HOSTS_YAML})
    assert at(done, "YG-W03") == ["hosts!I1"]
    assert at(done, "YG-W04") == ["hosts!J1"]
    assert any("hostname" in one.hint for one in done.issues if one.code == "YG-W04")
    assert "YG-W02" in codes(run_job(hosts_only(["a1"], header=["hostname"]), {"hosts.yaml": HOSTS_YAML}))
    assert codes(run_job({"Tabelle1": [["a"]]}, {"hosts.yaml": HOSTS_YAML})) == ["YG-W01", "YG-W01"]


def test_a_path_header_adds_a_key() -> None:
    done = run_job(hosts_only([*ROW, "", "", "", "r1"], header=[*HOSTS, "x.location.rack"]), {"hosts.yaml": HOSTS_YAML})
    assert "    location:\n      rack: r1\n" in output(done)


def test_vertical_merges_fill_only_where_the_pack_says() -> None:
    def build(book: Any, sheet: Any) -> None:
        for row in (2, 3):
            for column, text in enumerate([f"b{row}", "physicalHosts", "compute", "", f"192.0.2.{row}"]):
                sheet.write_string(row, column, text)
        sheet.merge_range(2, 3, 3, 3, "GZ模块1")
        sheet.merge_range(2, 5, 3, 5, "ops")

    template = HOSTS_YAML.replace(b"virtual", b"  - {hostname: c, hostProfile: compute, id: x, oobm: {}}\nvirtual")
    done = with_book(build, template=template)
    assert at(done, "YG-W05") == ["hosts!F3"]
    assert "YG-W06" not in codes(done)


@pytest.mark.parametrize(
    ("text", "written"),
    [("<empty>", "oobmUser: ''"), ("<null>", "oobmUser: null"), ("-", "oobmUser: admin"), ("", "oobmUser: admin"),
     ("on", "oobmUser: 'on'"), ("12345", "oobmUser: '12345'"), ("<delete>", "192.0.2.9, oobmPassword")],
)  # fmt: skip
def test_what_a_cell_can_say(text: str, written: str) -> None:
    done = run_job(hosts_only([*ROW, text]), {"hosts.yaml": HOSTS_YAML})
    assert written in output(done)


def test_numbers_keep_their_form() -> None:
    def build(book: Any, sheet: Any) -> None:
        sheet.write_string(0, 8, "slot")
        sheet.write_number(1, 8, 11, book.add_format({"num_format": "000"}))
        sheet.write_number(1, 5, 12345)

    done = with_book(build)
    assert "slot: '011'" in output(done)
    assert "oobmUser: '12345'" in output(done)
    assert codes(done, "info") == ["YG-W09"]


def test_dates_errors_formulas_and_long_numbers() -> None:
    def build(book: Any, sheet: Any) -> None:
        sheet.write_number(1, 5, 45000, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_number(1, 6, 1234567890123456789)
        sheet.write_formula(1, 4, "=A1", None, "192.0.2.7")
        sheet.write_formula(1, 7, "=B1", None, "#REF!")

    done = with_book(build)
    assert at(done, "YG-W07") == ["hosts!E2", "hosts!F2", "hosts!G2", "hosts!H2"]
    assert len(codes(done)) == 3


def test_formula_without_result_and_with_an_external_link() -> None:
    sheet = ('<worksheet><sheetData><row r="1"><c r="A1"><f>1+1</f></c><c r="B1"><f>[1]S!A1</f><v>5</v></c>'
             '<c r="C1"><f>2+2</f><v>4</v></c><c r="D1"><v>1e3</v></c></row></sheetData></worksheet>')  # fmt: skip
    row = read(xlsx(sheet)).sheets[0].rows[1]
    assert row[1] == Broken("formula", "1+1")
    assert row[2] == Broken("external", "[1]S!A1")
    assert row[3] == Computed(Number("4"))
    assert row[4] == Number("1e3")


@pytest.mark.parametrize(
    ("column", "value", "code", "said"),
    [
        (4, "2001:db8:: 1", "YG-W06", "2001:db8::1"), (4, "nonsense", "YG-W06", "not an IP"),
        (0, "a b", "YG-W06", "host name"),
        (1, "physical", "YG-W06", "physicalHosts, virtualHosts"),
        (4, "\uff11\uff19\uff12.0.2.300", "YG-W06", "not an IP"),
        (0, "a\u202eb", "YG-W07", "U+202E"),
    ],
)  # fmt: skip
def test_wrong_values(column: int, value: str, code: str, said: str) -> None:
    row = [*ROW]
    row[column] = value
    done = run_job(hosts_only(row), {"hosts.yaml": HOSTS_YAML})
    found = [one for one in done.issues if one.code == code and one.level == "error"]
    assert found
    assert said in found[0].message
    assert found[0].where is not None
    assert found[0].where.cell == f"hosts!{'ABCDE'[column]}2"


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [(1, "4095", "YG-N04"), (3, "2001:db8:1::1/64", "YG-N03"), (3, "2001:db8:1::", "YG-N03"), (2, "maybe", "YG-W06"),
     (4, "2001:db8:1101::9-2001:db8:1101::1", "YG-N02"), (4, "2001:db8:9::1-2001:db8:9::2", "YG-N02")],
)  # fmt: skip
def test_wrong_networks(column: int, value: str, code: str) -> None:
    rows = example_rows()
    rows["networks"][2][column] = value
    done = run_job(rows, example_templates())
    assert at(done, code)[0] == f"networks!{'ABCDE'[column]}3"


def test_meta_must_agree() -> None:
    rows = {"meta": [["name", "value"], ["site", "ZZ"], ["drop", "26"]], **hosts_only(ROW)}
    done = run_job(rows, {"hosts.yaml": HOSTS_YAML})
    assert at(done, "YG-W06") == ["meta!B2"]
