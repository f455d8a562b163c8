"""Lists inside an item: subnets of a network, interfaces of a scheme, numbered maps such as VIPs."""

from collections.abc import Mapping, Sequence

from optimus.yamlgen.binding.records import Record
from optimus.yamlgen.fill.context import FileContext
from optimus.yamlgen.fill.plan import Plan, make_plan
from optimus.yamlgen.fill.target import Entry, Target
from optimus.yamlgen.rules.expressions import first_of
from optimus.yamlgen.rules.model import NestedRule
from optimus.yamlgen.yamltext.nodes import child, items, text_of


def apply_maps(
    target: Target,
    maps: Sequence[tuple[str, int, str, str]],
    record: Record,
    after: Mapping[str, str],
    prefix: str = "",
) -> None:
    """Numbered columns into a list of maps, by position: `vip2 address` into the second map's `address`."""
    new: dict[tuple[str, int], Entry] = {}
    for path, number, key, field in maps:
        value = record.values.get(field)
        if value is None:
            continue
        full = prefix + path
        if target.shape.resolve(f"{full}[{number - 1}]")[0] is not None:
            target.set(f"{full}[{number - 1}].{key}", value, (record, field), loose=True)
        else:
            new.setdefault((path, number), {})[key] = (value, (record, field))
    for (path, _), entry in sorted(new.items()):
        target.add_entry(prefix + path, entry, after=after.get(path, ""))


def apply_nested(
    context: FileContext, target: Target, rule: NestedRule, records: Sequence[Record], *, fresh: bool
) -> None:
    plan = make_plan(rule.set, records[0].table, extra=rule.extra, prefix=rule.list_)
    for path, field, _ in plan.simple:
        context.paths.setdefault((records[0].table.name, field), f"{rule.list_}[0].{path}")
    members = items(target.shape.resolve(rule.list_)[0])
    names = [text_of(child(member, rule.name)) for member in members]
    taken: set[int] = set()
    for record in records:
        wanted = record.text(rule.key) if rule.key else ""
        if (
            not wanted
            and not any(field in record.values for _, field, _ in plan.simple)
            and not _has_maps(plan, record)
        ):
            continue
        index = _choose(names, wanted, taken, fresh=fresh)
        if index is None:
            _new_entry(target, rule, plan, record, wanted)
            continue
        taken.add(index)
        _update(context, target, rule, plan, record, index, fresh=fresh)


def _has_maps(plan: Plan, record: Record) -> bool:
    return any(field in record.values for _, _, _, field in plan.maps)


def _choose(names: Sequence[str], wanted: str, taken: set[int], *, fresh: bool) -> int | None:
    """By name; a row without one takes the next that no row has; so does any row of a new item."""
    if wanted and wanted in names:
        return names.index(wanted)
    if wanted and not fresh:
        return None
    return next((index for index in range(len(names)) if index not in taken), None)


def _update(
    context: FileContext, target: Target, rule: NestedRule, plan: Plan, record: Record, index: int, *, fresh: bool
) -> None:
    prefix = f"{rule.list_}[{index}]."
    done: set[str] = set()
    if fresh:
        find = context.lookup(record)
        wanted = record.text(rule.key) if rule.key else ""
        if wanted:
            target.set(prefix + rule.name, wanted, (record, rule.key))
            done.add(rule.name)
        for path, texts in rule.new.items():
            old = text_of(target.shape.resolve(prefix + path)[0])
            value, name = first_of(texts, lambda key, old=old: old if key == "old" else find(key))  # type: ignore[misc]
            if value and path not in done:
                target.set(prefix + path, value, (record, name))
                done.add(path)
    for path, field, loose in plan.simple:
        given = record.values.get(field)
        if given is not None and path not in done:
            target.set(prefix + path, given, (record, field), loose=loose, after=rule.after.get(path, ""))
    apply_maps(target, plan.maps, record, rule.after, prefix)


def _new_entry(target: Target, rule: NestedRule, plan: Plan, record: Record, wanted: str) -> None:
    entry: Entry = {}
    if wanted:
        entry[rule.name] = (wanted, (record, rule.key))
    for path, field, _ in plan.simple:
        value = record.values.get(field)
        if value is not None and not path.endswith("?"):
            source = (record, field)
            entry[path] = [(one, source) for one in value] if isinstance(value, list) else (value, source)
    if entry:
        target.add_entry(rule.list_, entry)
