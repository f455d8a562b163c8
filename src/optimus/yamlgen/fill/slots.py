"""What to write into a scalar that the template already holds: nothing if it says the same, else in its own style."""

import re

from optimus.yamlgen.binding.types import BadValue, address, address_range, subnet
from optimus.yamlgen.binding.values import Special, Value
from optimus.yamlgen.yamltext.emit import scalar
from optimus.yamlgen.yamltext.graph import Node, ScalarNode
from optimus.yamlgen.yamltext.nodes import truth
from optimus.yamlgen.yamltext.quote import in_style

_INT = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]+(?:/[0-9]+|\s*-\s*[0-9A-Fa-f:.]+)?")
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t]+)+")


def replacement(node: ScalarNode, value: Value, *, loose: bool, flow: bool) -> str | None:  # noqa: PLR0911 - each way out is one rule
    """The new text of the slot, or None when it already says this value. `loose`: the slot's kind is kept."""
    old = str(node.value)
    quoted = node.style in {"'", '"'} and old != ""
    if value is Special.NULL:
        return None if node.kind == "null" else "null"
    if value is Special.EMPTY:
        return None if old == "" and node.style else '""' if node.style == '"' else "''"
    if isinstance(value, bool):
        return _boolean(node, value, loose=loose, quoted=quoted)
    text = str(value)
    if old == text:
        return None  # also where the template writes it in a way of its own
    if isinstance(value, int):
        return in_style(text, node.style) if quoted else text
    if same_address(old, text):
        return None
    if loose and node.style is None and (as_kind := _of_kind(node, text)):
        return None if as_kind == old else as_kind
    return in_style(text, node.style, flow=flow) if quoted else scalar(text, flow=flow)


def _boolean(node: ScalarNode, value: bool, *, loose: bool, quoted: bool) -> str | None:  # noqa: FBT001 - the value
    if quoted and not loose:
        return None if truth(node) is value else in_style("true" if value else "false", node.style)
    return None if truth(node) is value else ("true" if value else "false")


def _of_kind(node: ScalarNode, text: str) -> str:
    """The text as the slot's kind, if it can be read as such."""
    kind = node.kind
    if (kind == "int" and _INT.fullmatch(text)) or (
        kind == "float" and (_FLOAT.fullmatch(text) or _INT.fullmatch(text))
    ):
        return text
    if kind == "bool":
        low = text.casefold()
        if low in {"true", "yes", "on", "是"}:
            return str(node.value) if truth(node) is True else "true"
        if low in {"false", "no", "off", "否"}:
            return str(node.value) if truth(node) is False else "false"
    return ""


def is_address(text: str) -> bool:
    """Whether a text may be an address, a subnet or a range: such are compared by what they mean.

    >>> is_address("2001:db8::/64"), is_address("compute")
    (True, False)
    """
    return (":" in text or text.count(".") >= 3) and _ADDRESS.fullmatch(text) is not None


def same_address(old: str, new: str) -> bool:
    """Whether two texts are one address, subnet or range, written differently."""
    if not (":" in new or new.count(".") >= 3) or not _ADDRESS.fullmatch(old):
        return False
    parse = subnet if "/" in new else address_range if "-" in new else address
    try:
        return parse(old.strip()) == new
    except BadValue:
        return False


def value_start(text: str, node: Node) -> int:
    """Where the value itself starts: an anchor and a tag before it stay."""
    start = int(node.start)
    if text[start] in "&!" and (found := _PROPERTIES.match(text, start, node.end)):
        return found.end()
    return start
