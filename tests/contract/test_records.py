"""The record's calls: made in both documented shapes, listed, given out, compared, deleted."""

import base64
import io
import json
import zipfile
from typing import Any

import pytest
from openpyxl import load_workbook
from tests.contract.api import Api, StartApi, unique
from tests.contract.document import ERICIC
from tests.contract.recorder import Recorder, refused
from tests.support.client import Client, Reply
from tests.support.pictures import ALL_IDS, BOOT_VOLUME, MME, T0
from tests.support.records import ONE, THREE, TWO, host_facts, make_waiting, maker_of, take_in_all

from optimus.facts.hosts import Section
from optimus.facts.roles import Role
from optimus.inventory import host_store
from optimus.records import queries, service

RECORD = f"{ERICIC}/record"
DOWNLOAD = f"{RECORD}/download"
DIFF = f"{RECORD}/diff"
NO_ID = "0" * 32


@pytest.fixture(scope="module")
def cloud(api: Api) -> tuple[str, str]:
    """A data center with VMs and hosts; its id and name."""
    name = unique("云 gz")
    dc_id = api.add_offline(name, cee_version="drop28")
    take_in_all(api.services.database, dc_id)
    return dc_id, name


def asked(api: Api, **body: Any) -> str:
    reply = api.operator.post(RECORD, {"name": unique("report"), **body})
    assert reply.data == reply.body["id"]
    return str(reply.data)


def made(api: Api, **body: Any) -> str:
    record_id = asked(api, **body)
    make_waiting(api.services)
    return record_id


def item(api: Api, record_id: str, **query: Any) -> Any:
    return next(one for one in api.viewer.get(RECORD, limit=1000, **query).data if one["id"] == record_id)


def plain(api: Api) -> Client:
    """Past the recorder, which knows answers in JSON only."""
    return api.server.client(Role.VIEWER)


def file_of(api: Api, record_id: str, **query: Any) -> Reply:
    reply = plain(api).get(DOWNLOAD, id=record_id, **query)
    assert reply.status == 200, reply.content
    return reply


def book_of(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


def rows_of(book: Any, sheet: str) -> list[dict[str, Any]]:
    _, titles, *rows = book[sheet].iter_rows(values_only=True)
    return [dict(zip(titles, row, strict=True)) for row in rows]


def test_a_record_by_id_runs_and_then_is_there(api: Api, cloud: tuple[str, str]) -> None:
    record_id = asked(api, cid=cloud[0], host="ignored in this shape")
    waiting = item(api, record_id)
    assert (waiting["status"], waiting["pid"], waiting["traceback"]) == ("running", None, None)
    assert (waiting["step"], waiting["progress"]) == ("queued", 0)
    refused(api.viewer.get(DOWNLOAD, id=record_id), 409, "still being made", "queued")
    refused(api.operator.delete(RECORD, {"id": record_id}), 409, "still being made")
    make_waiting(api.services)
    done = item(api, record_id, cid=cloud[0])
    assert (done["status"], done["step"], done["progress"]) == ("successful", "done", 100)
    assert len(done["pid"]) == 32
    assert (done["cid"], done["data_center"], done["cee_version"]) == (*cloud, "drop28")
    book = book_of(base64.b64decode(api.viewer.get(DOWNLOAD, id=record_id).data))
    assert book.sheetnames[:4] == ["Summary", "DC_Static", "Tenant_Static", "VM_Static"]


def test_a_record_by_name_of_all_hosts_or_of_one(api: Api, cloud: tuple[str, str]) -> None:
    whole = made(api, data_center=cloud[1], cee_version="28", host=cloud[1])
    assert (item(api, whole)["host"], item(api, whole)["cee_version"]) == (cloud[1], "28")
    of_one = made(api, data_center=cloud[1], host=ONE)
    assert item(api, of_one)["host"] == ONE
    book = book_of(file_of(api, of_one, format="xlsx").content)
    assert {row["Host"] for row in rows_of(book, "VM_Static")} == {ONE}
    assert {row["Host"] for row in rows_of(book, "Interfaces")} == {ONE}
    refused(api.viewer.get(DIFF, a=whole, b=of_one), 422, "same hosts")


def test_asking_for_what_cannot_be_made(api: Api, cloud: tuple[str, str], empty_id: str) -> None:
    operator = api.operator
    refused(operator.post(RECORD, {"cid": cloud[0]}), 400, field="name")
    refused(operator.post(RECORD, {"name": unique()}), 400, "data_center", field="cid")
    refused(operator.post(RECORD, {"name": unique(), "cid": "", "data_center": " "}), 400, field="cid")
    refused(operator.post(RECORD, {"name": unique(), "cid": NO_ID}), 404, "data_center")
    refused(operator.post(RECORD, {"name": unique(), "data_center": "no such"}), 404, "no such")
    refused(operator.post(RECORD, {"name": unique(), "data_center": cloud[1], "host": "nobody"}), 404, "nobody")
    refused(operator.post(RECORD, {"name": "\x00", "cid": cloud[0]}), 422, field="name")
    refused(operator.request("POST", RECORD, query={"lang": "fr"}, json_body={"name": "x", "cid": cloud[0]}), 422, "zh")
    name = unique()
    asked(api, cid=cloud[0], name=name)
    refused(operator.post(RECORD, {"name": name, "cid": empty_id}), 409, name)
    # Nothing of an offline data center can be collected first.
    body = {"name": unique(), "cid": cloud[0]}
    refused(operator.request("POST", RECORD, query={"refresh": "true"}, json_body=body), 409, "offline")


def test_lists_of_records(own_api: Api) -> None:
    api = own_api
    first, second = api.add_offline("b-cloud", cee_version="26"), api.add_offline("a-cloud")
    ids = [made(api, cid=cid, name=name) for cid, name in ((first, "r1"), (second, "r3"), (first, "r2"))]
    every = api.viewer.get(RECORD)
    assert (every.body["total"], [one["id"] for one in every.data]) == (3, ids[::-1])
    one = api.viewer.get(RECORD, cid=first, sort="name", order="asc")
    assert (one.body["total"], [each["name"] for each in one.data]) == (2, ["r1", "r2"])
    assert api.viewer.get(RECORD, cid="").body == {"status": True, "code": 200, "data": [], "total": 0}
    assert [r["name"] for r in api.viewer.get(RECORD, sort="data_center", order="asc", limit=1).data] == ["r3"]
    assert [r["name"] for r in api.viewer.get(RECORD, sort="cee_version", limit=1, offset=2).data] == ["r3"]
    refused(api.viewer.get(RECORD, cid=NO_ID), 404)
    refused(api.viewer.get(RECORD, sort="size"), 422, "timestamp", "data_center")
    assert api.viewer.get(RECORD, sort="", order="", limit="", offset="").body["total"] == 3


def test_a_record_is_deleted_with_all_that_is_stored_of_it(api: Api, cloud: tuple[str, str]) -> None:
    record_id = made(api, cid=cloud[0])
    assert api.sql("SELECT count(*) FROM record_chunk WHERE record_id = :id", id=record_id)[0][0] >= 2
    refused(api.operator.delete(RECORD), 400, field="id")
    refused(api.operator.delete(RECORD, {"id": NO_ID}), 404, "GET record")
    assert api.operator.delete(RECORD, {"id": record_id}).status == 200
    assert api.sql("SELECT count(*) FROM record_chunk WHERE record_id = :id", id=record_id)[0][0] == 0
    refused(api.viewer.get(DOWNLOAD, id=record_id), 404)
    another = made(api, cid=cloud[0])
    assert api.operator.delete(RECORD, id=another).status == 200


def test_deleting_a_data_center_deletes_its_records(own_api: Api) -> None:
    kept, gone = own_api.add_offline(), own_api.add_offline()
    stays = made(own_api, cid=kept)
    made(own_api, cid=gone)
    assert own_api.operator.delete(f"{ERICIC}/data_center", {"id": gone}).status == 200
    assert [one["id"] for one in own_api.viewer.get(RECORD).data] == [stays]
    assert own_api.sql("SELECT DISTINCT record_id FROM record_chunk") == [(stays,)]


def test_a_download_without_an_id_is_null(api: Api) -> None:
    assert api.viewer.get(DOWNLOAD).body == {"status": True, "code": 200, "data": None}
    assert api.viewer.get(DOWNLOAD, id=" ").data is None
    refused(api.viewer.get(DOWNLOAD, id=NO_ID), 404)
    refused(api.viewer.get(DOWNLOAD, id=NO_ID, format="doc"), 422, "xlsx", "pdf")


def test_every_format_is_a_file_with_the_records_name(api: Api, cloud: tuple[str, str]) -> None:
    name = unique('报告 "a"/b')
    record_id = made(api, cid=cloud[0], name=name)
    start = {"xlsx": b"PK", "json": b'{"format":"optimus-record"', "csv": b"\xef\xbb\xbfTenant Name", "pdf": b"%PDF"}
    for kind, beginning in start.items():
        reply = file_of(api, record_id, format=kind)
        assert reply.content.startswith(beginning)
        shown = reply.headers["content-disposition"]
        assert shown.startswith('attachment; filename="__ _a__b')
        assert f".{kind}" in shown
        assert "filename*=UTF-8''%E6%8A%A5%E5%91%8A%20_a__b" in shown
    stored = base64.b64decode(api.viewer.get(DOWNLOAD, id=record_id).data)
    assert file_of(api, record_id, format="xlsx").content == stored


def test_the_workbooks_numbers_are_the_apis(api: Api, cloud: tuple[str, str]) -> None:
    book = book_of(file_of(api, made(api, cid=cloud[0]), format="xlsx").content)
    told = api.viewer.get(f"{ERICIC}/infrastructure", cid=cloud[0]).data
    [totals] = rows_of(book, "DC_Static")
    assert (totals["Total CPU"], totals["Used CPU"]) == (told["total_vcpus"], told["used_vcpus"])
    assert (totals["Total Mem (MB)"], totals["Used Memory (MB)"]) == (told["total_memory"], told["used_memory"])
    assert (totals["Total Local Disk (GB)"], totals["Used Disk (GB)"]) == (told["total_storage"], told["used_storage"])
    assert (totals["Total Volume (GB)"], totals["Volume Usage Rate"]) == (200, 0.95)

    vms = {row["UUID"]: row for row in rows_of(book, "VM_Static") if row["UUID"]}
    listed = api.viewer.get(f"{ERICIC}/nova_data", dc_id=cloud[0], limit=1000).data
    assert set(vms) == {vm["nova_uuid"] for vm in listed} == set(ALL_IDS)
    for vm in listed:
        row = vms[vm["nova_uuid"]]
        assert (row["Name"], row["Status"], row["Host"]) == (vm["nova_name"], vm["nova_status"], vm["host"])
        assert row["Tenant Name"] == (vm["tenant"] or vm["tenant_id"])
        assert (row["vcpu"], row["Mem (MB)"]) == (vm["flavor_vcpu"], vm["flavor_memory"])
        assert row["Total Volume Size"] == sum(volume["volume_size"] for volume in vm["volume"])
        at = row["Created Time"]
        assert (None if at is None else round(at.timestamp())) == vm["created_time"]
        networks = "; ".join(f"{n['name'] or n['id']}={n['ip']}" for n in vm["networks"])
        assert (row["Networks"] or "") == networks
    hosts = {row["Host"] for row in rows_of(book, "VM_Static") if row["Host"]}
    assert hosts == {one["host"] for one in api.viewer.get(f"{ERICIC}/host_data", dc_id=cloud[0], limit=1000).data}

    tenants = {row["Tenant Name"]: row for row in rows_of(book, "Tenant_Static")}
    assert (tenants["核心网租户"]["CPU Quota"], tenants["核心网租户"]["Volume Usage Rate"]) == (60, 0.19)
    assert (tenants["100%_Tenant"]["CPU Quota"], tenants["100%_Tenant"]["Used CPU"]) == ("No Limit", 10)
    assert tenants["Ωmega"]["CPU Quota"] is None


def test_what_hosts_said_fills_numa_pins_and_interfaces(api: Api, cloud: tuple[str, str]) -> None:
    book = book_of(file_of(api, made(api, cid=cloud[0]), format="xlsx").content)
    mme = next(row for row in rows_of(book, "VM_Static") if row["UUID"] == MME)
    assert mme["p-cpu"] == "4,6,5,7"
    assert mme["NUMA Layout"] == "node 0: 0,2,4,6,8,10,12,14; node 1: 1,3,5,7,9,11,13,15"
    assert (mme["volume name"], mme["volume size"], mme["Total Volume Size"]) == (
        "boot_vol, shared%data",
        "100, 40",
        140,
    )
    hosts = {row["Host"]: row for row in rows_of(book, "Hosts")}
    assert (hosts[ONE]["Sockets"], hosts[ONE]["Logical CPUs"], hosts[ONE]["Free CPUs"]) == (2, 16, 6)
    assert (hosts[THREE]["Read"], hosts[THREE]["Sockets"]) == ("host_down", None)
    control, storage = rows_of(book, "Interfaces")
    assert (control["Driver"], control["RX Packets"], control["TX Dropped"]) == ("ixgbe", 10, 2)
    assert (storage["RX Packets"], storage["Reason"]) == (None, "ethtool is not installed")
    port = next(row for row in rows_of(book, "Ports") if row["OVS Port"])
    assert (port["VM"], port["RX Packets"], port["RX Errors"]) == ("vMME_01", 11, None)
    grid = [
        [cell for cell in row if cell.value is not None] for row in book["CPU_Layout"].iter_rows(min_row=3, max_row=6)
    ]
    assert [[cell.value for cell in line[3:]] for line in grid] == [
        [0, 2, 4, 6],
        [8, 10, 12, 14],
        [1, 3, 5, 7],
        [9, 11, 13, 15],
    ]
    legend = {cell.value: cell.fill.fgColor.rgb for cell in book["CPU_Layout"][1] if cell.value}
    colours = {cell.value: cell.fill.fgColor.rgb for line in grid for cell in line[3:]}
    assert [colours[cpu] for cpu in (4, 2, 12, 0)] == [legend[who] for who in ("VM", "OVS", "Free for VMs", "Host")]


def test_texts_that_look_like_formulas_stay_texts(own_api: Api) -> None:
    dc_id = own_api.add_offline()
    take_in_all(own_api.services.database, dc_id)
    own_api.sql("UPDATE server SET name = :name WHERE id = :id", name="=HYPERLINK(1)", id=MME)
    own_api.sql("UPDATE volume SET name = :name WHERE id = :id", name="+1", id=BOOT_VOLUME)
    record_id = made(own_api, cid=dc_id)
    book = book_of(file_of(own_api, record_id, format="xlsx").content)
    cell = next(cell for row in book["VM_Static"] for cell in row if cell.value == "=HYPERLINK(1)")
    assert cell.data_type in {"s", "inlineStr"}
    assert cell.quotePrefix
    csv = file_of(own_api, record_id, format="csv").content.decode("utf-8-sig")
    assert ",'=HYPERLINK(1)," in csv
    volumes = file_of(own_api, record_id, format="csv", sheet="Volumes").content.decode("utf-8-sig")
    assert f"{BOOT_VOLUME},'+1," in volumes


def test_chinese_words(api: Api, cloud: tuple[str, str]) -> None:
    reply = api.operator.request("POST", RECORD, query={"lang": "zh"}, json_body={"name": unique(), "cid": cloud[0]})
    make_waiting(api.services)
    book = book_of(file_of(api, reply.data, format="xlsx").content)
    assert [cell.value for cell in book["VM_Static"][2]][:3] == ["租户名称", "UUID", "名称"]
    assert str(book["Summary"]["A1"].value).startswith("数据中心报告")
    english = book_of(file_of(api, reply.data, format="xlsx", lang="en").content)
    assert [cell.value for cell in english["VM_Static"][2]][:3] == ["Tenant Name", "UUID", "Name"]
    other = api.viewer.get(DOWNLOAD, id=reply.data, lang="en").data
    assert book_of(base64.b64decode(other)).sheetnames == english.sheetnames
    assert file_of(api, reply.data, format="pdf", lang="en").content.startswith(b"%PDF")


def test_csv_of_one_sheet_or_of_all(api: Api, cloud: tuple[str, str]) -> None:
    record_id = made(api, cid=cloud[0])
    archive = zipfile.ZipFile(io.BytesIO(file_of(api, record_id, format="csv", sheet="all").content))
    lone = file_of(api, record_id, format="csv", sheet="CPU_Layout").content
    assert archive.read("CPU_Layout.csv") == lone
    assert f"{ONE},0,0,2,4,VM,vMME_01" in lone.decode("utf-8-sig")
    refused(api.viewer.get(DOWNLOAD, id=record_id, format="csv", sheet="Summary"), 422, "VM_Static", field="sheet")


def test_a_record_of_a_cloud_that_was_never_collected_says_so(api: Api, empty_id: str) -> None:
    record_id = made(api, cid=empty_id)
    assert item(api, record_id)["collected_at"] is None
    book = book_of(file_of(api, record_id, format="xlsx").content)
    warnings = [row[0] for row in book["Summary"].iter_rows(values_only=True) if row[0] and "never collected" in row[0]]
    assert len(warnings) == 13
    document = json.loads(file_of(api, record_id, format="json").content)
    assert document["head"]["parts"]["servers"]["state"] == "not_collected"
    assert file_of(api, record_id, format="pdf").content.startswith(b"%PDF")


def changes_of(api: Api, a: str, b: str) -> list[tuple[str, str, Any]]:
    return [(one["section"], one["change"], one["name"]) for one in api.viewer.get(DIFF, a=a, b=b).data]


def test_what_changed_between_two_records(own_api: Api) -> None:
    api = own_api
    dc_id = api.add_offline()
    take_in_all(api.services.database, dc_id)
    before = made(api, cid=dc_id, name="before")
    same = made(api, cid=dc_id, name="same")
    assert changes_of(api, before, same) == []
    # A VM moves, another goes, a volume grows; what changes all the time is no change.
    api.sql("UPDATE server SET host = :host, updated_at = 5 WHERE id = :id", host=TWO, id=MME)
    api.sql("DELETE FROM server WHERE name = 'crashed.vm'")
    api.sql("UPDATE volume SET size_gb = 300 WHERE id = :id", id=BOOT_VOLUME)
    api.sql("UPDATE hypervisor SET vcpus_used = 7")
    # One host says nothing of its interfaces any more: they are unknown, not removed.
    told = host_facts(ONE, interfaces=(), gaps={Section.INTERFACES: "lspci was removed"})
    with api.database() as connection:
        host_store.put(connection, [host_store.record_of(dc_id, told, now=T0)])
    after = made(api, cid=dc_id, name="after")
    reply = api.viewer.get(DIFF, a=before, b=after)
    assert ("servers", "removed", "crashed.vm") in changes_of(api, before, after)
    by_key = {(one["section"], one["key"].get("id")): one for one in reply.data}
    moved = by_key["servers", MME]
    assert moved["change"] == "moved"
    assert moved["fields"] == [{"field": "host", "old": ONE, "new": TWO}]
    assert by_key["volumes", BOOT_VOLUME]["fields"] == [{"field": "size_gb", "old": 100, "new": 300}]
    assert {one["section"] for one in reply.data} == {"servers", "volumes", "guests"}
    missing = {(gap["section"], gap["host"], gap["missing_in"], gap["reason"]) for gap in reply.body["not_compared"]}
    assert ("interfaces", ONE, "b", "lspci was removed") in missing
    assert reply.body["counts"]["servers"] == {"removed": 1, "moved": 1}
    assert reply.body["total"] == 5
    pages = [api.viewer.get(DIFF, a=before, b=after, limit=2, offset=n).data for n in (0, 2, 4)]
    assert [one for page in pages for one in page] == reply.data

    whole = json.loads(plain(api).get(DIFF, a=before, b=after, format="json").content)
    assert whole["changes"] == reply.data
    book = book_of(plain(api).get(DIFF, a=before, b=after, format="xlsx").content)
    own = book_of(file_of(api, after, format="xlsx").content)
    for sheet, other in ((book["Changes"], "before"), (own["Changes"], "same")):
        rows = list(sheet.iter_rows(values_only=True))
        assert rows[0][1] == other
        assert ("servers", "moved", "vMME_01", MME, "host", ONE, TWO) in rows
    first = book_of(file_of(api, before, format="xlsx").content)
    assert "no earlier record" in first["Changes"]["A1"].value


def test_comparing_what_cannot_be_compared(api: Api, cloud: tuple[str, str]) -> None:
    record_id = made(api, cid=cloud[0])
    running = asked(api, cid=cloud[0])
    refused(api.viewer.get(DIFF, a=record_id), 400, field="b")
    refused(api.viewer.get(DIFF, a=record_id, b=NO_ID), 404)
    refused(api.viewer.get(DIFF, a=running, b=record_id), 409, "still being made")
    refused(api.viewer.get(DIFF, a=record_id, b=record_id, limit=0), 422)
    make_waiting(api.services)


def test_records_take_no_more_space_than_they_may(start_api: StartApi) -> None:
    api = start_api(records_mib=1)
    dc_id = api.add_offline()
    first = made(api, cid=dc_id)
    api.sql("UPDATE record SET workbook_bytes = 1048576")
    refused(api.operator.post(RECORD, {"name": "one more", "cid": dc_id}), 409, "OPTIMUS_RECORDS_MIB")
    api.operator.delete(RECORD, {"id": first})
    waiting = asked(api, cid=dc_id)
    api.sql("UPDATE record SET workbook_bytes = 1048576")  # another record, meanwhile
    api.sql("INSERT INTO record (id, name, dc_id, dc_name, language, status, step, progress, created_by, created_at, "
            "attempt, deaths, handed_in, data_bytes, workbook_bytes) VALUES ('x', 'x', 'x', 'x', 'en', 'successful', "
            "'done', 100, 'x', 1, 0, 0, :no, 0, 1048576)", no=False)  # fmt: skip
    make_waiting(api.services)
    failed = item(api, waiting)
    assert failed["status"] == "failed"
    assert "OPTIMUS_RECORDS_MIB" in failed["error"]
    refused(api.viewer.get(DOWNLOAD, id=waiting), 409, "could not be made", "OPTIMUS_RECORDS_MIB")


def test_a_disk_that_is_full_fails_the_record_with_that_reason(
    api: Api, cloud: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    record_id = asked(api, cid=cloud[0])
    with monkeypatch.context() as patched:
        patched.setattr("optimus.workflows.make_record.write_record", full)
        maker_of(api.services).make(record_id)
    failed = item(api, record_id)
    assert (failed["status"], failed["pid"], failed["step"]) == ("failed", None, "failed")
    assert "disk is full" in failed["error"]
    assert "No space left on device" in failed["traceback"]
    assert api.sql("SELECT count(*) FROM record_chunk WHERE record_id = :id", id=record_id)[0][0] == 0


def test_downloads_wait_for_their_turn_and_then_say_so(
    api: Api, cloud: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record_id = made(api, cid=cloud[0])
    monkeypatch.setattr("optimus.records.downloads.WAIT_SECONDS", 0.01)
    monkeypatch.setattr("optimus.records.downloads._AT_ONCE", _Taken())
    refused(api.viewer.get(DOWNLOAD, id=record_id, format="pdf"), 503, "try again")
    refused(api.viewer.get(DIFF, a=record_id, b=record_id), 503, "try again")


class _Taken:
    def acquire(self, **_: float) -> bool:
        return False


def test_viewers_read_and_do_not_make(api: Api, cloud: tuple[str, str]) -> None:
    record_id = made(api, cid=cloud[0])
    viewer = Recorder.of(api.server.client(Role.VIEWER))
    assert viewer.get(DOWNLOAD, id=record_id).status == 200
    refused(viewer.delete(RECORD, {"id": record_id}), 403, "operator")


def test_a_record_is_found_by_the_job_only_once(api: Api, cloud: tuple[str, str]) -> None:
    record_id = asked(api, cid=cloud[0])
    with api.services.database.reading() as connection:
        [one] = [w for w in queries.waiting(connection) if w.record_id == record_id]
    maker_of(api.services).make(record_id)
    pid = item(api, record_id)["pid"]
    maker_of(api.services, "node-2").make(record_id)
    assert item(api, record_id)["pid"] == pid
    assert one.job_id == f"record:{record_id}:0"
    assert service.DEATHS_ALLOWED == 1
