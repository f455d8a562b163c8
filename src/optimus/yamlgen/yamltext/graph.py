"""Compose a document from libyaml's events into light nodes.

PyYAML's own composer resolves each scalar by regular expressions and keeps two mark objects for it: twice the time and
three times the memory. These nodes keep positions as numbers, and find out what a plain scalar is only when asked.
Everything that must be counted or refused is so while the graph grows: depth, amount, aliases, double keys, tags.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml
from yaml.resolver import Resolver

from optimus.yamlgen.limits import Limits

_PREFIX = "tag:yaml.org,2002:"
_CORE_TAGS = re.compile(r"tag:yaml\.org,2002:(str|int|float|bool|null|seq|map|timestamp|merge|value|binary)|!vault|!")
_RESOLVER = Resolver()


@lru_cache(maxsize=4096)
def plain_kind(text: str) -> str:
    """What YAML 1.1 takes an unquoted text for.

    >>> plain_kind("on"), plain_kind("012"), plain_kind("a")
    ('bool', 'int', 'str')
    """
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return str(tag).removeprefix(_PREFIX)


class Node:
    """`start` and `end` are positions in the text, `column` that of the start; `tag` only if one was written."""

    __slots__ = ("column", "end", "start", "tag", "value")

    def __init__(self, value: Any, start: int, end: int, column: int, tag: str | None) -> None:
        self.value, self.start, self.end, self.column, self.tag = value, start, end, column, tag


class ScalarNode(Node):
    __slots__ = ("style",)

    def __init__(self, value: str, start: int, end: int, column: int, tag: str | None, style: str | None) -> None:
        self.value, self.start, self.end, self.column, self.tag = value, start, end, column, tag
        self.style = style

    @property
    def kind(self) -> str:
        """`str`, `int`, `bool`, `null`, … as YAML 1.1 reads it (CEE's reader)."""
        if self.tag:
            return self.tag.removeprefix(_PREFIX)
        if self.style is not None:
            return "str"
        return plain_kind(self.value)


class SequenceNode(Node):
    __slots__ = ("flow_style",)
    flow_style: bool


class MappingNode(Node):
    __slots__ = ("flow_style",)
    flow_style: bool


@dataclass
class Fault:
    """Something wrong at a position; `key` names its wording."""

    key: str
    position: int
    words: dict[str, Any] = field(default_factory=dict)


class Stop(Exception):
    """Reading ends here."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.key)
        self.fault = fault


@dataclass
class Graph:
    root: Node | None = None
    anchors: list[int] = field(default_factory=list)
    shared: set[int] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)


class _Composer:
    """The rare events; the common ones are in the loop of `compose`."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.graph = limits, Graph()
        self.named: dict[str, tuple[Node, int]] = {}
        self.aliases = self.documents = 0

    def anchor(self, event: Any, node: Node) -> None:
        self.named[event.anchor] = (node, 1)
        self.graph.anchors.append(node.start)

    def alias(self, event: Any, open_nodes: list[Any]) -> tuple[Node, int]:
        self.aliases += 1
        at = event.start_mark.index
        if self.aliases > self.limits.yaml_aliases:
            raise Stop(Fault("template.large", at, {"most": self.limits.yaml_aliases}))
        if event.anchor not in self.named:
            line = event.start_mark.line + 1
            raise Stop(Fault("template.parse", at, {"problem": "found undefined alias", "line": line}))
        node, size = self.named[event.anchor]
        if any(frame[0] is node for frame in open_nodes):
            raise Stop(Fault("template.recursive", at))
        self.graph.shared.add(id(node))
        return node, size

    def spread(self) -> None:
        """What stands below a shared node is shared too."""
        stack = [node for node, _ in self.named.values() if id(node) in self.graph.shared]
        while stack:
            node = stack.pop()
            self.graph.shared.add(id(node))
            if isinstance(node, MappingNode):
                stack.extend(value for _, value in node.value)
            elif isinstance(node, SequenceNode):
                stack.extend(node.value)

    def tag(self, event: Any) -> None:
        if not _CORE_TAGS.fullmatch(event.tag):
            self.graph.faults.append(Fault("template.tag", event.start_mark.index, {"tag": event.tag}))

    def document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise Stop(Fault("template.documents", event.start_mark.index))

    def double(self, key: ScalarNode, first: ScalarNode) -> None:
        words = {"key": key.value, "first": first.start, "line": key.start}
        self.graph.faults.append(Fault("template.key_double", key.start, words))


def compose(text: str, limits: Limits, *, trusted: bool = False) -> Graph:  # noqa: C901, PLR0912, PLR0915 - a hot loop
    """One pass over the events. `trusted` does not count (what we wrote ourselves)."""
    composer = _Composer(limits)
    graph = composer.graph
    loader = yaml.CSafeLoader(text)
    get = loader.get_event
    # An open collection: node, its members, whether it is a map, keys seen, the key that waits, size before it, anchor.
    frames: list[list[Any]] = []
    frame: list[Any] | None = None
    size = 0
    most = 1 << 62 if trusted else limits.yaml_events
    node: Any
    try:
        while True:
            event: Any = get()
            kind = event.__class__
            size += 1
            if kind is yaml.ScalarEvent:
                mark = event.start_mark
                node = ScalarNode(
                    event.value, mark.index, event.end_mark.index, mark.column, event.tag, event.style or None
                )
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                mark = event.start_mark
                node = (MappingNode if kind is yaml.MappingStartEvent else SequenceNode)(
                    [], mark.index, 0, mark.column, event.tag
                )
                node.flow_style = bool(event.flow_style)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                assert frame is not None
                frame[0].end = event.end_mark.index
                if frame[6]:
                    composer.named[frame[6]] = (frame[0], size - frame[5])
                frames.pop()
                frame = frames[-1] if frames else None
                continue
            elif kind is yaml.AliasEvent:
                node, more = composer.alias(event, frames)
                size += more
            elif kind is yaml.DocumentStartEvent:
                composer.document(event)
                continue
            elif kind is yaml.StreamEndEvent:
                composer.spread()
                return graph
            else:
                continue
            if size > most:
                raise Stop(Fault("template.large", event.start_mark.index, {"most": most}))  # noqa: TRY301 - one way out
            if event.anchor and kind is not yaml.AliasEvent:
                composer.anchor(event, node)
            if kind is not yaml.AliasEvent and event.tag:
                composer.tag(event)
            if frame is None:
                graph.root = node
            elif frame[2]:
                key = frame[4]
                if key is None:
                    if node.__class__ is not ScalarNode:
                        name = "template.key_jinja" if "{{" in text else "template.key_complex"
                        raise Stop(Fault(name, event.start_mark.index))  # noqa: TRY301 - one way out
                    frame[4] = node
                    first = frame[3].setdefault(node.value, node)
                    if first is not node:
                        composer.double(node, first)
                else:
                    frame[1].append((key, node))
                    frame[4] = None
            else:
                frame[1].append(node)
            if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if len(frames) >= limits.yaml_depth:
                    raise Stop(Fault("template.deep", event.start_mark.index, {"most": limits.yaml_depth}))  # noqa: TRY301 - one way out
                frame = [node, node.value, kind is yaml.MappingStartEvent, {}, None, size, event.anchor]
                frames.append(frame)
    except Stop as stop:
        graph.faults.append(stop.fault)
        return graph
    finally:
        loader.dispose()
