"""infrastructure, infra_resource, tenant_quota, nova_service."""

from typing import Any

import pytest
from tests.contract.api import Api
from tests.contract.document import ERICIC
from tests.contract.recorder import refused
from tests.support import pictures as p

INFRASTRUCTURE = f"{ERICIC}/infrastructure"
NO_ID = "0" * 32
NOTHING = dict.fromkeys(("total_cpu", "total_ram", "total_rom", "used_cpu", "used_ram", "used_rom"))


def resource(dc_id: str, host_id: str) -> str:
    return f"{ERICIC}/{dc_id}/infra_resource/{host_id}"


def quota(dc_id: str, tenant_id: str) -> str:
    return f"{ERICIC}/{dc_id}/{tenant_id}/tenant_quota"


def services(dc_id: str, state: str) -> str:
    return f"{ERICIC}/{dc_id}/nova_service/{state}"


class TestInfrastructure:
    def test_wrong_cases(self, api: Api) -> None:
        refused(api.viewer.get(INFRASTRUCTURE), 400, "cid", field="cid")
        refused(api.viewer.get(INFRASTRUCTURE, dc_id="x"), 400, "cid", field="cid")
        refused(api.viewer.get(INFRASTRUCTURE, cid="x" * 256), 422, field="cid")
        refused(api.viewer.get(INFRASTRUCTURE, cid="\x7f"), 422, field="cid")
        refused(api.viewer.get(INFRASTRUCTURE, cid=NO_ID), 404, NO_ID)

    def test_nothing_collected(self, api: Api, empty_id: str) -> None:
        reply = api.viewer.get(INFRASTRUCTURE, cid=empty_id)
        assert reply.body["collected_at"] is None
        totals = {f"{kind}_{what}" for kind in ("total", "used") for what in ("memory", "storage", "vcpus")}
        assert reply.data == {
            "host_info": {"down": 0, "total": 0, "up": 0},
            "tenant_info": [],
            "volume_info": [],
            "volume_types": [],
            **dict.fromkeys(totals),
        }

    def test_totals_hosts_tenants_and_volumes(self, api: Api, cloud_id: str) -> None:
        found = api.viewer.get(INFRASTRUCTURE, cid=cloud_id).data
        volumes = {v["id"]: v["name"] for v in found.pop("volume_info")}
        assert volumes == {
            p.BOOT_VOLUME: "boot_vol",
            p.SHARED_VOLUME: "shared%data",
            p.NAMELESS_VOLUME: None,
            p.CHINESE_VOLUME: "数据卷",
        }
        assert found == {
            "host_info": {"down": 2, "total": 5, "up": 3},
            "tenant_info": [
                {"id": p.PERCENT, "name": "100%_Tenant", "core_used": 10, "ram_used": 5_000},
                {"id": p.VEPC, "name": "vEPC_Prod", "core_used": 20, "ram_used": 900_000},
                {"id": p.BARE, "name": "Ωmega", "core_used": None, "ram_used": None},
                {"id": p.CORE, "name": "核心网租户", "core_used": 30, "ram_used": 40_000},
            ],
            "total_memory": 385401 + 2 * 262144,
            "total_storage": 811 + 2 * 500,
            "total_vcpus": 56 + 2 * 40,
            "used_memory": 45568 + 200000 + 2048,
            "used_storage": 100,
            "used_vcpus": 54,
            "volume_types": [
                {"name": "ceph_ssd", "count": 2, "size": 150, "quota": 800},
                {"name": "pool_1", "count": 1, "size": 40, "quota": None},  # one tenant has no limit
                {"name": "unused", "count": 0, "size": 0, "quota": None},
            ],
        }


class TestInfraResource:
    def test_wrong_cases(self, api: Api, cloud_id: str) -> None:
        refused(api.viewer.get(resource(NO_ID, "101")), 404, NO_ID)
        refused(api.viewer.get(resource(cloud_id, "999")), 404, "999")
        refused(api.viewer.get(resource(cloud_id, "compute1.site.example")), 404)
        refused(api.viewer.get(resource("x" * 256, "101")), 422, field="cid")
        refused(api.viewer.get(resource(cloud_id, "a%00")), 422, field="hid")

    def test_the_documents_own_numbers(self, api: Api, cloud_id: str) -> None:
        assert api.viewer.get(resource(cloud_id, "101")).data == {
            "total_cpu": 56,
            "total_ram": 385401,
            "total_rom": 811,
            "used_cpu": 24,
            "used_ram": 45568,
            "used_rom": 0,
        }

    @pytest.mark.parametrize("host_id", ["104", "105"])
    def test_a_host_whose_capacity_is_unknown(self, api: Api, cloud_id: str, host_id: str) -> None:
        assert api.viewer.get(resource(cloud_id, host_id)).data == NOTHING

    def test_every_listed_host_can_be_asked(self, api: Api, cloud_id: str) -> None:
        for host in api.viewer.get(f"{ERICIC}/host_data", dc_id=cloud_id).data:
            assert api.viewer.get(resource(cloud_id, host["id"])).status == 200


class TestTenantQuota:
    def test_wrong_cases(self, api: Api, cloud_id: str) -> None:
        refused(api.viewer.get(quota(NO_ID, p.CORE)), 404, NO_ID)
        refused(api.viewer.get(quota(cloud_id, NO_ID)), 404, NO_ID)
        refused(api.viewer.get(quota(cloud_id, p.GHOST)), 404)
        refused(api.viewer.get(quota(cloud_id, "x" * 256)), 422, field="tid")
        refused(api.viewer.get(quota("a%0B", p.CORE)), 422, field="cid")

    @pytest.mark.parametrize(
        ("tenant_id", "cores", "ram"),
        [
            # limited, within what is free; RAM: more used than there is
            (p.CORE, (30, 60, 136, 76, 30, False), (40_000, 100_000, 909_689, 905_000, 0, True)),
            # -1: as much as is free
            (p.PERCENT, (10, -1, 136, 50, 76, False), (5_000, -1, 909_689, 940_000, 0, True)),
            (p.VEPC, (20, 40, 136, 96, 20, False), (900_000, 2_000_000, 909_689, 45_000, 0, True)),
            (p.BARE, (None, None, None, None, None, False), (None, None, None, None, None, False)),
        ],
    )
    def test_cores_and_ram(self, api: Api, cloud_id: str, tenant_id: str, cores: Any, ram: Any) -> None:
        found = api.viewer.get(quota(cloud_id, tenant_id)).data
        keys = ("in_use", "limit", "total", "other", "availability", "overcommitted")
        assert found["cores"] == dict(zip(keys, cores, strict=True))
        assert found["ram"] == dict(zip(keys, ram, strict=True))

    def test_parts_make_the_whole(self, api: Api, cloud_id: str) -> None:
        for tenant_id in (p.CORE, p.PERCENT, p.VEPC):
            cores = api.viewer.get(quota(cloud_id, tenant_id)).data["cores"]
            assert cores["in_use"] + cores["availability"] + cores["other"] == cores["total"]

    @pytest.mark.parametrize(
        ("tenant_id", "expected"),
        [
            (
                p.CORE,
                {
                    "default": {"in_use": 190, "limit": 1000},
                    "ceph_ssd": {"in_use": 150, "limit": 500},
                    "pool_1": {"in_use": 40, "limit": -1},
                },
            ),
            (p.PERCENT, {"default": {"in_use": 0, "limit": -1}}),
            (p.VEPC, {"default": {"in_use": 120, "limit": 100}, "ceph_ssd": {"in_use": 0, "limit": 300}}),
            (p.BARE, {"default": {"in_use": None, "limit": None}}),
        ],
    )
    def test_volumes_always_have_a_default(self, api: Api, cloud_id: str, tenant_id: str, expected: Any) -> None:
        assert api.viewer.get(quota(cloud_id, tenant_id)).data["volume"] == expected


class TestNovaService:
    def test_wrong_cases(self, api: Api, cloud_id: str) -> None:
        refused(api.viewer.get(services(NO_ID, "up")), 404, NO_ID)
        for state in ("sideways", "UP", "%20", "up'--"):
            refused(api.viewer.get(services(cloud_id, state)), 422, "up", "down", field="state")
        refused(api.viewer.get(services("x" * 256, "up")), 422, field="cid")

    def test_up(self, api: Api, cloud_id: str) -> None:
        found = api.viewer.get(services(cloud_id, "up")).data
        assert [host["id"] for host in found] == ["101", "102", "104"]
        assert found[0] == {
            "availability_zone": "vepc_cp",
            "cid": cloud_id,
            "host": "compute1.site.example",
            "id": "101",
            "state": "up",
            "status": "enabled",
            "disabled_reason": None,
        }
        assert (found[2]["status"], found[2]["disabled_reason"]) == ("disabled", "维护中")

    def test_down(self, api: Api, cloud_id: str) -> None:
        assert {host["id"] for host in api.viewer.get(services(cloud_id, "down")).data} == {"103", "105"}

    def test_up_and_down_are_all(self, api: Api, cloud_id: str) -> None:
        listed = [h["id"] for state in ("up", "down") for h in api.viewer.get(services(cloud_id, state)).data]
        counts = api.viewer.get(INFRASTRUCTURE, cid=cloud_id).data["host_info"]
        assert sorted(listed) == ["101", "102", "103", "104", "105"]
        assert counts["up"] + counts["down"] == counts["total"] == len(listed)

    def test_nothing_collected(self, api: Api, empty_id: str) -> None:
        assert api.viewer.get(services(empty_id, "up")).data == []
