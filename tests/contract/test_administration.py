"""about, settings, users, audit."""

from typing import Any

import pytest
from tests.contract.api import DC, Api, StartApi, unique
from tests.contract.document import SYSTEM
from tests.contract.recorder import refused
from tests.support.server import SECRET

from optimus import __version__
from optimus.facts.roles import Role
from optimus.installation import endpoints
from optimus.settings import Settings

ABOUT, SETTINGS, USERS, AUDIT, ME = (f"{SYSTEM}/{name}" for name in ("about", "settings", "users", "audit", "me"))
PASSWORD = "a long enough password"


class TestInstallation:
    def test_about(self, start_api: StartApi) -> None:
        api = start_api(registration="closed", time_zone="Asia/Shanghai")
        assert api.anonymous.get(ABOUT).data == {
            "version": __version__,
            "registration": "closed",
            "time_zone": "Asia/Shanghai",
        }

    def test_every_setting_and_no_secret(self, api: Api) -> None:
        reply = api.admin.get(SETTINGS)
        found = {s["name"]: s for s in reply.data}
        assert set(found) == {f"OPTIMUS_{name.upper()}" for name in Settings.model_fields}
        assert found["OPTIMUS_SECRET_KEY"]["value"] == "(set)"
        assert found["OPTIMUS_SECRET_KEY_PREVIOUS"]["value"] == "(not set)"
        assert found["OPTIMUS_REGISTRATION"] == {
            "name": "OPTIMUS_REGISTRATION",
            "value": "open",
            "is_default": True,
            "description": Settings.model_fields["registration"].description,
        }
        assert SECRET not in reply.content.decode()

    @pytest.mark.parametrize("place", ["//me:canary@db.example/optimus", "//me@db.example/optimus?password=canary"])
    def test_a_database_url_comes_without_its_password(self, place: str) -> None:
        shown = endpoints._shown("database_url", f"postgresql:{place}")
        assert "canary" not in shown
        assert "db.example/optimus" in shown


class TestUsers:
    def test_an_administrator_makes_changes_and_deletes(self, api: Api) -> None:
        name = unique("User")
        made = api.admin.post(USERS, {"name": name, "password": PASSWORD, "role": "viewer"}).data
        token = api.log_in(name.upper())["access_token"]
        item = next(u for u in api.admin.get(USERS).data if u["id"] == made)
        assert (item["name"], item["role"], item["sessions"]) == (name, "viewer", 1)
        assert item["last_seen"] >= item["created_at"]
        refused(api.anonymous.as_user(token).post(DC, {"name": "x"}), 403)
        assert api.admin.put(USERS, {"id": made, "role": "operator"}).status == 200
        assert api.anonymous.as_user(token).get(ME).data["role"] == "operator"
        assert api.admin.put(USERS, {"id": made, "password": "another long password"}).status == 200
        refused(api.anonymous.as_user(token).get(ME), 401)
        token = api.log_in(name, "another long password")["access_token"]
        assert api.admin.delete(USERS, {"id": made}).data == made
        refused(api.anonymous.as_user(token).get(ME), 401)
        assert made not in [u["id"] for u in api.admin.get(USERS).data]

    def test_without_a_role_it_is_an_operator(self, api: Api) -> None:
        made = api.admin.post(USERS, {"name": unique(), "password": PASSWORD}).data
        assert next(u["role"] for u in api.admin.get(USERS).data if u["id"] == made) == "operator"

    @pytest.mark.parametrize(
        ("body", "status", "field"),
        [
            ({"name": "n"}, 400, "password"),
            ({"password": PASSWORD}, 400, "name"),
            ({"name": "n", "password": "short"}, 422, "password"),
            ({"name": "n", "password": PASSWORD, "role": "king"}, 422, "role"),
        ],
    )
    def test_users_that_cannot_be_made(self, api: Api, body: dict[str, Any], status: int, field: str) -> None:
        refused(api.admin.post(USERS, body), status, field=field)

    def test_other_wrong_cases(self, api: Api) -> None:
        name = unique()
        made = api.admin.post(USERS, {"name": name, "password": PASSWORD}).data
        refused(api.admin.post(USERS, {"name": name.upper(), "password": PASSWORD}), 409, "taken")
        refused(api.admin.put(USERS, {"id": made}), 400, field="role")
        refused(api.admin.put(USERS, {"id": made, "role": "king"}), 422, field="role")
        refused(api.admin.put(USERS, {"id": made, "password": "short"}), 422, field="password")
        refused(api.admin.put(USERS, {"id": "0" * 32, "role": "viewer"}), 404, "0" * 32)
        refused(api.admin.delete(USERS), 400, field="id")
        refused(api.admin.delete(USERS, id="x" * 256), 422)
        refused(api.admin.delete(USERS, id="0" * 32), 404, "0" * 32)

    def test_the_last_administrator_stays(self, own_api: Api) -> None:
        admin = own_api.admin
        mine = admin.get(ME).data["id"]
        refused(admin.put(USERS, {"id": mine, "role": "operator"}), 409, "only administrator")
        refused(admin.delete(USERS, id=mine), 409, "only administrator")
        other = admin.post(USERS, {"name": "other", "password": PASSWORD, "role": "admin"}).data
        assert admin.put(USERS, {"id": mine, "role": "operator"}).status == 200
        refused(admin.get(USERS), 403)
        refused(
            own_api.anonymous.as_user(own_api.log_in("other")["access_token"]).delete(USERS, id=other),
            409,
        )


class TestAudit:
    def test_changes_are_listed_newest_first(self, own_api: Api) -> None:
        dc_id = own_api.add_offline("audited")
        refused(own_api.operator.delete(DC, {"id": "0" * 32}), 404)
        found = own_api.admin.get(AUDIT)
        assert found.body["total"] == 2
        newest, oldest = found.data
        assert (newest["action"], newest["outcome"], newest["subject"]) == (f"DELETE {DC}", 404, "0" * 32)
        assert (oldest["action"], oldest["subject"]) == (f"POST {DC}", dc_id)
        assert oldest["user_name"] == f"{Role.OPERATOR.value}-user"
        assert oldest["client_address"] == "127.0.0.1"

    def test_logs_in_and_out_have_their_user(self, own_api: Api) -> None:
        own_api.anonymous.post("/api/v1/sign", {"name": "Anna", "password": PASSWORD})
        tokens = own_api.log_in("anna")
        own_api.anonymous.post("/api/v1/logout", {"refresh_token": tokens["refresh_token"]})
        found = own_api.admin.get(AUDIT, user="anna").data
        told = [(event["action"].rpartition("/")[2], event["user_name"]) for event in found]
        assert told == [("logout", "Anna"), ("login", "Anna"), ("sign", "Anna")]

    def test_filters_and_pages(self, own_api: Api) -> None:
        ids = [own_api.add_offline(f"dc {n}") for n in range(3)]
        read = own_api.admin.get
        assert [e["subject"] for e in read(AUDIT, subject=ids[1]).data] == [ids[1]]
        assert read(AUDIT, user="OPERATOR").body["total"] == 3
        assert read(AUDIT, user="%").body["total"] == 0
        assert read(AUDIT, action="post /api").body["total"] == 3
        assert read(AUDIT, action="delete").data == []
        assert len(read(AUDIT, limit=2).data) == 2
        assert len(read(AUDIT, limit=2, offset=2).data) == 1
        for wrong in ({"limit": 0}, {"offset": -1}, {"user": "x" * 256}):
            refused(read(AUDIT, **wrong), 422, field=next(iter(wrong)))
