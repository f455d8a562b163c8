"""New YAML text for what a template does not hold yet: block style, our own quoting, marks of the values' cells."""

from collections.abc import Sequence
from typing import Any

from optimus.yamlgen.binding.records import Record
from optimus.yamlgen.binding.values import Special, Value
from optimus.yamlgen.yamltext.quote import quote

Source = tuple[Record, str] | None
Leaf = tuple[Value, Source]
Marks = list[tuple[int, Source]]


def scalar(value: object, *, flow: bool = False) -> str:
    """One value as YAML, quoted where it must be.

    >>> scalar(True), scalar(5), scalar("5"), scalar(Special.NULL)
    ('true', '5', "'5'", 'null')
    """
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    if value is Special.NULL:
        return "null"
    if value is Special.EMPTY:
        return "''"
    return quote(str(value), flow=flow)


class Writer:
    """Collects lines with marks. `indent` is the column of keys or dashes, `step` how far lists stand in."""

    def __init__(self, newline: str, step: int) -> None:
        self.newline, self.step = newline, step
        self.pieces: list[str] = []
        self.size = 0
        self.marks: Marks = []

    def put(self, text: str, source: Source = None) -> None:
        if source is not None:
            self.marks.append((self.size, source))
        self.pieces.append(text)
        self.size += len(text)

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def pair(self, key: str, value: Any, indent: int, *, lead: str | None = None) -> None:
        """`key: value`, with what stands before the key on its line."""
        self.put((" " * indent if lead is None else lead) + quote(key) + ":")
        if isinstance(value, dict):
            self.put(self.newline)
            for name, below in value.items():
                self.pair(name, below, indent + 2)
        elif isinstance(value, list):
            self.put(self.newline)
            self.items(value, indent + self.step)
        else:
            self._leaf(value)

    def _leaf(self, value: Leaf) -> None:
        self.put(" ")
        self.put(scalar(value[0]), value[1])
        self.put(self.newline)

    def items(self, values: Sequence[Any], indent: int) -> None:
        for value in values:
            if isinstance(value, dict):
                lead = " " * indent + "- "
                for key, below in value.items():
                    self.pair(key, below, indent + 2, lead=lead)
                    lead = " " * (indent + 2)
            else:
                self.put(" " * indent + "-")
                self._leaf(value)

    def flow(self, value: Any) -> None:
        """The same in flow style, for places inside `{}` or `[]`."""
        if isinstance(value, dict):
            self.put("{")
            for index, (key, below) in enumerate(value.items()):
                self.put(", " if index else "")
                self.put(quote(key, flow=True) + ": ")
                self.flow(below)
            self.put("}")
        elif isinstance(value, list):
            self.put("[")
            for index, below in enumerate(value):
                self.put(", " if index else "")
                self.flow(below)
            self.put("]")
        else:
            self.put(scalar(value[0], flow=True), value[1])
