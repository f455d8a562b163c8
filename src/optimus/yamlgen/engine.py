"""One job from start to end, in this process: read, bind, derive, fill, verify, check, pack.

Faults of the request raise; faults of content are collected, and the job goes on as far as it makes sense.
"""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from optimus.yamlgen.allocate import allocate, write_lock
from optimus.yamlgen.binding.bind import bind
from optimus.yamlgen.binding.records import Tables
from optimus.yamlgen.cells import Book
from optimus.yamlgen.checks.run import check_outputs, check_records
from optimus.yamlgen.derive import InventoryRow, derive, filler
from optimus.yamlgen.errors import PackRefused
from optimus.yamlgen.fill.edits import Assembled
from optimus.yamlgen.fill.fill import Filled, fill
from optimus.yamlgen.inventory import read_inventory
from optimus.yamlgen.issues import Issues
from optimus.yamlgen.locate import locate
from optimus.yamlgen.meta import check_meta, check_request
from optimus.yamlgen.ooxml.book import read
from optimus.yamlgen.outputs.deliver import deliver
from optimus.yamlgen.request import Outcome, Request, Upload
from optimus.yamlgen.rules.packs import Rules, load_rules, read_rules, with_folders
from optimus.yamlgen.templates import Template, extra_keys, load_templates
from optimus.yamlgen.verify import Output, verify
from optimus.yamlgen.yamltext.emit import Source

Stage = Callable[[str], None]


@dataclass
class Job:
    """What is known while a job runs."""

    request: Request
    rules: Rules
    issues: Issues
    templates: dict[str, Template]
    tables: Tables = field(default_factory=dict)
    filled: dict[str, Filled] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    free: dict[str, int] = field(default_factory=dict)


@contextmanager
def collector_off() -> Iterator[None]:
    """Node graphs hold no garbage, but the collector walks them again and again: five times the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def run(request: Request, stage: Stage = lambda _: None) -> Outcome:
    with collector_off():
        job, book = prepare(request, stage)
        if not request.annotate:
            book.sheets.clear()  # the records hold what is needed
        work(job, stage)
        stage("pack")
        return deliver(job, book)


def prepare(request: Request, stage: Stage = lambda _: None) -> tuple[Job, Book]:
    """Check the request, read its files, bind the workbook."""
    stage("read")
    rules = load_rules(with_folders(request.pack_folders), request.drop, request.site, _project_rules(request))
    check_request(request)
    issues = Issues(request.limits)
    book = read(request.workbook.data, request.limits)
    templates = load_templates(request.templates, rules.pack, request.limits, issues)
    job = Job(request, rules, issues, templates)
    job.words = {"site": rules.site, "project": request.project, "drop": rules.drop, "cee": rules.drop}
    stage("bind")
    site = rules.pack.site
    blanks = filler(_machines(request, rules), {"bmc_username": site.bmc_username, "bmc_type": site.bmc_type})
    job.tables = bind(book, rules.pack, extra_keys(job.templates, rules.pack), issues, {"hosts": blanks})
    return job, book


def _project_rules(request: Request) -> Mapping[str, Any] | None:
    given = request.rules
    return read_rules(given.data) if isinstance(given, Upload) else given


def _machines(request: Request, rules: Rules) -> Sequence[InventoryRow]:
    """The job's own inventory, or else the site's."""
    given = request.inventory
    if not isinstance(given, Upload):
        if given or rules.inventory is None:
            return given
        try:
            given = Upload(rules.inventory.name, rules.inventory.read_bytes())
        except OSError as error:
            raise PackRefused(f"The inventory {rules.inventory.name} of {rules.site} cannot be read.") from error
    return read_inventory(given, request.limits)


def work(job: Job, stage: Stage) -> None:
    """Everything between the bound tables and the results."""
    pack, issues = job.rules.pack, job.issues
    check_meta(job.tables, job.words, issues)
    derive(job.tables, pack, job.words, issues)
    stage("check")
    lock = allocate(job.tables, pack, job.templates, job.request.lock, issues)
    job.free = lock.free
    check_records(job.tables, pack, job.templates, issues)
    _make(job, stage)
    stage("verify")
    job.outputs = {
        name: verify(name, job.filled[name].done, template, job.request.limits, issues)
        for name, template in job.templates.items()
        if name in job.filled
    }
    check_outputs(job.outputs, job.tables, pack, issues)
    locate(job.filled, job.outputs, job.tables, issues)
    job.words["lock"] = write_lock(lock, job.words)


def _make(job: Job, stage: Stage) -> None:
    for name, template in job.templates.items():
        stage(f"render {name}" if template.jinja else f"fill {name}")
        if not template.usable:
            continue
        if template.jinja:
            from optimus.yamlgen.render import render  # noqa: PLC0415 - most jobs have no Jinja2 template

            made = render(template, job.tables, job.words, job.rules.pack, job.request.limits, job.issues)
            if made is not None:
                job.filled[name] = Filled(_rendered(made.text, made.marks))
        else:
            job.filled[name] = fill(
                template.document, job.rules.pack.files.get(name, {}), job.tables, job.words, job.issues
            )


def _rendered(text: str, marks: dict[int, Source]) -> Assembled:
    """A rendered file: all of it was written by this job."""
    done = Assembled()
    done.text, done.marks = text, marks
    done.written = [(0, len(text) + 1)]
    return done
