"""What the registry's calls take and answer."""

from enum import StrEnum
from typing import Annotated

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key
from pydantic import AfterValidator, BeforeValidator, Field
from typing_extensions import TypedDict

from optimus.datacenters.address import parse_address
from optimus.facts.hosts import Become
from optimus.facts.visits import ApiAccess
from optimus.http.inputs import Body, Id, LongText, Name, OptionalText, SecretText, StrictInt, Text, one_of
from optimus.kit.secrecy import MASK


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _absolute(value: str | None) -> str | None:
    if value and (not value.startswith("/") or "\n" in value or "\r" in value):
        raise ValueError("must be an absolute path on the LCM, on one line")
    return value


def _address(value: str | None) -> str | None:
    if value:
        parse_address(value)
    return value


def _private_key(value: str | None) -> str | None:
    """Read once here, so that a key that nobody can use is refused when it is entered."""
    if not value or value == MASK:
        return value
    text = value.strip() + "\n"
    try:
        load = load_ssh_private_key if "BEGIN OPENSSH" in text else load_pem_private_key
        load(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("must be a private key in OpenSSH's or PEM form, without a passphrase") from None
    return text


class HostWay(StrEnum):
    """How compute hosts are reached: by `ssh` on the LCM with its keys, or through it with credentials held here."""

    LCM = "lcm"
    DIRECT = "direct"


Place = Annotated[Text, BeforeValidator(_stripped)]
LcmPath = Annotated[LongText, BeforeValidator(_stripped), AfterValidator(_absolute)]
LcmAddressText = Annotated[Text, BeforeValidator(_stripped), AfterValidator(_address)]
LcmUser = Annotated[Text, BeforeValidator(_stripped)]
PrivateKey = Annotated[
    Annotated[str, Field(max_length=16384)] | None, BeforeValidator(_stripped), AfterValidator(_private_key)
]


class DataCenterBase(Body):
    """The changeable fields. None: not sent; an empty text clears an optional one."""

    country: Place = None
    province: Place = None
    city: Place = None
    system_name: Place = None
    cee_version: Place = None
    lcm_ip: LcmAddressText = None
    lcm_user: LcmUser = None
    lcm_pwd: SecretText = None
    openstackrc_dir: LcmPath = None
    lcmrc_dir: LcmPath = None
    api_access: ApiAccess | None = None
    host_access: Annotated[HostWay | None, one_of(HostWay)] = None
    host_become: Annotated[Become | None, one_of(Become)] = None
    host_user: LcmUser = None
    host_port: Annotated[StrictInt | None, Field(ge=1, le=65535)] = None
    host_pwd: SecretText = None
    host_private_key: PrivateKey = None


class DataCenterNew(DataCenterBase):
    """`mode` true is online; absent or false is offline."""

    name: Name
    mode: bool | None = None


class DataCenterChange(DataCenterBase):
    """`name` and `mode` may be sent, but only with the value that they have."""

    id: Id
    name: Text = None
    mode: bool | None = None


class DataCenterId(Body):
    id: OptionalText = None


class TrustHostKey(Body):
    """`fingerprint` as `ssh-keygen -lf` prints it: SHA256:… `host`: nova's name of a compute host; else the LCM."""

    id: Id
    host: OptionalText = None
    fingerprint: Annotated[str, Field(pattern=r"^SHA256:[A-Za-z0-9+/]{43}=?$")]


class DataCenterItem(TypedDict):
    """`lcm_pwd` is always the mask, the host secrets are where there are any.

    Fields that an offline data center does not have are null.
    """

    id: str
    name: str
    mode: bool
    country: str | None
    province: str | None
    city: str | None
    system_name: str | None
    cee_version: str | None
    lcm_ip: str | None
    lcm_user: str | None
    lcm_pwd: str
    openstackrc_dir: str | None
    lcmrc_dir: str | None
    api_access: str
    host_access: str
    host_become: str
    host_user: str | None
    host_port: int | None
    host_pwd: str | None
    host_private_key: str | None
    host_key_fingerprint: str | None
    host_key_pinned_at: int | None
    created_at: int
    updated_at: int
