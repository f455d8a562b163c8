"""Figures as they are printed: medians with their spread, ratios of runs that stood side by side, plain tables."""

import statistics
from collections.abc import Sequence


def spread(values: Sequence[float], digits: int = 2) -> str:
    """`1.20 (1.15-1.34)`: the median, the least and the most."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def ratios(values: Sequence[float], reference: Sequence[float]) -> list[float]:
    """Round by round, since both were measured in the same minute; not of the medians."""
    return [value / base for value, base in zip(values, reference, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(line[column]) for line in (head, *rows)) for column in range(len(head))]
    print(f"\n{title}")
    for line in (head, ["-" * width for width in widths], *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    print(flush=True)


def print_goal(sentence: str, found: float, bound: float, *, digits: int = 2) -> None:
    verdict = "met" if found <= bound else "MISSED"
    print(f"goal: {sentence}: {found:.{digits}f} (at most {bound:g}): {verdict}", flush=True)
