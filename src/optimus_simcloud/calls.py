"""Counts API calls by method and path template, so that a collector's call budget can be tested."""

from collections import Counter


class Calls:
    def __init__(self) -> None:
        self.by_template: Counter[tuple[str, str]] = Counter()

    @property
    def total(self) -> int:
        return self.by_template.total()

    def count(self, template: str, method: str = "GET") -> int:
        return self.by_template[method, template]

    def add(self, method: str, template: str) -> None:
        self.by_template[method, template] += 1

    def reset(self) -> None:
        self.by_template.clear()

    def as_json(self) -> dict[str, object]:
        rows = [
            {"method": method, "path": path, "count": count}
            for (method, path), count in sorted(self.by_template.items())
        ]
        return {"total": self.total, "calls": rows}
