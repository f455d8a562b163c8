"""Reading `lcm_ip`: an IPv4 or IPv6 address or a host name, with an optional port.

>>> parse_address("192.0.2.7")
('192.0.2.7', 22)
>>> parse_address("lcm-1.site.example:2222")
('lcm-1.site.example', 2222)
>>> parse_address("2001:db8::17")
('2001:db8::17', 22)
>>> parse_address("[2001:db8::17]:2222")
('2001:db8::17', 2222)
"""

import ipaddress
import re

SSH_PORT = 22
MAX_LENGTH = 255
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")


def parse_address(text: str) -> tuple[str, int]:
    """Host and port. Raises ValueError with a sentence for the user."""
    text = text.strip()
    if not text or len(text) > MAX_LENGTH:
        raise ValueError("must be an IPv4 or IPv6 address or a host name, with an optional :port")
    if text.startswith("["):
        host, separator, rest = text[1:].partition("]")
        if not separator or (rest and not rest.startswith(":")):
            raise ValueError("must be written [address]:port")
        return _v6(host), _port(rest[1:]) if rest else SSH_PORT
    if text.count(":") > 1:
        return _v6(text), SSH_PORT
    host, separator, port = text.partition(":")
    return _v4_or_name(host), _port(port) if separator else SSH_PORT


def _v6(text: str) -> str:
    address, separator, zone = text.partition("%")
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        raise ValueError("is not an IPv6 address") from None
    if separator and not re.fullmatch(r"[A-Za-z0-9_.-]{1,15}", zone):
        raise ValueError("has an IPv6 zone that is no interface name")
    return text


def _v4_or_name(text: str) -> str:
    if re.fullmatch(r"[0-9.]+", text):
        try:
            return str(ipaddress.IPv4Address(text))
        except ValueError:
            raise ValueError("is not an IPv4 address") from None
    if not text or not all(_LABEL.fullmatch(label) for label in text.rstrip(".").split(".")):
        raise ValueError("is neither an address nor a host name")
    return text


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ValueError("has a port that is not a number from 1 to 65535")
    return int(text)
