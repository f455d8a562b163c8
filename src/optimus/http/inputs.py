"""Types of what clients send: blank means absent, integers may carry blanks, no control characters."""

import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

MAX_OFFSET = 10**9
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def blank_is_absent(value: Any) -> Any:
    """A documented URL is a template, and clients leave parameters empty or with stray white space."""
    if isinstance(value, str):
        return value.strip() or None
    return value


def _whole_text(value: str) -> str:
    """JSON can spell half of a surrogate pair, which no database and no hash takes."""
    if _SURROGATE.search(value):
        raise ValueError("must not contain half of a surrogate pair")
    return value


def _no_control_characters(value: str | None) -> str | None:
    if value is not None and _CONTROL.search(_whole_text(value)):
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
        value = blank_is_absent(value)
        if value is not None and value not in names:
            raise ValueError(f"must be one of: {', '.join(names)}")
        return value

    return BeforeValidator(check)


# Bounds stand on the inner type: beside a validator, pydantic would hold a None against them too, and raise.
_Text255 = Annotated[str, Field(max_length=255)]
_Text1024 = Annotated[str, Field(max_length=1024)]
_Text4096 = Annotated[str, Field(max_length=4096)]

# Query parameters. A filter keeps inner blanks; only the ends are trimmed.
OptionalText = Annotated[_Text255 | None, BeforeValidator(blank_is_absent), AfterValidator(_no_control_characters)]
Limit = Annotated[Annotated[int, Field(ge=1, le=1000)] | None, BeforeValidator(blank_is_absent)]
Offset = Annotated[Annotated[int, Field(ge=0, le=MAX_OFFSET)] | None, BeforeValidator(blank_is_absent)]

# Ids in a path.
PathId = Annotated[str, AfterValidator(_no_control_characters), Field(min_length=1, max_length=255)]

# Body values.
Name = Annotated[
    str,
    AfterValidator(str.strip),
    AfterValidator(_no_control_characters),
    Field(min_length=1, max_length=255),
]
Password = Annotated[str, AfterValidator(_whole_text), Field(min_length=1, max_length=1024)]
Secret = Annotated[str, AfterValidator(_no_control_characters), Field(min_length=1, max_length=1024)]
Text = Annotated[_Text255 | None, AfterValidator(_no_control_characters)]
SecretText = Annotated[_Text1024 | None, AfterValidator(_no_control_characters)]
LongText = Annotated[_Text4096 | None, AfterValidator(_no_control_characters)]
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
