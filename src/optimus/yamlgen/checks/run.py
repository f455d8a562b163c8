"""The order of checks."""

from collections.abc import Mapping

from optimus.yamlgen.binding.records import Tables
from optimus.yamlgen.checks.capacity import check_resources, check_vms
from optimus.yamlgen.checks.groups import check_groups
from optimus.yamlgen.checks.interfaces import check_interfaces
from optimus.yamlgen.checks.model import read_networks, schemes_of
from optimus.yamlgen.checks.networks import check_networks
from optimus.yamlgen.checks.references import check_references
from optimus.yamlgen.checks.rows import check_rows
from optimus.yamlgen.checks.secrets import check_secrets
from optimus.yamlgen.checks.unique import check_unique
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.issues import Issues, issue
from optimus.yamlgen.rules.model import Pack
from optimus.yamlgen.templates import Template
from optimus.yamlgen.verify import Output


def check_records(tables: Tables, pack: Pack, templates: Mapping[str, Template], issues: Issues) -> None:
    if pack.notice:
        issues.add(issue(IssueCode.PACK, pack.notice, level=Level.WARNING))
    check_rows(tables, pack, templates, issues)
    check_resources(tables, pack, issues)


def check_outputs(outputs: Mapping[str, Output], tables: Tables, pack: Pack, issues: Issues) -> None:
    readable = {name: output for name, output in outputs.items() if output.readable}
    networks = read_networks(readable.get("networks.yaml"))
    check_unique(readable, pack, issues)
    check_references(readable, pack, issues)
    assignments = readable.get("interface_assignment.yaml")
    check_networks(networks, schemes_of(assignments), pack, issues)
    check_interfaces(assignments, networks, issues)
    check_secrets(readable.get("hosts.yaml"), tables, pack, issues)
    check_groups(tables, networks, pack, issues)
    check_vms(readable, tables, issues)
