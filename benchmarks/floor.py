"""The floor: runs floor.sql in a DuckDB of its own and writes the candidates as CSV. `python -m benchmarks.floor INBOX OUT AS_OF`."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]


def main(inbox: str, out: str, as_of: str) -> None:
    """Write `municipality;cpr` of every candidate to `out`, sorted."""
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = false")
        for name, value in {"inbox": inbox, "seeds": str(ROOT / "dbt_project" / "seeds")}.items():
            connection.execute(f"set variable {name} = $1", [value])
        connection.execute("set variable as_of = cast($1 as date)", [as_of])
        connection.execute((ROOT / "benchmarks" / "floor.sql").read_text(encoding="utf-8"))
        connection.execute(f"copy candidates to '{out}' (delimiter ';')")


if __name__ == "__main__":
    main(*sys.argv[1:])
