"""Read back what was made: it must be YAML, without double keys; and know for each value where it came from."""

from dataclasses import dataclass

from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.fill.edits import Assembled
from optimus.yamlgen.issues import Issues, Place, TemplatePlace, issue
from optimus.yamlgen.limits import Limits
from optimus.yamlgen.templates import Template
from optimus.yamlgen.yamltext.document import Document, load
from optimus.yamlgen.yamltext.graph import Node


@dataclass
class Output:
    """A generated file: its text, its graph, and the way from a value back to a cell or a template line."""

    document: Document
    done: Assembled
    template: Template
    readable: bool

    @property
    def root(self) -> Node:
        return self.document.root

    def written(self, node: Node) -> bool:
        """Whether this job wrote the value (or a cell stands for it)."""
        return self.done.was_written(int(node.start))

    def where(self, node: Node | None) -> Place | None:
        source = self.done.marks.get(int(node.start)) if node is not None else None
        return source[0].place(source[1]) if source else None

    def template_place(self, node: Node, path: str = "") -> TemplatePlace:
        at = self.done.template_position(int(node.start))
        if at is not None:
            return self.template.document.place(at, path)
        return TemplatePlace(self.document.name, path=path)

    def label(self, node: Node) -> str:
        """A place in few words, for `related`."""
        if place := self.where(node):
            return place.cell
        found = self.template_place(node)
        return f"{found.file}:{found.line}" if found.line else found.file

    def level(self, *nodes: Node) -> Level:
        """An error if this job wrote any of these, else a warning: the fault stood in the template."""
        return Level.ERROR if any(self.written(node) for node in nodes) else Level.WARNING


def verify(name: str, done: Assembled, template: Template, limits: Limits, issues: Issues) -> Output:
    document, found = load(name, done.text, limits, trusted=not template.jinja)
    output = Output(document, done, template, readable=not any(one.level is Level.ERROR for one in found))
    for one in found:
        at = one.template
        line = at.line if at else 0
        if one.code is IssueCode.TEMPLATE_PARSE:
            issues.add(issue(IssueCode.OUTPUT_UNREADABLE, "output.unreadable", template=at or TemplatePlace(name),
                             problem=one.message, line=line))  # fmt: skip
        elif template.jinja:
            issues.add(one)
    return output
