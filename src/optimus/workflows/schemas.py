"""What the calls take that concern more than one domain."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from optimus.datacenters.address import parse_address
from optimus.http.inputs import Body, Limit, Name, Offset, Query, Secret


class HistoryFilter(StrEnum):
    STATIC = "static"
    DYNAMIC = "dynamic"
    NONE = "none"


class Page(Query):
    limit: Limit = None
    offset: Offset = None


def _address(value: object) -> object:
    if isinstance(value, str):
        parse_address(value)
    return value


class LoginTrial(Body):
    """An LCM to try, before it is registered or changed."""

    lcm_ip: Annotated[Name, BeforeValidator(_address)]
    lcm_user: Name
    lcm_pwd: Secret
