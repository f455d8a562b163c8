"""The Summary sheet: tables with bars, charts beside them, freshness and warnings."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from optimus.records.context import Context
from optimus.records.sheets import Column, Kind
from optimus.records.summary import Summary, age_text
from optimus.records.words import Translate
from optimus.records.workbook.cells import Look, Pen

_USED, _FREE, _UP, _DOWN = "#2E75B6", "#D9D9D9", "#70AD47", "#C00000"
_STATE_COLOURS = {"fresh": "#E2EFDA", "stale": "#FFF2CC", "not_collected": "#EDEDED"}
_BAD = "#FBE5E1"
_WIDTHS = (26, 18, 20, 14, 12, 44)
_CHART_COLUMN = 6
_NUMBERS = {"Total", "Used", "Free", "Rate", "Number", "Used CPU", "Objects"}


class Front:
    """Written from top to bottom: rows cannot be gone back to."""

    def __init__(
        self, book: xlsxwriter.Workbook, worksheet: Worksheet, look: Look, zone: ZoneInfo, words: Translate
    ) -> None:
        self._book, self._sheet, self._look, self._words = book, worksheet, look, words
        self._zone = zone
        self._pen = Pen(worksheet, look, zone, words)
        self._row = 0

    def write(self, context: Context, summary: Summary) -> None:
        for column, width in enumerate(_WIDTHS):
            self._sheet.set_column(column, column, width)
        self._sheet.hide_gridlines(2)
        self._heading(context)
        self._warnings(summary)
        self._capacity(summary)
        self._hosts(summary)
        self._vms(summary)
        self._tenants(summary)
        self._parts(summary)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)

    def _heading(self, context: Context) -> None:
        words, head = self._words, context.head
        centre, record = head["data_center"], head["record"]
        self._sheet.set_row(0, 26)
        self._pen.text(0, 0, f"{words('Report of a Data Center')}: {centre['name']}", self._look.title)
        self._row = 2
        for title, value in (
            ("Record", record["name"]),
            ("Data Center", centre["name"]),
            ("System", centre["system_name"]),
            ("CEE Version", record["cee_version"]),
            ("Hosts covered", head["host"] or words("all")),
        ):
            self._pen.text(self._row, 0, words(title), self._look.bold)
            if value:
                self._pen.text(self._row, 1, value)
            self._row += 1
        ages = [part["collected_at"] for part in head["parts"].values() if part["collected_at"] is not None]
        times = (("Made at", head["made_at"]), ("Oldest part collected at", min(ages, default=None)))
        for title, at in times:
            self._pen.text(self._row, 0, words(title), self._look.bold)
            if at is not None:
                self._pen.time(self._row, 1, at)
            self._row += 1
        self._pen.text(self._row, 0, words("Time zone"), self._look.bold)
        self._pen.text(self._row, 1, self._zone.key)
        self._row += 2

    def _title(self, title: str, columns: Sequence[str] = ()) -> None:
        self._pen.text(self._row, 0, self._words(title), self._look.made(bold=True, font_size=12, font_color="#1F4E79"))
        self._row += 1
        for number, column in enumerate(columns):
            look = self._look.number_header if column in _NUMBERS else self._look.header
            self._pen.text(self._row, number, self._words(column), look)
        self._row += 1 if columns else 0

    def _warnings(self, summary: Summary) -> None:
        self._title("Warnings")
        look = self._look.made(bg_color=_BAD)
        for warning in summary.warnings:
            for column in range(1, len(_WIDTHS)):
                self._sheet.write_blank(self._row, column, None, look)
            self._pen.text(self._row, 0, warning, look)
            self._row += 1
        if not summary.warnings:
            self._pen.text(self._row, 0, self._words("none"))
            self._row += 1
        self._row += 1

    def _capacity(self, summary: Summary) -> None:
        self._title("Capacity", ("Resource", "Total", "Used", "Free", "Rate"))
        first = self._row
        columns = [Column("", Kind.NUMBER)] * 3 + [Column("", Kind.SHARE)]
        for one in summary.capacity:
            self._pen.text(self._row, 0, f"{self._words(one.name)} ({one.unit})")
            values = (one.total, one.used, one.free, one.rate)
            for number, (writer, value) in enumerate(zip(self._pen.writers(columns), values, strict=True), start=1):
                if value is None:
                    continue
                if number <= 3:
                    self._pen.number(self._row, number, value, self._look.number)
                else:
                    writer(self._row, number, value)
            self._row += 1
        bar = {"type": "data_bar", "bar_color": _USED}
        limits = {"min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1}
        self._sheet.conditional_format(first, 4, self._row - 1, 4, {**bar, **limits})
        self._chart(
            {"type": "bar", "subtype": "percent_stacked"},
            "Share of capacity in use",
            [("Used", first, 2, _USED), ("Free", first, 3, _FREE)],
            rows=(first, self._row - 1),
            at=(0, _CHART_COLUMN),
        )
        self._row += 1

    def _hosts(self, summary: Summary) -> None:
        self._title("Hosts", ("State", "Number"))
        first = self._row
        for title, count in (("Up", summary.hosts_up), ("Down", summary.hosts_down)):
            self._pen.text(self._row, 0, self._words(title))
            self._pen.number(self._row, 1, count, self._look.number)
            self._row += 1
        chart = self._book.add_chart({"type": "doughnut"})
        chart.add_series(
            {
                "name": self._words("Hosts"),
                "categories": [self._sheet.name, first, 0, first + 1, 0],
                "values": [self._sheet.name, first, 1, first + 1, 1],
                "points": [{"fill": {"color": _UP}}, {"fill": {"color": _DOWN}}],
                "data_labels": {"value": True},
            }
        )
        self._place(chart, "Hosts", at=(16, _CHART_COLUMN))
        self._row += 1

    def _vms(self, summary: Summary) -> None:
        self._title("VMs by Status", ("Status", "Number"))
        first = self._row
        for status, count in summary.vms:
            self._pen.text(self._row, 0, status)
            self._pen.number(self._row, 1, count, self._look.number)
            self._row += 1
        if summary.vms:
            self._sheet.conditional_format(
                first,
                1,
                self._row - 1,
                1,
                {"type": "data_bar", "bar_color": "#9DC3E6", "min_type": "num", "min_value": 0},
            )
        self._row += 1

    def _tenants(self, summary: Summary) -> None:
        self._title("Tenants with most CPUs", ("Tenant Name", "Used CPU"))
        first = self._row
        for name, vcpus in summary.tenants:
            self._pen.text(self._row, 0, name)
            self._pen.number(self._row, 1, vcpus, self._look.number)
            self._row += 1
        if summary.tenants:
            self._chart(
                {"type": "bar"},
                "Tenants with most CPUs",
                [("Used CPU", first, 1, _USED)],
                rows=(first, self._row - 1),
                at=(32, _CHART_COLUMN),
            )
        self._row += 1

    def _parts(self, summary: Summary) -> None:
        self._title("Freshness of every Part", ("Part", "State", "Collected at", "Age", "Objects", "Reason"))
        for part in summary.parts:
            look = self._look.made(bg_color=_STATE_COLOURS.get(part.state, _BAD))
            self._pen.text(self._row, 0, part.name)
            self._pen.text(self._row, 1, self._words(part.state), look)
            if part.collected_at is None:
                self._pen.text(self._row, 2, self._words("never"))
            else:
                self._pen.time(self._row, 2, part.collected_at)
            self._pen.text(self._row, 3, age_text(part.age))
            self._pen.number(self._row, 4, part.rows, self._look.number)
            if part.reason:
                self._pen.text(self._row, 5, part.reason)
            self._row += 1

    def _chart(
        self,
        kind: dict[str, Any],
        title: str,
        series: Sequence[tuple[str, int, int, str]],
        *,
        rows: tuple[int, int],
        at: tuple[int, int],
    ) -> None:
        chart = self._book.add_chart(kind)
        for name, _first, column, colour in series:
            chart.add_series(
                {
                    "name": self._words(name),
                    "categories": [self._sheet.name, rows[0], 0, rows[1], 0],
                    "values": [self._sheet.name, rows[0], column, rows[1], column],
                    "fill": {"color": colour},
                    "gap": 60,
                }
            )
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"num_format": "0%" if kind.get("subtype") else "#,##0", "major_gridlines": {"visible": True}})
        if len(series) == 1:
            chart.set_legend({"none": True})
        else:
            chart.set_legend({"position": "bottom"})
        self._place(chart, title, at=at)

    def _place(self, chart: Any, title: str, *, at: tuple[int, int]) -> None:
        chart.set_title({"name": self._words(title), "name_font": {"size": 12}})
        chart.set_size({"width": 520, "height": 300})
        self._sheet.insert_chart(*at, chart)
