"""`make dev`: Dagster's web UI and daemon on one home, on loopback.

`python -m repat_pipeline.defs.dev --home HOME [--inbox DIR] [--port N]` prepares the home and becomes `dagster dev`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from repat_pipeline.defs.execution import prepare_instance
from repat_pipeline.storage.layout import Home
from repat_pipeline.warehouse.dbt import ensure_manifest

_WORKSPACE = Path(__file__).resolve().parents[2] / "workspace.yaml"


def main() -> None:
    """Prepare the home, then replace this process by `dagster dev`."""
    parser = argparse.ArgumentParser(description="The web UI with the whole graph, on loopback.")
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("REPAT_HOME") or "var"))
    parser.add_argument("--inbox", type=Path)
    parser.add_argument("--port", default="3000")
    options = parser.parse_args()
    home = Home(options.home.absolute())
    prepare_instance(home)
    ensure_manifest(home)
    demo_day = home.root / "demo.txt"
    if demo_day.is_file():
        os.environ.setdefault("REPAT_AS_OF", demo_day.read_text(encoding="utf-8").strip())
    os.environ["REPAT_HOME"] = str(home.root)
    os.environ["REPAT_INBOX"] = str((options.inbox or home.root / "inbox").absolute())
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    command = [
        sys.executable, "-m", "dagster", "dev", "--workspace", str(_WORKSPACE), "--host", "127.0.0.1", "--port", options.port,
    ]  # fmt: skip
    os.execv(sys.executable, command)


if __name__ == "__main__":
    main()
