"""Uploads that are wrong or mean harm: each is stopped by a named limit, with a message that says which."""

import zipfile
from io import BytesIO

import pytest
from tests.unit.yamlgen.books import (
    HOSTS_YAML,
    at,
    book,
    codes,
    example_rows,
    example_templates,
    hosts_only,
    run_job,
    xlsx,
)

from optimus.errors import OptimusError
from optimus.yamlgen import child
from optimus.yamlgen.engine import run
from optimus.yamlgen.errors import NotAWorkbook, RequestRefused, UploadTooLarge
from optimus.yamlgen.limits import Limits
from optimus.yamlgen.ooxml.book import read
from optimus.yamlgen.request import Outcome, Request, Upload

GOOD = hosts_only(["a1", "physicalHosts", "controller"])


def sheet(cells: str) -> str:
    return f"<worksheet><sheetData>{cells}</sheetData></worksheet>"


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old .xls"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "HTML"),
        (b"hostname;kind\na;b\n", "CSV"),
        (b"", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04 and then nothing", "damaged"),
    ],
)
def test_what_is_no_workbook_is_named(data: bytes, named: str) -> None:
    with pytest.raises(NotAWorkbook, match=named):
        read(data)


def test_open_document_is_named() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    with pytest.raises(NotAWorkbook, match="OpenDocument"):
        read(out.getvalue())


def test_a_sheet_of_blanks_is_stopped_while_it_unfolds() -> None:
    bomb = xlsx(sheet("") + " " * 30_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(UploadTooLarge, match="times"):
        read(bomb)
    with pytest.raises(UploadTooLarge, match="MiB"):
        read(bomb, Limits(inflate_ratio=10**9, part_bytes=2**20))


def test_one_huge_cell_is_stopped() -> None:
    text = "".join(chr(97 + at * at % 26) for at in range(40_000))
    with pytest.raises(UploadTooLarge, match="32,767 characters"):
        read(xlsx(sheet(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>')))


@pytest.mark.parametrize(("row", "ref"), [(1048576, "XFD1048576"), (20001, "A20001"), (1, "GS1")])
def test_a_far_cell_is_refused_with_its_address(row: int, ref: str) -> None:
    with pytest.raises(UploadTooLarge, match=ref):
        read(xlsx(sheet(f'<row r="{row}"><c r="{ref}"><v>1</v></c></row>')))


def test_a_wrong_dimension_is_ignored() -> None:
    found = read(
        xlsx(
            '<worksheet><dimension ref="A1"/><sheetData><row r="3"><c r="C3"><v>7</v></c></row></sheetData></worksheet>'
        )
    )
    assert list(found.sheets[0].rows) == [3]


def test_a_document_type_is_refused() -> None:
    entity = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with pytest.raises(NotAWorkbook, match="DOCTYPE"):
        read(xlsx(entity + sheet("")))


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "xl/../../evil", "C:/evil"])
def test_paths_out_of_the_archive_are_refused(name: str) -> None:
    with pytest.raises(NotAWorkbook, match="path"):
        read(xlsx(sheet(""), **{name: "x"}))


def test_too_many_parts_are_refused() -> None:
    with pytest.raises(UploadTooLarge, match="parts"):
        read(xlsx(sheet(""), **{f"p{number}": "" for number in range(2001)}))


def test_a_part_with_a_password_is_named() -> None:
    data = bytearray(xlsx(sheet("")))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature)
        data[at + flags] |= 1
    with pytest.raises(NotAWorkbook, match="encrypted: remove its password"):
        read(bytes(data))


def test_parts_that_are_large_together_are_stopped() -> None:
    book_with_parts = book({f"s{number}": [[str(number) * 30_000]] for number in range(4)})
    assert read(book_with_parts).sheets
    with pytest.raises(UploadTooLarge, match="unfolds to more than"):
        read(book_with_parts, Limits(total_bytes=60_000))


def test_many_cells_are_stopped() -> None:
    with pytest.raises(UploadTooLarge, match="more than 20 cells"):
        read(book({"hosts": [[f"c{at}" for at in range(7)] for _ in range(3)]}), Limits(cells=20))


def test_a_large_upload_is_refused() -> None:
    with pytest.raises(UploadTooLarge, match="larger"):
        read(bytes(1000), Limits(upload_bytes=999))


def test_rows_twice_and_cells_in_foreign_rows_are_refused() -> None:
    cell = '<row r="1"><c r="A1"><v>1</v></c></row>'
    with pytest.raises(NotAWorkbook, match="twice"):
        read(xlsx(sheet(cell + cell)))
    with pytest.raises(NotAWorkbook, match="not its own"):
        read(xlsx(sheet('<row r="1"><c r="A2"><v>1</v></c></row>')))


def test_macros_are_an_error_and_links_a_warning() -> None:
    data = book(GOOD)
    for part, level in (("xl/vbaProject.bin", "error"), ("xl/externalLinks/externalLink1.xml", "warning")):
        out = BytesIO(data)
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr(part, b"x")
        done = run(Request("GZ", "26", "x", Upload("a.xlsx", out.getvalue()), [Upload("hosts.yaml", HOSTS_YAML)]))
        assert "YG-W08" in codes(done, level)


def template(text: str | bytes, name: str = "hosts.yaml", limits: Limits | None = None) -> Outcome:
    data = text.encode() if isinstance(text, str) else text
    upload = Upload("a.xlsx", book(GOOD))
    return run(Request("GZ", "26", "x", upload, [Upload(name, data)], limits=limits or Limits()))


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("physicalHosts: [", "YG-T01", "line"),
        ("physicalHosts: []\nphysicalHosts: []\n", "YG-T02", "line 1 and in line 2"),
        ("networks: []\n", "YG-T03", "networks.yaml"),
        ("- a\n", "YG-T03", "map"),
        ("physicalHosts: []\nx: !!python/object/apply:os.system [id]\n", "YG-T06", "python"),
        ("physicalHosts: " + "[" * 60 + "]" * 60, "YG-T01", "50 levels"),
        ("physicalHosts: []\n---\na: 1\n", "YG-T01", "one YAML document"),
        ("", "YG-T01", "nothing"),
        ("physicalHosts: []\nx: &a [*a]\n", "YG-T01", "stands in"),
        ("physicalHosts: []\nx: a\u202eb\n", "YG-T01", "U+202E"),
        (b"physicalHosts: []\nx: \xb2\xe2\xca\xd4\n", "YG-T01", "GB18030"),
        (b"physicalHosts: []\nx: \xff\n", "YG-T01", "neither UTF-8"),
        ("physicalHosts:\n  - hostname: {{ x }}\n", "YG-T01", "Jinja"),
        ('physicalHosts:\n  - hostname: "{{ x }}"\n', "YG-T05", "Jinja"),
    ],
)
def test_templates_that_are_wrong(text: str | bytes, code: str, said: str) -> None:
    done = template(text)
    assert not done.ok
    assert code in codes(done)
    assert any(said in one.message + one.hint for one in done.issues if one.code == code)


def test_an_alias_bomb_is_counted_before_it_unfolds() -> None:
    lines = ["physicalHosts: []", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 9)]
    assert "YG-T01" in codes(template("\n".join(lines)))


def test_too_many_events_and_aliases() -> None:
    assert "YG-T01" in codes(template("physicalHosts: []\nx: [1, 2, 3, 4]\n", limits=Limits(yaml_events=8)))
    many = "physicalHosts: []\na: &a 1\nb: [" + ", ".join(["*a"] * 20) + "]\n"
    assert "YG-T01" in codes(template(many, limits=Limits(yaml_aliases=10)))
    with pytest.raises(UploadTooLarge):
        template("physicalHosts: []\n" * 100, limits=Limits(yaml_bytes=100))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ ''.__class__.__mro__ }}", "YG-T05"),
        ("{{ hosts.append(1) }}", "YG-T05"),
        ("{{ missing }}", "YG-T05"),
        ("{% include 'x' %}", "YG-T05"),
        ("{{ hosts|tojson }}", "YG-T05"),
        ("{% for x in range(99999) %}{% endfor %}", "YG-T05"),
        ("{% if %}", "YG-T05"),
        ("{{ cycler }}", "YG-T05"),
        ("{% for x in range(20000) %}0123456789{% endfor %}", "YG-T08"),
        ("{% for x in range(20000) %}{% for y in range(20000) %}{% endfor %}{% endfor %}", "YG-T08"),
        ("physicalHosts: [\n{{ 1 }}", "YG-T09"),
    ],
)
def test_jinja_templates_that_mean_harm(text: str, code: str) -> None:
    limits = Limits(output_characters=100_000, render_seconds=0.5)
    done = template("physicalHosts: []\n" + text, name="hosts.yaml.j2", limits=limits)
    assert code in codes(done)


def test_memory_and_time_end_the_child_not_us() -> None:
    limits = Limits(child_memory_bytes=200 * 2**20, child_cpu_seconds=3, render_seconds=60, child_wall_seconds=20)
    for text in ("{{ 'a' * 10**9 }}", "{{ 10 ** (10 ** 8) }}"):
        upload = Upload("hosts.yaml.j2", f"physicalHosts: []\nx: {text}\n".encode())
        done = child.generate(Request("GZ", "26", "x", Upload("a.xlsx", book(GOOD)), [upload], limits=limits))
        assert codes(done) == ["YG-T08"]
        assert not done.ok


def test_the_child_hands_refusals_on() -> None:
    with pytest.raises(NotAWorkbook, match="HTML"):
        child.generate(Request("GZ", "26", "x", Upload("a.xlsx", b"<html>"), [Upload("hosts.yaml", HOSTS_YAML)]))


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "..", "x" * 65, "a\x00b", "a:b"])
def test_project_names(name: str) -> None:
    with pytest.raises(RequestRefused):
        run(Request("GZ", "26", name, Upload("a.xlsx", book(GOOD)), [Upload("hosts.yaml", HOSTS_YAML)]))


@pytest.mark.parametrize("names", [[], ["other.yaml"], ["hosts.yaml", "hosts.yaml.j2"], ["hosts.yml"]])
def test_template_names(names: list[str]) -> None:
    with pytest.raises(RequestRefused):
        run(Request("GZ", "26", "x", Upload("a.xlsx", book(GOOD)), [Upload(name, HOSTS_YAML) for name in names]))


@pytest.mark.parametrize(("site", "drop"), [("XX", "26"), ("GZ", "27"), ("gz", "26"), ("../GZ", "26")])
def test_unknown_sites_and_drops(site: str, drop: str) -> None:
    with pytest.raises(OptimusError):
        run(Request(site, drop, "x", Upload("a.xlsx", book(GOOD)), [Upload("hosts.yaml", HOSTS_YAML)]))


def test_upload_names_are_reduced_in_the_result() -> None:
    rows, templates = example_rows(), example_templates()
    done = run(Request("GZ", "drop 26", "x", Upload("../../=evil|.xlsx", book(rows)),
                       [Upload(f"c:\\x\\{name}", data) for name, data in templates.items()]))  # fmt: skip
    names = zipfile.ZipFile(BytesIO(done.archive)).namelist()
    assert "upload/workbook.xlsx" in names
    assert "upload/hosts.yaml" in names
    assert names == sorted(names)


def test_secrets_are_masked_everywhere_but_in_the_files() -> None:
    rows, templates = example_rows(), example_templates()
    rows["hosts"][2][6] = "Hunter2-secret"
    templates["hosts.yaml"] = templates["hosts.yaml"].replace(b"vault:gz/gz-cic-01", b"'old-s3cret'")
    done = run_job(rows, templates, preview=True, annotate=True, keep_uploads=False)
    assert b"Hunter2-secret" in done.files["hosts.yaml"]
    annotated = zipfile.ZipFile(BytesIO(done.annotated))
    shown = [str(done.report), str(done.diffs), str(done.preview), *map(str, done.issues)]
    shown += [annotated.read(name).decode() for name in annotated.namelist()]
    archive = zipfile.ZipFile(BytesIO(done.archive))
    shown += [archive.read(name).decode() for name in archive.namelist() if not name.startswith("download/")]
    assert not any("Hunter2-secret" in text or "old-s3cret" in text for text in shown)
    assert at(done, "YG-S02") == ["hosts!G3"]


def test_a_bug_in_the_child_is_told_as_one_without_values() -> None:
    with pytest.raises(child.ChildFailed, match="KeyError") as caught:
        child.call("nosuch-secret", None, Limits())
    assert "nosuch-secret" not in str(caught.value)
