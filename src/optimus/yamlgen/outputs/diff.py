"""A unified diff whose time grows with the length of the texts: unique lines are anchors, difflib does the rest."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

Lines = Sequence[str]
Same = tuple[int, int, int]  # in the old text, in the new one, how many lines
_CONTEXT = 3
_SMALL = 20_000  # lines times lines that difflib may compare


def unified(old: str, new: str, old_name: str, new_name: str) -> str:
    r"""The changes with three lines around them.

    >>> print(unified("a\nb\n", "a\nc\n", "x", "y"), end="")
    --- x
    +++ y
    @@ -1,2 +1,2 @@
     a
    -b
    +c
    """
    if old == new:
        return ""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    blocks = _joined([*_same(before, after, 0, len(before), 0, len(after)), (len(before), len(after), 0)])
    out = [f"--- {old_name}\n", f"+++ {new_name}\n"]
    for hunk in _hunks(_changes(blocks)):
        out += _print(hunk, before, after)
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in out)


def _same(a: Lines, b: Lines, a0: int, a1: int, b0: int, b1: int) -> Iterator[Same]:
    head = 0
    while a0 + head < a1 and b0 + head < b1 and a[a0 + head] == b[b0 + head]:
        head += 1
    tail = 0
    while a0 + head < a1 - tail and b0 + head < b1 - tail and a[a1 - tail - 1] == b[b1 - tail - 1]:
        tail += 1
    if head:
        yield a0, b0, head
    yield from _middle(a, b, a0 + head, a1 - tail, b0 + head, b1 - tail)
    if tail:
        yield a1 - tail, b1 - tail, tail


def _middle(a: Lines, b: Lines, a0: int, a1: int, b0: int, b1: int) -> Iterator[Same]:
    if a0 == a1 or b0 == b1:
        return
    if (a1 - a0) * (b1 - b0) <= _SMALL:
        matcher = SequenceMatcher(None, a[a0:a1], b[b0:b1], autojunk=False)
        yield from ((a0 + m.a, b0 + m.b, m.size) for m in matcher.get_matching_blocks() if m.size)
        return
    at_a, at_b = a0, b0
    for next_a, next_b in _anchors(a, b, a0, a1, b0, b1):
        if next_a < at_a or next_b < at_b:
            continue
        if (next_a - at_a) * (next_b - at_b) <= _SMALL:
            yield from _same(a, b, at_a, next_a, at_b, next_b)
        yield next_a, next_b, 1
        at_a, at_b = next_a + 1, next_b + 1
    if (at_a, at_b) != (a0, b0):
        yield from _same(a, b, at_a, a1, at_b, b1)


def _anchors(a: Lines, b: Lines, a0: int, a1: int, b0: int, b1: int) -> list[tuple[int, int]]:
    """Lines that stand once in both, in an order that rises in both (the longest such)."""
    count_a, count_b = Counter(a[a0:a1]), Counter(b[b0:b1])
    where = {line: at for at, line in enumerate(b[b0:b1], b0) if count_b[line] == 1 and count_a.get(line) == 1}
    found = [(at, where[line]) for at, line in enumerate(a[a0:a1], a0) if line in where]
    ends: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for index, (_, at_b) in enumerate(found):
        place = bisect_left(ends, at_b)
        previous.append(last[place - 1] if place else -1)
        if place == len(ends):
            ends.append(at_b)
            last.append(index)
        else:
            ends[place], last[place] = at_b, index
    chain: list[tuple[int, int]] = []
    index = last[-1] if last else -1
    while index >= 0:
        chain.append(found[index])
        index = previous[index]
    return chain[::-1]


def _joined(blocks: Sequence[Same]) -> list[Same]:
    out: list[Same] = []
    for block in blocks:
        if out and block[2] and out[-1][0] + out[-1][2] == block[0] and out[-1][1] + out[-1][2] == block[1]:
            out[-1] = (out[-1][0], out[-1][1], out[-1][2] + block[2])
        else:
            out.append(block)
    return out


Change = tuple[int, int, int, int]


def _changes(blocks: Sequence[Same]) -> Iterator[Change]:
    a = b = 0
    for at_a, at_b, size in blocks:
        if at_a > a or at_b > b:
            yield a, at_a, b, at_b
        a, b = at_a + size, at_b + size


def _hunks(changes: Iterator[Change]) -> Iterator[list[Change]]:
    """Changes that are near each other share a hunk."""
    hunk: list[Change] = []
    for change in changes:
        if hunk and change[0] - hunk[-1][1] > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    if hunk:
        yield hunk


def _print(hunk: Sequence[Change], a: Lines, b: Lines) -> Iterator[str]:
    lead = min(_CONTEXT, hunk[0][0], hunk[0][2])
    a_start, b_start = hunk[0][0] - lead, hunk[0][2] - lead
    a_end = min(hunk[-1][1] + _CONTEXT, len(a))
    b_end = hunk[-1][3] + (a_end - hunk[-1][1])
    yield f"@@ -{_range(a_start, a_end)} +{_range(b_start, b_end)} @@\n"
    at = a_start
    for a0, a1, b0, b1 in hunk:
        yield from (" " + line for line in a[at:a0])
        yield from ("-" + line for line in a[a0:a1])
        yield from ("+" + line for line in b[b0:b1])
        at = a1
    yield from (" " + line for line in a[at:a_end])


def _range(start: int, end: int) -> str:
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def changed_lines(diff: str) -> list[tuple[int, int]]:
    r"""First and last line of each stretch of the new text that a unified diff adds.

    >>> changed_lines("--- x\n+++ y\n@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d\n")
    [(2, 3)]
    """
    found: list[tuple[int, int]] = []
    line = 0
    for text in diff.split("\n")[2:]:
        if text.startswith("@@"):
            line = int(text.partition("+")[2].partition(",")[0].partition(" ")[0])
        elif text.startswith("+"):
            if found and found[-1][1] == line - 1:
                found[-1] = (found[-1][0], line)
            else:
                found.append((line, line))
            line += 1
        elif text.startswith(" "):
            line += 1
    return found
