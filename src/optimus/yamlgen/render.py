"""Mode B: a template in Jinja2, in an immutable sandbox with few names; every printed value is quoted for YAML."""

import ipaddress
import re
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from types import FrameType
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from optimus.yamlgen.binding.records import Tables, table_of
from optimus.yamlgen.binding.types import BadValue, mac
from optimus.yamlgen.binding.values import Special, Value
from optimus.yamlgen.codes import IssueCode
from optimus.yamlgen.derive import natural
from optimus.yamlgen.issues import Issues, TemplatePlace, issue
from optimus.yamlgen.limits import Limits
from optimus.yamlgen.rules.model import Pack
from optimus.yamlgen.templates import Template
from optimus.yamlgen.yamltext.emit import Source, scalar

_NAME = "<optimus template>"
_BREAKS = re.compile(r"\r\n?")


class Raw(str):  # noqa: SLOT000 - it may carry its cell
    """A text that is printed as it is (the filter `raw`)."""


class _SourcedText(str):
    """A cell's text that knows its cell. The name keeps templates out: the sandbox hides what begins with `_`."""

    __slots__ = ("_source",)
    _source: Source


class _SourcedNumber(int):
    _source: Source


class _Printed(str):
    """What a `{{ … }}` printed, on its way to where its place in the file is known."""

    __slots__ = ("_source",)
    _source: Source

    def __str__(self) -> str:
        return self


@dataclass
class Rendered:
    """A file, and for each value that a cell gave its position."""

    text: str
    marks: dict[int, Source] = field(default_factory=dict)


class _TooSlow(Exception):
    pass


def render(
    template: Template, tables: Tables, words: Mapping[str, str], pack: Pack, limits: Limits, issues: Issues
) -> Rendered | None:
    """None when the template failed. What is printed inside macros and blocks with filters has no cell."""
    name, source = template.name, template.document.text
    pieces: list[str] = []
    marks: dict[int, Source] = {}
    size = 0
    wide = template.document.newline == "\r\n"
    try:
        with _time_limit(limits.render_seconds):
            compiled = _environment(limits).from_string(_BREAKS.sub("\n", source))
            for piece in compiled.generate(context(tables, words, pack)):
                if isinstance(piece, _Printed):
                    marks[size] = piece._source  # noqa: SLF001 - hidden from templates, not from us
                if wide and "\n" in piece:
                    piece = piece.replace("\n", "\r\n")  # noqa: PLW2901 - the piece as it is written
                size += len(piece)
                if size > limits.output_characters:
                    issues.add(issue(IssueCode.OUTPUT_CAP, "output.cap", template=TemplatePlace(name), file=name,
                                     most=limits.output_characters))  # fmt: skip
                    return None
                pieces.append(piece)
    except (_TooSlow, MemoryError, RecursionError) as failure:
        key = "output.time" if isinstance(failure, _TooSlow) else "output.memory"
        issues.add(
            issue(IssueCode.OUTPUT_CAP, key, template=TemplatePlace(name), file=name, most=limits.render_seconds)
        )
        return None
    except Exception as failure:  # noqa: BLE001 - the template's own faults: any type, named with their line
        _tell(name, failure, issues)
        return None
    text = "".join(pieces)
    return Rendered(text if text.endswith("\n") else text + template.document.newline, marks)


def _tell(name: str, failure: Exception, issues: Issues) -> None:
    if isinstance(failure, TemplateSyntaxError):
        key, line = "jinja.syntax", failure.lineno
    else:
        frames = traceback.extract_tb(failure.__traceback__)
        line = next((frame.lineno for frame in reversed(frames) if frame.filename in {_NAME, "<template>"}), 0) or 0
        kinds: list[tuple[type[Exception], str]] = [
            (SecurityError, "jinja.security"),
            (UndefinedError, "jinja.undefined"),
        ]
        key = next((text for kind, text in kinds if isinstance(failure, kind)), "jinja.failed")
    problem = str(failure)[:200] if isinstance(failure, TemplateError | BadValue) else type(failure).__name__
    issues.add(issue(IssueCode.UNDEFINED, key, template=TemplatePlace(name, line), problem=problem, line=line))


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Stops between two steps of Python; the child's own limits stop what does not come to that."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(_: int, __: FrameType | None) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _finalized(value: Any) -> str:
    text = _printed(value)
    source = getattr(value, "_source", None)
    if source is None:
        return text
    found = _Printed(text)
    found._source = source  # noqa: SLF001 - see its class
    return found


def _printed(value: Any) -> str:  # noqa: PLR0911 - one line for each type
    if isinstance(value, Raw):
        return str(value)
    if value is None or value is Special.NULL:
        return "null"
    if isinstance(value, str | int | Special):
        return scalar(value, flow=True)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, StrictUndefined):
        return str(value)  # raises
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_printed(one) for one in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_printed(str(key))}: {_printed(one)}" for key, one in value.items()) + "}"
    raise TypeError("only texts, numbers, lists and maps can be printed")


def _environment(limits: Limits) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True, finalize=_finalized,
        keep_trailing_newline=True, cache_size=0,
    )  # fmt: skip
    environment.globals.clear()
    environment.globals["range"] = _range(limits.render_range)
    environment.filters.clear()
    environment.filters.update(_FILTERS)
    return environment


def _range(most: int) -> Callable[..., range]:
    def limited(*bounds: int) -> range:
        found = range(*bounds)
        if len(found) > most:
            raise OverflowError("range is too long")
        return found

    return limited


def _to_yaml(value: Any, indent: int = 0) -> Raw:
    """Block lines, each after the first indented."""
    pad = "\n" + " " * min(int(indent), 80)
    if isinstance(value, Mapping):
        return Raw(pad.join(f"{_printed(str(key))}: {_printed(one)}" for key, one in value.items()))
    if isinstance(value, list | tuple):
        return Raw(pad.join(f"- {_printed(one)}" for one in value))
    return Raw(_printed(value))


def _group(rows: Any, key: str) -> list[tuple[Any, list[Any]]]:
    ordered = sorted(rows, key=lambda row: natural(str(row[key] or "")))
    return [(value, list(members)) for value, members in groupby(ordered, key=lambda row: row[key])]


def _keeping_cells(made: Callable[..., Any]) -> Callable[..., Any]:
    """What a filter makes of a cell's value still comes from that cell."""

    def filtered(value: Any, *more: Any) -> Any:
        found, source = made(value, *more), getattr(value, "_source", None)
        if source is None:
            return found
        if isinstance(found, Raw):
            found._source = source  # type: ignore[attr-defined]  # noqa: SLF001 - see _SourcedText
            return found
        return _sourced(found, source)

    return filtered


_OF_ONE_VALUE: dict[str, Callable[..., Any]] = {
    "q": lambda value: Raw(_printed(value)),
    "raw": lambda value: Raw(str(value)),
    "ip": lambda value: str(ipaddress.ip_address(str(value))),
    "net": lambda value: str(ipaddress.ip_network(str(value), strict=False)),
    "hostnum": lambda value, number: str(ipaddress.ip_network(str(value), strict=False)[int(number)]),
    "prefixlen": lambda value: ipaddress.ip_network(str(value), strict=False).prefixlen,
    "mac": lambda value: mac(str(value)),
}
_FILTERS: dict[str, Callable[..., Any]] = {
    **{name: _keeping_cells(made) for name, made in _OF_ONE_VALUE.items()},
    "natsort": lambda values, key=None: sorted(values, key=lambda one: natural(str(one[key] if key else one))),
    "groupby": _group,
    "to_yaml": _to_yaml,
}


class _Row(dict[str, Any]):
    """A record: known columns that are blank read as None, other names are undefined."""


def context(tables: Tables, words: Mapping[str, str], pack: Pack) -> dict[str, Any]:
    """`hosts networks profiles schemes assignments routes site cee project modules`."""
    named = {"hosts": "hosts", "networks": "networks", "profiles": "host_profiles", "schemes": "interfaces",
             "assignments": "assignments", "routes": "routes"}  # fmt: skip
    found: dict[str, Any] = {name: _rows(tables, sheet, pack) for name, sheet in named.items()}
    found["modules"] = [record.text("module") for record in table_of(tables, "modules").records]
    found["module_routes"] = [dict(record.values) for record in table_of(tables, "module_routes").records]
    found["site"] = {"name": words["site"], "bmc_username": pack.site.bmc_username or None, **pack.site.values}
    found["cee"], found["project"] = words["cee"], words["project"]
    return found


def _name(field: str) -> str:
    """An extra column is called by the last key of its path."""
    return field[1:].rpartition(".")[2].rstrip("?") if field[0] == "=" else field


def _sourced(value: Value, source: Source) -> object:
    """The value as it is, with its cell; other kinds than texts and numbers cannot carry one."""
    made: _SourcedText | _SourcedNumber
    if isinstance(value, str):
        made = _SourcedText(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        made = _SourcedNumber(value)
    else:
        return value
    made._source = source  # noqa: SLF001 - see its class
    return made


def _rows(tables: Tables, sheet: str, pack: Pack) -> list[_Row]:
    table = table_of(tables, sheet)
    known = [name for name in pack.columns.get(sheet, {}) if "{" not in name]
    derived = [
        name for name, rule in pack.derive.items() if rule.sheet == sheet and not (rule.distinct or rule.explode)
    ]
    blank = dict.fromkeys([*known, *derived, *map(_name, table.columns)])
    rows = []
    for record in table.records:
        row = _Row(blank)
        for name, value in record.values.items():
            row[_name(name)] = _sourced(value, (record, name))
        if sheet == "hosts":
            row["id"] = row["id"] or row.get("host_id")
            row["hostProfile"] = row.get("profile")
        rows.append(row)
    return rows
