"""The networks of a generated file as typed values that keep their nodes."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field

from optimus.yamlgen.codes import Level
from optimus.yamlgen.issues import Issues
from optimus.yamlgen.verify import Output
from optimus.yamlgen.yamltext.graph import Node
from optimus.yamlgen.yamltext.nodes import child, items, pairs, text_of, truth

Net = ipaddress.IPv4Network | ipaddress.IPv6Network
Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def as_ip(text: str) -> Ip | None:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None


def as_net(text: str) -> Net | None:
    try:
        return ipaddress.ip_network(text.strip())
    except ValueError:
        return None


def within(inner: Net, outer: Net) -> bool:
    """Whether a subnet lies in another one of the same family."""
    return inner.version == outer.version and inner.network_address in outer and inner.prefixlen >= outer.prefixlen


@dataclass
class Pool:
    node: Node
    text: str
    first: Ip | None
    last: Ip | None

    @property
    def proper(self) -> bool:
        first, last = self.first, self.last
        return first is not None and last is not None and first.version == last.version and int(first) <= int(last)

    def holds(self, ip: Ip) -> bool:
        first, last = self.first, self.last
        assert first is not None
        assert last is not None
        return first.version == ip.version and int(first) <= int(ip) <= int(last)


@dataclass
class Subnet:
    node: Node
    name: str
    cidr: Node | None
    net: Net | None
    gateway: Node | None
    pools: list[Pool] = field(default_factory=list)
    allocations: list[tuple[str, Node]] = field(default_factory=list)
    vips: list[Node] = field(default_factory=list)


@dataclass
class Network:
    node: Node
    name: str
    vlan: Node | None
    tagged: bool | None
    subnets: list[Subnet] = field(default_factory=list)


@dataclass
class Networks:
    output: Output | None
    found: list[Network] = field(default_factory=list)

    def named(self, name: str) -> Network | None:
        return next((network for network in self.found if network.name == name), None)


def read_networks(output: Output | None) -> Networks:
    found = Networks(output)
    if output is not None:
        for node in items(child(output.root, "networks")):
            subnets = [_subnet(one) for one in items(child(node, "subnets"))]
            found.found.append(
                Network(node, text_of(child(node, "name")), child(node, "segmentationId"),
                        truth(child(node, "taggedVlan")), subnets)
            )  # fmt: skip
    return found


def wrong_rows(issues: Issues) -> set[tuple[int, int]]:
    """Rows (sheet and number) with an error: what follows from that is not said again."""
    return {one.where.order[:2] for one in issues.found if one.where and one.level is Level.ERROR}


def schemes_of(output: Output | None) -> dict[str, set[str]]:
    """For each network the schemes that carry it."""
    found: dict[str, set[str]] = {}
    for scheme in items(child(output.root, "networkSchemes") if output else None):
        for interface in items(child(scheme, "interfaceList")):
            found.setdefault(text_of(child(interface, "network")), set()).add(text_of(child(scheme, "name")))
    return found


def _subnet(node: Node) -> Subnet:
    cidr = child(node, "cidr")
    return Subnet(
        node,
        text_of(child(node, "name")),
        cidr,
        as_net(text_of(cidr)),
        child(node, "gateway"),
        [_pool(one) for one in items(child(node, "ipAllocationPools"))],
        list(_allocations(child(node, "ipAllocations"))),
        [value for vip in items(child(node, "vips")) for _, value in pairs(vip) if as_ip(text_of(value))],
    )


def _pool(node: Node) -> Pool:
    text = text_of(node)
    first, _, last = text.partition("-")
    return Pool(node, text, as_ip(first), as_ip(last))


def _allocations(node: Node | None) -> Iterator[tuple[str, Node]]:
    for one in items(node):
        address = child(one, "ipAddress")
        if address is not None:
            yield text_of(child(one, "hostname")), address
