"""The job engine, in this process: DBOS allows one, so each test starts and stops its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.jobs.fakes import Notebook
from tests.support.databases import Databases

from optimus.jobs import engine as job_engine
from optimus.jobs.engine import Engine


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def engine(databases: Databases, tmp_path: Path, notebook: Notebook) -> Iterator[Engine]:
    url = databases.new_url()
    if url.startswith("sqlite"):
        url = f"sqlite:///{tmp_path / 'jobs.db'}"
    job_engine.migrate(url)
    found = Engine(database_url=url, node_id="this-node", at_once=4)
    found.register("note", notebook.note)
    found.register("wait", notebook.wait)
    found.register("fail", notebook.fail)
    found.start()
    yield found
    notebook.go_on.set()
    found.stop()
