"""Dagster's own event log on SQLite, without several fsyncs for every event.

Dagster opens and closes a connection for each event: each commit syncs the disk, and each close, being that of the last connection,
folds the write-ahead log back. A run of a thousand events spends more time on that than on the rules. Inside `relaxed_event_log` a
connection per file stays open and commits are not synced one by one (`synchronous=NORMAL`): after a power cut the log is consistent
and may lack its last events. It is history; what decides anything is in files of our own, which are synced.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.engine import Engine


@contextmanager
def relaxed_event_log() -> Iterator[None]:
    """Apply to every SQLite database that SQLAlchemy connects to inside the block; other databases are left alone."""
    kept: dict[str, sqlite3.Connection] = {}

    def on_connect(connection: object, _record: object) -> None:
        if not isinstance(connection, sqlite3.Connection):
            return
        connection.execute("pragma synchronous = normal")
        (_, _, path) = connection.execute("pragma database_list").fetchone()
        if path and path not in kept:
            keeper = sqlite3.connect(path, check_same_thread=False)
            # Only a connection that has read holds the write-ahead log open.
            keeper.execute("select count(*) from sqlite_master").fetchone()
            kept[path] = keeper

    event.listen(Engine, "connect", on_connect)
    try:
        yield
    finally:
        event.remove(Engine, "connect", on_connect)
        for keeper in kept.values():
            keeper.close()
