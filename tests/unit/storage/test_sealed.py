"""Sealed files: read back whole or not at all, in their place only, with the right key only."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import SealBroken, Sealer, SealingKey

SEALER = Sealer(SealingKey(b"a secret of the tests: at least 32 characters"))
OTHER = Sealer(SealingKey(b"another secret of the tests: 32 characters"))
MIB = 1 << 20
HEADER = 34


def sealed(home: Home, content: bytes, *, sealer: Sealer = SEALER, name: str = "vault/0751/uip/d-1.parquet.sealed") -> Path:
    """A sealed file."""
    path = home.root / name
    sealer.write(home, path, content)
    return path


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 2 * MIB + 7])
def test_what_was_sealed_is_read_back_whatever_its_size(home: Home, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    assert SEALER.read(home, sealed(home, content)) == content


@given(parts=st.lists(st.binary(max_size=50), max_size=8))
def test_how_the_content_comes_in_parts_does_not_matter(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("parts") / "file"
    with path.open("wb") as target:
        SEALER.seal(parts, target, place="here")
    with path.open("rb") as source:
        assert b"".join(SEALER.open(source, place="here")) == b"".join(parts)


def test_the_same_content_is_sealed_differently_each_time(home: Home) -> None:
    assert sealed(home, b"content").read_bytes() != sealed(home, b"content").read_bytes()


def test_a_sealed_file_is_for_its_owner_only(home: Home) -> None:
    assert stat.S_IMODE(sealed(home, b"content").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole[:-1],
        lambda whole: whole[: HEADER + MIB + 16],
        lambda whole: whole + b"x",
        lambda whole: whole[:HEADER],
        lambda whole: whole[:HEADER] + whole[HEADER + MIB + 16 :],
        lambda whole: whole[:20] + bytes([whole[20] ^ 1]) + whole[21:],
        lambda whole: whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:],
        lambda whole: whole[: HEADER + MIB + 16] + whole[HEADER : HEADER + MIB + 16] + whole[HEADER + MIB + 16 :],
    ],
    ids=[
        "a byte cut",
        "cut after a chunk",
        "longer",
        "header alone",
        "a chunk removed",
        "salt changed",
        "content changed",
        "a chunk twice",
    ],
)
def test_a_changed_file_does_not_open(home: Home, change: Callable[[bytes], bytes]) -> None:
    path = sealed(home, b"c" * (MIB + 100))
    path.write_bytes(change(path.read_bytes()))

    with pytest.raises(SealBroken, match="damaged, cut, or was moved"):
        SEALER.read(home, path)


def test_a_file_that_was_moved_does_not_open(home: Home) -> None:
    moved = home.root / "vault" / "0461" / "uip" / "d-1.parquet.sealed"
    moved.parent.mkdir(parents=True)
    sealed(home, b"content").rename(moved)

    with pytest.raises(SealBroken, match="moved here from another place"):
        SEALER.read(home, moved)


def test_a_home_that_was_moved_opens(home: Home, tmp_path: Path) -> None:
    path = sealed(home, b"content")
    home.root.rename(tmp_path / "elsewhere")
    elsewhere = Home(tmp_path / "elsewhere")

    assert SEALER.read(elsewhere, elsewhere.root / path.relative_to(home.root)) == b"content"


def test_another_key_does_not_open_it_and_the_message_names_both_by_id(home: Home) -> None:
    path = sealed(home, b"content")

    with pytest.raises(SealBroken) as error:
        OTHER.read(home, path)

    assert SEALER.key.id in str(error.value)
    assert OTHER.key.id in str(error.value)


def test_what_is_not_sealed_is_said_to_be_so(home: Home) -> None:
    path = home.root / "plain.sealed"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1" * 20)

    with pytest.raises(SealBroken, match="expected a sealed file"):
        SEALER.read(home, path)


def test_a_key_never_shows_itself() -> None:
    assert "secret" not in repr(SEALER)
    assert "secret" not in repr(SEALER.key)
