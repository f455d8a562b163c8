"""What the account calls take and answer."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from optimus.facts.roles import Role
from optimus.http.inputs import Body, Id, Name, OptionalText, Password, one_of

MAX_TOKEN = 4096


class Credentials(Body):
    """`name` is shown as typed and compared by its case-folded form."""

    name: Annotated[Name, Field(max_length=128)]
    password: Password


class RefreshToken(Body):
    refresh_token: Annotated[str, Field(min_length=1, max_length=MAX_TOKEN)]


class LoginData(TypedDict):
    """Lifetimes in seconds from now: `expires_in` of the access token, `time` of the refresh token."""

    access_token: str
    expires_in: int
    refresh_token: str
    time: int


class RefreshData(TypedDict):
    access_token: str
    expires_in: int


class PageSession(TypedDict):
    """What the web page gets: the refresh token is in a cookie that its scripts cannot read.

    `expires_in` of the access token and `time` of the session are lifetimes in seconds from now.
    """

    access_token: str
    expires_in: int
    time: int
    user_id: str
    name: str
    role: str


class Me(TypedDict):
    """`session_id` names the log-in whose access token was sent."""

    id: str
    name: str
    role: str
    session_id: str


class PasswordChange(Body):
    password: Password
    new_password: Password


class SessionId(Body):
    id: OptionalText = None


class SessionItem(TypedDict):
    """One log-in. Times in epoch seconds; `refreshed_at` is when its last access token was made."""

    id: str
    created_at: int
    refreshed_at: int
    expires_at: int
    client_address: str | None
    current: bool


class NewUser(Body):
    """A user made by an administrator; without a role an operator."""

    name: Annotated[Name, Field(max_length=128)]
    password: Password
    role: Annotated[Role | None, one_of(Role)] = None


class UserChange(Body):
    """A new role, a new password (which ends the user's sessions), or both."""

    id: Id
    role: Annotated[Role | None, one_of(Role)] = None
    password: Password | None = None


class UserId(Body):
    id: OptionalText = None


class UserItem(TypedDict):
    """`sessions` are those that have not expired; `last_seen` is the last time one of them was renewed, or null."""

    id: str
    name: str
    role: str
    created_at: int
    sessions: int
    last_seen: int | None
