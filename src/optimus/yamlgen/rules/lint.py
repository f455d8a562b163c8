"""What the schema cannot see of a merged pack: names that point at nothing."""

import re
from collections.abc import Iterator

from optimus.yamlgen.codes import IssueCode
from optimus.yamlgen.request import FILES
from optimus.yamlgen.rules.expressions import expression
from optimus.yamlgen.rules.model import FileRule, Pack
from optimus.yamlgen.rules.packs import Rules
from optimus.yamlgen.texts import all_texts

_WORDS = frozenset({"site", "project", "drop", "cee", "old"})


def lint(rules: Rules) -> list[str]:
    pack = rules.pack
    return [*_columns(pack), *_files(pack), *_codes(pack), *_example(rules)]


def _is_column(pack: Pack, ref: str) -> bool:
    sheet, _, name = ref.partition(".")
    return name in pack.columns.get(sheet, {})


def _columns(pack: Pack) -> Iterator[str]:  # noqa: C901, PLR0912 - one line for each fault
    for sheet in pack.columns:
        if sheet not in pack.sheets:
            yield f"columns.{sheet}: there is no such sheet"
    for sheet, rule in pack.sheets.items():
        for key in rule.key:
            if key not in pack.columns.get(sheet, {}):
                yield f"sheets.{sheet}.key: {key} is not a column"
    for sheet, columns in pack.columns.items():
        for name, column in columns.items():
            for other in column.required_if:
                if other not in columns:
                    yield f"columns.{sheet}.{name}.required_if: {other} is not a column"
            if column.ref and not _is_column(pack, column.ref):
                yield f"columns.{sheet}.{name}.ref: there is no column {column.ref}"
            if column.unique and column.unique not in set(IssueCode):
                yield f"columns.{sheet}.{name}.unique: {column.unique} is not a code"
    for name, derived in pack.derive.items():
        if derived.sheet not in pack.sheets:
            yield f"derive.{name}.sheet: there is no sheet {derived.sheet!r}"


def _files(pack: Pack) -> Iterator[str]:
    for file, rules in pack.files.items():
        if file not in FILES:
            yield f"files.{file}: is none of the files that are made"
        for name, rule in rules.items():
            where = f"files.{file}.{name}"
            if rule.rows not in pack.sheets and rule.rows not in pack.derive:
                yield f"{where}.rows: {rule.rows} is neither a sheet nor a derived table"
                continue
            known = _known(pack, rule)
            for path, column in rule.set.items():
                if not _is_known(column, known):
                    yield f"{where}.set.{path}: {column} is not a column of {rule.rows}"
            for text in _expressions(rule):
                yield from (f"{where}: {{{one}}} is not known" for one in expression(text).names if one not in known)


def _known(pack: Pack, rule: FileRule) -> set[str]:
    sheet = rule.rows if rule.rows in pack.sheets else pack.derive[rule.rows].sheet
    derived = {name for name, one in pack.derive.items() if one.sheet == sheet}
    exploded = set(pack.derive[rule.rows].explode) if rule.rows in pack.derive else set()
    return set(pack.columns.get(sheet, {})) | derived | exploded | _WORDS


def _is_known(column: str, known: set[str]) -> bool:
    wanted = column.replace(".*", ".{key}")
    return wanted in known or any(re.fullmatch(re.sub(r"\\\{\w+\\\}", ".+", re.escape(one)), wanted) for one in known)


def _expressions(rule: FileRule) -> Iterator[str]:
    yield from rule.key.values()
    yield from rule.where.values()
    for texts in [*rule.new.values(), *rule.pattern.where.values()]:
        yield from [texts] if isinstance(texts, str) else texts
    for found in rule.append.values():
        yield from found
    for replaced in rule.replace.values():
        yield from replaced.values()


def _codes(pack: Pack) -> Iterator[str]:
    known = set(IssueCode)
    for index, check in enumerate(pack.checks):
        if check.code not in known:
            yield f"checks.{index}.code: {check.code} is not a code"
    for index, unique in enumerate(pack.unique):
        if unique.code not in known:
            yield f"unique.{index}.code: {unique.code} is not a code"
    if pack.notice and pack.notice not in all_texts():
        yield f"notice: there is no text {pack.notice}"


def _example(rules: Rules) -> Iterator[str]:
    if rules.pack.example and not (rules.folder / rules.pack.example / "rows.yaml").is_file():
        yield f"example: {rules.pack.example}/rows.yaml is missing"
