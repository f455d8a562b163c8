"""The LCM's rc file in the styles that are met in the field, and some that go wrong."""

from collections.abc import Callable
from dataclasses import dataclass

from optimus_simcloud.errors import SimError


@dataclass(frozen=True, slots=True)
class Login:
    auth_url: str
    user: str
    password: str
    project: str
    credential: tuple[str, str]
    ca_path: str | None


def rc_text(style: str, login: Login) -> str:
    if style not in STYLES:
        raise SimError(f"no rc style {style!r}; there are {', '.join(STYLES)}")
    values = _application_credential(login) if style == "credential" else _password(login)
    if login.ca_path:
        values["OS_CACERT"] = login.ca_path
    return STYLES[style](values)


def _export(values: dict[str, str]) -> str:
    return "".join(f"export {name}={value}\n" for name, value in values.items())


def _plain(values: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _failing(values: dict[str, str]) -> str:
    return _export(values) + "exit 1\n"


def _noisy(values: dict[str, str]) -> str:
    """Words on both outputs, before and after, one of them looking like a variable."""
    before = "echo 'Welcome to the cloud; OS_USERNAME=nobody'\n"
    return f"{before}{_export(values)}echo done\nprintf 'warning\\n' >&2\n"


def _password(login: Login) -> dict[str, str]:
    return {
        "OS_AUTH_URL": login.auth_url,
        "OS_USERNAME": login.user,
        "OS_PASSWORD": login.password,
        "OS_PROJECT_NAME": login.project,
        "OS_USER_DOMAIN_NAME": "Default",
        "OS_PROJECT_DOMAIN_NAME": "Default",
        "OS_REGION_NAME": "RegionOne",
        "OS_INTERFACE": "internal",
        "OS_IDENTITY_API_VERSION": "3",
    }


def _application_credential(login: Login) -> dict[str, str]:
    credential_id, secret = login.credential
    return {
        "OS_AUTH_TYPE": "v3applicationcredential",
        "OS_AUTH_URL": login.auth_url,
        "OS_APPLICATION_CREDENTIAL_ID": credential_id,
        "OS_APPLICATION_CREDENTIAL_SECRET": secret,
        "OS_REGION_NAME": "RegionOne",
    }


def _quoted(values: dict[str, str]) -> str:
    """Values that only a shell reads rightly: quotes within words, an expansion, a continued line."""
    password = values["OS_PASSWORD"]
    return (
        "# made by hand\n"
        + "".join(f"export {k}='{v}'\n" for k, v in values.items() if k not in {"OS_PASSWORD", "OS_AUTH_URL"})
        + f'HALF="{password[:4]}"\n'
        + f"export OS_PASSWORD=\"$HALF\"'{password[4:]}'\n"
        + f'export \\\n  OS_AUTH_URL="{values["OS_AUTH_URL"]}"   # trailing words\n'
    )


def _tenant(values: dict[str, str]) -> str:
    """As written for keystone v2: a tenant's name and no domains."""
    kept = {k: v for k, v in values.items() if "DOMAIN" not in k and k != "OS_IDENTITY_API_VERSION"}
    kept["OS_TENANT_NAME"] = kept.pop("OS_PROJECT_NAME")
    return "".join(f"export {name}={value}\n" for name, value in kept.items())


def _prompt(values: dict[str, str]) -> str:
    """As Horizon writes it: the password is asked for at the terminal."""
    lines = "".join(f'export {k}="{v}"\n' for k, v in values.items() if k != "OS_PASSWORD")
    return (
        lines + 'echo "Please enter your OpenStack Password for project $OS_PROJECT_NAME: "\n'
        "read -sr OS_PASSWORD_INPUT\n"
        "export OS_PASSWORD=$OS_PASSWORD_INPUT\n"
    )


STYLES: dict[str, Callable[[dict[str, str]], str]] = {
    "export": _export,
    "plain": _plain,
    "quoted": _quoted,
    "tenant": _tenant,
    "prompt": _prompt,
    "failing": _failing,
    "noisy": _noisy,
    "credential": _export,
}
