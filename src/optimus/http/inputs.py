"""Types of what clients send: blank means absent, integers may carry blanks, no control characters."""

import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

MAX_OFFSET = 10**9
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _blank_is_absent(value: Any) -> Any:
    """A documented URL is a template, and clients leave parameters empty or with stray white space."""
    if isinstance(value, str):
        return value.strip() or None
    return value


def _no_control_characters(value: str | None) -> str | None:
    if value is not None and _CONTROL.search(value):
        raise ValueError("must not contain control characters")
    return value


def _not_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be an integer")  # noqa: TRY004 - pydantic wants ValueError
    return value


def one_of(allowed: type[StrEnum]) -> BeforeValidator:
    """Refuse a value that is not in the list, naming the list."""
    names = [member.value for member in allowed]

    def check(value: Any) -> Any:
        value = _blank_is_absent(value)
        if value is not None and value not in names:
            raise ValueError(f"must be one of: {', '.join(names)}")
        return value

    return BeforeValidator(check)


# Query parameters. A filter keeps inner blanks; only the ends are trimmed.
OptionalText = Annotated[
    str | None,
    BeforeValidator(_blank_is_absent),
    AfterValidator(_no_control_characters),
    Field(max_length=255),
]
Limit = Annotated[int | None, BeforeValidator(_blank_is_absent), Field(ge=1, le=1000)]
Offset = Annotated[int | None, BeforeValidator(_blank_is_absent), Field(ge=0, le=MAX_OFFSET)]

# Ids in a path.
PathId = Annotated[str, AfterValidator(_no_control_characters), Field(min_length=1, max_length=255)]

# Body values.
Name = Annotated[
    str,
    AfterValidator(str.strip),
    AfterValidator(_no_control_characters),
    Field(min_length=1, max_length=255),
]
Text = Annotated[str | None, AfterValidator(_no_control_characters), Field(max_length=255)]
Id = Annotated[str, AfterValidator(_no_control_characters), Field(min_length=1, max_length=64)]
StrictInt = Annotated[int, BeforeValidator(_not_bool)]


class Body(BaseModel):
    """A JSON body: unknown keys are ignored, since clients send keys of their own (`_t`)."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Query(BaseModel):
    """Query parameters: unknown ones are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Order(StrEnum):
    ASC = "asc"
    DESC = "desc"
