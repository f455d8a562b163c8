"""What a visit costs a cloud of any size: pages, a fixed number, two for each project, one for each changed stack."""

import asyncio
from collections import Counter

import pytest

from optimus.collection.visit import visit
from optimus.facts.cloud import Stack
from optimus.facts.parts import Part, PartState, Task
from optimus.facts.visits import LcmAddress, Limits, Target, Visit
from optimus_simcloud import RunningCloud, SimOptions

PAGE = 100


def look(cloud: RunningCloud, task: Task, known: dict[str, str] | None = None) -> tuple[Visit, Counter[str]]:
    """One visit with small pages, and its calls by the last word of their path."""
    lcm = LcmAddress(cloud.lcm_host, cloud.lcm_port, cloud.lcm_user, cloud.lcm_password)
    cloud.calls.reset()
    limits = Limits(page_size=PAGE)
    found = asyncio.run(visit(Target(lcm, cloud.openstackrc_path), task, known_stacks=known or {}, limits=limits))
    assert {result.state for result in found.parts.values()} == {PartState.FRESH}
    assert found.cost.api_calls == cloud.calls.total
    calls: Counter[str] = Counter()
    for (_, template), count in cloud.calls.by_template.items():
        words = [word for word in template.split("/") if not word.startswith("{")]
        calls["-".join(words[-2:]) if words[-1] == "detail" else words[-1]] += count
    return found, calls


def pages(objects: int) -> int:
    """A page that is full may have a successor, so it is asked for."""
    return objects // PAGE + 1


@pytest.mark.parametrize(("vms", "global_stacks"), [(30, True), (30, False), (420, True), (420, False)])
def test_calls_of_a_visit(vms: int, global_stacks: bool) -> None:
    options = SimOptions(hosts=12, vms=vms, frozen=True, global_stacks=global_stacks)
    with RunningCloud(options) as cloud:
        site = cloud.site
        projects = [p.id for p in site.projects.values() if p.is_tenant]
        first, calls = look(cloud, Task.DYNAMIC)
        roots = [s for s in site.stacks.values() if s.parent_id is None]
        by_project = Counter(s.project_id for s in site.stacks.values())
        lists = pages(len(site.stacks)) if global_stacks else 1 + sum(pages(by_project[p]) for p in projects)
        assert calls == {
            "tokens": 1,
            "v2.1": 1,
            "projects": 1,
            "servers-detail": pages(len(site.servers)),
            "flavors-detail": 1,
            "os-services": 1,
            "volumes-detail": pages(len(site.volumes)),
            "networks": pages(len(site.networks)),
            "ports": pages(len(site.ports)),
            "stacks": lists,
            "resources": len(roots),
        }
        assert len(first.parts[Part.SERVERS].facts) == len(site.servers) >= vms
        assert len(first.parts[Part.PORTS].facts) == len(site.ports)

        stamps = {stack.id: stack.stamp for stack in first.parts[Part.STACKS].facts if isinstance(stack, Stack)}
        _, again = look(cloud, Task.DYNAMIC, stamps)
        in_progress = sum(s.status.endswith("IN_PROGRESS") for s in roots)
        assert again == {**calls, "resources": in_progress}

        _, static = look(cloud, Task.STATIC)
        assert static == {
            "tokens": 1,
            "v2.1": 1,
            "projects": 1,
            "os-aggregates": 1,
            "types": 1,
            "os-hypervisors-detail": 1,
            "os-quota-sets-detail": len(projects),
            "os-quota-sets": len(projects),
        }
