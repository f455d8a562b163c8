"""Hashing passwords (argon2id) and the policy for new ones (NIST SP 800-63B: length and a list, no composition)."""

import functools
import threading

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from optimus.accounts.common_passwords import COMMON_PASSWORDS
from optimus.accounts.errors import PasswordRefused
from optimus.errors import FieldError

MIN_LENGTH = 8
MAX_LENGTH = 128
HASHES_AT_ONCE = 4  # each needs 64 MiB: a crowd at the door must not take the machine's memory

_hasher = PasswordHash((Argon2Hasher(),))
_turnstile = threading.BoundedSemaphore(HASHES_AT_ONCE)


def check_policy(password: str) -> None:
    """Raises PasswordRefused."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        _refuse(f"must have {MIN_LENGTH} to {MAX_LENGTH} characters")
    if password.casefold() in COMMON_PASSWORDS:
        _refuse("is among the most common passwords; choose another")


def _refuse(why: str) -> None:
    raise PasswordRefused(f"The password {why}.", errors=[FieldError("password", why)])


def hash_password(password: str) -> str:
    with _turnstile:
        return _hasher.hash(password)


@functools.cache
def _nobodys_hash() -> str:
    """Compared with when there is no such user; made at the first log-in, not at every start."""
    return hash_password("no user has this password")


def verify(password: str, password_hash: str | None) -> bool:
    """Takes as long for a user who does not exist (`password_hash` None) as for one who does."""
    compared = password_hash or _nobodys_hash()
    with _turnstile:
        matches = _hasher.verify(password, compared)
    return matches and password_hash is not None
