"""What the rules of one file share while they run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from optimus.yamlgen.binding.records import Record, Tables
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.fill.edits import Edit
from optimus.yamlgen.fill.lists import ListState
from optimus.yamlgen.fill.target import Target
from optimus.yamlgen.issues import Issues, issue
from optimus.yamlgen.yamltext.document import Document
from optimus.yamlgen.yamltext.emit import Source
from optimus.yamlgen.yamltext.graph import Node, SequenceNode
from optimus.yamlgen.yamltext.nodes import pairs

_TEXTS = {"template.alias": IssueCode.ALIAS}


@dataclass
class FileContext:
    document: Document
    tables: Tables
    words: Mapping[str, str]  # site, project: names that expressions may use
    issues: Issues
    edits: list[Edit] = field(default_factory=list)
    states: dict[str, ListState] = field(default_factory=dict)
    # Where each row went: (table, row) -> (list, item key, its value); and each column: (table, field) -> path.
    rows: dict[tuple[str, int], tuple[str, str, str]] = field(default_factory=dict)
    paths: dict[tuple[str, str], str] = field(default_factory=dict)
    step: int = 2

    def __post_init__(self) -> None:
        for key, value in pairs(self.document.root):
            if isinstance(value, SequenceNode) and not value.flow_style and value.value:
                self.step = int(value.column) - int(key.column)
                break

    def release(self) -> None:
        """Let go of what points at this: targets know their context, and the collector is off during a job."""
        self.states.clear()
        self.edits.clear()

    def state(self, name: str) -> ListState:
        if name not in self.states:
            self.states[name] = ListState(self.document, name, self.step)
        return self.states[name]

    def refuse(self, text: str, node: Node, source: Source) -> None:
        where = source[0].place(source[1]) if source else None
        place = self.document.place(int(node.start))
        self.issues.add(issue(_TEXTS.get(text, IssueCode.TEMPLATE_PARSE), text, where=where, template=place,
                              line=place.line))  # fmt: skip

    def lookup(self, record: Record) -> Callable[[str], object]:
        values, words = record.values, self.words

        def find(name: str) -> object:
            value = values.get(name)
            return value if value is not None else words.get(name)

        return find

    def target(self, state: ListState, node: Node) -> Target:
        """The writer of an existing item."""
        known = state.kept_target(node)
        return known or state.kept(node, Target(state.shape_of(node), self.edits, self.refuse, self.step))

    def unmatched(self, level: str, text: str, record: Record, name: str, **words: Any) -> None:
        if level != "ignore":
            self.issues.add(issue(IssueCode.NO_PATTERN, text, level=Level(level), where=record.place(name), **words))
