"""Writing the audit trail. Nothing changes or removes an entry but its age."""

from sqlalchemy import Connection, delete, insert

from optimus.audit.tables import AuditEvent
from optimus.http.routing import AuditNote
from optimus.kit.clock import epoch
from optimus.kit.ids import new_id_in_order


def record(connection: Connection, note: AuditNote) -> None:
    row = {
        "id": new_id_in_order(),
        "at": epoch(),
        "user_id": note.doer.user_id if note.doer else None,
        "user_name": note.doer.name if note.doer else None,
        "action": note.action,
        "outcome": note.outcome,
        "subject": note.subject,
        "client_address": note.client_address,
        "request_id": note.request_id,
    }
    connection.execute(insert(AuditEvent).values(row))


def prune(connection: Connection, *, before: int) -> None:
    connection.execute(delete(AuditEvent).where(AuditEvent.at < before))
