"""What is past its term in a home, by the contracts. Looks and changes nothing; removing is `retain`.

A term runs from `extracted_at` of a delivery, from the refusal of a refused one, and from the reference date of a feed or a published
version. The audit trail, releases and tombstones of erased persons have no contract and are not touched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from repat_pipeline.clock import COPENHAGEN
from repat_pipeline.contracts.inbound import SOURCES, load_source_contract
from repat_pipeline.contracts.outbound import outbound_names
from repat_pipeline.retention.terms import is_over, months_of, source_term, table_term
from repat_pipeline.storage.delivery_log import DeliveryRecord, read_deliveries, read_refusals
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import select_deliveries

Kind = Literal["delivery", "refused delivery", "feed", "feed file", "published version", "published table"]

SPREADSHEET = "kandidater.xlsx"
# Decides how long a feed as a whole is kept: later feeds tell their changes against it.
_LIST_OF_FEED = "kandidater"


@dataclass(frozen=True)
class Expired:
    """Something past its term.

    Attributes:
        name: municipality, source and delivery; or municipality, reference date and sequence.
        starts_on: day from which the term runs.
        term: of the contract.
        paths: files and folders that go.
        remark: what somebody should know before; empty = nothing.
    """

    kind: Kind
    name: str
    starts_on: date
    term: str
    paths: tuple[Path, ...]
    remark: str = ""
    record: DeliveryRecord | None = None


def expired(home: Home, *, today: date) -> list[Expired]:
    """Everything that is past its term today, in order of kind and name."""
    return [*_deliveries(home, today), *_refused(home, today), *_feeds(home, today), *_published(home, today)]


def files_of(home: Home, record: DeliveryRecord) -> list[Path]:
    """Every file and folder that holds rows or persons of an accepted delivery."""
    place = record.municipality_code, record.delivery_id
    tables = load_source_contract(record.source).tables
    paths = [
        *(home.accepted(record.source, table, *place) for table in tables),
        home.rejected(record.source, *place),
        *(home.quarantine(record.source, table, *place) for table in tables),
        home.vault_file(record.source, *place),
        home.archive(record.municipality_code, record.source, record.delivery_id),
    ]
    return [path for path in paths if path.exists()]


def _deliveries(home: Home, today: date) -> Iterator[Expired]:
    records = read_deliveries(home)
    counting = {record.name for record in select_deliveries(records, known_at=None, is_income_lawful=False).counting}
    for record in records:
        start, term = record.extracted_at.astimezone(COPENHAGEN).date(), source_term(record.source)
        paths = tuple(files_of(home, record))
        if is_over(start, term, today=today) and (paths or record.removed_on is None):
            remark = "still counts: the municipality is blocked until a newer one comes" if record.name in counting else ""
            yield Expired("delivery", record.name, start, term, paths, remark, record)


def _refused(home: Home, today: date) -> Iterator[Expired]:
    for folder in sorted((home.lake / "refusals").glob("*/*")):
        municipality, source = folder.parts[-2:]
        if source not in SOURCES:
            continue
        for record in read_refusals(home, municipality, source):
            start, copy = record.refused_at.astimezone(COPENHAGEN).date(), home.root / record.copied_to
            if copy.is_dir() and is_over(start, source_term(source), today=today):
                name = f"{municipality} {source} content {record.content[:12]}"
                yield Expired("refused delivery", name, start, source_term(source), (copy,))


def _feeds(home: Home, today: date) -> Iterator[Expired]:
    terms = {f"{name}.csv": table_term("feed", name) for name in outbound_names("feed")}
    # It holds every list.
    terms[SPREADSHEET] = min(terms.values(), key=months_of)
    whole = table_term("feed", _LIST_OF_FEED)
    for manifest in sorted(home.outbox.glob("*/v1/*/*/manifest.json")):
        folder = manifest.parent
        municipality, _, day, sequence = folder.parts[-4:]
        start = _date(day)
        if start is None or not sequence.isdigit():
            continue
        name = f"{municipality} {day} no. {sequence}"
        if is_over(start, whole, today=today):
            decision = home.decision(municipality, start, int(sequence))
            yield Expired("feed", name, start, whole, (folder, *([decision] if decision.is_file() else [])))
            continue
        for file, term in terms.items():
            if (folder / file).is_file() and is_over(start, term, today=today):
                yield Expired("feed file", f"{name} {file}", start, term, (folder / file,))


def _published(home: Home, today: date) -> Iterator[Expired]:
    names = outbound_names("published")
    longest = max((table_term("published", name) for name in names), key=months_of)
    for folder in sorted((home.published / ".versions").glob("*")):
        start = _date(folder.name[:10])
        if start is None or not (folder / "manifest.json").is_file():
            continue
        if is_over(start, longest, today=today):
            links = [link for link in home.published.iterdir() if link.is_symlink() and link.resolve() == folder.resolve()]
            yield Expired("published version", folder.name, start, longest, (*links, folder))
            continue
        for name in names:
            term = table_term("published", name)
            files = [path for path in (folder / f"{name}.parquet", *sorted(folder.glob(f"persons/*/{name}.parquet"))) if path.is_file()]
            if files and is_over(start, term, today=today):
                yield Expired("published table", f"{folder.name} {name}", start, term, tuple(files))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def manifest_of(path: Path) -> Path:
    """The manifest that lists a file of a feed or a published version."""
    return next(folder / "manifest.json" for folder in path.parents if (folder / "manifest.json").is_file())


def without_file(manifest: Path, path: Path, *, removed_on: date) -> str:
    """The text of a manifest that no longer lists a file, and says since when."""
    content = json.loads(manifest.read_text(encoding="utf-8"))
    name = path.relative_to(manifest.parent).as_posix()
    if isinstance(content["files"], dict):
        content["files"].pop(name, None)
    else:
        content["files"] = [entry for entry in content["files"] if entry["name"] != name]
    content["removed"] = {**content.get("removed", {}), name: removed_on.isoformat()}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
