"""Faults of the whole request. Faults of content are issues (issues.py), never exceptions."""

from typing import Any

from optimus.errors import Code, Kind, OptimusError


class RequestRefused(OptimusError):
    """A file, site, drop or project name of the request cannot be taken."""

    code, kind = Code.YAMLGEN_REQUEST_REFUSED, Kind.INVALID


class NotAWorkbook(RequestRefused):
    """The upload is something else than an .xlsx file, or a broken one."""

    code = Code.YAMLGEN_WORKBOOK_REFUSED


class UploadTooLarge(OptimusError):
    """An upload, or what it unfolds to, is over a limit."""

    code, kind = Code.YAMLGEN_UPLOAD_TOO_LARGE, Kind.TOO_LARGE


class PackRefused(OptimusError):
    """A rule pack does not exist, or its file breaks the schema."""

    code, kind = Code.YAMLGEN_PACK_REFUSED, Kind.INVALID


class JobFailed(OptimusError):
    """The job ran and found errors in the workbook or the templates; it stands in the history as failed."""

    code, kind = Code.YAMLGEN_JOB_FAILED, Kind.INVALID

    def __init__(
        self, message: str, *, issues: list[dict[str, Any]], job_id: str | None = None, **details: Any
    ) -> None:
        """`issues` are shown as `errors`, each with its place; `job_id` is None for what leaves no job."""
        super().__init__(message, **details)
        self.details["errors"] = issues
        if job_id:
            self.details["data"] = {"id": job_id}
        self.job_id = job_id


class JobUnknown(OptimusError):
    """There is no YAML job with this id."""

    code, kind = Code.YAMLGEN_JOB_UNKNOWN, Kind.NOT_FOUND


class JobUnfinished(OptimusError):
    """The job has no such result: it is running or has failed."""

    code, kind = Code.YAMLGEN_JOB_UNFINISHED, Kind.CONFLICT


class FileUnknown(OptimusError):
    """The job did not make a file of this name."""

    code, kind = Code.YAMLGEN_FILE_UNKNOWN, Kind.NOT_FOUND


class StoreFull(OptimusError):
    """The kept results take as much room as the settings allow."""

    code, kind = Code.YAMLGEN_STORE_FULL, Kind.UNAVAILABLE


class LockMoved(OptimusError):
    """Other jobs of the same site and project gave out addresses again and again while this one ran."""

    code, kind = Code.YAMLGEN_LOCK_MOVED, Kind.UNAVAILABLE


class ResultUnreadable(OptimusError):
    """A stored result or address lock cannot be decrypted with the keys at hand."""

    code, kind = Code.YAMLGEN_UNREADABLE, Kind.UNAVAILABLE
