"""overview, capacity, capacity/series, host, server, stacks."""

from typing import Any

import pytest
from tests.contract.api import Api
from tests.contract.document import ERICIC
from tests.contract.recorder import refused
from tests.support import pictures as p

from optimus.facts.parts import Part

OVERVIEW = f"{ERICIC}/overview"
NO_ID = "0" * 32


def of(dc_id: str, *path: str) -> str:
    return "/".join([ERICIC, dc_id, *path])


@pytest.mark.parametrize("path", [("capacity",), ("capacity", "series"), ("host", "1"), ("server", "1"), ("stacks",)])
def test_an_unknown_data_center_and_a_long_id(api: Api, path: tuple[str, ...]) -> None:
    refused(api.viewer.get(of(NO_ID, *path)), 404, NO_ID)
    refused(api.viewer.get(of("x" * 256, *path)), 422, field="cid")


class TestOverview:
    def item(self, api: Api, dc_id: str) -> Any:
        return next(d for d in api.viewer.get(OVERVIEW).data if d["id"] == dc_id)

    def test_a_collected_one(self, api: Api, cloud_id: str) -> None:
        item = self.item(api, cloud_id)
        whole = api.viewer.get(f"{ERICIC}/infrastructure", cid=cloud_id).data
        assert {k: v for k, v in item["totals"].items() if k != "servers"} == {
            k: v for k, v in whole.items() if k in item["totals"]
        }
        assert item["totals"]["servers"] == len(p.ALL_IDS)
        assert item["city"] == "广州"

    def test_nothing_collected(self, api: Api) -> None:
        dc_id = api.add_online("overview of nothing")
        item = self.item(api, dc_id)
        assert item["totals"] == {
            "host_info": {"up": 0, "down": 0, "total": 0},
            **dict.fromkeys(
                (
                    "servers",
                    *(f"{kind}_{what}" for kind in ("total", "used") for what in ("memory", "storage", "vcpus")),
                )
            ),
        }
        assert set(item["gaps"]) == {part.value for part in Part}
        assert {gap["state"] for gap in item["gaps"].values()} == {"not_collected"}
        assert item["dynamic_task"] == {
            "paused": False,
            "interval": 600,
            "next_run_at": item["dynamic_task"]["next_run_at"],
            "collected_at": None,
            "last_run": None,
        }

    def test_its_newest_run_and_its_pause(self, api: Api) -> None:
        dc_id = api.add_online("overview of runs")
        for number, state in enumerate(("successful", "failed")):
            api.sql(
                "INSERT INTO run (id, dc_id, dc_name, task, state, node_id, started_at, skipped, error, finished_at)"
                " VALUES (:id, :dc, 'x', 'static', :state, 'n', :at, 0, :error, :at)",
                id=f"{number}{dc_id[1:]}",
                dc=dc_id,
                state=state,
                at=100 + number,
                error="The LCM refused." if state == "failed" else None,
            )
        paused = {"cid": dc_id, "task": "static", "action": "pause"}
        assert api.operator.put(f"{ERICIC}/scheduler/task", paused).status == 200
        task = self.item(api, dc_id)["static_task"]
        assert (task["paused"], task["next_run_at"]) == (True, None)
        assert task["last_run"] == {
            "id": f"1{dc_id[1:]}",
            "state": "failed",
            "error": "The LCM refused.",
            "timestamp": 101,
            "finished_at": 101,
        }

    def test_an_offline_one_has_no_tasks_and_no_gaps(self, api: Api) -> None:
        item = self.item(api, api.add_offline("overview offline"))
        assert (item["dynamic_task"], item["static_task"], item["gaps"]) == (None, None, {})


class TestCapacity:
    def test_tenants_with_their_quotas(self, api: Api, cloud_id: str) -> None:
        reply = api.viewer.get(of(cloud_id, "capacity"))
        assert reply.body["parts"]["compute_quotas"]["state"] == "fresh"
        tenants = {t["name"]: t for t in reply.data["tenants"]}
        assert tenants["100%_Tenant"] == {
            "id": p.PERCENT,
            "name": "100%_Tenant",
            "cores": {"in_use": 10, "limit": -1},
            "ram": {"in_use": 5_000, "limit": -1},
            "instances": {"in_use": 1, "limit": -1},
            "volume": {"in_use": 0, "limit": -1},
        }
        assert tenants["Ωmega"]["cores"] == {"in_use": None, "limit": None}
        assert reply.data["servers"] == len(p.ALL_IDS)
        whole = api.viewer.get(f"{ERICIC}/infrastructure", cid=cloud_id).data
        assert reply.data["volume_types"] == whole["volume_types"]

    def test_nothing_collected(self, api: Api, empty_id: str) -> None:
        found = api.viewer.get(of(empty_id, "capacity")).data
        assert (found["servers"], found["tenants"], found["total_vcpus"]) == (None, [], None)


class TestSeries:
    def sample(self, api: Api, dc_id: str, at: int, **values: int) -> None:
        names, marks = "".join(f", {k}" for k in values), "".join(f", :{k}" for k in values)
        statement = f"INSERT INTO capacity_sample (dc_id, run_id, taken_at{names}) VALUES (:dc, :run, :at{marks})"
        api.sql(statement, dc=dc_id, run=f"run-{at}", at=at, **values)

    def test_means_over_steps(self, api: Api) -> None:
        dc_id = api.add_offline("series")
        for at, used in ((1000, 10), (1049, 21), (1050, 40), (1150, 60)):
            self.sample(api, dc_id, at, vcpus_used=used, vcpus_total=100)
        self.sample(api, dc_id, 1051, servers=7)
        reply = api.viewer.get(of(dc_id, "capacity", "series"), start=1000, end=1100, points=2)
        assert reply.body["step"] == 50
        assert [(x["at"], x["vcpus_used"], x["vcpus_total"], x["servers"]) for x in reply.data] == [
            (1000, 16, 100, None),
            (1050, 40, 100, 7),
        ]

    def test_a_collection_leaves_a_sample(self, api: Api, cloud_id: str) -> None:
        found = api.viewer.get(of(cloud_id, "capacity", "series"), start="").data
        assert found[-1]["servers"] == len(p.ALL_IDS)
        assert (found[-1]["hosts_up"], found[-1]["hosts_down"]) == (3, 2)

    def test_wrong_cases(self, api: Api, empty_id: str) -> None:
        path = of(empty_id, "capacity", "series")
        refused(api.viewer.get(path, start=5, end=5), 422, "before", field="start")
        refused(api.viewer.get(path, points=0), 422, field="points")
        refused(api.viewer.get(path, end=-1), 422, field="end")
        assert api.viewer.get(path).data == []


class TestHost:
    def test_with_its_hypervisor(self, api: Api, cloud_id: str) -> None:
        found = api.viewer.get(of(cloud_id, "host", "101")).data
        listed = api.viewer.get(f"{ERICIC}/host_data", dc_id=cloud_id, query="host", filter="compute1").data[0]
        assert {key: found[key] for key in listed} == listed
        assert (found["total_cpu"], found["used_ram"], found["hypervisor_type"]) == (56, 45568, "QEMU")

    def test_without_one(self, api: Api, cloud_id: str) -> None:
        found = api.viewer.get(of(cloud_id, "host", "105")).data
        assert (found["host"], found["total_cpu"], found["host_ip"]) == ("COMPUTE_5.site.example", None, None)

    def test_unknown(self, api: Api, cloud_id: str) -> None:
        refused(api.viewer.get(of(cloud_id, "host", "999")), 404, "999")


class TestServer:
    def test_with_all_that_is_stored(self, api: Api, cloud_id: str) -> None:
        found = api.viewer.get(of(cloud_id, "server", p.MME)).data
        page = api.viewer.get(f"{ERICIC}/nova_data", dc_id=cloud_id, query="nova_name", filter="vMME_01").data[0]
        assert {key: found[key] for key in page} == page
        assert found["host_id"] == "101"
        assert (found["flavor"]["name"], found["flavor"]["memory"]) == ("m1.large", 16384)
        assert found["flavor"]["extra_specs"] == {"hw:cpu_policy": "dedicated"}
        assert [(x["name"], x["network_name"], x["segmentation_id"]) for x in found["ports"]] == [
            ("port1", "oam_net", 100),
            ("port2", "承载%网", 101),
        ]
        assert [x["stack_name"] for x in found["stacks"]] == ["vepc-stack"]

    def test_without_flavor_host_and_ports(self, api: Api, cloud_id: str) -> None:
        found = api.viewer.get(of(cloud_id, "server", p.UNKNOWN_FLAVOR)).data
        assert (found["flavor"], found["ports"], found["stacks"]) == (None, [], [])
        assert api.viewer.get(of(cloud_id, "server", p.UNSCHEDULED)).data["host_id"] is None

    def test_unknown(self, api: Api, cloud_id: str) -> None:
        refused(api.viewer.get(of(cloud_id, "server", NO_ID)), 404, NO_ID)


def test_stacks_with_their_vms_counted(api: Api, cloud_id: str, empty_id: str) -> None:
    found = {s["stack_name"]: s for s in api.viewer.get(of(cloud_id, "stacks")).data}
    assert {name: s["servers"] for name, s in found.items()} == {"vepc-stack": 2, "更新栈": 1, "empty": 0}
    assert found["vepc-stack"]["tenant_name"] == "核心网租户"
    assert found["empty"]["created_time"] is None
    nothing = api.viewer.get(of(empty_id, "stacks"))
    assert (nothing.data, nothing.body["collected_at"]) == ([], None)
