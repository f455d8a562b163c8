"""What can go wrong with the registry."""

from optimus.errors import Code, FieldError, Kind, OptimusError


class DataCenterUnknown(OptimusError):
    """There is no data center with this id or name."""

    code, kind = Code.DATACENTER_UNKNOWN, Kind.NOT_FOUND


class DataCenterExists(OptimusError):
    """A data center of this name is registered already."""

    code, kind = Code.DATACENTER_EXISTS, Kind.CONFLICT


class DataCenterOffline(OptimusError):
    """Asked for something that needs a connection, of a data center that has none."""

    code, kind = Code.DATACENTER_OFFLINE, Kind.CONFLICT


class DataCenterOnline(OptimusError):
    """Asked for something that only a data center without a connection has."""

    code, kind = Code.DATACENTER_ONLINE, Kind.CONFLICT


class FixedField(OptimusError):
    """Name and mode cannot be changed."""

    code, kind = Code.DATACENTER_FIXED_FIELD, Kind.MALFORMED


class DataCenterInvalid(OptimusError):
    """A field has a value that this kind of data center cannot have."""

    code, kind = Code.DATACENTER_INVALID, Kind.INVALID


class DataCenterIncomplete(OptimusError):
    """A field that this kind of data center must have is missing."""

    code, kind = Code.DATACENTER_INCOMPLETE, Kind.MALFORMED


class CredentialsUnreadable(OptimusError):
    """The stored password was encrypted with a key that this installation does not have."""

    code, kind = Code.CREDENTIALS_UNREADABLE, Kind.UNAVAILABLE


class HostKeyMismatch(OptimusError):
    """The key that the LCM shows is not the one that the operator wants to trust."""

    code, kind = Code.HOST_KEY_MISMATCH, Kind.CONFLICT


def invalid(field: str, why: str) -> DataCenterInvalid:
    return DataCenterInvalid(f"{field} {why}.", errors=[FieldError(field, why)])
