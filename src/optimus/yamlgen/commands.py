"""The engine without a server: what the command line calls. Paths and names in, results out; nothing is printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from optimus.yamlgen import child
from optimus.yamlgen.errors import PackRefused, RequestRefused
from optimus.yamlgen.issues import Issue, issue_from_json
from optimus.yamlgen.limits import DEFAULTS, Limits
from optimus.yamlgen.outputs.example import Example
from optimus.yamlgen.outputs.example import example as make_example
from optimus.yamlgen.outputs.report import as_text
from optimus.yamlgen.outputs.reverse import Reversed, ReverseRequest
from optimus.yamlgen.request import Outcome, Request, Upload
from optimus.yamlgen.rules.lint import lint
from optimus.yamlgen.rules.packs import load_rules, with_folders


def generate(
    workbook: Path,
    templates: Sequence[Path],
    *,
    site: str,
    drop: str,
    project: str,
    lock: Path | None = None,
    packs: Sequence[Path] = (),
    out: Path | None = None,
    limits: Limits = DEFAULTS,
) -> Outcome:
    """Run a job; with `out`, write its files there (and the lock, the report, the annotated workbook)."""
    request = _request(workbook, templates, site, drop, project, lock, packs, limits)
    outcome = child.generate(replace(request, annotate=True))
    if out is not None:
        _write(outcome, out)
    return outcome


def check(
    workbook: Path,
    templates: Sequence[Path],
    *,
    site: str,
    drop: str,
    project: str = "check",
    lock: Path | None = None,
    packs: Sequence[Path] = (),
    limits: Limits = DEFAULTS,
) -> Outcome:
    """A dry run: issues, diffs and the line -> cell map; nothing is written."""
    request = _request(workbook, templates, site, drop, project, lock, packs, limits)
    return child.generate(replace(request, preview=True))


def example(*, site: str, drop: str, packs: Sequence[Path] = (), out: Path | None = None) -> Example:
    """The example workbook and templates of a drop and site."""
    found = make_example(load_rules(with_folders(packs), drop, site))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "example.xlsx").write_bytes(found.workbook)
        for name, data in found.templates.items():
            (out / name).write_bytes(data)
    return found


def reverse(
    files: Sequence[Path], *, site: str, drop: str, packs: Sequence[Path] = (), limits: Limits = DEFAULTS
) -> Reversed:
    """YAML files -> a workbook which, with the files as templates, gives the same files again."""
    return reverse_uploads([_upload(path) for path in files], site=site, drop=drop, packs=packs, limits=limits)


def reverse_uploads(
    files: Sequence[Upload], *, site: str, drop: str, packs: Sequence[Path] = (), limits: Limits = DEFAULTS
) -> Reversed:
    try:
        head, blobs = child.call("reverse", ReverseRequest(site, drop, files, packs, limits), limits)
    except child.Died as end:
        raise RequestRefused("The files need more time or memory than a job may have.") from end
    issues: list[Issue] = [issue_from_json(one) for one in head["issues"]]
    templates = {name.removeprefix("template/"): data for name, data in blobs.items() if name != "workbook"}
    return Reversed(blobs["workbook"], templates, issues)


@dataclass
class PackFinding:
    """One thing that lint or test found; `problem` is empty where all is well."""

    pack: str
    problem: str = ""
    details: list[str] = field(default_factory=list)


def pack_lint(packs: Sequence[Path] = ()) -> list[PackFinding]:
    """Check every installed drop with every site: schema, names of columns, derived values and files."""
    folder = with_folders(packs)
    found: list[PackFinding] = []
    for drop in folder.drops():
        for site in folder.sites():
            try:
                problems = lint(load_rules(folder, drop, site))
            except PackRefused as refused:
                problems = [refused.message, *(f"{one.field}: {one.message}" for one in refused.errors)]
            found.append(PackFinding(f"{drop}+{site}", problems[0] if problems else "", problems))
    return found


def pack_test(packs: Sequence[Path] = ()) -> list[PackFinding]:
    """Run the example of every drop and site; an error in it is a finding."""
    folder = with_folders(packs)
    found: list[PackFinding] = []
    for drop in folder.drops():
        for site in folder.sites():
            try:
                one = make_example(load_rules(folder, drop, site))
                uploads = [Upload(name, data) for name, data in one.templates.items()]
                book = Upload("example.xlsx", one.workbook)
                outcome = child.generate(Request(site, drop, "example", book, uploads, pack_folders=packs))
            except PackRefused as refused:
                found.append(PackFinding(f"{drop}+{site}", refused.message))
                continue
            lines = as_text(outcome.report["issues"]).split("\n") if outcome.issues else []
            found.append(PackFinding(f"{drop}+{site}", "" if outcome.ok else "the example fails", lines))
    return found


def pack_show(*, site: str, drop: str, packs: Sequence[Path] = ()) -> Mapping[str, Any]:
    """The merged rules, with the pack that each key came from."""
    rules = load_rules(with_folders(packs), drop, site)
    return {
        "name": rules.pack.name,
        "drop": rules.drop,
        "site": rules.site,
        "packs": list(rules.chain),
        "rules": rules.pack.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "origin": dict(sorted(rules.origin.items())),
    }


def _upload(path: Path) -> Upload:
    return Upload(path.name, path.read_bytes())


def _request(
    workbook: Path,
    templates: Sequence[Path],
    site: str,
    drop: str,
    project: str,
    lock: Path | None,
    packs: Sequence[Path],
    limits: Limits,
) -> Request:
    uploads = [_upload(path) for path in templates]
    held = lock.read_bytes() if lock is not None and lock.exists() else None
    book = _upload(workbook)
    return Request(site, drop, project, book, uploads, lock=held, pack_folders=tuple(packs), limits=limits)


def _write(outcome: Outcome, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, data in outcome.files.items():
        (out / name).write_bytes(data)
    if outcome.lock:
        (out / "allocations.yaml").write_bytes(outcome.lock)
    if outcome.annotated:
        (out / "annotated.xlsx").write_bytes(outcome.annotated)
