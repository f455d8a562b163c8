"""Edits of a text by position, and what the text is afterwards, with a mark for each value that came from a cell."""

from bisect import bisect_right
from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple

from optimus.yamlgen.yamltext.emit import Source


class Edit(NamedTuple):
    """Replace start:end. `marks` are offsets inside the new text; an edit that changes nothing only carries a mark."""

    start: int
    end: int
    text: str
    marks: tuple[tuple[int, Source], ...] = ()


class Assembled:
    """The new text, its marks by position, and which parts of it are the template's own bytes."""

    def __init__(self) -> None:
        self.text = ""
        self.marks: dict[int, Source] = {}
        self.kept: list[tuple[int, int, int]] = []  # where in the output, where in the template, how long
        self.written: list[tuple[int, int]] = []

    def was_written(self, position: int) -> bool:
        """Whether this job wrote the character at a position of the output."""
        if position in self.marks:
            return True
        at = bisect_right(self.written, (position, 1 << 60)) - 1
        return at >= 0 and self.written[at][0] <= position < self.written[at][1]

    def template_position(self, position: int) -> int | None:
        at = bisect_right(self.kept, (position, 1 << 60, 0)) - 1
        if at < 0:
            return None
        out, source, length = self.kept[at]
        return source + position - out if position < out + length else None


def assemble(text: str, start: int, end: int, edits: Iterable[Edit]) -> Assembled:
    """Apply edits to text[start:end]. Where two touch, the later one in the list stands after the earlier."""
    done = Assembled()
    pieces: list[str] = []
    at, size = start, 0
    for first, last, new, marks in sorted(edits, key=_start):
        if first < at:  # inside something that is already replaced or removed
            continue
        if first > at:
            pieces.append(text[at:first])
            done.kept.append((size, at, first - at))
            size += first - at
        for offset, source in marks:
            done.marks[size + offset] = source
        if new:
            if new != text[first:last]:
                done.written.append((size, size + len(new)))
            pieces.append(new)
            size += len(new)
        at = last
    if end > at:
        pieces.append(text[at:end])
        done.kept.append((size, at, end - at))
    done.text = "".join(pieces)
    return done


def rewrite(text: str, start: int, end: int, edits: Iterable[Edit]) -> tuple[str, list[tuple[int, Source]]]:
    """The same for clones, of which there are many: only the new text and its marks."""
    pieces: list[str] = []
    marks: list[tuple[int, Source]] = []
    at, size = start, 0
    for first, last, new, found in sorted(edits, key=_start):
        if first < at:
            continue
        if first > at:
            pieces.append(text[at:first])
            size += first - at
        for offset, source in found:
            marks.append((size + offset, source))
        pieces.append(new)
        size += len(new)
        at = last
    pieces.append(text[at:end])
    return "".join(pieces), marks


# A pure insertion stands before the replacement that begins at the same place.
_start = itemgetter(0, 1)


def changed(edits: Iterable[Edit], text: str) -> bool:
    return any(new != text[first:last] for first, last, new, _ in edits)
