"""Publish the marts of the build database: Parquet per table, `repat.duckdb`, manifest, swap of the links.

A version is written beside the others and becomes visible by rename; readers never meet a half-written state and a run never
waits for a reader. Same deliveries, parameters and key give the same bytes of every Parquet file (spec/outbound.md section 3).
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from repat_pipeline.codelists import code_list_files, code_lists_hash
from repat_pipeline.contracts.outbound import load_outbound_table
from repat_pipeline.disclosure.counts import disclose_counts
from repat_pipeline.disclosure.figures import disclose, withheld_places
from repat_pipeline.disclosure.protection import NATIONAL
from repat_pipeline.disclosure.steps import disclose_municipal_steps
from repat_pipeline.disclosure.thresholds import load_thresholds
from repat_pipeline.kpi.history import freeze_figures
from repat_pipeline.publication.for_analysts import add_for_analysts, comment
from repat_pipeline.publication.person_files import PERSON_FILE, PersonReferences, person_file, write_parquet, write_person_tables
from repat_pipeline.publication.run_parameters import RunParameters, file_sha256, read_run_parameters
from repat_pipeline.publication.tables import PUBLISHED_TABLES, PublishedTable
from repat_pipeline.publication.unchanged import EarlierFiles, FileFacts
from repat_pipeline.storage.atomic import make_folder, swap_link, write_folder
from repat_pipeline.storage.build_database import read_build_database
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.locked_duckdb import open_locked

VERSIONS_KEPT = 10
_TOP_FILE = 0o444


@dataclass(frozen=True)
class Published:
    """One published version: its folder, the rows per table, and whether it is a new version."""

    folder: Path
    rows: dict[str, int]
    is_new: bool


def read_manifest(home: Home, as_of: date) -> dict[str, Any] | None:
    """The manifest of what is published for a reference date; None when nothing is, or when it is not whole."""
    path = home.published_as_of(as_of) / "manifest.json"
    if not path.is_file():
        return None
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def publish(home: Home, key: PersonReferences, *, withheld: Mapping[str, str] | None = None) -> Published:
    """Publish the build database.

    When the newest version of the reference date holds the same tables from the same deliveries it is kept, and no new one
    is made.

    Args:
        withheld: municipality -> why no decision about its persons may leave the build (`independent_check`).

    Raises:
        FileNotFoundError: nothing has been built.
    """
    run = read_run_parameters(home)
    as_of = date.fromisoformat(run.as_of)
    make_folder(home.published / ".versions")
    folder = _new_version(home, run)
    rows: dict[str, int] = {}
    reasons = dict(withheld or {})
    keep_code_lists(home)
    earlier = _earlier_figures(home, as_of)

    def fill(temporary: Path) -> None:
        with read_build_database(home) as connection:
            municipalities = _municipalities(connection, set(reasons))
            person_files = write_person_tables(
                connection, [table for table in PUBLISHED_TABLES if table.has_persons], key, temporary,
                municipalities=municipalities, withheld=set(reasons), earlier=EarlierFiles(_newest_versions(home, as_of), run),
            )  # fmt: skip
            for table in PUBLISHED_TABLES:
                if table.has_persons:
                    rows[table.name] = sum(facts.rows for name, facts in person_files.items() if Path(name).stem == table.name)
                else:
                    rows[table.name] = _write_table(connection, table, municipalities, temporary, set(reasons), as_of, earlier)
            comments = _comments(connection)
        _write_database(temporary, comments)
        _write_manifest(temporary, run, rows, reasons, person_files)

    write_folder(folder, fill)
    previous = read_manifest(home, as_of)
    if previous is not None and _same(previous, json.loads((folder / "manifest.json").read_text(encoding="utf-8"))):
        shutil.rmtree(folder)
        _freeze(home, as_of, reasons)
        return Published(home.published_as_of(as_of).resolve(), rows, is_new=False)
    _swap_links(home, folder, as_of)
    _freeze(home, as_of, reasons)
    _remove_old_versions(home)
    return Published(folder, rows, is_new=True)


def _new_version(home: Home, run: RunParameters) -> Path:
    """Where no version lies yet: a step that is repeated in a run must not touch what readers have."""
    first = home.published / ".versions" / f"{run.as_of}-{run.run_id}"
    others = (first.with_name(f"{first.name}-{number}") for number in itertools.count(2))
    return next(folder for folder in itertools.chain([first], others) if not folder.exists())


def _freeze(home: Home, as_of: date, withheld: Mapping[str, str]) -> None:
    """Keep the figures that are final now; with a municipality withheld the country's are not what they will be."""
    left_out = [*withheld, *(["DK"] if withheld else [])]
    with read_build_database(home) as connection:
        figures = connection.sql("select * from marts.kpi_values where not is_preliminary and value is not null").pl()
    freeze_figures(home, as_of, figures.filter(~pl.col("municipality_code").is_in(left_out)))


def keep_code_lists(home: Home) -> None:
    """Keep a copy of the code lists in use, so that a decision can be made again after they have changed."""
    folder = home.code_lists(code_lists_hash())

    def fill(temporary: Path) -> None:
        for name, content in code_list_files().items():
            (temporary / name).write_bytes(content)

    if not folder.exists():
        write_folder(folder, fill)


def _newest_versions(home: Home, as_of: date) -> list[Path]:
    """Where rows may stand that have not changed: the version of the same reference date, and the newest one of all."""
    return [home.published_as_of(as_of), home.published / "current"]


def _municipalities(connection: duckdb.DuckDBPyConnection, withheld: set[str]) -> list[str]:
    """Every evaluated municipality gets its tables: one where nobody is to be decided about has empty ones, and a feed."""
    evaluated = connection.sql("select distinct municipality_code from marts.attrition order by all").fetchall()
    return [municipality for (municipality,) in evaluated if municipality not in withheld]


def _write_table(
    connection: duckdb.DuckDBPyConnection, table: PublishedTable, municipalities: list[str], folder: Path, withheld: set[str],
    as_of: date, earlier: pl.DataFrame | None,
) -> int:  # fmt: skip
    frame = connection.sql(f"select * from marts.{table.mart_name}").pl()
    if table.tells_decisions and "municipality_code" in frame.columns:
        frame = frame.filter(~pl.col("municipality_code").is_in(withheld))
    if table.is_disclosed:
        # What the nation has besides the published municipalities would be the withheld one's.
        frame = frame.filter(pl.col("municipality_code") != NATIONAL) if withheld else frame
        frame = _disclosed(frame, table, folder, as_of, earlier)
    frame = frame.sort(table.order, nulls_last=False)
    if table.is_own:
        return _write_own_files(frame, table, municipalities, folder)
    write_parquet(frame, folder / f"{table.name}.parquet", _TOP_FILE)
    return frame.height


def _disclosed(frame: pl.DataFrame, table: PublishedTable, folder: Path, as_of: date, earlier: pl.DataFrame | None) -> pl.DataFrame:
    """The rows of a table as others than the municipality may see them; the steps beside the key figures, which were written before."""
    thresholds = load_thresholds()
    if not table.counts:
        return disclose(frame, thresholds, earlier=earlier)
    if table.name != "attrition":
        return disclose_counts(frame, thresholds, columns=table.counts)
    figures = pl.read_parquet(folder / "kpi_values.parquet")
    target_group, undetermined = (withheld_places(figures, kpi_id, as_of) for kpi_id in ("K01", "K02"))
    return disclose_municipal_steps(frame, thresholds, without_target_group=target_group, without_undetermined=undetermined)


def _earlier_figures(home: Home, as_of: date) -> pl.DataFrame | None:
    """The disclosed figures of the newest publication of an earlier reference date: what was hidden there stays hidden."""
    dates = sorted(link.name for link in _dated_links(home) if link.name < as_of.isoformat())
    paths = [path for name in dates if (path := home.published / name / "kpi_values.parquet").is_file()]
    return pl.read_parquet(paths[-1]) if paths else None


def _write_own_files(sorted_rows: pl.DataFrame, table: PublishedTable, municipalities: list[str], folder: Path) -> int:
    """One file per municipality, of its own rows alone; return how many rows were written."""
    by_municipality = sorted_rows.partition_by("municipality_code", as_dict=True, maintain_order=True)
    written = 0
    for municipality in municipalities:
        rows = by_municipality.get((municipality,), sorted_rows.clear())
        write_parquet(rows, folder / person_file(municipality, table.name), PERSON_FILE)
        written += rows.height
    return written


def _comments(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str | None, dict[str, str]]]:
    tables = dict(connection.sql("select table_name, comment from duckdb_tables() where schema_name = 'marts'").fetchall())
    columns: dict[str, dict[str, str]] = {}
    query = "select table_name, column_name, comment from duckdb_columns() where schema_name = 'marts'"
    for table, column, about in connection.sql(query).fetchall():
        columns.setdefault(table, {})[column] = about
    return {table: (about, columns.get(table, {})) for table, about in tables.items()}


def _from_contract(table: PublishedTable) -> tuple[str | None, dict[str, str]]:
    """Descriptions of a table that is not as its mart."""
    contract = load_outbound_table("published", table.name)
    return contract.description, {column.name: column.description for column in contract.columns}


def _write_database(folder: Path, comments: dict[str, tuple[str | None, dict[str, str]]]) -> None:
    """`repat.duckdb`: the tables without persons and what analysts need besides, with descriptions, for any DuckDB client."""
    path = folder / "repat.duckdb"
    with open_locked(path) as connection:
        for table in PUBLISHED_TABLES:
            if table.has_persons or table.is_own:
                continue
            frame = pl.read_parquet(folder / f"{table.name}.parquet")
            connection.register("frame", frame)
            connection.execute(f"create table {table.name} as select * from frame")
            connection.unregister("frame")
            about_table, about_columns = _from_contract(table) if table.is_disclosed else comments.get(table.name, (None, {}))
            comment(connection, "table", table.name, about_table, about_columns)
        add_for_analysts(connection)
        connection.execute("checkpoint")
    path.chmod(_TOP_FILE)


def _write_manifest(
    folder: Path, run: RunParameters, rows: dict[str, int], withheld: dict[str, str], person_files: Mapping[str, FileFacts]
) -> None:
    files: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.rglob("*.parquet")):
        name = str(path.relative_to(folder))
        if name in person_files:
            files[name] = asdict(person_files[name])
        else:
            files[name] = {"rows": pl.scan_parquet(path).select(pl.len()).collect().item(), "sha256": file_sha256(path)}
    content = asdict(run) | {"fingerprint": run.fingerprint, "rows": rows, "files": files}
    content |= {"evaluated": [code for code in run.evaluated if code not in withheld], "withheld": withheld}
    path = folder / "manifest.json"
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    path.chmod(_TOP_FILE)


def _same(previous: dict[str, Any], new: dict[str, Any]) -> bool:
    return all(previous.get(name) == new[name] for name in ("files", "fingerprint", "known_at", "withheld"))


def _swap_links(home: Home, folder: Path, as_of: date) -> None:
    swap_link(home.published_as_of(as_of), folder)
    current = home.published / "current"
    newest = max((link.name for link in _dated_links(home)), default=as_of.isoformat())
    # A replay of an earlier day does not move `current`.
    swap_link(current, home.published_as_of(date.fromisoformat(newest)).resolve())


def _dated_links(home: Home) -> list[Path]:
    return [link for link in home.published.iterdir() if link.is_symlink() and link.name[:1].isdigit()]


def _remove_old_versions(home: Home) -> None:
    """Keep what a link points to, and the last `VERSIONS_KEPT` versions besides."""
    linked = {link.resolve() for link in home.published.iterdir() if link.is_symlink()}
    by_age: Callable[[Path], int] = lambda version: version.stat().st_mtime_ns  # noqa: E731
    versions = sorted((home.published / ".versions").iterdir(), key=by_age, reverse=True)
    for version in [version for version in versions if version.resolve() not in linked][VERSIONS_KEPT:]:
        shutil.rmtree(version)
