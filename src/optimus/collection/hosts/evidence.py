r"""The raw outputs of one visit, without secrets and bounded, so that a parser's fix can be tried on them again.

>>> kept = evidence_of({"kernel": Output(0, "root=/dev/sda1 token=abc", "")}, 100)
>>> kept
{'kernel': '0\nroot=/dev/sda1 token=******', 'kernel.stderr': ''}
>>> replay("compute-1", 1795473686, kept).kernel.command_line
'root=/dev/sda1 token=******'
"""

from collections.abc import Mapping

from optimus.collection.hosts.combine import combine
from optimus.collection.hosts.framing import Output
from optimus.collection.parsers.hosts.reading import masked
from optimus.facts.hosts import HostFacts

_STDERR = ".stderr"
_STDERR_CHARACTERS = 2048


def evidence_of(outputs: Mapping[str, Output], limit: int) -> dict[str, str]:
    """Command -> its status on the first line, then what it printed; `….stderr` -> its complaints.

    The longest outputs are left out first when all together would be more than the limit (characters).
    """
    kept: dict[str, str] = {}
    left = limit
    for name, output in sorted(outputs.items(), key=lambda one: len(one[1].stdout)):
        text, complaints = masked(output.stdout), masked(output.stderr[:_STDERR_CHARACTERS])
        if len(text) + len(complaints) > left:
            break
        left -= len(text) + len(complaints)
        kept[name] = f"{output.status}\n{text}"
        kept[f"{name}{_STDERR}"] = complaints
    return {name: kept[name] for name in sorted(kept)}


def replay(host: str, probed_at: int, evidence: Mapping[str, str]) -> HostFacts:
    """The facts that today's parsers read from a former visit. What was left out is a gap."""
    outputs = {}
    for name, text in evidence.items():
        status, _, stdout = text.partition("\n")
        if not name.endswith(_STDERR) and status.isdecimal():
            outputs[name] = Output(int(status), stdout, evidence.get(f"{name}{_STDERR}", ""))
    return combine(host, probed_at, outputs)
