"""Dagster's own event log on SQLite, without several fsyncs for every event.

Dagster opens and closes a connection for each event: each commit syncs the disk, and each close, being that of the last connection,
folds the write-ahead log back. A run of a thousand events spends more time on that than on the rules. Inside `relaxed_event_log` one
connection per file and thread is used again and again, and commits are not synced one by one (`synchronous=NORMAL`): after a power
cut the log is consistent and may lack its last events. It is history; what decides anything is in files of our own, which are synced.

Dagster also makes a new SQLAlchemy engine for each event, and every new engine compiles every statement anew: inside the block there
is one per file. These modules of Dagster are not public: Dagster is pinned, and `tests/dagster/test_event_log.py` holds this.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from sqlalchemy import event
from sqlalchemy.engine import Dialect, Engine


@contextmanager
def relaxed_event_log() -> Iterator[None]:
    """Apply to every SQLite file that SQLAlchemy connects to inside the block; other databases are left alone."""
    kept: list[_Kept] = []
    free: dict[tuple[str, int], list[_Kept]] = {}

    def on_connect(dialect: Dialect, _record: object, place: tuple[Any, ...], options: dict[str, Any]) -> sqlite3.Connection | None:
        if dialect.name != "sqlite" or not place or not str(place[0]).startswith("/"):
            return None
        # Only what nobody holds is lent: one transaction never ends another that is open on the same file.
        waiting = free.setdefault((str(place[0]), threading.get_ident()), [])
        if not waiting:
            connection: _Kept = sqlite3.connect(*place, **options | {"factory": _Kept, "check_same_thread": False})
            connection.execute("pragma synchronous = normal")
            connection.place = waiting
            kept.append(connection)
            return connection
        return waiting.pop()

    event.listen(Engine, "do_connect", on_connect)
    try:
        with _one_engine_per_file(sqlite_event_log), _one_engine_per_file(sqlite_run_storage):
            yield
    finally:
        event.remove(Engine, "do_connect", on_connect)
        for connection in kept:
            connection.end()


@contextmanager
def _one_engine_per_file(storage: ModuleType) -> Iterator[None]:
    """Let a storage module of Dagster reuse the engine it made for a URL, with the statements that it has compiled."""
    make = storage.create_engine
    engines: dict[str, Engine] = {}

    def create_engine(url: str, **options: Any) -> Engine:
        if url not in engines:
            engines[url] = make(url, **options)
        return engines[url]

    vars(storage)["create_engine"] = create_engine
    try:
        yield
    finally:
        vars(storage)["create_engine"] = make


class _Kept(sqlite3.Connection):
    """A connection that whoever closes it gives back to where others wait to be lent."""

    place: list[_Kept]

    def close(self) -> None:
        """Give it back: what was not committed is undone, as a real end would."""
        self.rollback()
        if self not in self.place:
            self.place.append(self)

    def end(self) -> None:
        """Close it."""
        super().close()
