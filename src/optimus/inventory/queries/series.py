"""Capacity over time, from the samples that the collections left."""

from typing import cast

from sqlalchemy import Connection, RowMapping, func, select

from optimus.errors import FieldError, InvalidRequest
from optimus.inventory.schemas import CapacityPoint, SeriesQuery
from optimus.inventory.tables import CapacitySample
from optimus.kit.clock import epoch

DEFAULT_SPAN_SECONDS = 7 * 86400
DEFAULT_POINTS = 200

_MEASURES = (
    CapacitySample.vcpus_total,
    CapacitySample.vcpus_used,
    CapacitySample.memory_total_mib,
    CapacitySample.memory_used_mib,
    CapacitySample.local_disk_total_gb,
    CapacitySample.local_disk_used_gb,
    CapacitySample.hosts_up,
    CapacitySample.hosts_down,
    CapacitySample.servers,
)


def capacity_series(connection: Connection, dc_id: str, wanted: SeriesQuery) -> tuple[list[CapacityPoint], int]:
    """The steps that have samples, oldest first, and the length of a step in seconds. Raises InvalidRequest."""
    end = epoch() + 1 if wanted.end is None else wanted.end  # this very second belongs to it
    start = max(0, end - DEFAULT_SPAN_SECONDS) if wanted.start is None else wanted.start
    if start >= end:
        raise InvalidRequest("start: must be before end.", errors=[FieldError("start", "must be before end")])
    width = max(1, -(-(end - start) // (wanted.points or DEFAULT_POINTS)))
    step = ((CapacitySample.taken_at - start) // width).label("step")
    query = (
        select(step, *(func.avg(measure).label(measure.key) for measure in _MEASURES))
        .where(CapacitySample.dc_id == dc_id, CapacitySample.taken_at >= start, CapacitySample.taken_at < end)
        .group_by(step)
        .order_by(step)
    )
    rows = connection.execute(query).mappings()
    return [_point(start + int(row["step"]) * width, row) for row in rows], width


def _point(at: int, row: RowMapping) -> CapacityPoint:
    means = {measure.key: None if row[measure.key] is None else round(row[measure.key]) for measure in _MEASURES}
    return cast("CapacityPoint", {"at": at, **means})
