"""CPU lists and masks, frames, host names, evidence, and that nothing a host prints breaks a reader."""

import shlex
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimus.collection.hosts.access import lcm_command, ssh_name
from optimus.collection.hosts.combine import combine
from optimus.collection.hosts.commands import BY_NAME, COMMANDS, host_command, host_script
from optimus.collection.hosts.evidence import evidence_of, replay
from optimus.collection.hosts.framing import Output, split
from optimus.collection.parsers.hosts.cpu_lists import parse_cpu_list, parse_cpu_mask
from optimus.collection.parsers.hosts.reading import Absent, Parsed, Unreadable, excerpt, masked
from optimus.facts.hosts import Become, HostLimits

LIMITS = HostLimits()


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("", ()),
        ("\n", ()),
        ("(null)", ()),
        ("3", (3,)),
        ("^1,0-2", (0, 2)),
        ("0-9,^2-8", (0, 1, 9)),
        (" 4 - 5 , 7 ", (4, 5, 7)),
        ("1,1,1", (1,)),
        ('"2-3"', (2, 3)),
        ("0-7:1/2", (0, 2, 4, 6)),
        ("5,", (5,)),
    ],
)
def test_cpu_list(text: str, cpus: tuple[int, ...]) -> None:
    assert parse_cpu_list(text) == cpus


@pytest.mark.parametrize("text", ["x", "1-", "-1", "3-1", "0-99999", "1;2", "0x3", "^", "0-7:0/2", "0-7:3/2", "1 2"])
def test_what_is_no_cpu_list_is_told_with_what_stands_there(text: str) -> None:
    with pytest.raises(Unreadable) as failure:
        parse_cpu_list(text)
    assert failure.value.evidence == text


@pytest.mark.parametrize(
    ("text", "cpus"), [("0", ()), ("3", (0, 1)), ("0X10", (4,)), ("00000001,00000000", (32,)), ('"6"', (1, 2))]
)
def test_cpu_mask(text: str, cpus: tuple[int, ...]) -> None:
    assert parse_cpu_mask(text) == cpus


@pytest.mark.parametrize("text", ["", "g", "0x", "f" * 5000, "-1"])
def test_what_is_no_mask(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_cpu_mask(text)


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_any_text_is_read_absent_or_unreadable(command: object, text: str) -> None:
    parse = BY_NAME[getattr(command, "name", "")].parse
    with suppress(Unreadable):  # anything else that it raises would be a fault
        assert isinstance(parse(text), Parsed | Absent)


_LINES = st.sampled_from(
    [
        "mark a", "@a u", "running", "<domain>", "</domain>", "<vcpu>x</vcpu>", "<vcpu cpuset='z'>1</vcpu>", "VCPU:",
        " 0: 1-", "emulator: x", " *: 9-1", "<metadata><a xmlns='nova'/></metadata>", "<!DOCTYPE x>",
        '{"headings":["name","ports"],"data":[[["map",[]],["map",[["a","b"]]]]]}',
        '{"headings":["_uuid","interfaces"],"data":[[["uuid","a"],[["x"]]]]}',
        '{"headings":["_uuid","name","type"],"data":[[{},[],1]]}', '{"headings":["other_config"],"data":[[1]]}',
        '{"headings":["other_config"],"data":[[["map",[["pmd-cpu-mask","zz"]]]]]}', "[]", "1", "{}", "[[[[",
        "== br", "  port 1: rx pkts=?, ", "  tx pkts=1", "a/address:", "a/speed:x", "a/device/uevent:PCI_SLOT_NAME",
        "l a -> b", "node0/cpulist:x", "node0/meminfo:Node 0 MemTotal:  1 kB", "online:^", "cpu0/topology/core_id:x",
        "# file x", "cpu_shared_set=", "cpu_dedicated_set=a", "isolcpus=z nohz_full=", "\x00\ufffd",
    ]
)  # fmt: skip


@given(st.lists(_LINES, max_size=12), st.integers(0, 255))
@settings(max_examples=400, deadline=None)
def test_combining_never_fails(lines: list[str], status: int) -> None:
    text = "\n".join(lines)
    outputs = {name: Output(status if name in {"net", "guests"} else 0, text, text) for name in BY_NAME}
    assert combine("h", 0, outputs).host == "h"


def test_secrets_never_reach_messages_or_evidence() -> None:
    text = "inst.ks=ftp://u:hunter2@x rd.password=hunter2 OS_TOKEN: hunter2 psk=hunter2"
    assert "hunter2" not in masked(text)
    assert "hunter2" not in excerpt(text)
    assert "hunter2" not in str(evidence_of({"kernel": Output(0, text, text)}, 1000))
    assert "hunter2" not in str(Unreadable("x", "y", text))


def test_evidence_is_bounded_and_what_was_left_out_is_a_gap() -> None:
    kept = evidence_of({"kernel": Output(0, "root=x", ""), "guests": Output(0, "x" * 500, "")}, 100)
    assert set(kept) == {"kernel", "kernel.stderr"}
    facts = replay("h", 7, kept)
    assert facts.kernel is not None
    assert facts.gaps["guests"] == "guest_list was not answered"  # type: ignore[index]


def test_frames_survive_what_stands_around_and_inside() -> None:
    out = "Last login\n@@n B x\n\n@@n B cpus\na\n@@other E cpus 0\nb\n\n@@n E cpus 0\n\n@@n B numa\nhalf"
    framed = split(out, "banner\n\n@@n B cpus\nugh\n\n@@n E cpus 0\n", "n")
    assert framed.outputs == {"cpus": Output(0, "a\n@@other E cpus 0\nb\n", "ugh\n")}
    assert (framed.started, framed.complete, framed.unfinished) == (True, False, "numa")


def test_many_markers_cost_little() -> None:
    framed = split("\n@@n B x\ny" * 200_000, "", "n")
    assert framed.outputs == {}


@pytest.mark.parametrize(
    "host",
    ["", "-v", "-oProxyCommand=x", "a b", "a;b", "a.b;c", "$(id)", "`id`", "a'b", "a\nb", "a/b", "..", ".a", "a..b",
     "fe80::1%eth0", "é", "a@b", "x" * 64, "*", "a\0"],
)  # fmt: skip
def test_what_is_no_host_name_is_never_asked_for(host: str) -> None:
    assert ssh_name(host) is None


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("compute12.lab.example", "compute12"),
        ("Compute_12-a", "Compute_12-a"),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:DB8::7", "2001:db8::7"),
        ("compute-1.", "compute-1"),
    ],
)
def test_the_lcm_is_asked_for_the_first_label(host: str, name: str) -> None:
    assert ssh_name(host) == name


def test_the_lcms_command_line() -> None:
    words = shlex.split(lcm_command("compute-1", host_command(LIMITS), LIMITS))
    assert words[:8] == ["exec", "env", "LC_ALL=C", "timeout", "-k", "2", "45", "ssh"]
    assert words[-3:] == ["--", "compute-1", host_command(LIMITS)]
    assert "BatchMode=yes" in words
    assert "ConnectTimeout=5" in words
    assert "-T" in words
    assert not any("StrictHostKeyChecking" in word or "KnownHosts" in word for word in words)


def test_the_script_asks_for_sudo_only_where_it_may() -> None:
    assert "S=''\n" in host_script("n", Become.NONE, LIMITS)
    assert "S='sudo -n'\n" in host_script("n", Become.SUDO, LIMITS)
