"""What can be told of one file in a single pass over its bytes, with flat memory.

Only bytes are looked at. Columns are `header`, rows are `reader` and `eindkomst_xml`, judgement is `manifest`.
"""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path

from repat_pipeline.extracts.manifest_model import MAX_FILES
from repat_pipeline.extracts.plain_file import open_plain

_BLOCK_BYTES = 4 * 1024 * 1024
_NEWLINE, _QUOTE, _NUL = b"\n", b'"', b"\0"


@dataclass(frozen=True)
class Limits:
    """What is read at most; defaults of spec/inbound.md section 1. Lines and columns are about CSV files.

    `files` is about entries of the folder, and of the list in the manifest: the most tables that a source has are five.
    """

    file_bytes: int = 8 * 2**30
    line_bytes: int = 64 * 1024
    columns: int = 200
    manifest_bytes: int = 2**20
    files: int = MAX_FILES


@dataclass(frozen=True)
class FileFacts:
    """Facts of one file.

    Attributes:
        bytes: size.
        sha256: hexadecimal, lower case; empty when the file is over the size limit and was therefore not read.
        longest_line: bytes of the longest line without its LF; where all are short (`read_facts`), the length of a short line.
        has_nul: a NUL byte occurs.
        is_decodable: the whole file is text in the encoding it was to be read with.
        has_quotes: the character `"` occurs, so that a value can span lines.
    """

    bytes: int
    sha256: str
    longest_line: int
    has_nul: bool
    is_decodable: bool
    has_quotes: bool


def read_facts(path: Path, *, encoding: str, max_bytes: int, short_line: int = 0) -> FileFacts:
    """Read a file once and tell its facts.

    Args:
        path: a regular file.
        encoding: the encoding in which it must be readable; one in which LF and `"` are the bytes of ASCII.
        max_bytes: a larger file is not read.
        short_line: lines of at most so many bytes need not be told apart: measuring each costs three times as much as the rest.
    """
    size = path.lstat().st_size
    if size > max_bytes:
        return FileFacts(size, "", 0, has_nul=False, is_decodable=True, has_quotes=False)
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    total = open_line = 0
    longest = short_line
    has_nul = has_quotes = False
    is_decodable = True
    with open_plain(path) as file:
        while block := file.read(_BLOCK_BYTES):
            total += len(block)
            digest.update(block)
            has_nul = has_nul or _NUL in block
            has_quotes = has_quotes or _QUOTE in block
            # Bytes of ASCII are text wherever no character of several bytes is open.
            is_plain = block.isascii() and decoder.getstate()[0] == b""
            is_decodable = is_decodable and (is_plain or _decodes(decoder, block))
            first, last = block.find(_NEWLINE), block.rfind(_NEWLINE)
            if first < 0:
                open_line += len(block)
                continue
            longest = _longest_line(block[first + 1 : last + 1], max(longest, open_line + first))
            open_line = len(block) - last - 1
    is_decodable = is_decodable and _decodes(decoder, b"", is_last=True)
    return FileFacts(
        bytes=total, sha256=digest.hexdigest(), longest_line=max(longest, open_line),
        has_nul=has_nul, is_decodable=is_decodable, has_quotes=has_quotes,
    )  # fmt: skip


def _longest_line(ended_lines: bytes, known: int) -> int:
    """The greatest length of lines that all end, if it is above `known`, else `known`.

    Steps from the last line end within `known` bytes to the next: no line that is passed over is longer.
    """
    longest, start = known, 0
    while start < len(ended_lines):
        end = ended_lines.rfind(_NEWLINE, start, start + longest + 1)
        if end < 0:
            end = ended_lines.index(_NEWLINE, start)
            longest = end - start
        start = end + 1
    return longest


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, is_last: bool = False) -> bool:
    try:
        decoder.decode(block, is_last)
    except UnicodeDecodeError:
        return False
    return True
