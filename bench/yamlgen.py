"""How fast the YamlGenerator is: ratios against a bare read and reparse of the same bytes, in one run.

    .venv/bin/python -m bench.yamlgen [--hosts 10000] [--quick] [--ruamel]

Each figure comes from a process of its own. `whole` is `engine.run` (check, fill, verify, diff, zip); `bare` is the
bounded reader on the same workbook plus `yaml.load` (libyaml, collector off) on the same four outputs. CPU seconds, not
wall: the machine may be shared. Goals: whole <= 2 x bare and <= 400 MB; the fill >= 50 x faster than ruamel; cost
linear in hosts.
"""

import argparse
import gc
import json
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from optimus.yamlgen import workbook
from optimus.yamlgen.derive import derive
from optimus.yamlgen.engine import collector_off, prepare, run
from optimus.yamlgen.fill.fill import fill
from optimus.yamlgen.limits import Limits
from optimus.yamlgen.ooxml.book import read
from optimus.yamlgen.request import Request, Upload
from optimus.yamlgen.rules.packs import load_rules, with_folders
from optimus.yamlgen.yamltext.document import load

EXTRAS = [f"slot{number:02d}" for number in range(21)]
TEMPLATES = Path(__file__).parents[1] / "src/optimus/yamlgen/packs/cee-next/example-modules"


def rows(hosts: int) -> dict[str, list[list[str]]]:
    head = [
        "hostname",
        "kind",
        "type",
        "deploy_module",
        "bmc_ip",
        "bmc_username",
        "bmc_secret",
        "ipAddr",
        "slot",
        *EXTRAS,
    ]
    made = [head]
    for number in range(1, hosts + 1):
        module = f"GZ模块{number % 8 + 1}"
        made.append([f"gz-cmp-{number:05d}", "physicalHosts", "compute", module,
                     f"2001:db8:c::{number:x}", f"user{number}",
                     f"vault:gz/{number}", f"2001:db8:a::1:{number:x}", f"{number % 100:03d}",
                     *(f"v{number}" for _ in EXTRAS)])  # fmt: skip
    networks = [["network name", "segmentationId", "tagged vlan", "cidr", "ipAllocationPools"]]
    networks.append(["lcm_ctrl_sp", "-", "-", "2001:db8:a::/64", "2001:db8:a::20-2001:db8:a::ffff"])
    networks += [[f"sdnc_vtep_sp_gz{n}", str(1100 + n), "yes", f"2001:db8:11{n:02d}::/64",
                  f"2001:db8:11{n:02d}::20-2001:db8:11{n:02d}::fffe"] for n in range(1, 9)]  # fmt: skip
    return {"hosts": made, "networks": networks}


def request(hosts: int) -> Request:
    plans = [
        workbook.SheetPlan(name, {(r, c): text for r, row in enumerate(found, 1) for c, text in enumerate(row, 1)})
        for name, found in rows(hosts).items()
    ]
    templates = {path.name: path.read_bytes() for path in TEMPLATES.glob("*.yaml") if path.name != "rows.yaml"}
    keys = "".join(f"      {name}: ''\n" for name in EXTRAS)
    old = templates["hosts.yaml"].decode()
    # The pattern gets a scalar for each column.
    keys = keys.replace("      ", "    ")
    end = "      oobmExtra: {certVerify: false, slot: '000'}\n"
    templates["hosts.yaml"] = old.replace(end, end + keys).encode()
    uploads = [Upload(name, data) for name, data in templates.items()]
    return Request(
        "GZ", "drop26", "bench", Upload("bench.xlsx", workbook.write(plans)), uploads, limits=Limits(rows=hosts + 1)
    )


def timed(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def whole(job: Request) -> dict[str, float]:
    found: dict[str, float] = {}

    def act() -> None:
        done = run(job)
        assert done.ok, done.issues[:3]
        found["output_mb"] = sum(map(len, done.files.values())) / 1e6

    return {"whole": timed(act), **found}


def bare(job: Request) -> dict[str, float]:
    import yaml  # noqa: PLC0415 - its import is not what is measured

    outputs = run(job).files
    gc.collect()
    gc.disable()
    reading = timed(lambda: read(job.workbook.data))
    parsing = timed(lambda: [yaml.load(data, Loader=yaml.CSafeLoader) for data in outputs.values()])
    return {"read": reading, "reparse": parsing}


def filling(job: Request) -> dict[str, float]:
    """The comment-keeping fill of hosts.yaml alone: patterns to items, bound rows in, text out."""
    ready, _ = prepare(job)
    pack = load_rules(with_folders([]), job.drop, job.site).pack
    derive(ready.tables, pack, ready.words, ready.issues)
    rules = pack.files["hosts.yaml"]
    document = ready.templates["hosts.yaml"].document
    made = run(job).files["hosts.yaml"].decode()
    gc.collect()
    with collector_off():
        found = {"fill": timed(lambda: fill(document, rules, ready.tables, ready.words, ready.issues))}

    def update() -> None:
        """Load the file of all hosts, put every row's values into it, and have the text."""
        whole_file, _ = load("hosts.yaml", made, job.limits)
        fill(whole_file, rules, ready.tables, ready.words, ready.issues)

    gc.collect()
    with collector_off():
        return {**found, "update": timed(update)}


def ruamel(job: Request) -> dict[str, float]:
    """The same with ruamel: load the pattern, copy it for each row, set the same values, dump."""
    import copy  # noqa: PLC0415
    import io  # noqa: PLC0415

    from ruamel.yaml import YAML  # noqa: PLC0415 - optional: only this figure needs it

    ready, _ = prepare(job)
    text = ready.templates["hosts.yaml"].document.text
    table = ready.tables["hosts"]

    def act() -> None:
        engine = YAML()
        data = engine.load(text)
        pattern = data["physicalHosts"][-1]
        for record in table.records:
            item = copy.deepcopy(pattern)
            item["hostname"], item["oobm"]["oobmAddress"] = record.text("hostname"), record.text("bmc_ip")
            item["oobm"]["oobmUser"], item["oobm"]["oobmPassword"] = (
                record.text("bmc_username"),
                record.text("bmc_secret"),
            )
            for name in EXTRAS:
                item[name] = record.text(f"={name}?")
            data["physicalHosts"].append(item)
        engine.dump(data, io.StringIO())

    made = run(job).files["hosts.yaml"].decode()

    def trip() -> None:
        engine = YAML()
        engine.dump(engine.load(made), io.StringIO())

    def update() -> None:
        engine = YAML()
        data = engine.load(made)
        items = {item["hostname"]: item for item in data["physicalHosts"]}
        for record in table.records:
            item = items[record.text("hostname")]
            item["oobm"]["oobmAddress"] = record.text("bmc_ip")
            item["oobm"]["oobmUser"] = record.text("bmc_username")
            item["oobm"]["oobmPassword"] = record.text("bmc_secret")
            for name in EXTRAS:
                item[name] = record.text(f"={name}?")
        engine.dump(data, io.StringIO())

    return {"ruamel": timed(act), "trip": timed(trip), "update": timed(update)}


PARTS: dict[str, Callable[[Request], dict[str, float]]] = {
    "whole": whole,
    "bare": bare,
    "fill": filling,
    "ruamel": ruamel,
}


def in_fork(job: Request) -> dict[str, float]:
    """The whole job in a fresh interpreter that is handed the request, with its peak memory."""
    code = (
        "import json, pickle, resource, sys\n"
        "from bench.yamlgen import whole\n"
        "found = whole(pickle.load(sys.stdin.buffer))\n"
        "found['peak_mb'] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "print(json.dumps(found))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(job), capture_output=True, check=True)
    found: dict[str, float] = json.loads(out.stdout)
    return found


def measure(part: str, hosts: int) -> dict[str, float]:
    """One part in a fresh process; its peak memory comes with it."""
    command = [sys.executable, "-m", "bench.yamlgen", "--part", part, "--hosts", str(hosts)]
    out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    found: dict[str, float] = json.loads(out.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=10_000)
    parser.add_argument("--part", choices=sorted(PARTS))
    parser.add_argument("--quick", action="store_true", help="no growth from 1,000 to 20,000 hosts")
    parser.add_argument("--ruamel", action="store_true", help="also ruamel, on 1,000 hosts")
    options = parser.parse_args()
    if options.part:
        job = request(options.hosts)
        if options.part == "whole":
            # Making the workbook takes more memory than the job: the job runs in a process of its own.
            print(json.dumps(in_fork(job)))
            return
        print(json.dumps(PARTS[options.part](job)))
        return
    report(options.hosts, quick=options.quick, with_ruamel=options.ruamel)


def report(hosts: int, *, quick: bool, with_ruamel: bool) -> None:
    one, base = measure("whole", hosts), measure("bare", hosts)
    ratio = one["whole"] / (base["read"] + base["reparse"])
    print(f"{hosts} hosts x 30 columns, {one['output_mb']:.1f} MB out, CPU seconds")
    print(
        f"read {base['read']:.2f}  reparse {base['reparse']:.2f}  whole {one['whole']:.2f}  ratio {ratio:.2f} (goal 2)"
    )
    print(f"peak memory {one['peak_mb']:.0f} MB (goal 400)")
    if with_ruamel:
        ours, theirs = measure("fill", 1000), measure("ruamel", 1000)
        print("1000 hosts, ruamel's round trip against ours (goal 50):")
        for what, mine, other in (
            ("load and write the file of all hosts | our fill", "fill", "trip"),
            ("load the pattern, copy and fill it for each host, write | our fill", "fill", "ruamel"),
            ("load the file of all hosts, set every value, write | the same", "update", "update"),
        ):
            print(f"  {what}: {theirs[other]:.2f} | {ours[mine]:.3f} = {theirs[other] / ours[mine]:.0f} x")
    if not quick:
        costs = {number: measure("whole", number)["whole"] / number * 1e6 for number in (1_000, 5_000, 20_000)}
        print("microseconds per host: " + ", ".join(f"{number}: {cost:.0f}" for number, cost in costs.items()))


if __name__ == "__main__":
    main()
