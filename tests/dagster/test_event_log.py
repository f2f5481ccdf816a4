"""Dagster's SQLite files, opened once and written in transactions: what is in them afterwards is what Dagster's own storage writes."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from repat_pipeline.defs.event_log import KeptEventLog, KeptRunStorage, written_together
from repat_pipeline.defs.execution import prepare_instance
from repat_pipeline.storage.layout import Home
from tests.dagster.conftest import restored_environment

PARTITIONS = dg.StaticPartitionsDefinition(["0101", "0751"])


@dg.multi_asset(
    specs=[dg.AssetSpec("a", skippable=True), dg.AssetSpec("b", skippable=True)],
    check_specs=[dg.AssetCheckSpec("holds", asset="a")],
    partitions_def=PARTITIONS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def two_assets(context: dg.AssetExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Two assets of two municipalities, told together."""
    with written_together(context.instance):
        for municipality in context.partition_keys:
            for name in ("a", "b"):
                context.log_event(dg.AssetMaterialization(name, partition=municipality, metadata={"rows": 1}, tags={"source": name}))
    yield dg.AssetCheckResult(passed=True, check_name="holds", asset_key="a")


@pytest.fixture
def instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """The instance of a new home."""
    with restored_environment():
        prepare_instance(home)
        with dg.DagsterInstance.get() as opened:
            yield opened


def run(instance: dg.DagsterInstance) -> str:
    """Run the assets over both municipalities; the run's id."""
    tags = {"dagster/asset_partition_range_start": "0101", "dagster/asset_partition_range_end": "0751"}
    return dg.materialize([two_assets], instance=instance, tags=tags).run_id


def log_of(instance: dg.DagsterInstance) -> KeptEventLog:
    """Its event log."""
    storage = instance.event_log_storage
    assert isinstance(storage, KeptEventLog)
    return storage


def rows(folder: Path, shard: str, query: str) -> list[tuple[object, ...]]:
    """Rows of a file, as whoever opens it sees them."""
    with closing(sqlite3.connect(folder / "history" / "runs" / f"{shard}.db")) as connection:
        return connection.execute(query).fetchall()


EVENTS = "select dagster_event_type, step_key, asset_key, partition from event_logs order by id"
ASSETS = "select asset_key, last_materialization is null, last_run_id is null, last_materialization_timestamp is null from asset_keys"


def test_the_instance_of_a_home_uses_it(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.event_log_storage, KeptEventLog)
    assert isinstance(instance.run_storage, KeptRunStorage)


def test_the_events_of_a_run_are_those_that_dagsters_own_storage_writes(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    ours = run(instance)
    (tmp_path / "stock").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "stock")) as stock:
        theirs = run(stock)

    folder = Path(instance.root_directory)
    planned = "where dagster_event_type like '%PLANNED'"
    for shard_of_ours, shard_of_theirs in ((ours, theirs), ("index", "index")):
        for query in (EVENTS, ASSETS, "select key, value, asset_key, event_id from asset_event_tags order by id"):
            # A batch of planned events is sorted by asset.
            found, expected = rows(folder, shard_of_ours, query), rows(tmp_path / "stock", shard_of_theirs, query)
            assert sorted(map(str, found)) == sorted(map(str, expected))
    assert rows(folder, ours, f"select count(*) from event_logs {planned}") == [(5,)]


def test_the_row_of_an_asset_tells_its_newest_materialisation(instance: dg.DagsterInstance) -> None:
    run(instance)

    for name in ("a", "b"):
        event = instance.get_latest_materialization_event(dg.AssetKey(name))
        assert event is not None
        assert event.dagster_event is not None
        assert event.dagster_event.partition == "0751"


def test_dagsters_own_storage_reads_what_was_written(instance: dg.DagsterInstance) -> None:
    run_id = run(instance)
    own = SqliteEventLogStorage(f"{instance.root_directory}/history/runs")

    assert [entry.user_message for entry in own.get_logs_for_run(run_id)] == [entry.user_message for entry in instance.all_logs(run_id)]
    assert set(own.all_asset_keys()) == {dg.AssetKey("a"), dg.AssetKey("b")}


def test_events_written_together_are_seen_at_the_end_of_the_block(instance: dg.DagsterInstance) -> None:
    run_id = run(instance)
    folder, count = Path(instance.root_directory), "select count(*) from event_logs"
    before = rows(folder, run_id, count)
    event = instance.all_logs(run_id)[-1]

    with written_together(instance):
        instance.event_log_storage.store_event(event)
        inside = rows(folder, run_id, count)

    assert inside == before
    assert rows(folder, run_id, count) == [(int(str(before[0][0])) + 1,)]


def test_of_a_block_that_fails_nothing_is_written(instance: dg.DagsterInstance) -> None:
    run_id = run(instance)
    events = instance.all_logs(run_id)

    def store_and_fail() -> None:
        with written_together(instance):
            instance.event_log_storage.store_event(events[-1])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store_and_fail()

    assert len(instance.all_logs(run_id)) == len(events)


def test_a_thread_waits_for_the_block_of_another(instance: dg.DagsterInstance) -> None:
    run_id = run(instance)
    event, done = instance.all_logs(run_id)[-1], threading.Event()

    def store() -> None:
        instance.event_log_storage.store_event(event)
        done.set()

    with log_of(instance).one_transaction():
        thread = threading.Thread(target=store)
        thread.start()
        assert not done.wait(0.1)
    thread.join(10)

    assert done.is_set()


def test_a_block_in_a_block_is_one_transaction(instance: dg.DagsterInstance) -> None:
    run_id = run(instance)
    events = instance.all_logs(run_id)

    with written_together(instance), written_together(instance):
        instance.event_log_storage.store_event(events[-1])

    assert len(instance.all_logs(run_id)) == len(events) + 1


def test_whoever_watches_a_run_is_told_of_an_event_while_the_file_stays_open(instance: dg.DagsterInstance) -> None:
    run_id = run(instance)
    event, told = instance.all_logs(run_id)[-1], threading.Event()
    newest = instance.event_log_storage.get_records_for_run(run_id).cursor

    def tell(*_: object) -> None:
        told.set()

    log_of(instance).watch(run_id, newest, tell)
    instance.event_log_storage.store_event(event)

    assert told.wait(10)
    log_of(instance).end_watch(run_id, tell)


def test_files_that_are_not_used_any_more_are_closed(instance: dg.DagsterInstance) -> None:
    log = log_of(instance)
    for number in range(10):
        log.get_logs_for_run(f"run-{number}")

    assert len(log._engines._engines) == 8


def test_an_instance_with_another_storage_writes_one_by_one() -> None:
    with dg.DagsterInstance.ephemeral() as other:
        run_id = run(other)

        assert len(other.fetch_materializations(dg.AssetKey("a"), limit=9).records) == 2
        assert other.get_run_by_id(run_id) is not None
