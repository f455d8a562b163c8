"""What a collection costs: `.venv/bin/python -m bench.collect [--quick] [--database sqlite|postgresql|both]`.

A whole dynamic collection (visit and store, as the worker runs it) beside the bare HTTP reads of the same pages
through the same kind of tunnel; and storing alone beside a plain executemany upsert of the same rows.
"""

import argparse
import json
import statistics
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from bench.children import run_child, running
from bench.databases import databases_of, kinds_of
from bench.figures import print_goal, print_table, ratios, spread

CHILD = "bench.collecting"
# A real nova works for seconds on a page of 1,000 servers; the simulator answers at once, or after this time.
THINKING_SECONDS = 0.2
WALL_GOAL, STORE_GOAL, MEMORY_GOAL = 1.3, 3.0, 250.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.collect", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small cloud and two rounds, to see that it works")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--rounds", type=int, help="how often each pair is measured")
    asked = parser.parse_args()
    hosts, vms = (100, 2000) if asked.quick else (1000, 20000)
    rounds = asked.rounds or (2 if asked.quick else 5)
    with tempfile.TemporaryDirectory(prefix="optimus-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        options = ["--state-dir", str(folder / "cloud"), "--hosts", str(hosts), "--vms", str(vms)]
        with running("bench.simulator", *options, "--frozen", "--with-parent") as cloud:
            # This also makes the simulator render everything once, which it keeps.
            known = run_child(CHILD, {"work": "record", "cloud": cloud, "facts": str(folder / "facts")})
            print(f"one cloud: {known['counts']}; {rounds} rounds; medians (least-most)", flush=True)
            for kind in kinds_of(asked.database):
                _Collections(cloud, known, kind, folder, rounds).measure()
        for kind in kinds_of(asked.database):
            _measure_store(kind, folder, rounds)


class _Collections:
    """Bare reads and whole collections in turn, on one kind of database."""

    def __init__(self, cloud: dict[str, Any], known: dict[str, Any], kind: str, folder: Path, rounds: int) -> None:
        self._cloud = cloud
        self._known = known
        self._kind = kind
        self._folder = folder
        self._rounds = rounds
        self._peaks: list[float] = []

    def measure(self) -> None:
        with databases_of(self._kind) as databases:
            at_once = [self._pair(databases.new_url()) for _ in range(self._rounds)]
            _set_thinking(self._cloud, THINKING_SECONDS)
            thinking = [self._pair(databases.new_url()) for _ in range(max(2, self._rounds // 2))]
            _set_thinking(self._cloud, None)
        named = {"answers at once": at_once, f"thinks {THINKING_SECONDS:g} s": thinking}
        rows = [self._row(label, which, pairs) for label, pairs in named.items() for which in ("first", "repeated")]
        head = (
            *("cloud", "visit", "bare reads s", "visit s", "store s", "whole s"),
            *("visit/bare", "whole/bare", "bare cpu s", "whole cpu s"),
        )
        print_table(f"dynamic collection, {self._kind}", head, rows)
        for label, pairs in named.items():
            for which in ("first", "repeated"):
                found = statistics.median(_ratios(pairs, which, "seconds"))
                print_goal(f"{which} visit / bare reads, {self._kind}, a cloud that {label}", found, WALL_GOAL)
        print_goal(f"peak memory of the process, MiB, {self._kind}", max(self._peaks), MEMORY_GOAL, digits=0)

    def _pair(self, url: str) -> dict[str, Any]:
        bare = {
            which: run_child(CHILD, {"work": "read_bare", "cloud": self._cloud, "pages": self._known[which]})
            for which in ("first", "repeated")
        }
        job = {"work": "collect", "cloud": self._cloud, "url": url, "folder": str(self._folder), "runs": 2}
        runs = run_child(CHILD, job)["runs"]
        self._peaks += [run["peak_mib"] for run in runs]
        return {"bare": bare, "first": runs[0], "repeated": runs[1]}

    @staticmethod
    def _row(label: str, which: str, pairs: list[dict[str, Any]]) -> list[str]:
        return [
            label,
            which,
            spread([pair["bare"][which]["seconds"] for pair in pairs]),
            spread([pair[which]["visit_ms"] / 1000 for pair in pairs]),
            spread([pair[which]["store_ms"] / 1000 for pair in pairs]),
            spread([pair[which]["seconds"] for pair in pairs]),
            spread(_ratios(pairs, which, "visit_ms")),
            spread(_ratios(pairs, which, "seconds")),
            spread([pair["bare"][which]["cpu"] for pair in pairs]),
            spread([pair[which]["cpu"] for pair in pairs]),
        ]


def _ratios(pairs: list[dict[str, Any]], which: str, what: str) -> list[float]:
    """Both sides with their log-in at the LCM and at Keystone."""
    unit = 1000 if what.endswith("_ms") else 1
    return ratios([pair[which][what] / unit for pair in pairs], [pair["bare"][which]["seconds"] for pair in pairs])


def _set_thinking(cloud: dict[str, Any], seconds: float | None) -> None:
    """How long the simulator waits before each answer."""
    body = None if seconds is None else json.dumps({"fault": "slow", "seconds": seconds}).encode()
    method = "DELETE" if body is None else "POST"
    request = urllib.request.Request(f"{cloud['api_url']}/_sim/faults", data=body, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


def _measure_store(kind: str, folder: Path, rounds: int) -> None:
    job = {"facts": str(folder / "facts")}
    kept, plain = [], []
    with databases_of(kind) as databases:
        for _ in range(rounds):
            plain.append(run_child(CHILD, {**job, "work": "upsert_plainly", "url": databases.new_url()}))
            kept.append(run_child(CHILD, {**job, "work": "keep", "url": databases.new_url()}))
    rows = []
    for which in ("first", "unchanged"):
        ours = [one[which]["seconds"] for one in kept]
        reference = [one[which]["seconds"] for one in plain]
        rows.append([which, spread(reference), spread(ours), spread(ratios(ours, reference))])
    print_table(f"storing alone, {kind}", ("time", "plain upsert s", "store s", "store/upsert"), rows)
    seconds = statistics.median(one["first"]["seconds"] for one in kept)
    print_goal(f"storing the whole cloud the first time, seconds on this machine, {kind}", seconds, STORE_GOAL)
    peak = max(one["unchanged"]["peak_mib"] for one in kept)
    print_goal(f"peak memory with all facts at hand, MiB, {kind}", peak, MEMORY_GOAL, digits=0)


if __name__ == "__main__":
    main()
