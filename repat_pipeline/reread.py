"""Read the raw files of accepted deliveries again, after the reader was mended (`repat reread`).

The files are those that were accepted: same content hash, same `extracted_at`; only what the reader makes of them is new. Vault,
quarantine, lake and log record of a delivery change together (`storage.replacement`) or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from repat_pipeline import __version__
from repat_pipeline.contracts.inbound import load_source_contract
from repat_pipeline.extracts.file_facts import Limits
from repat_pipeline.extracts.inbox import DeliveryFolder
from repat_pipeline.extracts.manifest import inspect_delivery
from repat_pipeline.extracts.refusal import Reason
from repat_pipeline.identity.pseudonym import PseudonymKey, load_key
from repat_pipeline.landing import land_tables
from repat_pipeline.progress import report
from repat_pipeline.reports.error_report import write_error_reports
from repat_pipeline.storage.audit_log import note
from repat_pipeline.storage.delivery_log import DeliveryRecord, TableCounts, read_deliveries, write_delivery
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.raw_copies import opened_folder
from repat_pipeline.storage.replacement import discard_copy, fresh_copy, replace_together
from repat_pipeline.storage.run_lock import run_lock
from repat_pipeline.storage.sealed import ENDING, Sealer
from repat_pipeline.storage.sealing_keys import load_sealer


@dataclass(frozen=True)
class Reread:
    """What reading one delivery again gave.

    Attributes:
        before: counts per table as they were.
        after: as they are now; equal to `before` with `is_changed` where other values were read of the same rows.
        problem: why the lake was left as it was: no raw files, other content, or reasons to refuse; null = none.
    """

    record: DeliveryRecord
    before: Mapping[str, TableCounts]
    after: Mapping[str, TableCounts]
    is_changed: bool
    problem: str | None = None


def reread_deliveries(
    home: Home, inbox: Path | None, *, now: datetime, source: str, municipality: str | None = None, delivery_id: str | None = None
) -> list[Reread]:
    """Read accepted deliveries of a source again, from the archive or else from the inbox.

    Args:
        inbox: where raw files lie that were not archived; null = the archive alone.
        now: the clock of the intake.
        municipality, delivery_id: only these; null = all.

    Raises:
        HomeIsBusy: another run holds the home.
        KeyUnusable: the key cannot be used.
    """
    with run_lock(home):
        records = [
            record
            for record in read_deliveries(home, municipality)
            if record.source == source and delivery_id in (None, record.delivery_id)
        ]
        key = load_key(home).key if records else None
        sealer = load_sealer(home).sealer if records else None
        outcomes = []
        for number, record in enumerate(records, start=1):
            assert key is not None
            assert sealer is not None
            # A clock that was set back since is no reason to refuse what was accepted.
            outcomes.append(_reread(home, inbox, record, key, sealer, now=max(now, record.received_at)))
            report(f"reread {source}", number, len(records))
        changed = [outcome.record for outcome in outcomes if outcome.is_changed]
        write_error_reports(
            home,
            {record.municipality_code for record in changed},
            renewed=frozenset((record.source, record.delivery_id) for record in changed),
        )
    return outcomes


def _reread(home: Home, inbox: Path | None, record: DeliveryRecord, key: PseudonymKey, sealer: Sealer, *, now: datetime) -> Reread:
    if record.removed_on is not None:
        return _kept(record, f"retention removed it on {record.removed_on}; it is not read again")
    with _raw_files(home, inbox, record, sealer) as folder:
        if folder is None:
            return _kept(record, "no raw files in the archive or the inbox; give the inbox with --inbox, or restore the archive")
        return _reread_folder(home, folder, record, key, sealer, now=now)


def _reread_folder(
    home: Home, folder: DeliveryFolder, record: DeliveryRecord, key: PseudonymKey, sealer: Sealer, *, now: datetime
) -> Reread:
    inspection = inspect_delivery(folder.path, municipality=folder.municipality, source=folder.source, now=now, limits=Limits())
    if inspection.content != record.content:
        return _kept(record, f"the files in {folder.path} are not the accepted ones (other content); restore them")
    if inspection.reasons:
        return _kept(record, _refused(inspection.reasons))
    copy = fresh_copy(home)
    landed = land_tables(copy, folder, inspection, key=key, sealer=sealer, erasures=home)
    if landed.reasons:
        discard_copy(home)
        return _kept(record, _refused(landed.reasons))
    landed.keep()
    places = _places(home, record)
    is_changed = any(_content(home, path, sealer) != _content(copy, copy.root / path.relative_to(home.root), sealer) for path in places)
    erased_on = max(filter(None, (record.erased_on, now.date() if landed.erased.kept_out else None)), default=None)
    new = replace(
        record,
        erased_on=erased_on,
        tables=landed.counts,
        files=inspection.file_names,
        reader_version=__version__,
        rereads=record.rereads + int(is_changed),
    )
    write_delivery(copy, new)
    note(home, "delivery reread", f"{record.name}, content {record.content[:12]}; {'changed' if is_changed else 'same as before'}",
         municipality=record.municipality_code)  # fmt: skip
    log_record = home.delivery_record(record.source, record.municipality_code, record.delivery_id)
    replace_together(home, copy, [*places, log_record])
    return Reread(new, record.tables, landed.counts, is_changed)


@contextmanager
def _raw_files(home: Home, inbox: Path | None, record: DeliveryRecord, sealer: Sealer) -> Iterator[DeliveryFolder | None]:
    """The raw files of a delivery: those of the archive, opened for as long as they are read, else those of the inbox."""
    place = record.municipality_code, record.source, record.delivery_id
    archived, delivered = home.archive(*place), None if inbox is None else inbox.joinpath(*place)
    if archived.is_dir():
        with opened_folder(home, archived, sealer=sealer) as path:
            yield DeliveryFolder(*place, path)
    elif delivered is not None and delivered.is_dir() and not delivered.is_symlink():
        yield DeliveryFolder(*place, delivered)
    else:
        yield None


def _places(home: Home, record: DeliveryRecord) -> list[Path]:
    """Every file that a delivery can have in a home, but for its log record."""
    source, municipality, delivery_id = record.source, record.municipality_code, record.delivery_id
    tables = load_source_contract(source).tables
    return [
        home.vault_file(source, municipality, delivery_id),
        home.rejected(source, municipality, delivery_id),
        *(home.quarantine(source, table, municipality, delivery_id) for table in tables),
        *(home.accepted(source, table, municipality, delivery_id) for table in tables),
    ]


def _content(home: Home, path: Path, sealer: Sealer) -> bytes | None:
    """What a file holds, opened where it is sealed: the same content is sealed differently each time; None = no file."""
    if not path.is_file():
        return None
    return sealer.read(home, path) if path.suffix == ENDING else path.read_bytes()


def _kept(record: DeliveryRecord, problem: str) -> Reread:
    return Reread(record, record.tables, record.tables, is_changed=False, problem=problem)


def _refused(reasons: list[Reason]) -> str:
    return "the present reader would refuse it: " + "; ".join(f"{reason.code}: {reason.message}" for reason in reasons)
