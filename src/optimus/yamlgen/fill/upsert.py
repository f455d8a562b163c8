"""Rule `upsert`: a row whose key an item has updates it; any other row makes an item from a pattern."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from optimus.yamlgen.binding.fold import nearest
from optimus.yamlgen.binding.records import Record, table_of
from optimus.yamlgen.binding.values import Special
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.derive import natural
from optimus.yamlgen.fill.context import FileContext
from optimus.yamlgen.fill.edits import Edit
from optimus.yamlgen.fill.lists import ListState, NewItem, Pattern, comment_edits
from optimus.yamlgen.fill.nested import apply_maps, apply_nested
from optimus.yamlgen.fill.plan import Plan, make_plan
from optimus.yamlgen.fill.target import Target
from optimus.yamlgen.issues import issue
from optimus.yamlgen.rules.expressions import expression, first_of
from optimus.yamlgen.rules.model import EntriesRule, FileRule
from optimus.yamlgen.yamltext.graph import Node
from optimus.yamlgen.yamltext.nodes import child, items, text_of


class Upsert:
    """One run of the rule."""

    def __init__(self, context: FileContext, rule: FileRule) -> None:
        self.context, self.rule = context, rule
        self.lists = [rule.list_] if isinstance(rule.list_, str) else list(rule.list_)
        self.item_key, self.key_text = next(iter(rule.key.items()))
        self.table = table_of(context.tables, rule.rows)
        self.plan: Plan = make_plan(rule.set, self.table, extra=rule.extra)
        self.entries = [one for one in rule.entries.values() if table_of(context.tables, one.rows).records]
        self._anchored = False
        self._patterns: dict[tuple[object, ...], Pattern | None] = {}
        self._rows: dict[tuple[str, ...], dict[tuple[str, ...], list[Record]]] = {}

    def run(self) -> None:
        self._note_paths()
        groups = list(self._groups().items())
        if self.rule.sort == "natural":
            groups.sort(key=lambda group: natural(group[0][1]))
        for (name, key), records in groups:
            self._upsert(self.context.state(name), key, records)
        if self.rule.prune:
            self._prune()
        elif self.rule.unnamed == "report":
            self._report()

    def _note_paths(self) -> None:
        """Tell where each column's value goes, for issues at its cells."""
        paths, table = self.context.paths, self.table
        for path, field, _ in self.plan.simple:
            paths.setdefault((table.name, field), path.rstrip("?"))
        for path, texts in self.rule.new.items():
            for text in [texts] if isinstance(texts, str) else texts:
                for name in expression(text).names:
                    paths.setdefault((table.name, table.origins.get(name, name)), path)

    def _upsert(self, state: ListState, key: str, records: Sequence[Record]) -> None:
        target = self._existing(state, key, records[0]) or state.made(key)
        fresh = target is None
        if target is None:
            target = self._create(state, key, records[0])
        if target is not None:
            for record in records:
                self.context.rows.setdefault((record.table.name, record.row), (state.name, self.item_key, key))
            self._write(target, records, fresh=fresh)

    def _groups(self) -> dict[tuple[str, str], list[Record]]:
        found: dict[tuple[str, str], list[Record]] = {}
        compiled = expression(self.key_text)
        rule, lists = self.rule, self.lists
        for record in self.table.records:
            lookup = self.context.lookup(record)
            key = compiled(lookup)
            if key is None or any(expression(text)(lookup) is None for text in rule.where.values()):
                continue
            name = record.text(rule.by) if rule.by else lists[0]
            if name in lists:
                found.setdefault((name, key), []).append(record)
        return found

    def _existing(self, state: ListState, key: str, record: Record) -> Target | None:
        context = self.context
        node = state.existing(self.item_key, key)
        if node is None:
            for name in self.lists:
                other = context.state(name).existing(self.item_key, key) if name != state.name else None
                if other is not None:
                    place = context.document.place(int(other.start))
                    context.issues.add(issue(IssueCode.CELL_INVALID, "row.other_list", where=record.place(self.rule.by),
                                             template=place, key=key, stands=name, given=state.name))  # fmt: skip
                    return context.target(context.state(name), other)
            return None
        return context.target(state, node)

    def _create(self, state: ListState, key: str, record: Record) -> Target | None:
        context, rule = self.context, self.rule
        allowed = rule.create if isinstance(rule.create, bool) else fnmatchcase(key, rule.create)
        names: dict[str, Any] = {"key": key, "list": state.name, "file": context.document.name}
        if not allowed:
            near = nearest(key, state.known_keys(self.item_key))
            context.unmatched(rule.unmatched, "row.no_item", record, self._key_field(), near=near or "-", **names)
            return None
        for name, column in self.table.rules.items():
            if column.required_new and record.get(name) is None:
                context.issues.add(
                    issue(IssueCode.CELL_INVALID, "cell.required", where=record.place(name), column=name)
                )
        if state.flow:
            context.unmatched("error", "template.flow_list", record, self._key_field(), **names)
            return None
        pattern = self._pattern(state, record)
        if pattern is None:
            if self._anchored:
                return None  # said already
            line = context.document.line_of(state.key_node.start) if state.key_node else 1
            kind = record.text("type") or key
            context.issues.add(issue(IssueCode.NO_PATTERN, "template.no_pattern", where=record.place(self._key_field()),
                                     template=context.document.place(context.document.lines[line - 1], state.name),
                                     kind=kind, line=line, **names))  # fmt: skip
            return None
        edits: list[Edit] = []
        target = Target(pattern.shape, edits, context.refuse, context.step)
        state.add(NewItem(pattern, target, edits, key))
        return target

    def _key_field(self) -> str:
        names = expression(self.key_text).names
        return names[0] if names else ""

    def _pattern(self, state: ListState, record: Record) -> Pattern | None:
        lookup = self.context.lookup(record)
        wanted = tuple(
            (key, tuple(glob for text in ([texts] if isinstance(texts, str) else texts)
                        if (glob := expression(text)(lookup)) is not None))
            for key, texts in self.rule.pattern.where.items()
        )  # fmt: skip
        marks = tuple(record.text(one.when[0]) for one in state.marked if one.when)
        memory = (state.name, wanted, marks, self._named(record))
        if memory not in self._patterns:
            found = self._choose(state, record, wanted)
            if found is not None and not self.rule.pattern.comments:
                found.base = comment_edits(found)
            self._patterns[memory] = found
        return self._patterns[memory]

    def _choose(self, state: ListState, record: Record, wanted: Sequence[tuple[str, Sequence[str]]]) -> Pattern | None:
        named = self._named(record)
        if named:
            own = next((one for one in state.marked if text_of(child(one.shape.node, self.item_key)) == named), None)
            found = own or state.matching(self.item_key, named)
            return self._usable(found) if found else None
        for marked in state.marked:
            if marked.when and record.text(marked.when[0]) == marked.when[1]:
                return self._usable(marked)
        for marked in state.marked:
            if marked.when is None and self._fits_mark(state, marked, wanted):
                return self._usable(marked)
        rule = self.rule.pattern
        if rule.prefer_builtin:
            return state.built_in(rule.builtin)
        for key, globs in wanted:
            for glob in globs:
                if found := state.matching(key, glob):
                    return self._usable(found)
        return state.built_in(rule.builtin) if rule.builtin else None

    def _named(self, record: Record) -> str:
        wish = self.rule.pattern.named
        return expression(wish)(self.context.lookup(record)) or "" if wish else ""

    @staticmethod
    def _fits_mark(state: ListState, marked: Pattern, wanted: Sequence[tuple[str, Sequence[str]]]) -> bool:
        """With several marks of no condition, the one whose discriminator equals the row's; one alone fits all."""
        if sum(1 for one in state.marked if one.when is None) == 1:
            return True
        node = marked.shape.node
        return any(fnmatchcase(text_of(child(node, key)), glob) for key, globs in wanted for glob in globs)

    def _usable(self, pattern: Pattern) -> Pattern | None:
        document = pattern.document
        if anchor := next((at for at in document.anchors if pattern.start <= at < pattern.end), None):
            place = document.place(anchor)
            self.context.issues.add(issue(IssueCode.ALIAS, "template.anchor_clone", template=place, line=place.line))
            self._anchored = True
            return None
        return pattern

    def _write(self, target: Target, records: Sequence[Record], *, fresh: bool) -> None:
        record, rule = records[0], self.rule
        after = rule.after
        done: set[str] = set()
        if fresh:
            done = self._write_new(target, record)
        for path, field, loose in target.put(self.plan.simple, record, done):
            value = record.values[field]
            target.set(path, value, (record, field), loose=loose, after=after.get(path, ""))
        if self.plan.maps:
            apply_maps(target, self.plan.maps, record, after)
        if fresh:
            for path in rule.remove_new:
                target.set(path, Special.DELETE, None)
        for nested in rule.nested.values():
            apply_nested(self.context, target, nested, records, fresh=fresh)
        for entry in self.entries:
            self._entries(target, entry, record)

    def _write_new(self, target: Target, record: Record) -> set[str]:
        rule, lookup = self.rule, self.context.lookup(record)
        key, name = first_of(self.key_text, lookup)
        target.set(self.item_key, key or "", (record, name))
        for path, texts in rule.new.items():
            value, name = first_of(texts, lookup)
            if value:
                target.set(path, value, (record, name))
        for path, replaced in rule.replace.items():
            node = target.shape.resolve(path)[0]
            for index, member in enumerate(items(node)):
                for glob, text in replaced.items():
                    if fnmatchcase(text_of(member), glob) and (value := expression(text)(lookup)):
                        target.set(f"{path}[{index}]", value, (record, expression(text).names[-1]))
                        break
        for path, texts in rule.append.items():
            replaced_values = {expression(text)(lookup) for text in rule.replace.get(path, {}).values()}
            node = target.shape.resolve(path)[0]
            hit = any(fnmatchcase(text_of(m), glob) for m in items(node) for glob in rule.replace.get(path, {}))
            wanted = [value for text in texts if (value := expression(text)(lookup))]
            target.append(path, [v for v in wanted if not (hit and v in replaced_values)], (record, name))
        return {self.item_key, *rule.new}

    def _entries(self, target: Target, rule: EntriesRule, record: Record) -> None:
        lookup = self.context.lookup(record)
        rows = self._rows_where(rule.rows, tuple(rule.where)).get(
            tuple(expression(text)(lookup) or "" for text in rule.where.values()), []
        )
        path = rule.path.rstrip("?")
        if rows and path != rule.path and target.shape.resolve(path)[0] is None:
            self.context.unmatched("warning", "row.no_path", rows[0], "", key=record.key, path=path,
                                   file=self.context.document.name)  # fmt: skip
            return
        for row in rows:
            entry = {name: (row.values[field], (row, field)) for name, field in rule.set.items() if field in row.values}
            if rule.key in entry:
                target.entries(path, rule.key, entry, after=rule.after)

    def _rows_where(self, sheet: str, names: tuple[str, ...]) -> dict[tuple[str, ...], list[Record]]:
        """A sheet's rows by some of their values, so that many items with many rows do not search each other."""
        memory = (sheet, *names)
        if memory not in self._rows:
            found: dict[tuple[str, ...], list[Record]] = {}
            for row in table_of(self.context.tables, sheet).records:
                found.setdefault(tuple(row.text(name) for name in names), []).append(row)
            self._rows[memory] = found
        return self._rows[memory]

    def _prune(self) -> None:
        for state, index, _ in self._unnamed():
            state.removed.add(index)

    def _report(self) -> None:
        document = self.context.document
        for state, _, node in self._unnamed():
            key = child(node, self.item_key)
            place = document.place(int((key or node).start), state.name)
            self.context.issues.add(issue(IssueCode.UNNAMED, "item.unnamed", level=Level.WARNING, template=place,
                                          key=text_of(key), list=state.name))  # fmt: skip

    def _unnamed(self) -> Iterator[tuple[ListState, int, Node]]:
        """Items of the template that no row names; patterns that are taken out are none."""
        for name in self.lists:
            state = self.context.state(name)
            for index, node in enumerate(items(state.node)):
                if state.kept_target(node) is None and index < len(state.spans) and index not in state.removed:
                    yield state, index, node
