"""The generator's calls."""

import base64
from enum import StrEnum
from typing import Annotated, TypeVar

from fastapi import Query
from starlette.requests import Request as HttpRequest

from optimus.errors import FieldError, InvalidRequest, MalformedRequest
from optimus.http.answer import Answer
from optimus.http.call import Call
from optimus.http.inputs import Limit, Offset, OptionalText, one_of
from optimus.http.uploads import Form, UploadedFile
from optimus.yamlgen import catalog, queries, service
from optimus.yamlgen.errors import JobFailed
from optimus.yamlgen.request import Upload
from optimus.yamlgen.schemas import JobIds, ReportFormat

T = TypeVar("T")
Parameter = Annotated[OptionalText, Query()]


class Flag(StrEnum):
    NO = "0"
    YES = "1"


OptionalFlag = Annotated[Annotated[Flag | None, one_of(Flag)], Query()]


def generate(
    call: Call,
    form: Form,
    site: Parameter = None,
    cee_ver: Parameter = None,
    pjt_name: Parameter = None,
    dry_run: OptionalFlag = None,
    uploads: OptionalFlag = None,
) -> Answer:
    """Make YAML files from a workbook (`excel`) and templates (`yaml`, repeated).

    `dry_run=1` only checks: it answers 200 with all issues and a preview of each file, and stores nothing.
    `uploads=0` leaves the uploaded files out of the result. Optional files: `rules`, the project's own rule pack;
    `inventory`, the site's machines as SQLite or CSV.
    """
    wanted = {"site": site, "cee_ver": cee_ver, "pjt_name": pjt_name}
    _need([name for name, value in wanted.items() if value is None])
    workbook, templates = _one(form, "excel"), form.of("yaml")
    _need([name for name, found in (("excel", workbook), ("yaml", templates)) if not found])
    files = service.Files(
        _upload(workbook),
        [_upload(file) for file in templates],
        _upload_if_any(_one(form, "rules")),
        _upload_if_any(_one(form, "inventory")),
        keep=uploads is not Flag.NO,
    )
    request = service.prepare(
        call.services.settings, files, site=site or "", drop=cee_ver or "", project=pjt_name or ""
    )
    if dry_run is Flag.YES:
        return Answer(service.check(call.services, request))
    try:
        done = service.generate(call.services, request, user_name=call.caller.name)
    except JobFailed as failed:
        call.subject = failed.job_id
        raise
    call.subject = done.job_id
    said = f"{done.counts['warning']} warnings" if done.counts["warning"] != 1 else "1 warning"
    beside = {"message": f"The files are made: GET yaml_gen/result downloads them ({said}).", "counts": done.counts}
    return Answer({"id": done.job_id}, beside, code=201)


def history(call: Call, limit: Annotated[Limit, Query()] = None, offset: Annotated[Offset, Query()] = None) -> Answer:
    """The team's jobs, newest first; all, unless `limit` says how many. The body's `code` is 201, as documented."""
    settings = call.services.settings
    lost_before = service.lost_before(settings)
    found, total = queries.items(
        call.connection, zone=settings.zone, lost_before=lost_before, limit=limit, offset=offset or 0
    )
    return Answer(found, {"total": total}, code=201, http_status=200)


def delete_history(call: Call, request: HttpRequest, body: JobIds | None = None) -> Answer:
    """Delete jobs and all that is kept of them: every listed one, or none. `id` in the body or in the query."""
    given = body.id if body else None
    ids = [given] if isinstance(given, str) else list(given or [])
    ids = [one for one in ids or request.query_params.getlist("id") if one.strip()]
    if not ids:
        raise _missing(["id"])
    call.subject = ids[0] if len(ids) == 1 else None
    service.delete(call.services, call.connection, ids)
    return Answer.without_data({"message": f"{len(ids)} deleted, with all that was kept of them."})


def result(call: Call, id: Parameter = None) -> Answer:  # noqa: A002 - the document's name
    """The base64 of a job's zip: generated files, inputs, report, diffs, address lock, checksums."""
    return _file(service.archive(call.services, call.connection, _given("id", id)), f"{id}.zip")


def annotated(call: Call, id: Parameter = None) -> Answer:  # noqa: A002 - the document's name
    """The base64 of the job's workbook once more, bad cells coloured, with notes that say what is wrong."""
    return _file(service.annotated(call.services, call.connection, _given("id", id)), f"{id}-annotated.xlsx")


def report(
    call: Call,
    id: Parameter = None,  # noqa: A002 - the document's name
    format: Annotated[Annotated[ReportFormat | None, one_of(ReportFormat)], Query()] = None,  # noqa: A002
) -> Answer:
    """A job's report: an object (`json`), or a text (`md`, `html`)."""
    kind = format or ReportFormat.JSON
    return Answer(service.report(call.services, call.connection, _given("id", id), kind))


def preview(call: Call, id: Parameter = None, file: Parameter = None) -> Answer:  # noqa: A002
    """The generated files with secrets masked, the cell that each value came from, and which lines are new."""
    return Answer(service.previews(call.services, call.connection, _given("id", id), file))


def diff(
    call: Call,
    id: Parameter = None,  # noqa: A002 - the document's name
    file: Parameter = None,
    against: Parameter = None,
) -> Answer:
    """Unified diffs, secrets masked: `against=template` (the default), or against an earlier job's id."""
    other = against or service.TEMPLATE
    return Answer(service.diffs(call.services, call.connection, _given("id", id), file=file, against=other))


def example(call: Call, site: Parameter = None, cee_ver: Parameter = None) -> Answer:
    """The base64 of a zip: a workbook with drop-downs and notes, and the templates that it goes with."""
    _need([name for name, value in (("site", site), ("cee_ver", cee_ver)) if value is None])
    name, data = catalog.example(call.services.settings.pack_folders(), site=site or "", drop=cee_ver or "")
    return _file(data, name)


def reverse(call: Call, form: Form, site: Parameter = None, cee_ver: Parameter = None) -> Answer:
    """A workbook from YAML files (`yaml`, repeated): with them as templates, it makes the same files again."""
    _need([name for name, value in (("site", site), ("cee_ver", cee_ver)) if value is None])
    templates = form.of("yaml")
    _need([] if templates else ["yaml"])
    uploads = [_upload(file) for file in templates]
    return Answer(service.reverse(call.services.settings, uploads, site=site or "", drop=cee_ver or ""))


def packs(call: Call, site: Parameter = None, cee_ver: Parameter = None) -> Answer:
    """The installed drops and sites; with both named, also their merged rules and the origin of each key."""
    if (site is None) != (cee_ver is None):
        raise _missing(["site" if site is None else "cee_ver"])
    return Answer(catalog.packs(call.services.settings.pack_folders(), site=site, drop=cee_ver))


def pack_schema(call: Call) -> Answer:  # noqa: ARG001 - every endpoint takes it
    """The JSON schema that a rule pack is checked against."""
    return Answer(catalog.schema())


def _file(data: bytes, name: str) -> Answer:
    return Answer(base64.b64encode(data).decode(), {"file_name": name})


def _given(name: str, value: str | None) -> str:
    if value is None:
        raise _missing([name])
    return value


def _need(missing: list[str]) -> None:
    if missing:
        raise _missing(missing)


def _missing(names: list[str]) -> MalformedRequest:
    return MalformedRequest(
        "; ".join(f"{name}: is required" for name in names) + ".",
        errors=[FieldError(name, "is required") for name in names],
    )


def _one(form: Form, field: str) -> UploadedFile | None:
    found = form.of(field)
    if len(found) > 1:
        raise InvalidRequest(f"{field}: send one file, not {len(found)}.", errors=[FieldError(field, "is there twice")])
    return found[0] if found else None


def _upload(file: UploadedFile | None) -> Upload:
    assert file is not None, "its presence has been checked"
    return Upload(file.name, file.data)


def _upload_if_any(file: UploadedFile | None) -> Upload | None:
    return _upload(file) if file else None
