"""virsh: what a read-only connection to the system's libvirt answers."""

from xml.sax.saxutils import escape, quoteattr

from optimus_simcloud.hosts.machine import Guest, Machine, ranges
from optimus_simcloud.made.site import Port
from optimus_simcloud.render.times import with_z
from optimus_simcloud.shell.run import Process

_READ_ONLY = ["-r", "-c", "qemu:///system"]


def virsh(machine: Machine, process: Process) -> int:
    if process.arguments[:3] != _READ_ONLY:
        process.complain("error: this simulated host answers virsh -r -c qemu:///system only")
        return 1
    rest = process.arguments[3:]
    if rest == ["list", "--uuid"]:
        for guest in machine.guests:
            if guest.state:
                process.streams.stdout.write(f"{guest.server.id}\n")
        process.streams.stdout.write("\n")
        return 0
    if len(rest) != 1:
        process.complain(f"error: unknown command: '{' '.join(rest)}'")
        return 1
    guests = {guest.server.id: guest for guest in machine.guests}
    return max(
        (_one(machine, guests, words.split(), process) for words in rest[0].split(";") if words.strip()), default=0
    )


def _one(machine: Machine, guests: dict[str, Guest], words: list[str], process: Process) -> int:
    out = process.streams.stdout
    verb, arguments = words[0], words[1:]
    if verb == "echo":
        out.write(f"{' '.join(arguments)}\n")
        return 0
    show = {"domstate": _state, "dumpxml": _xml, "vcpupin": _pins, "emulatorpin": _emulator}.get(verb)
    if show is None:
        process.complain(f"error: unknown command: '{verb}'")
        return 1
    guest = guests.get(arguments[0]) if len(arguments) == 1 else None
    if guest is None:
        process.complain(f"error: failed to get domain '{' '.join(arguments)}'")
        return 1
    out.write(f"{show(machine, guest)}\n")
    return 0


def _state(_machine: Machine, guest: Guest) -> str:
    return f"{guest.state or 'shut off'}\n"


def _pins(_machine: Machine, guest: Guest) -> str:
    rows = "".join(f" {vcpu:<7}{ranges(cpus)}\n" for vcpu, cpus in enumerate(guest.cpus))
    return f" VCPU   CPU Affinity\n----------------------\n{rows}"


def _emulator(_machine: Machine, guest: Guest) -> str:
    line = "-" * 34
    return f"emulator: CPU Affinity\n{line}\n       *: {ranges(guest.emulator_cpus)}\n"


def _xml(machine: Machine, guest: Guest) -> str:
    server, site = guest.server, machine.site
    flavor = server.flavor
    ports = [site.ports[port_id] for port_id in server.port_ids]
    memory = flavor.memory_mib * 1024
    size = {"1GB": 1048576, "2MB": 2048}.get(flavor.extra_specs.get("hw:mem_page_size", ""))
    page = f"      <page size='{size}' unit='KiB'/>\n"
    pages = f"  <memoryBacking>\n    <hugepages>\n{page}    </hugepages>\n  </memoryBacking>\n"
    tune = "".join(f"    <vcpupin vcpu='{n}' cpuset='{ranges(cpus)}'/>\n" for n, cpus in enumerate(guest.cpus))
    return f"""<domain type='kvm' id='{guest.number}'>
  <name>{guest.instance}</name>
  <uuid>{server.id}</uuid>
  <metadata>
    <nova:instance xmlns:nova="http://openstack.org/xmlns/libvirt/nova/1.1">
      <nova:package version="25.2.1"/>
      <nova:name>{escape(server.name)}</nova:name>
      <nova:creationTime>{with_z(server.created_at).replace("T", " ").removesuffix("Z")}</nova:creationTime>
      <nova:flavor name={quoteattr(flavor.name)}>
        <nova:memory>{flavor.memory_mib}</nova:memory>
        <nova:disk>{flavor.disk_gb}</nova:disk>
        <nova:swap>{flavor.swap_mib}</nova:swap>
        <nova:ephemeral>{flavor.ephemeral_gb}</nova:ephemeral>
        <nova:vcpus>{flavor.vcpus}</nova:vcpus>
      </nova:flavor>
      <nova:owner>
        <nova:user uuid="{server.user_id}">admin</nova:user>
        <nova:project uuid="{server.project_id}">{escape(site.projects[server.project_id].name)}</nova:project>
      </nova:owner>
      <nova:ports>
{"".join(_metadata(port) for port in ports)}      </nova:ports>
    </nova:instance>
  </metadata>
  <memory unit='KiB'>{memory}</memory>
  <currentMemory unit='KiB'>{memory}</currentMemory>
{pages if size else ""}  <vcpu placement='static'>{flavor.vcpus}</vcpu>
  <cputune>
    <shares>{flavor.vcpus * 1024}</shares>
{tune}    <emulatorpin cpuset='{ranges(guest.emulator_cpus)}'/>
  </cputune>
  <os>
    <type arch='x86_64' machine='pc-q35-rhel9.0.0'>hvm</type>
    <boot dev='hd'/>
  </os>
  <devices>
    <emulator>/usr/libexec/qemu-kvm</emulator>
{"".join(_interface(index, port) for index, port in enumerate(ports))}    <memballoon model='none'/>
  </devices>
</domain>
"""


def _metadata(port: Port) -> str:
    addresses = "".join(
        f'          <nova:ip type="fixed" address="{address}" ipVersion="{6 if ":" in address else 4}"/>\n'
        for _, address in port.fixed_ips
    )
    return f'        <nova:port uuid="{port.id}">\n{addresses}        </nova:port>\n'


def _interface(index: int, port: Port) -> str:
    alias = f"      <alias name='net{index}'/>\n"
    mac = f"      <mac address='{port.mac}'/>\n"
    if port.vif_type == "hw_veb":
        where = "<address type='pci' domain='0x0000' bus='0x3b' slot='0x02' function='0x1'/>"
        return (
            f"    <interface type='hostdev' managed='yes'>\n{mac}      <driver name='vfio'/>\n"
            f"      <source>\n        {where}\n      </source>\n{alias}    </interface>\n"
        )
    if port.vif_type == "vhostuser":
        name = f"vhu{port.id[:11]}"
        source = f"      <source type='unix' path='/var/lib/vhost_sockets/{name}' mode='server'/>\n"
        kind = "vhostuser"
    else:
        name, kind = f"tap{port.id[:11]}", "bridge"
        virtual = f"<virtualport type='openvswitch'><parameters interfaceid='{port.id}'/></virtualport>"
        source = f"      <source bridge='br-int'/>\n      {virtual}\n"
    return (
        f"    <interface type='{kind}'>\n{mac}{source}      <target dev='{name}'/>\n"
        f"      <model type='virtio'/>\n{alias}    </interface>\n"
    )
