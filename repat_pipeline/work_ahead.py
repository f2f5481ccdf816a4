"""Work on the next things while one is finished: results come in the order of what was asked, whatever the schedule.

Threads, for what is heavy here (parsing, checking and writing tables by polars and Arrow) lets go of Python's lock.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from typing import TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")

# More would take their memory, and gain little: what is left in Python has one lock.
MAX_WORKERS = 2


def usable_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def results_in_order(
    work: Callable[[Thing], Result], things: Iterable[Thing], *, drop: Callable[[Result], None], workers: int | None = None
) -> Iterator[Result]:
    """Yield `work(thing)` of each thing in their order; up to `workers` others are worked on meanwhile.

    `work` must not depend on what becomes of the results before it. An error is raised where its result would have come; nothing
    of what comes after is yielded then, nor when the caller stops early: it is given to `drop`.

    Args:
        things: consumed in their order, by the caller's thread.
        drop: undoes a result that is not yielded.
        workers: 1: everything in the caller's thread, one after the other. None: as many as there are cores, at most `MAX_WORKERS`.
    """
    count = min(usable_cores(), MAX_WORKERS) if workers is None else workers
    if count == 1:
        yield from map(work, things)
        return
    waiting = iter(things)
    with ThreadPoolExecutor(count, thread_name_prefix="ahead") as pool:
        begun: deque[Future[Result]] = deque(pool.submit(work, thing) for thing in islice(waiting, count))
        try:
            while begun:
                result = begun.popleft().result()
                # While the caller finishes this one, the workers have something to do.
                begun.extend(pool.submit(work, thing) for thing in islice(waiting, 1))
                yield result
        finally:
            for future in begun:
                if not future.cancel():
                    # Its error belongs to a thing whose turn never came.
                    with suppress(Exception):
                        drop(future.result())
