"""How the LCM is told to reach a host: the one command line that it runs; pure.

>>> ssh_name("compute12.lab.example"), ssh_name("10.0.0.5"), ssh_name("fd00::5")
('compute12', '10.0.0.5', 'fd00::5')
>>> ssh_name("-oProxyCommand=x"), ssh_name("a;reboot"), ssh_name("a.b$(x)"), ssh_name("")
(None, None, None, None)
"""

import ipaddress
import re
import shlex

from optimus.facts.hosts import HostLimits

_HOST_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}))*\.?")
# How long the LCM's own bound runs beyond the host's, so that the one who knows more speaks first.
_GRACE_SECONDS = 3.0

# Host keys and users are the LCM's own affair: its ssh_config and known_hosts decide, and nothing here weakens them.
# Nothing is asked, forwarded or written: no prompt, agent, X11, shared master connection or new known host.
_OPTIONS = (
    "IgnoreUnknown=UpdateHostKeys",
    "BatchMode=yes",
    "ConnectionAttempts=1",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "ControlMaster=no",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
    "UpdateHostKeys=no",
    "LogLevel=ERROR",  # no banner, which could say anything
)


def ssh_name(host: str) -> str | None:
    """The name that the LCM knows a nova host by: its first label, or the whole address. None for what is no name."""
    try:
        if "%" not in host:
            return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    return host.partition(".")[0] if _HOST_NAME.fullmatch(host) and len(host) <= 253 else None


def lcm_command(name: str, remote: str, limits: HostLimits) -> str:
    """`ssh NAME REMOTE` for the LCM's log-in shell, bounded there too. `remote` is one argument; so is `name`."""
    options = [word for option in _OPTIONS for word in ("-o", option)]
    connect = ["-o", f"ConnectTimeout={max(1, round(limits.connect_seconds))}"]
    bound = ["timeout", "-k", "2", f"{limits.host_seconds:g}"]
    words = ["env", "LC_ALL=C", *bound, "ssh", "-T", "-a", "-x", *options, *connect, "--", name, remote]
    return f"exec {shlex.join(words)}"


def exchange_seconds(limits: HostLimits) -> float:
    """How long Optimus waits for the LCM's command."""
    return limits.host_seconds + _GRACE_SECONDS
