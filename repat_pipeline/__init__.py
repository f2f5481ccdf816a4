"""Candidate lists and figures for the dedicated guidance talk of repatrieringsloven § 5.

`cli` holds the commands, `defs` what Dagster runs; everything between is plain functions (docs/adr/0001-architecture.md).
"""

__version__ = "0.1.0"
