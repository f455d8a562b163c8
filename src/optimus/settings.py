"""Every setting, read once from the environment (`OPTIMUS_*`) and passed on; `os.environ` is read nowhere else."""

import contextlib
import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from optimus.errors import SettingsRefused

SECRET_KEY_MIN_LENGTH = 32
SECRET_KEY_MIN_DISTINCT = 10
SECRET_KEY_FILE = "secret.key"  # noqa: S105 - a file name

Seconds = Annotated[int, Field(gt=0)]
TaskSeconds = Annotated[int, Field(ge=30, le=30 * 86400)]


class Settings(BaseSettings):
    """One installation's settings. `optimus settings` prints each with its help and value."""

    model_config = SettingsConfigDict(env_prefix="OPTIMUS_", extra="ignore", frozen=True, env_ignore_empty=True)

    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        8000, description="TCP port that the server listens on; 0 takes a free one."
    )
    data_dir: Path = Field(
        Path("data"), description="Folder of the SQLite databases and the secret key; made with mode 0700."
    )
    database_url: str = Field(
        "", description="SQLAlchemy URL: empty for SQLite in the data folder, or postgresql://user@host/name."
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs tokens and encrypts stored passwords; 32 random characters or more. "
        "Made on first start into the data folder with SQLite; must be set with PostgreSQL.",
    )
    secret_key_previous: SecretStr = Field(
        SecretStr(""), description="The key before this one: what it encrypted can still be read."
    )
    registration: Literal["open", "closed"] = Field(
        "open", description="Whether anybody may sign up (open), or only administrators make users (closed)."
    )
    access_token_seconds: Seconds = Field(600, description="Lifetime of an access token.")
    refresh_token_seconds: Seconds = Field(259200, description="Lifetime of a refresh token and its session.")
    login_failures_allowed: Annotated[int, Field(ge=1)] = Field(
        5,
        description="Failed log-ins of one name from one address in 15 minutes before 429; "
        "10 times as many per address.",
    )
    dynamic_interval_seconds: TaskSeconds = Field(
        600, description="How often a new data center's hosts and VMs are collected."
    )
    static_interval_seconds: TaskSeconds = Field(
        3600, description="How often a new data center's capacity and quotas are collected."
    )
    time_zone: str = Field("UTC", description="IANA name of the zone in which daily windows are meant.")
    history_days: Annotated[int, Field(ge=1)] = Field(
        30, description="Runs older than this are pruned; each task's last success and last failure stay."
    )
    capacity_history_days: Annotated[int, Field(ge=1)] = Field(
        1095, description="Capacity samples (for trends) older than this are pruned."
    )
    record_days: Annotated[int, Field(ge=1)] = Field(1095, description="Records older than this are pruned.")
    records_mib: Annotated[int, Field(ge=1)] = Field(
        10240, description="Space in MiB that all stored records may take in the database; more are refused."
    )
    record_import_bytes: Annotated[int, Field(ge=1024)] = Field(
        512 * 1024 * 1024, description="Largest record, unpacked, that is imported into an offline data center."
    )
    collections_at_once: Annotated[int, Field(ge=1, le=256)] = Field(
        8, description="Collections that one worker runs side by side."
    )
    connect_timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        5.0, description="Time for connecting and logging in to an LCM."
    )
    visit_timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        900.0, description="Time for one whole collection; then it is given up."
    )
    api_requests_at_once: Annotated[int, Field(ge=1, le=64)] = Field(
        8, description="Concurrent OpenStack API requests to one cloud."
    )
    host_timeout_seconds: Annotated[float, Field(gt=0, le=300)] = Field(
        20.0, description="Time for asking one compute host live, after the log-in to the LCM."
    )
    host_answer_seconds: Annotated[float, Field(ge=0)] = Field(
        2.0, description="A compute host's answer is given to everybody who asks within this time; 0 asks it each time."
    )
    hosts_live_at_once: Annotated[int, Field(ge=1, le=8)] = Field(
        3, description="Live reads of compute hosts at once through one LCM, over all processes."
    )
    hosts_collected_at_once: Annotated[int, Field(ge=1, le=8)] = Field(
        6, description="Compute hosts that a collection asks side by side through one LCM."
    )
    hosts_collection_seconds: Annotated[float, Field(ge=0)] = Field(
        600.0, description="Time for asking all compute hosts with the static collection; 0 leaves them out."
    )
    dispatch_poll_seconds: Annotated[float, Field(gt=0)] = Field(
        0.5, description="How often a worker looks for tasks that are due."
    )
    node_dead_seconds: Annotated[float, Field(gt=0)] = Field(
        10.0, description="A worker silent for this long is taken for dead and its runs are closed."
    )
    request_body_bytes: Annotated[int, Field(ge=1024)] = Field(
        1024 * 1024, description="Largest request body that is read; more answers 413."
    )
    upload_body_bytes: Annotated[int, Field(ge=1024)] = Field(
        64 * 1024 * 1024, description="Largest body with uploaded files that is read; more answers 413."
    )
    upload_jobs_at_once: Annotated[int, Field(ge=1, le=64)] = Field(
        2, description="Jobs on uploaded files (YAML generation) that one process runs side by side."
    )
    yaml_job_seconds: Annotated[float, Field(gt=0)] = Field(
        120.0, description="Time for one YAML job, in a process of its own; then it is ended."
    )
    yaml_job_memory_mib: Annotated[int, Field(ge=256)] = Field(
        1024, description="Memory (MiB of address space) that the process of one YAML job may take."
    )
    yaml_workbook_mib: Annotated[int, Field(ge=1)] = Field(20, description="Largest workbook (MiB) of a YAML job.")
    yaml_template_mib: Annotated[int, Field(ge=1)] = Field(20, description="Largest template (MiB) of a YAML job.")
    yaml_rows: Annotated[int, Field(ge=100)] = Field(20_000, description="Rows that a sheet of a YAML job may have.")
    yaml_store_mib: Annotated[int, Field(ge=1)] = Field(
        2048, description="Room (MiB) that kept YAML jobs may take together; when it is full, new ones answer 503."
    )
    pack_path: str = Field(
        "", description="Folders with rule packs of your own for YAML generation, separated as in PATH."
    )
    request_threads: Annotated[int, Field(ge=1, le=256)] = Field(
        16, description="Requests that one process answers side by side; also its database connections."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["text", "json"] = Field("text", description="Log lines for people (text) or machines (json).")
    trusted_proxies: str = Field(
        "",
        description="Addresses of proxies whose X-Forwarded-For is believed, comma-separated; empty for none.",
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is not an IANA time zone name such as Asia/Shanghai") from error
        return value

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of daily windows."""
        return ZoneInfo(self.time_zone)

    def pack_folders(self) -> tuple[Path, ...]:
        """The user's own rule packs; a later folder's pack replaces an earlier one of the same name."""
        return tuple(Path(part) for part in self.pack_path.split(os.pathsep) if part)

    @property
    def is_sqlite(self) -> bool:
        return not self.database_url or self.database_url.startswith("sqlite")

    def sqlalchemy_url(self) -> str:
        """The main database's URL, with the driver that we ship."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'optimus.db'}"
        scheme, separator, rest = self.database_url.partition("://")
        if scheme in {"postgres", "postgresql"}:
            return "postgresql+psycopg" + separator + rest
        return self.database_url

    def engine_database_url(self) -> str:
        """The job engine's database: the same PostgreSQL (own schema), or a SQLite file beside the main one."""
        if self.is_sqlite:
            return f"sqlite:///{self.data_dir / 'jobs.db'}"
        return self.sqlalchemy_url()


def load_settings() -> Settings:
    """Read the environment. Raises SettingsRefused that names every setting that cannot be taken."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"OPTIMUS_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise SettingsRefused(f"Settings cannot be used: {wrong}.") from None


def prepare_data_dir(settings: Settings) -> None:
    """Make the data folder, readable by its owner alone."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsRefused(
            f"The data folder {settings.data_dir} cannot be made ({error.strerror}): set OPTIMUS_DATA_DIR."
        ) from error


def secret_key(settings: Settings) -> str:
    """The installation's secret: as set, or kept in the data folder (SQLite only), made there when missing.

    Raises SettingsRefused for a weak key, and for a missing one with PostgreSQL: several nodes must share it.
    """
    key = settings.secret_key.get_secret_value()
    if key:
        return _strong(key, "OPTIMUS_SECRET_KEY")
    if not settings.is_sqlite:
        raise SettingsRefused(
            "OPTIMUS_SECRET_KEY must be set when PostgreSQL is used: every node needs the same one. "
            "Make it once with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    prepare_data_dir(settings)
    path = settings.data_dir / SECRET_KEY_FILE
    try:
        _make_key_file(path)
    except OSError as error:
        raise SettingsRefused(
            f"The key file {path} cannot be made ({error.strerror}): make the data folder writable, "
            "or set OPTIMUS_SECRET_KEY."
        ) from error
    return _strong(path.read_text().strip(), str(path))


def _make_key_file(path: Path) -> None:
    """Make it once: written whole under another name first, so that no other process reads half a key."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _strong(key: str, source: str) -> str:
    if len(key) < SECRET_KEY_MIN_LENGTH or len(set(key)) < SECRET_KEY_MIN_DISTINCT:
        raise SettingsRefused(
            f"The secret key in {source} is too weak: it needs {SECRET_KEY_MIN_LENGTH} random characters or more. "
            "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return key
