"""DuckDB sessions that reach no more than they need: no other file, no network, no extension, and no statement can change that.

The engine can read any file, fetch from any address and load code; no model of ours does. So every session is locked before the first
statement (docs/security.md, "The engine").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import duckdb

# Set when the file is opened: an extension is never fetched or found by itself.
CONNECT_OPTIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "allow_community_extensions": "false",
}  # fmt: skip


def open_locked(
    database: Path, *, read_only: bool = False, readable: Iterable[Path] = (), settings: Mapping[str, str] = MappingProxyType({})
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file with the engine's `settings` and lock the session; see `lock`."""
    connection = duckdb.connect(str(database), read_only=read_only, config=CONNECT_OPTIONS | dict(settings))
    try:
        lock(connection, readable)
    except BaseException:
        connection.close()
        raise
    return connection


def lock(connection: duckdb.DuckDBPyConnection, readable: Iterable[Path] = ()) -> None:
    """Turn off access to everything outside the session's own database, and lock the configuration.

    Args:
        readable: folders whose files may be opened; none: no file at all (registered frames can still be read).
    """
    folders = ", ".join("'" + f"{folder}/".replace("'", "''") + "'" for folder in readable)
    if folders:
        connection.execute(f"set allowed_directories = [{folders}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
