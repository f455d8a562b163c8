"""Networks: subnets, pools, addresses in them, VLANs. Faults that stood in the template are warnings."""

import ipaddress
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from optimus.yamlgen.checks.model import Ip, Network, Networks, Pool, Subnet, as_ip, within, wrong_rows
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.issues import Issue, Issues, issue
from optimus.yamlgen.rules.model import Pack
from optimus.yamlgen.verify import Output
from optimus.yamlgen.yamltext.graph import Node
from optimus.yamlgen.yamltext.nodes import child, text_of


def check_networks(networks: Networks, schemes: Mapping[str, set[str]], pack: Pack, issues: Issues) -> None:
    """`schemes`: for each network the schemes that carry it."""
    output = networks.output
    if output is None:
        return
    check = _Check(output, pack, wrong_rows(issues))
    issues.extend(check.overlaps(networks))
    issues.extend(check.vlans(networks, schemes))
    for network in networks.found:
        for subnet in network.subnets:
            issues.extend(check.subnet(network, subnet))


class _Check:
    def __init__(self, output: Output, pack: Pack, wrong: AbstractSet[tuple[int, int]]) -> None:
        self.output, self.pack, self.wrong = output, pack, wrong
        self.supernets = [ipaddress.ip_network(text) for text in pack.site.supernets]

    def at(
        self, code: IssueCode, text: str, node: Node, *others: Node, level: Level | None = None, **words: Any
    ) -> Issue:
        output = self.output
        shown = text_of(node)
        return issue(code, text, level=level or output.level(node, *others), where=output.where(node),
                     template=None if output.where(node) else output.template_place(node), value=shown,
                     related=[output.label(other) for other in others], shown=shown, **words)  # fmt: skip

    def subnet(self, network: Network, subnet: Subnet) -> Iterator[Issue]:
        name = network.name
        if subnet.cidr is not None and subnet.net is None and text_of(subnet.cidr):
            where = self.output.where(subnet.cidr)
            if where is None:  # a cell's own fault was said when it was read
                yield self.at(IssueCode.SUBNET, "subnet.invalid", subnet.cidr, network=name)
        yield from self.pools(network, subnet)
        net = subnet.net
        if net is None:
            return
        assert subnet.cidr is not None
        if self.supernets and not any(within(net, wide) for wide in self.supernets):
            yield self.at(IssueCode.SUBNET, "address.supernet", subnet.cidr)
        gateway = as_ip(text_of(subnet.gateway))
        if gateway is not None and subnet.gateway is not None and gateway not in net:
            yield self.at(IssueCode.ADDRESS_PLACE, "gateway.outside", subnet.gateway, subnet=net, network=name)
        yield from self.addresses(network, subnet, gateway)

    def pools(self, network: Network, subnet: Subnet) -> Iterator[Issue]:
        net = subnet.net
        proper: list[Pool] = []
        for pool in subnet.pools:
            if not pool.proper:
                if pool.text and self.output.where(pool.node) is None:
                    yield self.at(IssueCode.POOL, "pool.order", pool.node)
                continue
            assert pool.first is not None
            assert pool.last is not None
            if net is not None and (pool.first not in net or pool.last not in net):
                assert subnet.cidr is not None
                yield self.at(IssueCode.POOL, "pool.outside", pool.node, subnet.cidr, subnet=net, network=network.name)
            for other in proper:
                assert other.first is not None
                if other.holds(pool.first) or pool.holds(other.first):
                    yield self.at(IssueCode.POOL, "pool.overlap", pool.node, other.node, network=network.name,
                                  other=other.text)  # fmt: skip
            for what, node in [("gateway", subnet.gateway), *(("VIP", vip) for vip in subnet.vips)]:
                address = as_ip(text_of(node))
                if node is not None and address is not None and pool.holds(address):
                    yield self.at(IssueCode.POOL, "pool.holds", pool.node, node, what=what, address=address,
                                  network=network.name)  # fmt: skip
            proper.append(pool)

    def addresses(self, network: Network, subnet: Subnet, gateway: Ip | None) -> Iterator[Issue]:  # noqa: C901 - one pass over what shares a subnet
        net, name = subnet.net, network.name
        assert net is not None
        reserved: dict[Ip, tuple[str, Node | None]] = {}
        if net.num_addresses > 2:
            reserved[net.network_address] = ("network address", None)
            if net.version == 4:
                reserved[net.broadcast_address] = ("broadcast address", None)
        if gateway is not None:
            reserved[gateway] = ("gateway", subnet.gateway)
        for vip in subnet.vips:
            address = as_ip(text_of(vip))
            assert address is not None
            if reserved.get(address, ("",))[0] == "VIP":
                yield self.at(IssueCode.VIP_DOUBLE, "vip.double", vip, reserved[address][1] or vip, network=name)
            elif address not in net:
                yield self.at(IssueCode.ADDRESS_PLACE, "address.outside", vip, subnet=net, network=name)
            reserved.setdefault(address, ("VIP", vip))
        holders: dict[Ip, tuple[str, Node]] = {}
        for host, node in subnet.allocations:
            address = as_ip(text_of(node))
            if address is None:
                continue
            if address not in net:
                yield self.at(IssueCode.ADDRESS_PLACE, "address.outside", node, *([subnet.cidr] if subnet.cidr else []),
                              subnet=net, network=name)  # fmt: skip
            elif address in reserved:
                what, other = reserved[address]
                yield self.at(IssueCode.ADDRESS_PLACE, "address.reserved", node, *([other] if other else []),
                              what=what, subnet=net, network=name)  # fmt: skip
            first = holders.setdefault(address, (host, node))
            # Two cells with one address were named when the rows were compared.
            if first[1] is not node and not (self.output.where(node) and self.output.where(first[1])):
                yield self.at(IssueCode.ADDRESS_DOUBLE, "address.double", node, first[1], network=name, other=first[0])

    def overlaps(self, networks: Networks) -> Iterator[Issue]:
        """Neighbours after sorting by start: enough to find every subnet that overlaps an earlier one."""
        found = [(one.net, network, one) for network in networks.found for one in network.subnets if one.net]
        found.sort(key=lambda row: (row[0].version, int(row[0].network_address), -row[0].prefixlen))
        widest: tuple[object, Network, Subnet] | None = None
        for net, network, subnet in found:
            assert subnet.cidr is not None
            if widest is not None and widest[0].version == net.version and net.network_address in widest[0]:  # type: ignore[attr-defined, operator]
                other = widest[2].cidr
                assert other is not None
                late, early = (subnet.cidr, other)
                if late.start < early.start:
                    late, early = early, late
                    other_name = network.name
                    own = widest[1].name
                else:
                    own, other_name = network.name, widest[1].name
                yield self.at(IssueCode.SUBNET, "subnet.overlap", late, early, network=own,
                              other=f"{text_of(early)} ({other_name})")  # fmt: skip
            else:
                widest = (net, network, subnet)

    def _unread(self, network: Network, node: Node) -> bool:
        """Whether the value is only the pattern's own, since the network's row has an error."""
        row = self.output.where(child(network.node, "name"))
        return self.output.where(node) is None and row is not None and row.order[:2] in self.wrong

    def vlans(self, networks: Networks, schemes: Mapping[str, set[str]]) -> Iterator[Issue]:
        seen: dict[int, tuple[str, Node]] = {}
        for network in networks.found:
            node = network.vlan
            text = text_of(node)
            if node is None or not text.isdigit():
                continue
            number = int(text)
            if self._unread(network, node):
                continue
            if number > 4094:
                yield self.at(IssueCode.VLAN, "vlan.range", node, network=network.name)
            elif network.tagged is False and number:
                yield self.at(IssueCode.VLAN, "vlan.untagged", node, level=Level.WARNING, network=network.name)
            elif network.tagged and not number:
                yield self.at(IssueCode.VLAN, "vlan.range", node, network=network.name)
            ranges = self.pack.site.vlan_ranges
            if number and ranges and not any(low <= number <= high for low, high in ranges):
                yield self.at(IssueCode.VLAN, "vlan.site", node, network=network.name)
            if number:
                yield from self._shared_vlan(network, node, seen.setdefault(number, (network.name, node)), schemes)

    def _shared_vlan(
        self, network: Network, node: Node, first: tuple[str, Node], schemes: Mapping[str, set[str]]
    ) -> Iterator[Issue]:
        if first[1] is node:
            return
        shared = schemes.get(network.name, set()) & schemes.get(first[0], set())
        if shared:
            yield self.at(IssueCode.VLAN, "vlan.same_scheme", node, first[1], network=network.name, other=first[0],
                          scheme=min(shared))  # fmt: skip
        else:
            yield self.at(IssueCode.VLAN, "vlan.same", node, first[1], level=Level.WARNING, network=network.name,
                          other=first[0])  # fmt: skip
