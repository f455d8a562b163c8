"""scheduler/task and its history."""

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from tests.contract.api import Api
from tests.contract.document import ERICIC
from tests.contract.recorder import refused

from optimus.facts.parts import Task
from optimus.facts.visits import Cost
from optimus.schedules import service as schedules

TASK, HISTORY = f"{ERICIC}/scheduler/task", f"{ERICIC}/scheduler/task/history"
NO_ID = "0" * 32
DAY = 86400


@pytest.fixture
def dc_id(api: Api) -> str:
    return api.add_online()


@pytest.fixture
def settled_id(api: Api, dc_id: str) -> str:
    """A data center whose first runs are over: the next ones are planned by interval."""
    api.sql("UPDATE schedule SET forced = false, next_run_at = :at WHERE dc_id = :id", at=now() + 100, id=dc_id)
    return dc_id


def now() -> int:
    return int(time.time())


def task_of(api: Api, dc_id: str, task: str = "dynamic") -> Any:
    (item,) = api.viewer.get(TASK, cid=dc_id).data
    return item[f"{task}_task"]


class TestGet:
    def test_wrong_cases(self, api: Api) -> None:
        refused(api.viewer.get(TASK, cid=NO_ID), 404, NO_ID)
        refused(api.viewer.get(TASK, cid="x" * 256), 422, field="cid")
        refused(api.viewer.get(TASK, cid="\x00"), 422, field="cid")

    def test_an_offline_one_has_none(self, api: Api) -> None:
        assert api.viewer.get(TASK, cid=api.add_offline()).data == []

    def test_both_tasks_of_a_new_one(self, api: Api, dc_id: str) -> None:
        (item,) = api.viewer.get(TASK, cid=dc_id).data
        assert item["cid"] == dc_id
        expected = {"dynamic": ("dynamic_data_refresh", 600), "static": ("refresh_static_task", 3600)}
        for task, (method, interval) in expected.items():
            found = item[f"{task}_task"]
            assert found["job_id"] == f"{dc_id}:taskModel:method_view:{method}"
            keys = ("interval", "start", "end", "status", "time_zone")
            assert [found[k] for k in keys] == [interval, 0, 0, True, "UTC"]
            assert now() - 5 <= found["next_run_at"] <= now()  # the first run: at once

    def test_the_time_is_an_http_date(self, api: Api, dc_id: str) -> None:
        api.sql("UPDATE schedule SET next_run_at = 1608105566 WHERE dc_id = :id", id=dc_id)
        assert task_of(api, dc_id, "static")["next_run_time"] == "Wed, 16 Dec 2020 07:59:26 GMT"

    def test_all_that_are_planned(self, own_api: Api) -> None:
        planned = {own_api.add_online(), own_api.add_online()}
        own_api.add_offline()
        for query in ({}, {"cid": ""}, {"cid": " "}):
            assert {item["cid"] for item in own_api.viewer.get(TASK, **query).data} == planned

    def test_a_task_that_was_never_planned_is_null(self, api: Api, dc_id: str) -> None:
        api.sql("DELETE FROM schedule WHERE dc_id = :id AND task = 'static'", id=dc_id)
        (item,) = api.viewer.get(TASK, cid=dc_id).data
        assert item["static_task"] is None
        assert item["dynamic_task"] is not None


@pytest.mark.parametrize("method", ["POST", "PUT"])
class TestBadChanges:
    @pytest.mark.parametrize("field", ["cid", "task"])
    def test_missing_keys_are_named(self, api: Api, dc_id: str, method: str, field: str) -> None:
        body = {"cid": dc_id, "task": "dynamic", "action": "pause"}
        del body[field]
        refused(api.operator.request(method, TASK, json_body=body), 400, field, field=field)
        refused(api.operator.request(method, TASK), 400)

    def test_nothing_to_change(self, api: Api, dc_id: str, method: str) -> None:
        body = {"cid": dc_id, "task": "dynamic", "_t": 1}
        wanted = {"POST": "action", "PUT": "interval"}[method]
        refused(api.operator.request(method, TASK, json_body=body), 400, wanted, field=wanted)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"task": "hourly"},
            {"task": "DYNAMIC"},
            {"task": ["dynamic"]},
            {"task": None},
            {"action": "stop"},
            {"action": True},
            {"action": {"a": 1}},
            {"interval": 29},
            {"interval": 30 * DAY + 1},
            {"interval": -3600},
            {"interval": 0},
            {"interval": "hourly"},
            {"interval": 3600.5},
            {"interval": True},
            {"interval": 10**30},
            {"interval": [3600]},
            {"start": -1},
            {"start": DAY},
            {"start": "8:00"},
            {"start": False},
            {"end": -1},
            {"end": DAY + 1},
            {"end": {}},
            {"cid": ""},
            {"cid": 7},
            {"cid": "x" * 65},
            {"cid": "a\x00"},
        ],
    )
    def test_values_that_cannot_be_taken(self, api: Api, dc_id: str, method: str, wrong: dict[str, Any]) -> None:
        before = task_of(api, dc_id)
        (field,) = wrong
        body = {"cid": dc_id, "task": "dynamic", "action": "pause", **wrong}
        refused(api.operator.request(method, TASK, json_body=body), 422, field, field=field)
        assert task_of(api, dc_id) == before

    def test_words_out_of_the_list_show_the_list(self, api: Api, dc_id: str, method: str) -> None:
        body = {"cid": dc_id, "task": "x", "action": "x"}
        refused(api.operator.request(method, TASK, json_body=body), 422, "dynamic", "static", "resume", "pause")

    def test_unknown_and_offline(self, api: Api, method: str) -> None:
        body = {"cid": NO_ID, "task": "static", "action": "resume"}
        refused(api.operator.request(method, TASK, json_body=body), 404, NO_ID)
        refused(api.operator.request(method, TASK, json_body=body | {"cid": api.add_offline()}), 409, "offline")


@pytest.mark.parametrize(("method", "status"), [("POST", 201), ("PUT", 200)])
class TestChanges:
    def change(self, api: Api, method: str, dc_id: str, **values: Any) -> Any:
        body = {"cid": dc_id, "task": "dynamic", "_t": 1, **values}
        return api.operator.request(method, TASK, json_body=body)

    def test_pause_and_resume(self, api: Api, dc_id: str, method: str, status: int) -> None:
        other = task_of(api, dc_id, "static")
        reply = self.change(api, method, dc_id, action="pause")
        assert reply.body == {"status": True, "code": status}
        paused = task_of(api, dc_id)
        assert (paused["status"], paused["next_run_time"], paused["next_run_at"]) == (False, None, None)
        assert self.change(api, method, dc_id, action="pause").status == status
        assert self.change(api, method, dc_id, action="resume").status == status
        resumed = task_of(api, dc_id)
        assert resumed["status"] is True
        assert parsedate_to_datetime(resumed["next_run_time"]).timestamp() == resumed["next_run_at"]
        assert task_of(api, dc_id, "static") == other

    def test_a_missing_task_is_planned(self, api: Api, dc_id: str, method: str, status: int) -> None:
        api.sql("DELETE FROM schedule WHERE dc_id = :id", id=dc_id)
        assert self.change(api, method, dc_id, action="resume").status == status
        found = task_of(api, dc_id)
        assert (found["interval"], found["status"]) == (600, True)

    def test_the_whole_dialog_at_once(self, api: Api, settled_id: str, method: str, status: int) -> None:
        values = {"interval": 1800, "start": 28800, "end": 64800, "action": "resume"}
        assert self.change(api, method, settled_id, **values).status == status
        found = task_of(api, settled_id)
        assert [found[k] for k in ("interval", "start", "end", "status")] == [1800, 28800, 64800, True]
        at = datetime.fromtimestamp(found["next_run_at"], UTC)
        assert 28800 <= at.hour * 3600 + at.minute * 60 + at.second < 64800
        assert 0 <= found["next_run_at"] - now() <= DAY + 1800

    def test_the_bounds(self, api: Api, settled_id: str, method: str, status: int) -> None:
        for values in ({"interval": 30}, {"interval": 30 * DAY}, {"start": 0, "end": DAY}, {"start": DAY - 1}):
            assert self.change(api, method, settled_id, **values).status == status
        found = task_of(api, settled_id)
        assert [found[k] for k in ("interval", "start", "end")] == [30 * DAY, DAY - 1, DAY]

    def test_a_new_interval_counts_from_now(self, api: Api, settled_id: str, method: str, status: int) -> None:
        assert self.change(api, method, settled_id, interval=7200).status == status
        assert 7195 <= task_of(api, settled_id)["next_run_at"] - now() <= 7200

    def test_a_window_that_is_closed_now(self, api: Api, settled_id: str, method: str, status: int) -> None:
        opens = (now() + 7200) % DAY
        closes = (opens + 3600) % DAY  # over midnight, at some times of the day
        assert self.change(api, method, settled_id, start=opens, end=closes).status == status
        assert 7190 <= task_of(api, settled_id)["next_run_at"] - now() <= 7200

    def test_a_window_over_midnight_that_is_open_now(self, api: Api, settled_id: str, method: str, status: int) -> None:
        before = task_of(api, settled_id)["next_run_at"]
        closed = (now() + DAY // 2) % DAY  # closed for an hour, half a day from now
        values = {"start": (closed + 3600) % DAY, "end": closed}
        assert self.change(api, method, settled_id, **values).status == status
        assert task_of(api, settled_id)["next_run_at"] == before

    def test_a_paused_task_stays_paused(self, api: Api, dc_id: str, method: str, status: int) -> None:
        self.change(api, method, dc_id, action="pause")
        assert self.change(api, method, dc_id, interval=900, start=5, end=5).status == status
        found = task_of(api, dc_id)
        assert [found[k] for k in ("interval", "status", "next_run_time")] == [900, False, None]

    def test_blank_action_is_absent(self, api: Api, settled_id: str, method: str, status: int) -> None:
        assert self.change(api, method, settled_id, action="", interval=900).status == status
        assert task_of(api, settled_id)["status"] is True

    def test_nulls_are_absent_and_integers_may_be_text(
        self, api: Api, settled_id: str, method: str, status: int
    ) -> None:
        values = {"interval": " 900 ", "start": None, "end": None, "action": None}
        assert self.change(api, method, settled_id, **values).status == status
        assert task_of(api, settled_id)["interval"] == 900

    def test_a_window_after_pausing_the_first_run(self, api: Api, dc_id: str, method: str, status: int) -> None:
        """The first run ignores the window; once it was paused away, nothing does any more."""
        self.change(api, method, dc_id, action="pause")
        self.change(api, method, dc_id, action="resume")
        opens = (now() + 7200) % DAY
        assert self.change(api, method, dc_id, start=opens, end=(opens + 3600) % DAY).status == status
        assert 7190 <= task_of(api, dc_id)["next_run_at"] - now() <= 7200


@pytest.fixture
def history_id(api: Api, dc_id: str) -> str:
    """Seven runs, oldest first: static ok, dynamic ok, dynamic failed, then static and dynamic at one moment …"""
    outcomes = [
        (Task.STATIC, schedules.Outcome(cost=Cost(7, 4096, 1.5), store_seconds=0.25, rows_read=9, rows_changed=2)),
        (Task.DYNAMIC, schedules.Outcome()),
        (Task.DYNAMIC, schedules.Outcome(error="It failed.", traceback="Traceback: 出错")),
        (Task.STATIC, schedules.Outcome()),
        (Task.DYNAMIC, schedules.Outcome()),
        (Task.STATIC, schedules.Outcome()),
        (Task.DYNAMIC, None),  # still going on
    ]
    times = [100, 200, 300, 400, 400, 500, 600]
    for (task, outcome), at in zip(outcomes, times, strict=True):
        with api.database() as connection:
            run_id = schedules.begin(connection, dc_id=dc_id, dc_name="名字", task=task, node_id="test")
            assert run_id
            if outcome:
                assert schedules.end(connection, run_id, outcome)
        api.sql("UPDATE run SET started_at = :at WHERE id = :id", at=at, id=run_id)
    return dc_id


class TestHistory:
    def test_wrong_cases(self, api: Api, dc_id: str) -> None:
        refused(api.viewer.get(HISTORY), 400, "cid", field="cid")
        refused(api.viewer.get(HISTORY, cid=NO_ID), 404, NO_ID)
        refused(api.viewer.get(HISTORY, cid="x" * 256), 422, field="cid")
        for wrong in ({"limit": "0"}, {"limit": "1001"}, {"offset": "-1"}, {"limit": "x"}, {"filter": "hourly"}):
            refused(api.viewer.get(HISTORY, cid=dc_id, **wrong), 422, field=next(iter(wrong)))
        refused(api.viewer.get(HISTORY, cid=dc_id, filter="hourly"), 422, "static", "dynamic")
        refused(api.viewer.get(f"{HISTORY}?cid={dc_id}&?filter=hourly"), 422, "static", "dynamic", field="filter")

    def test_no_runs_yet(self, api: Api, dc_id: str) -> None:
        assert api.viewer.get(HISTORY, cid=dc_id).body == {"status": True, "code": 200, "data": [], "total_num": 0}
        assert api.viewer.get(HISTORY, cid=api.add_offline()).data == []

    def test_newest_first(self, api: Api, history_id: str) -> None:
        reply = api.viewer.get(HISTORY, cid=history_id)
        assert reply.body["total_num"] == 7
        assert [run["timestamp"] for run in reply.data] == [600, 500, 400, 400, 300, 200, 100]
        same = [run["id"] for run in reply.data if run["timestamp"] == 400]
        assert same == sorted(same, reverse=True)

    def test_how_runs_ended(self, api: Api, history_id: str) -> None:
        going_on, *_, failed, _, first = api.viewer.get(HISTORY, cid=history_id).data
        assert (going_on["status"], going_on["state"], going_on["error_info"]) == (None, "running", None)
        assert (failed["status"], failed["state"]) == (False, "failed")
        assert (failed["error"], failed["error_info"]) == ("It failed.", "Traceback: 出错")
        assert failed["task_name"] == "dynamic_data_refresh"
        finished, run_id = first.pop("finished_at"), first.pop("id")
        assert now() - 5 <= finished <= now()
        assert len(run_id) == 32
        assert first == {
            "task_name": "refresh_static_task",
            "dc_id": history_id,
            "dc_name": "名字",
            "status": True,
            "state": "successful",
            "error": None,
            "error_info": None,
            "timestamp": 100,
            "skipped": 0,
            "api_calls": 7,
            "api_bytes": 4096,
            "collect_seconds": 1.5,
            "store_seconds": 0.25,
            "rows": 9,
            "rows_changed": 2,
            "hosts_asked": None,
            "hosts_failed": None,
        }

    @pytest.mark.parametrize("spelling", ["&filter=", "&?filter=", "&%3Ffilter="])
    @pytest.mark.parametrize(
        ("value", "number"), [("static", 3), ("dynamic", 4), ("none", 7), ("", 7), ("%20", 7), ("%20static%0A", 3)]
    )
    def test_filters(self, api: Api, history_id: str, spelling: str, value: str, number: int) -> None:
        reply = api.viewer.get(f"{HISTORY}?cid={history_id}{spelling}{value}&limit=&offset=&_t=1")
        assert reply.body["total_num"] == len(reply.data) == number

    def test_pages(self, api: Api, history_id: str) -> None:
        whole = api.viewer.get(HISTORY, cid=history_id).data
        joined = []
        for offset in range(0, 9, 3):
            page = api.viewer.get(HISTORY, cid=history_id, limit=3, offset=offset)
            assert page.body["total_num"] == 7
            joined += page.data
        assert joined == whole
        assert api.viewer.get(f"{HISTORY}?cid={history_id}&limit=%201%20&offset=%0A2%20").data == [whole[2]]
        assert api.viewer.get(HISTORY, cid=history_id, filter="static", limit=1, offset=2).data[0]["timestamp"] == 100

    def test_the_default_is_fifty(self, api: Api, dc_id: str) -> None:
        with api.database() as connection:
            for _ in range(52):
                run_id = schedules.begin(connection, dc_id=dc_id, dc_name="x", task=Task.STATIC, node_id="test")
                schedules.end(connection, str(run_id), schedules.Outcome())
        reply = api.viewer.get(HISTORY, cid=dc_id)
        assert (len(reply.data), reply.body["total_num"]) == (50, 52)
