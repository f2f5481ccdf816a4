"""Erase one person from everything below HOME, then prove it by a search of every file.

The tombstone is written first: from then on no delivery that was extracted before brings the person back. Each file is replaced
whole, so a call that was cut off is ended by the next one. Raw deliveries with the person are removed whole: without the person they
would not be what was sent. Counts (`attrition`, delivery log) stay: they tell of nobody.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from repat_pipeline.clock import COPENHAGEN
from repat_pipeline.data_subject.person import Person
from repat_pipeline.data_subject.search import Search, search_home
from repat_pipeline.data_subject.traces import SPREADSHEET, Trace, feed_rows, is_about, traces
from repat_pipeline.errors import RepatError
from repat_pipeline.identity.erasures import read_erasures, write_erasure
from repat_pipeline.retention.certificate import write_certificate
from repat_pipeline.storage.atomic import replacing, write_bytes, write_text
from repat_pipeline.storage.audit_log import note
from repat_pipeline.storage.delivery_log import DeliveryRecord, read_delivery, write_delivery
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.run_lock import run_lock
from repat_pipeline.storage.sealed import Sealer
from repat_pipeline.storage.sealed_frames import read_sealed_frame, write_sealed_frame


class NotErased(RepatError):
    """The search found the person in files that erasing does not reach; the message names them."""


@dataclass(frozen=True)
class Erasure:
    """What was done.

    Attributes:
        rows: place -> rows (raw files: files) that were removed.
        search: the proof.
        certificate: its file.
    """

    rows: dict[str, int]
    search: Search
    certificate: Path


def rows_by_place(found: Collection[Trace]) -> dict[str, int]:
    """Place -> rows of the person there."""
    counts: Counter[str] = Counter()
    for trace in found:
        counts[trace.place] += trace.rows
    return dict(counts)


def erase(home: Home, person: Person, *, sealer: Sealer, at: datetime, reason: str) -> Erasure:
    """Erase a person, and write a certificate that tells places and numbers of rows.

    Args:
        at: instant of the erasure.
        reason: why, for the audit trail; no CPR number.

    Raises:
        HomeIsBusy: a run holds the home.
        NoAuditEntry: the reason cannot be logged; nothing was erased.
        NotErased: the search still found the person somewhere.
    """
    with run_lock(home):
        found = traces(home, person, sealer=sealer)
        municipalities = {trace.municipality for trace in found}
        counts = rows_by_place(found)
        told = ", ".join(f"{place} {rows}" for place, rows in counts.items()) or "nothing about the person"
        note(
            home,
            "erasure",
            f"{', '.join(sorted(municipalities)) or 'no municipality'}: {told}; tombstone {person.tombstone}",
            reason=reason,
        )
        write_erasure(home, person.tombstone, at=at, municipalities=municipalities)
        for trace in found:
            _ERASERS[trace.place](_Task(home, person, sealer, trace, at))
        _empty_work(home)
        search = search_home(home, person, sealer=sealer)
        if search.found:
            names = ", ".join(path.relative_to(home.root).as_posix() for path in search.found[:10])
            raise NotErased(
                f"the person is still in {len(search.found)} files, which erasing does not reach: {names}; see docs/runbooks/erasure.md"
            )
        certificate = write_certificate(home, "erasure", {
            "erased_at": at.isoformat(), "reason": reason, "tombstone": person.tombstone, "municipalities": sorted(municipalities),
            "removed": _removed(home, found), "files_searched": search.files, "files_with_the_person": 0,
            "kept": f"{search.trail_lines} lines of the audit trail name the person by reference (accountability, GDPR article 5 (2))",
        })  # fmt: skip
    return Erasure(counts, search, certificate)


def is_erased(home: Home, person: Person) -> bool:
    """Whether the person was erased before."""
    return person.tombstone in read_erasures(home)


@dataclass(frozen=True)
class _Task:
    home: Home
    person: Person
    sealer: Sealer
    trace: Trace
    at: datetime


def _mark(task: _Task) -> None:
    """Say in the delivery's record that rows are gone; before they are."""
    record = task.trace.record
    assert isinstance(record, DeliveryRecord)
    present = read_delivery(task.home, record.source, record.municipality_code, record.delivery_id)
    if present is not None:
        write_delivery(task.home, replace(present, erased_on=task.at.astimezone(COPENHAGEN).date()))


def _erase_from_lake(task: _Task) -> None:
    _mark(task)
    schema, frame = pq.read_schema(task.trace.path), pl.read_parquet(task.trace.path)
    left = frame.filter(~task.person.rows(frame)).to_arrow().cast(schema)
    with replacing(task.trace.path) as temporary:
        pq.write_table(left, temporary, compression="zstd")


def _erase_from_sealed(task: _Task) -> None:
    _mark(task)
    frame = read_sealed_frame(task.home, task.trace.path, sealer=task.sealer)
    write_sealed_frame(task.home, task.trace.path, frame.filter(~task.person.rows(frame)), sealer=task.sealer)


def _remove_raw(task: _Task) -> None:
    """The data files of the raw delivery; the report of a refused one holds no values and stays."""
    for path in sorted(task.trace.path.parent.glob("*.sealed")):
        path.unlink(missing_ok=True)
    if not any(task.trace.path.parent.iterdir()):
        task.trace.path.parent.rmdir()


def _erase_from_published(task: _Task) -> None:
    path = task.trace.path
    frame = pl.read_parquet(path)
    left = frame.filter(~task.person.rows(frame))
    with replacing(path) as temporary:
        left.write_parquet(temporary, compression="zstd", statistics=True)
    folder = path.parents[2]

    def change(manifest: dict[str, Any]) -> None:
        name = path.relative_to(folder).as_posix()
        if name in manifest["files"]:
            manifest["files"][name] |= {"rows": left.height, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        if path.stem in manifest["rows"]:
            manifest["rows"][path.stem] -= frame.height - left.height

    _change_manifest(folder / "manifest.json", change, task.at)


def _erase_from_feed(task: _Task) -> None:
    path = task.trace.path
    if path.name == SPREADSHEET:
        # Written by a library that cannot change a file; the next feed brings one without the person.
        _change_manifest(path.with_name("manifest.json"), lambda manifest: _forget(manifest, path.name), task.at)
        path.unlink(missing_ok=True)
        return
    rows = feed_rows(path)
    left = [row for row in rows if not is_about(task.person, row)]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", lineterminator="\n").writerows(left)
    content = buffer.getvalue().encode()
    write_bytes(path, content)

    def change(manifest: dict[str, Any]) -> None:
        for entry in manifest["files"]:
            if entry["name"] == path.name:
                entry |= {"rows": len(left) - 1, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        if path.stem in manifest.get("counts", {}):
            manifest["counts"][path.stem] = len(left) - 1

    _change_manifest(path.with_name("manifest.json"), change, task.at)


def _forget(manifest: dict[str, Any], name: str) -> None:
    manifest["files"] = [entry for entry in manifest["files"] if entry["name"] != name]


def _change_manifest(path: Path, change: Callable[[dict[str, Any]], None], at: datetime) -> None:
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    manifest["erased_on"] = at.astimezone(COPENHAGEN).date().isoformat()
    write_text(path, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", mode=path.stat().st_mode & 0o777)


_ERASERS: dict[str, Callable[[_Task], None]] = {
    "lake": _erase_from_lake, "rejected": _erase_from_lake, "quarantine": _erase_from_sealed, "vault": _erase_from_sealed,
    "archive": _remove_raw, "refused": _remove_raw, "published": _erase_from_published, "feed": _erase_from_feed,
}  # fmt: skip


def _empty_work(home: Home) -> None:
    """The build database and what else a run makes anew; the lock is held."""
    for path in home.work.iterdir() if home.work.is_dir() else []:
        if path == home.lock_file:
            continue
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _removed(home: Home, found: list[Trace]) -> list[dict[str, Any]]:
    return [{"place": trace.place, "path": trace.path.relative_to(home.root).as_posix(), "rows": trace.rows} for trace in found]
