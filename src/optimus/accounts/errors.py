"""What can go wrong with users and log-ins."""

from optimus.errors import Code, Kind, OptimusError


class LoginFailed(OptimusError):
    """Name or password is wrong; the answer does not say which."""

    code, kind = Code.LOGIN_FAILED, Kind.UNAUTHENTICATED


class LoginLimited(OptimusError):
    """Too many failed log-ins of this name from this address, or from this address."""

    code, kind = Code.LOGIN_LIMITED, Kind.LIMITED


class TokenInvalid(OptimusError):
    """No such token, or it has expired, or its session was ended."""

    code, kind = Code.TOKEN_INVALID, Kind.UNAUTHENTICATED


class RegistrationClosed(OptimusError):
    """Only administrators make users here."""

    code, kind = Code.REGISTRATION_CLOSED, Kind.FORBIDDEN


class UserExists(OptimusError):
    """The user name is taken; case does not tell names apart."""

    code, kind = Code.USER_EXISTS, Kind.CONFLICT


class UserUnknown(OptimusError):
    """There is no such user."""

    code, kind = Code.USER_UNKNOWN, Kind.NOT_FOUND


class ForeignPage(OptimusError):
    """A page of another site asked for the session of this browser."""

    code, kind = Code.FOREIGN_PAGE, Kind.FORBIDDEN


class PasswordWrong(OptimusError):
    """The present password, asked for before it is changed, is wrong."""

    code, kind = Code.PASSWORD_WRONG, Kind.INVALID


class SessionUnknown(OptimusError):
    """The caller has no session with this id."""

    code, kind = Code.SESSION_UNKNOWN, Kind.NOT_FOUND


class LastAdmin(OptimusError):
    """Without this user nobody could administrate the installation."""

    code, kind = Code.LAST_ADMIN, Kind.CONFLICT


class PasswordRefused(OptimusError):
    """The password is too short, too long, or among the most common ones."""

    code, kind = Code.PASSWORD_REFUSED, Kind.INVALID
