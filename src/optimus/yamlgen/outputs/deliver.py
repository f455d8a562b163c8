"""Put a finished job's results together."""

from typing import TYPE_CHECKING, Any

from optimus.yamlgen.cells import Book
from optimus.yamlgen.codes import Level
from optimus.yamlgen.outputs.archive import as_json, manifest, pack
from optimus.yamlgen.outputs.diff import unified
from optimus.yamlgen.outputs.mask import masked
from optimus.yamlgen.outputs.preview import preview
from optimus.yamlgen.outputs.report import as_html, as_markdown
from optimus.yamlgen.request import Outcome
from optimus.yamlgen.templates import Template, plain_name

if TYPE_CHECKING:
    from optimus.yamlgen.engine import Job


def deliver(job: "Job", book: Book) -> Outcome:
    issues = job.issues
    listed = issues.listed()
    counts = {str(level): issues.counts[level] for level in Level}
    outcome = Outcome(ok=not issues.failed, issues=listed, counts=counts)
    texts = {name: _final(output.document.text, output.template) for name, output in job.outputs.items()}
    outcome.diffs = _diffs(job)
    outcome.report = _report(job, outcome, texts)
    if job.request.preview:
        keys = job.rules.pack.secret_keys
        outcome.preview = {name: preview(output, keys) for name, output in job.outputs.items() if output.readable}
    if job.request.annotate:
        from optimus.yamlgen.outputs.annotate import annotate  # noqa: PLC0415 - the writer of workbooks loads slowly

        outcome.annotated = annotate(book, job.tables, listed)
    if outcome.ok:
        outcome.files = {name: text.encode("utf-8") for name, text in texts.items()}
        outcome.lock = job.words["lock"].encode("utf-8")
        outcome.archive = _archive(job, outcome)
    return outcome


def _final(text: str, template: Template) -> str:
    """Take back the line break that was lent to a template without a last one."""
    if template.ended and text.endswith("\n"):
        return text[: -len(template.document.newline)] if text.endswith(template.document.newline) else text[:-1]
    return text


def _diffs(job: "Job") -> dict[str, str]:
    """Against the plain templates, secrets masked. A Jinja2 template is no earlier state of its output."""
    keys = job.rules.pack.secret_keys
    found: dict[str, str] = {}
    for name, output in job.outputs.items():
        if not output.template.jinja and output.readable:
            old, new = masked(output.template.document, keys), masked(output.document, keys)
            found[name] = unified(old, new, f"template/{name}", f"download/{name}")
    return found


def _report(job: "Job", outcome: Outcome, texts: dict[str, str]) -> dict[str, Any]:
    files: dict[str, Any] = {}
    for name, text in texts.items():
        lines = outcome.diffs.get(name, "").split("\n")
        files[name] = {
            "lines": text.count("\n"),
            "added": sum(line.startswith("+") for line in lines) - (1 if len(lines) > 1 else 0),
            "removed": sum(line.startswith("-") for line in lines) - (1 if len(lines) > 1 else 0),
        }
    return {
        "format": "optimus-yamlgen-report/1",
        "ok": outcome.ok,
        "project": job.request.project,
        "site": job.rules.site,
        "drop": job.rules.drop,
        "packs": list(job.rules.chain),
        "locale": job.rules.pack.site.locale,
        "counts": outcome.counts,
        "files": files,
        "free_addresses": dict(sorted(job.free.items())),
        "issues": [each.to_json() for each in outcome.issues],
    }


def _archive(job: "Job", outcome: Outcome) -> bytes:
    files = {f"download/{name}": data for name, data in outcome.files.items()}
    if job.request.keep_uploads:
        files["upload/" + _safe(job.request.workbook.name)] = job.request.workbook.data
        for template in job.templates.values():
            name = plain_name(template.upload.name)[0]
            files[f"upload/{name}{'.j2' if template.upload.name.endswith('.j2') else ''}"] = template.upload.data
    files |= {f"diff/{name}.diff": text.encode("utf-8") for name, text in outcome.diffs.items() if text}
    files["report.json"] = as_json(outcome.report)
    files["report.md"] = as_markdown(outcome.report).encode("utf-8")
    files["report.html"] = as_html(outcome.report).encode("utf-8")
    files["lock/allocations.yaml"] = outcome.lock
    about = {"project": job.request.project, "site": job.rules.site, "drop": job.rules.drop, "packs": job.rules.chain}
    files["manifest.json"] = manifest(files, about)
    return pack(files)


def _safe(name: str) -> str:
    """The workbook's own name, if it is a plain one."""
    base = name.replace("\\", "/").rpartition("/")[2]
    usable = base.lower().endswith(".xlsx") and base.isprintable() and len(base) <= 100 and not base.startswith(".")
    return base if usable and not set(base) & set('<>:"|?*') else "workbook.xlsx"
