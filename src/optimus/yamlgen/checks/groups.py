"""What is usual of a site: modules with networks, an odd number of controllers, separate subnets, ordered names."""

import re

from optimus.yamlgen.binding.records import Tables, table_of
from optimus.yamlgen.checks.model import Networks, as_ip
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.derive import natural
from optimus.yamlgen.issues import Issues, issue
from optimus.yamlgen.rules.model import Pack


def check_groups(tables: Tables, networks: Networks, pack: Pack, issues: Issues) -> None:
    _modules(tables, networks, pack, issues)
    _controllers(tables, pack, issues)
    _subnets(tables, networks, issues)
    _order(tables, issues)


def _modules(tables: Tables, networks: Networks, pack: Pack, issues: Issues) -> None:
    rule = pack.derive.get("network_module")
    modules = {record.text("module"): record for record in table_of(tables, "modules").records}
    rows = {record.text("network_module"): record for record in table_of(tables, "networks").records}
    if rule is None or "modules" not in tables:
        return
    found = {match["m"]: network.name for network in networks.found if (match := re.match(rule.match, network.name))}
    for module, record in modules.items():
        if networks.output is not None and module not in found and module not in rows:
            name = f"sdnc_vtep_sp_{module}"
            issues.add(issue(IssueCode.MODULE_NETWORK, "group.no_network", level=Level.WARNING,
                             where=record.place("module"), module=module, network=name))  # fmt: skip
    blank = [record.cell("deploy_module") for record in table_of(tables, "hosts").records if not record.get("module")]
    for module, record in rows.items():
        if module and module not in modules:
            issues.add(issue(IssueCode.MODULE_NETWORK, "group.no_host", level=Level.WARNING,
                             where=record.place("name"), module=module, network=record.text("name"),
                             related=blank[:5]))  # fmt: skip


def _controllers(tables: Tables, pack: Pack, issues: Issues) -> None:
    found = [record for record in table_of(tables, "hosts").records if record.text("type") == "controller"]
    least = pack.policy.expected_controllers
    if found and (len(found) < least or len(found) % 2 == 0):
        issues.add(issue(IssueCode.CONTROLLERS, "group.controllers", level=Level.WARNING, where=found[0].place("type"),
                         count=len(found), least=least))  # fmt: skip


def _subnets(tables: Tables, networks: Networks, issues: Issues) -> None:
    nets = [subnet.net for network in networks.found for subnet in network.subnets if subnet.net]
    for record in table_of(tables, "hosts").records:
        bmc, own = as_ip(record.text("bmc_ip")), as_ip(record.text("ipAddr"))
        if bmc is None or own is None or bmc.version != own.version or abs(int(bmc) - int(own)) >> 72:
            continue
        shared = next((net for net in nets if bmc in net and own in net), None)
        if shared is not None:
            issues.add(issue(IssueCode.SAME_SUBNET, "group.same_subnet", level=Level.WARNING,
                             where=record.place("bmc_ip"), key=record.key, subnet=shared))  # fmt: skip


def _order(tables: Tables, issues: Issues) -> None:
    """Once per type: the first row that stands before an earlier name."""
    last: dict[str, str] = {}
    told: set[str] = set()
    for record in table_of(tables, "hosts").records:
        kind, name = record.text("type"), record.text("hostname")
        if kind in last and kind not in told and natural(name) < natural(last[kind]):
            told.add(kind)
            issues.add(issue(IssueCode.HOST_ORDER, "group.order", level=Level.WARNING, where=record.place("hostname"),
                             key=name, other=last[kind]))  # fmt: skip
        last[kind] = name
