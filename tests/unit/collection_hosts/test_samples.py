"""All samples of hosts' outputs, the parsers' and helpers' own examples, and whole hosts replayed from evidence.

`hostlab_*` and `vm_*` are captured from real tools, `handmade_*` are shapes known from elsewhere.
"""

import doctest
import json
import pkgutil
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from optimus.collection import hosts
from optimus.collection.hosts.commands import BY_NAME, GUEST_LIST, OVS_BRIDGES
from optimus.collection.hosts.evidence import replay
from optimus.collection.parsers import hosts as parsers

SAMPLES = Path(__file__).parents[2] / "samples" / "hosts"
CASES = sorted(SAMPLES.glob("*/*.out"))
WHOLE = sorted(path for path in (SAMPLES / "whole").glob("*.json") if not path.name.endswith(".expected.json"))
MODULES = [
    f"{package.__name__}.{found.name}"
    for package in (parsers, hosts)
    for found in pkgutil.iter_modules(package.__path__)
]
WITHOUT_EXAMPLES = {
    "answers",
    "combine",
    "combine_interfaces",
    "combine_ovs",
    "commands",
    "failures",
    "probe",
    "readings",
}


def plain(value: Any) -> Any:
    """A parser's answer as the JSON that an expected file holds."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {" ".join(key) if isinstance(key, tuple) else str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        numbers = all(isinstance(one, int) for one in value)
        return " ".join(map(str, value)) if numbers and len(value) > 8 else [plain(one) for one in value]
    return value


def check(case: Path, found: Any) -> None:
    assert plain(found) == json.loads(case.with_suffix(".expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_sample(case: Path) -> None:
    check(case, BY_NAME[case.parent.name].parse(case.read_text(encoding="utf-8")))


@pytest.mark.parametrize("case", WHOLE, ids=lambda case: case.stem)
def test_whole_host(case: Path) -> None:
    check(case, replay("compute-1.lab.example", 1795473686, json.loads(case.read_text(encoding="utf-8"))))


def test_every_parser_has_a_sample() -> None:
    plain_lists = {GUEST_LIST.name, OVS_BRIDGES.name}
    assert {case.parent.name for case in CASES} == set(BY_NAME) - plain_lists


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    tried = doctest.testmod(import_module(name))
    assert tried.failed == 0
    assert tried.attempted > 0 or name.rpartition(".")[2] in WITHOUT_EXAMPLES
