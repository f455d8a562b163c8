"""What the table permits to be run on a host."""

import re
from collections.abc import Iterator

from optimus.collection.hosts.commands import COMMANDS, CONTAINERS, FUNCTION_RUNS, LEADS


def allowed_runs() -> Iterator[re.Pattern[str]]:
    """The table's calls, with every way that may lead to them, as patterns over whole lines."""
    runs = [run for command in COMMANDS for run in command.runs] + list(FUNCTION_RUNS)
    names = "|".join(CONTAINERS)
    for lead in LEADS:
        for run in runs:
            words = re.escape(f"{lead} {run}".strip())
            if lead.endswith("{}"):
                words = words.replace(re.escape("{}"), f"(?:{names})", 1)
            yield re.compile(words.replace(re.escape("{}"), ".+"))


def unbounded(line: str) -> str:
    """Without what only bounds it: `timeout` and `nice`."""
    line = re.sub(r"^timeout -k 1 \d+ ", "", line)
    return re.sub(r"^nice -n 10 ", "", line)
