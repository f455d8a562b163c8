"""Our port on the job engine, with the real DBOS behind it."""

from typing import Any

import pytest
from dbos import DBOS
from sqlalchemy import text
from tests.jobs.fakes import Notebook, wait_for

from optimus.jobs import engine as job_engine
from optimus.jobs.engine import Engine, Enqueued

# DBOS closes its own SQLite connections when they are collected, which Python 3.13 and newer remark on.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def statuses() -> dict[str, str]:
    return {w.workflow_id: w.status for w in DBOS.list_workflows()}


def change(engine: Engine, column: str, value: Any) -> None:
    """Change every job in DBOS' own table: what another process or a month would do."""
    from sqlalchemy import create_engine

    opened = create_engine(engine._url)
    table = "workflow_status" if engine._url.startswith("sqlite") else "dbos.workflow_status"
    with opened.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {column} = :value"), {"value": value})
    opened.dispose()


def test_jobs_run_by_name_and_once_by_id(engine: Engine, notebook: Notebook) -> None:
    for _ in range(3):
        assert engine.enqueue("note", job_id="j1", key="k1", arguments=("one",)) is Enqueued.ACCEPTED
        wait_for("the job", lambda: statuses().get("j1") == "SUCCESS")
    assert engine.enqueue("note", job_id="j2", key="k1", arguments=("two",)) is Enqueued.ACCEPTED
    wait_for("the second job", lambda: statuses().get("j2") == "SUCCESS")
    assert notebook.done == ["one", "two"]


def test_a_job_that_fails_frees_its_key(engine: Engine, notebook: Notebook) -> None:
    engine.enqueue("fail", job_id="j1", key="k1", arguments=("one",))
    wait_for("its end", lambda: statuses().get("j1") == "ERROR")
    assert engine.enqueue("note", job_id="j2", key="k1", arguments=("two",)) is Enqueued.ACCEPTED
    wait_for("the next one", lambda: notebook.done == ["one", "two"])


def test_at_most_one_job_of_a_key(engine: Engine, notebook: Notebook) -> None:
    assert engine.enqueue("wait", job_id="j1", key="k1", arguments=("one",)) is Enqueued.ACCEPTED
    wait_for("the job", lambda: notebook.under_way)
    assert engine.enqueue("wait", job_id="j2", key="k1", arguments=("two",)) is Enqueued.BUSY
    assert engine.enqueue("wait", job_id="j1", key="k1", arguments=("one",)) is Enqueued.ACCEPTED, "it is this very job"
    assert engine.enqueue("note", job_id="j3", key="k2", arguments=("three",)) is Enqueued.ACCEPTED
    wait_for("the other key's job", lambda: notebook.done == ["three"])
    notebook.go_on.set()
    wait_for("the end", lambda: statuses().get("j1") == "SUCCESS")
    assert notebook.done == ["three", "one"]
    assert "j2" not in statuses()


def test_what_a_dead_worker_had_under_way_is_cancelled_and_its_key_is_free(engine: Engine, notebook: Notebook) -> None:
    engine.enqueue("wait", job_id="j1", key="k1", arguments=("one",))
    wait_for("the job", lambda: notebook.under_way)
    assert engine.abandon("another-node") == 0
    change(engine, "executor_id", "dead-node")
    assert engine.abandon("dead-node") == 1
    assert statuses()["j1"] == "CANCELLED"
    assert engine.enqueue("note", job_id="j2", key="k1", arguments=("two",)) is Enqueued.ACCEPTED
    wait_for("the next one", lambda: notebook.done == ["two"])
    assert engine.abandon("dead-node") == 0


def test_old_jobs_are_forgotten_however_many(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_engine, "PURGE_AT_ONCE", 2)
    for number in range(5):
        engine.enqueue("note", job_id=f"j{number}", key=f"k{number}", arguments=("x",))
    wait_for("all of them", lambda: list(statuses().values()) == ["SUCCESS"] * 5)
    engine.purge(days=1)
    assert len(statuses()) == 5, "they are young"
    change(engine, "completed_at", 1000)
    engine.enqueue("note", job_id="young", key="k", arguments=("x",))
    wait_for("the young one", lambda: statuses().get("young") == "SUCCESS")
    engine.purge(days=1)
    assert list(statuses()) == ["young"]
