"""The build database of a run, opened to be read; and how much memory DuckDB may take for it.

dbt writes it (`dbt_project/profiles.yml` gives it the same limit); what it holds is the models' affair.
"""

from __future__ import annotations

import os

import duckdb

from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.locked_duckdb import open_locked

DEFAULT_MEMORY = "1GB"


def read_build_database(home: Home) -> duckdb.DuckDBPyConnection:
    """Open the build database read-only, with the memory limit of the whole run.

    Without a limit DuckDB keeps whatever it has read, up to most of the machine's memory. `REPAT_DUCKDB_MEMORY` sets another one.
    """
    limit = os.environ.get("REPAT_DUCKDB_MEMORY", DEFAULT_MEMORY)
    settings = {"memory_limit": limit, "temp_directory": f"{home.build_database}.tmp"}
    return open_locked(home.build_database, read_only=True, readable=[home.lake], settings=settings)
