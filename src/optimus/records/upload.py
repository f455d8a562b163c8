"""Reading a record's JSON from elsewhere: in any layout, piece by piece, with a bound on everything."""

import codecs
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from optimus.errors import RequestTooLarge
from optimus.records.document import FORMAT, VERSION
from optimus.records.errors import RecordBroken

MAX_VALUE = 4 * 1024 * 1024  # characters of one object in a list; a host with 512 CPUs has 20,000
_PIECE_BYTES = 256 * 1024
_GZIP = b"\x1f\x8b"
_BLANKS = " \t\r\n"


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def pieces_of(data: bytes, *, limit: int) -> Iterator[bytes]:
    """The JSON's bytes of an upload, which may be gzip-compressed. Raises RecordBroken, RequestTooLarge."""
    if not data.startswith(_GZIP):
        if len(data) > limit:
            raise _too_large(limit)
        for start in range(0, len(data), _PIECE_BYTES):
            yield data[start : start + _PIECE_BYTES]
        return
    unpacker, read = zlib.decompressobj(wbits=31), 0
    try:
        while data and not unpacker.eof:
            piece = unpacker.decompress(data, _PIECE_BYTES)
            data = unpacker.unconsumed_tail
            read += len(piece)
            if read > limit:
                raise _too_large(limit)
            yield piece
    except zlib.error as error:
        raise RecordBroken("json_file: looks like gzip, but cannot be unpacked.") from error
    if not unpacker.eof:
        raise RecordBroken("json_file: the gzip file is cut off.")


def _too_large(limit: int) -> RequestTooLarge:
    return RequestTooLarge(f"json_file: is larger than {limit} bytes (OPTIMUS_RECORD_IMPORT_BYTES), unpacked.")


class Upload:
    """The sections of an uploaded record, read once from the front; `head` is there after `read_head`."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._text = _Text(pieces)
        self._told: dict[str, Any] = {}
        self.head: dict[str, Any] = {}

    def sections(self) -> Iterator[tuple[str, Iterator[Any]]]:
        """Each list's name and rows, to be taken in their order. Raises RecordBroken for what is no record's JSON."""
        text = self._text
        text.expect("{")
        while (key := text.key()) is not None:
            if key == "sections":
                self._check_head()
                text.expect("{")
                while (name := text.key()) is not None:
                    rows = self._rows(name)
                    yield name, rows
                    for _ in rows:  # what was not taken is skipped
                        pass
            else:
                self._told[key] = text.value()
        text.end()
        if self._told.get("format") != FORMAT or self._told.get("version") != VERSION:
            raise RecordBroken(f"json_file: is no {FORMAT} of version {VERSION}: export it with format=json.")

    def _check_head(self) -> None:
        head = self._told.get("head")
        if not isinstance(head, dict):
            raise RecordBroken("json_file: has no head before its sections: export it with format=json.")
        self.head = head

    def _rows(self, name: str) -> Iterator[Any]:
        text = self._text
        text.expect("[")
        number = 0
        while text.more("]"):
            number += 1
            try:
                yield text.value()
            except ValueError as error:
                raise RecordBroken(f"json_file: {name}, object {number}: {error}.") from error


class _Text:
    """JSON text that is read as far as it is needed."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._buffer = ""
        self._at = 0
        self._ended = False
        self._first = True  # of an object or a list

    def expect(self, character: str) -> None:
        found = self._next()
        if found != character:
            raise RecordBroken(
                f"json_file: is no record's JSON: {found or 'its end'!r} stands where {character!r} has to."
            )
        self._at += 1
        self._first = True

    def more(self, closing: str) -> bool:
        """Whether another member follows; takes the comma before it, or the closing mark."""
        found = self._next()
        if found == closing:
            self._at += 1
            self._first = False
            return False
        if self._first:
            self._first = False
            return True
        self.expect(",")
        self._first = False
        return True

    def key(self) -> str | None:
        """The next member's name, and the colon after it; None at the object's end."""
        if not self.more("}"):
            return None
        name = self.value()
        if not isinstance(name, str):
            raise RecordBroken("json_file: is no record's JSON: a name is missing.")
        self.expect(":")
        self._first = False
        return name

    def value(self) -> Any:
        """Raises RecordBroken for a value that is no JSON, too large, or nested too deeply."""
        self._next()
        while True:
            try:
                found, end = _DECODER.raw_decode(self._buffer, self._at)
            except RecursionError as error:
                raise RecordBroken("json_file: is nested too deeply.") from error
            except json.JSONDecodeError as error:
                if len(self._buffer) - self._at > MAX_VALUE or not self._read():
                    raise RecordBroken(f"json_file: is no JSON: {error.msg}.") from error
            except ValueError as error:
                raise RecordBroken(f"json_file: {error}.") from error
            else:
                # A number that ends with the buffer may go on.
                if end < len(self._buffer) or not self._read():
                    self._at = end
                    return found

    def end(self) -> None:
        if self._next():
            raise RecordBroken("json_file: something follows the record's JSON.")

    def _next(self) -> str:
        """The next character that is no blank; "" at the end."""
        while True:
            while self._at < len(self._buffer):
                if self._buffer[self._at] not in _BLANKS:
                    return self._buffer[self._at]
                self._at += 1
            if not self._read():
                return ""

    def _read(self) -> bool:
        """Read on; False at the end. What was taken is forgotten."""
        if self._ended:
            return False
        self._buffer, self._at = self._buffer[self._at :], 0
        piece = next(self._pieces, None)
        try:
            self._buffer += self._decoder.decode(piece or b"", final=piece is None)
        except UnicodeDecodeError as error:
            raise RecordBroken("json_file: is not in UTF-8.") from error
        self._ended = piece is None
        return True
