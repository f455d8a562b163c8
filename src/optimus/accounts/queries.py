"""Reads of users and sessions."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from optimus.accounts.tables import LoginFailure, Session, User
from optimus.accounts.tokens import digest


@dataclass(frozen=True, slots=True)
class UserRow:
    id: str
    name: str
    password_hash: str
    role: str
    created_at: int


@dataclass(frozen=True, slots=True)
class SessionRow:
    session_id: str
    user_id: str
    user_name: str
    role: str


_USER = (User.id, User.name, User.password_hash, User.role, User.created_at)
_SESSION = (
    select(Session.id, User.id, User.name, User.role)
    .join(User, User.id == Session.user_id)
    .where(Session.expires_at > bindparam("now"))
)
_SESSION_BY_ID = _SESSION.where(Session.id == bindparam("key"))
_SESSION_BY_REFRESH = _SESSION.where(Session.refresh_hash == bindparam("key"))


def user_by_key(connection: Connection, name_key: str) -> UserRow | None:
    row = connection.execute(select(*_USER).where(User.name_key == name_key)).one_or_none()
    return UserRow(*row) if row else None


def users(connection: Connection) -> list[UserRow]:
    return [UserRow(*row) for row in connection.execute(select(*_USER).order_by(User.name_key))]


def any_user(connection: Connection) -> bool:
    return connection.execute(select(User.id).limit(1)).first() is not None


def session_by_id(connection: Connection, session_id: str, *, now: int) -> SessionRow | None:
    """One indexed read: this is what each request's log-in check costs."""
    row = connection.execute(_SESSION_BY_ID, {"key": session_id, "now": now}).one_or_none()
    return SessionRow(*row) if row else None


def session_by_refresh(connection: Connection, refresh_token: str, *, now: int) -> SessionRow | None:
    row = connection.execute(_SESSION_BY_REFRESH, {"key": digest(refresh_token), "now": now}).one_or_none()
    return SessionRow(*row) if row else None


def failures(connection: Connection, subject: str, *, since_period: int) -> int:
    """Failed log-ins of the subject since the start of a period."""
    query = select(func.coalesce(func.sum(LoginFailure.failures), 0)).where(
        LoginFailure.subject == subject, LoginFailure.period >= since_period
    )
    return int(connection.execute(query).scalar_one())
