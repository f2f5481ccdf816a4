"""The code location: loads `defs/`; nothing else."""

from pathlib import Path

import dagster as dg

from repat_pipeline.free_memory import collect_less_often


@dg.definitions
def defs() -> dg.Definitions:
    """Everything under `repat_pipeline/defs`."""
    # Each run of the services is a process that loads this anew, a fifth faster so.
    collect_less_often()
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
