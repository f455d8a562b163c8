"""Which workers are alive."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from optimus.db.base import Base


class Node(Base):
    """One worker process, by the id that it made for itself when it started."""

    __tablename__ = "job_node"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[int]
    seen_at: Mapped[float]  # seconds since the epoch by the node's clock
