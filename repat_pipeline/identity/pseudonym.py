"""Pseudonyms: keyed HMAC of the CPR number, and from it one reference per municipality.

Inside the lake a person is `person_key`; what leaves it is `person_ref` = HMAC of (municipality, `person_key`): nobody can follow a
person from one municipality to another by it (spec/outbound.md section 2). Where the key comes from: spec/outbound.md section 1.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from repat_pipeline.errors import RepatError
from repat_pipeline.storage.atomic import make_folder
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.secret_text import secret_of_file, secret_of_text

# 26 characters of base32 are 130 bits: thirteen times ten.
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_TWO_CHARACTERS = [first + second for first in _ALPHABET for second in _ALPHABET]
_THREE_CHARACTERS = [first + second for first in _ALPHABET for second in _TWO_CHARACTERS]
_BLOCK = 64  # bytes that SHA-256 takes at a time


class KeyUnusable(RepatError):
    """The pseudonym key cannot be used; nothing has been written."""


@dataclass(frozen=True, repr=False)
class PseudonymKey:
    """The secret that makes pseudonyms; never shown."""

    secret: bytes

    def __repr__(self) -> str:
        return "PseudonymKey(secret)"

    def person_keys(self, cpr_numbers: Iterable[str]) -> list[str]:
        """The `person_key` of each CPR number: 26 characters, lower-case base32."""
        return self._tokens(b"person_key\0", cpr_numbers)

    def person_refs(self, municipality: str, person_keys: Iterable[str]) -> list[str]:
        """The `person_ref` of each person in one municipality: 26 characters, lower-case base32."""
        return self._tokens(b"person_ref\0" + municipality.encode() + b"\0", person_keys)

    def tombstone(self, person_key: str) -> str:
        """What is kept of an erased person, to know them when they come again: leads nowhere without the key."""
        return self._token(b"erased\0" + person_key.encode())

    @property
    def fingerprint(self) -> str:
        """Twelve characters that tell keys apart in manifests without telling anything of them."""
        return self._token(b"fingerprint")[:12]

    def _token(self, message: bytes) -> str:
        return _base32(hmac.digest(self.secret, message, "sha256"))

    def _tokens(self, label: bytes, texts: Iterable[str]) -> list[str]:
        """The token of `label` and each text. What the key and the label do to the hash is worked out once (RFC 2104, section 4)."""
        block = (self.secret if len(self.secret) <= _BLOCK else hashlib.sha256(self.secret).digest()).ljust(_BLOCK, b"\0")
        inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + label)
        outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        tokens = []
        for text in texts:
            within, around = inner.copy(), outer.copy()
            within.update(text.encode())
            around.update(within.digest())
            tokens.append(_base32(around.digest()))
        return tokens


def _base32(digest: bytes) -> str:
    """The first 26 characters of the lower-case base32 of a digest (RFC 4648), three at a time: `base64` takes five times as long."""
    bits, three = int.from_bytes(digest[:17], "big") >> 6, _THREE_CHARACTERS
    return (
        f"{three[bits >> 115]}{three[bits >> 100 & 32767]}{three[bits >> 85 & 32767]}{three[bits >> 70 & 32767]}"
        f"{three[bits >> 55 & 32767]}{three[bits >> 40 & 32767]}{three[bits >> 25 & 32767]}{three[bits >> 10 & 32767]}"
        f"{_TWO_CHARACTERS[bits & 1023]}"
    )


@dataclass(frozen=True)
class LoadedKey:
    """A key, where it came from, and whether this call made it."""

    key: PseudonymKey
    origin: str
    was_created: bool


def load_key(home: Home, environ: Mapping[str, str] = os.environ) -> LoadedKey:
    """Load the key: `REPAT_KEY`, else the file in `REPAT_KEY_FILE`, else `HOME/keys/pseudonym.key`, made when it is missing.

    Raises:
        KeyUnusable: too short, unreadable, a file that others can read, or another key than the lake was made with.
    """
    loaded = _find_key(home, environ)
    made_with = home.key_fingerprint.read_text(encoding="utf-8").strip() if home.key_fingerprint.is_file() else loaded.key.fingerprint
    if made_with != loaded.key.fingerprint:
        raise KeyUnusable(
            f"{loaded.origin}: expected the key that {home.lake} was made with (fingerprint {made_with[:12]}), found another one "
            f"(fingerprint {loaded.key.fingerprint[:12]}); give the right key: with this one every person would get a new reference"
        )
    return loaded


def _find_key(home: Home, environ: Mapping[str, str]) -> LoadedKey:
    text = environ.get("REPAT_KEY")
    if text:
        return LoadedKey(_key(text, "REPAT_KEY"), "REPAT_KEY", False)
    named = environ.get("REPAT_KEY_FILE")
    if named:
        return LoadedKey(_key_of_file(Path(named)), named, False)
    path = home.key_file
    if path.exists():
        return LoadedKey(_key_of_file(path), str(path), False)
    if (home.lake / "deliveries").is_dir():
        raise KeyUnusable(
            f"{path} is missing, but the lake holds deliveries made with it; restore the key from the back-up (a new one "
            "would give every person a new reference)"
        )
    make_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(secrets.token_hex(32) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    return LoadedKey(_key_of_file(path), str(path), True)


def _key_of_file(path: Path) -> PseudonymKey:
    return PseudonymKey(secret_of_file(path, setting="REPAT_KEY_FILE", unusable=KeyUnusable))


def _key(text: str, origin: str) -> PseudonymKey:
    return PseudonymKey(secret_of_text(text, origin, unusable=KeyUnusable))
