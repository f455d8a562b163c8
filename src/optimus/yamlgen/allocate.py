"""Give addresses to blank cells: the lowest free one of the network's pools, never moving what was given before."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from optimus.yamlgen.binding.records import Record, Tables, table_of
from optimus.yamlgen.binding.types import BadValue, address, address_range
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.issues import Issues, issue
from optimus.yamlgen.rules.expressions import expression
from optimus.yamlgen.rules.model import AllocateRule, Pack
from optimus.yamlgen.templates import Template
from optimus.yamlgen.yamltext.document import load
from optimus.yamlgen.yamltext.nodes import child, items, text_of, to_data
from optimus.yamlgen.yamltext.quote import quote

FORMAT = "optimus-lock/1"
Key = tuple[str, str]  # network, host


@dataclass
class Lock:
    """Who has which address; `missed` counts the jobs in a row that did not name the holder."""

    held: dict[Key, str] = field(default_factory=dict)
    missed: dict[Key, int] = field(default_factory=dict)
    free: dict[str, int] = field(default_factory=dict)


@dataclass
class _Network:
    pools: list[tuple[int, int, int]] = field(default_factory=list)  # first, last, version
    given: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    cursor: dict[int, int] = field(default_factory=dict)

    def next_free(self) -> str | None:
        for index, (first, last, version) in enumerate(self.pools):
            at = max(self.cursor.get(index, first), first)
            while at <= last:
                text = str(ipaddress.IPv6Address(at) if version == 6 else ipaddress.IPv4Address(at))
                at += 1
                self.cursor[index] = at
                if text not in self.used:
                    self.used.add(text)
                    return text
        return None


def read_lock(data: bytes | None, issues: Issues) -> Lock:
    lock = Lock()
    if not data:
        return lock
    try:
        document, found = load("allocations.yaml", data.decode("utf-8"))
        content: Any = to_data(document.root)
        if found or content["format"] != FORMAT:
            raise ValueError("not a lock")  # noqa: TRY301 - one way out for everything that is no lock
        for row in content["allocations"] or []:
            key = (str(row["network"]), str(row["host"]))
            lock.held[key] = address(str(row["ipAddress"]))
            lock.missed[key] = int(row.get("missed") or 0)
    except (ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        issues.add(issue(IssueCode.POOL_FULL, "lock.unreadable", level=Level.WARNING))
        return Lock()
    return lock


def write_lock(lock: Lock, words: Mapping[str, str]) -> str:
    rows = "".join(
        f"  - {{network: {quote(network, flow=True)}, host: {quote(host, flow=True)}, "
        f"ipAddress: {quote(held, flow=True)}, missed: {lock.missed.get((network, host), 0)}}}\n"
        for (network, host), held in sorted(lock.held.items())
    )
    head = f"format: {FORMAT}\nsite: {quote(words['site'])}\nproject: {quote(words['project'])}\n"
    return head + ("allocations:\n" + rows if rows else "allocations: []\n")


def allocate(
    tables: Tables, pack: Pack, templates: Mapping[str, Template], locked: bytes | None, issues: Issues
) -> Lock:
    old = read_lock(locked, issues)
    new = Lock()
    rules = [rule for rule in pack.allocate if rule.enabled and rule.sheet in tables]
    networks: dict[str, _Network] = {}
    named = {key for rule in rules for key in _keys(rule, tables)}
    for key in list(old.held):
        if key not in named and old.missed.get(key, 0) + 1 >= pack.policy.release_after:
            del old.held[key]
    for rule in rules:
        _one_rule(rule, tables, templates, old, new, networks, issues)
    for key, held in old.held.items():
        if key not in new.held and held not in new.held.values():
            new.held[key], new.missed[key] = held, old.missed.get(key, 0) + 1
    for name, network in networks.items():
        size = sum(last - first + 1 for first, last, _ in network.pools)
        inside = sum(1 for one in network.used if _inside(one, network.pools))
        new.free[name] = size - inside
    return new


def _keys(rule: AllocateRule, tables: Tables) -> Iterable[Key]:
    """Who asks for an address where."""
    for record in tables[rule.sheet].records:
        network, host = expression(rule.network)(record.values.get), expression(rule.host)(record.values.get)
        if network is not None and host is not None:
            yield network, host


def _one_rule(
    rule: AllocateRule,
    tables: Tables,
    templates: Mapping[str, Template],
    old: Lock,
    new: Lock,
    networks: dict[str, _Network],
    issues: Issues,
) -> None:
    host_text, network_text = expression(rule.host), expression(rule.network)
    blank: list[tuple[Record, Key]] = []
    for record in tables[rule.sheet].records:
        network, host = network_text(record.values.get), host_text(record.values.get)
        if network is None or host is None:
            continue
        if network not in networks:
            networks[network] = _network(network, tables, templates, old)
        given = record.get(rule.field)
        if isinstance(given, str):
            networks[network].used.add(given)
            new.held[network, host] = given
        elif given is None and record.text(rule.state) != "fixed":
            blank.append((record, (network, host)))
    fixed = {(network, held) for (network, _), held in new.held.items()}
    for record, key in blank:
        one = networks[key[0]]
        known = one.given.get(key[1]) or old.held.get(key)
        if known and (key[0], known) in fixed:
            known = None
        text = known or one.next_free()
        if text is None:
            name = "pool.full" if one.pools else "pool.none"
            issues.add(issue(IssueCode.POOL_FULL, name, where=record.place(rule.field), network=key[0], host=key[1]))
            continue
        one.used.add(text)
        record.values[rule.field] = text
        new.held[key] = text


def _network(name: str, tables: Tables, templates: Mapping[str, Template], old: Lock) -> _Network:
    """Pools of the workbook, else of the template; what the template and the lock hold already is used."""
    found = _Network()
    texts: list[str] = []
    for record in table_of(tables, "networks").records:
        if record.text("name") == name:
            pools = record.get("pools")
            texts += [str(one) for one in pools] if isinstance(pools, list) else []
            found.used |= {
                record.text(field) for field in record.values if field == "gateway" or field.startswith("vip")
            }
    template = templates.get("networks.yaml")
    for node in items(child(template.document.root, "networks")) if template and template.usable else []:
        if text_of(child(node, "name")) == name:
            _from_template(to_data(node), found, texts)
    found.pools = list(_pools(texts))
    found.used |= {_normal(held) for (network, _), held in old.held.items() if network == name}
    for record in table_of(tables, "hosts").records:
        found.used |= {record.text("ipAddr"), record.text("bmc_ip")}
    return found


def _from_template(network: Any, found: _Network, texts: list[str]) -> None:
    subnets = network.get("subnets") if isinstance(network, dict) else None
    for subnet in subnets if isinstance(subnets, list) else []:
        if not isinstance(subnet, dict):
            continue
        if not texts:
            texts += [str(one) for one in subnet.get("ipAllocationPools") or [] if isinstance(one, str)]
        found.used.add(_normal(str(subnet.get("gateway") or "")))
        for vip in subnet.get("vips") or []:
            found.used |= {_normal(str(value)) for value in vip.values()} if isinstance(vip, dict) else set()
        for row in subnet.get("ipAllocations") or []:
            if isinstance(row, dict) and row.get("hostname") and row.get("ipAddress"):
                found.given[str(row["hostname"])] = _normal(str(row["ipAddress"]))
                found.used.add(_normal(str(row["ipAddress"])))


def _normal(text: str) -> str:
    try:
        return address(text)
    except BadValue:
        return text


def _pools(texts: Iterable[str]) -> Iterable[tuple[int, int, int]]:
    for text in texts:
        try:
            first, _, last = address_range(text).partition("-")
        except BadValue:
            continue  # said elsewhere
        start = ipaddress.ip_address(first)
        yield int(start), int(ipaddress.ip_address(last)), start.version


def _inside(text: str, pools: list[tuple[int, int, int]]) -> bool:
    try:
        one = ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(first <= int(one) <= last and one.version == version for first, last, version in pools)
