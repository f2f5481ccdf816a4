"""Dagster assets of the stage `landing`."""
