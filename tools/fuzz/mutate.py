"""Mutations of bytes: what a broken transfer, a bad export or an attacker makes of a file. Same seed, same inputs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

TOKENS: tuple[bytes, ...] = (
    b"\0", b"\xff", b"\xef\xbb\xbf", b"\xfe\xff", b"\r", b"\n", b"\r\n", b"\n\n", b'"', b'""', b'";"', b";", b";;;;;;;;", b"\t", b",", b"'",
    
    b"\\", b"=", b"-", b"1e999", b"NaN", b"9" * 40, b"-0,00", b"0000-00-00", b"9999-12-31", b"2026-02-30", b"\xc3", b"\xed\xa0\x80",
    b"\xef\xb7\x90", b"\xe2\x80\xa8", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", 
    b"&#0;", b"&#x1F600;", b"<![CDATA[", b"]]>", b"<!--", b"-->",
    b"<?x?>", b"<a>", b"</a>", b"<a/>", b" xmlns='x'", b"xmlns:e=''", b"<e:AngivelseNiveau1>", b"{", b"}", b"[", b"]", 
    b"[[[[[[[[", b"null", b"true",
    b'"files":', b'"rows":-1', b"1.0.0", b"../", b"\xd8\x00", b"x" * 70_000, b"\n" * 3000, b"<b>" * 300, b";" * 500,
)  # fmt: skip

_Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def mutated(rng: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """One to six mutations, one after the other."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        content = rng.choice(_MUTATIONS)(rng, content, others)
    return content


def _span(rng: random.Random, content: bytes) -> tuple[int, int]:
    start = rng.randrange(len(content) + 1)
    return start, min(len(content), start + rng.choice((0, 1, 2, 8, 64, 1024)))


def _flip(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    if not content:
        return content
    place = rng.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << rng.randrange(8)]) + content[place + 1 :]


def _insert(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(rng, content)
    return content[:start] + rng.choice(TOKENS) + content[end if rng.random() < 0.3 else start :]


def _noise(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(rng, content)
    return content[:start] + rng.randbytes(rng.choice((1, 2, 16))) + content[end:]


def _cut(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(rng, content)
    return content[:start] if rng.random() < 0.3 else content[:start] + content[end:]


def _repeat(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(rng, content)
    return content[:start] + content[start:end] * rng.choice((2, 3, 50)) + content[end:]


def _swap_lines(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    lines = content.split(b"\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _swap_fields(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    fields = content.split(b";")
    one, other = rng.randrange(len(fields)), rng.randrange(len(fields))
    fields[one], fields[other] = fields[other], fields[one]
    return b";".join(fields)


def _splice(rng: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others)
    start, end = _span(rng, other)
    place = rng.randrange(len(content) + 1)
    return content[:place] + other[start:end] + content[place:]


def _encode(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    return content.decode("utf-8", "replace").encode(rng.choice(("utf-16", "latin-1", "utf-8-sig", "cp1252")), "replace")


_MUTATIONS: tuple[_Mutation, ...] = (_flip, _insert, _insert, _insert, _noise, _cut, _repeat, _swap_lines, _swap_fields, _splice, _encode)
