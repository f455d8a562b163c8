"""A printable summary of a record, for a change ticket. Only this file knows ReportLab.

Texts in Latin script use Helvetica, others STSong-Light: a viewer has both, so that no font file is needed here.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from optimus.records.context import Context
from optimus.records.schemas import Language
from optimus.records.sheets import rate
from optimus.records.summary import Capacity, PartAge, Summary, age_text, summary_of
from optimus.records.words import Translate, translator

LATIN, LATIN_BOLD, CHINESE = "Helvetica", "Helvetica-Bold", "STSong-Light"
HOSTS_SHOWN = 200
_MAX_TEXT = 300
_NUMBERS = {"Total", "Used", "Free", "Rate", "Objects", "VMs"}
_BLUE, _GREY, _RED, _GREEN = (colors.HexColor(code) for code in ("#1F4E79", "#D9D9D9", "#C00000", "#70AD47"))
_LIGHT = colors.HexColor("#DCE6F1")
_STATE_COLOURS = {"fresh": colors.HexColor("#E2EFDA"), "stale": colors.HexColor("#FFF2CC")}
_BAD = colors.HexColor("#FBE5E1")
_WIDTH = A4[0] - 36 * mm


def write(path: Path, context: Context, *, language: Language, zone: ZoneInfo) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    page = _Page(context, summary_of(context, translator(language)), translator(language), zone)
    title = f"{page.words('Report of a Data Center')}: {context.head['data_center']['name']}"
    template = SimpleDocTemplate(
        str(path),
        pagesize=A4,
        title=title,
        author="Optimus",
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=16 * mm,
    )
    template.build(page.story(title), onFirstPage=_footer, onLaterPages=_footer)


def _footer(canvas: Any, template: Any) -> None:
    canvas.saveState()
    canvas.setFont(LATIN, 8)
    canvas.setFillColor(colors.grey)
    canvas.drawRightString(A4[0] - 18 * mm, 9 * mm, str(template.page))
    canvas.restoreState()


class _Page:
    def __init__(self, context: Context, summary: Summary, words: Translate, zone: ZoneInfo) -> None:
        self._context, self._summary, self._zone = context, summary, zone
        self.words = words

    def story(self, title: str) -> list[Any]:
        return [
            self._text(title, size=16, bold=True, colour=_BLUE),
            Spacer(1, 4 * mm),
            self._about(),
            *self._block("Warnings", self._warnings()),
            *self._block("Capacity", self._capacity()),
            *self._block("Hosts", self._counts([("Up", self._summary.hosts_up), ("Down", self._summary.hosts_down)])),
            *self._block("VMs by Status", self._counts(self._summary.vms)),
            *self._block("Tenants with most CPUs", self._counts(self._summary.tenants)),
            *self._block("Freshness of every Part", self._parts()),
            *self._block("Hosts", self._hosts(), together=False),
        ]

    def _text(
        self, text: str, *, size: int = 9, bold: bool = False, colour: Any = colors.black, right: bool = False
    ) -> Any:
        font = (LATIN_BOLD if bold else LATIN) if _is_latin(text) else CHINESE
        style = ParagraphStyle(
            "x", fontName=font, fontSize=size, leading=size * 1.3, textColor=colour, alignment=TA_RIGHT if right else 0
        )
        style.wordWrap = None if _is_latin(text) else "CJK"
        shown = text.encode("utf-8", "replace").decode()
        return Paragraph(escape(shown if len(shown) <= _MAX_TEXT else shown[:_MAX_TEXT] + "…"), style)

    def _block(self, title: str, content: Any, *, together: bool = True) -> list[Any]:
        heading = [Spacer(1, 5 * mm), self._text(self.words(title), size=12, bold=True, colour=_BLUE), Spacer(1, mm)]
        # A table that is longer than a page cannot be kept together; its heading at least stays with its beginning.
        return [KeepTogether([*heading, content])] if together else [*heading, content]

    def _time(self, at: int | None) -> str:
        if at is None:
            return self.words("never")
        try:
            return datetime.fromtimestamp(at, self._zone).strftime("%Y-%m-%d %H:%M:%S")
        except (ValueError, OverflowError, OSError):
            return str(at)

    def _table(self, rows: Sequence[Sequence[Any]], widths: Sequence[float], *, head: bool = True) -> Table:
        style = [
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.25, _GREY),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
        if head:
            style.append(("BACKGROUND", (0, 0), (-1, 0), _LIGHT))
        total = sum(widths)
        scaled = [_WIDTH * width / total for width in widths]
        return Table(
            [list(row) for row in rows], colWidths=scaled, repeatRows=1 if head else 0, style=TableStyle(style)
        )

    def _about(self) -> Any:
        head, words = self._context.head, self.words
        ages = [part.collected_at for part in self._summary.parts if part.collected_at is not None]
        lines = [
            ("Record", head["record"]["name"]),
            ("System", head["data_center"]["system_name"] or "-"),
            ("CEE Version", head["record"]["cee_version"] or "-"),
            ("Hosts covered", head["host"] or words("all")),
            ("Made at", f"{self._time(head['made_at'])} {self._zone.key}"),
            ("Oldest part collected at", f"{self._time(min(ages, default=None))} {self._zone.key if ages else ''}"),
        ]
        rows = [(self._text(words(title), bold=True), self._text(value)) for title, value in lines]
        return self._table(rows, (1, 3), head=False)

    def _warnings(self) -> Any:
        warnings = self._summary.warnings or [self.words("none")]
        return self._table([[self._text(f"- {warning}")] for warning in warnings], (1,), head=False)

    def _capacity(self) -> Any:
        head = [self._head(title) for title in ("Resource", "Total", "Used", "Free", "Rate", "")]
        rows = [self._capacity_row(one) for one in self._summary.capacity]
        return self._table([head, *rows], (3, 2, 2, 2, 1.5, 4))

    def _capacity_row(self, one: Capacity) -> list[Any]:
        numbers = [self._number(value) for value in (one.total, one.used, one.free)]
        return [
            self._text(f"{self.words(one.name)} ({one.unit})"),
            *numbers,
            self._text("-" if one.rate is None else f"{one.rate:.1%}", right=True),
            _bar(one.rate),
        ]

    def _number(self, value: int | None) -> Any:
        return self._text("-" if value is None else f"{value:,}", right=True)

    def _head(self, title: str) -> Any:
        return self._text(self.words(title), bold=True, right=title in _NUMBERS)

    def _counts(self, counts: Sequence[tuple[str, int]]) -> Any:
        most = max((count for _, count in counts), default=0)
        rows = [
            [self._text(self.words(name)), self._number(count), _bar(rate(count, most), plain=True)]
            for name, count in counts
        ]
        return self._table(rows or [[self._text("-"), "", ""]], (4, 2, 6), head=False)

    def _parts(self) -> Any:
        titles = ("Part", "State", "Collected at", "Age", "Objects", "Reason")
        table = self._table(
            [[self._head(title) for title in titles], *(self._part_row(part) for part in self._summary.parts)],
            (3, 2.2, 3.4, 2, 1.6, 5),
        )
        for number, part in enumerate(self._summary.parts, start=1):
            colour = _STATE_COLOURS.get(part.state, _BAD)
            table.setStyle(TableStyle([("BACKGROUND", (1, number), (1, number), colour)]))
        return table

    def _part_row(self, part: PartAge) -> list[Any]:
        return [
            self._text(part.name),
            self._text(self.words(part.state)),
            self._text(self._time(part.collected_at)),
            self._text(age_text(part.age)),
            self._number(part.rows),
            self._text(part.reason or "", size=7),
        ]

    def _hosts(self) -> Any:
        context = self._context
        titles = ("Host", "Compute State", "VMs", "CPU Rate", "Memory Rate", "Disk Rate")
        rows: list[list[Any]] = [[self._head(title) for title in titles]]
        for host, service in list(context.services.items())[:HOSTS_SHOWN]:
            capacity = context.capacity_of.get(host, {})
            shares = [
                rate(capacity.get(used), capacity.get(total))
                for used, total in (
                    ("vcpus_used", "vcpus"),
                    ("memory_used_mib", "memory_mib"),
                    ("local_disk_used_gb", "local_disk_gb"),
                )
            ]
            state = self._text(self.words(service["state"]), colour=_GREEN if service["state"] == "up" else _RED)
            rows.append(
                [
                    self._text(host),
                    state,
                    self._number(context.vms_of_host.get(host, 0)),
                    *(_bar(one) for one in shares),
                ]
            )
        if len(context.services) > HOSTS_SHOWN:
            rows.append([self._text(f"… (+{len(context.services) - HOSTS_SHOWN})"), "", "", "", "", ""])
        return self._table(rows, (5, 2, 1.2, 2.2, 2.2, 2.2))


def _is_latin(text: str) -> bool:
    return all(ord(character) < 0x250 or character == "…" for character in text)


def _bar(share: float | None, *, plain: bool = False) -> Any:
    """A bar of a share, red above nine tenths."""
    if share is None:
        return "-"
    width, height = 26 * mm, 3 * mm
    drawing = Drawing(width, height)
    drawing.add(Rect(0, 0, width, height, fillColor=colors.white if plain else _GREY, strokeColor=None))
    colour = _BLUE if plain or share <= 0.9 else _RED
    drawing.add(Rect(0, 0, width * min(1.0, max(0.0, share)), height, fillColor=colour, strokeColor=None))
    return drawing
