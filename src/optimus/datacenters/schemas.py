"""What the registry's calls take and answer."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from typing_extensions import TypedDict

from optimus.datacenters.address import parse_address
from optimus.facts.visits import ApiAccess
from optimus.http.inputs import Body, Id, LongText, Name, OptionalText, SecretText, Text


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


Place = Annotated[Text, BeforeValidator(_stripped)]
LcmPath = Annotated[LongText, BeforeValidator(_stripped), AfterValidator(_absolute)]
LcmAddressText = Annotated[Text, BeforeValidator(_stripped), AfterValidator(_address)]
LcmUser = Annotated[Text, BeforeValidator(_stripped)]


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
    """`fingerprint` as `ssh-keygen -lf` prints it: SHA256:…"""

    id: Id
    fingerprint: Annotated[str, Field(pattern=r"^SHA256:[A-Za-z0-9+/]{43}=?$")]


class DataCenterItem(TypedDict):
    """`lcm_pwd` is always the mask. Fields that an offline data center does not have are null."""

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
    host_key_fingerprint: str | None
    host_key_pinned_at: int | None
    created_at: int
    updated_at: int
