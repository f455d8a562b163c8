"""Heat stacks: a root stack with one VM of its own and a ResourceGroup, which heat keeps as a nested stack.

Every third group is a group of templates: each member is a further nested stack that holds the VM, so that a
reader who looks only one level deep misses VMs.
"""

from random import Random

from optimus_simcloud.made.site import Project, Resource, Site, Stack
from optimus_simcloud.made.vms import add_server, remove_server

HEAT_DOMAIN = "heat"
FAILED_REASON = (
    "Resource CREATE failed: BadRequest: resources.group: The requested availability zone is not available "
    "(HTTP 400) (Request-ID: req-00000000-0000-4000-a000-000000000000)"
)
STATES = {
    "CREATE_COMPLETE": "Stack CREATE completed successfully",
    "UPDATE_COMPLETE": "Stack UPDATE completed successfully",
    "UPDATE_IN_PROGRESS": "Stack UPDATE started",
}


def add_stack(
    site: Site, rng: Random, tenant: tuple[Project, str, str], number: int, vms: int, *, created_at: int
) -> Stack:
    """A root stack that owns `vms` VMs (at least 2)."""
    project, prefix, _ = tenant
    root = new_stack(site, project, f"{prefix}-stack-{number}", None, created_at=created_at)
    root.user_project_id = _user_project(site, root)
    first = add_server(site, rng, tenant, created_at=created_at + 5, stack_id=root.id)
    root.resources.append(_server_resource("vip_server", first.id))
    for port_id in first.port_ids[:1]:
        root.resources.append(Resource("vip_port", "OS::Neutron::Port", port_id, "CREATE_COMPLETE"))
    for volume_id in first.volume_ids:
        root.resources.append(Resource("disk", "OS::Cinder::Volume", volume_id, "CREATE_COMPLETE"))
    group = new_stack(site, project, f"{root.name}-scs-{root.id[:12]}", root, created_at=created_at + 10)
    root.resources.append(_nested_resource("scs", "OS::Heat::ResourceGroup", group))
    for _ in range(vms - 1):
        add_member(site, rng, tenant, group, templated=number % 3 == 0, at=created_at + 15)
    return root


def add_failed_stack(site: Site, tenant: tuple[Project, str, str], *, created_at: int) -> None:
    stack = new_stack(site, tenant[0], "broken-stack", None, created_at=created_at)
    stack.user_project_id = _user_project(site, stack)
    stack.status, stack.reason = "CREATE_FAILED", FAILED_REASON
    stack.resources.append(Resource("group", "OS::Heat::ResourceGroup", "", "CREATE_FAILED"))


def add_member(
    site: Site, rng: Random, tenant: tuple[Project, str, str], group: Stack, *, templated: bool, at: int
) -> None:
    name = str(len(group.resources))
    if templated:
        member = new_stack(site, tenant[0], f"{group.name}-{name}", group, created_at=at)
        server = add_server(site, rng, tenant, created_at=at, stack_id=member.id)
        member.resources.append(_server_resource("server", server.id))
        group.resources.append(_nested_resource(name, "file:///opt/vnf/member.yaml", member))
    else:
        server = add_server(site, rng, tenant, created_at=at, stack_id=group.id)
        group.resources.append(_server_resource(name, server.id))
    site.touch(group.id)


def remove_member(site: Site, group: Stack) -> None:
    """Take the last member of a flat group away."""
    resource = group.resources.pop()
    remove_server(site, resource.physical_id)
    site.touch(group.id)


def set_state(site: Site, stack: Stack, status: str, at: int) -> None:
    stack.status, stack.reason, stack.updated_at = status, STATES[status], at
    site.touch(stack.id)


def new_stack(site: Site, project: Project, name: str, parent: Stack | None, *, created_at: int) -> Stack:
    stack = Stack(
        id=site.ids.uuid("stack", name, created_at),
        name=name,
        project_id=project.id,
        owner=f"{project.name.lower()}-ops",
        user_project_id=parent.user_project_id if parent else None,
        parent_id=parent.id if parent else None,
        created_at=created_at,
    )
    site.stacks[stack.id] = stack
    site.touch(stack.id)
    return stack


def _user_project(site: Site, stack: Stack) -> str:
    """Heat's own project for the stack's users: `<project id>-<stack id>`, cut to 64 characters."""
    project = Project(
        id=site.ids.hex("stack-user-project", stack.id),
        name=f"{stack.project_id}-{stack.id}"[:64],
        domain_id=site.ids.hex("domain", HEAT_DOMAIN),
        description="Heat stack user project",
        is_tenant=False,
    )
    site.projects[project.id] = project
    site.touch(project.id)
    return project.id


def _server_resource(name: str, server_id: str) -> Resource:
    return Resource(name, "OS::Nova::Server", server_id, "CREATE_COMPLETE")


def _nested_resource(name: str, kind: str, nested: Stack) -> Resource:
    return Resource(name, kind, nested.id, "CREATE_COMPLETE", nested_id=nested.id)
