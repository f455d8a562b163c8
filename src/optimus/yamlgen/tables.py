"""Jobs that made YAML files, what they left, and which addresses each project has given out."""

from sqlalchemy import JSON, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from optimus.db.base import Base


class YamlJob(Base):
    """One job. `stored_bytes` is the room that its results take."""

    __tablename__ = "yaml_job"
    __table_args__ = (Index(None, "created_at"), Index(None, "site", "project"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project: Mapped[str]
    site: Mapped[str]
    cee_version: Mapped[str]  # drop26
    status: Mapped[str] = mapped_column(String(16))  # schemas.JobStatus
    created_at: Mapped[int]
    finished_at: Mapped[int | None]
    user_name: Mapped[str]
    files: Mapped[list[str]] = mapped_column(JSON)
    errors: Mapped[int]
    warnings: Mapped[int]
    stored_bytes: Mapped[int]


class YamlResult(Base):
    """One thing that a job left, encrypted (kit.secrecy.Vault, owner = job id and kind)."""

    __tablename__ = "yaml_result"

    job_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)  # store.Kept
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class YamlLock(Base):
    """The addresses that a site's project has given out, encrypted. `generation` counts its changes."""

    __tablename__ = "yaml_lock"

    site: Mapped[str] = mapped_column(primary_key=True)
    project: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
