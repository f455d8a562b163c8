"""The whole workbook: `read(bytes)` gives its sheets, or says why it cannot be taken."""

from optimus.yamlgen.cells import Book
from optimus.yamlgen.limits import DEFAULTS, Limits
from optimus.yamlgen.ooxml.gate import Archive
from optimus.yamlgen.ooxml.parts import read_outline, read_strings, read_styles
from optimus.yamlgen.ooxml.sheet import read_sheet


def read(data: bytes, limits: Limits = DEFAULTS) -> Book:
    archive = Archive(data, limits)
    outline, strings_part = read_outline(archive, limits)
    styles = read_styles(archive)
    strings = read_strings(archive, strings_part, limits)
    names = [name.lower() for name in archive.names]
    return Book(
        sheets=[read_sheet(archive, part, strings, styles, limits) for part in outline],
        macros=any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names),
        external_links=any("/externallinks/" in name for name in names),
        embedded=any("/embeddings/" in name or "/activex/" in name for name in names),
    )
