"""An exported record brought into an offline data center: it answers what the first one answers."""

import gzip
import json
from typing import Any
from uuid import uuid4

import pytest
from tests.contract.api import Api, StartApi, unique
from tests.contract.document import ERICIC
from tests.contract.recorder import refused
from tests.contract.test_records import DOWNLOAD, made, plain
from tests.support.client import Reply
from tests.support.pictures import ALL_IDS, CORE
from tests.support.records import ONE, take_in_all

from optimus.errors import DatabaseFull

UPLOAD = f"{ERICIC}/data_center/upload"


@pytest.fixture(scope="module")
def source(api: Api) -> str:
    dc_id = api.add_offline(unique("源"))
    take_in_all(api.services.database, dc_id)
    return dc_id


@pytest.fixture(scope="module")
def exported(api: Api, source: str) -> bytes:
    record_id = made(api, cid=source)
    return plain(api).get(DOWNLOAD, id=record_id, format="json").content


def upload(api: Api, dc_id: str | None, data: bytes | None) -> Reply:
    mark = uuid4().hex
    parts = []
    if dc_id is not None:
        parts.append(f'Content-Disposition: form-data; name="id"\r\n\r\n{dc_id}'.encode())
    if data is not None:
        parts.append(b'Content-Disposition: form-data; name="json_file"; filename="a.json"\r\n\r\n' + data)
    body = b"".join(f"--{mark}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{mark}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    return api.operator.request("POST", UPLOAD, content=body, headers=headers)


def calls(api: Api, dc_id: str) -> list[Any]:
    """Every answer that needs no connection, without what says whose and how old it is."""
    viewer, by_cid = api.viewer, f"{ERICIC}/{dc_id}"
    hosts = viewer.get(f"{ERICIC}/host_data", dc_id=dc_id, limit=1000).data
    found = [
        hosts,
        viewer.get(f"{ERICIC}/nova_data", dc_id=dc_id, limit=1000).data,
        viewer.get(f"{ERICIC}/nova_data", dc_id=dc_id, query="nova_name", filter="虚拟").data,
        viewer.get(f"{ERICIC}/infrastructure", cid=dc_id).data,
        viewer.get(f"{ERICIC}/config_data", dc_id=dc_id).data,
        viewer.get(f"{ERICIC}/host_config_data", dc_id=dc_id).data,
        viewer.get(f"{by_cid}/nova_service/up").data,
        viewer.get(f"{by_cid}/{CORE}/tenant_quota").data,
        *(viewer.get(f"{by_cid}/infra_resource/{host['id']}").data for host in hosts),
    ]
    told: list[Any] = json.loads(json.dumps(found).replace(dc_id, "DC"))
    return told


def test_everything_that_needs_no_connection_answers_alike(api: Api, source: str, exported: bytes) -> None:
    target = api.add_offline(unique("copy"))
    reply = upload(api, target, exported)
    assert (reply.status, reply.data) == (201, target), reply.body
    assert reply.body["counts"]["servers"] == len(ALL_IDS)
    for one, other in zip(calls(api, source), calls(api, target), strict=True):
        _same(one, other)


def _same(one: Any, other: Any) -> None:
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            _same(one[key], other[key])
    else:
        assert one == other


def test_the_picture_has_the_age_of_the_record(api: Api, source: str, exported: bytes) -> None:
    target = api.add_offline(unique("aged"))
    assert upload(api, target, gzip.compress(exported)).status == 201
    before = api.viewer.get(f"{ERICIC}/nova_data", dc_id=source).body["parts"]["servers"]
    part = api.viewer.get(f"{ERICIC}/nova_data", dc_id=target).body["parts"]["servers"]
    assert (part["collected_at"], part["rows"]) == (before["collected_at"], before["rows"])
    api.sql("UPDATE picture_part SET fresh_until = fresh_until - 10 WHERE dc_id = :id", id=target)
    part = api.viewer.get(f"{ERICIC}/nova_data", dc_id=target).body["parts"]["servers"]
    assert part["state"] == "stale"
    assert "imported from the record" in part["reason"]


def test_a_record_of_what_was_imported_is_the_same(api: Api, source: str, exported: bytes) -> None:
    target = api.add_offline(unique("again"))
    assert upload(api, target, exported).status == 201
    first, second = made(api, cid=source), made(api, cid=target)
    compared = api.viewer.get(f"{ERICIC}/record/diff", a=first, b=second).body
    assert (compared["total"], compared["data"]) == (0, [])
    sections = json.loads(plain(api).get(DOWNLOAD, id=second, format="json").content)["sections"]
    assert sections == json.loads(exported)["sections"]


def test_a_second_upload_replaces_the_first(api: Api, exported: bytes) -> None:
    target = api.add_offline(unique("twice"))
    assert upload(api, target, exported).status == 201
    document = json.loads(exported)
    document["sections"]["servers"] = document["sections"]["servers"][:3]
    document["sections"]["hosts"] = []
    # Another program may have laid it out anew, and sorted it.
    reply = upload(api, target, json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False).encode())
    assert reply.body["counts"]["servers"] == 3
    assert api.viewer.get(f"{ERICIC}/nova_data", dc_id=target).body["total"] == 3
    assert api.sql("SELECT count(*) FROM host_record WHERE dc_id = :id", id=target)[0][0] == 0


def broken(exported: bytes, change: Any) -> bytes:
    document = json.loads(exported)
    change(document)
    return json.dumps(document).encode()


def _set(section: str, **values: Any) -> Any:
    return lambda document: document["sections"][section][0].update(values)


BROKEN = {
    "another format": (lambda d: d.update(format="x"), "optimus-record"),
    "another version": (lambda d: d.update(version=99), "version 1"),
    "no head": (lambda d: d.pop("head"), "head"),
    "a head without ages": (lambda d: d["head"].pop("parts"), "how old"),
    "an age in the future": (lambda d: d["head"]["parts"]["servers"].update(collected_at=10**11), "in the past"),
    "of one host": (lambda d: d["head"].update(host=ONE), "one host"),
    "a list that is missing": (lambda d: d["sections"].pop("ports"), "ports"),
    "a list that is none": (lambda d: d["sections"].update(ports={}), "stands where"),
    "a row that is none": (lambda d: d["sections"]["ports"].append(7), "object 5"),
    "a row without its key": (_set("servers", id=None), "servers, object 1: has no id"),
    "a number as text": (_set("volumes", size_gb="7"), "size_gb"),
    "a huge number": (_set("volumes", size_gb=2**70), "size_gb"),
    "a huge text": (_set("servers", name="x" * 5000), "name is longer"),
    "half a surrogate pair": (_set("servers", name="\ud800"), "no database takes"),
    "addresses of another form": (_set("servers", addresses=[["net"]]), "addresses"),
    "a host's CPUs that are none": (_set("hosts", cpus=[[1, 2]]), "hosts"),
    "a list of CPUs without an end": (_set("guests", vcpu_cpus=["0-99999999"]), "guests"),
    "a driver that is no text": (_set("interfaces", driver={"a": 1}), "interfaces"),
    "a state that no host has": (_set("hosts", state="lost"), "no state"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_wrong_anywhere_changes_nothing(api: Api, exported: bytes, empty_id: str, name: str) -> None:
    change, word = BROKEN[name]
    refused(upload(api, empty_id, broken(exported, change)), 422, "json_file", word)
    assert api.viewer.get(f"{ERICIC}/nova_data", dc_id=empty_id).body["collected_at"] is None


@pytest.mark.parametrize(
    "data",
    [
        b"not json",
        b"{",
        b"\xff\xfe{}",
        b"[1]",
        b'{"format": NaN}',
        b'{"head": ' + b"[" * 100_000,
        b'{"format":"optimus-record","version":1,"head":{},"sections":{}} x',
        b"\x1f\x8b broken",
        gzip.compress(b'{"format":"optimus-record"}')[:-9],
    ],
    ids=["words", "open", "no UTF-8", "a list", "NaN", "deep", "more behind it", "no gzip", "cut gzip"],
)
def test_what_is_no_record_is_refused(api: Api, empty_id: str, data: bytes) -> None:
    refused(upload(api, empty_id, data), 422, "json_file")


def test_a_request_that_cannot_be_done(api: Api, exported: bytes) -> None:
    refused(upload(api, None, exported), 400, field="id")
    refused(upload(api, "0" * 32, exported), 404)
    refused(upload(api, api.add_offline(), None), 400, field="json_file")
    refused(upload(api, api.add_online(), exported), 409, "online")


def test_no_more_is_unpacked_than_may_be(start_api: StartApi) -> None:
    api = start_api(record_import_bytes=1024 * 1024)
    bomb = gzip.compress(b'{"format":"' + b" " * 30_000_000)
    refused(upload(api, api.add_offline(), bomb), 413, "OPTIMUS_RECORD_IMPORT_BYTES")


def test_a_database_without_room_says_so(
    api: Api, exported: bytes, empty_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise DatabaseFull("The database's disk is full: free some space there.")

    monkeypatch.setattr("optimus.inventory.imports.replace_hosts", full)
    refused(upload(api, empty_id, exported), 503, "disk is full")
    assert api.viewer.get(f"{ERICIC}/nova_data", dc_id=empty_id).body["collected_at"] is None
