"""Neutron's objects."""

from typing import Any

from optimus_simcloud.made.site import Network, Port, Site, Subnet
from optimus_simcloud.render.times import with_z

CREATED = "2025-11-03T09:00:00Z"


def network(value: Network) -> dict[str, Any]:
    return {
        "admin_state_up": True,
        "availability_zone_hints": [],
        "availability_zones": [],
        "created_at": CREATED,
        "description": "",
        "id": value.id,
        "ipv4_address_scope": None,
        "ipv6_address_scope": None,
        "mtu": 9000,
        "name": value.name,
        "port_security_enabled": True,
        "project_id": value.project_id,
        "provider:network_type": "vlan",
        "provider:physical_network": "physnet-om" if value.kind == "om" else "physnet-data",
        "provider:segmentation_id": value.segmentation_id,
        "revision_number": 3,
        "router:external": False,
        "shared": value.shared,
        "status": "ACTIVE",
        "subnets": [subnet.id for subnet in value.subnets],
        "tags": [],
        "tenant_id": value.project_id,
        "updated_at": CREATED,
    }


def subnet(value: Subnet) -> dict[str, Any]:
    is_v4 = value.version == 4
    mode = None if is_v4 else "dhcpv6-stateful"
    return {
        "allocation_pools": [
            {"start": f"{value.prefix}2", "end": f"{value.prefix}254" if is_v4 else f"{value.prefix}ffff:ffff"}
        ],
        "cidr": f"{value.prefix}0/24" if is_v4 else f"{value.prefix}/64",
        "created_at": CREATED,
        "description": "",
        "dns_nameservers": [],
        "enable_dhcp": True,
        "gateway_ip": f"{value.prefix}1",
        "host_routes": [],
        "id": value.id,
        "ip_version": value.version,
        "ipv6_address_mode": mode,
        "ipv6_ra_mode": mode,
        "name": value.name,
        "network_id": value.network_id,
        "project_id": value.project_id,
        "revision_number": 0,
        "service_types": [],
        "subnetpool_id": None,
        "tags": [],
        "tenant_id": value.project_id,
        "updated_at": CREATED,
    }


def port(site: Site, value: Port) -> dict[str, Any]:
    return {
        "admin_state_up": True,
        "allowed_address_pairs": [],
        "binding:host_id": value.host or "",
        "binding:profile": {"pci_slot": "0000:3b:02.1"} if value.vnic_type == "direct" else {},
        "binding:vif_details": _vif_details(site, value),
        "binding:vif_type": value.vif_type,
        "binding:vnic_type": value.vnic_type,
        "created_at": with_z(value.created_at),
        "description": "",
        "device_id": value.device_id,
        "device_owner": value.device_owner,
        "extra_dhcp_opts": [],
        "fixed_ips": [{"ip_address": ip, "subnet_id": subnet_id} for subnet_id, ip in value.fixed_ips],
        "id": value.id,
        "mac_address": value.mac,
        "name": value.name,
        "network_id": value.network_id,
        "port_security_enabled": True,
        "project_id": value.project_id,
        "revision_number": 4,
        "security_groups": [site.ids.uuid("security-group", value.project_id)],
        "status": "ACTIVE",
        "tags": [],
        "tenant_id": value.project_id,
        "updated_at": with_z(value.created_at + 12),
    }


def _vif_details(site: Site, value: Port) -> dict[str, Any]:
    if value.vif_type == "hw_veb":
        vlan = site.networks[value.network_id].segmentation_id
        return {"connectivity": "l2", "port_filter": False, "vlan": str(vlan)}
    common = {"bridge_name": "br-int", "connectivity": "l2", "ovs_hybrid_plug": False, "port_filter": True}
    if value.vif_type == "vhostuser":
        socket = f"/var/lib/vhost_sockets/vhu{value.id[:11]}"
        return {
            **common,
            "datapath_type": "netdev",
            "vhostuser_mode": "server",
            "vhostuser_ovs_plug": True,
            "vhostuser_socket": socket,
        }
    return {**common, "datapath_type": "system"}
