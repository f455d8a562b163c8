"""What the account calls take and answer."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from optimus.http.inputs import Body, Name, Password

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
