"""Writes of jobs, their results and address locks."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from optimus.yamlgen.schemas import JobStatus, Kept
from optimus.yamlgen.tables import YamlJob, YamlLock, YamlResult


def add(connection: Connection, values: dict[str, object]) -> None:
    connection.execute(insert(YamlJob).values(values))


def finish(connection: Connection, job_id: str, values: dict[str, object], results: Mapping[Kept, bytes]) -> None:
    connection.execute(update(YamlJob).where(YamlJob.id == job_id).values(values))
    for kind, sealed in results.items():
        connection.execute(insert(YamlResult).values(job_id=job_id, kind=kind, sealed=sealed))


def move_lock(connection: Connection, site: str, project: str, *, was: int, sealed: bytes) -> bool:
    """Store the lock that follows generation `was` (0: there was none). False when another job was faster."""
    if was == 0:
        try:
            with connection.begin_nested():
                connection.execute(insert(YamlLock).values(site=site, project=project, generation=1, sealed=sealed))
        except IntegrityError:
            return False
        return True
    mine = (YamlLock.site == site) & (YamlLock.project == project) & (YamlLock.generation == was)
    return connection.execute(update(YamlLock).where(mine).values(generation=was + 1, sealed=sealed)).rowcount == 1


def remove(connection: Connection, job_ids: Collection[str]) -> None:
    """The jobs, all that they left, and the locks of projects of which no successful job is left."""
    connection.execute(delete(YamlResult).where(YamlResult.job_id.in_(job_ids)))
    connection.execute(delete(YamlJob).where(YamlJob.id.in_(job_ids)))
    left = exists(
        select(YamlJob.id).where(
            YamlJob.site == YamlLock.site, YamlJob.project == YamlLock.project, YamlJob.status == JobStatus.SUCCESS
        )
    )
    connection.execute(delete(YamlLock).where(~left))
