"""Signing up, logging in and out, and who a token belongs to."""

import hashlib
import unicodedata

from sqlalchemy import Connection

from optimus.accounts import passwords, queries, store, tokens
from optimus.accounts.errors import (
    LoginFailed,
    LoginLimited,
    RegistrationClosed,
    TokenInvalid,
    UserExists,
    UserUnknown,
)
from optimus.accounts.schemas import LoginData, RefreshData
from optimus.db.database import Database
from optimus.facts.roles import Role
from optimus.http.call import Caller, Doer, Services
from optimus.kit.clock import epoch
from optimus.kit.ids import new_id
from optimus.settings import Settings

FAILURE_PERIOD_SECONDS = 900
ADDRESS_FACTOR = 10  # many people may sit behind one address


def name_key(name: str) -> str:
    """What user names are compared by: NFKC and Unicode case folding."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.strip()).casefold())


def authenticate(connection: Connection, services: Services, token: str) -> Caller:
    """Whose access token this is. Raises TokenInvalid; a session that was ended ends its tokens at once."""
    now = epoch()
    session_id = tokens.read_access(services.token_key, token, now=now)
    session = queries.session_by_id(connection, session_id, now=now)
    if session is None:
        raise TokenInvalid("The session was ended: log in again.")
    return Caller(session.user_id, session.user_name, Role(session.role), session.session_id)


def sign_up(database: Database, settings: Settings, name: str, password: str) -> str:
    """Make a user from outside, and return the id. The first one ever is the administrator.

    Raises RegistrationClosed, UserExists, PasswordRefused.
    """
    if settings.registration == "closed":
        raise RegistrationClosed("Registration is closed: ask an administrator for an account.")
    return add_user(database, name, password, role=None)


def add_user(database: Database, name: str, password: str, *, role: Role | None) -> str:
    """`role` None: admin for the first user ever, operator for later ones. Raises UserExists, PasswordRefused."""
    passwords.check_policy(password)
    with database.reading() as connection:
        if queries.user_by_key(connection, name_key(name)):
            raise _taken(name)
    user_id = new_id()
    values: dict[str, object] = {
        "id": user_id,
        "name": name,
        "name_key": name_key(name),
        "password_hash": passwords.hash_password(password),
        "created_at": epoch(),
    }
    with database.writing() as connection:
        founder = not queries.any_user(connection)
        first = {**values, "role": role or Role.ADMIN, "is_founder": True}
        if founder and store.add_user(connection, first):
            return user_id
        # Two first users at once: the database lets one of them be the founder.
        later = {**values, "role": role or Role.OPERATOR, "is_founder": None}
        if not store.add_user(connection, later):
            raise _taken(name)
    return user_id


def _taken(name: str) -> UserExists:
    return UserExists(f"The user name {name!r} is taken (upper and lower case count as the same).")


def log_in(services: Services, name: str, password: str, *, client_address: str) -> tuple[Doer, LoginData]:
    """Open a session: whose it is, and the tokens. Raises LoginFailed, LoginLimited."""
    database, settings = services.database, services.settings
    now = epoch()
    period = now // FAILURE_PERIOD_SECONDS
    subjects = _subjects(name, client_address, settings)
    with database.reading() as connection:
        for subject, allowed in subjects:
            if queries.failures(connection, subject, since_period=period) >= allowed:
                raise _limited(now)
        user = queries.user_by_key(connection, name_key(name))
    if not passwords.verify(password, user.password_hash if user else None) or user is None:
        with database.writing() as connection:
            for subject, _ in subjects:
                store.count_failure(connection, subject, period=period)
        raise LoginFailed("The name or the password is wrong.")
    session_id, refresh = new_id(), tokens.make_refresh()
    with database.writing() as connection:
        store.add_session(
            connection,
            {
                "id": session_id,
                "user_id": user.id,
                "refresh_hash": tokens.digest(refresh),
                "created_at": now,
                "expires_at": now + settings.refresh_token_seconds,
                "refreshed_at": now,
                "client_address": client_address,
            },
        )
    access = _access(services, session_id, now)
    return Doer(user.id, user.name), {
        "access_token": access["access_token"],
        "expires_in": access["expires_in"],
        "refresh_token": refresh,
        "time": settings.refresh_token_seconds,
    }


def _subjects(name: str, client_address: str, settings: Settings) -> list[tuple[str, int]]:
    """Whose failures count: this name from this address, and this address whatever the name.

    Not the name alone: then anybody could lock the administrator out.
    """
    allowed = settings.login_failures_allowed
    both = hashlib.sha256(f"{client_address}\0{name_key(name)}".encode(errors="surrogatepass")).hexdigest()
    address = hashlib.sha256(client_address.encode()).hexdigest()
    return [(both, allowed), (address, allowed * ADDRESS_FACTOR)]


def _limited(now: int) -> LoginLimited:
    wait = FAILURE_PERIOD_SECONDS - now % FAILURE_PERIOD_SECONDS
    return LoginLimited(f"Too many failed log-ins from this address: try again in {wait} seconds.", retry_after=wait)


def refresh(services: Services, refresh_token: str) -> RefreshData:
    """A new access token of the session. The refresh token stays: the document's answer has no new one.

    Raises TokenInvalid.
    """
    now = epoch()
    with services.database.reading() as connection:
        session = queries.session_by_refresh(connection, refresh_token, now=now)
    if session is None:
        raise ended()
    with services.database.writing() as connection:
        store.touch_session(connection, session.session_id, now=now)
    return _access(services, session.session_id, now)


def ended() -> TokenInvalid:
    return TokenInvalid("The refresh token is not valid any more: log in again.")


def _access(services: Services, session_id: str, now: int) -> RefreshData:
    lifetime = services.settings.access_token_seconds
    token = tokens.make_access(services.token_key, session_id=session_id, now=now, lifetime=lifetime)
    return {"access_token": token, "expires_in": lifetime}


def log_out(connection: Connection, refresh_token: str) -> Doer | None:
    """End the session; whose it was, None when there is no such session (which is fine)."""
    session = queries.session_by_refresh(connection, refresh_token, now=0)
    if session is None:
        return None
    store.end_session(connection, session.session_id)
    return Doer(session.user_id, session.user_name)


def set_password(database: Database, name: str, password: str) -> None:
    """Set a user's password and end all of the user's sessions. Raises UserUnknown, PasswordRefused."""
    passwords.check_policy(password)
    password_hash = passwords.hash_password(password)
    with database.writing() as connection:
        user = _known(connection, name)
        store.set_user(connection, user.id, password_hash=password_hash)
        store.end_sessions_of(connection, user.id)


def set_role(database: Database, name: str, role: Role) -> None:
    """It counts from the user's next request on. Raises UserUnknown."""
    with database.writing() as connection:
        store.set_user(connection, _known(connection, name).id, role=role)


def _known(connection: Connection, name: str) -> queries.UserRow:
    user = queries.user_by_key(connection, name_key(name))
    if user is None:
        raise UserUnknown(f"There is no user named {name!r}: `optimus user list` shows all.")
    return user


def prune(connection: Connection) -> None:
    now = epoch()
    store.prune(connection, now=now, before_period=now // FAILURE_PERIOD_SECONDS - 1)
