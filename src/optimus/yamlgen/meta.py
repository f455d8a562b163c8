"""The request's own names, and the workbook's `meta` sheet that must agree with them."""

import re

from optimus.errors import FieldError
from optimus.yamlgen.binding.records import Tables, table_of
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.errors import RequestRefused
from optimus.yamlgen.issues import Issues, issue
from optimus.yamlgen.request import Request

_PROJECT = re.compile(r"[^\x00-\x1f\x7f/\\:*?\"<>|]+")
_KNOWN = {"site": "site", "局点": "site", "drop": "drop", "cee": "drop", "cee_ver": "drop", "版本": "drop",
          "project": "project", "项目": "project", "作业名称": "project"}  # fmt: skip
_FREE = frozenset({"author", "作者", "layout", "layout version", "版式", "date", "日期"})


def check_request(request: Request) -> None:
    name = request.project
    if not name or len(name) > request.limits.project_name_characters or not _PROJECT.fullmatch(name) or ".." in name:
        raise RequestRefused(
            f"A project name has 1 to {request.limits.project_name_characters} characters, none of them of a path.",
            errors=[FieldError("pjt_name", "not a usable name")],
        )


def check_meta(tables: Tables, words: dict[str, str], issues: Issues) -> None:
    for record in table_of(tables, "meta").records:
        name = record.text("name").strip().lower()
        key = _KNOWN.get(name)
        if key is None:
            if name not in _FREE:
                issues.add(issue(IssueCode.HEADER_UNKNOWN, "meta.unknown", level=Level.INFO, name=name,
                                 where=record.place("name")))  # fmt: skip
            continue
        given, asked = record.text("value"), words[key]
        same = given.lower().replace(" ", "").removeprefix("drop") == asked.lower().removeprefix("drop")
        if not (same if key == "drop" else given == asked):
            issues.add(issue(IssueCode.CELL_INVALID, "meta.differs", where=record.place("value"), value=given,
                             name=key, given=given, asked=asked))  # fmt: skip
