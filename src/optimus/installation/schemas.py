"""What the installation's calls answer."""

from typing_extensions import TypedDict


class About(TypedDict):
    """What anybody may know before logging in. `time_zone` is the one in which daily windows are meant."""

    version: str
    registration: str
    time_zone: str


class SettingItem(TypedDict):
    """A setting as text. A secret says only whether it is set; a database URL comes without its password."""

    name: str
    value: str
    is_default: bool
    description: str
