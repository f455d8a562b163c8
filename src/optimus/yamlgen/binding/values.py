"""One cell under one column rule: its value in normal form, and what was noticed on the way."""

import re
from decimal import Decimal, InvalidOperation
from enum import Enum

from optimus.yamlgen.binding.types import PARSERS, BadValue, Scalar
from optimus.yamlgen.cells import Broken, CellValue, Computed, Flag, Number
from optimus.yamlgen.rules.model import ColumnRule
from optimus.yamlgen.yamltext.document import normal


class Special(Enum):
    """What a cell can say beyond a value."""

    EMPTY = "<empty>"
    NULL = "<null>"
    DELETE = "<delete>"


Value = Scalar | Special | list[Scalar]
_SPECIALS = {special.value: special for special in Special}
_WIDE = str.maketrans({**{chr(0xFF10 + digit): str(digit) for digit in range(10)}, "，": ",", "：": ":", "；": ";", "／": "/", "．": ".", "－": "-"})  # fmt: skip  # noqa: E501, RUF001
_HAS_WIDE = re.compile("[\uff0c\uff10-\uff1b\uff0e\uff0f\uff0d]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


def number_text(cell: Number) -> str:
    """The number as people wrote it: no `.0`, no exponent, with the zeros of its format.

    >>> number_text(Number("12.0")), number_text(Number("11", zeros=3)), number_text(Number("1.5"))
    ('12', '011', '1.5')
    """
    text = cell.text
    if not text.isdigit():
        try:
            number = Decimal(text)
        except InvalidOperation as failure:
            raise BadValue("cell.number", value=text) from failure
        if not number.is_finite() or abs(number.adjusted()) > 20:
            raise BadValue("cell.precision", value=text[:40])
        # 15 digits are what a spreadsheet shows: 0.1 is stored as 0.10000000000000001.
        text = str(int(number)) if number == number.to_integral_value() else f"{float(text):.15g}"
    if len(text.lstrip("-").replace(".", "")) > 15:
        raise BadValue("cell.precision", value=text[:40])
    return text.zfill(cell.zeros) if cell.zeros else text


def cell_text(cell: CellValue, notes: list[str]) -> str:
    """A cell's text; what was changed is noted, what cannot be used raises."""
    if type(cell) is str:
        text = cell.strip()
        if not text.isascii():
            text = normal(text)
        elif text.isprintable():
            return text
        if found := _CONTROL.search(text):
            raise BadValue("cell.control", character=f"U+{ord(found[0]):04X}")
        return text.replace("\r\n", "\n")
    if type(cell) is Number:
        text = number_text(cell)
        if cell.zeros and len(text) != len(cell.text):
            notes.append("cell.zeros")
        return text
    if type(cell) is Flag:
        return "true" if cell.value else "false"
    if type(cell) is Computed:
        notes.append("cell.formula_used")
        return cell_text(cell.value, notes)
    assert isinstance(cell, Broken)
    raise BadValue(f"cell.{cell.kind}", value=cell.text)


def parse_text(text: str, rule: ColumnRule, notes: list[str]) -> Value | None:
    """None for a cell that keeps the template's value."""
    if not text or text in {"-", "－", "—"}:  # noqa: RUF001 - the dashes that input methods type
        return None
    if text[0] == "<" and text in _SPECIALS:
        return _SPECIALS[text]
    kind = rule.type
    if kind != "text" and kind != "secret" and not text.isascii() and _HAS_WIDE.search(text):  # noqa: PLR1714
        text = text.translate(_WIDE)
        notes.append("cell.folded")
    if rule.list_:
        parser = PARSERS[kind]
        values = [parser(part.strip()) for part in re.split(r"[;；\n]", text) if part.strip()]  # noqa: RUF001
        return values or None
    value = PARSERS[kind](text)
    if rule.choices:
        return _choice(text, rule)
    if rule.match and not re.search(rule.match, text):
        raise BadValue("type.match", value=text, pattern=rule.match)
    return value


def _choice(text: str, rule: ColumnRule) -> str:
    for choice in rule.choices:
        if choice.casefold() == text.casefold():
            return choice
    raise BadValue("type.enum", value=text, choices=", ".join(rule.choices))
