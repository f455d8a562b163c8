"""The sheets of a report as CSV: UTF-8 with a mark for Excel, ISO times, texts that nobody takes for formulas."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from optimus.records.context import Context
from optimus.records.schemas import Language
from optimus.records.sheets import SHEETS, VM_STATIC, Column, Kind, Sheet
from optimus.records.words import translator

ALL = "all"
DEFAULT = VM_STATIC.name
_PIECE_CHARACTERS = 64 * 1024
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines(context: Context, sheet: Sheet, *, language: Language, zone: ZoneInfo) -> Iterator[bytes]:
    """One sheet, in pieces."""
    words = translator(language)
    columns = sheet.columns
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([words(column.title) for column in columns])
    for row in sheet.read(context):
        writer.writerow([_value(column, value, zone) for column, value in zip(columns, row, strict=True)])
        if buffer.tell() >= _PIECE_CHARACTERS:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    found = buffer.getvalue().encode("utf-8", "replace")
    buffer.seek(0)
    buffer.truncate()
    return found


def _value(column: Column, value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if column.kind is Kind.TIME and value is not None:
        try:
            return datetime.fromtimestamp(value, zone).isoformat()
        except (ValueError, OverflowError, OSError):
            return value  # no calendar has it
    if isinstance(value, bool):
        return "true" if value else "false"
    return round(value, 4) if isinstance(value, float) else value


def write_all(path: Path, context: Context, *, language: Language, zone: ZoneInfo) -> None:
    """A zip with each sheet in a file of its own."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for sheet in SHEETS:
            with archive.open(f"{sheet.name}.csv", "w") as file:
                for piece in lines(context, sheet, language=language, zone=zone):
                    file.write(piece)
