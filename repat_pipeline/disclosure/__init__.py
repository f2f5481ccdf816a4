"""Disclosure control: what of a count may leave the municipality that it is about (spec/kpi.md rule 9).

Pure functions over polars frames. `thresholds` says what is small, `protection` which further cells must be hidden so that no
hidden one follows, `figures` applies both to the table of key figures. Nothing here reads or writes a file of HOME.
"""
