"""Sealed files: AES-256-GCM, bound to their place below HOME, read back whole or not at all.

A file is a header (mark and version, id of the key, salt) and chunks of a MiB, so that memory does not grow with the file. Each file
has a key of its own, derived from the sealing key and the salt; the nonce of a chunk is its number and whether it is the last. A
chunk is authenticated together with header and place: a file that was changed, cut, put together from others or moved to another
place does not open. Where keys come from is `sealing_keys`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from repat_pipeline.errors import RepatError
from repat_pipeline.storage.atomic import replacing
from repat_pipeline.storage.layout import Home

ENDING = ".sealed"
"""What the name of a sealed file ends with, after the ending of what it holds."""

SEALED_FOLDERS = ("vault", "quarantine", "archive", "refused")
"""Folders of HOME whose data files are sealed."""

_MARK = b"REPATSEAL\x01"
_ID_BYTES, _SALT_BYTES, _TAG_BYTES = 8, 16, 16
_HEADER_BYTES = len(_MARK) + _ID_BYTES + _SALT_BYTES
_CHUNK_BYTES = 1 << 20


class SealBroken(RepatError):
    """A sealed file cannot be opened: another key, damaged, or not in the place where it was sealed."""


@dataclass(frozen=True, repr=False)
class SealingKey:
    """The secret that seals files; never shown. `id` names it in files and messages and tells nothing about it."""

    secret: bytes
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", _derived(self.secret, b"", b"repat sealing key id", _ID_BYTES).hex())

    def __repr__(self) -> str:
        return f"SealingKey({self.id})"

    def of_file(self, salt: bytes) -> AESGCM:
        """The key of one file."""
        return AESGCM(_derived(self.secret, salt, b"repat sealed file", 32))


@dataclass(frozen=True)
class Sealer:
    """Seals with one key, opens with it and those before it.

    Attributes:
        key: seals.
        older: further keys that open, by id; while a rotation is under way.
    """

    key: SealingKey
    older: Mapping[str, SealingKey] = field(default_factory=dict)

    def write(self, home: Home, path: Path, content: bytes) -> None:
        """Write a whole sealed file (mode 0600), or nothing."""
        with replacing(path) as temporary, temporary.open("wb") as target:
            self.seal([content], target, place=place_of(home, path))

    def read(self, home: Home, path: Path) -> bytes:
        """The content of a sealed file.

        Raises:
            SealBroken: it does not open.
        """
        with path.open("rb") as source:
            return b"".join(self.open(source, place=place_of(home, path)))

    def seal(self, parts: Iterable[bytes], target: BinaryIO, *, place: str) -> None:
        """Seal what comes in parts of any size.

        Args:
            place: where the file will be, relative to HOME (`place_of`).
        """
        salt = os.urandom(_SALT_BYTES)
        header = _MARK + bytes.fromhex(self.key.id) + salt
        cipher, bound_to = self.key.of_file(salt), header + os.fsencode(place)
        target.write(header)
        for nonce, chunk in _numbered(_rechunked(parts, _CHUNK_BYTES)):
            target.write(cipher.encrypt(nonce, chunk, bound_to))

    def open(self, source: BinaryIO, *, place: str) -> Iterator[bytes]:
        """Open chunk by chunk; the end is reached only when the file is whole.

        Raises:
            SealBroken: it does not open; says why, never what is in it.
        """
        header = source.read(_HEADER_BYTES)
        key_id = _key_id(header, place)
        key = self.key if key_id == self.key.id else self.older.get(key_id)
        if key is None:
            raise SealBroken(f"{place}: sealed with key {key_id}, found key {self.key.id}; give the key that it was sealed with")
        cipher, bound_to = key.of_file(header[-_SALT_BYTES:]), header + os.fsencode(place)
        for nonce, chunk in _numbered(_read_chunks(source)):
            try:
                yield cipher.decrypt(nonce, chunk, bound_to)
            except InvalidTag:
                raise SealBroken(
                    f"{place}: the file is damaged, cut, or was moved here from another place; restore it from the back-up"
                ) from None


def place_of(home: Home, path: Path) -> str:
    """What a sealed file is bound to: its path relative to HOME, so that HOME can be moved."""
    return path.relative_to(home.root).as_posix()


def key_id_of(home: Home, path: Path) -> str:
    """Id of the key that a file was sealed with.

    Raises:
        SealBroken: it is no sealed file.
    """
    with path.open("rb") as source:
        return _key_id(source.read(_HEADER_BYTES), place_of(home, path))


def sealed_files(home: Home) -> Iterator[Path]:
    """Every sealed file of a home, in order of path; none that is still being written."""
    for folder in SEALED_FOLDERS:
        for path in sorted((home.root / folder).rglob(f"*{ENDING}")):
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(home.root).parts):
                yield path


def read_parts(source: BinaryIO) -> Iterator[bytes]:
    """The rest of an open file in parts, to seal it."""
    while part := source.read(_CHUNK_BYTES):
        yield part


def _key_id(header: bytes, place: str) -> str:
    if len(header) != _HEADER_BYTES or not header.startswith(_MARK):
        raise SealBroken(f"{place}: expected a sealed file, found something else; `repat upgrade` seals what older versions wrote")
    return header[len(_MARK) : len(_MARK) + _ID_BYTES].hex()


def _derived(secret: bytes, salt: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=purpose).derive(secret)


def _numbered(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Chunks with their nonces: 11 bytes number, one byte whether it is the last; no chunk at all counts as an empty last one."""
    number, held = 0, None
    for chunk in chunks:
        if held is not None:
            yield number.to_bytes(11, "big") + b"\0", held
            number += 1
        held = chunk
    yield number.to_bytes(11, "big") + b"\1", b"" if held is None else held


def _rechunked(parts: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in chunks of `size`; the last one can be shorter."""
    held = bytearray()
    for part in parts:
        view = memoryview(part)
        for start in range(0, len(view), size):
            held += view[start : start + size]
            while len(held) > size:
                yield bytes(held[:size])
                del held[:size]
    if held:
        yield bytes(held)


def _read_chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK_BYTES + _TAG_BYTES):
        yield chunk
