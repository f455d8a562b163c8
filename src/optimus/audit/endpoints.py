"""Reading the audit trail."""

from typing import Annotated

from fastapi import Query

from optimus.audit import queries
from optimus.audit.schemas import AuditQuery
from optimus.http.answer import Answer
from optimus.http.call import Call


def list_events(call: Call, wanted: Annotated[AuditQuery, Query()]) -> Answer:
    """Who asked for which change, when, and how it ended; newest first."""
    found, total = queries.page(call.connection, wanted)
    return Answer(found, {"total": total})
