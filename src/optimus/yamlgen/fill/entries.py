"""Rule `entries`: rows become small maps inside items that exist (address allocations, routes)."""

from optimus.yamlgen.binding.fold import nearest
from optimus.yamlgen.binding.records import Record, table_of
from optimus.yamlgen.fill.context import FileContext
from optimus.yamlgen.fill.lists import ListState
from optimus.yamlgen.fill.target import Target
from optimus.yamlgen.rules.expressions import expression
from optimus.yamlgen.rules.model import FileRule


def run_entries(context: FileContext, rule: FileRule) -> None:
    assert isinstance(rule.list_, str)
    state = context.state(rule.list_)
    item_key, text = next(iter(rule.key.items()))
    compiled = expression(text)
    conditions = [expression(condition) for condition in rule.where.values()]
    targets: dict[str, Target | None] = {}
    after = next(iter(rule.after.values()), "")
    for record in table_of(context.tables, rule.rows).records:
        lookup = context.lookup(record)
        key = compiled(lookup)
        if key is None or any(condition(lookup) is None for condition in conditions):
            continue
        if key not in targets:
            targets[key] = _target(context, state, rule, item_key, key, record)
        target = targets[key]
        if target is None:
            continue
        entry = {
            name: (record.values[field], (record, field)) for name, field in rule.set.items() if field in record.values
        }
        if rule.match in entry and not target.entries(rule.path, rule.match, entry, after=after):
            context.unmatched(rule.unmatched, "row.no_path", record, "", key=key, path=rule.path,
                              file=context.document.name)  # fmt: skip
            targets[key] = None


def _target(
    context: FileContext, state: ListState, rule: FileRule, item_key: str, key: str, record: Record
) -> Target | None:
    if (made := state.made(key)) is not None:
        return made
    node = state.existing(item_key, key)
    if node is not None:
        return context.target(state, node)
    near = nearest(key, state.known_keys(item_key))
    names = expression(rule.key[item_key]).names
    context.unmatched(rule.unmatched, "row.no_item", record, names[0] if names else next(iter(rule.set.values())),
                      key=key, list=state.name, file=context.document.name, near=near or "-")  # fmt: skip
    return None
