"""References between the files: each name that is used must be defined; what nothing uses is noted."""

from collections.abc import Mapping

from optimus.yamlgen.binding.fold import nearest
from optimus.yamlgen.checks.paths import file_of, found_at
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.issues import Issues, issue
from optimus.yamlgen.rules.model import CheckRule, Pack
from optimus.yamlgen.verify import Output
from optimus.yamlgen.yamltext.graph import Node
from optimus.yamlgen.yamltext.nodes import text_of


def check_references(outputs: Mapping[str, Output], pack: Pack, issues: Issues) -> None:
    for rule in pack.checks:
        if file_of(rule.each) in outputs:
            _one(rule, outputs, issues)


def _one(rule: CheckRule, outputs: Mapping[str, Output], issues: Issues) -> None:  # noqa: C901 - the parts of one message
    code, what = IssueCode(rule.code), rule.each.rstrip("/*").rpartition("/")[2]
    output = outputs[file_of(rule.each)]
    uses: dict[str, Node] = {}
    for node in found_at(outputs, rule.each):
        if text := text_of(node):
            known = uses.setdefault(text, node)
            if known is not node and output.written(node) and not output.written(known):
                uses[text] = node
    targets = [path for path in rule.in_ if file_of(path) in outputs]
    file = file_of(rule.in_[0])
    if not targets:
        if uses:
            issues.add(issue(code, "ref.file_absent", level=Level.WARNING, count=len(uses), what=what, file=file))
        return
    defined = {text_of(node): node for path in targets for node in found_at(outputs, path)}
    faulty = {(one.where.sheet, one.where.order[1]) for one in issues.found if one.where and one.level is Level.ERROR}
    for text, node in uses.items():
        if text not in defined:
            place = output.where(node)
            if place and (place.sheet, place.order[1]) in faulty:
                continue  # what follows from a cell that is wrong is not said again
            issues.add(issue(code, "ref.dangling", level=output.level(node), where=place,
                             template=None if place else output.template_place(node), value=text, shown=text,
                             what=what, file=file, near=nearest(text, list(defined)[:2000]) or "-"))  # fmt: skip
    if rule.unused:
        target = outputs[file_of(targets[0])]
        for text, node in defined.items():
            if text and text not in uses:
                place = target.where(node)
                issues.add(issue(code, "ref.unused", level=Level.WARNING, where=place,
                                 template=None if place else target.template_place(node), value=text, shown=text,
                                 file=file))  # fmt: skip
