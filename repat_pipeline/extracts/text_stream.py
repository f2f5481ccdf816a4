"""The bytes of a CSV file as UTF-8 with LF line ends, block by block.

Only the byte level lives here: BOM, encoding, line ends. Columns are `header`, records are `reader`.
"""

from __future__ import annotations

import codecs
import io
from pathlib import Path

from repat_pipeline.extracts.plain_file import open_plain

# A carriage return without a line feed is no line end (spec/inbound.md section 2: LF or CRLF), but pyarrow takes it for
# one. It travels as this noncharacter, which no text in interchange may contain, and `reader` puts it back.
LONE_CARRIAGE_RETURN = "\ufdd0"

_BLOCK_BYTES = 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_MARK = LONE_CARRIAGE_RETURN.encode()


class TextStream(io.RawIOBase):
    """Readable stream of a file in UTF-8; what has been met so far is told by two attributes.

    Attributes:
        has_lone_carriage_return: a carriage return that is no part of a line end.
        has_odd_quotes: an odd number of `"`, so one of them may never end.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        self.has_lone_carriage_return = False
        self.has_odd_quotes = False
        self._file = open_plain(path)
        is_utf8 = codecs.lookup(encoding).name == "utf-8"
        self._decoder = None if is_utf8 else codecs.getincrementaldecoder(encoding)("strict")
        self._pending = b""
        self._held_back = b""
        self._is_at_end = False
        if is_utf8 and self._file.read(len(_BOM)) != _BOM:
            self._file.seek(0)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, target: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Fill `target`; 0 at the end of the file."""
        while not self._pending and not self._is_at_end:
            self._pending = self._next_block()
        part = self._pending[: len(target)]
        target[: len(part)] = part
        self._pending = self._pending[len(part) :]
        return len(part)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _next_block(self) -> bytes:
        raw = self._file.read(_BLOCK_BYTES)
        self._is_at_end = not raw
        block = raw if self._decoder is None else self._decoder.decode(raw, self._is_at_end).encode()
        block = self._held_back + block
        self._held_back = b""
        if b'"' in block:
            self.has_odd_quotes ^= block.count(b'"') % 2 == 1
        if block.endswith(b"\r") and not self._is_at_end:
            block, self._held_back = block[:-1], b"\r"
        if b"\r" not in block:
            return block
        block = block.replace(b"\r\n", b"\n")
        if b"\r" in block:
            self.has_lone_carriage_return = True
            block = block.replace(b"\r", _MARK)
        return block


def open_text(path: Path, encoding: str) -> tuple[io.BufferedReader, TextStream]:
    """Open a file as buffered UTF-8 bytes with LF line ends; closing the first closes both."""
    stream = TextStream(path, encoding)
    return io.BufferedReader(stream, _BLOCK_BYTES), stream
