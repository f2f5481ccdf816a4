"""Memory that nothing in this process uses any more: given back to the machine, and looked for less often.

Stages of a run hold much for a while. Allocators keep what was freed for the next stage, which uses another allocator: without
this, what the intake needed at most would lie beside what the models and the publication need.
"""

from __future__ import annotations

import ctypes
import gc

import pyarrow as pa


def give_back_memory() -> None:
    """Return free memory of Arrow's pool and of the C library (where it can) to the machine; takes some milliseconds."""
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def collect_less_often() -> None:
    """Let Python look for unreachable cycles of objects in larger steps.

    Modules and definitions are tens of thousands of objects that stay, and rows pass as millions of small objects without cycles: the
    frequent rounds find nothing in them.
    """
    gc.set_threshold(50_000, 20, 100)
