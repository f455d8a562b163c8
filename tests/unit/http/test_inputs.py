"""What clients send: blanks are absent, integers may carry blanks, control characters are refused."""

from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from optimus.http.inputs import Id, Limit, Name, Offset, OptionalText, Order, PathId, StrictInt, Text, one_of

ORDER: Any = Annotated[Order | None, one_of(Order)]


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize("value", ["", "  ", "\t\n", None])
@pytest.mark.parametrize("kind", [OptionalText, Limit, Offset, ORDER])
def test_an_empty_parameter_counts_as_absent(kind: Any, value: object) -> None:
    assert read(kind, value) is None


@pytest.mark.parametrize("value", ["10", " 10", "10 ", 10])
def test_integers_may_carry_blanks(value: object) -> None:
    assert read(Limit, value) == read(Offset, value) == 10


@pytest.mark.parametrize("value", ["0", "1001", "-1", "1.5", "ten", "1e3", "\uff19\uff19\uff19\uff19"])
def test_limits_out_of_range(value: str) -> None:
    with pytest.raises(ValidationError):
        read(Limit, value)


@pytest.mark.parametrize(("kind", "value"), [(Offset, "-1"), (Offset, str(10**9 + 1)), (Offset, "9" * 40)])
def test_offsets_out_of_range(kind: Any, value: str) -> None:
    with pytest.raises(ValidationError):
        read(kind, value)


def test_a_filter_keeps_its_inner_blanks() -> None:
    assert read(OptionalText, "  a  b ") == "a  b"


@pytest.mark.parametrize("kind", [OptionalText, PathId, Name, Text, Id])
@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\x08"])
def test_control_characters_are_refused(kind: Any, character: str) -> None:
    with pytest.raises(ValidationError, match="control characters"):
        read(kind, f"a{character}b")


@pytest.mark.parametrize("kind", [OptionalText, PathId, Name, Text])
def test_255_characters_and_no_more(kind: Any) -> None:
    assert read(kind, "é" * 255) == "é" * 255
    with pytest.raises(ValidationError):
        read(kind, "é" * 256)


@pytest.mark.parametrize("value", ["", "   "])
def test_a_name_is_not_empty(value: str) -> None:
    with pytest.raises(ValidationError):
        read(Name, value)


def test_a_name_is_trimmed() -> None:
    assert read(Name, "  gz 1 ") == "gz 1"


@pytest.mark.parametrize("value", [True, False])
def test_true_is_no_number(value: bool) -> None:
    with pytest.raises(ValidationError, match="must be an integer"):
        read(StrictInt, value)


def test_a_choice_names_what_is_allowed() -> None:
    assert read(ORDER, " desc ") is Order.DESC
    with pytest.raises(ValidationError, match="must be one of: asc, desc"):
        read(ORDER, "up")
    with pytest.raises(ValidationError, match="must be one of: asc, desc"):
        read(ORDER, ["asc"])
