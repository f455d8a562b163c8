"""What is wrong, where, and what to do: one issue per place, in two languages, with a stable code."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.limits import DEFAULTS, Limits
from optimus.yamlgen.texts import wording

MASK = "******"


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of the workbook. `cell` carries its sheet (`hosts!E7`); a sheet or range may stand alone."""

    sheet: str
    cell: str = ""
    column: str = ""
    row_key: str = ""
    order: tuple[int, int, int] = (0, 0, 0)

    def to_json(self) -> dict[str, str]:
        return {"sheet": self.sheet, "cell": self.cell, "column": self.column, "row_key": self.row_key}


@dataclass(frozen=True, slots=True)
class TemplatePlace:
    """A place in a template, counted from 1; `path` is where the value stands in the file that is made."""

    file: str
    line: int = 0
    column: int = 0
    path: str = ""

    def to_json(self) -> dict[str, object]:
        return {"file": self.file, "line": self.line, "column": self.column, "path": self.path}


@dataclass(frozen=True, slots=True)
class Issue:
    code: IssueCode
    level: Level
    message: str
    message_zh: str
    hint: str = ""
    hint_zh: str = ""
    where: Place | None = None
    template: TemplatePlace | None = None
    value: str = ""
    related: tuple[str, ...] = ()
    folded: int = 0

    @property
    def label(self) -> str:
        """Where it is, in few words: the cell, the sheet, or a file and its line."""
        if self.where:
            return self.where.cell or self.where.sheet
        if self.template:
            return f"{self.template.file}:{self.template.line}" if self.template.line else self.template.file
        return ""

    def to_json(self) -> dict[str, Any]:
        return {
            "code": str(self.code),
            "level": str(self.level),
            "field": self.label,
            "message": self.message,
            "message_zh": self.message_zh,
            "where": self.where.to_json() if self.where else None,
            "template": self.template.to_json() if self.template else None,
            "value": self.value,
            "related": list(self.related),
            "hint": self.hint,
            "hint_zh": self.hint_zh,
            "folded": self.folded,
        }


def issue_from_json(data: Mapping[str, Any]) -> Issue:
    where, template = data["where"], data["template"]
    return Issue(
        code=IssueCode(data["code"]),
        level=Level(data["level"]),
        message=data["message"],
        message_zh=data["message_zh"],
        hint=data["hint"],
        hint_zh=data["hint_zh"],
        where=Place(**where) if where else None,
        template=TemplatePlace(**template) if template else None,
        value=data["value"],
        related=tuple(data["related"]),
        folded=data["folded"],
    )


def issue(
    code: IssueCode,
    text: str,
    *,
    level: Level = Level.ERROR,
    where: Place | None = None,
    template: TemplatePlace | None = None,
    value: object = "",
    related: Iterable[str] = (),
    **words: Any,
) -> Issue:
    """Word an issue. `text` is a key of texts.py, `words` fill its blanks."""
    message, message_zh, hint, hint_zh = wording(text, words)
    shown = str(value)
    return Issue(
        code=code,
        level=level,
        message=message,
        message_zh=message_zh,
        hint=hint,
        hint_zh=hint_zh,
        where=where,
        template=template,
        value=shown if len(shown) <= 200 else shown[:200] + "…",
        related=tuple(related),
    )


_LEVELS = {Level.ERROR: 0, Level.WARNING: 1, Level.INFO: 2}


def _sort_key(found: Issue) -> tuple[Any, ...]:
    template = found.template
    place = found.where.order if found.where else (1 << 30, 0, 0)
    file, line = (template.file, template.line) if template else ("", 0)
    return (place, file if not found.where else "", line, _LEVELS[found.level], found.code, found.message)


@dataclass
class Issues:
    """All issues of a job. Adding never stops anything; `listed` sorts, folds and caps them for the report."""

    limits: Limits = DEFAULTS
    found: list[Issue] = field(default_factory=list)
    counts: Counter[Level] = field(default_factory=Counter)
    _per_code: Counter[tuple[IssueCode, Level]] = field(default_factory=Counter)

    def add(self, new: Issue) -> None:
        self.counts[new.level] += 1
        key = (new.code, new.level)
        self._per_code[key] += 1
        # Kept: more than is shown, because the sort comes later; not all, because a job may have a million of them.
        if self._per_code[key] <= self.limits.issues:
            self.found.append(new)

    def extend(self, more: Iterable[Issue]) -> None:
        for each in more:
            self.add(each)

    @property
    def failed(self) -> bool:
        return self.counts[Level.ERROR] > 0

    def listed(self) -> list[Issue]:
        """Sorted by place; of one code and level the first few, the last of them saying how many more there are."""
        shown: list[Issue] = []
        last: dict[tuple[IssueCode, Level], int] = {}
        taken: Counter[tuple[IssueCode, Level]] = Counter()
        for each in sorted(set(self.found), key=_sort_key):
            key = (each.code, each.level)
            taken[key] += 1
            if taken[key] <= self.limits.issues_per_code and len(shown) < self.limits.issues:
                last[key] = len(shown)
                shown.append(each)
        for key, index in last.items():
            more = max(taken[key], self._per_code[key] if taken[key] >= self.limits.issues else 0)
            if more > self.limits.issues_per_code:
                shown[index] = replace(shown[index], folded=more - self.limits.issues_per_code)
        return shown


def errors_first(issues: Sequence[Issue], most: int = 100) -> list[Issue]:
    """The list that an answer carries: errors before warnings, at most `most`."""
    return sorted(issues, key=lambda each: _LEVELS[each.level])[:most]
