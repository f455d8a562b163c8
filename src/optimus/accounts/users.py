"""What administrators do with users, and everybody with the own password and sessions."""

from sqlalchemy import Connection

from optimus.accounts import passwords, queries, store
from optimus.accounts.errors import LastAdmin, PasswordWrong, SessionUnknown, UserUnknown
from optimus.accounts.schemas import PasswordChange, UserChange
from optimus.db.database import Database
from optimus.errors import FieldError
from optimus.facts.roles import Role
from optimus.http.call import Caller


def change(database: Database, wanted: UserChange) -> None:
    """Set a user's role, password, or both. Raises UserUnknown, LastAdmin, PasswordRefused."""
    password_hash = None
    if wanted.password is not None:
        passwords.check_policy(wanted.password)
        password_hash = passwords.hash_password(wanted.password)
    with database.writing() as connection:
        user = _known(connection, wanted.id)
        if wanted.role is not None:
            if wanted.role is not Role.ADMIN:
                _keep_an_admin(connection, user, "give another user the role admin first")
            store.set_user(connection, user.id, role=wanted.role)
        if password_hash is not None:
            store.set_user(connection, user.id, password_hash=password_hash)
            store.end_sessions_of(connection, user.id)


def remove(connection: Connection, user_id: str) -> str:
    """Delete a user and end the user's sessions; the name. Raises UserUnknown, LastAdmin."""
    user = _known(connection, user_id)
    _keep_an_admin(connection, user, "make another one first")
    store.end_sessions_of(connection, user.id)
    store.remove_user(connection, user.id)
    return user.name


def change_own_password(database: Database, caller: Caller, wanted: PasswordChange) -> None:
    """Ends all other sessions of the caller. Raises PasswordWrong, PasswordRefused."""
    with database.reading() as connection:
        user = queries.user_by_id(connection, caller.user_id)
    if not passwords.verify(wanted.password, user.password_hash if user else None) or user is None:
        raise PasswordWrong(
            "The present password is wrong; nothing was changed.",
            errors=[FieldError("password", "is not the present password")],
        )
    passwords.check_policy(wanted.new_password)
    password_hash = passwords.hash_password(wanted.new_password)
    with database.writing() as connection:
        store.set_user(connection, user.id, password_hash=password_hash)
        store.end_sessions_of(connection, user.id, but=caller.session_id)


def end_own_session(connection: Connection, caller: Caller, session_id: str) -> None:
    """Raises SessionUnknown."""
    if not store.end_session_of(connection, caller.user_id, session_id):
        raise SessionUnknown(f"You have no session with the id {session_id!r}: GET sessions lists yours.")


def _known(connection: Connection, user_id: str) -> queries.UserRow:
    user = queries.user_by_id(connection, user_id)
    if user is None:
        raise UserUnknown(f"There is no user with the id {user_id!r}: GET users lists all.")
    return user


def _keep_an_admin(connection: Connection, user: queries.UserRow, advice: str) -> None:
    if user.role == Role.ADMIN and not queries.other_admin_exists(connection, user.id):
        raise LastAdmin(f"{user.name} is the only administrator: {advice}.")
