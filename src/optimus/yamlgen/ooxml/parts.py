"""The small parts of a workbook: the list of sheets, their files, shared texts, and what number formats mean."""

import posixpath
import re
from dataclasses import dataclass

from optimus.yamlgen.errors import NotAWorkbook, UploadTooLarge
from optimus.yamlgen.limits import Limits
from optimus.yamlgen.ooxml.gate import Archive
from optimus.yamlgen.ooxml.xml import Attributes, local, parse

_DATE_IDS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
# Quoted text, escaped characters, colours and conditions say nothing about dates.
_FORMAT_NOISE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)


@dataclass(frozen=True)
class SheetPart:
    name: str
    part: str
    hidden: bool


def format_meaning(code: str) -> int:
    """-1 for a date or time format, otherwise how many digits it pads a whole number to.

    >>> format_meaning("yyyy/mm/dd"), format_meaning("000"), format_meaning("General"), format_meaning("0.00")
    (-1, 3, 0, 0)
    """
    plain = _FORMAT_NOISE.sub("", code).lower()
    if plain in {"general", "@"}:
        return 0
    if re.search(r"[ymdhs]", plain):
        return -1
    return len(plain) if re.fullmatch(r"0{2,}", plain) else 0


def read_styles(archive: Archive) -> list[int]:
    """For each cell style, the meaning of its number format."""
    name = "xl/styles.xml"
    if name not in archive.names:
        return []
    custom: dict[int, str] = {}
    styles: list[int] = []
    inside = False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal inside
        tag = local(tag)
        if tag == "numFmt":
            custom[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            inside = True
        elif tag == "xf" and inside:
            number = int(attributes.get("numFmtId", "0"))
            if number in custom:
                styles.append(format_meaning(custom[number]))
            else:
                styles.append(-1 if number in _DATE_IDS else 0)

    def end(tag: str) -> None:
        nonlocal inside
        if local(tag) == "cellXfs":
            inside = False

    parse(archive, name, start=start, end=end)
    return styles


def read_strings(archive: Archive, part: str, limits: Limits) -> list[str]:  # noqa: C901 - three handlers of one parser
    """The shared texts. Phonetic guides (rPh) are not part of a text."""
    if part not in archive.names:
        return []
    strings: list[str] = []
    pieces: list[str] = []
    inside = phonetic = False

    def start(tag: str, _: Attributes) -> None:
        nonlocal inside, phonetic
        tag = local(tag)
        if tag == "t":
            inside = not phonetic
        elif tag == "rPh":
            phonetic = True

    def end(tag: str) -> None:
        nonlocal inside, phonetic
        tag = local(tag)
        if tag == "t":
            inside = False
        elif tag == "rPh":
            phonetic = False
        elif tag == "si":
            strings.append("".join(pieces))
            pieces.clear()
            if len(strings) > limits.cells:
                raise UploadTooLarge("The workbook holds too many texts.")

    def text(data: str) -> None:
        if inside:
            pieces.append(data)
            if len(data) > limits.cell_characters or (
                len(pieces) > 1 and sum(map(len, pieces)) > limits.cell_characters
            ):
                raise UploadTooLarge(f"A cell holds more than {limits.cell_characters:,} characters.")

    parse(archive, part, start=start, end=end, text=text)
    return strings


def _relations(archive: Archive, part: str) -> list[tuple[str, str, str]]:
    """(id, type, target path) of the parts that a part points at."""
    folder, file = posixpath.split(part)
    name = posixpath.join(folder, "_rels", file + ".rels")
    found: list[tuple[str, str, str]] = []
    if name not in archive.names:
        return found

    def start(tag: str, attributes: Attributes) -> None:
        if local(tag) != "Relationship" or attributes.get("TargetMode") == "External":
            return
        target = attributes.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found.append((attributes.get("Id", ""), attributes.get("Type", "").rpartition("/")[2], path))

    parse(archive, name, start=start)
    return found


def read_outline(archive: Archive, limits: Limits) -> tuple[list[SheetPart], str]:
    """The sheets in order with their parts, and the part of the shared texts."""
    book = next((path for _, kind, path in _relations(archive, "") if kind == "officeDocument"), "xl/workbook.xml")
    if book not in archive.names:
        raise NotAWorkbook("The upload is a zip archive, but not a workbook.")
    relations = _relations(archive, book)
    targets = {key: path for key, kind, path in relations if kind == "worksheet"}
    strings = next((path for _, kind, path in relations if kind == "sharedStrings"), "")
    sheets: list[SheetPart] = []

    def start(tag: str, attributes: Attributes) -> None:
        if local(tag) != "sheet":
            return
        key = next((value for name, value in attributes.items() if local(name) == "id"), "")
        part = targets.get(key, "")
        if part in archive.names:  # a chart sheet has no cells
            sheets.append(SheetPart(attributes.get("name", ""), part, attributes.get("state", "visible") != "visible"))

    parse(archive, book, start=start)
    if not sheets:
        raise NotAWorkbook("The workbook has no sheet that can be read.")
    if len(sheets) > limits.sheets:
        raise UploadTooLarge(f"The workbook has more than {limits.sheets} sheets.")
    return sheets, strings
