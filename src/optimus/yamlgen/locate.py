"""Tell for an issue at a cell where its value stands: file, line of the template, path in the file that is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from optimus.yamlgen.binding.records import Tables
from optimus.yamlgen.fill.fill import Filled
from optimus.yamlgen.fill.paths import select, steps
from optimus.yamlgen.issues import Issue, Issues, TemplatePlace
from optimus.yamlgen.verify import Output
from optimus.yamlgen.yamltext.graph import Node
from optimus.yamlgen.yamltext.nodes import child, items, text_of


@dataclass
class _Finder:
    tables: Tables
    filled: Mapping[str, Filled]
    outputs: Mapping[str, Output]
    indexes: dict[tuple[str, str, str], dict[str, int]] = field(default_factory=dict)

    def located(self, each: Issue) -> Issue:
        where = each.where
        if where is None or each.template is not None or not where.cell:
            return each
        table = next((name for name, one in self.tables.items() if one.title == where.sheet and name == one.name), "")
        field_name = (
            next((name for name, at in self.tables[table].columns.items() if at == where.order[2]), "") if table else ""
        )
        for name, one in self.filled.items():
            row = one.rows.get((table, where.order[1]))
            if row is None or name not in self.outputs:
                continue
            index = self._index(name, row[0], row[1]).get(row[2])
            if index is not None:
                path = one.paths.get((table, field_name), "")
                return replace(each, template=self._place(name, f"{row[0]}[{index}]", path))
        return each

    def _index(self, name: str, list_name: str, key: str) -> dict[str, int]:
        known = (name, list_name, key)
        if known not in self.indexes:
            members = items(child(self.outputs[name].root, list_name))
            self.indexes[known] = {text_of(child(item, key)): at for at, item in enumerate(members)}
        return self.indexes[known]

    def _place(self, name: str, item: str, path: str) -> TemplatePlace:
        full = f"{item}.{path}" if path else item
        node: Node | None = self.outputs[name].root
        for step in steps(full):
            node = select(node, step) if node is not None else None
        if node is None:
            return TemplatePlace(name, path=full)
        return replace(self.outputs[name].template_place(node), path=full)


def locate(filled: Mapping[str, Filled], outputs: Mapping[str, Output], tables: Tables, issues: Issues) -> None:
    finder = _Finder(tables, filled, outputs)
    issues.found = [finder.located(each) for each in issues.found]
