"""Dagster assets of the stage `warehouse`."""
