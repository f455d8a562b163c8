"""Reads of jobs, their results and address locks."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, select

from optimus.yamlgen.errors import JobUnknown
from optimus.yamlgen.schemas import JobItem, JobStatus, Kept
from optimus.yamlgen.tables import YamlJob, YamlLock, YamlResult

_COLUMNS = YamlJob.__table__.c


def items(
    connection: Connection, *, zone: ZoneInfo, lost_before: int, limit: int | None, offset: int
) -> tuple[list[JobItem], int]:
    """Newest first, and how many there are in all. Jobs that run since before `lost_before` count as failed."""
    newest = select(*_COLUMNS).order_by(YamlJob.created_at.desc(), YamlJob.id.desc()).limit(limit).offset(offset)
    total = connection.execute(select(func.count()).select_from(YamlJob)).scalar_one()
    return [_item(row, zone, lost_before) for row in connection.execute(newest)], total


def get_row(connection: Connection, job_id: str) -> Row[tuple[Any, ...]]:
    """Raises JobUnknown."""
    row = connection.execute(select(*_COLUMNS).where(YamlJob.id == job_id)).one_or_none()
    if row is None:
        raise JobUnknown(f"There is no job with the id {job_id!r}: GET yaml_gen/history lists all.")
    return row


def statuses(connection: Connection, job_ids: Collection[str], *, lost_before: int) -> dict[str, JobStatus]:
    found = connection.execute(select(*_COLUMNS).where(YamlJob.id.in_(job_ids)))
    return {row.id: status_of(row, lost_before) for row in found}


def status_of(row: Row[tuple[Any, ...]], lost_before: int) -> JobStatus:
    """A job whose process died never ends by itself: its time tells."""
    if row.status == JobStatus.RUNNING and row.created_at < lost_before:
        return JobStatus.FAILED
    return JobStatus(row.status)


def result(connection: Connection, job_id: str, kind: Kept) -> bytes | None:
    """Encrypted; None where the job left none."""
    wanted = select(YamlResult.sealed).where(YamlResult.job_id == job_id, YamlResult.kind == kind)
    return connection.execute(wanted).scalar_one_or_none()


def lock_of(connection: Connection, site: str, project: str) -> tuple[int, bytes | None]:
    """Its generation and its encrypted text; (0, None) where there is none."""
    wanted = select(YamlLock.generation, YamlLock.sealed).where(YamlLock.site == site, YamlLock.project == project)
    row = connection.execute(wanted).one_or_none()
    return (row.generation, row.sealed) if row else (0, None)


def stored_bytes(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.sum(YamlJob.stored_bytes), 0))).scalar_one())


def _item(row: Row[tuple[Any, ...]], zone: ZoneInfo, lost_before: int) -> JobItem:
    status = status_of(row, lost_before)
    return {
        "id": row.id,
        "project_name": row.project,
        "cee_version": row.cee_version,
        "site": row.site,
        "timestamp": row.created_at,
        "time": datetime.fromtimestamp(row.created_at, zone).strftime("%Y-%m-%d %H:%M:%S"),
        "task_status": status,
        "status": status,
        "finished_at": row.finished_at,
        "user_name": row.user_name,
        "files": row.files,
        "errors": row.errors,
        "warnings": row.warnings,
        "stored_bytes": row.stored_bytes,
    }
