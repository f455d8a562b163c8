"""Writes docs/reference/*.md from the code itself: settings, API, error codes, and what Optimus does to a cloud.

`./script/docs` runs it; a test fails when what is written is not what the code says.
"""

import sys
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from optimus.collection.hosts.access import lcm_command
from optimus.collection.hosts.commands import (
    COMMANDS,
    CONTAINERS,
    FUNCTION_RUNS,
    LEADS,
    VIRSH_VERBS,
    host_command,
)
from optimus.collection.hosts.sudoers import PRIVILEGED, sudoers_lines
from optimus.collection.sources import SOURCES
from optimus.errors import Code, OptimusError
from optimus.facts.hosts import HostLimits
from optimus.http.problem import STATUS_OF_KIND
from optimus.http.routing import Route
from optimus.routes import ROUTES
from optimus.settings import Settings

FOLDER = Path(__file__).parent / "reference"
NOTE = "<!-- Written by ./script/docs from the code; changes here are lost. -->\n"


def settings() -> str:
    lines = [NOTE, "# Settings\n", "All are environment variables; `optimus settings` prints the values in force.\n"]
    lines += ["| variable | default | what it is for |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = "" if isinstance(field.default, SecretStr) else str(field.default)
        lines.append(f"| `OPTIMUS_{name.upper()}` | {f'`{default}`' if default else ''} | {field.description} |")
    return "\n".join(lines) + "\n"


def api() -> str:
    lines = [NOTE, "# API\n"]
    lines.append(
        "Every call, in the order of `src/optimus/routes.py`. `/docs` of a running server shows each in full.\n"
    )
    lines += ["| call | who | what | answers |", "| --- | --- | --- | --- |"]
    lines += [_api_line(route) for route in ROUTES]
    lines.append("\nWithout log-in besides: `GET /healthz`, `GET /readyz`, `GET /docs`, `GET /openapi.json`.")
    return "\n".join(lines) + "\n"


def _api_line(route: Route) -> str:
    who = f"{route.role.value} and above" if route.role else "everybody"
    path = route.path.replace("|", "\\|")
    statuses = ", ".join(str(s) for s in sorted(route.statuses()))
    return f"| `{route.method} {path}` | {who} | {route.summary} | {statuses} |"


def errors() -> str:
    kinds = {cls.code: cls for cls in _subclasses(OptimusError) if hasattr(cls, "code")}
    lines = [NOTE, "# Error codes\n", "A failure carries its code in `error`, beside the message for people.\n"]
    lines += ["| code | HTTP status | what it means |", "| --- | --- | --- |"]
    for code in Code:
        found = kinds.get(code)
        status = str(STATUS_OF_KIND[found.kind]) if found else ""
        meaning = (found.__doc__ or "").strip().splitlines()[0] if found and found.__doc__ else ""
        lines.append(f"| `{code.value}` | {status} | {meaning} |")
    return "\n".join(lines) + "\n"


def _subclasses(cls: type[OptimusError]) -> list[type[OptimusError]]:
    return [s for direct in cls.__subclasses__() for s in [*_subclasses(direct), direct]]


def access() -> str:
    lines = [NOTE, "# What Optimus does at a site\n"]
    lines.append("On the LCM: one SSH log-in for each visit, and these commands (arguments are quoted):\n")
    lines += ["| command | why |", "| --- | --- |"]
    lines.append(
        "| `env -i … bash --noprofile --norc -c '… . \"$file\" …' optimus <rc file>` | reads the file's `OS_*` |"
    )
    lines.append("| `cat -- <OS_CACERT>` | reads the CA file that the rc file names, where it names one |")
    lines.append("| `echo <random>` | tries whether the account may run commands (connect_status, doctor) |")
    lines.append("\nOf the OpenStack APIs, reads only (the POST is Keystone's log-in):\n")
    lines += ["| part | service | call | how | note |", "| --- | --- | --- | --- | --- |"]
    for source in SOURCES:
        query = "&".join(f"{key}={value}" for key, value in source.query.items())
        call = f"{source.method} {source.path}{f'?{query}' if query else ''}"
        part = source.part.value if source.part else ""
        lines.append(f"| {part} | {source.service.value} | `{call}` | {source.paging.value} | {source.note} |")
    return "\n".join([*lines, *_hosts()]) + "\n"


def _hosts() -> list[str]:
    lines = ["\n## On compute hosts\n"]
    lines.append(
        "The LCM runs one command for each host (or Optimus itself does, over a channel of the LCM's connection):\n"
    )
    remote = host_command(HostLimits())
    lines += [f"```\n{lcm_command('compute-1', '…', HostLimits())}\n```\n", f"and on the host `{remote}`."]
    lines.append(
        "\nThe script comes on its stdin: the functions and commands of `src/optimus/collection/hosts/commands.py`."
    )
    lines.append("These are all programs that it runs; `{}` is a name or a file that the host itself told:\n")
    lines += ["| part | programs | of which with sudo, where allowed |", "| --- | --- | --- |"]
    for command in COMMANDS:
        runs = "<br>".join(f"`{_cell(run)}`" for run in command.runs) or "none: the shell itself reads"
        lines.append(f"| {command.name} | {runs} | {'yes' if command.name in PRIVILEGED else ''} |")
    bound = ", ".join(f"`{_cell(run)}`" for run in FUNCTION_RUNS)
    lines.append(f"\nBesides: {bound}, and `timeout -k 1 <seconds>` and `nice -n 10` before them.")
    leads = ", ".join(f"`{lead}`" for lead in LEADS if lead)
    containers = ", ".join(f"`{name}`" for name in CONTAINERS)
    lines.append(f"Where a tool is not on the host, or refuses: {leads}, with the containers {containers}.")
    verbs = ", ".join(f"`{verb}`" for verb in VIRSH_VERBS)
    lines.append(f"The last argument of `virsh` holds these of its commands, for each guest's UUID: {verbs}.\n")
    lines.append("A least-privilege account's lines in sudoers (sudo 1.9.10 or newer; bridges by their names):\n")
    lines.append("```")
    lines += sudoers_lines("nfvi", ("br-int", "br-prv"))
    lines.append("```")
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


PAGES = {"settings.md": settings, "api.md": api, "errors.md": errors, "access.md": access}


def main() -> int:
    """With --check: exit code 1 and the names of the pages that are not as the code says."""
    import optimus.worker  # noqa: F401, PLC0415 - brings in every module that defines errors

    FOLDER.mkdir(exist_ok=True)
    written: dict[str, Any] = {name: page() for name, page in PAGES.items()}
    if "--check" in sys.argv:
        stale = [n for n, text in written.items() if not (FOLDER / n).exists() or (FOLDER / n).read_text() != text]
        print(f"not as the code says, run ./script/docs: {', '.join(stale)}" if stale else "docs/reference is current")
        return 1 if stale else 0
    for name, text in written.items():
        (FOLDER / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
