"""The command line: what it prints, its exit codes, and that passwords never are arguments."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.support.databases import Databases
from tests.system.commands import CommandLine
from tests.system.processes import Installation, installation, wait_for

from optimus.accounts import passwords, queries
from optimus.audit.tables import AuditEvent
from optimus.settings import Settings
from optimus_simcloud import RunningCloud

PASSWORD = "canary-user-password-91d2"
Ended = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory, line: CommandLine) -> Iterator[Installation]:
    """One installation on SQLite: the commands know nothing of the database's kind."""
    folder = tmp_path_factory.mktemp("cli")
    with installation(Databases(folder, None).new_url(), folder, line) as found:
        yield found


def said(ended: Ended) -> str:
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return ended.stdout


def refused(ended: Ended, *words: str) -> None:
    """Exit code 1, and one line that says why."""
    assert ended.returncode == 1, ended
    assert ended.stdout == ""
    assert ended.stderr.startswith("optimus: ")
    assert len(ended.stderr.splitlines()) == 1
    for word in words:
        assert word in ended.stderr


def test_settings_are_shown_with_their_help_and_no_secret(commands: Installation) -> None:
    shown = said(commands.run("settings", OPTIMUS_SECRET_KEY="canary-secret-key-0123456789abcdefgh"))
    for name, field in Settings.model_fields.items():
        assert f"OPTIMUS_{name.upper()}=" in shown
        assert field.description is not None
        assert field.description in shown
    assert "canary" not in shown
    assert "OPTIMUS_SECRET_KEY=(set)" in shown
    assert "OPTIMUS_SECRET_KEY_PREVIOUS=(not set)" in shown
    assert "OPTIMUS_PORT=8000  (default)" in shown
    assert "OPTIMUS_LOG_LEVEL=debug\n" in shown


def test_a_setting_that_cannot_be_taken_is_named(commands: Installation) -> None:
    refused(commands.run("settings", OPTIMUS_TIME_ZONE="Nowhere/At_All"), "OPTIMUS_TIME_ZONE", "Asia/Shanghai")


def test_users_are_added_listed_and_changed(commands: Installation) -> None:
    assert "admin" in said(commands.run("user", "add", "Anna", "--role", "admin", stdin=f"{PASSWORD}\n"))
    said(commands.run("user", "add", "bert", stdin=PASSWORD))
    refused(commands.run("user", "add", "ANNA", stdin=PASSWORD), "taken")
    refused(commands.run("user", "add", "cleo", stdin="short\n"), "8 to 128")
    refused(commands.run("user", "add", "cleo", stdin=""), "8 to 128")
    assert said(commands.run("user", "list")).splitlines() == ["admin     Anna", "operator  bert"]
    said(commands.run("user", "role", "bert", "viewer"))
    said(commands.run("user", "passwd", "bert", stdin="another long password\n"))
    refused(commands.run("user", "role", "nobody", "viewer"), "nobody", "optimus user list")
    assert commands.run("user", "role", "bert", "king").returncode == 2, "a usage error, as every command has them"
    with commands.database.reading() as connection:
        bert = queries.user_by_key(connection, "bert")
        noted = list(connection.execute(select(AuditEvent.action).order_by(AuditEvent.at, AuditEvent.id)).scalars())
    assert bert is not None
    assert bert.role == "viewer"
    assert passwords.verify("another long password", bert.password_hash)
    assert sorted(noted) == ["cli: user add", "cli: user add", "cli: user passwd", "cli: user role"]


@pytest.mark.parametrize("command", [["user", "add"], ["user", "passwd"], ["dc", "add"]])
def test_no_command_takes_a_password_as_an_argument(commands: Installation, command: list[str]) -> None:
    help_text = said(commands.run(*command, "--help", COLUMNS="200")).lower()
    assert "--password" not in help_text
    assert "--lcm-pwd" not in help_text
    assert "standard input" in help_text


def test_data_centers_are_added_checked_collected_and_trusted(commands: Installation, cloud: RunningCloud) -> None:
    lcm = f"{cloud.lcm_host}:{cloud.lcm_port}"
    options = ["--lcm-ip", lcm, "--lcm-user", cloud.lcm_user, "--openstackrc", cloud.openstackrc_path]
    told = said(commands.run("dc", "add", "gz 1", *options, "--city", "Guangzhou", stdin=f"{cloud.lcm_password}\n"))
    assert "first collection starts now" in told
    said(commands.run("dc", "add", "old site"))
    refused(commands.run("dc", "add", "gz 1", *options, stdin="x\n"), "gz 1", "unique")
    refused(commands.run("dc", "add", "gz 2", "--lcm-ip", "1.2.3.4:x", stdin="x\n"), "lcm_ip", "port")
    refused(commands.run("dc", "add", "gz 2", "--lcm-ip", lcm, stdin="x\n"), "lcm_user", "openstackrc_dir")
    listed = said(commands.run("dc", "list")).splitlines()
    assert [line.split(maxsplit=1)[1].rstrip() for line in listed] == [
        f"online   gz 1  {lcm}",
        "offline  old site",
    ]
    refused(commands.run("dc", "refresh", "nowhere"), "nowhere", "optimus dc list")
    refused(commands.run("dc", "refresh", "old site"), "offline")
    assert "due now" in said(commands.run("dc", "refresh", "gz 1"))
    refused(commands.run("dc", "trust", "gz 1", "SHA256:" + "A" * 43), "SHA256:", "ssh-keygen")

    unwell = commands.run("doctor")
    assert unwell.returncode == 1
    assert "FAIL  engine: no worker is alive" in unwell.stdout
    assert f"ok    data center gz 1: log-in to {cloud.lcm_user}@{lcm} works" in unwell.stdout

    worker = commands.start_worker()
    wait_for("the worker", lambda: "The worker runs" in worker.log.read_text())
    well = commands.run("doctor")
    assert "FAIL" not in well.stdout.replace("FAIL  disk", "")
    cloud.faults.set("changed_host_key")
    moved = commands.run("doctor")
    assert moved.returncode == 1
    assert "FAIL  data center gz 1: unable to connect to the host (host_key_changed)" in moved.stdout
    cloud.faults.clear()
    worker.end()
    everything = "".join(run.stdout + run.stderr for run in (unwell, well, moved)) + told + worker.log.read_text()
    assert cloud.lcm_password not in everything


def test_a_database_that_was_not_migrated(commands: Installation, tmp_path: Path) -> None:
    fresh = {"OPTIMUS_DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}", "OPTIMUS_DATA_DIR": str(tmp_path / "data")}
    refused(commands.run("user", "list", **fresh), "optimus migrate")
    unwell = commands.run("doctor", **fresh)
    assert unwell.returncode == 1
    assert "run `optimus migrate`" in unwell.stdout
    for _ in range(2):
        assert "at this version's schema" in said(commands.run("migrate", **fresh))
    assert said(commands.run("user", "list", **fresh)) == ""


def test_what_cannot_be_reached_is_a_sentence(commands: Installation, tmp_path: Path) -> None:
    gone = {"OPTIMUS_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}
    refused(commands.run("user", "list", **gone), "database does not answer")
    refused(commands.run("worker", **gone), "database does not answer")
    refused(commands.run("user", "list", **gone, OPTIMUS_SECRET_KEY=""), "OPTIMUS_SECRET_KEY must be set")
    (tmp_path / "file").write_text("")
    there = {"OPTIMUS_DATABASE_URL": "", "OPTIMUS_DATA_DIR": str(tmp_path / "file")}
    refused(commands.run("migrate", **there), "OPTIMUS_DATA_DIR")


def test_what_does_not_exist_is_a_usage_error(commands: Installation) -> None:
    ended = commands.run("dance")
    assert ended.returncode == 2
    assert "dance" in ended.stderr
    assert "Traceback" not in ended.stderr
