"""Settings: described, checked when they are read, and the installation's key kept safe."""

import os
import stat
from pathlib import Path

import pytest

from optimus.errors import SettingsRefused
from optimus.settings import SECRET_KEY_FILE, Settings, load_settings, secret_key

STRONG = "0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OPTIMUS_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described_by_a_sentence(name: str) -> None:
    description = Settings.model_fields[name].description or ""
    assert description[:1].isupper()
    assert description.endswith((".", "name."))


def test_secrets_do_not_show_in_a_repr() -> None:
    shown = repr(Settings(secret_key=STRONG, secret_key_previous=STRONG[::-1]))
    assert STRONG not in shown
    assert STRONG[::-1] not in shown


def test_defaults_can_be_used_as_they_are() -> None:
    found = load_settings()
    assert found.is_sqlite
    assert found.host == "127.0.0.1", "nobody else is served unless somebody says so"
    assert found.zone.key == "UTC"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIME_ZONE", "Mars/Olympus"),
        ("TIME_ZONE", "../../etc/passwd"),
        ("TIME_ZONE", "/etc/localtime"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("REGISTRATION", "perhaps"),
        ("LOG_LEVEL", "loud"),
        ("STATIC_INTERVAL_SECONDS", "29"),
        ("DYNAMIC_INTERVAL_SECONDS", str(30 * 86400 + 1)),
        ("ACCESS_TOKEN_SECONDS", "0"),
        ("COLLECTIONS_AT_ONCE", "0"),
        ("NODE_DEAD_SECONDS", "-1"),
    ],
)
def test_a_value_that_cannot_be_taken_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"OPTIMUS_{name}", value)
    with pytest.raises(SettingsRefused, match=f"OPTIMUS_{name}: "):
        load_settings()


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTIMUS_PORT", "x")
    monkeypatch.setenv("OPTIMUS_LOG_FORMAT", "xml")
    with pytest.raises(SettingsRefused, match=r"OPTIMUS_PORT.*OPTIMUS_LOG_FORMAT"):
        load_settings()


def test_a_refused_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTIMUS_SECRET_KEY", "weak-secret")
    with pytest.raises(SettingsRefused) as refused:
        secret_key(load_settings())
    assert "weak-secret" not in refused.value.message


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTIMUS_PORT", "")
    assert load_settings().port == 8000


@pytest.mark.parametrize("key", ["short", "a" * 64, "abababababababababababababababababab"])
def test_a_weak_key_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(SettingsRefused, match="too weak"):
        secret_key(Settings(data_dir=tmp_path, secret_key=key))


def test_postgresql_needs_a_key_that_is_set(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="OPTIMUS_SECRET_KEY must be set"):
        secret_key(Settings(data_dir=tmp_path, database_url="postgresql://u@h/n"))
    assert list(tmp_path.iterdir()) == []


def test_the_key_file_is_made_once_and_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = secret_key(Settings(data_dir=folder))
    assert secret_key(Settings(data_dir=folder)) == first
    assert stat.S_IMODE((folder / SECRET_KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == [SECRET_KEY_FILE], "no draft is left behind"
    assert secret_key(Settings(data_dir=tmp_path / "other")) != first


def test_a_key_file_cut_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / SECRET_KEY_FILE).write_text("abc\n")
    with pytest.raises(SettingsRefused, match=SECRET_KEY_FILE):
        secret_key(Settings(data_dir=tmp_path))


def test_a_data_folder_that_cannot_be_made_says_which_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsRefused, match="OPTIMUS_DATA_DIR"):
        secret_key(Settings(data_dir=tmp_path / "file" / "data"))


@pytest.mark.parametrize(
    ("url", "main", "engine"),
    [
        ("", "sqlite:///d/optimus.db", "sqlite:///d/jobs.db"),
        ("sqlite:///x.db", "sqlite:///x.db", "sqlite:///d/jobs.db"),
        ("postgres://u@h/n", "postgresql+psycopg://u@h/n", "postgresql+psycopg://u@h/n"),
        ("postgresql://u@h/n?sslmode=require", *["postgresql+psycopg://u@h/n?sslmode=require"] * 2),
        ("postgresql+psycopg://u@h/n", *["postgresql+psycopg://u@h/n"] * 2),
    ],
)
def test_database_urls(url: str, main: str, engine: str) -> None:
    found = Settings(data_dir=Path("d"), database_url=url)
    assert (found.sqlalchemy_url(), found.engine_database_url()) == (main, engine)
