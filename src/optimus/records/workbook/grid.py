"""The CPU_Layout sheet: for each host a grid of its logical CPUs, coloured by who has them."""

from collections.abc import Iterable

from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from optimus.records.context import Context
from optimus.records.document import Row
from optimus.records.sheets import Owner, owners_of
from optimus.records.words import Translate
from optimus.records.workbook.cells import Look, fitting, print_wide

# VMs beside each other are told apart by taking these in turn.
_VM_COLOURS = ("#9DC3E6", "#5B9BD5", "#BDD7EE", "#8FAADC", "#B4C7E7")
_COLOURS = {
    Owner.FREE: "#C6E0B4",
    Owner.OVS: "#F4B183",
    Owner.HOST: "#D0CECE",
    Owner.OFFLINE: "#767171",
    Owner.UNKNOWN: "#FFFFFF",
}
_LABELS = 3  # columns before the grid
_MIN_CORES = 16  # as wide as the legend


class Grid:
    """One block for each host: a row for each socket and thread, a column for each core; below it, the VMs."""

    def __init__(self, worksheet: Worksheet, look: Look, words: Translate) -> None:
        self._sheet, self._look, self._words = worksheet, look, words
        cell = {"align": "center", "border": 1, "border_color": "#FFFFFF"}
        self._vm_looks = [look.made(bg_color=colour, **cell) for colour in _VM_COLOURS]
        self._looks = {owner: look.made(bg_color=colour, **cell) for owner, colour in _COLOURS.items()}
        self._row = 2
        self._cores = _MIN_CORES
        self._head()

    def _head(self) -> None:
        self._sheet.set_column(0, 0, 28)
        self._sheet.set_column(1, 2, 9)
        self._sheet.set_column(_LABELS, _LABELS + 255, 4.5)
        at = _LABELS
        for owner, look in ((Owner.VM, self._vm_looks[0]), *self._looks.items()):
            self._sheet.merge_range(0, at, 0, at + 2, self._words(owner.value), look)
            at += 3
        for number, title in enumerate(("Host", "Socket", "Thread")):
            self._sheet.write_string(1, number, self._words(title), self._look.header)
        self._sheet.merge_range(1, _LABELS, 1, _LABELS + _MIN_CORES - 1, self._words("Core"), self._look.header)
        self._sheet.freeze_panes(2, _LABELS)
        print_wide(self._sheet)

    def add(self, context: Context, rows: Iterable[Row]) -> None:
        for row in rows:
            self._add_host(context, row)

    def _add_host(self, context: Context, row: Row) -> None:
        if not row.get("cpus"):
            gaps = row.get("gaps") or {}
            self._sheet.write_string(self._row, 0, row["host"], self._look.bold)
            self._sheet.write_string(self._row, _LABELS, str(row["reason"] or gaps.get("cpus") or "-"))
            self._row += 2
            return
        owners = owners_of(context, row)
        looks = self._looks_of(context, row)
        lines = _lines(row)
        for (socket, thread), cpus in sorted(lines.items()):
            self._sheet.write_string(self._row, 0, row["host"], self._look.bold)
            self._sheet.write_number(self._row, 1, socket)
            self._sheet.write_number(self._row, 2, thread)
            for place, cpu in cpus:
                owner, vms = owners[cpu]
                look = looks[vms[0]] if vms and owner is Owner.VM else self._looks[owner]
                self._sheet.write_number(self._row, _LABELS + place, cpu, look)
            self._row += 1
        self._add_vms(context, row, looks)
        self._row += 1

    def _looks_of(self, context: Context, row: Row) -> dict[str, Format]:
        names = [name for name, _cpus, pinned in context.guests_of.get(row["host"], ()) if pinned]
        return {name: self._vm_looks[n % len(self._vm_looks)] for n, name in enumerate(names)}

    def _add_vms(self, context: Context, row: Row, looks: dict[str, Format]) -> None:
        for name, vcpu_cpus, pinned in context.guests_of.get(row["host"], ()):
            self._sheet.write_string(self._row, 0, row["host"])
            self._sheet.write_string(self._row, 1, self._words("VM"))
            shown = ",".join(vcpu_cpus if pinned else dict.fromkeys(vcpu_cpus))
            if name in looks:
                self._sheet.write_blank(self._row, 2, None, looks[name])
            self._sheet.write_string(self._row, _LABELS, fitting(f"{name}: {shown}"))
            self._row += 1

    def end(self) -> None:
        self._sheet.autofilter(1, 0, max(self._row, 2), _LABELS - 1)


def _lines(row: Row) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """(socket, thread) → (place, CPU) in the order of the cores, whose ids may have holes. Offline CPUs come last."""
    by_core: dict[int, dict[int, list[int]]] = {}
    offline: list[int] = []
    for cpu, core, socket, _node, _online in row["cpus"]:
        if core is None:
            offline.append(cpu)
        else:
            by_core.setdefault(socket or 0, {}).setdefault(core, []).append(cpu)
    lines: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for socket, cores in by_core.items():
        for place, core in enumerate(sorted(cores)):
            for thread, cpu in enumerate(sorted(cores[core])):
                lines.setdefault((socket, thread), []).append((place, cpu))
    if offline:
        last = max(by_core, default=0)
        lines.setdefault((last, 0), [])
        after = max((place for place, _ in lines[last, 0]), default=-1) + 2
        lines[last, 0].extend((after + n, cpu) for n, cpu in enumerate(sorted(offline)))
    return lines
