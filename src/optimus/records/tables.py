"""Records and what is stored of each."""

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from optimus.db.base import Base


class Record(Base):
    """One report. The columns of the data center are as they were when it was asked for.

    A record that is `running` waits (`node_id` null) or is being made by the worker `node_id`. `attempt` counts how
    often it was begun anew: it is part of the job's id, and whoever writes must still have the row's attempt.
    """

    __tablename__ = "record"
    __table_args__ = (
        Index(None, "dc_id", "created_at", "id"),
        Index(None, "created_at", "id"),
        Index(None, "status"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    dc_id: Mapped[str] = mapped_column(String(32))
    dc_name: Mapped[str]
    system_name: Mapped[str | None]
    cee_version: Mapped[str | None]
    lcm_ip: Mapped[str | None]
    openrc_path: Mapped[str | None]
    host: Mapped[str | None]  # the one host that it is limited to; null for the whole data center
    language: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(16))  # schemas.Status
    step: Mapped[str] = mapped_column(String(16))  # schemas.Step
    progress: Mapped[int]  # 0 to 100
    created_by: Mapped[str]
    created_at: Mapped[int]
    finished_at: Mapped[int | None]
    collected_at: Mapped[int | None]  # of its oldest part
    pid: Mapped[str | None] = mapped_column(String(32))
    error: Mapped[str | None]  # one sentence
    traceback: Mapped[str | None]
    node_id: Mapped[str | None] = mapped_column(String(64))
    attempt: Mapped[int]
    deaths: Mapped[int]  # workers that died while they made it
    handed_in: Mapped[bool]
    # Collections that began after this id of a run have to end before it is made; null: none is waited for.
    after_run: Mapped[str | None] = mapped_column(String(32))
    data_bytes: Mapped[int]
    workbook_bytes: Mapped[int]


class RecordChunk(Base):
    """A piece of a record's data (zlib-compressed JSON) or of its workbook, in the order of `number`."""

    __tablename__ = "record_chunk"

    record_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)  # schemas.Kept
    number: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
