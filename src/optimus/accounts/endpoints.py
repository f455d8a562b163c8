"""The system calls: login, refresh, sign, logout."""

from optimus.accounts import service
from optimus.accounts.schemas import Credentials, RefreshToken
from optimus.http.answer import Answer
from optimus.http.call import Call


def login(call: Call, body: Credentials) -> Answer:
    """Log in with name and password."""
    call.subject, data = service.log_in(call.services, body.name, body.password, client_address=call.client_address)
    return Answer(data)


def refresh(call: Call, body: RefreshToken) -> Answer:
    """Get a new access token for a refresh token."""
    return Answer(service.refresh(call.services, body.refresh_token))


def sign(call: Call, body: Credentials) -> Answer:
    """Sign up. The first user ever becomes the administrator."""
    call.subject = service.sign_up(call.services.database, call.services.settings, body.name, body.password)
    return Answer([], code=201)


def logout(call: Call, body: RefreshToken) -> Answer:
    """End the session of a refresh token, and its access tokens at once."""
    call.subject = service.log_out(call.connection, body.refresh_token)
    return Answer.without_data()
