"""One list of a template: its items by key, its patterns and marks in comments, and what is added to it."""

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property

from optimus.yamlgen.fill.edits import Edit, Marked, Rewriter
from optimus.yamlgen.fill.target import Shape, Target
from optimus.yamlgen.yamltext.document import Document, load
from optimus.yamlgen.yamltext.graph import MappingNode, Node, SequenceNode
from optimus.yamlgen.yamltext.nodes import child, content_end, items, pairs, text_of, walk

_MARK = re.compile(
    r"^[ \t]*#[ \t]*optimus:[ \t]*(?P<what>pattern|insert here)(?:[ \t]+when[ \t]+(?P<key>[\w.]+)=(?P<value>\S+))?"
    r"[^\n]*(?:\n|\Z)",
    re.MULTILINE,
)
_COMMENT = re.compile(r"[ \t]+#[^\n\r]*")


@dataclass(eq=False)
class Pattern:
    """Something that clones are made from: a slice of a document with its shape."""

    shape: Shape
    start: int
    end: int
    when: tuple[str, str] | None = None
    index: int = -1
    base: list[Edit] = field(default_factory=list)

    @cached_property
    def rewriter(self) -> Rewriter:
        return Rewriter(self.document.text, self.start, self.end)

    @property
    def document(self) -> Document:
        return self.shape.document


@dataclass(eq=False)
class NewItem:
    """A clone being made; rendered when all rules have run."""

    pattern: Pattern
    target: Target
    edits: list[Edit]
    key: str

    def render(self) -> Marked:
        self.target.flush()
        pattern = self.pattern
        return pattern.rewriter.rewrite(pattern.base + self.edits)


class ListState:
    """A list at the top of a document. `step` is how far lists stand in from their key in this document."""

    def __init__(self, document: Document, name: str, step: int) -> None:
        self.document, self.name, self.step = document, name, step
        self.node = child(document.root, name)
        self.key_node = next((key for key, _ in pairs(document.root) if key.value == name), None)
        self.removed: set[int] = set()
        self.marked: list[Pattern] = []
        self.mark_lines: list[tuple[int, int]] = []
        self.insert_here: tuple[int, int] | None = None
        self.new: dict[int, list[NewItem]] = {}  # behind which item (-1: at the end)
        self._shapes: dict[int, Shape] = {}
        self._index: dict[str, dict[str, Node]] = {}
        self._made: dict[str, Target] = {}
        self._kept: dict[int, Target] = {}
        self.spans = self._spans()
        self._find_marks()

    @property
    def flow(self) -> bool:
        return isinstance(self.node, SequenceNode) and bool(self.node.flow_style) and bool(self.node.value)

    def _spans(self) -> list[tuple[int, int]]:
        """Whole lines of each item, from its dash on."""
        document = self.document
        if not isinstance(self.node, SequenceNode) or self.node.flow_style:
            return []
        spans: list[tuple[int, int]] = []
        dash = re.compile(rf"^ {{{self.node.column}}}-(?=\s)", re.MULTILINE)
        for item in self.node.value:
            behind = spans[-1][1] if spans else document.line_start(self.node.start)
            found = [match.start() for match in dash.finditer(document.text, behind, item.start)]
            start = found[0] if found else document.line_start(item.start)
            end = content_end(item)
            spans.append((start, end if end and document.text[end - 1] == "\n" else document.line_end(end)))
        return spans

    def _find_marks(self) -> None:
        """Comments between the items: `# optimus: pattern [when key=value]`, `# optimus: insert here`."""
        if not self.spans or self.key_node is None:
            return
        behind = self.document.line_end(self.key_node.end)
        for index, (start, end) in enumerate(self.spans):
            for found in _MARK.finditer(self.document.text, behind, start):
                self.mark_lines.append(found.span())
                if found["what"] == "pattern":
                    when = (found["key"], found["value"]) if found["key"] else None
                    self.marked.append(Pattern(self.shape_of(items(self.node)[index]), start, end, when, index))
                    self.removed.add(index)
                else:
                    self.insert_here = found.span()
            behind = end
        for found in _MARK.finditer(self.document.text, behind, self._tail(behind)):
            if found["what"] == "insert here":
                self.insert_here = found.span()
                self.mark_lines.append(found.span())

    def _tail(self, behind: int) -> int:
        """The end of the comments that follow the last item directly."""
        found = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*(?:[ \t]*#[^\n]*\Z)?").match(self.document.text, behind)
        return found.end() if found else behind

    def shape_of(self, node: Node) -> Shape:
        return self._shapes.setdefault(id(node), Shape(self.document, node))

    def existing(self, key: str, value: str) -> Node | None:
        if key not in self._index:
            self._index[key] = {
                text_of(child(item, key)): item
                for index, item in reversed(list(enumerate(items(self.node))))
                if index not in self.removed and isinstance(item, MappingNode)
            }
        return self._index[key].get(value)

    def known_keys(self, key: str) -> list[str]:
        self.existing(key, "")
        return [*self._index[key], *self._made]

    def made(self, value: str) -> Target | None:
        return self._made.get(value)

    def kept(self, node: Node, make: Target) -> Target:
        return self._kept.setdefault(id(node), make)

    def kept_target(self, node: Node) -> Target | None:
        return self._kept.get(id(node))

    def targets(self) -> list[Target]:
        return list(self._kept.values())

    def matching(self, key: str, glob: str) -> Pattern | None:
        """The first item whose value fits, as a pattern that stays."""
        for index, item in enumerate(items(self.node)):
            if index not in self.removed and index < len(self.spans) and fnmatchcase(text_of(child(item, key)), glob):
                return Pattern(self.shape_of(item), *self.spans[index], None, index)
        return None

    def add(self, item: NewItem) -> None:
        self.new.setdefault(item.pattern.index, []).append(item)
        self._made[item.key] = item.target

    def built_in(self, source: str) -> Pattern:
        """A pack's item as a document of its own, indented like this list."""
        column = self.node.column if self.spans else self.step  # type: ignore[union-attr]
        lines = source.strip("\n").split("\n")
        lead = " " * column
        newline = self.document.newline
        text = "".join(f"{lead}{'- ' if at == 0 else '  '}{line}{newline}" for at, line in enumerate(lines))
        document, _ = load(self.document.name, text, trusted=True)
        document.newline = newline
        return Pattern(Shape(document, items(document.root)[0]), 0, len(text))


def comment_edits(pattern: Pattern) -> list[Edit]:
    """Removals of the in-line comments of a pattern, for packs that do not want them cloned."""
    text = pattern.document.text
    found: dict[int, Edit] = {}
    for _, node, _ in walk(pattern.shape.node):
        if match := _COMMENT.match(text, content_end(node)):
            found[match.start()] = Edit(match.start(), match.end(), "")
    return list(found.values())
