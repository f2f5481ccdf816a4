"""What a stage has freed does not stay with the process."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from repat_pipeline.free_memory import give_back_memory

MEBIBYTE = 2**20


def resident_bytes() -> int:
    """Memory of this process that lies in the machine's."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="needs a C library that gives memory back when it is told to")
def test_freed_memory_goes_back_to_the_machine_although_some_above_it_is_used() -> None:
    before = resident_bytes()
    blocks = [bytearray(b"x" * 60_000) for _ in range(64 * MEBIBYTE // 60_000)]
    # The heap ends with a block in use, so freeing the others gives nothing back.
    last = blocks.pop()
    blocks.clear()

    give_back_memory()

    assert last
    assert resident_bytes() - before < 16 * MEBIBYTE
