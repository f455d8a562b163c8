"""Every example in a docstring is true."""

import doctest
import importlib
import inspect
import pkgutil
from types import ModuleType
from typing import Any

import pytest

import optimus
import optimus_simcloud


class _Parser(doctest.DocTestParser):
    """Takes docstrings as Python 3.13 does: without their indentation, also when the first line is an example."""

    def get_doctest(
        self, string: str, globs: dict[str, Any], name: str, filename: str | None, lineno: int | None
    ) -> doctest.DocTest:
        return super().get_doctest(inspect.cleandoc(string), globs, name, filename, lineno)


def examples() -> list[doctest.DocTest]:
    finder = doctest.DocTestFinder(parser=_Parser(), exclude_empty=True)
    return [test for module in modules() for test in finder.find(module, module.__name__) if test.examples]


def modules() -> list[ModuleType]:
    packages = ((optimus.__path__, "optimus."), (optimus_simcloud.__path__, "optimus_simcloud."))
    names = [m.name for package, prefix in packages for m in pkgutil.walk_packages(package, prefix)]
    return [importlib.import_module(name) for name in names if "__main__" not in name and ".migrations" not in name]


EXAMPLES = examples()


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("test", EXAMPLES, ids=lambda test: test.name)
def test_examples(test: doctest.DocTest) -> None:
    told: list[str] = []
    found = doctest.DocTestRunner().run(test, out=told.append)
    assert found.failed == 0, "".join(told)
