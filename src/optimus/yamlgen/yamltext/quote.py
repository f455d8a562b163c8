"""Write one scalar so that readers of YAML 1.1 and of YAML 1.2 both get the same text back."""

import re

# What both versions take for something else than text: numbers (with underscores, in base 60, with exponents), other
# bases, dates and times; and words, in any case.
_NUMERIC = (
    r"[0-9][0-9_]*(?::[0-5]?[0-9])*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]*)?"
    r"|0[bBoOxX][0-9A-Fa-f_]*|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?s:.*)"
)
_WORDS = "(?i:null|true|false|yes|no|on|off|y|n|nan|inf)"
_NOT_TEXT = rf"(?!(?:{_NUMERIC}|{_WORDS})\Z)"
# Letters, digits, common signs; single blanks inside; never at the end a colon, never at the start a sign.
_FIRST, _INNER = r"[0-9A-Za-z_\u4e00-\u9fff/]", r"0-9A-Za-z_\u4e00-\u9fff./@+%-"
_WORD = rf"{_FIRST}(?:[{_INNER}:]*[{_INNER}])?"
_FLOW_WORD = rf"{_FIRST}[{_INNER}]*"
plain = re.compile(rf"{_NOT_TEXT}{_WORD}(?: {_WORD})*").fullmatch
_flow_plain = re.compile(rf"{_NOT_TEXT}{_FLOW_WORD}(?: {_FLOW_WORD})*").fullmatch
_SPECIAL = re.compile(r"[^\x20-\x7e\xa1-\u1fff\u2010-\u2027\u2030-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff00-\ufffd]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def quote(text: str, *, flow: bool = False) -> str:
    """Plain where that is safe, else in single quotes, else (control and unusual characters) in double quotes.

    >>> quote("compute_gz1"), quote("on"), quote("012"), quote("2001:db8::11"), quote("12:34:56"), quote("it's")
    ('compute_gz1', "'on'", "'012'", '2001:db8::11', "'12:34:56'", "it's")
    """
    if (_flow_plain if flow else plain)(text):
        return text
    return double_quoted(text) if _SPECIAL.search(text) else single_quoted(text)


def single_quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def double_quoted(text: str) -> str:
    r"""With escapes for whatever is not plainly printable.

    >>> double_quoted('a"b\n')
    '"a\\"b\\n"'
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _SPECIAL.sub(_escape, escaped) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character in _ESCAPES:
        return _ESCAPES[character]
    number = ord(character)
    if number <= 0xFF:
        return f"\\x{number:02X}"
    return f"\\u{number:04X}" if number <= 0xFFFF else f"\\U{number:08X}"


def in_style(text: str, style: str | None, *, flow: bool = False) -> str:
    """Keep a slot's quotes; a plain slot, or a text that single quotes cannot hold, is quoted as needed."""
    if style is None:
        return text if not flow and plain(text) else quote(text, flow=flow)
    if style == '"':
        return double_quoted(text)
    if style == "'" and not _SPECIAL.search(text):
        return single_quoted(text)
    return quote(text, flow=flow)
