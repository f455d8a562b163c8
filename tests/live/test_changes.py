"""What changes in the cloud is what changes in Optimus, and nothing else."""

import secrets
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.live.comparing import Comparison, by
from tests.live.lab import LabSettings, Lcm, OpenStack
from tests.live.reference import Reference
from tests.live.site import Site

pytestmark = pytest.mark.live

# The server stands in a stack of its own below the root stack.
TEMPLATE = """
heat_template_version: 2015-04-30
parameters:
  image: {type: string}
  flavor: {type: string}
  network: {type: string}
resources:
  group:
    type: OS::Heat::ResourceGroup
    properties:
      count: 1
      resource_def:
        type: OS::Nova::Server
        properties:
          name: %s
          image: {get_param: image}
          flavor: {get_param: flavor}
          networks: [{network: {get_param: network}}]
"""


@dataclass(frozen=True)
class Making:
    """Makes a server and a stack of one server in the cloud, and takes them away again."""

    lcm: Lcm
    cli: OpenStack
    name: str
    image: str
    flavor: str
    network: str

    @property
    def _template_path(self) -> str:
        return f"/tmp/{self.name}.yaml"

    def make(self) -> None:
        self.cli.do(
            f"server create --image {self.image} --flavor {self.flavor} --network {self.network} --wait {self.name}"
        )
        self.lcm.run(f"cat > {self._template_path}", TEMPLATE % f"{self.name}-of-stack")
        parameters = f"--parameter image={self.image} --parameter flavor={self.flavor}"
        self.cli.do(
            f"stack create -t {self._template_path} {parameters} --parameter network={self.network} --wait {self.name}"
        )

    def unmake(self) -> None:
        """Also what a half-way failure left."""
        self.lcm.run(f"rm -f {self._template_path}")
        servers, stacks = self.cli.ask("server list", "stack list")
        if self.name in {one["Name"] for one in servers}:
            self.cli.do(f"server delete --wait {shlex.quote(self.name)}")
        if self.name in {one["Stack Name"] for one in stacks}:
            self.cli.do(f"stack delete --yes --wait {shlex.quote(self.name)}")


@pytest.fixture
def making(lcm: Lcm, lab: LabSettings, reference: Reference) -> Iterator[Making]:
    cli = OpenStack(lcm, lab.rc_path)
    images, networks = cli.ask("image list --status active", "network list --share")
    assert images, "the cloud has no image to start a server from"
    assert networks, "the cloud has no shared network to start a server on"
    smallest = min(reference.flavors.values(), key=lambda flavor: (flavor["Disk"], flavor["RAM"], flavor["VCPUs"]))
    name = f"optimus-live-{secrets.token_hex(4)}"
    found = Making(lcm, cli, name, images[0]["ID"], smallest["ID"], networks[0]["ID"])
    try:
        yield found
    finally:
        found.unmake()


def test_an_unchanged_cloud_costs_fewer_calls(site: Site, reference: Reference, comparison: Comparison) -> None:
    """The resources of stacks that did not change are not asked for again."""
    before = site.servers()
    again = site.refresh()
    assert not any(stack["Stack Status"].endswith("_IN_PROGRESS") for stack in reference.root_stacks.values())
    saved = site.first_runs["dynamic"]["api_calls"] - again["dynamic"]["api_calls"]
    assert saved == len(reference.root_stacks)
    assert site.servers() == before


def test_new_objects_appear_and_deleted_ones_go(
    site: Site, lcm: Lcm, lab: LabSettings, making: Making, comparison: Comparison
) -> None:
    unchanged_calls = site.refresh()["dynamic"]["api_calls"]
    before = _picture(site)

    making.make()
    runs = site.refresh()
    now = Reference(lcm, lab.rc_path)
    made = {
        server_id: item for server_id, item in now.server_items(site.dc_id).items() if making.name in item["nova_name"]
    }
    assert {item["nova_name"] for item in made.values()} == {making.name, f"{making.name}-of-stack"}
    after = _picture(site)
    new_servers = {key: item for key, item in after["servers"].items() if key not in before["servers"]}
    comparison.same("servers made", made, new_servers)
    assert {key: item for key, item in after["servers"].items() if key not in made} == before["servers"]

    new_stacks = {key: item for key, item in after["stacks"].items() if key not in before["stacks"]}
    [stack_id] = new_stacks
    assert new_stacks[stack_id]["stack_name"] == making.name
    assert {key: item for key, item in after["stacks"].items() if key != stack_id} == before["stacks"]
    assert runs["dynamic"]["api_calls"] == unchanged_calls + 1, "only the new stack's resources are asked for"
    [member] = site.servers(query="stack_id", filter=stack_id)
    assert member["nova_name"] == f"{making.name}-of-stack"
    assert {member["nova_uuid"]} == now.stack_servers[stack_id]
    comparison.same("hosts with servers made", now.host_items(site.dc_id), by("id", site.hosts()))

    making.unmake()
    site.refresh()
    assert _picture(site) == before
    comparison.count("servers deleted", len(made))


def _picture(site: Site) -> dict[str, Any]:
    [choices] = site.get("config_data", dc_id=site.dc_id)["data"]
    capacity = site.get("infrastructure", cid=site.dc_id)["data"]
    return {
        "servers": by("nova_uuid", site.servers()),
        "stacks": by("stack_id", choices["stack"]),
        "tenants": choices["tenant"],
        "capacity": capacity,
        "vms": {host["host"]: host["vm_info"] for host in site.hosts()},
    }
