"""What can go wrong when the picture is asked."""

from optimus.errors import Code, Kind, OptimusError


class DataCenterUnknown(OptimusError):
    """There is no data center with this id."""

    code, kind = Code.DATACENTER_UNKNOWN, Kind.NOT_FOUND


class ObjectUnknown(OptimusError):
    """The data center is known, but no such object of it."""

    code, kind = Code.OBJECT_UNKNOWN, Kind.NOT_FOUND
