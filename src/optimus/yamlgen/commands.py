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
from optimus.yamlgen.outputs.report import as_html, as_markdown, as_text
from optimus.yamlgen.outputs.reverse import Reversed, ReverseRequest
from optimus.yamlgen.request import FILES, JINJA, Outcome, Request, Upload
from optimus.yamlgen.rules.lint import lint
from optimus.yamlgen.rules.packs import load_rules, with_folders

LOCK = "allocations.yaml"


@dataclass(frozen=True)
class Inputs:
    """A job's files on this machine. `lock` need not exist yet."""

    workbook: Path
    templates: Sequence[Path]
    site: str
    drop: str
    project: str
    lock: Path | None = None
    rules: Path | None = None
    inventory: Path | None = None
    packs: Sequence[Path] = ()
    limits: Limits = DEFAULTS


def generate(inputs: Inputs, *, out: Path | None = None) -> Outcome:
    """Run a job; with `out`, write there what it made, and in any case its report and the annotated workbook.

    Without a lock of its own, `out` keeps it, so that a rerun gives out the same addresses.
    """
    lock = inputs.lock or (out / LOCK if out else None)
    outcome = child.generate(replace(_request(replace(inputs, lock=lock)), annotate=True))
    if out is not None:
        _write(outcome, out)
        if outcome.lock and inputs.lock:
            inputs.lock.write_bytes(outcome.lock)
    return outcome


def check(inputs: Inputs) -> Outcome:
    """A dry run: issues, diffs and the line -> cell map; nothing is written."""
    return child.generate(replace(_request(inputs), preview=True))


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


def templates_in(folder: Path) -> list[Path]:
    """The template files of a folder, by their names; every other file is left alone."""
    found = [folder / f"{name}{end}" for name in FILES for end in ("", JINJA)]
    return [path for path in found if path.is_file()]


def _upload(path: Path) -> Upload:
    try:
        return Upload(path.name, path.read_bytes())
    except OSError as error:
        raise RequestRefused(f"{path} cannot be read: {error.strerror}.") from error


def _request(inputs: Inputs) -> Request:
    held = inputs.lock.read_bytes() if inputs.lock is not None and inputs.lock.exists() else None
    return Request(
        inputs.site,
        inputs.drop,
        inputs.project,
        _upload(inputs.workbook),
        [_upload(path) for path in inputs.templates],
        lock=held,
        inventory=_upload(inputs.inventory) if inputs.inventory else (),
        rules=_upload(inputs.rules) if inputs.rules else None,
        pack_folders=tuple(inputs.packs),
        limits=inputs.limits,
    )


def _write(outcome: Outcome, out: Path) -> None:
    """What an earlier run left is replaced, and taken away where this one made nothing: no file is of another run."""
    found: dict[str, bytes] = {name: outcome.files.get(name, b"") for name in FILES}
    found |= {f"diff/{name}.diff": text.encode() for name, text in outcome.diffs.items()}
    found |= {"result.zip": outcome.archive, "annotated.xlsx": outcome.annotated if outcome.issues else b""}
    found |= {"report.md": as_markdown(outcome.report).encode(), "report.html": as_html(outcome.report).encode()}
    if outcome.lock:
        found[LOCK] = outcome.lock
    for name, data in found.items():
        path = out / name
        if data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        else:
            path.unlink(missing_ok=True)
