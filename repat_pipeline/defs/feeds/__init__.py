"""Dagster assets of the stage `feeds`."""
