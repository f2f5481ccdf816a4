"""Dagster's storage on SQLite, without several fsyncs for every event (`dagster.yaml` names it).

Dagster makes an engine and opens and closes a connection for each event: every statement is compiled anew, each commit syncs the disk,
and each close, being that of the last connection, folds the write-ahead log back. A run of a thousand events spends more time on that
than on many a rule. Here engines and connections are kept, and commits are not synced one by one (`synchronous=NORMAL`): after a power
cut the log is consistent and may lack its last events. It is history; what decides anything is in files of our own, which are synced.
Events that come together are one transaction.

Files and tables are those of Dagster's own storage, so either can go on where the other stopped. These modules of Dagster are not
public: Dagster is pinned, and `tests/dagster/test_event_log.py` holds this.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any, Self

import dagster as dg
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage, SqliteEventLogStorageWatchdog
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.sqlite import create_db_conn_string
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

_BUSY_SECONDS = 60
# The index, the run that goes on, and some that are looked at.
_FILES_KEPT = 8


def written_together(instance: dg.DagsterInstance) -> AbstractContextManager[None]:
    """Write the events of the block in one transaction, where the storage can; they are seen at its end. Nothing else is done in it."""
    storage = instance.event_log_storage
    return storage.one_transaction() if isinstance(storage, KeptEventLog) else nullcontext()


class KeptSqliteStorage(DagsterSqliteStorage):
    """Dagster's SQLite files in `base_dir`, with what is opened kept."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        # Makes the files, or brings them up to date.
        super().__init__(base_dir, inst_data)
        self._run_storage = KeptRunStorage(create_db_conn_string(f"{base_dir}/history", "runs"))
        self._event_log_storage = KeptEventLog(f"{base_dir}/history/runs")

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> Self:
        """As Dagster makes it from `dagster.yaml`."""
        return cls(inst_data=inst_data, **config_value)


class KeptRunStorage(SqliteRunStorage):
    """Runs, their tags and the daemon's heartbeats."""

    def __init__(self, conn_string: str, inst_data: Any = None) -> None:
        super().__init__(conn_string, inst_data)
        self._engines = _Engines()

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A transaction."""
        with self._engines.of(self._conn_string).begin() as connection:
            yield connection


class KeptEventLog(SqliteEventLogStorage):
    """Events: a file per run, and an index of what tells of assets and checks."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines = _Engines()
        self._together = threading.local()
        self._columns: set[str] = set()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def one_transaction(self) -> Iterator[None]:
        """What this thread writes inside the block is committed at its end, or, at an error, not at all; other threads wait."""
        if getattr(self._together, "connections", None) is not None:
            yield
            return
        with self._db_lock, ExitStack() as stack:
            self._together.stack, self._together.connections, self._together.newest = stack, {}, {}
            try:
                yield
                for asset_event, event_id in self._together.newest.values():
                    with self.index_connection() as connection:
                        super()._store_asset_event(connection, asset_event, event_id)
            finally:
                self._together.connections = None

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        connections = getattr(self._together, "connections", None)
        if connections is not None:
            if shard not in connections:
                connections[shard] = self._together.stack.enter_context(self._engine(shard).begin())
            yield connections[shard]
            return
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        engine = self._engines.of(self.conn_string_for_shard(shard))
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        return engine

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Store events, all or none."""
        with self.one_transaction():
            super().store_event_batch(events)

    def _store_asset_event(self, conn: Connection, event: dg.EventLogEntry, event_id: int) -> None:
        # The row of an asset tells its newest event of each kind: of those of one transaction only that one is written.
        if getattr(self._together, "connections", None) is None or event.dagster_event is None:
            super()._store_asset_event(conn, event, event_id)
            return
        kind = event.dagster_event.asset_key, event.dagster_event.event_type_value
        self._together.newest.pop(kind, None)
        self._together.newest[kind] = event, event_id

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        # Asked for every event; a column that is there stays.
        if column_name not in self._columns and super()._has_asset_key_col_on_connection(conn, column_name):
            self._columns.add(column_name)
        return column_name in self._columns

    def watch(self, run_id: str, cursor: str | None, callback: Any) -> None:
        """Call back for every new event of a run: the write-ahead log is looked at too, which nothing folds back while it is kept."""
        super().watch(run_id, cursor, callback)
        observer: Any = self._obs
        observer.remove_handler_for_watch(*self._watchers[run_id][callback])
        ours = _Watchdog(self, run_id, callback, cursor)
        self._watchers[run_id][callback] = (ours, observer.schedule(ours, self._base_dir, recursive=True))

    def wipe(self) -> None:
        """Remove every event."""
        self._engines.end()
        super().wipe()

    def dispose(self) -> None:
        """Close what is open."""
        super().dispose()
        self._engines.end()


class _Watchdog(SqliteEventLogStorageWatchdog):
    """Looks for new events when the file of a run or its write-ahead log changes."""

    def __init__(self, event_log_storage: KeptEventLog, run_id: str, callback: Any, cursor: str | None) -> None:
        super().__init__(event_log_storage, run_id, callback, cursor)
        self._patterns = [self._log_path, f"{self._log_path}-wal"]

    def on_modified(self, event: Any) -> None:
        """Tell what is new."""
        self._process_log()


class _Engines:
    """An engine per SQLite file, with its compiled statements and a connection for the next who asks; of the files used last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engines: dict[str, Engine] = {}

    def of(self, url: str) -> Engine:
        """The engine of a file."""
        with self._lock:
            self._engines[url] = engine = self._engines.pop(url, None) or _engine(url)
            while len(self._engines) > _FILES_KEPT:
                self._engines.pop(next(iter(self._engines))).dispose()
            return engine

    def end(self) -> None:
        """Close the connections that wait."""
        with self._lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()


def _engine(url: str) -> Engine:
    # One connection waits; whoever comes while it is lent gets another, so that no transaction ends one that is open.
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=1, max_overflow=-1, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False}
    )

    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("pragma synchronous = normal")

    event.listen(engine, "connect", on_connect)
    return engine
