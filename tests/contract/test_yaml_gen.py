"""The YAML generator's calls: files in, jobs, results, refusals, and that deleting deletes."""

import base64
import hashlib
import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from tests.contract.api import Api, StartApi, unique
from tests.contract.document import SYSTEM
from tests.contract.recorder import Recorder, refused
from tests.support.client import Reply
from tests.support.forms import Part, form
from tests.unit.yamlgen.books import book

from optimus.http import uploads
from optimus.kit.clock import epoch
from optimus.kit.ids import new_id_in_order
from optimus.yamlgen import commands, store
from optimus.yamlgen.issues import MASK

YAML = f"{SYSTEM}/config/yaml_gen"
NAMES = ["host_profile.yaml", "hosts.yaml", "interface_assignment.yaml", "networks.yaml"]
EXAMPLE = commands.example(site="GZ", drop="26")
TEMPLATES: list[Part] = [("yaml", name, data) for name, data in EXAMPLE.templates.items()]
GOOD: list[Part] = [("excel", "demo.xlsx", EXAMPLE.workbook), *TEMPLATES]
HOSTS: Part = ("yaml", "hosts.yaml", EXAMPLE.templates["hosts.yaml"])
BAD_BOOK = book(
    {
        "hosts": [
            ["hostname", "kind", "type", "deploy_module", "bmc_ip", "bmc_secret"],
            ["gz-cic-01", "physicalHosts", "controller", "", "2001:db8:b::11", "letmein-1"],
            ["gz-cmp-01", "physicalHosts", "compute", "GZ模块1", "2001:db8:b::11", "letmein-2"],
            ["gz-cmp-02", "physicalHosts", "compute", "", "not an address", "letmein-3"],
        ],
        "networks": [["network name", "cidr"], ["lcm_ctrl_sp", "2001:db8:a::/64"]],
    }
)
BAD: list[Part] = [("excel", "bad.xlsx", BAD_BOOK), *TEMPLATES]


def post(client: Recorder, parts: list[Part], path: str = YAML, **query: Any) -> Reply:
    wanted = {"site": "GZ", "cee_ver": "drop26", "pjt_name": "demo", **query}
    content, headers = form(*parts)
    given = {name: value for name, value in wanted.items() if value is not None}
    return client.request("POST", path, query=given, content=content, headers=headers)


def jobs(api: Api) -> list[Any]:
    found: list[Any] = api.viewer.get(f"{YAML}/history").data
    return found


def unpack(data: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(data))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def made(api: Api) -> str:
    """A job that succeeded; tests only read it."""
    return str(post(api.operator, GOOD, pjt_name="只读 made").data["id"])


@pytest.fixture(scope="module")
def failed(api: Api) -> Reply:
    """The answer to a job that failed."""
    return post(api.operator, BAD, pjt_name=unique("failed"))


def add_row(api: Api, **values: Any) -> str:
    """A failed job of which nothing is kept, put there past the server."""
    row: dict[str, Any] = {
        "id": new_id_in_order(),
        "project": "p",
        "site": "GZ",
        "cee_version": "drop26",
        "status": "failed",
    }
    row |= {"created_at": epoch(), "finished_at": epoch(), "user_name": "somebody", "files": [], "errors": 1}
    with api.database() as connection:
        store.add(connection, row | {"warnings": 0, "stored_bytes": 0} | values)
    return str(row["id"])


def failed_id(reply: Reply) -> str:
    return str(reply.body["data"]["id"])


class TestMaking:
    @pytest.mark.parametrize("version", ["26", "drop26", "Drop 26", " DROP26 "])
    def test_versions_as_clients_write_them(self, api: Api, version: str) -> None:
        # Refused for its template's name: the version has been understood before.
        refused(post(api.operator, [GOOD[0], ("yaml", "x.yaml", b"")], cee_ver=version), 422, "template", field="yaml")

    def test_the_job_in_the_history(self, api: Api, made: str) -> None:
        item = next(one for one in jobs(api) if one["id"] == made)
        assert (item["project_name"], item["cee_version"], item["site"]) == ("只读 made", "drop26", "GZ")
        assert item["task_status"] == item["status"] == "success"
        assert item["time"] == time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(item["timestamp"]))
        assert item["files"] == NAMES
        assert item["user_name"] == "operator-user"

    def test_history_says_201_inside_200(self, api: Api) -> None:
        reply = api.viewer.get(f"{YAML}/history/")
        assert (reply.status, reply.body["code"]) == (200, 201)

    def test_the_newest_first_and_pages(self, own_api: Api) -> None:
        ids = [add_row(own_api) for _ in range(3)]
        assert [one["id"] for one in jobs(own_api)] == ids[::-1]
        page = own_api.viewer.get(f"{YAML}/history", limit=1, offset=1)
        assert ([one["id"] for one in page.data], page.body["total"]) == ([ids[1]], 3)
        refused(own_api.viewer.get(f"{YAML}/history", limit="0"), 422, field="limit")

    def test_the_zip(self, api: Api, made: str) -> None:
        reply = api.operator.get(f"{YAML}/result", id=made)
        files = unpack(reply.data)
        assert sorted(n.removeprefix("download/") for n in files if n.startswith("download/")) == NAMES
        assert files["upload/demo.xlsx"] == EXAMPLE.workbook
        assert {f"upload/{name}" for name in NAMES} < set(files)
        manifest = json.loads(files["manifest.json"])
        for name, known in manifest["files"].items():
            assert known["sha256"] == hashlib.sha256(files[name]).hexdigest()
        assert reply.body["file_name"] == f"{made}.zip"

    def test_the_same_again_gives_the_same(self, api: Api) -> None:
        project = unique("again")
        first, second = (post(api.operator, GOOD, pjt_name=project).data["id"] for _ in range(2))
        one, two = (unpack(api.operator.get(f"{YAML}/result", id=i).data) for i in (first, second))
        assert first != second
        assert {n: d for n, d in one.items() if n.startswith("download/")} == {
            n: d for n, d in two.items() if n.startswith("download/")
        }

    def test_a_client_with_other_names_and_a_slash(self, api: Api) -> None:
        parts = [("excel", 'C:\\用户\\"demo".xlsx'.replace('"', "%22"), EXAMPLE.workbook)]
        parts += [("yaml", f"../../{name}", data) for _, name, data in TEMPLATES]
        job = post(api.admin, parts, path=f"{YAML}/", pjt_name=unique(), _t="1").data["id"]
        files = unpack(api.admin.get(f"{YAML}/result", id=job).data)
        assert all(".." not in name and "\\" not in name for name in files)

    def test_a_jinja_template(self, api: Api) -> None:
        text = b"physicalHosts:\n{% for h in hosts %}\n  - hostname: {{ h.hostname }}\n{% endfor %}\n"
        parts = [GOOD[0], ("yaml", "hosts.yaml.j2", text)]
        job = post(api.operator, parts, pjt_name=unique(), uploads=0).data["id"]
        files = unpack(api.operator.get(f"{YAML}/result", id=job).data)
        assert b"- hostname: gz-" in files["download/hosts.yaml"]
        assert not any(name.startswith("upload/") for name in files)

    def test_the_projects_own_rules_and_inventory(self, api: Api) -> None:
        rules = b"format: optimus-pack/1\nsite:\n  hostname: 'never-[0-9]+'\n"
        inventory = b"device_name,bmc_ipv6\nGZ-CMP-0301,2001:db8:b::301\n"
        hosts = [["hostname", "kind", "type", "deploy_module"], ["gz-cmp-0301", "physicalHosts", "compute", "GZ模块1"]]
        parts = [("excel", "a.xlsx", book({"hosts": hosts, "networks": [["network name"]]})), HOSTS]
        found = post(api.operator, [*parts, ("inventory", "GZ.csv", inventory)], dry_run=1).data
        assert "oobmAddress: 2001:db8:b::301" in found["files"][0]["text"]
        found = post(api.operator, [*parts, ("rules", "own.yaml", rules)], dry_run=1).data
        assert any("never-" in one["message"] + one["hint"] for one in found["issues"])
        refused(post(api.operator, [*parts, ("rules", "own.yaml", b"site: {}")]), 422, "format: optimus-pack/1")
        refused(post(api.operator, [*parts, ("inventory", "x", b"\xff\x00")]), 422, field="inventory")
        reading = b"format: optimus-pack/1\nsite: {inventory: /etc/passwd}\n"
        refused(post(api.operator, [*parts, ("rules", "own.yaml", reading)]), 422, "upload it")


class TestDryRun:
    def test_it_tells_all_and_keeps_nothing(self, api: Api) -> None:
        before = jobs(api)
        found = post(api.operator, BAD, dry_run=1).data
        assert (found["id"], found["ok"]) == (None, False)
        assert {one["field"] for one in found["issues"]} >= {"hosts!E3", "hosts!E4", "hosts!D4"}
        good = post(api.operator, GOOD, dry_run=1).data
        assert good["ok"]
        preview = {one["file"]: one for one in good["files"]}
        assert sorted(preview) == NAMES
        lines = preview["hosts.yaml"]["text"].split("\n")
        line = next(n for n, cell in preview["hosts.yaml"]["cells"] if cell == "hosts!A3" and "gz-cmp" in lines[n - 1])
        assert lines[line - 1].strip() == "hostname: gz-cmp-0101"
        first, last = preview["hosts.yaml"]["changed"][0]
        assert all(f"+{text}" in preview["hosts.yaml"]["diff"] for text in lines[first - 1 : last])
        assert jobs(api) == before
        refused(post(api.operator, GOOD, dry_run="maybe"), 422, "0, 1", field="dry_run")

    def test_passwords_do_not_show(self, api: Api) -> None:
        assert b"letmein" not in post(api.operator, BAD, dry_run=1).content


class TestFaultsOfContent:
    def test_each_with_its_cell_in_two_languages(self, failed: Reply) -> None:
        refused(failed, 422, "hosts!E3")
        assert failed.body["error"] == "yamlgen.job_failed"
        errors = {one["field"]: one for one in failed.body["errors"] if one["level"] == "error"}
        assert set(errors) == {"hosts!E3", "hosts!E4", "hosts!D4", "networks.yaml:9"}
        assert errors["hosts!E3"]["related"] == ["hosts!E2"]
        assert errors["hosts!E3"]["where"]["row_key"] == "gz-cmp-01"
        assert all(one["message"] != one["message_zh"] for one in errors.values())
        assert all(one["code"].startswith("YG-") for one in errors.values())

    def test_the_job_stands_as_failed(self, api: Api, failed: Reply) -> None:
        item = next(one for one in jobs(api) if one["id"] == failed_id(failed))
        assert (item["task_status"], item["errors"], item["files"]) == ("failed", 4, [])

    def test_errors_come_first_and_are_a_hundred_at_most(self, api: Api) -> None:
        rows = [[f"h{n}", "physicalHosts", "compute", "x", f"bad{n}", "GZ"] for n in range(400)]
        codes = ["hostname", "kind", "type", "deploy_module", "bmc_ip", "unknown column"]
        parts: list[Part] = [("excel", "a.xlsx", book({"hosts": [codes, *rows]})), *TEMPLATES]
        errors = post(api.operator, parts, pjt_name=unique()).body["errors"]
        assert len(errors) <= 100
        levels = [one["level"] for one in errors]
        assert levels == sorted(levels, key=["error", "warning", "info"].index)
        assert any(one["folded"] for one in errors)

    def test_its_workbook_with_notes(self, api: Api, failed: Reply) -> None:
        data = api.operator.get(f"{YAML}/annotated", id=failed_id(failed)).data
        parts = unpack(data)
        notes = b"".join(data for name, data in parts.items() if "comments" in name).decode()
        assert "YG-U03" in notes
        assert not any(b"letmein" in data for data in parts.values())

    @pytest.mark.parametrize("kind", ["json", "md", "html"])
    def test_its_report(self, api: Api, failed: Reply, kind: str) -> None:
        reply = api.operator.get(f"{YAML}/report", id=failed_id(failed), format=kind)
        assert "hosts!E3" in json.dumps(reply.data)
        assert b"letmein" not in reply.content

    def test_it_has_no_zip(self, api: Api, failed: Reply) -> None:
        refused(api.operator.get(f"{YAML}/result", id=failed_id(failed)), 409, "failed", "report")


class TestFaultsOfTheRequest:
    """Refused, and no job is left of it."""

    @pytest.fixture(autouse=True)
    def _no_job(self, api: Api) -> Iterator[None]:
        before = jobs(api)
        yield
        assert jobs(api) == before

    @pytest.mark.parametrize("name", ["site", "cee_ver", "pjt_name"])
    def test_without_a_parameter(self, api: Api, name: str) -> None:
        for value in (None, " "):
            changed: dict[str, Any] = {name: value}
            refused(post(api.operator, GOOD, **changed), 400, name, field=name)

    @pytest.mark.parametrize("field", ["excel", "yaml"])
    def test_without_a_file(self, api: Api, field: str) -> None:
        refused(post(api.operator, [part for part in GOOD if part[0] != field]), 400, field, field=field)
        empty = [part if part[0] != field else (field, "", b"") for part in GOOD]
        refused(post(api.operator, empty), 400, field, field=field)

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"site": "XX"}, "site"),
            ({"site": "gz"}, "site"),
            ({"cee_ver": "27"}, "cee_ver"),
            ({"cee_ver": "drop"}, "cee_ver"),
            ({"pjt_name": "a/b"}, "pjt_name"),
            ({"pjt_name": "..\\x"}, "pjt_name"),
            ({"pjt_name": "x" * 65}, "pjt_name"),
        ],
    )
    def test_a_parameter_that_is_not_allowed(self, api: Api, changed: dict[str, str], field: str) -> None:
        refused(post(api.operator, GOOD, **changed), 422, field=field)

    @pytest.mark.parametrize(
        ("parts", "field"),
        [
            ([*GOOD, GOOD[0]], "excel"),
            ([*GOOD, TEMPLATES[0]], "yaml"),
            ([*GOOD, ("yaml", TEMPLATES[0][1] + ".j2", b"a: 1")], "yaml"),
            ([GOOD[0], ("yaml", "other.yaml", b"a: 1")], "yaml"),
            ([GOOD[0], ("yaml", "HOSTS.YAML", b"a: 1")], "yaml"),
        ],
    )
    def test_files_that_are_too_many_or_unknown(self, api: Api, parts: list[Part], field: str) -> None:
        refused(post(api.operator, parts), 422, field=field)

    def test_no_workbook(self, api: Api) -> None:
        old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
        reply = refused(post(api.operator, [("excel", "demo.xlsx", old), *TEMPLATES]), 422, "xls")
        assert reply.body["error"] == "yamlgen.workbook_refused"

    def test_a_workbook_that_blows_up(self, api: Api) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", b"<Types/>")
            archive.writestr("xl/workbook.xml", b" " * 3_000_000)
        reply = refused(post(api.operator, [("excel", "demo.xlsx", out.getvalue()), *TEMPLATES]), 413, "200 times")
        assert reply.body["error"] == "yamlgen.upload_too_large"

    def test_another_media_type(self, api: Api) -> None:
        for media in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
            reply = api.operator.request("POST", YAML, content=b"{}", headers={"Content-Type": media})
            refused(reply, 415, "multipart/form-data")

    @pytest.mark.parametrize(
        ("content", "media"),
        [
            (b"--x\r\n\r\n", "multipart/form-data"),
            (b"nothing of the kind", "multipart/form-data; boundary=x"),
            (b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n", "multipart/form-data; boundary=x"),
            (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nend is missing", "multipart/form-data; boundary=x"),
        ],
    )
    def test_a_broken_form(self, api: Api, content: bytes, media: str) -> None:
        query = {"site": "GZ", "cee_ver": "26", "pjt_name": "demo"}
        refused(api.operator.request("POST", YAML, query=query, content=content, headers={"Content-Type": media}), 400)

    def test_more_than_the_server_reads(self, start_api: StartApi) -> None:
        api = start_api(upload_body_bytes=100_000)
        content, headers = form(("excel", "a.xlsx", b"x" * 100_000), HOSTS)
        query = {"site": "GZ", "cee_ver": "26", "pjt_name": "demo"}
        refused(api.operator.request("POST", YAML, query=query, content=content, headers=headers), 413, "100000")
        chunks: Any = (content[at : at + 4096] for at in range(0, len(content), 4096))
        refused(api.operator.request("POST", YAML, query=query, content=chunks, headers=headers), 413, "100000")
        assert post(api.operator, GOOD, dry_run=1).status == 200


class TestReading:
    @pytest.mark.parametrize("call", ["result", "report", "preview", "diff", "annotated"])
    def test_ids(self, api: Api, call: str) -> None:
        refused(api.operator.get(f"{YAML}/{call}"), 400, "id", field="id")
        refused(api.operator.get(f"{YAML}/{call}", id="0" * 32), 404, "history")
        refused(api.operator.get(f"{YAML}/{call}", id="\x01"), 422, field="id")

    def test_preview_of_one_file(self, api: Api, made: str) -> None:
        assert sorted(one["file"] for one in api.operator.get(f"{YAML}/preview", id=made).data) == NAMES
        (one,) = api.operator.get(f"{YAML}/preview", id=made, file="hosts.yaml").data
        assert one["file"] == "hosts.yaml"
        refused(api.operator.get(f"{YAML}/preview", id=made, file="x.yaml"), 404, "hosts.yaml")

    def test_diffs(self, api: Api, made: str) -> None:
        files = {one["file"]: one["diff"] for one in api.operator.get(f"{YAML}/diff", id=made).data}
        assert "+++ download/hosts.yaml" in files["hosts.yaml"]
        same = api.operator.get(f"{YAML}/diff", id=made, against=made, file="hosts.yaml").data
        assert same == [{"file": "hosts.yaml", "diff": ""}]
        less = post(api.operator, [GOOD[0], HOSTS], pjt_name=unique()).data["id"]
        other = {one["file"]: one["diff"] for one in api.operator.get(f"{YAML}/diff", id=less, against=made).data}
        assert sorted(other) == NAMES
        assert "-networks:" in other["networks.yaml"]
        refused(api.operator.get(f"{YAML}/diff", id=made, against="0" * 32), 404)

    def test_an_unknown_format(self, api: Api, made: str) -> None:
        refused(api.operator.get(f"{YAML}/report", id=made, format="pdf"), 422, "json, md, html", field="format")

    def test_examples(self, api: Api) -> None:
        reply = api.viewer.get(f"{YAML}/example", site="ZZ", cee_ver="28")
        assert sorted(unpack(reply.data)) == ["example.xlsx", *NAMES]
        assert reply.body["file_name"] == "example-drop28-ZZ.zip"
        refused(api.viewer.get(f"{YAML}/example", site="ZZ"), 400, field="cee_ver")
        refused(api.viewer.get(f"{YAML}/example", site="XX", cee_ver="28"), 422, field="site")

    def test_packs(self, api: Api) -> None:
        found = api.viewer.get(f"{YAML}/packs").data
        assert [one["name"] for one in found["drops"]] == ["drop22", "drop25", "drop26", "drop28", "drop35"]
        assert [bool(one["notice"]) for one in found["drops"]] == [True, True, False, False, True]
        assert [one["name"] for one in found["sites"]] == ["GZ", "ZZ"]
        assert found["rules"] is None
        rules = api.viewer.get(f"{YAML}/packs", site="GZ", cee_ver="26").data["rules"]
        assert rules["packs"][-1] == "sites/GZ"
        assert rules["origin"]["title"] == "cee-next/drop26"
        hosts = next(one for one in rules["sheets"] if one["name"] == "hosts")
        assert "bmc_ip" in [one["name"] for one in hosts["columns"]]
        assert "properties" in api.viewer.get(f"{YAML}/packs/schema").data
        refused(api.viewer.get(f"{YAML}/packs", site="GZ"), 400, field="cee_ver")
        refused(api.viewer.get(f"{YAML}/packs", site="GZ", cee_ver="99"), 422, field="cee_ver")

    def test_reverse_and_back(self, api: Api, made: str) -> None:
        files = unpack(api.operator.get(f"{YAML}/result", id=made).data)
        parts = [("yaml", name, files[f"download/{name}"]) for name in NAMES]
        found = post(api.operator, parts, path=f"{YAML}/reverse", pjt_name=None).data
        again = [("excel", found["file_name"], base64.b64decode(found["workbook"])), *parts]
        checked = post(api.operator, again, dry_run=1).data
        assert checked["ok"]
        assert [one["diff"] for one in checked["files"]] == [""] * 4

    def test_reverse_of_what_is_no_yaml(self, api: Api) -> None:
        path = f"{YAML}/reverse"
        reply = refused(post(api.operator, [("yaml", "hosts.yaml", b"a: [")], path=path), 422, "hosts.yaml")
        assert reply.body["errors"][0]["code"] == "YG-T01"
        refused(post(api.operator, [], path=path), 400, field="yaml")
        refused(post(api.operator, [HOSTS], path=path, site="XX"), 422, field="site")


class TestDeleting:
    def make(self, api: Api, project: str | None = None) -> str:
        return str(post(api.operator, GOOD, pjt_name=project or unique()).data["id"])

    def rows(self, api: Api, job: str) -> int:
        found = api.sql("SELECT count(*) FROM yaml_result WHERE job_id = :job", job=job)
        return int(found[0][0])

    def test_all_that_was_kept_goes(self, api: Api) -> None:
        job = self.make(api)
        assert self.rows(api, job) == 4
        assert api.operator.delete(f"{YAML}/history", {"id": [job]}).status == 200
        assert self.rows(api, job) == 0
        for call in ("result", "report", "preview", "diff", "annotated"):
            refused(api.operator.get(f"{YAML}/{call}", id=job), 404)

    def test_all_listed_or_none(self, api: Api) -> None:
        job = add_row(api)
        refused(api.operator.delete(f"{YAML}/history", {"id": [job, "0" * 32]}), 404, "0" * 32)
        assert job in [one["id"] for one in jobs(api)]
        assert api.operator.delete(f"{YAML}/history", {"id": job}).status == 200  # one alone
        refused(api.operator.delete(f"{YAML}/history", {"id": [job]}), 404)

    def test_ids_in_the_query(self, own_api: Api) -> None:
        ids = [add_row(own_api) for _ in range(2)]
        assert own_api.operator.request("DELETE", f"{YAML}/history?id={ids[0]}&id={ids[1]}").status == 200
        assert jobs(own_api) == []

    def test_without_an_id(self, api: Api) -> None:
        refused(api.operator.delete(f"{YAML}/history"), 400, "id", field="id")
        refused(api.operator.delete(f"{YAML}/history", {"id": []}), 400, field="id")
        refused(api.operator.delete(f"{YAML}/history", {"id": {"a": 1}}), 422)

    def test_a_running_job_stays_until_it_is_lost(self, api: Api) -> None:
        job = add_row(api, status="running")
        refused(api.operator.delete(f"{YAML}/history", {"id": [job]}), 409, "running")
        for call in ("result", "report", "preview", "diff", "annotated"):
            refused(api.operator.get(f"{YAML}/{call}", id=job), 409, "running")
        # Its process is gone: no job runs for hours.
        api.sql("UPDATE yaml_job SET created_at = created_at - 36000 WHERE id = :job", job=job)
        assert next(one for one in jobs(api) if one["id"] == job)["status"] == "failed"
        assert api.operator.delete(f"{YAML}/history", {"id": [job]}).status == 200

    def test_the_audit_trail_names_the_job(self, api: Api) -> None:
        job = failed_id(post(api.operator, BAD, pjt_name=unique()))
        api.operator.delete(f"{YAML}/history", {"id": [job]})
        found = api.sql(
            "SELECT action, outcome, user_name FROM audit_event WHERE subject = :job ORDER BY at, id", job=job
        )
        assert sorted(tuple(row) for row in found) == [
            (f"DELETE {YAML}/history", 200, "operator-user"),
            (f"POST {YAML}", 422, "operator-user"),
        ]


class TestSecrets:
    def test_nothing_is_stored_in_clear(self, own_api: Api) -> None:
        post(own_api.operator, BAD)
        hosts = [
            ["hostname", "kind", "type", "bmc_secret"],
            ["gz-cic-01", "physicalHosts", "controller", "open-sesame"],
        ]
        parts: list[Part] = [("excel", "a.xlsx", book({"hosts": hosts, "networks": [["network name"]]})), HOSTS]
        job = post(own_api.operator, parts).data["id"]
        archive = unpack(own_api.operator.get(f"{YAML}/result", id=job).data)
        assert b"open-sesame" in archive["download/hosts.yaml"]
        for name in ("report.json", "report.md", "diff/hosts.yaml.diff"):
            assert b"open-sesame" not in archive[name]
        for call in ("report", "preview", "diff"):
            reply = own_api.operator.get(f"{YAML}/{call}", id=job)
            assert b"open-sesame" not in reply.content
        assert MASK.encode() in own_api.operator.get(f"{YAML}/preview", id=job).content
        for sealed, *_ in own_api.sql("SELECT sealed FROM yaml_result UNION SELECT sealed FROM yaml_lock"):
            assert b"open-sesame" not in bytes(sealed)
            assert b"gz-cic-01" not in bytes(sealed)
            assert bytes(sealed).startswith(b"gAAAA")  # a Fernet token

    def test_another_key_is_a_clear_refusal(self, own_api: Api) -> None:
        job = post(own_api.operator, GOOD).data["id"]
        # As if it had been copied from another installation's table.
        own_api.sql("UPDATE yaml_result SET sealed = (SELECT sealed FROM yaml_lock)")
        for call in ("result", "report", "preview", "diff", "annotated"):
            reply = refused(own_api.operator.get(f"{YAML}/{call}", id=job), 503, "OPTIMUS_SECRET_KEY_PREVIOUS")
            assert reply.body["error"] == "yamlgen.unreadable"


class TestLock:
    """Addresses that a project has given out stay given out."""

    HEAD = ("hostname", "kind", "type", "deploy_module", "bmc_ip", "bmc_secret")
    NETWORKS = (
        ["network name", "cidr", "ipAllocationPools"],
        ["lcm_ctrl_sp", "2001:db8:a::/64", "2001:db8:a::20-2001:db8:a::ff"],
    )

    def parts(self, *names: str) -> list[Part]:
        hosts = [
            [n, "physicalHosts", "controller", "", f"2001:db8:b::{at:x}", f"vault:{n}"]
            for at, n in enumerate(names, 17)
        ]
        allocations = [["network", "hostname", "ipAddress", "state"], *(["lcm_ctrl_sp", n, "", "auto"] for n in names)]
        sheets = {"hosts": [list(self.HEAD), *hosts], "networks": self.NETWORKS, "allocations": allocations}
        return [("excel", "a.xlsx", book(sheets)), *TEMPLATES]

    def given(self, api: Api, parts: list[Part], project: str, **query: Any) -> dict[str, str]:
        reply = post(api.operator, parts, pjt_name=project, **query)
        assert reply.status in {200, 201}, reply.body
        if reply.data["id"] is None:
            text = next(one["text"] for one in reply.data["files"] if one["file"] == "networks.yaml")
        else:
            archive = unpack(api.operator.get(f"{YAML}/result", id=reply.data["id"]).data)
            text = archive["download/networks.yaml"].decode()
        lines = [line.strip() for line in text.split("\n")]
        pairs = pairwise(lines)
        return {
            one.removeprefix("- hostname: "): two.removeprefix("ipAddress: ")
            for one, two in pairs
            if one.startswith("- hostname:") and two.startswith("ipAddress:")
        }

    def test_addresses_stay_for_a_site_and_project(self, own_api: Api) -> None:
        first = self.given(own_api, self.parts("b1", "b2"), "p")
        assert first == {"b1": "2001:db8:a::20", "b2": "2001:db8:a::21"}
        assert self.given(own_api, self.parts("b0", "b2", "b1"), "p", dry_run=1) == first | {"b0": "2001:db8:a::22"}
        assert self.given(own_api, self.parts("b3", "b2"), "p") == {"b2": "2001:db8:a::21", "b3": "2001:db8:a::22"}
        assert self.given(own_api, self.parts("b3"), "q") == {"b3": "2001:db8:a::20"}  # another project

    def test_only_a_success_moves_it(self, own_api: Api) -> None:
        bad = self.parts("b1")
        post(own_api.operator, [("excel", "a.xlsx", BAD_BOOK), *bad[1:]], pjt_name="p")
        assert own_api.sql("SELECT count(*) FROM yaml_lock")[0][0] == 0

    def test_it_goes_with_the_last_job_of_its_project(self, own_api: Api) -> None:
        ids = [post(own_api.operator, self.parts(name), pjt_name="p").data["id"] for name in ("b1", "b2")]
        own_api.operator.delete(f"{YAML}/history", {"id": ids[:1]})
        assert self.given(own_api, self.parts("b3"), "p", dry_run=1) == {"b3": "2001:db8:a::22"}
        own_api.operator.delete(f"{YAML}/history", {"id": ids[1:]})
        assert own_api.sql("SELECT count(*) FROM yaml_lock")[0][0] == 0
        assert self.given(own_api, self.parts("b3"), "p", dry_run=1) == {"b3": "2001:db8:a::20"}

    def test_two_at_once_give_out_no_address_twice(self, own_api: Api) -> None:
        found: list[dict[str, str]] = []

        def run(name: str) -> None:
            found.append(self.given(own_api, self.parts(name), "p"))

        own_api.operator.get(f"{YAML}/history")
        threads = [threading.Thread(target=run, args=(name,)) for name in ("b1", "b2")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(address for one in found for address in one.values()) == ["2001:db8:a::20", "2001:db8:a::21"]


class TestRoom:
    def test_a_full_store_refuses_and_keeps_nothing(self, start_api: StartApi) -> None:
        api = start_api(yaml_store_mib=1)
        job = post(api.operator, GOOD).data["id"]
        api.sql("UPDATE yaml_job SET stored_bytes = 1048000")
        reply = refused(post(api.operator, GOOD), 503, "delete old ones", "OPTIMUS_YAML_STORE_MIB")
        assert reply.body["error"] == "yamlgen.store_full"
        assert [one["id"] for one in jobs(api)] == [job]
        api.operator.delete(f"{YAML}/history", {"id": [job]})
        assert post(api.operator, GOOD).status == 201

    @pytest.mark.parametrize(("path", "parts"), [(YAML, GOOD), (f"{YAML}/reverse", [HOSTS])])
    def test_others_are_answered_while_jobs_wait(
        self, start_api: StartApi, monkeypatch: pytest.MonkeyPatch, path: str, parts: list[Part]
    ) -> None:
        """One job at a time, one may wait, the others are told to come again; reading goes on with one thread left."""
        monkeypatch.setattr(uploads, "WAITING_FOR_EACH", 1)
        api = start_api(upload_jobs_at_once=1, request_threads=2)
        client = api.operator
        replies: list[Reply] = []

        def send() -> None:
            replies.append(post(client, parts, path=path, dry_run=1))

        threads = [threading.Thread(target=send) for _ in range(5)]
        for thread in threads:
            thread.start()
        slowest = 0.0
        while any(thread.is_alive() for thread in threads):
            started = time.monotonic()
            assert client.get(f"{YAML}/history").status == 200
            slowest = max(slowest, time.monotonic() - started)
        assert slowest < 2
        assert sorted({reply.status for reply in replies}) == [200, 503]
        assert {r.body["error"] for r in replies if r.status == 503} == {"request.busy"}


def test_a_job_over_its_time_is_a_failed_job(start_api: StartApi) -> None:
    api = start_api(yaml_job_seconds=2)
    text = b"{% for a in range(20000) %}{% for b in range(20000) %}{% endfor %}{% endfor %}"
    reply = refused(post(api.operator, [GOOD[0], ("yaml", "hosts.yaml.j2", text)]), 422)
    assert reply.body["errors"][0]["code"] == "YG-T08"
    assert [one["status"] for one in jobs(api)] == ["failed"]
