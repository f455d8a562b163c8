r"""Everything that Optimus runs on a compute host: the sources table for hosts. All of it reads.

One POSIX shell script travels on stdin, so that no text of it passes through another shell's quoting, and nothing is
written on the host. Each command is a shell function; marker lines with a nonce stand before and after its output, on
stdout and on stderr. Names that a host tells (interfaces, bridges) are quoted arguments; guests are asked for by
UUID, because a guest's name could hold virsh's own separators.

Tools that may be absent, refuse or live in a container are looked for in this order: on the host, on the host with
`sudo -n` (where the data center allows it), in Kolla's containers. Which one answered is on stderr.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from optimus.collection.parsers.hosts.cpus import CpuTopology, parse_cpus
from optimus.collection.parsers.hosts.ethtool import DriverInfo, parse_ethtool
from optimus.collection.parsers.hosts.guests import parse_guests
from optimus.collection.parsers.hosts.identity import Identity, parse_identity
from optimus.collection.parsers.hosts.kernel import parse_kernel
from optimus.collection.parsers.hosts.lspci import parse_lspci
from optimus.collection.parsers.hosts.net_devices import NetDevice, parse_net_devices
from optimus.collection.parsers.hosts.nova_conf import parse_nova_conf
from optimus.collection.parsers.hosts.numa import parse_numa
from optimus.collection.parsers.hosts.ovs_counters import Rows, parse_ovs_counters
from optimus.collection.parsers.hosts.ovs_database import OvsDatabase, parse_ovs_database
from optimus.collection.parsers.hosts.pci_nics import PciNic, parse_pci_nics
from optimus.collection.parsers.hosts.reading import Absent, Parsed
from optimus.facts.hosts import Become, Guest, HostLimits, Kernel, NovaCpus, NumaNode

T = TypeVar("T")

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SUDO = "sudo -n"
# grep ends with 1 where nothing matches and with 2 where one of several files cannot be read; both are usual in sysfs.
_GREP = frozenset({0, 1, 2})


@dataclass(frozen=True, slots=True)
class HostCommand(Generic[T]):
    """One command. `runs` lists every program call that it can lead to, `{}` standing for a name or a file.

    `tool` is what must be on the host (or in a container) for it. Another exit status than those in `good` means that
    the output cannot be relied on; where `keeps_part`, what it holds is used all the same, and the gap is told.
    """

    name: str
    script: str
    parse: Callable[[str], Parsed[T] | Absent]
    runs: tuple[str, ...] = ()
    tool: str = ""
    good: frozenset[int] = frozenset({0})
    keeps_part: bool = False


IDENTITY: HostCommand[Identity] = HostCommand(
    "identity",
    r"""
printf 'uid %s\n' "$U"
{ read -r x </proc/sys/kernel/hostname && printf 'host %s\n' "$x"; } 2>/dev/null
{ read -r x </proc/sys/kernel/osrelease && printf 'kernel %s\n' "$x"; } 2>/dev/null
for x in ethtool lspci virsh ovs-vsctl ovs-ofctl docker podman sudo; do
  x=$(command -v "$x") && printf 'tool %s\n' "$x"
done
return 0
""",
    parse_identity,
    ("id -u",),
)
CPUS: HostCommand[CpuTopology] = HostCommand(
    "cpus",
    r"""
(cd /sys/devices/system/cpu && exec grep -sH . online offline present isolated nohz_full \
  cpu[0-9]*/topology/core_id cpu[0-9]*/topology/physical_package_id)
""",
    parse_cpus,
    ("grep -sH . {}",),
    good=_GREP,
)
NUMA: HostCommand[tuple[NumaNode, ...]] = HostCommand(
    "numa",
    r"""
[ -d /sys/devices/system/node ] || return 0
(cd /sys/devices/system/node && exec grep -sHE '^[0-9,-]*$|MemTotal:' node[0-9]*/cpulist node[0-9]*/meminfo \
  node[0-9]*/hugepages/*/nr_hugepages node[0-9]*/hugepages/*/free_hugepages)
""",
    parse_numa,
    ("grep -sHE ^[0-9,-]*$|MemTotal: {}",),
    good=_GREP,
)
KERNEL: HostCommand[Kernel] = HostCommand(
    "kernel", "\nread -r x </proc/cmdline && printf '%s\\n' \"$x\"\n", parse_kernel
)
NET: HostCommand[tuple[NetDevice, ...]] = HostCommand(
    "net",
    r"""
ls -l /sys/class/net
with_interfaces net_files
""",
    parse_net_devices,
    ("ls -l /sys/class/net", "grep -sH . {}"),
    good=_GREP,
    keeps_part=True,
)
ETHTOOL: HostCommand[dict[str, DriverInfo]] = HostCommand(
    "ethtool",
    r"""
command -v ethtool >/dev/null || return 127
with_interfaces driver_info
""",
    parse_ethtool,
    ("ethtool -i {}",),
    tool="ethtool",
    keeps_part=True,
)
PCI: HostCommand[tuple[PciNic, ...]] = HostCommand(
    "pci",
    r"""
set --
for x in /sys/bus/pci/devices/*; do
  { read -r c <"$x/class"; } 2>/dev/null || continue
  case $c in 0x02*) set -- "$@" "${x##*/}/uevent" "${x##*/}/numa_node" ;; esac
done
[ $# = 0 ] || (cd /sys/bus/pci/devices && exec grep -sH . "$@")
""",
    parse_pci_nics,
    ("grep -sH . {}",),
    good=_GREP,
)
LSPCI: HostCommand[dict[str, str]] = HostCommand(
    "lspci",
    r"""
command -v lspci >/dev/null || return 127
O=$(limited lspci -D); R=$?
printf '%s\n' "$O" | grep -E '^[^ ]+ ([^:]*(thernet|etwork|nfiniband|abric) |Class 02|Class \[?02)'
return "$R"
""",
    parse_lspci,
    (
        "lspci -D",
        r"grep -E ^[^ ]+ ([^:]*(thernet|etwork|nfiniband|abric) |Class 02|Class \[?02)",
    ),
    tool="lspci",
    keeps_part=True,
)
GUEST_LIST: HostCommand[tuple[str, ...]] = HostCommand(
    "guest_list",
    r"""
ask nova_libvirt virsh -r -c qemu:///system list --uuid || return "$R"
L=$O V=$W G=yes
case $V in
  *exec*) ;;
  *) # an idle libvirt on the host beside Kolla's own
    [ -n "$L" ] || { contained nova_libvirt virsh -r -c qemu:///system list --uuid && L=$O V=$W; } ;;
esac
printf '%s\n' "$L"
""",
    lambda text: Parsed(tuple(text.split())),
    ("virsh -r -c qemu:///system list --uuid",),
    tool="virsh",
)
GUESTS: HostCommand[tuple[Guest, ...]] = HostCommand(
    "guests",
    r"""
[ "$G" = yes ] || return 125
printf 'mark %s\n' "$N"
c=
for x in $L; do
  case $x in *[!0-9a-fA-F-]*) continue ;; esac
  c="$c echo @$N $x; domstate $x; dumpxml $x; vcpupin $x; emulatorpin $x;"
done
[ -z "$c" ] || limited $V virsh -r -c qemu:///system "$c"
return 0
""",
    parse_guests,
    ("virsh -r -c qemu:///system {}",),
    tool="virsh",
    keeps_part=True,
)
# What virsh itself is told to do within that one call; it is connected read-only besides.
VIRSH_VERBS = ("echo", "domstate", "dumpxml", "vcpupin", "emulatorpin")
OVS_BRIDGES: HostCommand[tuple[str, ...]] = HostCommand(
    "ovs_bridges",
    r"""
ask 'openvswitch_vswitchd openvswitch_db' ovs-vsctl --timeout=5 list-br || return "$R"
B=$O Y=$W D=yes
printf '%s\n' "$B"
""",
    lambda text: Parsed(tuple(text.split())),
    ("ovs-vsctl --timeout=5 list-br",),
    tool="ovs-vsctl",
)
# One process for all tables. Of `options`, which can hold keys of tunnels, only those of DPDK ports.
_OVS_TABLES = (
    "ovs-vsctl --timeout=5 --format=json",
    "-- --columns=name,ports list Bridge",
    "-- --columns=_uuid,interfaces list Port",
    "-- --columns=_uuid,name,type,ofport,mac_in_use,mtu,mtu,link_state,link_speed,error,external_ids,statistics",
    "list Interface",
    "-- --columns=name,options find Interface type=dpdk",
    "-- --columns=other_config list Open_vSwitch",
)
OVS_DATABASE: HostCommand[OvsDatabase] = HostCommand(
    "ovs_database",
    '\n[ "$D" = yes ] || return 125\nlimited $Y ' + " \\\n  ".join(_OVS_TABLES) + "\n",
    parse_ovs_database,
    (" ".join(_OVS_TABLES),),
    tool="ovs-vsctl",
)
OVS_COUNTERS: HostCommand[Rows] = HostCommand(
    "ovs_counters",
    r"""
[ "$D" = yes ] || return 125
F=--names
for x in $B; do
  case $x in -*) continue ;; esac
  printf '== %s\n' "$x"
  port_counters "$x" && continue
  R=$?
  [ "$R" = 124 ] && return 124
  if [ -z "$Y" ] && [ -n "$S" ]; then Y=$S; port_counters "$x" && continue; fi
  F=; port_counters "$x" || return "$?"  # before 2.8 there was no --names
done
return 0
""",
    parse_ovs_counters,
    ("ovs-ofctl --timeout=5 --names dump-ports {}", "ovs-ofctl --timeout=5 dump-ports {}"),
    tool="ovs-ofctl",
    keeps_part=True,
)
NOVA_OPTIONS = "^[[:space:]]*(vcpu_pin_set|cpu_pin_set|cpu_shared_set|cpu_dedicated_set)[[:space:]]*="
NOVA_SECTIONS = r"^\[[A-Za-z0-9_.:-]+\]"  # so that a file that sets none of them still shows that it was read
NOVA_CONF: HostCommand[NovaCpus] = HostCommand(
    "nova_conf",
    rf"""
R=125
for x in /etc/kolla/nova-compute/nova.conf /etc/nova/nova.conf; do
  [ -e "$x" ] || {{ [ -d "${{x%/*}}" ] && [ ! -x "${{x%/*}}" ]; }} || continue
  one '' grep -hoE -e '{NOVA_OPTIONS}.*' -e '{NOVA_SECTIONS}' "$x" ||
    {{ [ -n "$S" ] && one "$S" grep -hoE -e '{NOVA_OPTIONS}.*' -e '{NOVA_SECTIONS}' "$x"; }} || continue
  printf '# file %s\n%s\n' "$x" "$O"
  return 0
done
return "$R"
""",
    parse_nova_conf,
    (f"grep -hoE -e {NOVA_OPTIONS}.* -e {NOVA_SECTIONS} {{}}",),
    tool="nova.conf",
)

COMMANDS: tuple[HostCommand[Any], ...] = (
    IDENTITY,
    CPUS,
    NUMA,
    KERNEL,
    NET,
    ETHTOOL,
    PCI,
    LSPCI,
    GUEST_LIST,
    GUESTS,
    OVS_BRIDGES,
    OVS_DATABASE,
    OVS_COUNTERS,
    NOVA_CONF,
)
# How a tool's call is led in by the shell functions below.
LEADS = ("", "sudo -n", "docker exec {}", "podman exec {}", "sudo -n docker exec {}", "sudo -n podman exec {}")
CONTAINERS = ("nova_libvirt", "openvswitch_vswitchd", "openvswitch_db")

# Reading sysfs is not bounded one by one: it does not wait, and the script as a whole is bounded.
_FUNCTIONS = r"""
begin() { printf '\n@@%s B %s\n' "$N" "$1"; printf '\n@@%s B %s\n' "$N" "$1" >&2; }
end() { printf '\n@@%s E %s %s\n' "$N" "$1" "$2"; printf '\n@@%s E %s %s\n' "$N" "$1" "$2" >&2; }
limited() { timeout -k 1 "$T" "$@"; }
# one LEAD TOOL ARGUMENT...: O is then the output, W the lead, R the status. sudo is not asked again after two
# refusals without a success: its administrators get a mail for each.
one() {
  w=$1; shift
  printf '# %s %s\n' "$w" "$1" >&2
  o=$(limited $w "$@"); R=$?
  [ "$R" = 0 ] && O=$o && W=$w
  case $w in sudo*) if [ "$R" = 0 ]; then M=0; else M=$((M + 1)); [ "$M" -lt 2 ] || S=; fi ;; esac
  return "$R"
}
# ask CONTAINERS TOOL ARGUMENT...: the answer of the first place that gives one
ask() {
  k=$1 t=$2; shift; R=127
  if command -v "$t" >/dev/null; then
    one '' "$@" && return 0
    [ "$R" = 124 ] && return 124
    [ -n "$S" ] && one "$S" "$@" && return 0
  fi
  contained "$k" "$@"
}
contained() {
  k=$1; shift
  for r in docker podman; do
    command -v "$r" >/dev/null || continue
    [ "$r" = podman ] || [ -S /var/run/docker.sock ] || continue  # its client is slow to say that nobody listens
    for n in $k; do one "${S:+$S }$r exec $n" "$@" && return 0; done
  done
  return "$R"
}
# with_interfaces FUNCTION: with the names of the interfaces that have a device; where none has, of all but lo and taps
with_interfaces() {
  q=$1; set --
  for x in /sys/class/net/*; do
    case ${x##*/} in -*) continue ;; esac
    [ -e "$x/device" ] && set -- "$@" "${x##*/}"
  done
  [ $# -gt 0 ] || for x in /sys/class/net/*; do
    case ${x##*/} in -* | lo) continue ;; esac
    [ -e "$x/address" ] && [ ! -e "$x/tun_flags" ] && set -- "$@" "${x##*/}"
  done
  [ $# = 0 ] || "$q" "$@"
}
net_files() {
  n=$#
  for x; do
    set -- "$@" "$x/address" "$x/mtu" "$x/operstate" "$x/carrier" "$x/speed" "$x/type" "$x/uevent" \
      "$x/device/uevent" "$x/device/numa_node" "$x/device/driver/module/version" \
      "$x/statistics/rx_packets" "$x/statistics/tx_packets" "$x/statistics/rx_errors" "$x/statistics/tx_errors" \
      "$x/statistics/rx_dropped" "$x/statistics/tx_dropped"
  done
  shift "$n"
  (cd /sys/class/net && limited grep -sH . "$@" */bonding/slaves)
}
driver_info() {
  limited sh -c 'for i; do printf "== %s\n" "$i"; ethtool -i "$i" 2>&1; done; exit 0' sh "$@"
}
port_counters() { limited $Y ovs-ofctl --timeout=5 $F dump-ports "$1"; }
U=$(id -u); M=0 G= D= R=0
[ "$U" = 0 ] && S=
"""
FUNCTION_RUNS = ("id -u", 'sh -c for i; do printf "== %s\\n" "$i"; ethtool -i "$i" 2>&1; done; exit 0 sh {}')


def host_command(limits: HostLimits) -> str:
    """What the host's log-in shell is asked to run; the script comes on stdin. Nothing in it comes from outside."""
    seconds = f"{max(1.0, limits.host_seconds - limits.connect_seconds):g}"
    return f"exec timeout -k 2 {seconds} env -i PATH={PATH} LC_ALL=C HOME=/ nice -n 10 sh -s"


def host_script(nonce: str, become: Become, limits: HostLimits) -> str:
    """The whole script. It runs only once it has arrived whole: its last line starts it."""
    sudo = _SUDO if become is Become.SUDO else ""
    head = f"N={nonce} T={limits.command_seconds:g} S='{sudo}'\n"
    functions = "".join(f"c_{one.name}() {{{one.script}}}\n" for one in COMMANDS)
    calls = "".join(f"begin {one.name}; c_{one.name} </dev/null; end {one.name} $?\n" for one in COMMANDS)
    return f"{head}{_FUNCTIONS}{functions}main() {{\n{calls}printf '\\n@@%s Z\\n' \"$N\"\n}}\nmain\n"


BY_NAME: Mapping[str, HostCommand[Any]] = {one.name: one for one in COMMANDS}
