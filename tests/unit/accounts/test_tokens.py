"""Access and refresh tokens."""

import jwt
import pytest

from optimus.accounts import tokens
from optimus.accounts.errors import TokenInvalid

KEY, OTHER = b"k" * 48, b"o" * 48


def test_a_token_names_its_session_until_it_expires() -> None:
    token = tokens.make_access(KEY, session_id="s1", now=1000, lifetime=600)
    assert tokens.read_access(KEY, token, now=1000) == "s1"
    assert tokens.read_access(KEY, token, now=1599) == "s1"
    with pytest.raises(TokenInvalid, match="expired"):
        tokens.read_access(KEY, token, now=1600)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        "é",
        jwt.encode({"sid": "s1", "exp": 9999}, OTHER, "HS256"),
        jwt.encode({"sid": "s1", "exp": 9999}, KEY, "HS384"),
        jwt.encode({"sid": "s1", "exp": 9999}, "", "none"),
        jwt.encode({"sid": "s1"}, KEY, "HS256"),
        jwt.encode({"exp": 9999}, KEY, "HS256"),
        jwt.encode({"sid": 7, "exp": 9999}, KEY, "HS256"),
        jwt.encode({"sid": None, "exp": 9999}, KEY, "HS256"),
        jwt.encode({"sid": "s1", "exp": "soon"}, KEY, "HS256"),
    ],
)
def test_a_token_that_is_not_ours(token: str) -> None:
    with pytest.raises(TokenInvalid):
        tokens.read_access(KEY, token, now=1000)


def test_refresh_tokens_are_long_random_and_stored_as_a_digest() -> None:
    made = {tokens.make_refresh() for _ in range(100)}
    assert len(made) == 100
    assert min(len(token) for token in made) >= 43
    token = made.pop()
    assert len(tokens.digest(token)) == 64
    assert token not in tokens.digest(token)
    assert tokens.digest("\ud800") != tokens.digest("?"), "whatever is sent can be looked up"
