"""The audit trail's one table."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from optimus.db.base import Base


class AuditEvent(Base):
    """One change that was asked for through the API or the command line, done or refused."""

    __tablename__ = "audit_event"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[int]
    user_id: Mapped[str | None] = mapped_column(String(32))
    user_name: Mapped[str | None]
    action: Mapped[str]  # "POST /api/ericic/v1/data_center", or "cli: user add"
    outcome: Mapped[int]  # the answer's code
    subject: Mapped[str | None]  # id of what was changed, where there is one
    client_address: Mapped[str | None]
    request_id: Mapped[str | None] = mapped_column(String(32))
