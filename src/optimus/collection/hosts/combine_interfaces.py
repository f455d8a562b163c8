"""The kernel's interfaces, ethtool, the PCI bus, lspci and OVS -> a host's network interfaces; pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from optimus.collection.hosts import commands as table
from optimus.collection.hosts.combine_ovs import ovs_counters
from optimus.collection.hosts.framing import Output
from optimus.collection.hosts.readings import Reading, read
from optimus.collection.parsers.hosts.ethtool import DriverInfo
from optimus.collection.parsers.hosts.lspci import PCI_ADDRESS
from optimus.collection.parsers.hosts.net_devices import NetDevice
from optimus.collection.parsers.hosts.ovs_database import OvsDatabase, OvsInterface
from optimus.collection.parsers.hosts.pci_nics import PciNic
from optimus.facts.hosts import Interface

_IS_PCI = re.compile(PCI_ADDRESS)
_USER_SPACE = ("vfio", "uio", "igb_uio", "pci-stub", "nic_uio")
# Drivers and names of interfaces that stand for no port of the host's own.
_SOFTWARE_DRIVERS = frozenset(
    {"tun", "openvswitch", "bridge", "bonding", "dummy", "802.1Q VLAN Support", "vxlan", "team"}
)
_GUESTS = re.compile(r"(tap|vhu|qvo|qvb|qbr|qr-|qg-|vnet|virbr|docker|podman|cni|ovs-)")
_OVS_OWN = frozenset({"internal", "patch", "tap", ""})
_NO_DRIVER = DriverInfo(None, None, None, None)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the other commands say of interfaces, by name and by PCI address."""

    drivers: Mapping[str, DriverInfo]
    ethtool_gap: str | None
    descriptions: Mapping[str, str]
    lspci_gap: str | None
    nics: Mapping[str, PciNic]


def combine_interfaces(outputs: Mapping[str, Output], ovs: OvsDatabase | None) -> Reading[tuple[Interface, ...]]:
    net, ethtool, pci, lspci = (
        read(outputs, table.NET),
        read(outputs, table.ETHTOOL),
        read(outputs, table.PCI),
        read(outputs, table.LSPCI),
    )
    if net.value is None and pci.value is None:
        return Reading(None, net.gap or pci.gap)
    known = _Known(
        drivers=ethtool.value or {},
        ethtool_gap=ethtool.gap,
        descriptions=lspci.value or {},
        lspci_gap=lspci.gap if pci.value else None,
        nics={nic.address: nic for nic in pci.value or ()},
    )
    found = [_of_kernel(device, known) for device in _shown(net.value or (), known, ovs)]
    seen = {one.pci_address for one in found} | {_address(device, known) for device in net.value or ()}
    unseen = [nic for nic in known.nics.values() if nic.address not in seen]
    taken = [_of_bus(nic, known, ovs) for nic in unseen if _free(nic) or net.value is None]
    gaps = dict.fromkeys(filter(None, (net.gap, pci.gap, ethtool.gap, known.lspci_gap)))
    return Reading(tuple(found + taken), "; ".join(gaps) or None)


def _shown(devices: tuple[NetDevice, ...], known: _Known, ovs: OvsDatabase | None) -> Iterator[NetDevice]:
    """Those with a device. On a host that has none, also those that look like its own ports."""
    if any(device.has_device or _address(device, known) for device in devices) or any(map(_free, known.nics.values())):
        yield from (device for device in devices if device.has_device or _address(device, known))
        return
    of_ovs = {one.name for one in ovs.interfaces if (one.interface_type or "") in _OVS_OWN} if ovs else set()
    for device in devices:
        driver = known.drivers.get(device.name, _NO_DRIVER).driver
        software = driver in _SOFTWARE_DRIVERS or device.name in of_ovs or _GUESTS.match(device.name)
        if device.looks_physical and not software:
            yield device


def _address(device: NetDevice, known: _Known) -> str | None:
    """As sysfs has it; ethtool writes `tap` and the like where there is none."""
    told = known.drivers.get(device.name, _NO_DRIVER).bus_info or ""
    if device.pci_address or device.on_usb:
        return device.pci_address
    return told if _IS_PCI.fullmatch(told) else None


def _of_kernel(device: NetDevice, known: _Known) -> Interface:
    told, address = known.drivers.get(device.name, _NO_DRIVER), _address(device, known)
    nic = known.nics.get(address or "")
    return Interface(
        name=device.name,
        mac=device.mac,
        pci_address=address,
        driver=told.driver or device.driver,
        driver_version=told.version or device.driver_version,
        firmware_version=told.firmware,
        description=known.descriptions.get(address or ""),
        numa_node=device.numa_node if device.numa_node is not None else (nic.numa_node if nic else None),
        speed_mbps=device.speed_mbps,
        link_up=device.link_up,
        mtu=device.mtu,
        bond=device.bond,
        bound_to=None,
        counters=device.counters,
        reason=_why(device, told, address, known),
    )


def _why(device: NetDevice, told: DriverInfo, address: str | None, known: _Known) -> str | None:
    reasons = []
    if address is None:
        reasons.append("it is on USB, not on PCI" if device.on_usb else "it has no PCI device")
    if told.error:
        reasons.append(told.error)
    elif told is _NO_DRIVER and known.ethtool_gap:
        reasons.append(f"firmware unknown: {known.ethtool_gap}")
    if address and address not in known.descriptions:
        reasons.append(f"description unknown: {known.lspci_gap or 'lspci does not list it'}")
    if device.counters is None:
        reasons.append("the kernel gives no counters")
    return "; ".join(reasons) or None


def _free(nic: PciNic) -> bool:
    """Whether no kernel driver has it: taken by user space, or by nobody."""
    return nic.driver is None or nic.driver.startswith(_USER_SPACE)


def _of_bus(nic: PciNic, known: _Known, ovs: OvsDatabase | None) -> Interface:
    """A NIC without a name in the kernel. Where OVS has it as a DPDK port, OVS knows its link and its counters."""
    port = _dpdk_port(nic, ovs)
    why = _why_unnamed(nic)
    return Interface(
        name=nic.address,
        mac=port.mac if port else None,
        pci_address=nic.address,
        driver=nic.driver,
        driver_version=None,
        firmware_version=None,
        description=known.descriptions.get(nic.address),
        numa_node=nic.numa_node,
        speed_mbps=port.speed_mbps if port else None,
        link_up=port.link_up if port else None,
        mtu=port.mtu if port else None,
        bond=None,
        bound_to=nic.driver if _free(nic) else None,
        counters=ovs_counters(port) if port else None,
        reason=f"{why}; from OVS's port {port.name}" if port else why,
    )


def _why_unnamed(nic: PciNic) -> str:
    if nic.driver is None:
        return "it has no driver"
    if _free(nic):
        return f"bound to {nic.driver}: the kernel knows neither its link nor its counters"
    return "the kernel's interfaces could not be read"


def _dpdk_port(nic: PciNic, ovs: OvsDatabase | None) -> OvsInterface | None:
    for one in ovs.interfaces if ovs else ():
        if one.device and one.device.partition(",")[0].lower().removeprefix("pci:") == nic.address:
            return one
    return None
