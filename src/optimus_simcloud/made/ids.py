"""Identifiers that are the same for the same site: derived from names, never drawn at random."""

import hashlib


class Ids:
    """Derives every identifier of one site from the site's own root word."""

    def __init__(self, root: str) -> None:
        self._root = root

    def hex(self, *parts: object) -> str:
        """32 hexadecimal digits, as keystone writes ids."""
        text = "/".join((self._root, *map(str, parts)))
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    def uuid(self, *parts: object) -> str:
        """A dashed version-4 UUID, as every other service writes ids."""
        digits = self.hex(*parts)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def mac(self, *parts: object) -> str:
        digits = self.hex(*parts)
        return f"fa:16:3e:{digits[0:2]}:{digits[2:4]}:{digits[4:6]}"
