"""Networks, addresses and ports of the made-up site.

Only documentation ranges: every network has its own 2001:db8 /64, and the three IPv4 documentation networks
repeat from network to network (separate VLANs), so that the number of VMs is not bounded by 3 x 254.
"""

from optimus_simcloud.made.site import Network, Port, Server, Site, Subnet

V4_PREFIXES = {"om": ("192.0.2.",), "signalling": ("198.51.100.", "203.0.113.")}
PORTS_PER_NETWORK = 200


def port_for(site: Site, kind: str, server: Server, *, zone: str) -> Port:
    """The VM's port on its management ("om") or its tenant's signalling network."""
    network = _network_with_room(site, kind, server.project_id)
    number = network.free_numbers.pop()
    mac = site.ids.mac("port", server.id, kind)
    dual_stack = kind == "signalling"
    # Management is IPv4 or IPv6 by turns; signalling is dual stack, its IPv6 address twice on every 4th VM.
    if dual_stack:
        ips = [_address(subnet, number) for subnet in network.subnets]
        if server.number % 4 == 0:
            ips.append(_address(network.subnets[1], 0x1000 + number))
    else:
        ips = [_address(network.subnets[server.number % 2], number)]
    vnic, vif = _binding(server, kind)
    port = Port(
        id=site.ids.uuid("port", server.id, kind),
        name=f"{server.name}-{kind}",
        network_id=network.id,
        project_id=server.project_id,
        device_id=server.id,
        device_owner=f"compute:{zone}",
        mac=mac,
        host=server.host,
        vnic_type=vnic,
        vif_type=vif,
        number=number,
        fixed_ips=tuple(ips),
        created_at=server.created_at,
    )
    site.ports[port.id] = port
    site.touch(port.id)
    return port


def drop_port(site: Site, port_id: str) -> None:
    port = site.ports.pop(port_id)
    network = site.networks[port.network_id]
    network.free_numbers.append(port.number)
    network.free_numbers.sort(reverse=True)
    site.touch(port_id)


def _binding(server: Server, kind: str) -> tuple[str, str]:
    if kind == "om" or not server.flavor.is_dedicated:
        return "normal", "ovs"
    return ("direct", "hw_veb") if server.number % 10 == 0 else ("normal", "vhostuser")


def _address(subnet: Subnet, number: int) -> tuple[str, str]:
    last = str(number) if subnet.version == 4 else f"{number:x}"
    return subnet.id, subnet.prefix + last


def _network_with_room(site: Site, kind: str, project_id: str) -> Network:
    owner = project_id
    if kind == "om":
        admin = site.project_named("admin")
        assert admin is not None
        owner = admin.id
    mine = [n for n in site.networks.values() if n.kind == kind and n.project_id == owner]
    for network in reversed(mine):
        if network.free_numbers:
            return network
    return _new_network(site, kind, owner, len(mine) + 1)


def _new_network(site: Site, kind: str, project_id: str, count: int) -> Network:
    number = len(site.networks) + 1
    network_id = site.ids.uuid("network", number)
    stem = "om-net" if kind == "om" else f"{site.projects[project_id].name.lower()}-s11"
    name = stem if count == 1 else f"{stem}-{count}"
    v4 = V4_PREFIXES[kind][number % len(V4_PREFIXES[kind])]
    prefixes = ((v4, 4), (f"2001:db8:{site.seed % 0x10000:x}:{number:x}::", 6))
    subnets = [
        Subnet(
            id=site.ids.uuid("subnet", number, version),
            network_id=network_id,
            project_id=project_id,
            name=f"{name}-v{version}",
            prefix=prefix,
            version=version,
        )
        for prefix, version in prefixes
    ]
    network = Network(
        id=network_id,
        name=name,
        project_id=project_id,
        kind=kind,
        shared=kind == "om",
        segmentation_id=100 + number,
        subnets=subnets,
        free_numbers=list(range(10 + PORTS_PER_NETWORK, 10, -1)),
    )
    site.networks[network_id] = network
    site.touch(network_id)
    _dhcp_port(site, network)
    return network


def _dhcp_port(site: Site, network: Network) -> None:
    """Every network also has a port that belongs to no VM, as neutron's DHCP agent makes one."""
    port = Port(
        id=site.ids.uuid("dhcp", network.id),
        name="",
        network_id=network.id,
        project_id=network.project_id,
        device_id=f"dhcp{site.ids.uuid('dhcp-agent')}-{network.id}",
        device_owner="network:dhcp",
        mac=site.ids.mac("dhcp", network.id),
        host=f"cic-1.{site.name}.example",
        vnic_type="normal",
        vif_type="ovs",
        number=2,
        fixed_ips=(_address(network.subnets[0], 2),),
        created_at=site.clock_at - 400 * 86400,
    )
    site.ports[port.id] = port
    site.touch(port.id)
