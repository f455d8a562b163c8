"""Encryption at rest, keys derived from the installation's secret, and taking secrets out of texts."""

import base64
import json
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASK = "******"


def derive_key(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose, so that no two uses share a key."""
    kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"optimus/{purpose}".encode())
    return kdf.derive(secret.encode())


class Unreadable(Exception):
    """The stored text was not encrypted with any of the keys at hand, or belongs to another owner."""


class Vault:
    """Encrypts texts and files; each is bound to its owner, so that a copied cell does not open elsewhere."""

    def __init__(self, secret: str, previous: str = "") -> None:
        keys = [derive_key(s, "vault") for s in (secret, previous) if s]
        self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])

    def seal(self, text: str, *, owner: str) -> str:
        return self._fernet.encrypt(json.dumps([owner, text]).encode()).decode()

    def open(self, sealed: str, *, owner: str) -> str:
        """Raises Unreadable."""
        try:
            found_owner, text = json.loads(self._fernet.decrypt(sealed.encode()))
        except (InvalidToken, ValueError) as error:
            raise Unreadable from error
        if found_owner != owner or not isinstance(text, str):
            raise Unreadable
        return text

    def seal_bytes(self, data: bytes, *, owner: str) -> bytes:
        name = owner.encode()
        return self._fernet.encrypt(len(name).to_bytes(2) + name + data)

    def open_bytes(self, sealed: bytes, *, owner: str) -> bytes:
        """Raises Unreadable."""
        try:
            found = self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise Unreadable from error
        end = 2 + int.from_bytes(found[:2])
        if found[2:end] != owner.encode():
            raise Unreadable
        return found[end:]


def scrub(text: str, secrets: Iterable[str]) -> str:
    """The text with every given secret masked. Very short ones too: a log with holes beats one with a password."""
    for secret in sorted({s for s in secrets if s}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
