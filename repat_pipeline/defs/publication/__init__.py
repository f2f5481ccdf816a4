"""Dagster assets of the stage `publication`."""
