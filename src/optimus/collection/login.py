"""Whether a data center's LCM can be logged in to, in the words of the API document."""

import secrets
import shlex

from optimus.collection.errors import (
    CollectionError,
    HostKeyChanged,
    LcmRefused,
    LcmUnreachable,
    LoginRefused,
    PermissionDenied,
    TunnelLost,
)
from optimus.collection.transports.ssh import fetch_host_key, open_link
from optimus.facts.visits import LcmAddress, Limits, LoginCheck

__all__ = ["check_login", "fetch_host_key"]

_MESSAGES: dict[type[CollectionError], str] = {
    PermissionDenied: "Permission denied",
    LoginRefused: "Authentication failed",
    HostKeyChanged: "unable to connect to the host",
    LcmRefused: "unable to connect to the host",
    TunnelLost: "unable to connect to the host",
    LcmUnreachable: "unable to reach the host",
}


async def check_login(lcm: LcmAddress, limits: Limits) -> LoginCheck:
    """One real log-in and one harmless command. Never raises for what a network or an LCM does."""
    try:
        async with open_link(lcm, limits) as link:
            mark = secrets.token_hex(8)
            output = await link.run(f"echo {shlex.quote(mark)}", limit=64 * 1024, seconds=limits.connect_seconds)
            key = link.host_key
            if mark.encode() not in output.stdout:  # a log-in shell that only says good-bye
                return LoginCheck(False, _MESSAGES[PermissionDenied], None, key.line, key.fingerprint)
            return LoginCheck(True, None, None, key.line, key.fingerprint)
    except HostKeyChanged as failure:
        shown, fingerprint = failure.details.get("host_key"), failure.details.get("fingerprint")
        return LoginCheck(
            ok=False,
            message=_MESSAGES[HostKeyChanged],
            reason="host_key_changed",
            host_key=str(shown) if shown else None,
            fingerprint=str(fingerprint) if fingerprint else None,
        )
    except CollectionError as failure:
        message = _MESSAGES.get(type(failure), _MESSAGES[LcmRefused])
        return LoginCheck(ok=False, message=message, reason=None, host_key=None, fingerprint=None)
