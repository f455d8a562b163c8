"""What can go wrong with schedules and runs."""

from optimus.errors import Code, Kind, OptimusError


class ScheduleUnknown(OptimusError):
    """The task of this data center is not planned."""

    code, kind = Code.SCHEDULE_UNKNOWN, Kind.NOT_FOUND


class RunSuperseded(OptimusError):
    """The run was closed by somebody else: its data center was deleted, or its worker was taken for dead."""

    code, kind = Code.RUN_SUPERSEDED, Kind.CONFLICT
