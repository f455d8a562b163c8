"""Faults of the whole request. Faults of content are issues (issues.py), never exceptions."""

from optimus.errors import Code, Kind, OptimusError


class RequestRefused(OptimusError):
    """A file, site, drop or project name of the request cannot be taken."""

    code, kind = Code.REQUEST_INVALID, Kind.INVALID


class NotAWorkbook(RequestRefused):
    """The upload is something else than an .xlsx file, or a broken one."""


class UploadTooLarge(OptimusError):
    """An upload, or what it unfolds to, is over a limit."""

    code, kind = Code.REQUEST_TOO_LARGE, Kind.TOO_LARGE


class PackRefused(OptimusError):
    """A rule pack does not exist, or its file breaks the schema."""

    code, kind = Code.REQUEST_INVALID, Kind.INVALID
