"""The report of a job: data for programs, and the same as Markdown and HTML for people. No clock, no secret."""

import html
from collections.abc import Iterable, Mapping
from typing import Any

_LEVELS = {"error": "E", "warning": "W", "info": "I"}


def target_of(issue: Mapping[str, Any]) -> str:
    template = issue["template"]
    return f"{template['file']} {template['path']}" if template and template["path"] else ""


def as_text(issues: Iterable[Mapping[str, Any]], *, chinese: bool = False, hints: bool = False) -> str:
    """One line for each issue, as the command line prints it; `hints` adds what to do below it."""
    lines: list[str] = []
    for issue in issues:
        message = issue["message_zh" if chinese else "message"]
        target = target_of(issue)
        more = f" (+{issue['folded']})" if issue["folded"] else ""
        arrow = f"  -> {target}" if target else ""
        lines.append(f"{_LEVELS[issue['level']]} {issue['code']} {issue['field']}  {message}{more}{arrow}")
        hint = issue["hint_zh" if chinese else "hint"]
        if hints and hint:
            lines.append(f"    {hint}")
    return "\n".join(lines)


def as_markdown(report: Mapping[str, Any]) -> str:
    counts = report["counts"]
    said = f"{counts['error']} errors, {counts['warning']} warnings, {counts['info']} notes"
    lines = [
        f"# {_plain(report['project'])}: {report['site']}, {report['drop']}",
        "",
        f"{'Success' if report['ok'] else 'Failed'}: {said}. Rules: {', '.join(report['packs'])}.",
        "",
    ]
    if report["files"]:
        lines += ["| file | lines | added | removed |", "|---|---:|---:|---:|"]
        lines += [
            f"| {name} | {one['lines']} | {one['added']} | {one['removed']} |" for name, one in report["files"].items()
        ]
        lines.append("")
    if report["free_addresses"]:
        lines += ["| network | free addresses |", "|---|---:|"]
        lines += [f"| {_plain(name)} | {count} |" for name, count in report["free_addresses"].items()]
        lines.append("")
    if report["issues"]:
        lines += ["| | code | place | what | 说明 | hint |", "|---|---|---|---|---|---|"]
        for issue in report["issues"]:
            more = f" (+{issue['folded']})" if issue["folded"] else ""
            cells = [_LEVELS[issue["level"]], issue["code"], issue["field"], issue["message"] + more,
                     issue["message_zh"], issue["hint"]]  # fmt: skip
            lines.append("| " + " | ".join(_plain(str(cell)) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Text in a Markdown table: nothing in it is markup."""
    escaped = html.escape(text, quote=False).replace("\\", "\\\\").replace("|", "\\|").replace("`", "\\`")
    return escaped.replace("[", "\\[").replace("\n", " ").replace("*", "\\*").replace("_", "\\_")


def as_html(report: Mapping[str, Any]) -> str:
    rows = "".join(
        "<tr class={}><td>{}<td>{}<td>{}<td>{}<br>{}<td>{}".format(
            issue["level"],
            *(
                html.escape(str(cell))
                for cell in (issue["code"], issue["field"], target_of(issue), issue["message"], issue["message_zh"],
                             issue["hint"])
            ),
        )
        for issue in report["issues"]
    )  # fmt: skip
    counts = report["counts"]
    title = html.escape(f"{report['project']}: {report['site']}, {report['drop']}")
    state = "Success" if report["ok"] else "Failed"
    said = f"{counts['error']} errors, {counts['warning']} warnings, {counts['info']} notes"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
        "<style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}"
        "td,th{border:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}"
        ".error td:first-child{background:#fbb}.warning td:first-child{background:#fe9}</style>"
        f"<h1>{title}</h1><p>{state}: {said}.</p>"
        f"<table><tr><th>code<th>place<th>target<th>what<th>hint{rows}</table></html>\n"
    )
