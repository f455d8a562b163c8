"""What the audit trail's call takes and answers."""

from typing_extensions import TypedDict

from optimus.http.inputs import Limit, Offset, OptionalText, Query


class AuditQuery(Query):
    """`user` and `action` by "contains", whatever the case; `subject` equals. All that are given must match."""

    user: OptionalText = None
    action: OptionalText = None
    subject: OptionalText = None
    limit: Limit = None
    offset: Offset = None


class AuditItem(TypedDict):
    """One change that was asked for. `outcome` is the answer's status; the user is null for a log-in and the like."""

    id: str
    at: int
    user_id: str | None
    user_name: str | None
    action: str
    outcome: int
    subject: str | None
    client_address: str | None
    request_id: str | None
