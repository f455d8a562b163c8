"""Assignments with their schemes and routes: sources, doubles, MTUs, DPDK bridges, next hops."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from optimus.yamlgen.checks.model import Networks, as_ip, as_net
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.issues import Issue, Issues, issue
from optimus.yamlgen.verify import Output
from optimus.yamlgen.yamltext.graph import Node
from optimus.yamlgen.yamltext.nodes import child, items, text_of

_DPDK = "ovsdpdk"


@dataclass
class _Assignment:
    name: str
    node: Node
    interfaces: list[tuple[str, Node]] = field(default_factory=list)  # scheme, interface


def check_interfaces(output: Output | None, networks: Networks, issues: Issues) -> None:
    if output is None:
        return
    schemes = {text_of(child(node, "name")): node for node in items(child(output.root, "networkSchemes"))}
    check = _Check(output, networks)
    for node in items(child(output.root, "interfaceAssignments")):
        one = _Assignment(text_of(child(node, "name")), node)
        for name in map(text_of, items(child(node, "networkScheme"))):
            one.interfaces += [(name, each) for each in items(child(schemes.get(name), "interfaceList"))]
        issues.extend(check.interfaces(one))
        issues.extend(check.routes(one))


class _Check:
    def __init__(self, output: Output, networks: Networks) -> None:
        self.output, self.networks = output, networks

    def at(self, code: IssueCode, text: str, node: Node, *, level: Level | None = None, **words: Any) -> Issue:
        place = self.output.where(node)
        shown = text_of(node)
        return issue(code, text, level=level or self.output.level(node), where=place, value=shown, shown=shown,
                     template=None if place else self.output.template_place(node), **words)  # fmt: skip

    def interfaces(self, one: _Assignment) -> Iterator[Issue]:
        by_name: dict[str, tuple[str, Node]] = {}
        untagged: dict[str, str] = {}
        for scheme, node in one.interfaces:
            name = child(node, "name")
            if name is None:
                continue
            first = by_name.setdefault(text_of(name), (scheme, node))
            if first[1] is not node:
                yield self.at(IssueCode.INTERFACE_RULE, "interface.double", name, assignment=one.name,
                              scheme=scheme, other=first[0])  # fmt: skip
        for scheme, node in one.interfaces:
            yield from self._source(one, scheme, node, by_name)
            yield from self._untagged(node, untagged)

    def _source(
        self, one: _Assignment, scheme: str, node: Node, by_name: dict[str, tuple[str, Node]]
    ) -> Iterator[Issue]:
        name, source = child(node, "name"), child(node, "sourceInterface")
        base = text_of(source)
        if name is None:
            return
        if source is not None and base and base not in by_name:
            yield self.at(IssueCode.INTERFACE_REF, "interface.source", name, level=self.output.level(source),
                          scheme=scheme, source=base, assignment=one.name)  # fmt: skip
        elif base:
            mtu, limit = text_of(child(node, "mtu")), text_of(child(by_name[base][1], "mtu"))
            if mtu.isdigit() and limit.isdigit() and int(mtu) > int(limit):
                yield self.at(IssueCode.INTERFACE_RULE, "interface.mtu", name, mtu=mtu, source=base, limit=limit)
        if text_of(child(node, "type")) == "bridge" and text_of(child(node, "provider")) == _DPDK and not base:
            ports = [
                other for _, other in one.interfaces
                if text_of(child(other, "provider")) == _DPDK and text_of(child(other, "type")) != "bridge"
            ]  # fmt: skip
            if not ports:
                yield self.at(IssueCode.INTERFACE_RULE, "interface.no_dpdk", name, level=Level.WARNING,
                              assignment=one.name)  # fmt: skip

    def _untagged(self, node: Node, seen: dict[str, str]) -> Iterator[Issue]:
        base = text_of(child(node, "sourceInterface")) or text_of(child(node, "name"))
        name = child(node, "network")
        network = self.networks.named(text_of(name))
        if name is None or network is None or network.tagged is not False:
            return
        first = seen.setdefault(base, network.name)
        if first != network.name:
            yield self.at(IssueCode.VLAN, "vlan.two_untagged", name, interface=base, network=network.name, other=first)

    def routes(self, one: _Assignment) -> Iterator[Issue]:
        names = {text_of(child(node, "network")) for _, node in one.interfaces}
        subnets = [one for network in self.networks.found if network.name in names for one in network.subnets]
        nets = [one.net for one in subnets if one.net]
        seen: set[object] = set()
        defaults: dict[int, int] = {}
        for route in items(child(one.node, "routes")):
            target, hop = child(route, "destination"), child(route, "nexthop")
            net, address = as_net(text_of(target)), as_ip(text_of(hop))
            if target is None or hop is None or net is None or address is None:
                continue
            if net in seen:
                yield self.at(IssueCode.ROUTE, "route.double", target, assignment=one.name)
            seen.add(net)
            if net.version != address.version:
                yield self.at(IssueCode.ROUTE, "route.family", target, assignment=one.name)
            elif nets and len(nets) == len(subnets) and not any(address in on for on in nets):
                yield self.at(IssueCode.ROUTE, "route.off_link", hop, level=Level.WARNING, assignment=one.name)
            if net.prefixlen == 0:
                defaults[net.version] = defaults.get(net.version, 0) + 1
                if defaults[net.version] == 2:
                    yield self.at(IssueCode.ROUTE, "route.default", target, level=Level.WARNING, assignment=one.name)
