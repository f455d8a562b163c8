"""Cell addresses and the values a cell can hold, as the bounded reader reports them."""

from dataclasses import dataclass
from functools import lru_cache


@lru_cache(maxsize=1024)
def column_letters(column: int) -> str:
    """The letters of a column counted from 1.

    >>> column_letters(1), column_letters(27), column_letters(16384)
    ('A', 'AA', 'XFD')
    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def a1(row: int, column: int) -> str:
    return f"{column_letters(column)}{row}"


@lru_cache(maxsize=1024)
def column_number(letters: str) -> int:
    """The number of a column from its letters.

    >>> column_number("A"), column_number("XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric cell: its text in the file, and how many digits its format pads it to (0: no padding)."""

    text: str
    zeros: int = 0


@dataclass(frozen=True, slots=True)
class Flag:
    value: bool


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that has no usable value: `date`, `error`, `formula` (without a result), `external`."""

    kind: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Computed:
    """The stored result of a formula."""

    value: "str | Number | Flag | Broken"


CellValue = str | Number | Flag | Broken | Computed


@dataclass(frozen=True, slots=True)
class Range:
    """A merged area, bounds included, counted from 1."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def ref(self) -> str:
        return f"{a1(self.top, self.left)}:{a1(self.bottom, self.right)}"


@dataclass(slots=True)
class Sheet:
    """One sheet: only cells that hold something, by row and column."""

    name: str
    rows: dict[int, dict[int, CellValue]]
    merges: list[Range]
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


@dataclass(slots=True)
class Book:
    """A workbook as read: its sheets in order, and parts that say something about it."""

    sheets: list[Sheet]
    macros: bool = False
    external_links: bool = False
    embedded: bool = False
