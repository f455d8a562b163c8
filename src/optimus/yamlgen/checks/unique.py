"""Values that may stand only once in the files that are made, also against items that no row names."""

from collections.abc import Mapping

from optimus.yamlgen.checks.model import as_ip
from optimus.yamlgen.checks.paths import file_of, found_at
from optimus.yamlgen.checks.rows import WHAT
from optimus.yamlgen.codes import IssueCode
from optimus.yamlgen.issues import Issues, issue
from optimus.yamlgen.rules.model import Pack
from optimus.yamlgen.verify import Output
from optimus.yamlgen.yamltext.graph import Node
from optimus.yamlgen.yamltext.nodes import text_of


def check_unique(outputs: Mapping[str, Output], pack: Pack, issues: Issues) -> None:
    for rule in pack.unique:
        output = outputs.get(file_of(rule.each))
        seen: dict[object, Node] = {}
        for node in found_at(outputs, rule.each):
            text = text_of(node)
            if not text or output is None:
                continue
            key: object = (as_ip(text) or text.casefold()) if rule.as_ == "ip" else text.casefold()
            first = seen.setdefault(key, node)
            if first is node or (output.where(first) and output.where(node)):
                continue  # two cells were compared as rows
            late = node if output.where(node) or not output.where(first) else first
            early = first if late is node else node
            place = output.where(late)
            issues.add(issue(IssueCode(rule.code), "unique.template", level=output.level(node, first), where=place,
                             template=None if place else output.template_place(late), value=text, shown=text,
                             what=WHAT.get(rule.code, "value"), first=output.label(early),
                             related=[output.label(early)]))  # fmt: skip
