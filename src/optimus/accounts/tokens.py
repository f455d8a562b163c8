"""Access tokens (signed, naming a session) and refresh tokens (random, stored only as a digest)."""

import hashlib
import secrets

import jwt

from optimus.accounts.errors import TokenInvalid

ALGORITHM = "HS256"


def make_access(key: bytes, *, session_id: str, now: int, lifetime: int) -> str:
    return jwt.encode({"sid": session_id, "iat": now, "exp": now + lifetime}, key, ALGORITHM)


def read_access(key: bytes, token: str, *, now: int) -> str:
    """The session that the token names. Raises TokenInvalid."""
    try:
        claims = jwt.decode(
            token,
            key,
            [ALGORITHM],
            options={"require": ["exp", "sid"], "verify_exp": False, "verify_iat": False},
        )
        session_id, expires = claims["sid"], claims["exp"]
    except jwt.PyJWTError as error:
        raise TokenInvalid("The access token is not valid: log in again.") from error
    if not isinstance(session_id, str) or not isinstance(expires, int) or expires <= now:
        raise TokenInvalid("The access token has expired: refresh it, or log in again.")
    return session_id


def make_refresh() -> str:
    return secrets.token_urlsafe(32)


def digest(refresh_token: str) -> str:
    """What is stored: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(refresh_token.encode(errors="surrogatepass")).hexdigest()
