"""Which host CPUs a VM gets: dedicated vCPUs are pinned, on one NUMA node when they fit there."""

from optimus_simcloud.made.site import (
    CORES,
    CORES_PER_SOCKET,
    HOST_DISK_GB,
    HOST_MEMORY_MIB,
    HOST_OWN_CPUS,
    Flavor,
    Host,
    Server,
)


def all_vm_cpus() -> list[list[int]]:
    """The CPUs for VMs of an empty host, one list a NUMA node, siblings side by side."""
    nodes = []
    for socket in range(2):
        cores = range(socket * CORES_PER_SOCKET, (socket + 1) * CORES_PER_SOCKET)
        nodes.append([cpu for core in cores for cpu in (core, core + CORES) if cpu not in HOST_OWN_CPUS])
    return nodes


def has_room(host: Host, flavor: Flavor) -> bool:
    free = sum(map(len, host.free_cpus)) - host.floating_vcpus
    return (
        free >= flavor.vcpus
        and host.used_memory_mib + flavor.memory_mib <= HOST_MEMORY_MIB - 16384  # the host's own reserve
        and host.used_disk_gb + flavor.disk_gb <= HOST_DISK_GB
    )


def take(host: Host, server: Server) -> None:
    """Place the VM: the caller has made sure that there is room."""
    flavor = server.flavor
    if flavor.is_dedicated:
        nodes = sorted(range(len(host.free_cpus)), key=lambda n: (-len(host.free_cpus[n]), n))
        pins: list[int] = []
        for node in nodes:
            wanted = flavor.vcpus - len(pins)
            pins += host.free_cpus[node][:wanted]
            del host.free_cpus[node][:wanted]
        server.pins = tuple(pins)
        server.numa_nodes = tuple(sorted({_node_of(cpu) for cpu in pins}))
    else:
        host.floating_vcpus += flavor.vcpus
    _count(host, flavor, 1)
    host.server_ids[server.id] = None
    server.host = host.name


def give_back(host: Host, server: Server) -> None:
    for cpu in server.pins:
        host.free_cpus[_node_of(cpu)].append(cpu)
    for cpus in host.free_cpus:
        cpus.sort(key=lambda cpu: (cpu % CORES, cpu))
    if not server.flavor.is_dedicated:
        host.floating_vcpus -= server.flavor.vcpus
    _count(host, server.flavor, -1)
    del host.server_ids[server.id]


def _node_of(cpu: int) -> int:
    return cpu % CORES // CORES_PER_SOCKET


def _count(host: Host, flavor: Flavor, sign: int) -> None:
    host.used_vcpus += sign * flavor.vcpus
    host.used_memory_mib += sign * flavor.memory_mib
    host.used_disk_gb += sign * (flavor.disk_gb + flavor.ephemeral_gb)
