"""`lcm_ip`: what it may be, and that everything else is refused with a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimus.datacenters.address import parse_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1", ("10.0.0.1", 22)),
        (" 10.0.0.1:2022 ", ("10.0.0.1", 2022)),
        ("lcm", ("lcm", 22)),
        ("LCM_1.site-a.example.:22", ("LCM_1.site-a.example.", 22)),
        ("::1", ("::1", 22)),
        ("2001:db8::17", ("2001:db8::17", 22)),
        ("[::1]", ("::1", 22)),
        ("[fe80::1%eth0.100]:65535", ("fe80::1%eth0.100", 65535)),
        ("3com.example", ("3com.example", 22)),
    ],
)
def test_addresses_that_are_taken(text: str, expected: tuple[str, int]) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a" * 256,
        "256.1.1.1",
        "1.2.3",
        "1.2.3.4.5",
        "10.0.0.1:0",
        "10.0.0.1:65536",
        "10.0.0.1:",
        "10.0.0.1:ssh",
        "10.0.0.1:²",
        "10.0.0.1:-1",
        "-lcm.example",
        "lcm-.example",
        "lcm..example",
        ".example",
        "l cm",
        "lcm\nother",
        "lcm;reboot",
        "user@lcm",
        "ssh://lcm",
        "lcm/24",
        "2001:db8::g",
        "2001:db8:::1",
        "[2001:db8::1",
        "[2001:db8::1]22",
        "[lcm]:22",
        "fe80::1%",
        "fe80::1%eth0;x",
        "host.exämple",
        "a" * 64 + ".example",
    ],
)
def test_addresses_that_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(must|is|has) "):
        parse_address(text)


@given(st.text(max_size=40))
def test_any_text_is_taken_or_refused(text: str) -> None:
    try:
        host, port = parse_address(text)
    except ValueError:
        return
    assert host
    assert 1 <= port <= 65535
    assert not set(host) & set(" \n\r\t;|&$`'\"/@")
