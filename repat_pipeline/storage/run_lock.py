"""One run at a time writes a home: a file lock, re-entrant within the process."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from repat_pipeline.errors import RepatError
from repat_pipeline.storage.atomic import PRIVATE_FILE, make_folder
from repat_pipeline.storage.home_layout import check_layout, write_layout
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.replacement import complete_replacement

_held: dict[str, int] = {}


class HomeIsBusy(RepatError):
    """Another process writes this home."""


@contextmanager
def run_lock(home: Home, *, any_layout: bool = False) -> Iterator[None]:
    """Hold the home for writing; the lock ends with the process, however that ends. The first to hold it writes the number of the layout.

    Args:
        any_layout: for the one who brings the home to another layout.

    Raises:
        HomeIsBusy: another process holds it.
        LayoutDiffers: the home was written by a program with another layout.
    """
    name = str(home.lock_file)
    if _held.get(name):
        _held[name] += 1
        try:
            yield
        finally:
            _held[name] -= 1
        return
    make_folder(home.lock_file.parent)
    home.lock_file.touch(mode=PRIVATE_FILE)
    with home.lock_file.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise HomeIsBusy(f"another run is writing {home.root}; wait until it has ended, or see docs/runbooks/home_is_busy.md") from None
        _held[name] = 1
        try:
            if not any_layout:
                check_layout(home)
                if not home.layout_file.is_file():
                    write_layout(home)
            complete_replacement(home)
            # Readable copies of sealed files that a crash left.
            shutil.rmtree(home.opened, ignore_errors=True)
            yield
        finally:
            _held.pop(name)
