"""`deploy/dagster.yaml` on a real PostgreSQL: what a run writes there is read back, and pools hold across processes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from repat_pipeline.defs.orphaned_runs import REPAT_RUN, RUN_BY_TAG, end_orphaned_runs
from repat_pipeline.storage.layout import Home
from tests.dagster.conftest import deliver_one_candidate, restored_environment
from tests.support import AS_OF, program, repat, stable_bytes

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
PASSWORD = "a password for tests only"
pytestmark = [pytest.mark.needs_program("initdb"), pytest.mark.needs_program("postgres")]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _as_unprivileged(command: list[str], **more: str) -> None:
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    subprocess.run(command, user=user, group=user, extra_groups=[] if user else None, check=True, stdout=subprocess.DEVNULL, **more)


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    """A throw-away cluster on loopback that asks for a password, as the settings of `deploy/environment.example`."""
    folder = Path(tempfile.mkdtemp(prefix="repat-postgres-"))
    port = str(_free_port())
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    if os.geteuid() == 0:
        for path in (folder, folder / "password"):
            shutil.chown(path, "postgres")
    data = str(folder / "data")
    control = [str(program("pg_ctl")), "--pgdata", data, "--silent", "--wait"]
    try:
        _as_unprivileged(
            [str(program("initdb")), "--pgdata", data, "--username", "repat", "--auth", "scram-sha-256",
             "--pwfile", str(folder / "password"), "--encoding", "UTF8", "--locale", "C", "--no-sync"],
            cwd=str(folder),
        )  # fmt: skip
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
        _as_unprivileged([*control, "--log", str(folder / "log"), "--options", options, "start"], cwd=str(folder))
        try:
            yield {
                "DAGSTER_PG_HOST": "127.0.0.1",
                "DAGSTER_PG_PORT": port,
                "DAGSTER_PG_USER": "repat",
                "DAGSTER_PG_PASSWORD": PASSWORD,
                "DAGSTER_PG_DB": "postgres",
            }
        finally:
            _as_unprivileged([*control, "--mode", "immediate", "stop"], cwd=str(folder))
    finally:
        shutil.rmtree(folder)


@contextmanager
def instance_of(home: Home, settings: dict[str, str]) -> Iterator[dg.DagsterInstance]:
    """The instance of a home whose storage is the cluster."""
    with restored_environment():
        os.environ.update(settings)
        with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
            yield instance


@dataclass(frozen=True)
class Ran:
    """A home after `repat run` of one municipality with PostgreSQL as Dagster's storage."""

    home: Home
    inbox: Path
    settings: dict[str, str]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Ran:
    """One run of the whole pipeline."""
    folder = tmp_path_factory.mktemp("postgres")
    home, inbox = Home(folder / "home"), folder / "inbox"
    deliver_one_candidate(inbox, "0751", 0)
    environment = settings | {"REPAT_DAGSTER_YAML": str(DEPLOY / "dagster.yaml")}
    command = repat("run", "--home", home.root, "--inbox", inbox, "--as-of", AS_OF, **environment)
    assert command.status == 0, command.output
    return Ran(home, inbox, settings)


@pytest.fixture
def instance(ran: Ran) -> Iterator[dg.DagsterInstance]:
    """Its instance, opened anew."""
    with instance_of(ran.home, ran.settings) as opened:
        yield opened


def test_all_three_storages_are_in_postgresql(instance: dg.DagsterInstance) -> None:
    storages = [instance.run_storage, instance.event_log_storage, instance.schedule_storage]

    assert {type(storage).__module__.partition(".")[0] for storage in storages} == {"dagster_postgres"}


def test_nothing_is_kept_in_sqlite(ran: Ran) -> None:
    assert [path.name for path in ran.home.dagster.rglob("*.db")] == []


def test_the_runs_are_read_back_as_succeeded(instance: dg.DagsterInstance) -> None:
    assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.SUCCESS] * 3


def test_the_feed_of_the_municipality_is_read_back_with_its_rows(instance: dg.DagsterInstance) -> None:
    (record,) = instance.fetch_materializations(dg.AssetKey(["feed", "kandidater"]), limit=10).records

    assert record.partition_key == "0751"
    assert record.asset_materialization is not None
    assert record.asset_materialization.metadata["dagster/row_count"].value == 1


def test_no_personal_data_reaches_the_database(instance: dg.DagsterInstance, ran: Ran) -> None:
    (feed,) = ran.home.outbox.rglob("kandidater.csv")
    cpr = feed.read_text(encoding="utf-8-sig").splitlines()[1].split(";")
    numbers = [value for value in cpr if len(value) == 10 and value.isdigit()]
    logged = "".join(entry.to_json() for run in instance.get_runs() for entry in instance.all_logs(run.run_id))

    assert numbers
    assert not any(number in logged for number in numbers)


def test_a_pool_is_held_by_one_run_at_a_time(instance: dg.DagsterInstance) -> None:
    pool = "only_one"
    first, second = (create_run_for_test(instance).run_id for _ in range(2))
    log = instance.event_log_storage
    log.initialize_concurrency_limit_to_default(pool)

    granted = [log.claim_concurrency_slot(pool, run_id, "step").is_claimed for run_id in (first, second)]
    log.free_concurrency_slots_for_run(first)
    after = log.claim_concurrency_slot(pool, second, "step").is_claimed

    assert (granted, after) == ([True, False], True)


def test_a_killed_run_gives_its_pool_back(instance: dg.DagsterInstance) -> None:
    pool = "of_the_killed"
    run_id = create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED, tags={RUN_BY_TAG: REPAT_RUN}).run_id
    instance.event_log_storage.initialize_concurrency_limit_to_default(pool)
    instance.event_log_storage.claim_concurrency_slot(pool, run_id, "step")

    ended = end_orphaned_runs(instance)

    assert (ended, instance.event_log_storage.get_concurrency_info(pool).active_slot_count) == ([run_id], 0)


def test_the_run_queue_and_launcher_are_ours(instance: dg.DagsterInstance) -> None:
    names = (type(instance.run_coordinator).__name__, type(instance.run_launcher).__name__)

    assert names == ("QueuedRunCoordinator", "WatchedRunLauncher")
    assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1


def test_a_dump_of_the_history_comes_back(ran: Ran, tmp_path: Path) -> None:
    """As `docs/runbooks/restore.md` has it, into another database of the cluster."""
    dump = tmp_path / "dagster.dump"
    server = ["--host", ran.settings["DAGSTER_PG_HOST"], "--port", ran.settings["DAGSTER_PG_PORT"], "--username", "repat"]
    with_password = os.environ | {"PGPASSWORD": PASSWORD}
    for command in (
        [program("pg_dump"), *server, "--format=custom", "--file", dump, "postgres"],
        [program("createdb"), *server, "restored"],
        [program("pg_restore"), *server, "--dbname", "restored", dump],
    ):
        subprocess.run([str(word) for word in command], env=with_password, check=True)

    with instance_of(ran.home, ran.settings) as before, instance_of(ran.home, ran.settings | {"DAGSTER_PG_DB": "restored"}) as after:
        assert {run.run_id for run in after.get_runs()} == {run.run_id for run in before.get_runs()}


def test_losing_the_history_of_runs_loses_nothing_that_was_published(ran: Ran) -> None:
    before = stable_bytes(ran.home.root)
    shutil.rmtree(ran.home.dagster)

    again = repat("run", "--home", ran.home.root, "--inbox", ran.inbox, "--as-of", AS_OF)

    assert (again.status, stable_bytes(ran.home.root)) == (0, before)
