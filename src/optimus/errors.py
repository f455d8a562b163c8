"""The base of every expected failure, and the list of its codes.

A code names one kind of failure to a program. Codes are never changed in meaning and never used again for
something else: add a new one at the end of its group. Messages are for people and may be reworded.
The HTTP edge maps `kind` to a status (http/problem.py); the command line and jobs map kinds their own way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of failure this is, without naming a protocol's status."""

    MALFORMED = "malformed"
    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    LIMITED = "limited"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA = "unsupported_media"
    UNAVAILABLE = "unavailable"
    CLOUD_FAULT = "cloud_fault"
    CLOUD_TIMEOUT = "cloud_timeout"


class Code(StrEnum):
    """Every stable error code."""

    # requests
    REQUEST_MALFORMED = "request.malformed"
    REQUEST_INVALID = "request.invalid"
    REQUEST_TOO_LARGE = "request.too_large"
    REQUEST_MEDIA_TYPE = "request.media_type"
    REQUEST_BUSY = "request.busy"
    # accounts
    LOGIN_FAILED = "accounts.login_failed"
    LOGIN_LIMITED = "accounts.login_limited"
    TOKEN_MISSING = "accounts.token_missing"  # noqa: S105 - a code, not a secret
    TOKEN_INVALID = "accounts.token_invalid"  # noqa: S105 - a code, not a secret
    ROLE_TOO_LOW = "accounts.role_too_low"
    REGISTRATION_CLOSED = "accounts.registration_closed"
    USER_EXISTS = "accounts.user_exists"
    USER_UNKNOWN = "accounts.user_unknown"
    PASSWORD_REFUSED = "accounts.password_refused"  # noqa: S105 - a code, not a secret
    FOREIGN_PAGE = "accounts.foreign_page"
    PASSWORD_WRONG = "accounts.password_wrong"  # noqa: S105 - a code, not a secret
    SESSION_UNKNOWN = "accounts.session_unknown"
    LAST_ADMIN = "accounts.last_admin"
    # data centers
    DATACENTER_UNKNOWN = "datacenters.unknown"
    DATACENTER_EXISTS = "datacenters.exists"
    DATACENTER_OFFLINE = "datacenters.offline"
    DATACENTER_ONLINE = "datacenters.online"
    DATACENTER_FIXED_FIELD = "datacenters.fixed_field"
    DATACENTER_INVALID = "datacenters.invalid"
    DATACENTER_INCOMPLETE = "datacenters.incomplete"
    CREDENTIALS_UNREADABLE = "datacenters.credentials_unreadable"
    HOST_KEY_MISMATCH = "datacenters.host_key_mismatch"
    # collection
    LCM_UNREACHABLE = "collection.lcm_unreachable"
    LCM_REFUSED = "collection.lcm_refused"
    LCM_LOGIN_REFUSED = "collection.lcm_login_refused"
    LCM_PERMISSION_DENIED = "collection.lcm_permission_denied"
    HOST_KEY_CHANGED = "collection.host_key_changed"
    RC_FILE_UNUSABLE = "collection.rc_file_unusable"
    CA_FILE_UNUSABLE = "collection.ca_file_unusable"
    KEYSTONE_REFUSED = "collection.keystone_refused"
    CATALOG_UNUSABLE = "collection.catalog_unusable"
    CLOUD_ANSWER_BAD = "collection.cloud_answer_bad"
    CLOUD_ANSWER_LATE = "collection.cloud_answer_late"
    TUNNEL_LOST = "collection.tunnel_lost"
    ANSWER_UNREADABLE = "collection.answer_unreadable"
    NOT_PERMITTED = "collection.not_permitted"
    VISIT_CANCELLED = "collection.visit_cancelled"
    HOST_UNREACHED = "collection.host_unreached"
    HOSTS_BUSY = "collection.hosts_busy"
    # inventory
    OBJECT_UNKNOWN = "inventory.object_unknown"
    # schedules
    SCHEDULE_UNKNOWN = "schedules.unknown"
    RUN_SUPERSEDED = "schedules.run_superseded"
    # yaml files
    YAMLGEN_REQUEST_REFUSED = "yamlgen.request_refused"
    YAMLGEN_WORKBOOK_REFUSED = "yamlgen.workbook_refused"
    YAMLGEN_UPLOAD_TOO_LARGE = "yamlgen.upload_too_large"
    YAMLGEN_PACK_REFUSED = "yamlgen.pack_refused"
    YAMLGEN_JOB_FAILED = "yamlgen.job_failed"
    YAMLGEN_JOB_UNKNOWN = "yamlgen.job_unknown"
    YAMLGEN_JOB_UNFINISHED = "yamlgen.job_unfinished"
    YAMLGEN_FILE_UNKNOWN = "yamlgen.file_unknown"
    YAMLGEN_STORE_FULL = "yamlgen.store_full"
    YAMLGEN_LOCK_MOVED = "yamlgen.lock_moved"
    YAMLGEN_UNREADABLE = "yamlgen.unreadable"
    # records
    RECORD_UNKNOWN = "records.unknown"
    RECORD_EXISTS = "records.exists"
    RECORD_RUNNING = "records.running"
    RECORD_FAILED = "records.failed"
    RECORD_QUOTA = "records.quota"
    RECORD_SUPERSEDED = "records.superseded"
    RECORD_BROKEN = "records.broken"
    RECORD_NOT_COMPARABLE = "records.not_comparable"
    RECORD_BUSY = "records.busy"
    # the installation
    SETTINGS_REFUSED = "settings.refused"
    DATABASE_UNAVAILABLE = "database.unavailable"
    DATABASE_FULL = "database.full"


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of the input, named as the caller wrote it."""

    field: str
    message: str


class OptimusError(Exception):
    """An expected failure. `message` is safe to show to the caller: it holds no secret and no internals."""

    code: Code
    kind: Kind

    def __init__(self, message: str, *, errors: Sequence[FieldError] = (), **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.errors = tuple(errors)
        self.details = details


class MalformedRequest(OptimusError):
    """The request itself is wrong: unreadable, or without something that it must have."""

    code, kind = Code.REQUEST_MALFORMED, Kind.MALFORMED


class InvalidRequest(OptimusError):
    """The request is well formed, but a value in it cannot be taken."""

    code, kind = Code.REQUEST_INVALID, Kind.INVALID


class RequestTooLarge(OptimusError):
    """The body is larger than this installation reads."""

    code, kind = Code.REQUEST_TOO_LARGE, Kind.TOO_LARGE


class WrongMediaType(OptimusError):
    """The body is of a media type that this call does not read."""

    code, kind = Code.REQUEST_MEDIA_TYPE, Kind.UNSUPPORTED_MEDIA


class SettingsRefused(OptimusError):
    """Optimus will not start with these settings; the message says which and what to set instead."""

    code, kind = Code.SETTINGS_REFUSED, Kind.UNAVAILABLE


class DatabaseUnavailable(OptimusError):
    """The database does not answer, or not yet with the schema of this version."""

    code, kind = Code.DATABASE_UNAVAILABLE, Kind.UNAVAILABLE


class DatabaseFull(OptimusError):
    """The database has no room left for what was to be stored."""

    code, kind = Code.DATABASE_FULL, Kind.UNAVAILABLE
