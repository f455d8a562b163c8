"""Which line of a generated file came from which cell."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from optimus.yamlgen.outputs.mask import masked
from optimus.yamlgen.verify import Output


def preview(output: Output, secret_keys: Sequence[str]) -> dict[str, Any]:
    """The text with secrets masked, and [line, cell] pairs in the order of lines."""
    lines = output.document.lines
    cells = [
        [bisect_right(lines, position), source[0].cell(source[1])]
        for position, source in sorted(output.done.marks.items(), key=_position)
        if source is not None
    ]
    return {"text": masked(output.document, secret_keys), "cells": cells}


def _position(entry: tuple[int, object]) -> int:
    return entry[0]


def cells_of_line(found: Mapping[str, Any], line: int) -> list[str]:
    return [cell for at, cell in found["cells"] if at == line]
