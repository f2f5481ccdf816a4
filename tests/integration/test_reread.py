"""`repat reread`: what an older reader made of a delivery is replaced by what the present one makes of the same files."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from repat_pipeline import __version__
from repat_pipeline.extracts.file_facts import Limits
from repat_pipeline.extracts.manifest import inspect_delivery
from repat_pipeline.intake import take_in
from repat_pipeline.reports.error_report import write_error_reports
from repat_pipeline.reread import Reread, reread_deliveries
from repat_pipeline.storage.delivery_log import DeliveryRecord, folder_signature, read_deliveries, write_delivery
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import SealBroken, sealed_files
from repat_pipeline.storage.sealing_keys import load_sealer
from tests.integration.test_gate_and_status import repat_here
from tests.support import (
    AS_OF,
    MUNICIPALITY,
    NOW,
    Row,
    deliver_fagsystem,
    deliver_uip,
    hashes,
    payments,
    permit,
    person,
    read_feed,
    resident,
)

WHO, OTHER = person(0), person(1)
INSTANT = datetime.fromisoformat(NOW)


def deliver(inbox: Path, *, amount: str | None = "11000,00") -> Path:
    """A delivery of two residents; all payments of one of them have this amount."""
    rows: list[Row] = [*payments(WHO, "2025-01", 18), *payments(OTHER, "2025-01", 18, beloeb=amount)]
    return deliver_fagsystem(inbox, borgere=[resident(WHO), resident(OTHER)], ydelser=rows)


def landed_by_an_old_reader(home: Home, inbox: Path, folder: Path) -> DeliveryRecord:
    """Let the log say that what the lake holds was made of the files that lie in `folder` now."""
    (record,) = [record for record in read_deliveries(home) if record.source == "fagsystem"]
    inspection = inspect_delivery(folder, municipality=MUNICIPALITY, source="fagsystem", now=INSTANT, limits=Limits())
    old = replace(record, content=inspection.content, signature=folder_signature(folder), reader_version=None)
    write_delivery(home, old)
    return old


@pytest.fixture
def old(home: Home, inbox: Path) -> DeliveryRecord:
    """A delivery whose payments of OTHER an old reader could not read."""
    deliver(inbox, amount=None)
    take_in(home, inbox, source="fagsystem", municipalities=[MUNICIPALITY])
    write_error_reports(home, [MUNICIPALITY])
    return landed_by_an_old_reader(home, inbox, deliver(inbox))


def reread(home: Home, inbox: Path | None) -> Reread:
    """Read the fagsystem delivery again."""
    (outcome,) = reread_deliveries(home, inbox, now=INSTANT, source="fagsystem")
    return outcome


def state(home: Home) -> dict[str, str]:
    """What every file of a delivery in a home holds, but for the log record (which tells the instant of the intake)."""
    sealer = load_sealer(home).sealer
    opened = {str(path.relative_to(home.root)): hashlib.sha256(sealer.read(home, path)).hexdigest() for path in sealed_files(home)}
    return opened | {f"lake/{name}": digest for name, digest in hashes(home.lake).items() if "deliveries" not in name}


def test_rows_that_an_old_reader_rejected_are_accepted(home: Home, inbox: Path, old: DeliveryRecord) -> None:
    outcome = reread(home, inbox)

    assert (outcome.before["ydelser"].accepted, outcome.before["ydelser"].rejected) == (18, 18)
    assert (outcome.after["ydelser"].accepted, outcome.after["ydelser"].rejected) == (36, 0)
    assert (outcome.is_changed, outcome.problem) == (True, None)


def test_the_lake_is_then_as_if_the_present_reader_had_taken_the_delivery_in(
    home: Home, inbox: Path, old: DeliveryRecord, tmp_path: Path
) -> None:
    reread(home, inbox)

    fresh = Home(tmp_path / "fresh")
    take_in(fresh, inbox, source="fagsystem", municipalities=[MUNICIPALITY])
    assert state(home) == state(fresh)


def test_the_log_keeps_what_was_sent_and_says_who_read_it(home: Home, inbox: Path, old: DeliveryRecord) -> None:
    reread(home, inbox)

    (record,) = read_deliveries(home)
    assert (record.content, record.extracted_at, record.received_at) == (old.content, old.extracted_at, old.received_at)
    assert (record.reader_version, record.rereads) == (__version__, 1)


def test_the_sender_s_report_is_written_again(home: Home, inbox: Path, old: DeliveryRecord) -> None:
    deliver_fagsystem(inbox, delivery_id="fag-2", day="2026-11-15")
    take_in(home, inbox, source="fagsystem", municipalities=[MUNICIPALITY])
    shutil.rmtree(inbox / MUNICIPALITY / "fagsystem" / "fag-1")
    landed = landed_again(home, inbox)
    report = home.error_reports(MUNICIPALITY) / "fagsystem" / "fag-1" / "afvist.csv"
    assert {row["regel"] for row in read_feed(report)} == {"beloeb_missing"}

    reread_deliveries(home, inbox, now=INSTANT, source="fagsystem", delivery_id=landed)

    assert {row["regel"] for row in read_feed(report)} == {"beloeb_format"}


def landed_again(home: Home, inbox: Path) -> str:
    """The first delivery with files in which the present reader rejects the same payments by another rule."""
    folder = deliver(inbox, amount="11000")
    record = next(record for record in read_deliveries(home) if record.delivery_id == "fag-1")
    inspection = inspect_delivery(folder, municipality=MUNICIPALITY, source="fagsystem", now=INSTANT, limits=Limits())
    write_delivery(home, replace(record, content=inspection.content))
    return record.delivery_id


def test_the_same_reader_changes_nothing(home: Home, inbox: Path) -> None:
    deliver(inbox)
    take_in(home, inbox, source="fagsystem", municipalities=[MUNICIPALITY])
    before = state(home)

    outcome = reread(home, inbox)

    assert (outcome.is_changed, outcome.problem, outcome.record.rereads) == (False, None, 0)
    assert state(home) == before


def test_archived_files_are_read_without_an_inbox(home: Home, inbox: Path) -> None:
    deliver(inbox)
    take_in(home, inbox, source="fagsystem", municipalities=[MUNICIPALITY], consume=True)

    (archived,) = (home.root / "archive").rglob("ydelser.csv.sealed")
    assert WHO.encode() not in archived.read_bytes()
    assert reread(home, None).problem is None
    assert not list(home.opened.iterdir())


def test_archived_files_that_were_changed_are_not_read(home: Home, inbox: Path) -> None:
    deliver(inbox)
    take_in(home, inbox, source="fagsystem", municipalities=[MUNICIPALITY], consume=True)
    (archived,) = (home.root / "archive").rglob("ydelser.csv.sealed")
    archived.write_bytes(archived.read_bytes()[:-1] + b"x")

    with pytest.raises(SealBroken, match="restore it from the back-up"):
        reread(home, None)


def test_where_the_policy_says_so_raw_files_are_deleted_instead_of_archived(home: Home, inbox: Path) -> None:
    folder = deliver(inbox)
    take_in(home, inbox, source="fagsystem", municipalities=[MUNICIPALITY], consume=True, keep_raw=False)

    assert not folder.exists()
    assert not (home.root / "archive").exists()


def test_files_that_are_gone_or_not_the_accepted_ones_leave_the_lake_as_it_was(home: Home, inbox: Path, old: DeliveryRecord) -> None:
    before = hashes(home.root)

    assert "no raw files" in str(reread(home, None).problem)
    deliver(inbox, amount="1,00")
    assert "other content" in str(reread(home, inbox).problem)

    assert {name: digest for name, digest in hashes(home.root).items() if name in before} == before


def test_a_delivery_that_the_present_reader_would_refuse_leaves_the_lake_as_it_was(home: Home, inbox: Path, old: DeliveryRecord) -> None:
    landed_by_an_old_reader(home, inbox, spoiled(inbox))
    before = state(home)

    outcome = reread(home, inbox)

    assert "too_many_rejected" in str(outcome.problem)
    assert state(home) == before
    assert not home.rereading.exists()


def spoiled(inbox: Path) -> Path:
    """The delivery with 21 payments that nobody can read."""
    return deliver_fagsystem(inbox, borgere=[resident(WHO)], ydelser=payments(WHO, "2024-01", 21, beloeb="x"))


@pytest.mark.filterwarnings("ignore:AssetExecutionContext.run_id is deprecated:DeprecationWarning")
def test_a_run_after_it_decides_anew(tmp_path: Path) -> None:
    home, inbox = Home(tmp_path / "home"), tmp_path / "inbox"
    deliver_uip(inbox, [permit(WHO), permit(OTHER)])
    deliver(inbox, amount=None)
    arguments = ("--home", home.root, "--inbox", inbox)
    assert repat_here("run", *arguments, "--as-of", AS_OF).status == 0
    landed_by_an_old_reader(home, inbox, deliver(inbox))

    command = repat_here("reread", *arguments, "--source", "fagsystem", "--municipality", MUNICIPALITY)
    again = repat_here("run", *arguments, "--as-of", AS_OF)

    assert command.status == 0
    assert "ydelser: accepted 18 -> 36, rejected 18 -> 0" in command.output
    assert again.status == 0
    rows = pl.read_parquet(home.published / AS_OF / "persons" / MUNICIPALITY / "eligibility.parquet")
    assert rows["months_proven"].to_list() == [18, 18]
    assert [path.name for path in sorted((home.outbox / MUNICIPALITY / "v1" / AS_OF).iterdir())] == ["1", "2"]
