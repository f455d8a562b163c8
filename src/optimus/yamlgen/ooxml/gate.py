"""Open an upload as a zip of known shape, or say what it is instead; inflate parts under limits."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from optimus.yamlgen.errors import NotAWorkbook, UploadTooLarge
from optimus.yamlgen.limits import Limits

_CHUNK = 64 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"


def what_is(data: bytes) -> str:  # noqa: PLR0911 - one answer for each kind
    r"""Name the kind of file by its first bytes; `zip` is the only one that is read on.

    >>> what_is(b"PK\x03\x04...."), what_is(b"<html><table>"), what_is(b"a;b;c")
    ('zip', 'an HTML page named .xlsx', 'plain text (CSV?)')
    """
    head = data[:4096]
    if head.startswith(_ZIP):
        return "zip"
    if head.startswith(_OLE):
        return "an old .xls file or a password-protected workbook"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<html", b"<!doctype html", b"<table")):
        return "an HTML page named .xlsx"
    if text.startswith(b"<?xml"):
        return "an XML file (Excel 2003 XML?)"
    if text.startswith(b"%pdf"):
        return "a PDF file"
    if not text:
        return "an empty file"
    return "plain text (CSV?)" if b"\x00" not in head else "an unknown binary file"


class Archive:
    """The parts of one workbook. Sizes are counted while inflating; the sizes that the file states are not trusted."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        if len(data) > limits.upload_bytes:
            raise UploadTooLarge(f"The workbook is larger than {limits.upload_bytes // 1048576} MiB.")
        kind = what_is(data)
        if kind != "zip":
            raise NotAWorkbook(f"The upload is not an .xlsx workbook: it looks like {kind}. Save it as .xlsx.")
        self._limits = limits
        self._inflated = 0
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, struct.error) as failure:
            raise NotAWorkbook("The workbook is damaged: its zip directory cannot be read.") from failure
        self.names = self._checked_names()

    def _checked_names(self) -> dict[str, zipfile.ZipInfo]:
        entries = self._zip.infolist()
        if len(entries) > self._limits.archive_entries:
            raise UploadTooLarge(f"The workbook has more than {self._limits.archive_entries} parts.")
        names: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            name = entry.filename
            if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
                raise NotAWorkbook("The workbook holds a part with a path that leaves the archive.")
            if name in names:
                raise NotAWorkbook("The workbook holds two parts of one name.")
            if entry.flag_bits & 0x1:
                raise NotAWorkbook("The workbook is encrypted: remove its password.")
            names[name] = entry
        if "mimetype" in names and "content.xml" in names:
            raise NotAWorkbook(
                "The upload is not an .xlsx workbook: it looks like an OpenDocument file. Save it as .xlsx."
            )
        if "[Content_Types].xml" not in names:
            raise NotAWorkbook("The upload is a zip archive, but not a workbook.")
        return names

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of one part, stopped at the first limit it crosses."""
        entry, size = self.names[name], 0
        try:
            with self._zip.open(entry) as part:
                while chunk := part.read(_CHUNK):
                    size += len(chunk)
                    self._inflated += len(chunk)
                    self._check(entry, size)
                    yield chunk
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            EOFError,
            OSError,
            ValueError,
        ) as failure:
            raise NotAWorkbook("The workbook is damaged: a part of it cannot be unpacked.") from failure

    def _check(self, entry: zipfile.ZipInfo, size: int) -> None:
        limits = self._limits
        if size > limits.part_bytes:
            raise UploadTooLarge(f"A part of the workbook unfolds to more than {limits.part_bytes // 1048576} MiB.")
        if self._inflated > limits.total_bytes:
            raise UploadTooLarge(f"The workbook unfolds to more than {limits.total_bytes // 1048576} MiB.")
        if size > limits.ratio_floor_bytes and size > limits.inflate_ratio * max(entry.compress_size, 1):
            raise UploadTooLarge(
                f"A part of the workbook unfolds more than {limits.inflate_ratio} times (a zip bomb?)."
            )
