"""The system calls: login, refresh, sign, logout; the web page's session; users, own password, own sessions."""

from typing import Annotated

from fastapi import Query

from optimus.accounts import page_session, queries, service, users
from optimus.accounts.schemas import (
    Credentials,
    NewUser,
    PasswordChange,
    RefreshToken,
    SessionId,
    UserChange,
    UserId,
)
from optimus.errors import FieldError, MalformedRequest
from optimus.http.answer import Answer
from optimus.http.call import Call, Doer
from optimus.http.inputs import OptionalText
from optimus.kit.clock import epoch


def login(call: Call, body: Credentials) -> Answer:
    """Log in with name and password."""
    call.doer, data = service.log_in(call.services, body.name, body.password, client_address=call.client_address)
    call.subject = call.doer.user_id
    return Answer(data)


def refresh(call: Call, body: RefreshToken) -> Answer:
    """Get a new access token for a refresh token."""
    return Answer(service.refresh(call.services, body.refresh_token))


def sign(call: Call, body: Credentials) -> Answer:
    """Sign up. The first user ever becomes the administrator."""
    call.subject = service.sign_up(call.services.database, call.services.settings, body.name, body.password)
    call.doer = Doer(call.subject, body.name)
    return Answer([], code=201)


def logout(call: Call, body: RefreshToken) -> Answer:
    """End the session of a refresh token, and its access tokens at once."""
    if doer := service.log_out(call.connection, body.refresh_token):
        call.doer, call.subject = doer, doer.user_id
    return Answer.without_data()


def open_session(call: Call, body: Credentials) -> Answer:
    """Log in from the web page: as login, with the refresh token in an HttpOnly cookie. Needs X-Optimus-Page."""
    found, cookie = page_session.open_session(call, body)
    return Answer(found, code=201, headers={"Set-Cookie": cookie})


def renew_session(call: Call) -> Answer:
    """Get a new access token for the cookie's session. Needs X-Optimus-Page."""
    return Answer(page_session.renew_session(call))


def close_session(call: Call) -> Answer:
    """End the cookie's session and its access tokens at once. Needs X-Optimus-Page."""
    return Answer.without_data(headers={"Set-Cookie": page_session.close_session(call)})


def me(call: Call) -> Answer:
    """Who the access token belongs to."""
    caller = call.caller
    return Answer(
        {"id": caller.user_id, "name": caller.name, "role": caller.role.value, "session_id": caller.session_id}
    )


def change_password(call: Call, body: PasswordChange) -> Answer:
    """Change the own password; all other sessions of the caller end."""
    call.subject = call.caller.user_id
    users.change_own_password(call.services.database, call.caller, body)
    return Answer.without_data({"message": "The password was changed; your other sessions were ended."})


def list_sessions(call: Call) -> Answer:
    """The caller's sessions."""
    caller = call.caller
    found = queries.session_items(call.connection, caller.user_id, current=caller.session_id, now=epoch())
    return Answer(found, {"total": len(found)})


def end_session(
    call: Call,
    id: Annotated[OptionalText, Query()] = None,  # noqa: A002 - as in the document's calls
    body: SessionId | None = None,
) -> Answer:
    """End one of the caller's sessions. `id` in the body or in the query."""
    call.subject = _given((body.id if body else None) or id)
    users.end_own_session(call.connection, call.caller, call.subject)
    return Answer.without_data({"message": "The session was ended."})


def list_users(call: Call) -> Answer:
    """All users."""
    found = queries.user_items(call.connection, now=epoch())
    return Answer(found, {"total": len(found)})


def add_user(call: Call, body: NewUser) -> Answer:
    """Make a user, whether or not registration is open."""
    call.subject = service.add_user(call.services.database, body.name, body.password, role=body.role)
    return Answer(call.subject, {"message": f"The user {body.name!r} was made."}, code=201)


def change_user(call: Call, body: UserChange) -> Answer:
    """Change a user's role or password. A new password ends the user's sessions."""
    call.subject = body.id
    if body.role is None and body.password is None:
        raise MalformedRequest("role: is required (or password).", errors=[FieldError("role", "is required")])
    users.change(call.services.database, body)
    return Answer.without_data({"message": "The user was changed."})


def delete_user(
    call: Call,
    id: Annotated[OptionalText, Query()] = None,  # noqa: A002 - as in the document's calls
    body: UserId | None = None,
) -> Answer:
    """Delete a user and end the user's sessions. `id` in the body or in the query."""
    call.subject = _given((body.id if body else None) or id)
    name = users.remove(call.connection, call.subject)
    return Answer(call.subject, {"message": f"The user {name!r} was deleted."})


def _given(wanted: str | None) -> str:
    if wanted is None:
        raise MalformedRequest("id: is required.", errors=[FieldError("id", "is required")])
    return wanted
