"""dbt-duckdb plugin: locks the session of a dbt run to the lake and the seeds (`dbt_project/profiles.yml`, `plugins`).

Runs once, when the build database is opened; `REPAT_LAKE` is set by `warehouse.dbt`.
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from repat_pipeline.storage.locked_duckdb import lock
from repat_pipeline.warehouse import dbt


class Plugin(BasePlugin):  # type: ignore[misc]
    """The name that dbt-duckdb looks for."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Lock the connection; its cursors are locked with it."""
        lake = os.environ.get("REPAT_LAKE")
        lock(conn, [dbt.PROJECT_FOLDER / "seeds", *([Path(lake)] if lake else [])])
