"""A record of 1,000 hosts and 20,000 VMs, against XlsxWriter writing the same cells bare; and comparing two of them.

    python -m bench.records [--quick] [--rounds N]

Each measured thing runs in a process of its own. The machine is shared: what counts is the ratio of neighbours.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from bench.children import run_child
from bench.figures import print_goal, print_table, ratios, spread

RATIO_GOAL, MEMORY_GOAL_MIB, DIFF_GOAL_SECONDS = 1.5, 200, 2.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the data center, two rounds")
    parser.add_argument("--rounds", type=int, default=4)
    chosen = parser.parse_args()
    vms = 2_000 if chosen.quick else 20_000
    rounds = 2 if chosen.quick else chosen.rounds
    with tempfile.TemporaryDirectory(prefix="optimus-bench-") as folder:
        job: dict[str, Any] = {"folder": folder, "vms": vms}
        prepared = run_child("bench.recording", {**job, "work": "prepare"})
        made, bare, compared = [], [], []
        for number in range(rounds):
            made.append(run_child("bench.recording", {**job, "work": "make", "name": f"record {number}"}))
            bare.append(run_child("bench.recording", {**job, "work": "bare"}))
            run_child("bench.recording", {**job, "work": "change"})
            if number:
                compared.append(run_child("bench.recording", {**job, "work": "compare"}))
    seconds = [one["seconds"] for one in made]
    against = ratios(seconds, [one["seconds"] for one in bare])
    memory = max(one["peak_mib"] for one in made)
    diff = [one["seconds"] for one in compared]
    print_table(
        f"{prepared['hosts']} hosts, {vms} VMs, {bare[0]['cells']} cells",
        ("what", "seconds", "processor seconds", "peak MiB"),
        [
            ("record", spread(seconds), spread([one["cpu"] for one in made]), f"{memory:.0f}"),
            ("bare workbook", spread([one["seconds"] for one in bare]), spread([one["cpu"] for one in bare]), "-"),
            ("comparison", spread(diff), spread([one["cpu"] for one in compared]),
             f"{max(one['peak_mib'] for one in compared):.0f}"),
        ],
    )  # fmt: skip
    sizes = made[-1]
    print(f"data {sizes['data_mib']:.1f} MiB, workbook {sizes['workbook_mib']:.1f} MiB, "
          f"comparison {compared[-1]['changes']} changes; record / bare {spread(against)}")  # fmt: skip
    print_goal("record / bare workbook", sorted(against)[len(against) // 2], RATIO_GOAL)
    print_goal("peak memory of the record's process, MiB", memory, MEMORY_GOAL_MIB, digits=0)
    print_goal("seconds of a comparison", sorted(diff)[len(diff) // 2], DIFF_GOAL_SECONDS)


if __name__ == "__main__":
    assert Path("bench/records.py").exists(), "run it from the repository's root"
    main()
