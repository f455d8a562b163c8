"""What can go wrong with records."""

from optimus.errors import Code, Kind, OptimusError


class RecordUnknown(OptimusError):
    """There is no record with this id."""

    code, kind = Code.RECORD_UNKNOWN, Kind.NOT_FOUND


class RecordExists(OptimusError):
    """A record of this name is there already."""

    code, kind = Code.RECORD_EXISTS, Kind.CONFLICT


class RecordRunning(OptimusError):
    """The record is still being made."""

    code, kind = Code.RECORD_RUNNING, Kind.CONFLICT


class RecordFailed(OptimusError):
    """The record could not be made, so there is nothing to give out."""

    code, kind = Code.RECORD_FAILED, Kind.CONFLICT


class RecordQuota(OptimusError):
    """The stored records take all the space that they may take."""

    code, kind = Code.RECORD_QUOTA, Kind.CONFLICT


class RecordSuperseded(OptimusError):
    """The record was deleted, or given to another worker, while it was being made."""

    code, kind = Code.RECORD_SUPERSEDED, Kind.CONFLICT


class RecordBroken(OptimusError):
    """What is stored, or was uploaded, is not a record's data."""

    code, kind = Code.RECORD_BROKEN, Kind.INVALID


class NotComparable(OptimusError):
    """These two records do not describe the same sort of thing."""

    code, kind = Code.RECORD_NOT_COMPARABLE, Kind.INVALID


class RecordBusy(OptimusError):
    """Too many are being made from stored data at this moment."""

    code, kind = Code.RECORD_BUSY, Kind.UNAVAILABLE
