"""The small templates of packs: `{a or b}_{c|lower}`. Blank names make the whole text blank."""

import re
from collections.abc import Callable
from functools import lru_cache

Lookup = Callable[[str], object]
_BLANK = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][\w.]*")
_FILTERS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "int": lambda text: str(int(text)),
}


class BadExpression(ValueError):
    """An expression that packs cannot use."""


class Expression:
    """One compiled text with its blanks.

    >>> Expression("{type}_{module|upper}")({"type": "compute", "module": "gz1"}.get)
    'compute_GZ1'
    >>> Expression("{type}_{module}")({"type": "compute"}.get) is None
    True
    """

    __slots__ = ("literals", "names", "text", "wanted")

    def __init__(self, text: str) -> None:
        self.text = text
        pieces = _BLANK.split(text)
        self.literals = pieces[::2]
        self.wanted = [self._parse(piece) for piece in pieces[1::2]]
        self.names = [name for names, _ in self.wanted for name in names]

    @staticmethod
    def _parse(piece: str) -> tuple[tuple[str, ...], Callable[[str], str] | None]:
        names, _, name_of_filter = piece.partition("|")
        wanted = tuple(name.strip() for name in names.split(" or "))
        if not all(_NAME.fullmatch(name) for name in wanted):
            raise BadExpression(f"{{{piece}}} is not a name")
        if name_of_filter and name_of_filter.strip() not in _FILTERS:
            raise BadExpression(f"there is no filter {name_of_filter.strip()!r}")
        return wanted, _FILTERS.get(name_of_filter.strip()) if name_of_filter else None

    def __call__(self, lookup: Lookup) -> str | None:
        if not self.wanted:
            return self.text
        out = [self.literals[0]]
        for (names, transform), literal in zip(self.wanted, self.literals[1:], strict=True):
            for name in names:
                value = lookup(name)
                if value is not None and value != "":
                    break
            else:
                return None
            text = str(value)
            out.append(transform(text) if transform else text)
            out.append(literal)
        return "".join(out)


@lru_cache(maxsize=1024)
def expression(text: str) -> Expression:
    return Expression(text)


def first_of(texts: str | list[str], lookup: Lookup) -> tuple[str | None, str]:
    """The first text without a blank, and the name that decided it last (to point at its cell)."""
    for text in [texts] if isinstance(texts, str) else texts:
        compiled = expression(text)
        value = compiled(lookup)
        if value is not None:
            return value, compiled.names[-1] if compiled.names else ""
    return None, ""
