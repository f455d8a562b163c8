"""Column types: a cell's text in, the value in its normal form out, or the key of what is wrong."""

import ipaddress
import re
import uuid
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from optimus.yamlgen.codes import IssueCode

Scalar = str | int | bool


class BadValue(ValueError):
    """`key` names the wording, `words` fill it."""

    def __init__(self, key: str, **words: object) -> None:
        super().__init__(key)
        self.key, self.words = key, words


_TRUE = frozenset({"yes", "y", "true", "1", "是", "on"})
_FALSE = frozenset({"no", "n", "false", "0", "否", "off"})
_HOSTNAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*")
_MAC = re.compile(r"[0-9a-f]{12}")
_SIZE = re.compile(r"([0-9]+)\s*([kmgt])?i?b?", re.IGNORECASE)
_CPUS = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")


def _text(text: str) -> Scalar:
    return text


def integer(text: str) -> Scalar:
    try:
        number = Decimal(text)
        if number != number.to_integral_value() or abs(number) >= 10**15:
            raise BadValue("type.int", value=text)
    except (InvalidOperation, ValueError) as failure:
        raise BadValue("type.int", value=text) from failure
    return int(number)


def boolean(text: str) -> Scalar:
    low = text.casefold()
    if low in _TRUE:
        return True
    if low in _FALSE:
        return False
    raise BadValue("type.bool", value=text)


@lru_cache(maxsize=65536)
def address(text: str) -> str:
    """An IP address in its short form.

    >>> address("2001:DB8:0::1")
    '2001:db8::1'
    """
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as failure:
        if re.search(r"\s", text):
            raise BadValue("type.ip_blank", value=text, better=re.sub(r"\s+", "", text)) from failure
        raise BadValue("type.ip", value=text) from failure


@lru_cache(maxsize=4096)
def subnet(text: str) -> str:
    if re.search(r"\s", text):
        raise BadValue("type.cidr_blank", value=text, better=re.sub(r"\s+", "", text))
    if "/" not in text:
        raise BadValue("type.cidr_prefix", value=text)
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as failure:
        try:
            better = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise BadValue("type.cidr", value=text) from failure
        raise BadValue("type.cidr_host_bits", value=text, better=str(better)) from failure


@lru_cache(maxsize=4096)
def address_range(text: str) -> str:
    """Two addresses of one family with a dash between.

    >>> address_range("192.0.2.10 - 192.0.2.20")
    '192.0.2.10-192.0.2.20'
    """
    first, dash, last = text.partition("-")
    if not dash:
        raise BadValue("type.range", value=text)
    try:
        start, end = ipaddress.ip_address(first.strip()), ipaddress.ip_address(last.strip())
    except ValueError as failure:
        raise BadValue("type.range", value=text) from failure
    if start.version != end.version:
        raise BadValue("type.range", value=text)
    if int(start) > int(end):
        raise BadValue("type.range_order", value=text)
    return f"{start}-{end}"


def mac(text: str) -> Scalar:
    digits = re.sub(r"[:.\-]", "", text.lower())
    if not _MAC.fullmatch(digits):
        raise BadValue("type.mac", value=text)
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def vlan(text: str) -> Scalar:
    number = integer(text)
    if not 0 <= int(number) <= 4094:
        raise BadValue("type.vlan", value=text)
    return number


def cpus(text: str) -> Scalar:
    plain = re.sub(r"\s+", "", text)
    if not _CPUS.fullmatch(plain) or len(plain) > 2000:
        raise BadValue("type.cpuset", value=text)
    return plain


def size(text: str) -> Scalar:
    """A size in the largest unit that divides it.

    >>> size("1G"), size("2048k")
    ('1G', '2M')
    """
    found = _SIZE.fullmatch(text)
    if not found or len(found[1]) > 12:
        raise BadValue("type.size", value=text)
    kib = int(found[1]) * {"k": 1, "m": 1024, "g": 1024**2, "t": 1024**3}[(found[2] or "k").lower()]
    for unit, scale in (("G", 1024**2), ("M", 1024)):
        if kib and kib % scale == 0:
            return f"{kib // scale}{unit}"
    return f"{kib}K"


def identifier(text: str) -> Scalar:
    try:
        return str(uuid.UUID(text))
    except ValueError as failure:
        raise BadValue("type.uuid", value=text) from failure


def hostname(text: str) -> Scalar:
    if len(text) > 253 or not _HOSTNAME.fullmatch(text):
        raise BadValue("type.hostname", value=text)
    return text


PARSERS: dict[str, Callable[[str], Scalar]] = {
    "text": _text, "secret": _text, "enum": _text, "ref": _text, "int": integer,
    "bool": boolean, "ip": address, "cidr": subnet,
    "ip-range": address_range, "mac": mac, "vlan": vlan, "cpuset": cpus, "size": size, "uuid": identifier,
    "hostname": hostname,
}  # fmt: skip

# A wrong value of these types is an issue of its own kind; the rest are YG-W06.
CODES = {
    "cidr": IssueCode.SUBNET,
    "ip-range": IssueCode.POOL,
    "vlan": IssueCode.VLAN,
    "cpuset": IssueCode.CPUS,
}
