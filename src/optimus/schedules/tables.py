"""Schedules and the history of their runs."""

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from optimus.db.base import Base


class Schedule(Base):
    """When one task of one data center runs."""

    __tablename__ = "schedule"
    __table_args__ = (Index(None, "next_run_at"),)

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    task: Mapped[str] = mapped_column(String(16), primary_key=True)
    interval_seconds: Mapped[int]
    window_start: Mapped[int]  # seconds after local midnight; start == end: no window
    window_end: Mapped[int]
    paused: Mapped[bool]
    next_run_at: Mapped[int | None]  # null while paused
    # A run asked for by a person, or the first one, is due whatever the window says.
    forced: Mapped[bool]
    # How often it has fired or was asked to: two firings planned for the same second are still two jobs.
    firings: Mapped[int] = mapped_column(server_default="0")


class Run(Base):
    """One run of a task, now or in the past."""

    __tablename__ = "run"
    __table_args__ = (
        # The database itself keeps two runs of one task from overlapping, whatever processes there are.
        Index(
            "uq_run_running",
            "dc_id",
            "task",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index(None, "dc_id", "started_at", "id"),
        Index(None, "state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    dc_id: Mapped[str] = mapped_column(String(32))
    dc_name: Mapped[str]
    task: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))  # running, successful, failed
    node_id: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[int]
    finished_at: Mapped[int | None]
    error: Mapped[str | None]  # one sentence
    traceback: Mapped[str | None]  # scrubbed
    skipped: Mapped[int]  # firings that found this run still going on
    api_calls: Mapped[int | None]
    api_bytes: Mapped[int | None]
    visit_ms: Mapped[int | None]
    store_ms: Mapped[int | None]
    rows_read: Mapped[int | None]
    rows_changed: Mapped[int | None]
    # Compute hosts that a static run looked into, and those of them that gave nothing; null where it did not.
    hosts_asked: Mapped[int | None]
    hosts_failed: Mapped[int | None]
