"""What can go wrong with the registry."""

from optimus.errors import Code, FieldError, Kind, OptimusError


class DataCenterUnknown(OptimusError):
    code, kind = Code.DATACENTER_UNKNOWN, Kind.NOT_FOUND


class DataCenterExists(OptimusError):
    code, kind = Code.DATACENTER_EXISTS, Kind.CONFLICT


class DataCenterOffline(OptimusError):
    """Asked for something that needs a connection, of a data center that has none."""

    code, kind = Code.DATACENTER_OFFLINE, Kind.CONFLICT


class FixedField(OptimusError):
    """Name and mode cannot be changed."""

    code, kind = Code.DATACENTER_FIXED_FIELD, Kind.MALFORMED


class DataCenterInvalid(OptimusError):
    code, kind = Code.DATACENTER_INVALID, Kind.INVALID


class DataCenterIncomplete(OptimusError):
    """A field that this kind of data center must have is missing."""

    code, kind = Code.DATACENTER_INVALID, Kind.MALFORMED


class CredentialsUnreadable(OptimusError):
    code, kind = Code.CREDENTIALS_UNREADABLE, Kind.UNAVAILABLE


class HostKeyMismatch(OptimusError):
    """The key that the LCM shows is not the one that the operator wants to trust."""

    code, kind = Code.HOST_KEY_MISMATCH, Kind.CONFLICT


def invalid(field: str, why: str) -> DataCenterInvalid:
    return DataCenterInvalid(f"{field} {why}.", errors=[FieldError(field, why)])
