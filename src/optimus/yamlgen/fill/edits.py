"""Edits of a text by position, and what the text is afterwards, with a mark for each value that came from a cell."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import itemgetter
from typing import NamedTuple

from optimus.yamlgen.yamltext.emit import Source

Block = tuple[int, Sequence[int], Sequence[Source]]  # where it begins, offsets from there, sources


class Marked(NamedTuple):
    """A text, and where in it which cells' values stand, in blocks that are shifted as a whole.

    A clone's offsets and sources stay the lists that they were made as: copying them at each step would take as long
    as the rest of the filling.
    """

    text: str
    blocks: tuple[Block, ...] = ()


class Edit(NamedTuple):
    """Replace start:end. `marks` are offsets inside the new text; an edit that changes nothing only carries a mark."""

    start: int
    end: int
    text: str
    marks: tuple[tuple[int, Source], ...] = ()
    blocks: tuple[Block, ...] = ()


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
    for first, last, new, marks, *blocks in sorted(edits, key=_start):
        if first < at:  # inside something that is already replaced or removed
            continue
        if first > at:
            pieces.append(text[at:first])
            done.kept.append((size, at, first - at))
            size += first - at
        for offset, source in marks:
            done.marks[size + offset] = source
        for base, offsets, sources in blocks[0] if blocks else ():
            done.marks.update(zip(map((size + base).__add__, offsets), sources, strict=True))
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


@dataclass(frozen=True)
class Layout:
    """Where the edits of a clone go: in which order, and the pattern's text around them."""

    order: tuple[int, ...]
    between: tuple[str, ...]


class Rewriter:
    """The same for clones, of which there are many: edits at the same places are laid out once."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text, self._start, self._end = text, start, end
        self._layouts: dict[tuple[int, ...], Layout] = {}

    def rewrite(self, edits: Sequence[Edit]) -> Marked:
        """Only the new text and its marks."""
        places = tuple([place for edit in edits for place in edit[:2]])
        layout = self._layouts.get(places)
        if layout is None:
            layout = self._layouts[places] = self._layout(edits)
        between, chosen = layout.between, [edits[index] for index in layout.order]
        pieces = [between[0]] * (2 * len(chosen) + 1)
        pieces[1::2] = [edit[2] for edit in chosen]
        pieces[2::2] = between[1:]
        ends = list(accumulate(map(len, pieces)))[::2]
        offsets = [at + offset for at, edit in zip(ends, chosen, strict=False) for offset, _ in edit[3]]
        sources = [source for edit in chosen for _, source in edit[3]]
        return Marked("".join(pieces), ((0, offsets, sources),))

    def _layout(self, edits: Sequence[Edit]) -> Layout:
        order: list[int] = []
        between: list[str] = []
        at = self._start
        for index in sorted(range(len(edits)), key=lambda one: edits[one][:2]):
            first, last = edits[index][:2]
            if first < at:  # inside something that is already replaced or removed
                continue
            order.append(index)
            between.append(self._text[at:first])
            at = last
        return Layout(tuple(order), (*between, self._text[at : self._end]))


# A pure insertion stands before the replacement that begins at the same place.
_start = itemgetter(0, 1)


def changed(edits: Iterable[Edit], text: str) -> bool:
    return any(edit[2] != text[edit[0] : edit[1]] for edit in edits)
