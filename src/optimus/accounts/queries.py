"""Reads of users and sessions."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, func, select

from optimus.accounts.schemas import SessionItem, UserItem
from optimus.accounts.tables import LoginFailure, Session, User
from optimus.accounts.tokens import digest
from optimus.facts.roles import Role


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
    expires_at: int


_USER = (User.id, User.name, User.password_hash, User.role, User.created_at)
_SESSION = (
    select(Session.id, User.id, User.name, User.role, Session.expires_at)
    .join(User, User.id == Session.user_id)
    .where(Session.expires_at > bindparam("now"))
)
_SESSION_BY_ID = _SESSION.where(Session.id == bindparam("key"))
_SESSION_BY_REFRESH = _SESSION.where(Session.refresh_hash == bindparam("key"))


def user_by_key(connection: Connection, name_key: str) -> UserRow | None:
    row = connection.execute(select(*_USER).where(User.name_key == name_key)).one_or_none()
    return UserRow(*row) if row else None


def user_by_id(connection: Connection, user_id: str) -> UserRow | None:
    row = connection.execute(select(*_USER).where(User.id == user_id)).one_or_none()
    return UserRow(*row) if row else None


def other_admin_exists(connection: Connection, user_id: str) -> bool:
    """Locks the administrators' rows: of two that are to go at once, one waits and then sees that it is the last."""
    query = select(User.id).where(User.role == Role.ADMIN).order_by(User.id).with_for_update()
    return any(found != user_id for found in connection.execute(query).scalars().all())


def user_items(connection: Connection, *, now: int) -> list[UserItem]:
    """All users by name, with their living sessions."""
    living = and_(Session.user_id == User.id, Session.expires_at > now)
    query = (
        select(
            User.id,
            User.name,
            User.role,
            User.created_at,
            func.count(Session.id).label("sessions"),
            func.max(Session.refreshed_at).label("last_seen"),
        )
        .outerjoin(Session, living)
        .group_by(User.id, User.name, User.role, User.created_at, User.name_key)
        .order_by(User.name_key)
    )
    return [
        {
            "id": row.id,
            "name": row.name,
            "role": row.role,
            "created_at": row.created_at,
            "sessions": row.sessions,
            "last_seen": row.last_seen,
        }
        for row in connection.execute(query)
    ]


def session_items(connection: Connection, user_id: str, *, current: str, now: int) -> list[SessionItem]:
    """A user's living sessions, the last one used first."""
    columns = (Session.id, Session.created_at, Session.refreshed_at, Session.expires_at, Session.client_address)
    query = (
        select(*columns)
        .where(Session.user_id == user_id, Session.expires_at > now)
        .order_by(Session.refreshed_at.desc(), Session.id)
    )
    return [
        {
            "id": row.id,
            "created_at": row.created_at,
            "refreshed_at": row.refreshed_at,
            "expires_at": row.expires_at,
            "client_address": row.client_address or None,
            "current": row.id == current,
        }
        for row in connection.execute(query)
    ]


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
