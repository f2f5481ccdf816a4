"""The dbt docs as one static file, without a network: `python -m tools.dbt_docs OUT` (make docs).

Models, columns, lineage and tests; no row of data (the catalogue is left empty, so no build is needed). No path of this machine.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

from repat_pipeline.storage.atomic import make_folder, write_text
from repat_pipeline.storage.layout import Home
from repat_pipeline.warehouse.dbt import run_dbt, target_folder

_ROOT = Path(__file__).resolve().parents[1]


def write_docs(out: Path, *, as_of: str) -> Path:
    """Write `dbt_docs.html` into a folder."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        make_folder(home.work)
        run_dbt(home, ["docs", "generate", "--static", "--empty-catalog"], as_of=as_of)
        page = (target_folder(home) / "static_index.html").read_text(encoding="utf-8")
    path = out / "dbt_docs.html"
    write_text(path, page.replace(str(_ROOT), ".").replace(folder, "HOME"), mode=0o644)
    return path


if __name__ == "__main__":
    print(write_docs(Path(sys.argv[1]), as_of=date(2026, 1, 1).isoformat()))  # noqa: T201
