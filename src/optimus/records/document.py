"""A record's data: one JSON document, written and read as a stream, compressed in chunks. docs/records.md describes it.

    {"format": "optimus-record", "version": 1,
    "head": {…},
    "sections": {
    "projects": [
    {"id": "…", "name": "…", …},
    {…}
    ],
    …
    }}

It is JSON for everybody, and each row is a line for us: two records are compared line by line, and only lines that
differ are parsed.
"""

import json
import zlib
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json

from optimus.records.errors import RecordBroken

FORMAT = "optimus-record"
VERSION = 1
# Just below a MiB, and a multiple of three: chunks can be turned into base64 one by one, and joined.
CHUNK_BYTES = 3 * 349_525
PIECE_BYTES = 128 * 1024
COMPRESSION = 4  # of 9; more takes longer than the rest of a record, and saves a few per cent

Row = dict[str, Any]
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), check_circular=False).encode


def line_of(row: Row) -> bytes:
    """A row as a line of ASCII. Half a surrogate pair, which a cloud's text may hold, stays an escape."""
    try:
        return to_json(row, ensure_ascii=True)  # three times as fast as json
    except PydanticSerializationError:
        return _encode(row).encode()


def row_of(line: bytes) -> Row:
    """The row of a line."""
    found: Row
    try:
        found = from_json(line)
    except ValueError:
        found = json.loads(line)
    return found


def written(head: Mapping[str, Any], sections: Iterable[tuple[str, Iterable[Row]]]) -> Iterator[bytes]:
    """The document, in pieces."""
    yield f'{{"format":"{FORMAT}","version":{VERSION},\n"head":{_encode(head)},\n"sections":{{'.encode()
    between = "\n"
    for name, rows in sections:
        yield f"{between}{_encode(name)}:[\n".encode()
        yield from _lines(rows)
        between = "\n],\n"
    yield b"\n]\n}}\n" if between != "\n" else b"\n}}\n"


def _lines(rows: Iterable[Row]) -> Iterator[bytes]:
    waiting: list[bytes] = []
    size = 0
    between = b""
    for row in rows:
        line = line_of(row)
        waiting.append(line)
        size += len(line)
        if size >= PIECE_BYTES:
            yield between + b",\n".join(waiting)
            waiting, size, between = [], 0, b",\n"
    if waiting:
        yield between + b",\n".join(waiting)


def compressed(pieces: Iterable[bytes]) -> Generator[bytes]:
    """The same, zlib-compressed, in chunks of CHUNK_BYTES (the last one shorter)."""
    packer = zlib.compressobj(COMPRESSION)
    return in_chunks(_packed(packer, pieces))


def _packed(packer: Any, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def in_chunks(pieces: Iterable[bytes]) -> Generator[bytes]:
    """The same bytes, cut at CHUNK_BYTES."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= CHUNK_BYTES:
            yield bytes(waiting[:CHUNK_BYTES])
            del waiting[:CHUNK_BYTES]
    if waiting:
        yield bytes(waiting)


def unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The document's bytes, of its compressed chunks. Raises RecordBroken."""
    unpacker = zlib.decompressobj()
    try:
        for chunk in chunks:
            data = chunk
            while data:
                yield unpacker.decompress(data, PIECE_BYTES)
                data = unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error as error:
        raise RecordBroken("The stored data of this record is damaged: make the record anew.") from error
    if not unpacker.eof:
        raise RecordBroken("The stored data of this record is incomplete: make the record anew.")


class Stored:
    """A document of ours, read once from the front: the head, then section by section."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._lines = _split(unpacked(chunks))
        start, head = next(self._lines, b""), next(self._lines, b"")
        if start != f'{{"format":"{FORMAT}","version":{VERSION},'.encode() or not head.startswith(b'"head":'):
            raise RecordBroken(f"This record's data is not of version {VERSION}: make the record anew.")
        self.head: dict[str, Any] = json.loads(head.removeprefix(b'"head":').removesuffix(b","))
        next(self._lines)  # "sections":{

    def sections(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each section's name and lines, one JSON object each. The lines must be taken before the next section."""
        for line in self._lines:
            if line == b"}}":
                for _ in self._lines:  # to the end, where it shows whether all is there
                    pass
                return
            name: str = json.loads(line.removesuffix(b":["))
            rows = self._rows()
            yield name, rows
            for _ in rows:  # what was not taken is skipped
                pass
        raise RecordBroken("The stored data of this record is incomplete: make the record anew.")

    def _rows(self) -> Iterator[bytes]:
        for line in self._lines:
            if line in {b"]", b"],"}:
                return
            if line:
                yield line.removesuffix(b",")


def _split(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        yield from lines
    if rest:
        yield rest
