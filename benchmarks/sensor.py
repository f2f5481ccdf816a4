"""Deliveries through the inbox sensor: which runs Dagster starts and how long they take, beside the same functions called without it.

`python -m benchmarks.sensor HOME` parses the dbt project, which the services do before they make a run; with INBOX after HOME it is the
call without Dagster. The services are those of `make dev`, on a home of their own.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from benchmarks.workload import AS_OF, NOW
from repat_pipeline import __version__
from repat_pipeline.contracts.inbound import SOURCES
from repat_pipeline.feeds.build import build_feed
from repat_pipeline.feeds.premises import DecisionReader
from repat_pipeline.feeds.progress import mark_fed
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.identity.vault import way_back
from repat_pipeline.intake import take_in
from repat_pipeline.kpi_report.write import write_reports
from repat_pipeline.operations.settings import load_settings
from repat_pipeline.operations.status import statuses, write_statuses
from repat_pipeline.publication.independent_check import check_independently
from repat_pipeline.publication.publish import publish, read_manifest
from repat_pipeline.publication.run_parameters import describe_run, read_run_parameters, write_run_parameters
from repat_pipeline.reports.error_report import write_error_reports
from repat_pipeline.rules.registry import is_income_lawful
from repat_pipeline.storage.delivery_log import read_deliveries
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.run_lock import run_lock
from repat_pipeline.storage.selection import select_deliveries
from repat_pipeline.warehouse.attach import attach_deliveries
from repat_pipeline.warehouse.dbt import BUILD_ARGUMENTS, ensure_manifest, project_hash, run_dbt

_WAIT_SECONDS = 1800


@dataclass(frozen=True)
class DagsterRun:
    """One run that the services made: seconds from its request to its process, and from there to its end."""

    job: str
    status: str
    until_started: float
    seconds: float


def plain(inbox: Path, home: Home) -> None:
    """What the assets call, in their order, without Dagster; the dbt project has been parsed for the home."""
    municipalities = sorted(folder.name for folder in inbox.iterdir())
    with run_lock(home):
        for source in SOURCES:
            intake = take_in(home, inbox, source=source, municipalities=municipalities)
            write_error_reports(home, intake.municipalities)
        lawful = is_income_lawful(AS_OF)
        selection = select_deliveries(read_deliveries(home), known_at=None, is_income_lawful=lawful)
        key = load_key(home).key
        attach_deliveries(home, selection)
        run_dbt(home, list(BUILD_ARGUMENTS), as_of=AS_OF.isoformat())
        write_run_parameters(home, describe_run(
            run_id="plain", as_of=AS_OF, known_at=None, code_version=__version__, project_hash=project_hash(),
            key_fingerprint=key.fingerprint, selection=selection, own_parameters={},
        ))  # fmt: skip
        publish(home, key, withheld=check_independently(home, read_run_parameters(home)).withheld)
        list(write_reports(home, AS_OF))
        manifest = read_manifest(home, AS_OF) or {}
        reader = DecisionReader(home)
        for code in manifest["evaluated"]:
            build_feed(home, code, as_of=AS_OF, way_back=way_back(home, key, code, purpose="benchmark"), key=key, reader=reader)
        mark_fed(home, manifest, manifest["evaluated"])
        write_statuses(home, statuses(home, load_settings(), day=AS_OF))


def through_the_sensor(inbox: Path, home: Home, log: Path) -> tuple[list[DagsterRun], float]:
    """Start the services on an empty home and wait until every municipality of the inbox has its feed.

    Returns:
        The runs in the order in which they were made, and the seconds from the first request to the last feed: ticks included.

    Raises:
        TimeoutError: not all have one in half an hour.
    """
    expected = len(list(inbox.iterdir()))
    with _services(inbox, home, log):
        deadline = time.monotonic() + _WAIT_SECONDS
        while len(list(home.outbox.glob(f"*/v1/{AS_OF}/1/manifest.json"))) < expected:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not all of {expected} municipalities have a feed; see {log}")
            time.sleep(1)
        ended = time.time()
        time.sleep(10)
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    with dg.DagsterInstance.get() as instance:
        records = sorted(instance.get_run_records(), key=lambda record: record.create_timestamp)
    created = [record.create_timestamp.timestamp() for record in records]
    runs = [
        DagsterRun(
            record.dagster_run.job_name, record.dagster_run.status.value, (record.start_time or at) - at,
            (record.end_time or ended) - (record.start_time or at),
        )
        for record, at in zip(records, created, strict=True)
    ]  # fmt: skip
    return runs, ended - created[0]


@contextmanager
def _services(inbox: Path, home: Home, log: Path) -> Iterator[None]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "repat_pipeline.defs.dev", "--home", str(home.root), "--inbox", str(inbox), "--port", port]
    environment = os.environ | {"REPAT_NOW": NOW, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    with log.open("w") as stream:
        services = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream, start_new_session=True)
    try:
        yield
    finally:
        services.send_signal(signal.SIGINT)
        try:
            services.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(services.pid, signal.SIGKILL)
            services.wait()


if __name__ == "__main__":
    _home, *_inbox = map(Path, sys.argv[1:])
    if _inbox:
        plain(_inbox[0], Home(_home))
    else:
        ensure_manifest(Home(_home))
