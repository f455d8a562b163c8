"""What the made-up sites are made of: tenants, flavors, zones and aggregates. All names are invented."""

from dataclasses import dataclass

from optimus_simcloud.made.site import Flavor

DEDICATED = {"hw:cpu_policy": "dedicated"}
HUGE_1G = {**DEDICATED, "hw:mem_page_size": "1GB", "hw:numa_nodes": "1"}
HUGE_2M = {**DEDICATED, "hw:mem_page_size": "2MB"}


@dataclass(frozen=True, slots=True)
class FlavorWords:
    name: str
    vcpus: int
    memory_gib: int
    disk_gb: int
    weight: int
    extra_specs: dict[str, str]
    is_public: bool = True
    ephemeral_gb: int = 0
    swap_mib: int = 0


# The weights give about 3.5 vCPUs and 13 GiB a VM, so that 20 VMs a host still fit into 92 CPUs and 384 GiB.
FLAVORS = (
    FlavorWords("nfv.up.xlarge", 16, 64, 60, 2, HUGE_1G),
    FlavorWords("nfv.cp.large", 8, 32, 60, 8, HUGE_1G),
    FlavorWords("nfv.cp.medium", 4, 16, 40, 30, HUGE_2M),
    FlavorWords("nfv.fe.small", 2, 8, 40, 35, HUGE_2M),
    FlavorWords("nfv.mgmt.medium", 4, 8, 80, 10, {}),
    FlavorWords("nfv.mgmt.small", 2, 4, 40, 8, {}, is_public=False),
    FlavorWords("nfv.scratch", 2, 4, 20, 2, {}, ephemeral_gb=20, swap_mib=2048),
    FlavorWords("nfv.tiny", 1, 2, 20, 5, {}),
)
SMALLEST_FLAVOR = "nfv.tiny"
# In use by a few VMs although the flavor list no longer has it, as after an operator deleted it.
RETIRED_FLAVOR = Flavor("", "nfv.retired", 2, 6144, 30, 0, 0, is_public=True, extra_specs={}, is_listed=False)

# (tenant, VM name prefix, zone)
TENANTS = (
    ("vEPC-MME", "mme-cp", "az-cp"),
    ("vEPC-SGW", "sgw-up", "az-up"),
    ("vEPC-PGW", "pgw-up", "az-up"),
    ("vIMS-CSCF", "cscf", "az-cp"),
    ("vHSS", "hss-fe", "az-cp"),
    ("vPCRF", "pcrf", "az-cp"),
    ("vSBC", "sbc", "az-up"),
    ("NFV-mgmt", "mgmt", "az-mgmt"),
)
VMS_PER_EXTRA_TENANT = 500

# (zone, share of the hosts in twentieths); what is left over stays in nova's default zone.
ZONES = (("az-cp", 10), ("az-up", 6), ("az-mgmt", 3))
DEFAULT_ZONE = "nova"
# Aggregates without a zone: (name, takes every n-th host, metadata); a host may be in several.
OVERLAPPING_AGGREGATES: tuple[tuple[str, int, dict[str, str]], ...] = (
    ("dpdk-hosts", 2, {"dpdk": "true", "hw:mem_page_size": "1GB"}),
    ("sriov-hosts", 3, {"sriov": "true"}),
    ("empty-spare", 0, {}),
)
VOLUME_TYPES = ("ssd", "hdd", "__DEFAULT__")
DISABLED_REASONS = ("HW maintenance, ticket SIM-42", "Memory errors, vendor case SIM-77", None)


def tenants_for(vms: int) -> list[tuple[str, str, str]]:
    """The fixed tenants, and for a large site one more per 500 VMs."""
    extra = max(0, vms // VMS_PER_EXTRA_TENANT - len(TENANTS))
    more = [(f"vRAN-CU-{n:02d}", f"cu{n:02d}", ZONES[n % 2][0]) for n in range(1, extra + 1)]
    return [*TENANTS, *more]
