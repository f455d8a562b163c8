"""nova_data, config_data, host_data, host_config_data: what is listed, filtered, sorted and cut."""

from typing import Any

import pytest
from tests.contract.api import Api
from tests.contract.document import ERICIC
from tests.contract.recorder import refused
from tests.support import pictures as p

NOVA, CONFIG = f"{ERICIC}/nova_data", f"{ERICIC}/config_data"
HOST, HOST_CONFIG = f"{ERICIC}/host_data", f"{ERICIC}/host_config_data"
NO_ID = "0" * 32
LISTS = [NOVA, HOST]
ALL = [*LISTS, CONFIG, HOST_CONFIG]


def vms(api: Api, dc_id: str, **query: Any) -> list[str]:
    reply = api.viewer.get(NOVA, dc_id=dc_id, **{"limit": 100, **query})
    assert reply.body["total"] == len(reply.data)
    return [vm["nova_uuid"] for vm in reply.data]


def hosts(api: Api, dc_id: str, **query: Any) -> list[str]:
    reply = api.viewer.get(HOST, dc_id=dc_id, **{"limit": 100, **query})
    assert reply.body["total"] == len(reply.data)
    return [host["id"] for host in reply.data]


@pytest.mark.parametrize("path", ALL)
class TestEveryList:
    def test_without_a_data_center(self, api: Api, path: str) -> None:
        refused(api.viewer.get(path), 400, "dc_id", field="dc_id")
        refused(api.viewer.get(path, cid="x"), 400, "dc_id", field="dc_id")

    def test_an_unknown_or_impossible_data_center(self, api: Api, path: str) -> None:
        refused(api.viewer.get(path, dc_id=NO_ID), 404, NO_ID)
        refused(api.viewer.get(path, dc_id="x" * 256), 422, field="dc_id")
        refused(api.viewer.get(path, dc_id="a\x00b"), 422, field="dc_id")

    def test_nothing_collected_yet(self, api: Api, empty_id: str, path: str) -> None:
        reply = api.viewer.get(path, dc_id=empty_id)
        assert reply.body["collected_at"] is None
        assert {part["state"] for part in reply.body["parts"].values()} == {"not_collected"}
        assert reply.body.get("total", 0) == 0

    def test_how_old_it_is(self, api: Api, cloud_id: str, path: str) -> None:
        reply = api.viewer.get(path, dc_id=cloud_id)
        assert reply.body["collected_at"] > p.T0
        assert {part["state"] for part in reply.body["parts"].values()} == {"fresh"}

    def test_an_empty_json_body_and_stray_keys(self, api: Api, cloud_id: str, path: str) -> None:
        query = {"dc_id": cloud_id, "_t": "1608533544000", "nonsense": "x"}
        plain = api.viewer.get(path, dc_id=cloud_id)
        assert api.viewer.request("GET", path, query=query, json_body={}).data == plain.data


@pytest.mark.parametrize("path", LISTS)
class TestPaging:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"limit": "0"},
            {"limit": "-1"},
            {"limit": "1001"},
            {"limit": "9" * 30},
            {"limit": "9" * 5000},
            {"limit": "ten"},
            {"limit": "1.5"},
            {"limit": "NaN"},
            {"limit": "1e3"},
            {"limit": "true"},
            {"limit": "٣٣x"},
            {"offset": "-1"},
            {"offset": "1000000001"},
            {"offset": "9223372036854775808"},
            {"offset": "x"},
            {"order": "up"},
            {"order": "ASC"},
            {"sort": "nonsense"},
            {"sort": "time; DROP TABLE server"},
            {"query": "nonsense"},
            {"filter": "x" * 256},
            {"filter": "a\x00"},
        ],
    )
    def test_values_that_cannot_be_taken(self, api: Api, cloud_id: str, path: str, wrong: dict[str, str]) -> None:
        (field,) = wrong
        refused(api.viewer.get(path, dc_id=cloud_id, **wrong), 422, field, field=field)

    def test_a_word_out_of_the_list_shows_the_list(self, api: Api, cloud_id: str, path: str) -> None:
        sorts = {NOVA: ("time", "memory", "disk", "vcpu"), HOST: ("update_time", "vm_num")}[path]
        queries = {
            NOVA: ("nova_name", "nova_status", "nova_host", "nova_tenant", "stack_id"),
            HOST: ("host", "host_aggregate", "availability_zone", "state"),
        }[path]
        refused(api.viewer.get(path, dc_id=cloud_id, sort="x"), 422, *sorts)
        refused(api.viewer.get(path, dc_id=cloud_id, query="x"), 422, *queries)
        refused(api.viewer.get(path, dc_id=cloud_id, order="x"), 422, "asc", "desc")

    def test_blank_parameters_are_absent(self, api: Api, cloud_id: str, path: str) -> None:
        plain = api.viewer.get(path, dc_id=cloud_id)
        names = ("query", "filter", "sort", "order", "limit", "offset")
        for blank in ("", " ", "\n"):
            assert api.viewer.get(path, dc_id=cloud_id, **dict.fromkeys(names, blank)).data == plain.data

    def test_integers_with_blanks_and_line_breaks_around(self, api: Api, cloud_id: str, path: str) -> None:
        plain = api.viewer.get(path, dc_id=cloud_id, limit=2, offset=1)
        odd = api.viewer.request("GET", f"{path}?dc_id={cloud_id}&limit=%202%20&offset=%0A%20%201%0D%0A")
        assert len(odd.data) == 2
        assert odd.data == plain.data

    def test_one_of_query_and_filter_filters_nothing(self, api: Api, cloud_id: str, path: str) -> None:
        plain = api.viewer.get(path, dc_id=cloud_id)
        name = "nova_name" if path == NOVA else "host"
        assert api.viewer.get(path, dc_id=cloud_id, query=name).data == plain.data
        assert api.viewer.get(path, dc_id=cloud_id, filter="compute1").data == plain.data

    def test_pages_join_to_the_whole_list(self, api: Api, cloud_id: str, path: str) -> None:
        for query in ({}, {"order": "asc"}, {"sort": "vcpu" if path == NOVA else "vm_num"}):
            whole = api.viewer.get(path, dc_id=cloud_id, limit=1000, **query)
            joined = []
            for offset in range(0, whole.body["total"] + 3, 3):
                page = api.viewer.get(path, dc_id=cloud_id, limit=3, offset=offset, **query)
                assert page.body["total"] == whole.body["total"]
                joined += page.data
            assert joined == whole.data
        assert api.viewer.get(path, dc_id=cloud_id, offset=1_000_000_000).data == []


class TestNovaData:
    def test_the_default_is_the_newest_ten(self, api: Api, cloud_id: str) -> None:
        reply = api.viewer.get(NOVA, dc_id=cloud_id)
        assert reply.body["total"] == len(p.ALL_IDS)
        newest = [*reversed(p.FILLER_IDS), p.CRASHED, p.UNSCHEDULED]
        assert [vm["nova_uuid"] for vm in reply.data] == newest

    def test_ties_and_unknown_times(self, api: Api, cloud_id: str) -> None:
        # 2 and 3 were created in the same second: by id; 5 has no time: before every known one.
        last = [p.CRASHED, p.UNSCHEDULED, p.CHINESE, p.MME_PERCENT, p.MME, p.UNKNOWN_FLAVOR]
        newest_first = [*reversed(p.FILLER_IDS), *last]
        assert vms(api, cloud_id) == newest_first
        assert vms(api, cloud_id, sort="time", order="desc") == newest_first
        assert vms(api, cloud_id, order="asc") == newest_first[::-1]

    @pytest.mark.parametrize("sort", ["memory", "disk", "vcpu"])
    def test_sorting_by_the_flavor(self, api: Api, cloud_id: str, sort: str) -> None:
        found = api.viewer.get(NOVA, dc_id=cloud_id, sort=sort, limit=100).data
        values = [vm[f"flavor_{sort}"] for vm in found]
        assert values[0] == {"memory": 16384, "disk": 40, "vcpu": 8}[sort]
        assert values == sorted(values, key=lambda v: -1 if v is None else v, reverse=True)
        assert [vm["nova_uuid"] for vm in found][:2] == [p.MME_PERCENT, p.MME]  # a tie: by id
        assert found[-1]["nova_uuid"] == p.UNKNOWN_FLAVOR
        assert vms(api, cloud_id, sort=sort, order="asc") == [vm["nova_uuid"] for vm in found][::-1]

    def test_a_vm_with_everything(self, api: Api, cloud_id: str) -> None:
        reply = api.viewer.get(NOVA, dc_id=cloud_id, query="nova_name", filter="vMME_01")
        (vm,) = reply.data
        assert vm == {
            "created_time": p.T0 + 10,
            "dc_id": cloud_id,
            "flavor_disk": 40,
            "flavor_memory": 16384,
            "flavor_vcpu": 8,
            "flavor_name": "m1.large",
            "host": "compute1.site.example",
            "host_status": "UP",
            "availability_zone": "vepc_cp",
            "instance_name": "instance-00000001",
            "networks": [
                {"id": p.OAM, "ip": "192.0.2.11", "name": "oam_net"},
                {"id": p.OAM, "ip": "2001:db8::11", "name": "oam_net"},
                {"id": p.BEARER, "ip": "198.51.100.11", "name": "承载%网"},
                {"id": p.OAM, "ip": p.FLOATING_IP, "name": "oam_net"},  # neutron has it elsewhere, nova shows it
            ],
            "nova_name": "vMME_01",
            "nova_power_state": "Running",
            "nova_status": "ACTIVE",
            "nova_task_state": None,
            "nova_uuid": p.MME,
            "tenant": "核心网租户",
            "tenant_id": p.CORE,
            "updated_time": p.T0 + 15,
            "volume": [
                {
                    "id": p.BOOT_VOLUME,
                    "volume_name": "boot_vol",
                    "volume_type": "ceph_ssd",
                    "volume_status": "in-use",
                    "volume_size": 100,
                    "volume_bootable": True,
                },
                {
                    "id": p.SHARED_VOLUME,
                    "volume_name": "shared%data",
                    "volume_type": "pool_1",
                    "volume_status": "in-use",
                    "volume_size": 40,
                    "volume_bootable": False,
                },
            ],
        }

    def test_nothing_vanishes(self, api: Api, cloud_id: str) -> None:
        found = {vm["nova_uuid"]: vm for vm in api.viewer.get(NOVA, dc_id=cloud_id, limit=100).data}
        assert sorted(found) == sorted(p.ALL_IDS)
        unscheduled = found[p.UNSCHEDULED]
        assert (unscheduled["host"], unscheduled["instance_name"]) == (None, None)
        unknown = found[p.UNKNOWN_FLAVOR]
        keys = ("flavor_vcpu", "flavor_memory", "flavor_disk", "created_time", "tenant")
        assert [unknown[key] for key in keys] == [None] * 5
        assert unknown["tenant_id"] == p.GHOST
        assert (found[p.CRASHED]["tenant"], found[p.CRASHED]["tenant_id"]) == (None, None)
        assert found[p.CRASHED]["flavor_disk"] == 0  # known, and none
        states = {vm["nova_power_state"] for vm in found.values()}
        assert states == {"Running", "Paused", "Shutdown", "NoState", "Suspended", "Crashed"}

    def test_a_volume_of_two_vms_is_shown_at_both(self, api: Api, cloud_id: str) -> None:
        found = {vm["nova_uuid"]: vm for vm in api.viewer.get(NOVA, dc_id=cloud_id, limit=100).data}
        assert [v["id"] for v in found[p.MME_PERCENT]["volume"]] == [p.SHARED_VOLUME]
        assert found[p.CRASHED]["volume"] == []

    def test_networks_that_one_service_alone_knows(self, api: Api, cloud_id: str) -> None:
        found = {vm["nova_uuid"]: vm for vm in api.viewer.get(NOVA, dc_id=cloud_id, limit=100).data}
        assert found[p.MME_PERCENT]["networks"] == [{"id": None, "ip": "192.0.2.12", "name": "oam_net"}]
        assert found[p.CHINESE]["networks"] == [{"id": p.GONE_NETWORK, "ip": "198.51.100.13", "name": None}]

    @pytest.mark.parametrize(
        ("query", "needle", "expected"),
        [
            # names: contains, case-insensitive, % and _ are plain characters
            ("nova_name", "vmme", [p.MME, p.MME_PERCENT, p.UNSCHEDULED]),
            ("nova_name", "VMME_", [p.MME]),
            ("nova_name", "mme%", [p.MME_PERCENT]),
            ("nova_name", "%", [p.MME_PERCENT]),
            ("nova_name", "_", [p.MME]),
            ("nova_name", "机-", [p.CHINESE]),
            ("nova_name", "STRASSE", [p.UNKNOWN_FLAVOR]),
            ("nova_name", "straße", [p.UNKNOWN_FLAVOR]),
            ("nova_name", " crashed.vm ", [p.CRASHED]),
            ("nova_name", "crashedXvm", []),
            ("nova_name", "*", []),
            ("nova_name", "' OR '1'='1", []),
            ("nova_name", "\\", []),
            ("nova_status", "ERROR", [p.UNSCHEDULED]),
            ("nova_status", "error", [p.UNSCHEDULED]),
            ("nova_status", "pau", [p.MME_PERCENT]),
            ("nova_status", "Running", []),  # that is a power state
            ("nova_host", "compute1.site.example", [p.MME, p.MME_PERCENT]),
            ("nova_host", "COMPUTE3", [p.UNKNOWN_FLAVOR]),
            ("nova_host", "compute_", []),
            ("nova_tenant", "核心", [p.MME, p.MME_PERCENT]),
            ("nova_tenant", "100%_t", [p.CHINESE]),
            ("nova_tenant", "%", [p.CHINESE]),
            ("nova_tenant", p.CORE, [p.MME, p.MME_PERCENT]),  # an id: equals
            ("nova_tenant", p.CORE[:10], []),
            ("nova_tenant", p.GHOST, [p.UNKNOWN_FLAVOR]),
            ("nova_tenant", "ω", []),  # a tenant without VMs
            ("stack_id", p.STACK, [p.MME, p.MME_PERCENT]),  # the second is in a nested stack
            ("stack_id", p.CHINESE_STACK, [p.CHINESE]),
            ("stack_id", p.EMPTY_STACK, []),
            ("stack_id", p.STACK[:8], []),
            ("stack_id", "vepc-stack", []),
        ],
    )
    def test_filters(self, api: Api, cloud_id: str, query: str, needle: str, expected: list[str]) -> None:
        assert sorted(vms(api, cloud_id, query=query, filter=needle)) == expected

    def test_filter_sort_and_page_together(self, api: Api, cloud_id: str) -> None:
        query = {"query": "nova_tenant", "filter": "VEPC", "sort": "time", "order": "asc", "limit": 3, "offset": 1}
        reply = api.viewer.get(NOVA, dc_id=cloud_id, **query)
        assert reply.body["total"] == 1 + p.FILLERS
        assert [vm["nova_uuid"] for vm in reply.data] == p.FILLER_IDS[:3]

    def test_the_documents_own_template(self, api: Api, cloud_id: str) -> None:
        url = f"{NOVA}?dc_id={cloud_id}&query=&filter=&sort=&order=&limit=20&offset= \n&_t=1608533544000"
        reply = api.viewer.request("GET", url.replace(" ", "%20").replace("\n", "%0A"))
        assert len(reply.data) == len(p.ALL_IDS)


class TestConfigData:
    def test_root_stacks_of_every_state_and_tenants(self, api: Api, cloud_id: str) -> None:
        (found,) = api.viewer.get(CONFIG, dc_id=cloud_id).data
        stacks = [("empty", "DELETE_FAILED"), ("vepc-stack", "CREATE_COMPLETE"), ("更新栈", "UPDATE_FAILED")]
        assert [(s["stack_name"], s["stack_status"]) for s in found["stack"]] == stacks
        assert [s["stack_id"] for s in found["stack"]] == [p.EMPTY_STACK, p.STACK, p.CHINESE_STACK]
        tenants = [("100%_Tenant", p.PERCENT), ("vEPC_Prod", p.VEPC), ("Ωmega", p.BARE), ("核心网租户", p.CORE)]
        assert [(t["tenant_name"], t["tenant_id"]) for t in found["tenant"]] == tenants

    def test_every_choice_can_be_filtered_by(self, api: Api, cloud_id: str) -> None:
        (found,) = api.viewer.get(CONFIG, dc_id=cloud_id).data
        sizes = {
            s["stack_name"]: len(vms(api, cloud_id, query="stack_id", filter=s["stack_id"])) for s in found["stack"]
        }
        assert sizes == {"empty": 0, "vepc-stack": 2, "更新栈": 1}
        for tenant in found["tenant"]:
            by_name = vms(api, cloud_id, query="nova_tenant", filter=tenant["tenant_name"])
            assert by_name == vms(api, cloud_id, query="nova_tenant", filter=tenant["tenant_id"])

    def test_nothing_collected(self, api: Api, empty_id: str) -> None:
        assert api.viewer.get(CONFIG, dc_id=empty_id).data == [{"stack": [], "tenant": []}]


class TestHostData:
    def test_a_host_with_everything(self, api: Api, cloud_id: str) -> None:
        reply = api.viewer.get(HOST, dc_id=cloud_id, query="host", filter="compute1")
        (host,) = reply.data
        assert host == {
            "availability_zone": "vepc_cp",
            "dc_id": cloud_id,
            "host": "compute1.site.example",
            "host_aggregate": "vepc_cp, 高性能",
            "host_aggregates": ["vepc_cp", "高性能"],
            "id": "101",
            "probed_at": None,
            "probe_reason": None,
            "state": "up",
            "status": "enabled",
            "disabled_reason": None,
            "timestamp": reply.body["parts"]["compute_services"]["collected_at"],
            "update_at": p.T0 + 100,
            "vm_info": [
                {
                    "id": p.MME_PERCENT,
                    "name": "vMME%02",
                    "status": "PAUSED",
                    "tenant_id": p.CORE,
                    "tenant_name": "核心网租户",
                },
                {
                    "id": p.MME,
                    "name": "vMME_01",
                    "status": "ACTIVE",
                    "tenant_id": p.CORE,
                    "tenant_name": "核心网租户",
                },
            ],
            "vm_num": 2,
        }

    def test_nothing_vanishes(self, api: Api, cloud_id: str) -> None:
        found = {host["id"]: host for host in api.viewer.get(HOST, dc_id=cloud_id).data}
        assert {id_: host["vm_num"] for id_, host in found.items()} == {
            "101": 2,
            "102": 2 + p.FILLERS,
            "103": 1,
            "104": 0,
            "105": 0,
        }
        assert all(len(host["vm_info"]) == host["vm_num"] for host in found.values())
        assert (found["104"]["update_at"], found["104"]["disabled_reason"]) == (None, "维护中")
        assert (found["105"]["availability_zone"], found["105"]["host_aggregate"]) == (None, "")
        (ghost,) = found["103"]["vm_info"]
        assert (ghost["tenant_id"], ghost["tenant_name"]) == (p.GHOST, None)

    def test_order(self, api: Api, cloud_id: str) -> None:
        # 101 and 102 were heard of in the same second: by name; 104 never was.
        newest_first = ["105", "102", "101", "103", "104"]
        assert hosts(api, cloud_id) == newest_first
        assert hosts(api, cloud_id, sort="update_time", order="desc") == newest_first
        assert hosts(api, cloud_id, order="asc") == newest_first[::-1]
        assert hosts(api, cloud_id, sort="vm_num") == ["102", "101", "103", "104", "105"]
        assert hosts(api, cloud_id, sort="vm_num", order="asc") == ["105", "104", "103", "101", "102"]

    @pytest.mark.parametrize(
        ("query", "needle", "expected"),
        [
            # the host's name: contains; all others: equals
            ("host", "compute", ["101", "102", "103", "104", "105"]),
            ("host", "COMPUTE1", ["101"]),
            ("host", "compute_", ["105"]),
            ("host", "%", []),
            ("host_aggregate", "vepc_cp", ["101", "102"]),
            ("host_aggregate", "高性能", ["101"]),  # a host's second aggregate finds it too
            ("host_aggregate", "50%_pinned", ["102"]),
            ("host_aggregate", "50%", []),
            ("host_aggregate", "vepc", []),
            ("host_aggregate", "empty", []),
            ("host_aggregate", "vepc_cp, 高性能", []),
            ("availability_zone", "vepc_cp", ["101", "102"]),
            ("availability_zone", "nova", ["104"]),
            ("availability_zone", "vepc", []),
            ("state", "up", ["101", "102", "104"]),
            ("state", "down", ["103", "105"]),
            ("state", "u", []),
        ],
    )
    def test_filters(self, api: Api, cloud_id: str, query: str, needle: str, expected: list[str]) -> None:
        assert sorted(hosts(api, cloud_id, query=query, filter=needle)) == expected

    def test_the_default_is_ten(self, api: Api) -> None:
        dc_id = api.add_offline()
        p.take_in_picture(api.services.database, dc_id, extra_hosts=7)
        reply = api.viewer.get(HOST, dc_id=dc_id)
        assert (len(reply.data), reply.body["total"]) == (10, 12)


class TestHostConfigData:
    def test_zones_and_aggregates(self, api: Api, cloud_id: str) -> None:
        (found,) = api.viewer.get(HOST_CONFIG, dc_id=cloud_id).data
        assert found == {
            "host_az": [{"availability_zone": zone} for zone in ("edge", "vepc_cp", "vepc_up")],
            "host_ha": [{"aggregate_name": name} for name in ("50%_pinned", "empty", "vepc_cp", "vepc_up", "高性能")],
        }

    def test_nothing_collected(self, api: Api, empty_id: str) -> None:
        assert api.viewer.get(HOST_CONFIG, dc_id=empty_id).data == [{"host_az": [], "host_ha": []}]


def test_one_data_center_never_shows_anothers(api: Api, cloud_id: str) -> None:
    other = api.add_offline()
    p.take_in_picture(api.services.database, other)
    for path in LISTS:
        assert {item["dc_id"] for item in api.viewer.get(path, dc_id=other, limit=100).data} == {other}
    assert len(vms(api, cloud_id)) == len(p.ALL_IDS)
