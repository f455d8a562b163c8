"""Writes of users, sessions and failed log-ins."""

from sqlalchemy import Connection, delete, insert, update
from sqlalchemy.exc import IntegrityError

from optimus.accounts.tables import LoginFailure, Session, User
from optimus.db.upsert import upsert


def add_user(connection: Connection, values: dict[str, object]) -> bool:
    """False when a unique value (name, or being the founder) is taken."""
    try:
        with connection.begin_nested():
            connection.execute(insert(User).values(values))
    except IntegrityError:
        return False
    return True


def set_user(connection: Connection, user_id: str, **values: object) -> None:
    connection.execute(update(User).where(User.id == user_id).values(**values))


def add_session(connection: Connection, values: dict[str, object]) -> None:
    connection.execute(insert(Session).values(values))


def touch_session(connection: Connection, session_id: str, *, now: int) -> None:
    connection.execute(update(Session).where(Session.id == session_id).values(refreshed_at=now))


def end_session(connection: Connection, session_id: str) -> None:
    connection.execute(delete(Session).where(Session.id == session_id))


def end_sessions_of(connection: Connection, user_id: str, *, but: str = "") -> None:
    """All of them, or all but one."""
    connection.execute(delete(Session).where(Session.user_id == user_id, Session.id != but))


def end_session_of(connection: Connection, user_id: str, session_id: str) -> bool:
    """False when the user has no such session."""
    gone = connection.execute(delete(Session).where(Session.id == session_id, Session.user_id == user_id))
    return gone.rowcount > 0


def remove_user(connection: Connection, user_id: str) -> None:
    connection.execute(delete(User).where(User.id == user_id))


def count_failure(connection: Connection, subject: str, *, period: int) -> None:
    row = {"subject": subject, "period": period, "failures": 1}
    upsert(connection, LoginFailure, [row], add={"failures": 1})


def prune(connection: Connection, *, now: int, before_period: int) -> None:
    """Forget expired sessions and old failures."""
    connection.execute(delete(Session).where(Session.expires_at <= now))
    connection.execute(delete(LoginFailure).where(LoginFailure.period < before_period))
