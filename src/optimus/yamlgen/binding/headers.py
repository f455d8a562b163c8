"""Find the header row of a sheet and say which column is which field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from optimus.yamlgen.binding.fold import fold, ways
from optimus.yamlgen.cells import CellValue, Computed, Number, Range, Sheet
from optimus.yamlgen.rules.model import ColumnRule

HEADER_ROWS = 10


class Names:
    """The known headers of one sheet. Numbered families (`vip{n}.{key}`) are matched by pattern."""

    def __init__(self, columns: Mapping[str, ColumnRule], extra: Mapping[str, str]) -> None:
        self.columns = columns
        self.exact: dict[str, str] = {}
        self.families: list[tuple[re.Pattern[str], str]] = []
        for name, rule in columns.items():
            for alias in [name, *rule.aliases, *([rule.title] if rule.title else [])]:
                if "{" in name:
                    self.families.append((self._family(alias), name))
                else:
                    for way in ways(alias) if alias == rule.title else [fold(alias)]:
                        self.exact.setdefault(way, name)
        # Keys of the template's own items: any header may name one. They bind as `=path`.
        self.extra = extra

    @staticmethod
    def _family(alias: str) -> re.Pattern[str]:
        pieces = [re.escape(fold(piece)) for piece in re.split(r"\{(?:n|key)\}", alias)]
        groups = re.findall(r"\{(n|key)\}", alias)
        pattern = pieces[0]
        for group, piece in zip(groups, pieces[1:], strict=True):
            pattern += (r"(?P<n>[1-9]\d?)" if group == "n" else r"(?P<key>.+)") + piece
        return re.compile(pattern)

    def field_of(self, header: str) -> str | None:
        if header.startswith("x.") and len(header) > 2:
            return "=" + header[2:]
        for way in ways(header):
            if way in self.exact:
                return self.exact[way]
        for way in ways(header):
            if way in self.extra:
                return "=" + self.extra[way]
            for pattern, name in self.families:
                if found := pattern.fullmatch(way):
                    return self._member(name, header, found.groupdict())
        return None

    @staticmethod
    def _member(name: str, header: str, groups: Mapping[str, str]) -> str:
        for group, value in groups.items():
            # The key keeps the letters that the user wrote: it is a key of the YAML file.
            written = re.search(re.escape(value) + r"\s*$", header, re.IGNORECASE) if group == "key" else None
            name = name.replace("{" + group + "}", written[0].strip() if written else value)
        return name

    def rule_of(self, field_name: str) -> ColumnRule:
        if field_name in self.columns:
            return self.columns[field_name]
        if not field_name.startswith("="):
            for name, rule in self.columns.items():
                if "{" in name and re.fullmatch(re.sub(r"\\\{\w+\\\}", ".+", re.escape(name)), field_name):
                    return rule
        return ColumnRule()


@dataclass
class Layout:
    """Where a sheet's header is and what its columns mean."""

    row: int = 0
    fields: dict[int, str] = field(default_factory=dict)
    headers: dict[int, str] = field(default_factory=dict)
    unknown: dict[int, str] = field(default_factory=dict)
    doubles: list[tuple[int, int]] = field(default_factory=list)


def header_text(cell: CellValue | None) -> str:
    if isinstance(cell, Computed):
        cell = cell.value
    if isinstance(cell, Number):
        return cell.text
    return " ".join(cell.split()) if isinstance(cell, str) else ""


def find_layout(sheet: Sheet, names: Names) -> Layout:
    """The row among the first ten that has the most known headers; with a group row above it where one is merged."""
    best, most = Layout(), 0
    for row in [row for row in sorted(sheet.rows) if row <= HEADER_ROWS]:
        layout = _layout(sheet, names, row)
        if len(layout.fields) > most:
            best, most = layout, len(layout.fields)
    return best


def _layout(sheet: Sheet, names: Names, row: int) -> Layout:
    layout = Layout(row)
    groups = _groups(sheet.merges, sheet, row - 1)
    at: dict[str, int] = {}
    for column, cell in sorted(sheet.rows[row].items()):
        text = header_text(cell)
        if not text or text.startswith("#"):
            continue
        group = groups.get(column, "")
        field_name = (names.field_of(f"{group}.{text}") if group else None) or names.field_of(text)
        layout.headers[column] = f"{group}.{text}" if group else text
        if field_name is None:
            layout.unknown[column] = layout.headers[column]
        elif field_name in at:
            layout.doubles.append((at[field_name], column))
        else:
            at[field_name] = column
            layout.fields[column] = field_name
    return layout


def _groups(merges: list[Range], sheet: Sheet, row: int) -> dict[int, str]:
    found: dict[int, str] = {}
    for area in merges:
        if area.top <= row <= area.bottom and area.right > area.left:
            text = header_text(sheet.rows.get(area.top, {}).get(area.left))
            if text:
                found.update(dict.fromkeys(range(area.left, min(area.right, area.left + 200) + 1), text))
    return found
