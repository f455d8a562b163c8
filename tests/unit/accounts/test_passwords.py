"""The password policy (length and a list, no composition), hashing, and how names are compared."""

import pytest

from optimus.accounts import passwords
from optimus.accounts.common_passwords import COMMON_PASSWORDS
from optimus.accounts.errors import PasswordRefused
from optimus.accounts.service import name_key


@pytest.mark.parametrize("password", ["correct horse", "ßßßßßßßß", "密码密码密码密码", "x" * 127 + "y", "        a"])
def test_passwords_that_are_taken(password: str) -> None:
    passwords.check_policy(password)


@pytest.mark.parametrize("password", ["", "short 1", "x" * 129, "password", "PassWord", "12345678", "qwertyuiop"])
def test_passwords_that_are_refused(password: str) -> None:
    with pytest.raises(PasswordRefused) as refused:
        passwords.check_policy(password)
    assert [error.field for error in refused.value.errors] == ["password"]


def test_the_list_can_be_met_and_is_folded() -> None:
    assert len(COMMON_PASSWORDS) > 100
    assert all(word == word.casefold() for word in COMMON_PASSWORDS)
    assert all(len(word) >= passwords.MIN_LENGTH for word in COMMON_PASSWORDS), "shorter ones are refused anyway"


def test_hashes_are_argon2id_salted_and_verified() -> None:
    one, other = passwords.hash_password("a long password"), passwords.hash_password("a long password")
    assert one != other
    assert one.startswith("$argon2id$")
    assert passwords.verify("a long password", one)
    assert not passwords.verify("A long password", one)


def test_nobody_has_the_password_that_nobody_is_compared_with() -> None:
    assert not passwords.verify("no user has this password", None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna", "aNNA"),
        (" anna ", "anna"),
        ("Straße", "STRASSE"),
        ("\uff46\uff55\uff4c\uff4c", "full"),
        ("Ω", "ω"),
        ("é", "e\u0301"),
    ],
)
def test_names_that_count_as_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_names_that_do_not() -> None:
    assert len({name_key(name) for name in ("anna", "änna", "anna1", "an na")}) == 4
