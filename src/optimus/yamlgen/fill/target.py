"""One item that is being written: an existing one in place, or a clone of a pattern. Collects edits, then flushes."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from typing import Any

from optimus.yamlgen.binding.records import Record
from optimus.yamlgen.binding.values import Special, Value
from optimus.yamlgen.fill.edits import Edit
from optimus.yamlgen.fill.paths import select, steps
from optimus.yamlgen.fill.slots import is_address, replacement, value_start
from optimus.yamlgen.yamltext.document import Document
from optimus.yamlgen.yamltext.emit import Leaf, Source, Writer
from optimus.yamlgen.yamltext.graph import MappingNode, Node, ScalarNode, SequenceNode
from optimus.yamlgen.yamltext.nodes import child, content_end, items, pairs, text_of
from optimus.yamlgen.yamltext.quote import in_style, plain

Refuse = Callable[[str, Node, Source], None]
Entry = dict[str, Any]


@dataclass
class _List:
    """Entries that wait for a list: known ones are updated at once, these are new."""

    parent: MappingNode
    key: str
    after: str
    new: list[Entry | Leaf] = field(default_factory=list)


# start, end, the value, its quotes, whether in a flow, the value as it is written
_Slot = tuple[int, int, str, str | None, bool, str]
Simple = tuple[str, str, bool]


class Shape:
    """An item's node with a memory of resolved paths. Shared by all clones of one pattern."""

    def __init__(self, document: Document, node: Node) -> None:
        self.document, self.node = document, node
        self._found: dict[str, tuple[Node | None, MappingNode | None, tuple[str, ...], bool]] = {}
        self._slots: dict[int, tuple[Sequence[Simple], list[tuple[Simple, _Slot | None]]]] = {}

    def slots_of(self, simple: Sequence[Simple]) -> "list[tuple[Simple, _Slot | None]]":
        """The place of a simple scalar for each, for the short way of `Target.put`; None for all others. Remembered."""
        known = self._slots.get(id(simple))
        if known is None or known[0] is not simple:
            known = self._slots[id(simple)] = (simple, [(one, self._slot(one[0])) for one in simple])
        return known[1]

    def _slot(self, path: str) -> "_Slot | None":
        node, _, _, flow = self.resolve(path.rstrip("?"))
        if not isinstance(node, ScalarNode) or self.document.shared or node.style in {"|", ">"}:
            return None
        if node.start == node.end or self.document.text[node.start] in "&!" or is_address(node.value):
            return None
        if node.style is None and node.kind not in {"str", "null"}:
            return None
        written = self.document.text[node.start : node.end]
        return node.start, node.end, node.value, node.style if node.value else None, flow, written

    def resolve(self, path: str) -> tuple[Node | None, MappingNode | None, tuple[str, ...], bool]:
        """(the node, the deepest mapping above it, the keys still missing below that, whether it is in a flow)."""
        known = self._found.get(path)
        if known is None:
            known = self._found[path] = self._resolve(steps(path))
        return known

    def _resolve(self, way: tuple[str, ...]) -> tuple[Node | None, MappingNode | None, tuple[str, ...], bool]:
        node: Node = self.node
        flow = bool(getattr(node, "flow_style", False))
        parent: MappingNode | None = None
        for index, step in enumerate(way):
            below = select(node, step)
            if isinstance(node, MappingNode):
                parent = node
            if below is None:
                missing = way[index:]
                usable = isinstance(node, MappingNode) and not any(name[0] == "[" for name in missing)
                return None, parent if usable else None, missing, flow
            node = below
            if index < len(way) - 1:
                flow = flow or bool(getattr(node, "flow_style", False))
        return node, parent, way[-1:], flow


class Target:
    def __init__(self, shape: Shape, edits: list[Edit], refuse: Refuse, step: int) -> None:
        self.shape, self.document, self.edits, self.refuse, self.step = shape, shape.document, edits, refuse, step
        self._keys: dict[int, tuple[MappingNode, dict[str, object], dict[str, str], bool]] = {}
        self._lists: dict[str, _List] = {}

    def put(self, simple: Sequence[Simple], record: Record, done: Container[str]) -> list[Simple]:
        """The short way of `set` for texts and simple slots, which is what most cells are; returns what is left."""
        edit, values, left = self.edits.append, record.values, []
        for one, slot in self.shape.slots_of(simple):
            path, field, _ = one
            value = values.get(field)
            if value is None or path in done:
                continue
            if slot is None or value.__class__ is not str:
                left.append(one)
                continue
            start, end, old, style, flow, written = slot
            if value == old:
                text = written
            elif style is None and not flow and plain(value):
                text = value
            else:
                text = in_style(value, style, flow=flow)
            # A bare tuple: making an Edit takes as long as all the rest.
            edit((start, end, text, ((0, (record, field)),)))  # type: ignore[arg-type]
        return left

    def set(self, path: str, value: Value, source: Source, *, loose: bool = False, after: str = "") -> None:
        """Write a value; a path that ends in `?` only where the key is there already."""
        optional = path[-1] == "?"
        if optional:
            path = path[:-1]
        node, parent, missing, flow = self.shape.resolve(path)
        if node is None:
            if parent is not None and not optional and value is not Special.DELETE:
                self._add_key(parent, missing, value, source, flow=flow, after=after)
            return
        if value is Special.DELETE:
            if parent is not None:
                self._remove_key(parent, missing[-1], source)
            return
        if isinstance(value, list):
            self._set_list(node, path, value, source, flow=flow, after=after)
        elif isinstance(node, ScalarNode):
            self._set_scalar(node, value, source, loose=loose, flow=flow)
        else:
            self.refuse("template.not_scalar", node, source)

    def _set_scalar(self, node: ScalarNode, value: Value, source: Source, *, loose: bool, flow: bool) -> None:
        text = replacement(node, value, loose=loose, flow=flow)
        document = self.document
        start = int(node.start)
        end = int(node.end)
        if text is None:
            if source is not None:
                self.edits.append(Edit(start, end, document.text[start:end], ((0, source),)))
            return
        if document.shared and id(node) in document.shared:
            self.refuse("template.alias", node, source)
            return
        if start != end and document.text[start] in "&!":
            start = value_start(document.text, node)
        if node.style in {"|", ">"}:
            text += document.newline
        if start == end:  # a key without a value: `ipAddr:`
            text = " " + text
        self.edits.append(Edit(start, end, text, ((len(text) - len(text.lstrip(" ")), source),)))

    def _add_key(
        self, parent: MappingNode, missing: tuple[str, ...], value: Value, source: Source, *, flow: bool, after: str
    ) -> None:
        if self.document.shared and id(parent) in self.document.shared:
            self.refuse("template.alias", parent, source)
            return
        if any(
            key.value == "<<" and key.style is None and child(merged, missing[0]) is not None
            for key, merged in pairs(parent)
        ):
            self.refuse("template.alias", parent, source)
            return
        _, wanted, neighbours, _ = self._keys.setdefault(id(parent), (parent, {}, {}, flow or bool(parent.flow_style)))
        into = wanted
        for key in missing[:-1]:
            into = into.setdefault(key, {})  # type: ignore[assignment]
        into[missing[-1]] = [(each, source) for each in value] if isinstance(value, list) else (value, source)
        if after:
            neighbours[missing[0]] = after

    def _remove_key(self, parent: MappingNode, key: str, source: Source) -> None:
        members = pairs(parent)
        index = next(i for i, (name, _) in enumerate(members) if name.value == key)
        if self.document.shared and id(parent) in self.document.shared:
            self.refuse("template.alias", parent, source)
            return
        name, value = members[index]
        if index + 1 < len(members):
            start, end = name.start, members[index + 1][0].start
        elif index == 0:
            start, end = name.start, content_end(value)
            self.edits.append(Edit(start, end, "" if parent.flow_style else "{}"))
            return
        else:
            start, end = content_end(members[index - 1][1]), content_end(value)
        self.edits.append(Edit(start, end, ""))

    def _set_list(
        self, node: Node, path: str, values: Sequence[Value], source: Source, *, flow: bool, after: str
    ) -> None:
        members = items(node)
        if not isinstance(node, SequenceNode) or node.flow_style or not members:
            if isinstance(node, SequenceNode) and [text_of(member) for member in members] == [str(v) for v in values]:
                return
            if members:
                self._rewrite_flow(node, values, source)
                return
            self.append(path, values, source, after=after)
            return
        for member, value in zip(members, values, strict=False):
            if isinstance(member, ScalarNode):
                self._set_scalar(member, value, source, loose=False, flow=flow)
        for member in members[len(values) :]:
            start = self.document.line_start(member.start)
            self.edits.append(Edit(start, self.document.line_end(content_end(member)), ""))
        if len(values) > len(members):
            self._insert_items(node, [(value, source) for value in values[len(members) :]])

    def _rewrite_flow(self, node: Node, values: Sequence[Value], source: Source) -> None:
        if id(node) in self.document.shared:
            self.refuse("template.alias", node, source)
            return
        writer = Writer(self.document.newline, self.step)
        writer.flow([(value, source) for value in values])
        self.edits.append(Edit(node.start, node.end, writer.text, tuple(writer.marks)))

    def append(self, path: str, values: Sequence[Value], source: Source, *, after: str = "") -> None:
        """Add scalars to a list unless they are in it."""
        node, _, _, _ = self.shape.resolve(path)
        known = {text_of(member) for member in items(node)}
        waiting = self._waiting(path, after)
        if waiting is not None:
            known |= {str(entry[0]) for entry in waiting.new if isinstance(entry, tuple)}
            waiting.new += [(value, source) for value in values if str(value) not in known]

    def entries(self, path: str, match: str, entry: Entry, *, after: str = "") -> bool:
        """Update the map of a list that has the same `match` value, or add one. False: there is no such list."""
        node, parent, _, flow = self.shape.resolve(path)
        if node is None and parent is None:
            return False
        wanted = str(entry[match][0])
        if node is not None:
            index = self._index(node, match)
            if (member := index.get(wanted)) is not None:
                for key, (value, source) in entry.items():
                    slot = child(member, key)
                    if isinstance(slot, ScalarNode):
                        self._set_scalar(slot, value, source, loose=False, flow=flow)
                return True
        waiting = self._waiting(path, after)
        if waiting is not None:
            waiting.new.append(entry)
        return True

    def add_entry(self, path: str, entry: Entry, *, after: str = "") -> None:
        """Add a map to a list, whatever it holds."""
        waiting = self._waiting(path, after)
        if waiting is not None:
            waiting.new.append(entry)

    def _index(self, node: Node, match: str) -> dict[str, Node]:
        cache: dict[tuple[int, str], dict[str, Node]] = self.__dict__.setdefault("_indexes", {})
        key = (id(node), match)
        if key not in cache:
            cache[key] = {text_of(child(member, match)): member for member in reversed(items(node))}
        return cache[key]

    def _waiting(self, path: str, after: str) -> _List | None:
        if path not in self._lists:
            node, parent, missing, _ = self.shape.resolve(path)
            if parent is None or (node is None and len(missing) > 1):
                return None
            self._lists[path] = _List(parent, missing[-1], after)
        return self._lists[path]

    def flush(self) -> None:
        """Turn what waits into edits. Called once, after the last rule."""
        for waiting in self._lists.values():
            if waiting.new:
                self._flush_list(waiting)
        for parent, wanted, neighbours, flow in self._keys.values():
            for key, value in wanted.items():
                self._insert_key(parent, key, value, neighbours.get(key, ""), flow=flow)

    def _flush_list(self, waiting: _List) -> None:
        node = child(waiting.parent, waiting.key)
        source = self._source_of(waiting.new)
        if node is not None and self.document.shared and id(node) in self.document.shared:
            self.refuse("template.alias", node, source)
        elif node is None:
            self._insert_key(waiting.parent, waiting.key, waiting.new, waiting.after,
                             flow=bool(waiting.parent.flow_style))  # fmt: skip
        elif isinstance(node, SequenceNode) and node.value:
            self._insert_items(node, waiting.new)
        elif isinstance(node, SequenceNode) or text_of(node) == "":
            self._open_list(waiting.parent, waiting.key, node, waiting.new)
        else:
            self.refuse("template.not_list", node, source)

    @staticmethod
    def _source_of(new: Sequence[Entry | Leaf]) -> Source:
        first = new[0]
        return next(iter(first.values()))[1] if isinstance(first, dict) else first[1]

    def _insert_items(self, node: SequenceNode, new: Sequence[object]) -> None:
        writer = Writer(self.document.newline, self.step)
        if node.flow_style:
            for value in new:
                writer.put(", ")
                writer.flow(value)
            at = int(node.value[-1].end)
        else:
            writer.items(new, int(node.column))
            at = self.behind(node)
        self.edits.append(Edit(at, at, writer.text, tuple(writer.marks)))

    def _open_list(self, parent: MappingNode, key: str, node: Node, new: Sequence[object]) -> None:
        """`routes: []` becomes a block list below its key; inside a flow it stays one."""
        writer = Writer(self.document.newline, self.step)
        name = next(name for name, _ in pairs(parent) if name.value == key)
        if parent.flow_style:
            writer.flow(list(new))
            self.edits.append(Edit(node.start, node.end, writer.text, tuple(writer.marks)))
            return
        writer.items(new, int(name.column) + self.step)
        colon = self.document.text.index(":", name.end) + 1
        if node.end > colon:
            self.edits.append(Edit(colon, node.end, ""))
        at = self.document.line_end(max(colon, node.end - 1))
        self.edits.append(Edit(at, at, writer.text, tuple(writer.marks)))

    def behind(self, node: Node) -> int:
        """The start of the line after a block node's content."""
        end = content_end(node)
        return end if self.document.text[end - 1] == "\n" else self.document.line_end(end)

    def _insert_key(self, parent: MappingNode, key: str, value: object, after: str, *, flow: bool) -> None:
        writer = Writer(self.document.newline, self.step)
        members = pairs(parent)
        neighbour = next((pair for pair in members if pair[0].value == after), members[-1] if members else None)
        if flow or parent.flow_style or neighbour is None:
            writer.put(", " if neighbour else "")
            writer.flow({key: value})
            text = writer.text
            text = text.replace("{", "", 1)[:-1]
            marks = tuple((offset - 1, source) for offset, source in writer.marks)
            at = int(neighbour[1].end) if neighbour else int(parent.start) + 1
            self.edits.append(Edit(at, at, text, marks))
            return
        writer.pair(key, value, int(members[0][0].column))
        before, holds = neighbour
        empty = not holds.value and getattr(holds, "style", None) is None and not getattr(holds, "flow_style", None)
        at = self.document.line_end(before.end) if empty else self.behind(holds)
        self.edits.append(Edit(at, at, writer.text, tuple(writer.marks)))
