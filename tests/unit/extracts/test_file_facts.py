"""Facts of one file, told in a single pass whatever the size of the blocks."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repat_pipeline.extracts import file_facts
from repat_pipeline.extracts.file_facts import FileFacts, read_facts


def facts_of(content: bytes, folder: Path, *, encoding: str = "utf-8", max_bytes: int = 2**30) -> FileFacts:
    """Facts of a file of these bytes."""
    (folder / "file").write_bytes(content)
    return read_facts(folder / "file", encoding=encoding, max_bytes=max_bytes)


@pytest.mark.parametrize(
    ("content", "longest"),
    [(b"", 0), (b"\n", 0), (b"abc", 3), (b"abc\n", 3), (b"a\nbcd\nef", 3), (b"a\nb\ncdef", 4), (b"abcd\n\n", 4)],
)
def test_the_longest_line(content: bytes, longest: int, tmp_path: Path) -> None:
    assert facts_of(content, tmp_path).longest_line == longest


@pytest.mark.parametrize(
    ("content", "longest"), [(b"", 3), (b"abc\n", 3), (b"abcd\n", 4), (b"abcd", 4), (b"a\nabcde\nabcd\n", 5), (b"ab\nab\n", 3)]
)
def test_lines_are_told_apart_above_the_length_of_a_short_one(content: bytes, longest: int, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)

    assert read_facts(tmp_path / "file", encoding="utf-8", max_bytes=2**30, short_line=3).longest_line == longest


@pytest.mark.parametrize(("encoding", "is_decodable"), [("utf-8", False), ("iso-8859-1", True)])
def test_encoding_is_the_one_asked_for(encoding: str, is_decodable: bool, tmp_path: Path) -> None:
    assert facts_of("æ".encode("iso-8859-1"), tmp_path, encoding=encoding).is_decodable is is_decodable


def test_file_over_the_limit_is_told_by_its_size_alone(tmp_path: Path) -> None:
    facts = facts_of(b"abc\n", tmp_path, max_bytes=3)
    assert (facts.bytes, facts.sha256, facts.longest_line) == (4, "", 0)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=40) | st.text('aæ\n"\0€', max_size=40).map(str.encode), block=st.integers(1, 7))
def test_facts_do_not_depend_on_the_blocks(content: bytes, block: int, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_facts, "_BLOCK_BYTES", block)
        found = facts_of(content, tmp_path)
    lines = content.split(b"\n")
    assert found == FileFacts(
        bytes=len(content), sha256=hashlib.sha256(content).hexdigest(),
        longest_line=max(map(len, lines)), has_nul=b"\0" in content, is_decodable=_is_utf8(content), has_quotes=b'"' in content,
    )  # fmt: skip


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
