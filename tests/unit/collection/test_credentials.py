import pytest

from optimus.collection.credentials import cloud_access
from optimus.collection.errors import RcFileUnusable

BASE = {
    "OS_AUTH_URL": "http://k:5000/v3",
    "OS_USERNAME": "u",
    "OS_PASSWORD": "s3cret",
    "OS_PROJECT_NAME": "p",
}
FILE = "/home/ceeinfra/openrc"


def test_password_log_in_with_v2_style_names() -> None:
    access = cloud_access(
        {"OS_AUTH_URL": "http://k:5000/v2.0/", "OS_USERNAME": "u", "OS_PASSWORD": "s3cret", "OS_TENANT_NAME": "p"}, FILE
    )
    user = {"name": "u", "domain": {"id": "default"}, "password": "s3cret"}
    assert access.auth_url == "http://k:5000/v3"
    assert access.identity == {"methods": ["password"], "password": {"user": user}}
    assert access.scope == {"project": {"name": "p", "domain": {"id": "default"}}}
    assert (access.interface, access.region, access.ca_path, access.insecure) == ("public", None, None, False)


def test_ids_and_domains() -> None:
    access = cloud_access(
        BASE | {"OS_USER_DOMAIN_NAME": "Users", "OS_PROJECT_DOMAIN_ID": "d1", "OS_REGION_NAME": "R"}, FILE
    )
    assert access.identity["password"]["user"]["domain"] == {"name": "Users"}
    assert access.scope == {"project": {"name": "p", "domain": {"id": "d1"}}}
    ids = cloud_access(BASE | {"OS_USER_ID": "uid", "OS_PROJECT_ID": "pid"}, FILE)
    assert ids.identity["password"]["user"] == {"id": "uid", "password": "s3cret"}
    assert ids.scope == {"project": {"id": "pid"}}


@pytest.mark.parametrize(
    ("url", "v3"),
    [
        ("http://k:5000", "http://k:5000/v3"),
        ("http://k:5000/", "http://k:5000/v3"),
        ("http://k:5000/v3/", "http://k:5000/v3"),
        ("http://k:35357/v2.0", "http://k:35357/v3"),
        ("https://k/identity", "https://k/identity/v3"),
        ("https://k/identity/v3/auth/tokens", "https://k/identity/v3"),
        ("https://[fd00::1]:5000/v3", "https://[fd00::1]:5000/v3"),
    ],
)
def test_auth_urls_with_and_without_version(url: str, v3: str) -> None:
    assert cloud_access(BASE | {"OS_AUTH_URL": url}, FILE).auth_url == v3


@pytest.mark.parametrize(
    ("values", "interface"),
    [
        ({"OS_INTERFACE": "internal"}, "internal"),
        ({"OS_ENDPOINT_TYPE": "publicURL"}, "public"),
        ({"OS_ENDPOINT_TYPE": "internalURL"}, "internal"),
        ({"OS_INTERFACE": "admin", "OS_ENDPOINT_TYPE": "internalURL"}, "admin"),
        ({}, "public"),
    ],
)
def test_interface(values: dict[str, str], interface: str) -> None:
    assert cloud_access(BASE | values, FILE).interface == interface


@pytest.mark.parametrize(
    ("word", "insecure"), [("1", True), ("True", True), ("yes", True), ("0", False), ("no", False)]
)
def test_insecure_only_when_said_so(word: str, insecure: bool) -> None:
    assert cloud_access(BASE | {"OS_INSECURE": word}, FILE).insecure is insecure


def test_application_credentials() -> None:
    values = {
        "OS_AUTH_URL": "http://k:5000/v3",
        "OS_AUTH_TYPE": "v3applicationcredential",
        "OS_APPLICATION_CREDENTIAL_ID": "i",
        "OS_APPLICATION_CREDENTIAL_SECRET": "s3cret",
    }
    access = cloud_access(values, FILE)
    assert access.identity["application_credential"] == {"id": "i", "secret": "s3cret"}
    assert access.scope is None
    del values["OS_APPLICATION_CREDENTIAL_ID"]
    named = cloud_access(values | {"OS_APPLICATION_CREDENTIAL_NAME": "n", "OS_USERNAME": "u"}, FILE)
    assert named.identity["application_credential"]["user"] == {"name": "u", "domain": {"id": "default"}}


@pytest.mark.parametrize(
    ("gone", "added", "said"),
    [
        ("OS_AUTH_URL", {}, "OS_AUTH_URL"),
        ("OS_AUTH_URL", {"OS_CLOUD": "c"}, "clouds.yaml"),
        ("OS_PASSWORD", {}, "OS_PASSWORD"),
        ("OS_USERNAME", {}, "OS_USERNAME"),
        ("OS_PROJECT_NAME", {}, "OS_PROJECT_NAME"),
        ("", {"OS_AUTH_TYPE": "v3oidcpassword"}, "v3oidcpassword"),
        ("", {"OS_AUTH_TYPE": "v3applicationcredential"}, "OS_APPLICATION_CREDENTIAL_SECRET"),
        (
            "",
            {"OS_AUTH_TYPE": "v3applicationcredential", "OS_APPLICATION_CREDENTIAL_SECRET": "s3cret"},
            "CREDENTIAL_ID",
        ),
        ("", {"OS_AUTH_URL": "k:5000"}, "OS_AUTH_URL"),
    ],
)
def test_what_is_missing_is_named_with_the_file_and_without_secrets(
    gone: str, added: dict[str, str], said: str
) -> None:
    values = {name: value for name, value in BASE.items() if name != gone} | added
    with pytest.raises(RcFileUnusable) as caught:
        cloud_access(values, FILE)
    assert said in caught.value.message
    assert FILE in caught.value.message
    assert "s3cret" not in repr(caught.value)


def test_no_secret_in_the_repr() -> None:
    assert "s3cret" not in repr(cloud_access(BASE, FILE))
