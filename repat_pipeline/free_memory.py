"""Memory that nothing in this process uses any more, given back to the machine.

Stages of a run hold much for a while. Allocators keep what was freed for the next stage, which uses another allocator: without
this, what the intake needed at most would lie beside what the models and the publication need.
"""

from __future__ import annotations

import ctypes

import pyarrow as pa


def give_back_memory() -> None:
    """Return free memory of Arrow's pool and of the C library (where it can) to the machine; takes some milliseconds."""
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
