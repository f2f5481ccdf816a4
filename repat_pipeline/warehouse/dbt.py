"""Run the dbt project in this process, on the build database of a home.

`DbtCliResource.cli()` would start dbt three times and ask a package index for the newest version; `dbtRunner` in the process is
several times faster and calls nobody (design: traps already found). Dagster's part is `defs/warehouse`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from repat_pipeline.errors import RepatError
from repat_pipeline.free_memory import give_back_memory
from repat_pipeline.storage.atomic import make_folder, write_text
from repat_pipeline.storage.layout import Home
from repat_pipeline.warehouse.lean_dbt import lean_dbt

PROJECT_FOLDER = Path(__file__).resolve().parents[2] / "dbt_project"

# What runs in production: everything but unit tests, which belong to CI. The manifest has been written by the parse.
BUILD_ARGUMENTS = ("build", "--exclude-resource-type", "unit_test", "--no-write-json")


@dataclass
class DbtRun:
    """What a dbt command did: its events as plain dictionaries, and the names of failed nodes."""

    events: list[dict[str, Any]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class DbtFailure(RepatError):
    """A model or a blocking test failed; the message names them, without values. `run` holds what was done till then."""

    def __init__(self, message: str, run: DbtRun) -> None:
        self.run = run
        super().__init__(message)


@cache
def project_hash() -> str:
    """Hash over every file of the dbt project that decides a result."""
    digest = hashlib.sha256()
    for path in sorted(PROJECT_FOLDER.rglob("*")):
        relative = path.relative_to(PROJECT_FOLDER)
        if path.is_file() and relative.parts[0] not in ("target", "logs"):
            digest.update(str(relative).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def target_folder(home: Home) -> Path:
    """dbt's target folder: HOME/work/dbt, or `REPAT_DBT_TARGET` (a parsed project can be shared between homes)."""
    return Path(os.environ.get("REPAT_DBT_TARGET") or home.work / "dbt")


def ensure_manifest(home: Home) -> Path:
    """Parse the project when its manifest is missing, older than the project, or of a program that lay elsewhere.

    dbt's partial parse keeps the folder of every seed, and a locked session reads no seed of another place: it is left behind when
    the program has moved.

    Returns:
        The manifest's path.
    """
    folder = make_folder(target_folder(home))
    manifest, stamp, place = folder / "manifest.json", folder / "project_hash.txt", folder / "project_folder.txt"
    has_moved = not place.is_file() or place.read_text(encoding="utf-8") != str(PROJECT_FOLDER)
    if has_moved or not manifest.is_file() or not stamp.is_file() or stamp.read_text(encoding="utf-8") != project_hash():
        if has_moved:
            (folder / "partial_parse.msgpack").unlink(missing_ok=True)
        run_dbt(home, ["parse"], as_of="2000-01-01")
        write_text(stamp, project_hash())
        write_text(place, str(PROJECT_FOLDER))
    return manifest


def run_dbt(
    home: Home,
    arguments: list[str],
    *,
    as_of: str,
    month_ends: int = 0,
    on_event: Callable[[dict[str, Any]], None] = lambda event: None,
) -> DbtRun:
    """Run one dbt command.

    Args:
        as_of: the reference date D (`YYYY-MM-DD`), given to the models by environment.
        month_ends: how many month ends before D are back-cast, given to them likewise.
        on_event: called with every structured event while dbt runs.

    Raises:
        DbtFailure: dbt could not run, a model failed, or a test of severity error failed.
    """
    from dbt.cli.main import dbtRunner
    from google.protobuf.json_format import MessageToDict

    run = DbtRun()

    def collect(message: Any) -> None:
        if message.info.name not in _EVENTS_KEPT:
            return
        event = MessageToDict(message, preserving_proto_field_name=True)
        run.events.append(event)
        on_event(event)

    folder = make_folder(target_folder(home))
    make_folder(home.work)
    options = [
        "--project-dir", str(PROJECT_FOLDER), "--profiles-dir", str(PROJECT_FOLDER), "--target-path", str(folder),
        "--log-path", str(folder / "logs"), "--log-level", "none", "--quiet", "--no-use-colors",
    ]  # fmt: skip
    with _environment(
        REPAT_BUILD_DATABASE=str(home.build_database), REPAT_LAKE=str(home.lake), REPAT_AS_OF=as_of, REPAT_MONTH_ENDS=str(month_ends)
    ):
        try:
            with lean_dbt(_EVENTS_KEPT):
                result = dbtRunner(callbacks=[collect]).invoke([*arguments, *options])
        finally:
            _close_build_database()
            give_back_memory()
    if not result.success:
        outcomes = getattr(result.result, "results", None) or []
        run.failed = [
            f"{outcome.node.name} ({outcome.status})" for outcome in outcomes if str(outcome.status) in ("error", "fail", "runtime error")
        ]
        cause = ", ".join(run.failed) or f"{type(result.exception).__name__}"
        raise DbtFailure(f"dbt {arguments[0]} failed: {cause}; nothing is published", run)
    return run


def _close_build_database() -> None:
    """Close dbt's connection, so that the file is whole and free: `keep_open` leaves it open in this process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
        DuckDBConnectionManager.close_all_connections()


_EVENTS_KEPT = {"LogSeedResult", "LogModelResult", "LogTestResult", "LogSnapshotResult", "LogStartLine", "NodeFinished"}


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
