"""P1-P8: what holds for any workbook and template."""

import contextlib
import random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from tests.unit.yamlgen.books import (
    HOSTS,
    HOSTS_YAML,
    NETWORKS,
    book,
    codes,
    example_rows,
    example_templates,
    hosts_only,
    run_job,
)  # fmt: skip
from tests.unit.yamlgen.test_example import three_mistakes

from optimus.errors import OptimusError
from optimus.yamlgen.engine import run
from optimus.yamlgen.ooxml.book import read
from optimus.yamlgen.outputs.report import as_text
from optimus.yamlgen.outputs.reverse import ReverseRequest, reverse_here
from optimus.yamlgen.request import Request, Upload
from optimus.yamlgen.yamltext.emit import Writer
from optimus.yamlgen.yamltext.quote import double_quoted, in_style, quote, single_quoted

FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
MANY = settings(max_examples=40, deadline=None, derandomize=True)
TRAPS = ["on", "off", "yes", "No", "012", "0o14", "12:34:56", "10:20:30:40:50:59", "1e3", "12e3", "1E5", "+1e5", "1.e3",
         "1_000", "1.10", "2026-01-01", "=", "<<", "~", "", " ", "- a",
         "a: b", "a #b", "#a", "!!str x", "&a", "*a", "|",
         ">", "%a", "@a", "`a", "{a", "[a", "null", ".inf", ".NaN", "0x1F", "0b1", "1:30", "true", "a\nb",
         "a\tb", "\u2028",
         "\u0085", "\ufeff", "日本", "it's", 'say "x"', "\\", "a:", ":a", "-", "?", "--- a", "...", "0",
         "-1", "1.", "y", "N",
         "190:20:30", "1,000", "\U0001f600", "a  b", "00", "0.", "08", "0_", "1__0", "\x7f", "\x01"]  # fmt: skip
texts = st.one_of(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.sampled_from(TRAPS))
words = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True)


def read_1_2(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def read_1_1(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)


# P5: a text comes back as itself from readers of both versions, in a block and in a flow.
@MANY
@given(texts)
def test_p5_any_text_is_read_alike(text: str) -> None:
    for written in (quote(text), double_quoted(text), in_style(text, "'"), in_style(text, '"')):
        assert read_1_1(f"k: {written}\n") == {"k": text}
        assert read_1_2(f"k: {written}\n") == {"k": text}
    flow = f"{{k: {quote(text, flow=True)}, l: [{quote(text, flow=True)}]}}\n"
    assert read_1_1(flow) == {"k": text, "l": [text]}
    assert read_1_2(flow) == {"k": text, "l": [text]}


@pytest.mark.parametrize("text", TRAPS)
def test_p5_traps(text: str) -> None:
    written = f"- {quote(text)}\n"
    assert read_1_1(written) == [text]
    assert read_1_2(written) == [text]


@MANY
@given(texts)
def test_p5_inserted_keys_and_values(text: str) -> None:
    writer = Writer("\n", 2)
    writer.pair("key", [{"a": (text, None), "b": (True, None)}], 0)
    assert read_1_1(writer.text) == {"key": [{"a": text, "b": True}]}
    assert read_1_2(writer.text) == {"key": [{"a": text, "b": True}]}


def test_single_quotes_hold_quotes() -> None:
    assert single_quoted("a'b") == "'a''b'"


@st.composite
def sites(draw: st.DrawFn) -> dict[str, bytes]:
    """Four files as a site may have them: comments, quoting styles, odd blanks, CRLF."""
    names = draw(st.lists(words, min_size=1, max_size=5, unique=True))
    modules = draw(st.lists(st.sampled_from(["gz1", "gz2", "gz10"]), max_size=2, unique=True))
    comment = draw(st.sampled_from(["", "  # note", " # 注"]))
    quoted = draw(st.sampled_from(["{}", "'{}'", '"{}"']))
    lines = ["# header", "---", "physicalHosts:"]
    for number, name in enumerate(names, 1):
        profile = draw(st.sampled_from(["controller", *(f"compute_{module}" for module in modules)]))
        lines += [f"  - hostname: {quoted.format(name)}{comment}", f"    hostProfile: {profile}",
                  f"    id: 5b0d6a52-0000-4000-8000-{number:012d}", "    oobm:",
                  f"      oobmAddress: 2001:DB8:0::{number}", "      oobmPassword: vault:x", "",
                  f"      oobmExtra: {{slot: {quoted.format(f'{number:03d}')}, on: true}}"]  # fmt: skip
    lines += ["virtualHosts: []", ""]
    networks = ["networks:", "- name: lcm_ctrl_sp", "  segmentationId: 100", "  taggedVlan: yes", "  subnets:",
                "  - name: lcm-ipv6", "    cidr: 2001:db8:a::/64", "    ipAllocations:"]  # fmt: skip
    networks += [
        f"    - {{hostname: {name}, ipAddress: '2001:db8:a::{number}'}}" for number, name in enumerate(names, 17)
    ]
    networks += [f"- {{name: sdnc_vtep_sp_{module}, segmentationId: {at}, taggedVlan: true, subnets: []}}"
                 for at, module in enumerate(modules, 1101)]  # fmt: skip
    profiles = ["hostProfiles:", "  - name: controller", "    interfaceAssignment: controller"]
    profiles += [f"  - {{name: compute_{module}, interfaceAssignment: controller}}" for module in modules]
    schemes = ["networkSchemes:", "- name: control", "  interfaceList: []", "interfaceAssignments:",
               "- name: controller", "  networkScheme: [control]", "  routes: []"]  # fmt: skip
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    end = draw(st.sampled_from(["", newline]))
    files = zip(("hosts.yaml", "networks.yaml", "host_profile.yaml", "interface_assignment.yaml"),
                (lines, networks, profiles, schemes), strict=True)  # fmt: skip
    return {name: (newline.join(content) + end).encode() for name, content in files}


def reversed_job(files: dict[str, bytes], drop: str = "drop26") -> tuple[Request, bytes]:
    uploads = [Upload(name, data) for name, data in files.items()]
    back = reverse_here(ReverseRequest("GZ", drop, uploads))
    return Request("GZ", drop, "demo", Upload("r.xlsx", back.workbook), uploads), back.workbook


@FEW
@given(sites())
def test_p1_reverse_and_fill_gives_the_same_bytes(files: dict[str, bytes]) -> None:
    request, _ = reversed_job(files)
    done = run(request)
    assert done.ok, as_text(done.report["issues"])
    assert done.files == files


def test_p1_on_the_example() -> None:
    files = run_job(example_rows(), example_templates()).files
    for drop in ("drop22", "drop26", "drop28"):
        request, _ = reversed_job(files, drop)
        assert run(request).files == files


def test_p2_reverse_reads_back_the_mapped_columns() -> None:
    files = run_job(example_rows(), example_templates()).files
    _, workbook = reversed_job(files)
    sheets = {sheet.name: sheet for sheet in read(workbook).sheets}
    rows = sheets["hosts"].rows
    header = {str(text).rpartition(" ")[2].rpartition(".")[2]: column for column, text in rows[1].items()}
    wanted = example_rows()["hosts"]
    for row, given_row in enumerate(wanted[1:], 2):
        for column, title in enumerate(wanted[0]):
            name = title.rpartition(" ")[2]
            if name in {"hostname", "kind", "bmc_ip", "bmc_secret", "ipAddr", "slot"} and given_row[column]:
                assert rows[row][header[name]] == given_row[column], (row, name)


@st.composite
def workbooks(draw: st.DrawFn) -> dict[str, list[list[Any]]]:
    """Rows for the example's templates: any number of hosts in up to three modules."""
    modules = draw(st.lists(st.sampled_from(["GZ模块1", "gz-2", "GZ 10"]), min_size=1, max_size=3, unique=True))
    count = draw(st.integers(1, 6))
    hosts: list[list[Any]] = [[*HOSTS, "slot"]]
    for number in range(1, count + 1):
        slot = draw(st.sampled_from(["", "-", "007", "on", "a b", "12:30", "it's"]))
        hosts.append([f"gz-cmp-{number:03d}", "physicalHosts", "compute", draw(st.sampled_from(modules)),
                      f"2001:db8:b::{number:x}", draw(st.sampled_from(["", "ops"])), f"vault:{number}",
                      f"2001:db8:a::{number:x}", slot])  # fmt: skip
    networks: list[list[Any]] = [[*NETWORKS, "destination1", "nexthop1"]]
    networks.append(["lcm_ctrl_sp", "-", "-", "2001:db8:a::/64", "2001:db8:a::100-2001:db8:a::ffff", "", ""])
    for number, module in enumerate(["gz1", "gz2", "gz10"], 1):
        networks.append([f"sdnc_vtep_sp_{module}", 1100 + number, "yes", f"2001:db8:{number}::/64",
                         f"2001:db8:{number}::20-2001:db8:{number}::fffe", "2001:db8:f1::/48",
                         f"2001:db8:{number}::1"])  # fmt: skip
    return {"hosts": hosts, "networks": networks}


@FEW
@given(workbooks())
def test_p2_what_was_filled_reads_back_for_any_rows(rows: dict[str, list[list[Any]]]) -> None:
    files = run_job(rows, example_templates()).files
    _, workbook = reversed_job(files)
    back = next(sheet for sheet in read(workbook).sheets if sheet.name == "hosts").rows
    column = {str(text).rpartition(" ")[2].rpartition(".")[2]: at for at, text in back[1].items()}
    found = {cells[column["hostname"]]: cells for row, cells in back.items() if row > 1}
    head = rows["hosts"][0]
    for row in rows["hosts"][1:]:
        given_row = dict(zip(head, row, strict=True))
        for name in ("kind", "bmc_ip", "bmc_username", "bmc_secret", "ipAddr", "slot"):
            if given_row[name] not in {"", "-"}:  # those keep what the template says
                assert found[given_row["hostname"]][column[name]] == given_row[name], (row, name)


MISTAKES = {
    # column of hosts -> values that cannot be right there
    "kind": ["", "physical", "hosts"],
    "deploy_module": ["", "模块", "1-gz"],
    "bmc_ip": ["2001:db8:b::zz", "2001:db8:b::1 /64", "2001:db8:b::1", "300.1.1.1"],
    "ipAddr": ["2001:db8:a::", "2001:db8:bad::1", "x"],
    "hostname": ["", "gz cmp", "-x", "gz-cmp-001"],
}


@FEW
@given(workbooks(), st.data())
def test_p7_every_error_has_a_cell_and_mending_those_is_enough(rows: dict[str, list[list[Any]]], data: Any) -> None:
    """Any number of mistakes: mending the cells that were named, and nothing else, is enough."""
    head = rows["hosts"][0]
    broken = {name: [list(row) for row in found] for name, found in rows.items()}
    for row in broken["hosts"][1:]:
        for name in data.draw(st.sets(st.sampled_from(sorted(MISTAKES)), max_size=2)):
            row[head.index(name)] = data.draw(st.sampled_from(MISTAKES[name]))
    found = [one for one in run_job(broken, example_templates()).issues if one.level == "error"]
    for one in found:
        assert one.where is not None, one
        assert one.where.cell, one
        for place in (one.where.cell, *one.related):  # of two that clash either may be the wrong one
            sheet, _, cell = place.partition("!")
            if cell:
                at, column = int(cell[1:]) - 1, ord(cell[0]) - 65
                broken[sheet][at][column] = rows[sheet][at][column]
    mended = run_job(broken, example_templates())
    assert mended.ok, as_text(mended.report["issues"])


def without_marks() -> dict[str, bytes]:
    """The example's templates with patterns that are kept."""
    files = {name: data.replace(b"  # optimus: pattern\n", b"") for name, data in example_templates().items()}
    files["hosts.yaml"] = files["hosts.yaml"].replace(b"  # optimus: pattern (removed from the output)\n", b"")
    files["networks.yaml"] = files["networks.yaml"].replace(b'cidr: ""', b"cidr: 2001:db8:ff::/64").replace(
        b'          - ""\n', b"          - 2001:db8:ff::1-2001:db8:ff::9\n")  # fmt: skip
    return files


@FEW
@given(workbooks())
def test_p3_a_second_run_changes_nothing(rows: dict[str, list[list[Any]]]) -> None:
    for templates in (example_templates(), without_marks()):
        first = run_job(rows, templates)
        assert first.files, as_text(first.report["issues"])
        second = run_job(rows, first.files)
        assert second.files == first.files


@FEW
@given(workbooks(), st.randoms(use_true_random=False))
def test_p4_row_order_changes_only_the_order_of_items(rows: dict[str, list[list[Any]]], chance: random.Random) -> None:
    shuffled = {name: [found[0], *chance.sample(found[1:], len(found) - 1)] for name, found in rows.items()}
    first, second = run_job(rows, example_templates()), run_job(shuffled, example_templates())
    for name in first.files:
        assert _sorted(read_1_1(first.files[name].decode())) == _sorted(read_1_1(second.files[name].decode()))


def _sorted(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _sorted(value) for key, value in data.items()}
    if isinstance(data, list):
        return sorted((_sorted(value) for value in data), key=repr)
    return data


@FEW
@given(workbooks())
def test_outputs_read_alike_in_both_versions(rows: dict[str, list[list[Any]]]) -> None:
    for data in run_job(rows, example_templates()).files.values():
        assert read_1_1(data.decode()) == read_1_2(data.decode())


@FEW
@given(sites(), st.sampled_from(["192.0.2.77", "192.0.2.78"]))
def test_p6_bytes_outside_the_edits_are_the_templates(files: dict[str, bytes], address: str) -> None:
    name = next(iter(read_1_1(files["hosts.yaml"].decode())["physicalHosts"]))["hostname"]
    old = files["hosts.yaml"]
    done = run_job(hosts_only([name, "physicalHosts", "controller", "", address]), {"hosts.yaml": old})
    at = old.index(b"2001:DB8:0::1")
    assert done.files["hosts.yaml"] == old[:at] + address.encode() + old[at + len(b"2001:DB8:0::1") :]


def test_p7_every_error_has_a_cell_and_fixing_all_gives_success() -> None:
    rows, good = three_mistakes(), example_rows()
    done = run_job(rows, example_templates())
    for one in done.issues:
        if one.level == "error":
            assert one.where is not None
            sheet, _, cell = one.where.cell.partition("!")
            column, row = ord(cell[0]) - 65, int(cell[1:]) - 1
            rows[sheet][row][column] = good[sheet][row][column]
    assert run_job(rows, example_templates()).ok


# P8: nothing but our own refusals leaves the engine, whatever the upload is.
@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.binary(max_size=400), st.integers(0, 3))
def test_p8_any_bytes(data: bytes, where: int) -> None:
    good = book(hosts_only(["a1", "physicalHosts", "controller"]))
    workbook = [data, b"PK\x03\x04" + data, good[:-60] + data, good][where]
    template = data if where == 3 else HOSTS_YAML
    with contextlib.suppress(OptimusError):
        run(Request("GZ", "26", "x", Upload("a.xlsx", workbook), [Upload("hosts.yaml", template)]))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.text(alphabet="ab:-[]{}&*!|>'\"#? \n\t,%@<=0", max_size=60), st.booleans())
def test_p8_any_template(text: str, jinja: bool) -> None:
    name = "hosts.yaml.j2" if jinja else "hosts.yaml"
    head = "physicalHosts:\n  - hostname: a1\n    x: " if not jinja else "{{ hosts }}"
    for source in (text, head + text):
        workbook = Upload("a.xlsx", book(hosts_only(["a1", "physicalHosts", "controller", "", "192.0.2.9"])))
        run(Request("GZ", "26", "x", workbook, [Upload(name, source.encode())]))


@FEW
@given(
    st.lists(
        st.lists(st.one_of(texts, st.integers(), st.floats(allow_nan=False, allow_infinity=False)), max_size=8),
        max_size=6,
    )
)
def test_p8_any_cells(rows: list[list[Any]]) -> None:
    safe = [[cell if not isinstance(cell, str) else cell.replace("\x00", "")[:100] for cell in row] for row in rows]
    done = run_job(hosts_only(*safe), {"hosts.yaml": HOSTS_YAML})
    assert isinstance(codes(done), list)
