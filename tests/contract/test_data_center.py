"""The registry of data centers: get, post, put, delete, host_key, refresh; and what is kept secret."""

import json
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from structlog.testing import capture_logs
from tests.contract.api import DC, ONLINE, Api, unique
from tests.contract.document import SYSTEM
from tests.contract.recorder import refused
from tests.support.pictures import take_in_picture

from optimus.datacenters import store as datacenter_store
from optimus.db.base import Base
from optimus.facts.hosts import HostFacts
from optimus.facts.parts import Task
from optimus.inventory import host_store
from optimus.inventory.queries.host_facts import Sample
from optimus.kit.ids import new_id
from optimus.kit.secrecy import MASK
from optimus.records import service as records
from optimus.records.schemas import Language
from optimus.routes import ROUTES
from optimus.schedules import service as schedules

HOST_KEY, REFRESH_NOW = f"{DC}/host_key", f"{DC}/refresh"
NO_ID = "0" * 32
PLACE = {"country": "中国", "province": "Guǎngdōng", "city": "广州", "cee_version": "drop28"}


class TestPost:
    def test_missing_keys_are_named(self, api: Api) -> None:
        refused(api.operator.post(DC), 400)
        refused(api.operator.post(DC, {}), 400, "name", "required", field="name")
        refused(api.operator.post(DC, {"mode": False, "id": "x"}), 400, "name", field="name")

    @pytest.mark.parametrize("field", ["lcm_ip", "lcm_user", "lcm_pwd", "openstackrc_dir"])
    @pytest.mark.parametrize("absent", [True, False])
    def test_what_an_online_one_must_have(self, api: Api, field: str, absent: bool) -> None:
        name = unique()
        body = {"name": name, **ONLINE, field: ""}
        if absent:
            del body[field]
        refused(api.operator.post(DC, body), 400, field, field=field)
        assert name not in str(api.viewer.get(DC).body)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": ""},
            {"name": "  "},
            {"name": "x" * 256},
            {"name": 7},
            {"name": None},
            {"name": "a\x00b"},
            {"mode": "maybe"},
            {"mode": 2},
            {"mode": []},
            {"country": 7},
            {"city": ["x"]},
            {"province": "x" * 256},
            {"cee_version": {"drop": 28}},
            {"system_name": "a\x07b"},
            {"api_access": "pigeon"},
            {"lcm_user": 1},
            {"lcm_pwd": 12345678},
            {"lcm_pwd": "x" * 1025},
            {"lcm_pwd": MASK},
            {"lcm_ip": "not an address"},
            {"lcm_ip": "300.1.1.1"},
            {"lcm_ip": "192.0.2.1:0"},
            {"lcm_ip": "192.0.2.1:65536"},
            {"lcm_ip": "192.0.2.1:ssh"},
            {"lcm_ip": "[fd00::1"},
            {"lcm_ip": "[fd00::1]22"},
            {"lcm_ip": "fd00::zz"},
            {"lcm_ip": "a b"},
            {"lcm_ip": "-oProxyCommand=id"},
            {"lcm_ip": "host;reboot"},
            {"openstackrc_dir": "relative/openrc"},
            {"openstackrc_dir": "~/openrc"},
            {"openstackrc_dir": "/a\n/b"},
            {"openstackrc_dir": "/" + "x" * 4096},
            {"lcmrc_dir": "$(id)"},
        ],
    )
    def test_values_that_cannot_be_taken(self, api: Api, wrong: dict[str, Any]) -> None:
        (field,) = wrong
        count = len(api.viewer.get(DC).data)
        refused(api.operator.post(DC, {"name": unique(), **ONLINE, **wrong}), 422, field, field=field)
        assert len(api.viewer.get(DC).data) == count

    @pytest.mark.parametrize("field", sorted(set(ONLINE) - {"mode"}))
    def test_an_offline_one_has_no_online_fields(self, api: Api, field: str) -> None:
        body = {"name": unique(), "mode": False, field: ONLINE[field]}
        refused(api.operator.post(DC, body), 422, field, "online", field=field)

    def test_a_name_that_is_taken(self, api: Api) -> None:
        name = unique()
        first = api.add_offline(name)
        refused(api.operator.post(DC, {"name": name}), 409, name)
        refused(api.operator.post(DC, {"name": f" {name} ", **ONLINE}), 409, name)
        assert [d["id"] for d in api.viewer.get(DC).data if d["name"] == name] == [first]

    def test_an_offline_one(self, api: Api) -> None:
        name = unique("离线")
        body = {"id": "mine", "name": name, "mode": False, **PLACE, "lcm_ip": "", "lcm_pwd": "", "_t": 1}
        reply = api.operator.post(DC, body)
        assert reply.status == 200
        assert set(reply.body) == {"status", "code", "data", "message"}
        dc_id = reply.data
        assert len(dc_id) == 32
        assert int(dc_id, 16)
        item = api.viewer.get(DC, id=dc_id).data
        assert item.items() >= {"id": dc_id, "name": name, "mode": False, "lcm_pwd": MASK, **PLACE}.items()
        assert [item[f] for f in ("lcm_ip", "lcm_user", "openstackrc_dir", "lcmrc_dir", "system_name")] == [None] * 5

    def test_mode_absent_is_offline(self, api: Api) -> None:
        assert api.viewer.get(DC, id=api.add_offline()).data["mode"] is False

    def test_an_online_one_is_planned_at_once(self, api: Api) -> None:
        reply = api.operator.post(DC, {"name": unique(), **ONLINE, **PLACE})
        assert set(reply.body) == {"status", "code", "data", "message", "static_job", "dynamic_job"}
        item = api.viewer.get(DC, id=reply.data).data
        assert item.items() >= (ONLINE | PLACE | {"lcm_pwd": MASK}).items()
        for key in ("static_job", "dynamic_job"):
            assert 0 <= reply.body[key] - item["created_at"] <= 2  # at once

    @pytest.mark.parametrize(
        "lcm_ip",
        [
            "192.0.2.7",
            "192.0.2.7:2222",
            "fd00:7070:0:2bd::17",
            "[fd00:7070:0:2bd::17]",
            "[fd00:7070:0:2bd::17]:2222",
            "lcm-1.site.example",
            "lcm_1:22",
            " 192.0.2.7 ",
        ],
    )
    def test_ways_to_write_an_address(self, api: Api, lcm_ip: str) -> None:
        dc_id = api.add_online(lcm_ip=lcm_ip)
        assert api.viewer.get(DC, id=dc_id).data["lcm_ip"] == lcm_ip.strip()


class TestGet:
    def test_wrong_cases(self, api: Api) -> None:
        refused(api.viewer.get(DC, id=NO_ID), 404, NO_ID)
        refused(api.viewer.get(DC, id="x" * 256), 422, field="id")
        refused(api.viewer.get(DC, id="a\x00"), 422, field="id")

    def test_all_by_name_with_their_number(self, own_api: Api) -> None:
        empty = own_api.viewer.get(DC)
        assert empty.body == {"status": True, "code": 200, "data": [], "total": 0}
        ids = [own_api.add_offline("b"), own_api.add_online("a"), own_api.add_offline("一")]
        reply = own_api.viewer.get(DC, id="", _t=1)
        assert reply.body["total"] == 3
        assert [d["id"] for d in reply.data] == [ids[1], ids[0], ids[2]]
        assert own_api.viewer.get(DC, id=ids[0]).data == reply.data[1]

    def test_an_empty_json_body_is_fine(self, api: Api) -> None:
        assert api.viewer.request("GET", DC, json_body={}).status == 200


class TestPut:
    def test_wrong_cases(self, api: Api) -> None:
        refused(api.operator.put(DC), 400)
        refused(api.operator.put(DC, {"city": "x"}), 400, "id", field="id")
        refused(api.operator.put(DC, {"id": NO_ID}), 404, NO_ID)
        for wrong in ("", 7, None, ["x"], "x" * 65, "a\x00"):
            refused(api.operator.put(DC, {"id": wrong}), 422, field="id")

    @pytest.mark.parametrize("online", [True, False])
    def test_name_and_mode_are_fixed(self, api: Api, online: bool) -> None:
        name = unique()
        dc_id = api.add_online(name) if online else api.add_offline(name)
        refused(api.operator.put(DC, {"id": dc_id, "name": "another", "city": "x"}), 400, "name")
        refused(api.operator.put(DC, {"id": dc_id, "mode": not online, "city": "x"}), 400, "mode")
        assert api.viewer.get(DC, id=dc_id).data["city"] is None
        assert api.operator.put(DC, {"id": dc_id, "name": name, "mode": online, "city": "x"}).status == 200
        assert api.viewer.get(DC, id=dc_id).data.items() >= {"name": name, "mode": online, "city": "x"}.items()

    def test_online_fields_of_an_offline_one(self, api: Api) -> None:
        dc_id = api.add_offline()
        for field in set(ONLINE) - {"mode"}:
            refused(api.operator.put(DC, {"id": dc_id, field: ONLINE[field]}), 422, field, field=field)
        empty = dict.fromkeys(set(ONLINE) - {"mode"}, "")
        assert api.operator.put(DC, {"id": dc_id, **empty, "lcm_pwd": MASK, **PLACE}).status == 200
        assert api.viewer.get(DC, id=dc_id).data.items() >= PLACE.items()

    def test_what_an_online_one_cannot_lose(self, api: Api) -> None:
        dc_id = api.add_online()
        for field in ("lcm_ip", "lcm_user", "openstackrc_dir"):
            refused(api.operator.put(DC, {"id": dc_id, field: ""}), 422, field, field=field)

    def test_only_what_was_sent_changes(self, api: Api) -> None:
        dc_id = api.add_online(**PLACE)
        before = api.viewer.get(DC, id=dc_id).data
        change = {"city": "深圳", "lcm_user": "other", "lcmrc_dir": ""}
        assert api.operator.put(DC, {"id": dc_id, **change, "_t": 5}).body["message"]
        after = api.viewer.get(DC, id=dc_id).data
        assert {k for k in before if before[k] != after[k]} - {"updated_at"} == set(change)
        assert after.items() >= change.items()

    @pytest.mark.parametrize("sent", [{}, {"lcm_pwd": MASK}, {"lcm_pwd": ""}, {"lcm_pwd": None}])
    def test_a_masked_or_missing_password_keeps_the_stored_one(self, api: Api, sent: dict[str, Any]) -> None:
        dc_id = api.add_online(lcm_pwd="first-password")
        assert api.operator.put(DC, {"id": dc_id, "city": "x", **sent}).status == 200
        assert stored_password(api, dc_id) == "first-password"

    def test_a_new_password(self, api: Api) -> None:
        dc_id = api.add_online()
        assert api.operator.put(DC, {"id": dc_id, "lcm_pwd": "密码 with blanks "}).status == 200
        assert stored_password(api, dc_id) == "密码 with blanks "

    def test_another_address_forgets_the_pinned_host_key(self, api: Api) -> None:
        dc_id = api.add_online()
        key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPLf8VT9XDdLcYmUTZlzEFUM4WXP8d87r89z2Ybka9Zq"
        api.sql("UPDATE data_center SET host_key = :key, host_key_pinned_at = 1 WHERE id = :id", key=key, id=dc_id)
        assert api.operator.put(DC, {"id": dc_id, "lcm_ip": ONLINE["lcm_ip"], "city": "x"}).status == 200
        assert api.viewer.get(DC, id=dc_id).data["host_key_fingerprint"].startswith("SHA256:")
        assert api.operator.put(DC, {"id": dc_id, "lcm_ip": "192.0.2.8"}).status == 200
        item = api.viewer.get(DC, id=dc_id).data
        assert (item["host_key_fingerprint"], item["host_key_pinned_at"]) == (None, None)


def stored_password(api: Api, dc_id: str) -> str:
    ((sealed,),) = api.sql("SELECT lcm_pwd_sealed FROM data_center WHERE id = :id", id=dc_id)
    return api.services.vault.open(sealed, owner=dc_id)


class TestDelete:
    def test_wrong_cases(self, api: Api) -> None:
        refused(api.operator.delete(DC), 400, "id", field="id")
        refused(api.operator.delete(DC, {}), 400, "id", field="id")
        refused(api.operator.delete(DC, {"id": ""}), 400, "id", field="id")
        refused(api.operator.delete(DC, {"id": NO_ID}), 404, NO_ID)
        refused(api.operator.delete(DC, id=NO_ID), 404, NO_ID)
        for wrong in (7, ["x"], "x" * 256, "a\x00"):
            refused(api.operator.delete(DC, {"id": wrong}), 422, field="id")

    @pytest.mark.parametrize("in_body", [True, False])
    def test_by_body_and_by_query(self, api: Api, in_body: bool) -> None:
        dc_id, kept = api.add_online(), api.add_online()
        reply = api.operator.delete(DC, {"id": dc_id}) if in_body else api.operator.delete(DC, id=dc_id)
        assert reply.data == dc_id
        refused(api.viewer.get(DC, id=dc_id), 404)
        refused(api.operator.delete(DC, id=dc_id), 404)
        assert api.viewer.get(DC, id=kept).status == 200

    def test_everything_collected_and_planned_goes_with_it(self, api: Api) -> None:
        gone, kept = filled(api), filled(api)
        tables = [t.name for t in Base.metadata.sorted_tables if "dc_id" in t.c]
        before = {table: rows_of(api, table, kept) for table in tables}
        assert 0 not in before.values(), "a table that the made-up cloud does not fill"
        assert {table: rows_of(api, table, gone) for table in tables} == before
        api.operator.delete(DC, {"id": gone})
        assert {table: rows_of(api, table, gone) for table in tables} == dict.fromkeys(tables, 0)
        assert {table: rows_of(api, table, kept) for table in tables} == before

    def test_the_name_is_free_again(self, api: Api) -> None:
        name = unique()
        api.operator.delete(DC, {"id": api.add_online(name)})
        assert api.add_online(name)


def filled(api: Api) -> str:
    dc_id = api.add_online()
    take_in_picture(api.services.database, dc_id)
    with api.database() as connection:
        for task in Task:
            assert schedules.begin(connection, dc_id=dc_id, dc_name="x", task=task, node_id="test")
        datacenter_store.pin_hosts(connection, dc_id, {"compute1": "ssh-ed25519 AAAA"}, now=1)
        host_store.put(connection, [host_store.record_of(dc_id, HostFacts("compute1", 1), now=1)])
        owner = {"user_id": "u", "dc_id": dc_id, "server_id": "vm"}
        host_store.add_sample(connection, new_id(), Sample("compute1", 1, {}), **owner)
        about = {"name": unique(), "dc_id": dc_id, "dc_name": "x", "created_by": "x"}
        records.ask_for(connection, about, language=Language.ENGLISH, space_mib=100)
    return dc_id


def rows_of(api: Api, table: str, dc_id: str) -> int:
    return int(api.sql(f"SELECT count(*) FROM {table} WHERE dc_id = :id", id=dc_id)[0][0])


class TestRefresh:
    def test_wrong_cases(self, api: Api) -> None:
        refused(api.operator.post(REFRESH_NOW), 400)
        refused(api.operator.post(REFRESH_NOW, {}), 400, "id", field="id")
        refused(api.operator.post(REFRESH_NOW, {"id": 7}), 422, field="id")
        refused(api.operator.post(REFRESH_NOW, {"id": NO_ID}), 404)
        refused(api.operator.post(REFRESH_NOW, {"id": api.add_offline()}), 409, "offline")

    def test_both_tasks_are_due_now(self, api: Api) -> None:
        dc_id = api.add_online()
        api.sql("UPDATE schedule SET next_run_at = 9999999999, forced = false WHERE dc_id = :id", id=dc_id)
        reply = api.operator.post(REFRESH_NOW, {"id": dc_id})
        assert reply.status == 201
        rows = api.sql("SELECT next_run_at FROM schedule WHERE dc_id = :id", id=dc_id)
        assert sorted(rows) == sorted([(reply.body["static_job"],), (reply.body["dynamic_job"],)])


class TestHostKeyBadInput:
    def test_wrong_cases(self, api: Api) -> None:
        some = "SHA256:" + "A" * 43
        refused(api.operator.post(HOST_KEY), 400)
        refused(api.operator.post(HOST_KEY, {"id": NO_ID}), 400, field="fingerprint")
        refused(api.operator.post(HOST_KEY, {"fingerprint": some}), 400, field="id")
        refused(api.operator.post(HOST_KEY, {"id": NO_ID, "fingerprint": "MD5:00"}), 422, field="fingerprint")
        refused(api.operator.post(HOST_KEY, {"id": NO_ID, "fingerprint": some + "\n"}), 422, field="fingerprint")
        refused(api.operator.post(HOST_KEY, {"id": NO_ID, "fingerprint": some}), 404)
        refused(api.operator.post(HOST_KEY, {"id": api.add_offline(), "fingerprint": some}), 409, "offline")


class TestSecrets:
    def test_a_password_shows_nowhere(self, own_api: Api) -> None:
        canary = f"canary{uuid4().hex}"
        client = own_api.operator
        with capture_logs() as logs:
            dc_id = own_api.add_online(lcm_pwd=canary, lcm_ip="127.0.0.1:1")
            take_in_picture(own_api.services.database, dc_id)
            answers = [client.put(DC, {"id": dc_id, "lcm_pwd": f"{canary}-2"})]
            answers += [
                client.post(DC, {"name": "bad", **ONLINE, "lcm_pwd": canary, "lcm_ip": canary + "!"}),
                client.post(DC, {"name": "bad", **ONLINE, "lcm_pwd": [canary]}),
                client.post(DC, {"name": "bad", **ONLINE, "lcm_pwd": canary + "\x00"}),
                client.post(DC, {"name": "bad", "mode": "wrong", "lcm_pwd": canary}),
                client.put(DC, {"id": dc_id, "lcm_pwd": {"a": canary}}),
                client.post("/api/ericic/v1/connect_status", {"lcm_ip": "x y", "lcm_user": "u", "lcm_pwd": canary}),
                client.post(
                    "/api/ericic/v1/connect_status", {"lcm_ip": "127.0.0.1:1", "lcm_user": "u", "lcm_pwd": canary}
                ),
                own_api.anonymous.post(f"{SYSTEM}/login", {"name": canary, "password": [canary]}),
                own_api.anonymous.post(f"{SYSTEM}/sign", {"name": "x", "password": canary * 10}),
            ]
            for route in ROUTES:
                if route.method == "GET":
                    path = route.path.format(cid=dc_id, hid="101", tid="c0" * 16, vid="x", state="up")
                    answers += [client.get(path, id=dc_id, cid=dc_id, dc_id=dc_id), client.get(path, cid=dc_id)]
            answers.append(client.get(DC))
            answers.append(own_api.anonymous.get("/api/ericic/v1/nothing"))
        for reply in answers:
            assert canary not in reply.content.decode(), reply.body
            assert canary not in str(reply.headers)
        assert canary not in json.dumps(logs, default=str)
        for table in Base.metadata.sorted_tables:
            assert canary not in str(own_api.sql(f"SELECT * FROM {table.name}")), table.name
        assert stored_password(own_api, dc_id) == f"{canary}-2"

    def test_a_sealed_password_opens_only_where_it_belongs(self, api: Api) -> None:
        first, second = api.add_online(), api.add_online()
        api.sql(
            "UPDATE data_center SET lcm_pwd_sealed = "
            "(SELECT d.lcm_pwd_sealed FROM data_center d WHERE d.id = :first) WHERE id = :second",
            first=first,
            second=second,
        )
        reply = api.viewer.get("/api/ericic/v1/connect_status", cid=second)
        refused(reply, 503, "decrypted")
        refused(api.operator.post(HOST_KEY, {"id": second, "fingerprint": "SHA256:" + "A" * 43}), 503, "decrypted")


class TestAudit:
    def test_changes_are_noted_and_reads_are_not(self, own_api: Api) -> None:
        client = own_api.operator
        dc_id = own_api.add_offline("noted")
        refused(client.post(DC, {"name": "noted"}), 409)
        client.put(DC, {"id": dc_id, "city": "x"})
        client.get(DC)
        refused(own_api.viewer.delete(DC, {"id": dc_id}), 403)
        client.delete(DC, id=dc_id)
        rows = own_api.sql("SELECT action, outcome, subject, user_name FROM audit_event")
        assert sorted(map(tuple, rows), key=str) == sorted(
            [
                (f"POST {DC}", 200, dc_id, "operator-user"),
                (f"POST {DC}", 409, None, "operator-user"),
                (f"PUT {DC}", 200, dc_id, "operator-user"),
                (f"DELETE {DC}", 200, dc_id, "operator-user"),
            ],
            key=str,
        )


def test_ids_with_metacharacters_are_only_ids(api: Api) -> None:
    before = api.viewer.get(DC).data
    for payload in ("' OR '1'='1", "%", "*", "$(id)", "../../etc/passwd", "%00"):
        refused(api.viewer.get(DC, id=payload), 404)
        refused(api.operator.delete(DC, {"id": payload}), 404)
        refused(api.operator.delete(f"{DC}?id={quote(payload)}"), 404)
    assert api.viewer.get(DC).data == before
