"""Look into a node graph: children by key, plain data, the kind of a scalar, where content ends."""

from collections.abc import Iterator
from typing import Any

from optimus.yamlgen.yamltext.graph import MappingNode, Node, ScalarNode, SequenceNode

_TRUE = frozenset({"true", "yes", "on"})
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def pairs(node: Node | None) -> list[tuple[ScalarNode, Node]]:
    return node.value if isinstance(node, MappingNode) else []


def child(node: Node | None, key: str) -> Node | None:
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if name.value == key:
                return value  # type: ignore[no-any-return]
    return None


def items(node: Node | None) -> list[Node]:
    return node.value if isinstance(node, SequenceNode) else []


def text_of(node: Node | None) -> str:
    """The text of a scalar, empty for anything else and for null."""
    if node.__class__ is ScalarNode and not is_null(node):
        return str(node.value)
    return ""


def is_null(node: Node) -> bool:
    """A plain scalar that both versions read as null."""
    return node.value in _NULLS and node.tag is None and node.style is None  # type: ignore[attr-defined]


def truth(node: Node | None) -> bool | None:
    """A boolean by either version's words; None when it is none."""
    if node is None or not isinstance(node, ScalarNode):
        return None
    low = node.value.lower()
    if low in _TRUE:
        return True
    return False if low in {"false", "no", "off"} else None


def content_end(node: Node) -> int:
    """Just behind the last character that belongs to the node; comments and blank lines after it do not."""
    while True:
        if not isinstance(node, MappingNode | SequenceNode) or node.flow_style or not node.value:
            return int(node.end)
        last = node.value[-1]
        node = last[1] if isinstance(node, MappingNode) else last
        if node.start == node.end and isinstance(last, tuple):  # a key without a value
            return int(last[0].end) + 1


def walk(node: Node, path: str = "") -> Iterator[tuple[str, Node, Node | None]]:
    """Every node under this one, with its path and, inside mappings, its key node."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            below = f"{path}.{key.value}" if path else str(key.value)
            yield below, value, key
            if not isinstance(value, ScalarNode):
                yield from walk(value, below)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            below = f"{path}[{index}]"
            yield below, value, None
            if not isinstance(value, ScalarNode):
                yield from walk(value, below)


def to_data(node: Node | None) -> Any:
    """Plain data with every scalar as its text (`None` for null): for comparing, never for executing."""
    if node is None:
        return None
    if isinstance(node, MappingNode):
        return {str(key.value): to_data(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [to_data(value) for value in node.value]
    return None if is_null(node) else node.value
