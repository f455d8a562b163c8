"""connect_status and data_center/host_key, against a real SSH server."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.collection.fakes import PASSWORD, open_lcm
from tests.contract.api import DC, Api, StartApi
from tests.contract.document import ERICIC
from tests.contract.recorder import refused

from optimus_simcloud import RunningCloud

CONNECT, HOST_KEY = f"{ERICIC}/connect_status", f"{DC}/host_key"
NO_ID = "0" * 32
GOOD = {"data": True, "message": None, "reason": None}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningCloud]:
    with RunningCloud(hosts=2, vms=4, frozen=True) as cloud:
        yield cloud


@pytest.fixture
def cloud(running: RunningCloud) -> Iterator[RunningCloud]:
    yield running
    running.faults.clear()


@pytest.fixture
def hasty(start_api: StartApi) -> Api:
    """A server that waits half a second for an LCM."""
    return start_api(connect_timeout_seconds=0.5)


def login_of(cloud: RunningCloud) -> dict[str, str]:
    return {key: cloud.registration()[key] for key in ("lcm_ip", "lcm_user", "lcm_pwd")}


def registered(api: Api, cloud: RunningCloud, **changes: Any) -> str:
    return api.add_online(**(login_of(cloud) | {"openstackrc_dir": cloud.openstackrc_path} | changes))


def outcome(body: dict[str, Any]) -> dict[str, Any]:
    return {key: body[key] for key in GOOD}


def bad(message: str, reason: str | None = None) -> dict[str, Any]:
    return {"data": False, "message": message, "reason": reason}


@contextmanager
def closed_port() -> Iterator[int]:
    with socket.socket() as taken:  # bound, so that nobody else gets it; nobody listens
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def lcm_without_a_shell() -> Iterator[int]:
    """An SSH server that lets people in and then refuses to run anything for them."""
    ports: list[int] = []
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with open_lcm() as lcm:
            lcm.allows_commands = False
            ports.append(lcm.port)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield ports[0]
    finally:
        over.set()
        thread.join(20)


class TestGet:
    def test_wrong_cases(self, api: Api) -> None:
        refused(api.viewer.get(CONNECT), 400, "cid", field="cid")
        refused(api.viewer.get(CONNECT, cid=NO_ID), 404, NO_ID)
        refused(api.viewer.get(CONNECT, cid="x" * 256), 422, field="cid")
        refused(api.viewer.get(CONNECT, cid="a\x00"), 422, field="cid")
        refused(api.viewer.get(CONNECT, cid=api.add_offline()), 409, "offline")

    def test_the_first_contact_pins_the_host_key(self, api: Api, cloud: RunningCloud) -> None:
        dc_id = registered(api, cloud)
        assert api.viewer.get(DC, id=dc_id).data["host_key_fingerprint"] is None
        reply = api.viewer.get(CONNECT, cid=dc_id)
        assert outcome(reply.body) == GOOD
        item = api.viewer.get(DC, id=dc_id).data
        assert item["host_key_fingerprint"] == reply.body["host_key_fingerprint"]
        assert item["host_key_pinned_at"] >= item["created_at"]
        assert api.sql("SELECT host_key FROM data_center WHERE id = :id", id=dc_id) == [(cloud.host_key,)]
        assert outcome(api.viewer.get(CONNECT, cid=dc_id).body) == GOOD

    def test_a_refused_login(self, api: Api, cloud: RunningCloud) -> None:
        dc_id = registered(api, cloud)
        cloud.faults.set("refuse_login")
        assert outcome(api.viewer.get(CONNECT, cid=dc_id).body) == bad("Authentication failed")
        cloud.faults.clear()
        assert outcome(api.viewer.get(CONNECT, cid=dc_id).body) == GOOD

    def test_a_wrong_stored_password_and_its_correction(self, api: Api, cloud: RunningCloud) -> None:
        dc_id = registered(api, cloud, lcm_pwd="not this one")
        assert outcome(api.viewer.get(CONNECT, cid=dc_id).body) == bad("Authentication failed")
        api.operator.put(DC, {"id": dc_id, "lcm_pwd": cloud.lcm_password})
        assert outcome(api.viewer.get(CONNECT, cid=dc_id).body) == GOOD

    def test_a_closed_port(self, api: Api) -> None:
        with closed_port() as port:
            dc_id = api.add_online(lcm_ip=f"127.0.0.1:{port}")
            assert outcome(api.viewer.get(CONNECT, cid=dc_id).body) == bad("unable to connect to the host")

    def test_no_answer_in_time(self, hasty: Api, cloud: RunningCloud) -> None:
        dc_id = registered(hasty, cloud)
        cloud.faults.set("hang_banner")
        assert outcome(hasty.viewer.get(CONNECT, cid=dc_id).body) == bad("unable to reach the host")

    def test_an_unknown_name(self, hasty: Api) -> None:
        dc_id = hasty.add_online(lcm_ip="no-such-lcm.invalid")
        assert outcome(hasty.viewer.get(CONNECT, cid=dc_id).body) == bad("unable to reach the host")

    def test_an_lcm_that_runs_nothing(self, api: Api) -> None:
        with lcm_without_a_shell() as port:
            dc_id = api.add_online(lcm_ip=f"127.0.0.1:{port}", lcm_pwd=PASSWORD)
            assert outcome(api.viewer.get(CONNECT, cid=dc_id).body) == bad("Permission denied")

    def test_a_changed_host_key(self, api: Api, cloud: RunningCloud) -> None:
        dc_id = registered(api, cloud)
        first = api.viewer.get(CONNECT, cid=dc_id).body["host_key_fingerprint"]
        cloud.faults.set("changed_host_key")
        changed = api.viewer.get(CONNECT, cid=dc_id).body
        assert outcome(changed) == bad("unable to connect to the host", "host_key_changed")
        shown = changed["host_key_fingerprint"]
        assert shown.startswith("SHA256:")
        assert shown != first
        assert api.viewer.get(DC, id=dc_id).data["host_key_fingerprint"] == first  # not pinned by itself

        mismatch = api.operator.post(HOST_KEY, {"id": dc_id, "fingerprint": first})
        assert refused(mismatch, 409, shown).body["host_key_fingerprint"] == shown
        refused(api.viewer.post(HOST_KEY, {"id": dc_id, "fingerprint": shown}), 403)
        assert api.operator.post(HOST_KEY, {"id": dc_id, "fingerprint": shown}).body["message"]
        assert api.viewer.get(DC, id=dc_id).data["host_key_fingerprint"] == shown
        assert outcome(api.viewer.get(CONNECT, cid=dc_id).body) == GOOD

        cloud.faults.clear()
        assert api.viewer.get(CONNECT, cid=dc_id).body["reason"] == "host_key_changed"


class TestHostKey:
    def test_an_lcm_that_does_not_answer(self, hasty: Api, cloud: RunningCloud) -> None:
        dc_id = registered(hasty, cloud)
        cloud.faults.set("hang_banner")
        refused(hasty.operator.post(HOST_KEY, {"id": dc_id, "fingerprint": "SHA256:" + "A" * 43}), 504)

    def test_an_lcm_that_refuses(self, api: Api) -> None:
        with closed_port() as port:
            dc_id = api.add_online(lcm_ip=f"127.0.0.1:{port}")
            refused(api.operator.post(HOST_KEY, {"id": dc_id, "fingerprint": "SHA256:" + "A" * 43}), 502)

    def test_trusting_before_the_first_contact(self, api: Api, cloud: RunningCloud) -> None:
        dc_id = registered(api, cloud)
        shown = api.operator.post(CONNECT, login_of(cloud)).body["host_key_fingerprint"]
        # ssh-keygen pads nothing; some tools do
        assert api.operator.post(HOST_KEY, {"id": dc_id, "fingerprint": shown + "="}).status == 200
        assert api.viewer.get(DC, id=dc_id).data["host_key_fingerprint"] == shown


class TestPost:
    @pytest.mark.parametrize("field", ["lcm_ip", "lcm_user", "lcm_pwd"])
    def test_missing_keys_are_named(self, api: Api, cloud: RunningCloud, field: str) -> None:
        body = login_of(cloud)
        del body[field]
        refused(api.operator.post(CONNECT, body), 400, field, field=field)
        refused(api.operator.post(CONNECT), 400)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"lcm_ip": ""},
            {"lcm_ip": "a b"},
            {"lcm_ip": 7},
            {"lcm_ip": ["127.0.0.1"]},
            {"lcm_ip": "127.0.0.1:99999"},
            {"lcm_ip": "$(id)"},
            {"lcm_ip": "x" * 256},
            {"lcm_user": ""},
            {"lcm_user": "  "},
            {"lcm_user": "a\x00"},
            {"lcm_user": {"a": 1}},
            {"lcm_pwd": ""},
            {"lcm_pwd": 7},
            {"lcm_pwd": "a\x00b"},
            {"lcm_pwd": "x" * 1025},
        ],
    )
    def test_values_that_cannot_be_taken(self, api: Api, cloud: RunningCloud, wrong: dict[str, Any]) -> None:
        (field,) = wrong
        refused(api.operator.post(CONNECT, login_of(cloud) | wrong), 422, field, field=field)

    def test_success_stores_nothing(self, api: Api, cloud: RunningCloud) -> None:
        before = api.viewer.get(DC).data
        reply = api.operator.post(CONNECT, login_of(cloud) | {"_t": 1})
        assert outcome(reply.body) == GOOD
        assert reply.body["host_key_fingerprint"].startswith("SHA256:")
        assert api.viewer.get(DC).data == before

    def test_wrong_password_and_wrong_user(self, api: Api, cloud: RunningCloud) -> None:
        for wrong in ({"lcm_pwd": "wrong"}, {"lcm_user": "nobody"}, {"lcm_pwd": "密码 "}, {"lcm_user": "$(id)"}):
            reply = api.operator.post(CONNECT, login_of(cloud) | wrong)
            assert outcome(reply.body) == bad("Authentication failed"), wrong

    def test_a_closed_port(self, api: Api, cloud: RunningCloud) -> None:
        with closed_port() as port:
            reply = api.operator.post(CONNECT, login_of(cloud) | {"lcm_ip": f"127.0.0.1:{port}"})
        assert outcome(reply.body) == bad("unable to connect to the host")

    def test_something_that_is_no_ssh(self, api: Api, cloud: RunningCloud) -> None:
        reply = api.operator.post(CONNECT, login_of(cloud) | {"lcm_ip": f"127.0.0.1:{cloud.api_port}"})
        assert reply.data is False
        assert reply.body["message"] in {"unable to connect to the host", "unable to reach the host"}

    def test_no_answer_in_time(self, hasty: Api, cloud: RunningCloud) -> None:
        cloud.faults.set("hang_banner")
        assert outcome(hasty.operator.post(CONNECT, login_of(cloud)).body) == bad("unable to reach the host")

    def test_an_lcm_that_runs_nothing(self, api: Api) -> None:
        with lcm_without_a_shell() as port:
            body = {"lcm_ip": f"127.0.0.1:{port}", "lcm_user": "lcm", "lcm_pwd": PASSWORD}
            assert outcome(api.operator.post(CONNECT, body).body) == bad("Permission denied")
