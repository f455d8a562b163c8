"""What people do with the page, end to end: real browser, real server, simulated clouds."""

import re
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.conftest import Files
from tests.web.looking import DROP, Looker, Site

pytestmark = pytest.mark.live

BUDGET_BYTES = 400_000


def card(page: Page) -> None:
    expect(page.get_by_test_id("dc-card").first).to_be_visible()


class TestLoggingIn:
    def test_a_wrong_password_is_said_and_the_wanted_page_comes_after_the_right_one(self, looker: Looker) -> None:
        page, wanted = looker.page, f"/dc/{looker.site.cid}/vms?query=nova_status&filter=ACTIVE"
        with looker.failing():
            looker.log_in(password="not the password", at=wanted)
            expect(page.get_by_role("alert")).to_contain_text("name or the password is wrong")
        page.locator("#password").fill(looker.site.password)
        page.get_by_role("button", name="Log in").click()
        expect(page).to_have_url(re.compile(re.escape(wanted)))
        expect(page.get_by_role("table").first).to_be_visible()

    def test_no_script_can_read_the_refresh_token_and_a_reload_stays_logged_in(self, looker: Looker) -> None:
        looker.log_in()
        card(looker.page)
        seen = looker.page.evaluate(
            "() => document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"
        )
        (cookie,) = [c for c in looker.page.context.cookies() if c["name"] == "optimus_refresh"]
        assert cookie["value"] not in seen
        assert "eyJ" not in seen, "an access token is a JWT"
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        looker.page.reload()
        card(looker.page)

    def test_two_tabs_that_renew_at_once_stay_logged_in_and_log_out_together(self, looker: Looker) -> None:
        looker.log_in()
        card(looker.page)
        tabs = [looker.page, looker.new_tab(), looker.new_tab()]
        for _ in range(3):  # each load renews: the access token ends with the page
            for tab in tabs:
                tab.goto("/datacenters", wait_until="commit")
            for tab in tabs:
                card(tab)
        with looker.failing():
            tabs[0].get_by_test_id("user-menu").click()
            tabs[0].get_by_role("menuitem", name="Log out").click()
            for tab in tabs:
                expect(tab).to_have_url(re.compile("/login"))

    def test_signing_up(self, looker: Looker) -> None:
        page = looker.page
        page.goto("/login")
        page.get_by_role("link", name="Sign up").click()
        page.locator("#name").fill(f"new-{uuid4().hex[:8]}")
        page.locator("#password").fill("a long enough password")
        page.locator("#again").fill("another one")
        page.get_by_role("button", name="Sign up").click()
        expect(page.get_by_text("The two passwords differ.")).to_be_visible()
        page.locator("#again").fill("a long enough password")
        page.get_by_role("button", name="Sign up").click()
        card(page)

    def test_the_log_in_page_is_light(self, site: Site, browser: Browser) -> None:
        looker = Looker(site, browser)
        sizes: list[int] = []
        looker.page.on("response", lambda r: sizes.append(int(r.headers.get("content-length", "0"))))
        looker.go("/login")
        looker.close()
        assert 50_000 < sum(sizes) <= BUDGET_BYTES


class TestLists:
    def test_the_address_holds_filter_sort_and_page(self, looker: Looker) -> None:
        looker.log_in()
        card(looker.page)
        page = looker.go(f"/dc/{looker.site.cid}/vms")
        page.get_by_role("searchbox").fill("pcrf")
        page.get_by_role("searchbox").press("Enter")
        expect(page).to_have_url(re.compile("filter=pcrf"))
        expect(page.get_by_text(re.compile(r"1.50 of \d+"))).to_be_visible()
        page.get_by_role("columnheader", name="vCPU").click()
        expect(page).to_have_url(re.compile("sort=vcpu"))
        page.get_by_title("2", exact=True).click()
        expect(page).to_have_url(re.compile("page=2"))
        expect(page.get_by_text(re.compile(r"^51."))).to_be_visible()
        shown = page.locator("tbody tr a").all_inner_texts()
        assert shown
        assert all("pcrf" in name for name in shown)
        page.reload()
        expect(page.locator("tbody tr a").first).to_have_text(shown[0])
        page.go_back()
        expect(page.get_by_text(re.compile(r"1.50 of"))).to_be_visible()

    def test_no_match_leads_on(self, looker: Looker) -> None:
        looker.log_in()
        card(looker.page)
        page = looker.go("/datacenters?filter=nothing-has-this-name")
        page.get_by_role("button", name="Show all").click()
        card(page)


class TestDatacenters:
    def test_add_try_and_delete_one(self, looker: Looker) -> None:
        looker.log_in()
        page = looker.page
        card(page)
        name = f"site-{uuid4().hex[:8]}"
        page.get_by_role("button", name="Add data center").click()
        dialog = page.get_by_role("dialog")
        for field, value in {
            "name": name,
            "city": "Wuhan",
            "lcm_ip": "127.0.0.1:9",
            "lcm_user": "ceeinfra",
            "lcm_pwd": "nobody's",
            "openstackrc_dir": "relative/path",
        }.items():
            dialog.locator(f"#{field}").fill(value)
        dialog.get_by_role("button", name="Verify connection").click()
        expect(dialog.get_by_text("unable to connect to the host")).to_be_visible()
        dialog.get_by_label("How they are reached").click()
        page.get_by_title("through the LCM, with an account given here").click()
        dialog.locator("#host_user").fill("nfvi")
        dialog.locator("#host_pwd").fill("nobody's either")
        with looker.failing():
            dialog.get_by_role("button", name="Add data center").click()
            expect(dialog.get_by_text("must be an absolute path").first).to_be_visible()
        dialog.locator("#openstackrc_dir").fill("/home/ceeinfra/admin-openrc.sh")
        dialog.get_by_role("button", name="Add data center").click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        page.get_by_role("button", name="More").click()
        page.get_by_role("menuitem", name="Edit").click()
        expect(dialog.locator("#host_user")).to_have_value("nfvi")
        expect(dialog.get_by_text("One is stored.")).to_have_count(1)
        expect(dialog.locator("#host_pwd")).to_have_value("")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_have_count(0)
        page.get_by_role("button", name="More").click()
        page.get_by_role("menuitem", name="Delete").click()
        question = page.get_by_role("dialog")
        expect(question).to_contain_text("its run history")
        question.get_by_role("button", name="Delete").click()
        expect(page).to_have_url(re.compile("/datacenters"))
        expect(page.get_by_text(name, exact=True)).to_have_count(0)

    def test_check_the_connection_of_one(self, looker: Looker) -> None:
        looker.log_in()
        card(looker.page)
        page = looker.go(f"/dc/{looker.site.cid}")
        page.get_by_role("button", name="Check connection").click()
        expect(page.get_by_role("dialog")).to_contain_text("Logged in to the LCM.")
        expect(page.get_by_role("dialog")).to_contain_text("SHA256:")

    def test_what_was_seen_stays_and_is_marked_when_the_server_is_gone(self, looker: Looker) -> None:
        looker.log_in()
        page = looker.page
        card(page)
        with looker.failing():
            page.route("**/api/**", lambda route: route.abort())
            expect(page.get_by_text("what you see is from before")).to_be_visible(timeout=40_000)
            card(page)
            page.unroute("**/api/**")
            page.get_by_role("button", name="Try again").click()
            expect(page.get_by_text("what you see is from before")).to_have_count(0)


class TestHostsAndVms:
    def test_the_cpus_of_a_host_by_pointer_keyboard_and_table(self, looker: Looker) -> None:
        looker.log_in()
        card(looker.page)
        site = looker.site
        layout = site.client.get(f"/api/ericic/v1/{site.cid}/cpu_layout/{site.hid}").data
        page = looker.go(f"/dc/{site.cid}/hosts/{site.hid}")
        cpus = page.locator("[data-cpu]")
        everything = sum(len(c) for places in layout["socket_info"].values() for c in places.values())
        expect(cpus).to_have_count(everything)
        guest = next(g for g in layout["instance_info"] if g["uuid"] == site.vid)
        first = page.locator(f"[data-cpu='{guest['vcpu'][0]}']")
        assert first.get_attribute("data-kind") == "vm"
        first.hover()
        told = page.get_by_test_id("cpu-told")
        expect(told).to_contain_text(guest["vm"])
        expect(told).to_contain_text("vCPU 0")
        ovs = [int(cpu) for cpus_ in (layout["ovs_info"] or {}).values() for cpu in cpus_]
        assert {int(e.get_attribute("data-cpu") or -1) for e in page.locator("[data-kind='ovs']").all()} == set(ovs)
        cpus.first.focus()
        before = told.inner_text()
        page.keyboard.press("ArrowRight")
        expect(told).not_to_have_text(before)
        page.get_by_test_id("cpus").get_by_text("Table", exact=True).click()
        expect(page).to_have_url(re.compile("cpus=table"))
        expect(page.get_by_role("link", name=re.compile(re.escape(guest["vm"]))).first).to_be_visible()

    def test_the_interfaces_of_a_host(self, looker: Looker) -> None:
        looker.log_in()
        card(looker.page)
        site = looker.site
        nics = site.client.get(f"/api/ericic/v1/{site.cid}/interface_driver/{site.hid}").data
        page = looker.go(f"/dc/{site.cid}/hosts/{site.hid}")
        table = page.get_by_test_id("nics")
        for name, nic in nics["firmware"].items():
            expect(table.get_by_text(name, exact=True).first).to_be_visible()
            if nic["driver"]:
                expect(table.get_by_text(nic["driver"]).first).to_be_visible()

    def test_the_increase_of_a_vms_counters(self, looker: Looker) -> None:
        looker.log_in()
        card(looker.page)
        site = looker.site
        page = looker.go(f"/dc/{site.cid}/vms/{site.vid}")
        ports = page.get_by_test_id("ports")
        ports.get_by_role("button", name="Watch the increase").click()
        expect(ports.get_by_text(re.compile(r"Increase over the last \d+ s"))).to_be_visible(timeout=30_000)
        expect(ports.get_by_text(re.compile(r"^\+[\d,]+ \([\d.,]+/s\)$")).first).to_be_visible(timeout=30_000)
        ports.get_by_role("button", name="Stop counting").click()
        expect(ports.get_by_role("button", name="Watch the increase")).to_be_visible()
        expect(page.get_by_text(re.compile("Pinned to host CPUs"))).to_be_visible()


class TestSchedules:
    def test_pause_resume_and_a_window(self, looker: Looker) -> None:
        looker.log_in()
        card(looker.page)
        page = looker.go("/schedules")
        page.get_by_role("button", name="Pause: zhuzhou-2, Capacity and quotas").click()
        expect(page.get_by_text("paused", exact=True)).to_be_visible()
        page.get_by_role("button", name="Resume: zhuzhou-2, Capacity and quotas").click()
        expect(page.get_by_text("paused", exact=True)).to_have_count(0)
        page.get_by_role("button", name="Interval and window: zhuzhou-2, Capacity and quotas").click()
        dialog = page.get_by_role("dialog")
        dialog.locator("#interval").fill("2")
        dialog.locator("#start").fill("22:30")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_text("Give both ends")).to_be_visible()
        dialog.locator("#end").fill("05:00")
        dialog.get_by_role("button", name="Save").click()
        expect(page.get_by_text(re.compile("22:30.05:00"))).to_be_visible()
        tasks = {d["name"]: d["id"] for d in looker.site.client.get("/api/ericic/v1/data_center").data}
        (found,) = looker.site.client.get("/api/ericic/v1/scheduler/task", cid=tasks["zhuzhou-2"]).data
        assert (found["static_task"]["interval"], found["static_task"]["start"]) == (7200, 81000)


class TestRecords:
    def test_make_two_compare_and_download(self, looker: Looker) -> None:
        looker.log_in()
        card(looker.page)
        page = looker.go("/records")
        names = [f"{word}-{uuid4().hex[:6]}" for word in ("before", "after")]
        for name in names:
            page.get_by_role("button", name="Make a record").first.click()
            dialog = page.get_by_role("dialog")
            dialog.locator("#name").fill(name)
            dialog.locator("#cid").click()
            page.get_by_title("zhuzhou-2").click()
            dialog.get_by_role("button", name="Make a record").click()
            row = page.get_by_role("row").filter(has_text=name)
            expect(row.get_by_text("successful")).to_be_visible(timeout=40_000)
        for name in names:
            page.get_by_role("checkbox", name=f"Compare {name}").check()
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download: {names[0]}").click()
            page.get_by_role("menuitem", name="Excel (English)").click()
        assert download.value.suggested_filename == f"{names[0]}.xlsx"
        assert zipfile.is_zipfile(download.value.path())
        page.get_by_role("link", name="Compare two").click()
        expect(page.get_by_role("heading", name=f"From {names[0]} to {names[1]}")).to_be_visible()
        looker.shoot("compare")
        self.give_to_an_offline_data_center(looker, names[0])

    def give_to_an_offline_data_center(self, looker: Looker, record: str) -> None:
        client = looker.site.client
        (record_id,) = (
            one["id"] for one in client.get("/api/ericic/v1/record", limit=1000).data if one["name"] == record
        )
        exported = client.get("/api/ericic/v1/record/download", id=record_id, format="json").content
        offline = {"name": f"offline-{uuid4().hex[:6]}", "mode": False}
        dc_id = client.post("/api/ericic/v1/data_center", offline).data
        page = looker.go(f"/dc/{dc_id}")
        expect(page.get_by_text("Import a record of it")).to_be_visible()
        chooser = page.locator("input[type=file]")
        with looker.failing():
            chooser.set_input_files({"name": "x.json", "mimeType": "application/json", "buffer": b"[]"})
            expect(page.get_by_text("json_file").first).to_be_visible()
        chooser.set_input_files({"name": "x.json", "mimeType": "application/json", "buffer": exported})
        expect(page.get_by_text("Hosts up")).to_be_visible()
        assert client.delete("/api/ericic/v1/data_center", {"id": dc_id}).status == 200


class TestYaml:
    def choose(self, looker: Looker, example: Files) -> None:
        page, packs = looker.page, looker.site.client.get("/api/v1/config/yaml_gen/packs").data
        for label, title in (("Drop", titled(packs["drops"], DROP)), ("Site", titled(packs["sites"], "GZ"))):
            page.get_by_label(label, exact=True).click()
            page.get_by_title(title, exact=True).last.click()
        page.get_by_label("Project").fill("from the browser")
        page.get_by_test_id("workbook").locator("input[type=file]").set_input_files(example.workbook)
        page.get_by_test_id("templates").locator("input[type=file]").set_input_files(example.templates)

    def test_check_generate_and_download(self, looker: Looker, example: Files) -> None:
        looker.log_in()
        card(looker.page)
        page = looker.go("/yaml")
        expect(page.get_by_role("button", name="Check")).to_be_disabled()
        self.choose(looker, example)
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_text("It would work.")).to_be_visible(timeout=60_000)
        expect(page.get_by_test_id("previews")).to_be_visible()
        looker.shoot("yaml-checked")
        page.get_by_role("button", name="Generate").click()
        expect(page.get_by_text("The files are made", exact=True)).to_be_visible(timeout=60_000)
        with page.expect_download() as download:
            page.get_by_role("button", name="download Download", exact=True).click()
        assert zipfile.is_zipfile(download.value.path())
        page.get_by_text("History", exact=True).click()
        expect(page.get_by_role("row").filter(has_text="from the browser").get_by_text("successful")).to_be_visible()

    def test_faults_name_their_cells(self, looker: Looker, example: Files, tmp_path: Path) -> None:
        looker.log_in()
        card(looker.page)
        page = looker.go("/yaml")
        broken = tmp_path / example.workbook.name
        _break_a_cell(example.workbook, broken)
        self.choose(looker, Files(broken, example.templates))
        with looker.failing():
            page.get_by_role("button", name="Generate").click()
            issues = page.get_by_test_id("issues")
            expect(issues.get_by_text(re.compile(r"YG-\w\d\d")).first).to_be_visible(timeout=60_000)
        expect(issues.get_by_text(re.compile(r"^hosts![A-Z]+\d+$")).first).to_be_visible()
        looker.shoot("yaml-faults")


def titled(packs: Any, name: str) -> str:
    return str(next(one["title"] for one in packs if one["name"] == name))


def _break_a_cell(workbook: Path, broken: Path) -> None:
    """One BMC's address becomes one that is none."""
    with zipfile.ZipFile(workbook) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/sharedStrings.xml":
                assert b"<t>2001:db8:b::11</t>" in content
                content = content.replace(b"<t>2001:db8:b::11</t>", b"<t>2001:db8:b::zz</t>")
            new.writestr(name, content)


class TestAdministration:
    def test_make_change_and_delete_a_user(self, looker: Looker) -> None:
        looker.log_in()
        card(looker.page)
        page = looker.go("/admin/users")
        name = f"user-{uuid4().hex[:8]}"
        page.get_by_role("button", name="Add user").click()
        dialog = page.get_by_role("dialog")
        dialog.locator("#name").fill(name)
        dialog.locator("#password").fill("a long enough password")
        dialog.get_by_role("button", name="Add user").click()
        row = page.get_by_role("row").filter(has_text=name)
        expect(row).to_contain_text("Operator")
        row.get_by_role("button", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(row).to_have_count(0)
        page = looker.go("/admin/audit?action=users")
        expect(page.get_by_text("DELETE /api/v1/users").first).to_be_visible()

    def test_a_viewer_sees_and_changes_nothing(self, looker: Looker) -> None:
        name, password = f"viewer-{uuid4().hex[:8]}", "a long enough password"
        looker.site.client.post("/api/v1/users", {"name": name, "password": password, "role": "viewer"})
        looker.log_in(name, password)
        page = looker.page
        card(page)
        expect(page.get_by_role("button", name="Add data center")).to_have_count(0)
        expect(page.get_by_role("link", name="Users and roles")).to_have_count(0)
        looker.go("/admin/users")
        expect(page).to_have_url(re.compile("/datacenters"))


def test_language_and_colours_change_at_once_and_stay(looker: Looker) -> None:
    looker.log_in()
    page = looker.page
    card(page)
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="数据中心")).to_be_visible()
    page.get_by_role("button", name="深色").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    expect(page.get_by_role("heading", name="数据中心")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme + document.documentElement.lang") == "darkzh-CN"


def test_the_api_documentation_works_under_the_policy(looker: Looker) -> None:
    page = looker.go("/docs")
    expect(page.get_by_text("/api/ericic/v1/overview").first).to_be_visible()
