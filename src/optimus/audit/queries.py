"""Reads of the audit trail."""

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from optimus.audit.schemas import AuditItem, AuditQuery
from optimus.audit.tables import AuditEvent
from optimus.db.position import Position

DEFAULT_LIMIT = 50


def page(connection: Connection, wanted: AuditQuery) -> tuple[list[AuditItem], int]:
    """A page of events, newest first, and how many match."""
    where = _matches(wanted)
    total = connection.execute(select(func.count()).select_from(AuditEvent).where(*where)).scalar_one()
    query = (
        select(*AuditEvent.__table__.c)
        .where(*where)
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(wanted.limit or DEFAULT_LIMIT)
        .offset(wanted.offset or 0)
    )
    return [_item(row) for row in connection.execute(query).mappings()], total


def _matches(wanted: AuditQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.user:
        found.append(Position(func.lower(AuditEvent.user_name), wanted.user.lower()) > 0)
    if wanted.action:
        found.append(Position(func.lower(AuditEvent.action), wanted.action.lower()) > 0)
    if wanted.subject:
        found.append(AuditEvent.subject == wanted.subject)
    return found


def _item(row: RowMapping) -> AuditItem:
    return {
        "id": row["id"],
        "at": row["at"],
        "user_id": row["user_id"],
        "user_name": row["user_name"],
        "action": row["action"],
        "outcome": row["outcome"],
        "subject": row["subject"],
        "client_address": row["client_address"],
        "request_id": row["request_id"],
    }
