"""The worked example: every sample folder's expected files come out byte for byte."""

import pytest
from tests.unit.yamlgen import books
from tests.unit.yamlgen.books import SAMPLES, at, example_rows, example_templates, run_job

from optimus.yamlgen import child
from optimus.yamlgen.engine import run
from optimus.yamlgen.outputs.report import as_html, as_markdown, as_text

CASES = sorted(path.parent.relative_to(SAMPLES).as_posix() for path in SAMPLES.glob("*/*/expected"))


@pytest.mark.parametrize("case", CASES)
def test_sample_gives_the_expected_bytes(case: str) -> None:
    done = run_job(example_rows(case), example_templates(case), drop=case.partition("/")[0])
    assert done.ok, as_text(done.report["issues"])
    for path in sorted((SAMPLES / case / "expected").iterdir()):
        assert done.files[path.name] == path.read_bytes(), path.name


def three_mistakes() -> dict[str, list[list[str]]]:
    rows = example_rows()
    rows["hosts"][3][4] = "2001:db8:b::101"
    rows["hosts"][4][3] = ""
    rows["networks"][3][3] = "2001:db8:1102:: / 64"
    return rows


def test_three_mistakes_are_told_at_once() -> None:
    done = run_job(three_mistakes(), example_templates())
    assert not done.ok
    assert not done.files
    assert not done.archive
    errors = [one for one in done.issues if one.level == "error"]
    assert [(str(one.code), one.where and one.where.cell) for one in errors] == [
        ("YG-U03", "hosts!E4"),
        ("YG-W06", "hosts!D5"),
        ("YG-N03", "networks!D4"),
    ]
    assert errors[0].related == ("hosts!E3",)
    assert errors[0].template is not None
    assert errors[0].template.path == "physicalHosts[2].oobm.oobmAddress"
    assert "2001:db8:1102::/64" in errors[2].message
    assert errors[2].template is not None
    assert errors[2].template.path == "networks[2].subnets[0].cidr"
    assert at(done, "YG-G01") == ["networks!A4"]
    assert all(one.message_zh and one.message_zh != one.message for one in done.issues)


def test_the_child_gives_what_the_engine_gives() -> None:
    request = books.request(example_rows(), example_templates(), preview=True, annotate=True)
    here, there = run(request), child.generate(request)
    assert there.files == here.files
    assert there.archive == here.archive
    assert there.report == here.report
    assert there.preview == here.preview
    assert there.annotated == here.annotated
    assert there.issues == here.issues or [one.to_json() for one in there.issues] == [
        one.to_json() for one in here.issues
    ]


def test_report_in_three_forms() -> None:
    report = run_job(three_mistakes(), example_templates()).report
    assert "hosts!E4" in as_markdown(report)
    assert "networks!D4" in as_html(report)
    assert "E YG-U03 hosts!E4" in as_text(report["issues"])
    assert "带外地址" in as_text(report["issues"], chinese=True)


def test_diff_names_what_changed() -> None:
    done = run_job(example_rows(), example_templates())
    assert "-      oobmAddress: 2001:db8:b::99" in done.diffs["hosts.yaml"]
    assert "+      oobmAddress: 2001:db8:b::11" in done.diffs["hosts.yaml"]


def test_preview_maps_lines_to_cells() -> None:
    done = run_job(example_rows(), example_templates(), preview=True)
    found = done.preview["hosts.yaml"]
    lines = found["text"].split("\n")
    for line, cell in found["cells"]:
        if cell == "hosts!E3":
            assert lines[line - 1].strip() == "oobmAddress: 2001:db8:b::101"
            break
    else:
        pytest.fail("hosts!E3 is not in the preview")
