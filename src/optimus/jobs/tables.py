"""Which workers are alive, and who may do what only a few may do at once."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from optimus.db.base import Base


class Node(Base):
    """One worker process, by the id that it made for itself when it started."""

    __tablename__ = "job_node"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[int]
    seen_at: Mapped[float]  # seconds since the epoch by the node's clock


class Lease(Base):
    """One place of a group, held until `expires_at` (seconds since the epoch) at the latest.

    The database's keys decide between processes: a place has one holder, and a key one place.
    """

    __tablename__ = "lease"
    __table_args__ = (UniqueConstraint("group_id", "key"),)

    group_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    holder: Mapped[str] = mapped_column(String(32))
    expires_at: Mapped[float]
