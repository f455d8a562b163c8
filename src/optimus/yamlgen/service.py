"""Jobs on uploaded files: run in a child process, kept encrypted, deleted for good."""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from optimus.errors import OptimusError
from optimus.http.call import Services
from optimus.kit.clock import epoch
from optimus.kit.ids import new_id_in_order
from optimus.kit.secrecy import Unreadable, Vault
from optimus.settings import Settings
from optimus.yamlgen import child, commands, queries, store
from optimus.yamlgen.codes import Level
from optimus.yamlgen.errors import FileUnknown, JobFailed, JobUnfinished, LockMoved, ResultUnreadable, StoreFull
from optimus.yamlgen.issues import errors_first
from optimus.yamlgen.limits import DEFAULTS, MIB, Limits
from optimus.yamlgen.meta import check_request
from optimus.yamlgen.outputs.diff import changed_lines, unified
from optimus.yamlgen.outputs.report import as_html, as_markdown
from optimus.yamlgen.request import Outcome, Request, Upload
from optimus.yamlgen.rules.packs import drop_name, site_name, with_folders
from optimus.yamlgen.schemas import (
    Checked,
    Counts,
    FileDiff,
    FilePreview,
    JobStatus,
    Kept,
    ReportFormat,
    Reversed,
)
from optimus.yamlgen.templates import check_names

LOCK_TRIES = 3
LOST_AFTER = LOCK_TRIES + 1  # times a job's own time: a job that says "running" for longer has no process any more
SHOWN_ISSUES = 100
TEMPLATE = "template"


@dataclass(frozen=True)
class Files:
    """What came with one request; each has been seen to be there."""

    workbook: Upload
    templates: Sequence[Upload]
    rules: Upload | None = None
    inventory: Upload | None = None
    keep: bool = True  # whether the result holds them too


@dataclass(frozen=True)
class Generated:
    """A job that succeeded."""

    job_id: str
    counts: Counts


def limits_of(settings: Settings) -> Limits:
    return replace(
        DEFAULTS,
        upload_bytes=settings.yaml_workbook_mib * MIB,
        yaml_bytes=settings.yaml_template_mib * MIB,
        rows=settings.yaml_rows,
        child_memory_bytes=settings.yaml_job_memory_mib * MIB,
        child_wall_seconds=settings.yaml_job_seconds,
        child_cpu_seconds=max(1, int(settings.yaml_job_seconds)),
    )


def lost_before(settings: Settings) -> int:
    """A job that began earlier and is still running lost its process."""
    return epoch() - int(settings.yaml_job_seconds * LOST_AFTER)


def prepare(settings: Settings, files: Files, *, site: str, drop: str, project: str) -> Request:
    """A job's request, as far as it can be checked without reading the files.

    Raises RequestRefused, UploadTooLarge.
    """
    limits, folders = limits_of(settings), settings.pack_folders()
    packs = with_folders(folders)
    request = Request(
        site_name(site, packs),
        drop_name(drop, packs),
        project,
        files.workbook,
        files.templates,
        inventory=files.inventory or (),
        rules=files.rules,
        keep_uploads=files.keep,
        pack_folders=folders,
        preview=True,
        limits=limits,
    )
    check_request(request)
    check_names(files.templates, limits)
    return request


def check(services: Services, request: Request) -> Checked:
    """A dry run: nothing is stored. Raises RequestRefused, NotAWorkbook, UploadTooLarge, ResultUnreadable."""
    with services.database.reading() as connection:
        _, held = queries.lock_of(connection, request.site, request.project)
    lock = _opened(services.vault, held, _lock_owner(request)) if held else None
    outcome = child.generate(replace(request, lock=lock))
    return {
        "id": None,
        "ok": outcome.ok,
        "project_name": request.project,
        "site": request.site,
        "cee_version": request.drop,
        "counts": _counts(outcome),
        "issues": [one.to_json() for one in errors_first(outcome.issues, len(outcome.issues))],  # type: ignore[misc]
        "files": _previews(outcome),
        "free_addresses": outcome.report["free_addresses"],
    }


def generate(services: Services, request: Request, *, user_name: str) -> Generated:
    """Run a job and keep what it made.

    Raises JobFailed for faults of content, the job standing in the history; for the request's own faults
    RequestRefused, NotAWorkbook, UploadTooLarge, StoreFull, LockMoved, ResultUnreadable without a job.
    """
    job_id = new_id_in_order()
    with services.database.writing() as connection:
        _room(connection, services.settings, 0)
        store.add(connection, _new_row(job_id, request, user_name))
    try:
        outcome = _run_and_keep(services, job_id, replace(request, annotate=True))
    except OptimusError:
        with services.database.writing() as connection:
            store.remove(connection, [job_id])
        raise
    except BaseException:
        with services.database.writing() as connection:
            store.finish(connection, job_id, {"status": JobStatus.FAILED, "finished_at": epoch()}, {})
        raise
    if not outcome.ok:
        raise _failure(job_id, outcome)
    return Generated(job_id, _counts(outcome))


def _new_row(job_id: str, request: Request, user_name: str) -> dict[str, object]:
    return {
        "id": job_id,
        "project": request.project,
        "site": request.site,
        "cee_version": request.drop,
        "status": JobStatus.RUNNING,
        "created_at": epoch(),
        "finished_at": None,
        "user_name": user_name,
        "files": [],
        "errors": 0,
        "warnings": 0,
        "stored_bytes": 0,
    }


def _run_and_keep(services: Services, job_id: str, request: Request) -> Outcome:
    """Run it again when another job of the same project gave out addresses meanwhile: two must not give the same."""
    vault, owner = services.vault, _lock_owner(request)
    for _ in range(LOCK_TRIES):
        with services.database.reading() as connection:
            generation, held = queries.lock_of(connection, request.site, request.project)
        outcome = child.generate(replace(request, lock=_opened(vault, held, owner) if held else None))
        results = {kind: _sealed(vault, data, _owner(job_id, kind)) for kind, data in _results(outcome).items()}
        size = sum(len(sealed) for sealed in results.values())
        lock = _sealed(vault, outcome.lock, owner) if outcome.lock else None
        with services.database.writing() as connection:
            if lock and not store.move_lock(connection, request.site, request.project, was=generation, sealed=lock):
                continue
            _room(connection, services.settings, size)
            store.finish(connection, job_id, _end(outcome, size), results)
        return outcome
    raise LockMoved(
        f"Other jobs of {request.project!r} at {request.site} gave out addresses while this one ran, "
        f"{LOCK_TRIES} times: try again."
    )


def _end(outcome: Outcome, size: int) -> dict[str, object]:
    return {
        "status": JobStatus.SUCCESS if outcome.ok else JobStatus.FAILED,
        "finished_at": epoch(),
        "files": sorted(outcome.files),
        "errors": outcome.counts[Level.ERROR],
        "warnings": outcome.counts[Level.WARNING],
        "stored_bytes": size,
    }


def _results(outcome: Outcome) -> dict[Kept, bytes]:
    found = {
        Kept.ARCHIVE: outcome.archive,
        Kept.REPORT: json.dumps(outcome.report, ensure_ascii=False).encode(),
        Kept.PREVIEW: json.dumps(_previews(outcome), ensure_ascii=False).encode(),
        Kept.ANNOTATED: outcome.annotated,
    }
    return {kind: data for kind, data in found.items() if data}


def _previews(outcome: Outcome) -> list[FilePreview]:
    found: list[FilePreview] = []
    for name, one in outcome.preview.items():
        diff = outcome.diffs.get(name, "")
        cells = [(line, cell) for line, cell in one["cells"]]
        found.append({"file": name, "text": one["text"], "cells": cells, "changed": changed_lines(diff), "diff": diff})
    return found


def _counts(outcome: Outcome) -> Counts:
    counts = outcome.counts
    return {"error": counts[Level.ERROR], "warning": counts[Level.WARNING], "info": counts[Level.INFO]}


def _failure(job_id: str, outcome: Outcome) -> JobFailed:
    shown = errors_first(outcome.issues, SHOWN_ISSUES)
    number = outcome.counts[Level.ERROR]
    first = shown[0]
    said = f"{number} error{'s' if number > 1 else ''}; the first, at {first.label or 'the whole job'}: {first.message}"
    issues = [one.to_json() for one in shown]
    return JobFailed(f"No files were made: {said}", job_id=job_id, issues=issues, counts=_counts(outcome))


def _room(connection: Any, settings: Settings, more: int) -> None:
    used = queries.stored_bytes(connection) + more
    if used >= settings.yaml_store_mib * MIB:
        raise StoreFull(
            f"Kept YAML jobs take {used // MIB} MiB with this one, and may take {settings.yaml_store_mib} MiB: "
            "delete old ones from the history, or raise OPTIMUS_YAML_STORE_MIB."
        )


def _lock_owner(request: Request) -> str:
    return f"yaml lock {request.site}/{request.project}"


def _owner(job_id: str, kind: Kept) -> str:
    return f"{job_id}/{kind.value}"


def _sealed(vault: Vault, data: bytes, owner: str) -> bytes:
    return vault.seal_bytes(zlib.compress(data, 3), owner=owner)


def _opened(vault: Vault, sealed: bytes, owner: str) -> bytes:
    try:
        return zlib.decompress(vault.open_bytes(sealed, owner=owner))
    except Unreadable as error:
        raise ResultUnreadable(
            "What was stored cannot be decrypted: the secret key is not the one that encrypted it. "
            "Set OPTIMUS_SECRET_KEY_PREVIOUS to the old key."
        ) from error


def delete(services: Services, connection: Any, job_ids: Sequence[str]) -> None:
    """All of them or none. Raises JobUnknown, JobUnfinished."""
    found = queries.statuses(connection, set(job_ids), lost_before=lost_before(services.settings))
    for job_id in job_ids:
        if job_id not in found:
            queries.get_row(connection, job_id)
        if found[job_id] is JobStatus.RUNNING:
            raise JobUnfinished(f"Job {job_id} is running: delete it when it has ended.")
    store.remove(connection, set(job_ids))


def _kept(services: Services, connection: Any, job_id: str, kind: Kept) -> bytes:
    """Raises JobUnknown, JobUnfinished, ResultUnreadable."""
    row = queries.get_row(connection, job_id)
    sealed = queries.result(connection, job_id, kind)
    if sealed is None:
        status = queries.status_of(row, lost_before(services.settings))
        more = ": wait for its end." if status is JobStatus.RUNNING else ": its report says why."
        raise JobUnfinished(f"Job {job_id} ({row.project!r}) has made no {kind.value}, it is {status.value}{more}")
    return _opened(services.vault, sealed, _owner(job_id, kind))


def archive(services: Services, connection: Any, job_id: str) -> bytes:
    """The zip. Raises JobUnknown, JobUnfinished, ResultUnreadable."""
    return _kept(services, connection, job_id, Kept.ARCHIVE)


def annotated(services: Services, connection: Any, job_id: str) -> bytes:
    """The user's workbook with notes. Raises JobUnknown, JobUnfinished, ResultUnreadable."""
    return _kept(services, connection, job_id, Kept.ANNOTATED)


def report(services: Services, connection: Any, job_id: str, kind: ReportFormat) -> dict[str, Any] | str:
    """Raises JobUnknown, JobUnfinished, ResultUnreadable."""
    found: dict[str, Any] = json.loads(_kept(services, connection, job_id, Kept.REPORT))
    if kind is ReportFormat.JSON:
        return found
    return as_html(found) if kind is ReportFormat.HTML else as_markdown(found)


def previews(services: Services, connection: Any, job_id: str, file: str | None) -> list[FilePreview]:
    """Of one file, or of all. Raises JobUnknown, JobUnfinished, ResultUnreadable, FileUnknown."""
    found: list[FilePreview] = json.loads(_kept(services, connection, job_id, Kept.PREVIEW))
    if file is None:
        return found
    chosen = [one for one in found if one["file"] == file]
    if not chosen:
        made = ", ".join(one["file"] for one in found) or "none"
        raise FileUnknown(f"Job {job_id} has made no file {file!r}; it made: {made}.")
    return chosen


def diffs(services: Services, connection: Any, job_id: str, *, file: str | None, against: str) -> list[FileDiff]:
    """Against the templates, or from an earlier job to this one; secrets are masked, so that their change is not seen.

    Raises JobUnknown, JobUnfinished, ResultUnreadable, FileUnknown.
    """
    new = previews(services, connection, job_id, file)
    if against == TEMPLATE:
        return [{"file": one["file"], "diff": one["diff"]} for one in new]
    old = {one["file"]: one["text"] for one in previews(services, connection, against, None)}
    names = [one["file"] for one in new] + ([] if file else [name for name in old if name not in _names(new)])
    texts = {one["file"]: one["text"] for one in new}
    return [
        {
            "file": name,
            "diff": unified(old.get(name, ""), texts.get(name, ""), f"{against}/{name}", f"{job_id}/{name}"),
        }
        for name in names
    ]


def _names(files: Sequence[Mapping[str, Any]]) -> set[str]:
    return {str(one["file"]) for one in files}


def reverse(settings: Settings, templates: Sequence[Upload], *, site: str, drop: str) -> Reversed:
    """YAML files to a workbook. Raises RequestRefused, UploadTooLarge; JobFailed for files that cannot be read."""
    limits, folders = limits_of(settings), settings.pack_folders()
    packs = with_folders(folders)
    site, drop = site_name(site, packs), drop_name(drop, packs)
    check_names(templates, limits)
    done = commands.reverse_uploads(templates, site=site, drop=drop, packs=folders, limits=limits)
    issues: Any = [one.to_json() for one in errors_first(done.issues, SHOWN_ISSUES)]
    errors = [one for one in issues if one["level"] == Level.ERROR]
    if errors:
        first = errors[0]
        raise JobFailed(
            f"No workbook was made: the first error, at {first['field']}: {first['message']}", issues=issues
        )
    return {
        "file_name": "reverse.xlsx",
        "workbook": base64.b64encode(done.workbook).decode(),
        "issues": issues,
    }
