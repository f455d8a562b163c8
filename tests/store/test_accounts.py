"""Users, sessions and failed log-ins in a real database, many people at once."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update
from tests.support.databases import Databases
from tests.support.server import PASSWORD, make_services

from optimus.accounts import passwords, service
from optimus.accounts.errors import (
    LoginFailed,
    LoginLimited,
    PasswordRefused,
    RegistrationClosed,
    TokenInvalid,
    UserExists,
    UserUnknown,
)
from optimus.accounts.tables import LoginFailure, Session, User
from optimus.facts.roles import Role
from optimus.http.call import Services


@pytest.fixture
def services(databases: Databases, tmp_path: Path) -> Iterator[Services]:
    made = make_services(databases.new_url(), tmp_path, login_failures_allowed=2)
    yield made
    made.database.close()


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing is tried elsewhere; here it would take most of the time."""
    monkeypatch.setattr(passwords, "hash_password", lambda password: f"hash of {password}")
    monkeypatch.setattr(passwords, "verify", lambda password, stored: stored == f"hash of {password}")


def users(services: Services) -> dict[str, str]:
    with services.database.reading() as connection:
        return {row.name: row.role for row in connection.execute(select(User.name, User.role))}


def at_once(*work: Callable[[], object]) -> list[Exception]:
    together = threading.Barrier(len(work))
    failures: list[Exception] = []

    def run(one: Callable[[], object]) -> None:
        together.wait(10)
        try:
            one()
        except Exception as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return failures


def test_the_first_user_ever_is_the_administrator(services: Services) -> None:
    for name in ("anna", "bert", "cleo"):
        service.sign_up(services.database, services.settings, name, PASSWORD)
    assert users(services) == {"anna": "admin", "bert": "operator", "cleo": "operator"}


@pytest.mark.parametrize("_again", range(3))
def test_of_several_first_users_at_once_one_is_the_administrator(services: Services, _again: int) -> None:
    def sign(name: str) -> Callable[[], object]:
        return lambda: service.sign_up(services.database, services.settings, name, PASSWORD)

    assert at_once(*(sign(f"user{n}") for n in range(5))) == []
    assert sorted(users(services).values()) == ["admin", *["operator"] * 4]


def test_of_the_same_name_at_once_one_is_taken(services: Services) -> None:
    def sign(name: str) -> Callable[[], object]:
        return lambda: service.sign_up(services.database, services.settings, name, PASSWORD)

    failures = at_once(*(sign(name) for name in ("Anna", "ANNA", "anna ", "anna")))
    assert [type(error) for error in failures] == [UserExists] * 3
    assert list(users(services).values()) == ["admin"]


def test_registration_can_be_closed(databases: Databases, tmp_path: Path) -> None:
    services = make_services(databases.new_url(), tmp_path, registration="closed")
    with pytest.raises(RegistrationClosed):
        service.sign_up(services.database, services.settings, "anna", PASSWORD)
    service.add_user(services.database, "anna", PASSWORD, role=Role.VIEWER)
    assert users(services) == {"anna": "viewer"}
    services.database.close()


def log_in(services: Services, name: str = "anna", password: str = PASSWORD, address: str = "192.0.2.1") -> str:
    return service.log_in(services, name, password, client_address=address)[1]["refresh_token"]


def test_too_many_failures_of_a_name_at_an_address(services: Services) -> None:
    service.add_user(services.database, "anna", PASSWORD, role=None)
    for _ in range(2):
        with pytest.raises(LoginFailed):
            log_in(services, "ANNA", "wrong password")
    with pytest.raises(LoginLimited) as limited:
        log_in(services)
    assert limited.value.details["retry_after"] in range(1, service.FAILURE_PERIOD_SECONDS + 1)
    assert log_in(services, address="192.0.2.2"), "nobody can lock somebody else out"


def test_too_many_failures_of_an_address(services: Services) -> None:
    for number in range(2 * service.ADDRESS_FACTOR):
        with pytest.raises(LoginFailed):
            log_in(services, f"guess{number}")
    with pytest.raises(LoginLimited):
        log_in(services, "another")


def test_failures_are_forgotten_with_their_period(services: Services) -> None:
    service.add_user(services.database, "anna", PASSWORD, role=None)
    for _ in range(2):
        with pytest.raises(LoginFailed):
            log_in(services, password="wrong password")
    with services.database.writing() as connection:
        connection.execute(update(LoginFailure).values(period=LoginFailure.period - 1))
    assert log_in(services)


def test_failures_at_once_are_all_counted(services: Services) -> None:
    failures = at_once(*[lambda: log_in(services, "nobody", address="192.0.2.9")] * 6)
    assert {type(error) for error in failures} <= {LoginFailed, LoginLimited}
    counted = sum(isinstance(error, LoginFailed) for error in failures)
    with services.database.reading() as connection:
        assert set(connection.execute(select(LoginFailure.failures)).scalars()) == {counted}


def test_no_name_and_no_token_is_stored_as_typed(services: Services) -> None:
    with pytest.raises(LoginFailed):
        log_in(services, "my password by mistake", "x" * 10)
    service.add_user(services.database, "anna", PASSWORD, role=None)
    refresh = log_in(services)
    with services.database.reading() as connection:
        stored = repr(connection.execute(select(*LoginFailure.__table__.c)).all())
        stored += repr(connection.execute(select(*Session.__table__.c)).all())
    assert "mistake" not in stored
    assert refresh not in stored


def test_a_session_lives_until_it_ends(services: Services) -> None:
    service.add_user(services.database, "anna", PASSWORD, role=None)
    refresh, other = log_in(services), log_in(services)
    access = service.refresh(services, refresh)["access_token"]
    with services.database.reading() as connection:
        assert service.authenticate(connection, services, access).name == "anna"
    for _ in range(2):
        with services.database.writing() as connection:
            service.log_out(connection, refresh)
    with services.database.reading() as connection, pytest.raises(TokenInvalid):
        service.authenticate(connection, services, access)
    with pytest.raises(TokenInvalid):
        service.refresh(services, refresh)
    assert service.refresh(services, other)


def test_an_expired_session_cannot_be_refreshed(services: Services) -> None:
    service.add_user(services.database, "anna", PASSWORD, role=None)
    refresh = log_in(services)
    with services.database.writing() as connection:
        connection.execute(update(Session).values(expires_at=1))
    with pytest.raises(TokenInvalid):
        service.refresh(services, refresh)


def test_a_new_password_ends_all_sessions_of_that_user_only(services: Services) -> None:
    for name in ("anna", "bert"):
        service.add_user(services.database, name, PASSWORD, role=None)
    anna, bert = log_in(services), log_in(services, "bert")
    service.set_password(services.database, "Anna", "another long password")
    with pytest.raises(TokenInvalid):
        service.refresh(services, anna)
    assert service.refresh(services, bert)
    assert log_in(services, password="another long password")
    with pytest.raises(PasswordRefused):
        service.set_password(services.database, "anna", "short")
    with pytest.raises(UserUnknown):
        service.set_password(services.database, "nobody", PASSWORD)


def test_a_role_counts_at_once(services: Services) -> None:
    service.add_user(services.database, "anna", PASSWORD, role=None)
    access = service.refresh(services, log_in(services))["access_token"]
    service.set_role(services.database, "anna", Role.VIEWER)
    with services.database.reading() as connection:
        assert service.authenticate(connection, services, access).role is Role.VIEWER
    with pytest.raises(UserUnknown):
        service.set_role(services.database, "nobody", Role.VIEWER)
