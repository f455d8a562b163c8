"""multipart/form-data as clients write it, and whatever else may come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.forms import form

from optimus.errors import MalformedRequest
from optimus.http.uploads import PARTS, parse_form

MEDIA = "multipart/form-data; boundary=xYx"


def part(disposition: str, content: bytes = b"data", more: str = "") -> bytes:
    head = f"--xYx\r\nContent-Disposition: {disposition}\r\n{more}\r\n"
    return head.encode() + content + b"\r\n"


def one(disposition: str) -> tuple[str, str]:
    (found,) = parse_form(MEDIA, part(disposition) + b"--xYx--\r\n").files
    return found.field, found.name


@given(st.lists(st.tuples(st.sampled_from(["excel", "yaml"]), st.sampled_from(["a.yaml", "主机.xlsx"]), st.binary())))
def test_what_was_sent_comes_out(parts: list[tuple[str, str, bytes]]) -> None:
    content, headers = form(*parts[:PARTS])
    found = parse_form(headers["Content-Type"], content).files
    assert [(file.field, file.name, file.data) for file in found] == parts[:PARTS]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('form-data; name="excel"; filename="demo.xlsx"', "demo.xlsx"),
        ("form-data; name=excel; filename=demo.xlsx", "demo.xlsx"),
        ('form-data; filename="demo.xlsx"; name="excel"', "demo.xlsx"),
        ('form-data; name="excel"; filename="示例.xlsx"', "示例.xlsx"),
        ("form-data; name=\"excel\"; filename*=utf-8''%E7%A4%BA%E4%BE%8B.xlsx", "示例.xlsx"),
        ('form-data; name="excel"; filename="a;b=c.xlsx"', "a;b=c.xlsx"),
        ('form-data; name="excel"; filename="C:\\dir\\hosts.yaml"', "C:\\dir\\hosts.yaml"),
    ],
)
def test_file_names(disposition: str, name: str) -> None:
    assert one(disposition) == ("excel", name)


def test_what_is_no_file_is_left_out() -> None:
    body = part('form-data; name="note"', b"text") + part('form-data; name="excel"; filename=""', b"") + b"--xYx--"
    assert parse_form(MEDIA, body).files == ()


def test_a_boundary_in_quotes_and_a_preamble() -> None:
    body = b"to be ignored\r\n" + part('form-data; name="a"; filename="b"', b"\r\n\r\n--x\r\n") + b"--xYx--\r\nafter"
    (found,) = parse_form('multipart/form-data; charset=utf-8; boundary="xYx"', body).files
    assert found.data == b"\r\n\r\n--x\r\n"


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("multipart/form-data", b"--xYx--"),
        ("multipart/form-data; boundary=", b"----"),
        (f"multipart/form-data; boundary={'x' * 201}", b"--" + b"x" * 201 + b"--"),
        (MEDIA, b"no boundary at all"),
        (MEDIA, part('form-data; name="a"; filename="b"')),  # cut off
        (MEDIA, part("form-data") + b"--xYx--"),
        (MEDIA, b"--xYx\r\nno header\r\n--xYx--"),
        (MEDIA, b"--xYxz\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--xYx--"),
        (MEDIA, part('form-data; name="a"; filename="b"', more=f"X-Pad: {'x' * 9000}\r\n") + b"--xYx--"),
        (MEDIA, part('form-data; name="a"; filename="b"', more="Content-Transfer-Encoding: base64\r\n") + b"--xYx--"),
        (MEDIA, part('form-data; name="a"; filename="b"') * (PARTS + 1) + b"--xYx--"),
    ],
)
def test_what_cannot_be_read(media: str, body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_form(media, body)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(head: bytes, tail: bytes) -> None:
    body = head + b"\r\n--xYx\r\nContent-Disposition: " + tail + b"\r\n\r\ndata\r\n--xYx--"
    try:
        found = parse_form(MEDIA, body)
    except MalformedRequest:
        return
    assert all(file.field is not None for file in found.files)
