"""Logging in to the real LCM, the answers' ages, and that no password is told."""

import pytest
from tests.live.lab import LabSettings, Lcm
from tests.live.site import ERICIC, Serving, Site

pytestmark = pytest.mark.live


def test_the_registered_lcm_lets_us_in(site: Site) -> None:
    body = site.get("connect_status", cid=site.dc_id)
    assert (body["data"], body["message"]) == (True, None)


def test_log_in_with_given_values(site: Site, lab: LabSettings) -> None:
    values = {"lcm_ip": lab.lcm, "lcm_user": lab.user, "lcm_pwd": lab.password}
    right = site.client.post(f"{ERICIC}/connect_status", values).body
    assert (right["data"], right["message"]) == (True, None)
    wrong = site.client.post(f"{ERICIC}/connect_status", values | {"lcm_pwd": f"not-{lab.password}"}).body
    assert (wrong["status"], wrong["data"], wrong["message"]) == (True, False, "Authentication failed")
    nobody = site.client.post(f"{ERICIC}/connect_status", values | {"lcm_ip": "127.0.0.1:1"}).body
    assert (nobody["data"], nobody["message"]) == (False, "unable to connect to the host")


def test_the_first_contact_pinned_the_host_key(site: Site, lcm: Lcm) -> None:
    found = site.get("data_center", id=site.dc_id)["data"]["host_key_fingerprint"]
    assert found == lcm.host_key_fingerprint()


def test_every_part_is_fresh(site: Site) -> None:
    asked = [
        site.get("nova_data", dc_id=site.dc_id),
        site.get("host_data", dc_id=site.dc_id),
        site.get("host_config_data", dc_id=site.dc_id),
        site.get("infrastructure", cid=site.dc_id),
        site.get("config_data", dc_id=site.dc_id),
    ]
    for body in asked:
        states = {name: part["state"] for name, part in body["parts"].items()}
        assert set(states.values()) == {"fresh"}, states
        assert body["collected_at"] >= min(run["timestamp"] for run in site.first_runs.values())


def test_no_password_is_told(site: Site, server_process: Serving, lab: LabSettings, lcm: Lcm) -> None:
    """Neither the LCM's nor the cloud's, in answers, history and log."""
    cloud_password = lcm.run(f'. {lab.rc_path} && printf %s "$OS_PASSWORD"')
    told = [
        server_process.log.read_text(),
        site.client.get(f"{ERICIC}/data_center").content.decode(),
        str(site.history()),
    ]
    for text in told:
        assert lab.password not in text
        assert cloud_password not in text
