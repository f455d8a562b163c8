"""Every example in a docstring is true."""

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest

import optimus

NAMES = [module.name for module in pkgutil.walk_packages(optimus.__path__, "optimus.")]


def module_of(name: str) -> ModuleType:
    return importlib.import_module(name)


@pytest.mark.parametrize(
    "name", [n for n in NAMES if ".migrations" not in n and not n.endswith("__main__") and n != "optimus.cli.demo"]
)
def test_examples(name: str) -> None:
    assert doctest.testmod(module_of(name)).failed == 0
