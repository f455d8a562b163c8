from typing import Any

import pytest

from optimus.collection.errors import CloudAnswerBad
from optimus.collection.paging import ids_of, next_marker

ROWS = [{"id": "a"}, {"id": "b"}]
INTERNAL = "http://10.0.0.1:8774/v2.1/x?limit=2&marker=m%2F1"


@pytest.mark.parametrize(
    ("page", "limit", "marker"),
    [
        ({"x": [], "x_links": [{"rel": "next", "href": INTERNAL}]}, 2, None),
        (
            {"x": ROWS, "x_links": [{"rel": "previous", "href": "?marker=z"}, {"rel": "next", "href": INTERNAL}]},
            9,
            "m/1",
        ),
        ({"x": ROWS, "y_type_links": [{"rel": "next", "href": INTERNAL}]}, 9, "m/1"),
        ({"x": ROWS, "links": [{"rel": "next", "href": INTERNAL}]}, 9, "m/1"),
        ({"x": ROWS, "links": {"next": INTERNAL, "self": "…", "previous": None}}, 9, "m/1"),
        ({"x": ROWS, "links": {"next": None, "self": "…"}}, 9, None),
        ({"x": ROWS, "x_links": [{"rel": "next", "href": "http://h/x?page=2"}]}, 9, "b"),
        ({"x": ROWS}, 2, "b"),
        ({"x": ROWS}, 3, None),
        ({"x": ROWS}, None, None),
        ({"x": {"id": "one object"}}, None, None),
        ({"x": [{"id": 7}]}, 1, "7"),
    ],
)
def test_next_marker(page: dict[str, Any], limit: int | None, marker: str | None) -> None:
    assert next_marker(page, "x", limit) == marker


@pytest.mark.parametrize("page", [{"x": [{"name": "n"}]}, {"x": ROWS, "truncated": True}])
def test_a_list_that_cannot_go_on_is_a_failure(page: dict[str, Any]) -> None:
    with pytest.raises(CloudAnswerBad):
        next_marker(page, "x", 1 if len(page["x"]) == 1 else 9)


def test_ids() -> None:
    assert ids_of({"x": ROWS}, "x") == {"a", "b"}
    assert ids_of({"x": {"id": "a"}}, "x") == set()
