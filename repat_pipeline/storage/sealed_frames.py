"""Frames as sealed Parquet files: vault and quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import polars as pl

from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import Sealer


def write_sealed_frame(home: Home, path: Path, frame: pl.DataFrame, *, sealer: Sealer) -> None:
    """Write a frame as a whole sealed file (mode 0600), or nothing."""
    content = BytesIO()
    frame.write_parquet(content)
    sealer.write(home, path, content.getvalue())


def read_sealed_frame(home: Home, path: Path, *, sealer: Sealer, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Read a frame, or some of its columns.

    Raises:
        SealBroken: the file does not open.
    """
    return pl.read_parquet(BytesIO(sealer.read(home, path)), columns=None if columns is None else list(columns))
