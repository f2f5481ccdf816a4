"""The answer to a person who asks what was processed about them (GDPR article 15): when, from which source, for which purpose, to whom.

The answer tells places and numbers of rows; the person is in it by reference only. Wording on the terminal is `console.subject_access`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from repat_pipeline.clock import COPENHAGEN
from repat_pipeline.contracts.inbound import load_source_contract
from repat_pipeline.contracts.outbound import load_outbound_table, outbound_names
from repat_pipeline.data_subject.person import Person
from repat_pipeline.data_subject.traces import SPREADSHEET, Place, Trace, traces
from repat_pipeline.retention.terms import ends_on, source_term, table_term
from repat_pipeline.storage.audit_log import read_audit
from repat_pipeline.storage.delivery_log import DeliveryRecord, RefusalRecord
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import Sealer

NOT_COVERED = (
    "Indbakken (afsendernes egne filer), sikkerhedskopier af HOME og det, som kommunen har hentet fra outbox, er ikke gennemsøgt; "
    "rækker uden et læsbart CPR-nummer kan ikke henføres til en person."
)


def subject_access(home: Home, person: Person, *, sealer: Sealer, municipality: str | None = None) -> dict[str, Any]:
    """Everything that a home holds about a person, as a document with stable keys.

    Args:
        municipality: only what was processed for this controller; null = all.

    Returns:
        `references`, `deliveries`, `refused_deliveries`, `published`, `feeds`, `looks` (audit trail), `not_covered`.
    """
    found = [trace for trace in traces(home, person, sealer=sealer) if municipality in (None, trace.municipality)]
    municipalities = sorted({trace.municipality for trace in found})
    return {
        "references": {code: person.references[code] for code in municipalities},
        "deliveries": _deliveries(found),
        "refused_deliveries": _refused(found),
        "published": _published(found),
        "feeds": _feeds(found),
        "looks": _looks(home, person, municipality),
        "not_covered": NOT_COVERED,
    }


def _grouped(found: Iterable[Trace], *places: Place) -> list[list[Trace]]:
    """Traces of these places by what they belong to: a delivery, a published version of a municipality, a feed."""
    groups: dict[object, list[Trace]] = defaultdict(list)
    for trace in found:
        if trace.place in places:
            about = trace.record.content if trace.record is not None else None
            groups[trace.municipality, about, trace.as_of, trace.number].append(trace)
    return list(groups.values())


def _deliveries(found: list[Trace]) -> list[dict[str, Any]]:
    answer = []
    for group in _grouped(found, "lake", "rejected", "quarantine", "vault", "archive"):
        record = group[0].record
        assert isinstance(record, DeliveryRecord)
        tables = load_source_contract(record.source).tables
        rows = {trace.table: trace.rows for trace in group if trace.place == "lake"}
        term = source_term(record.source)
        answer.append({
            "municipality": record.municipality_code, "source": record.source, "delivery_id": record.delivery_id,
            "extracted_at": record.extracted_at.isoformat(), "received_at": record.received_at.isoformat(),
            "rows": rows,
            "rejected_rows": {trace.table: trace.rows for trace in group if trace.place == "quarantine"},
            "is_archived": any(trace.place == "archive" for trace in group),
            "purpose": {name: tables[name].usage for name in rows},
            "legal_basis": sorted({tables[name].legal_basis for name in rows or tables} | {record.legal_basis or ""} - {""}),
            "term": term,
            "kept_until": ends_on(record.extracted_at.astimezone(COPENHAGEN).date(), term).isoformat(),
        })  # fmt: skip
    return sorted(answer, key=lambda entry: (entry["municipality"], entry["source"], entry["extracted_at"]))


def _refused(found: list[Trace]) -> list[dict[str, Any]]:
    answer = []
    for group in _grouped(found, "refused"):
        record = group[0].record
        assert isinstance(record, RefusalRecord)
        term = source_term(record.source)
        answer.append({
            "municipality": record.municipality_code, "source": record.source, "content": record.content[:12],
            "refused_at": record.refused_at.isoformat(), "files": [trace.table for trace in group],
            "term": term, "kept_until": ends_on(record.refused_at.astimezone(COPENHAGEN).date(), term).isoformat(),
        })  # fmt: skip
    return answer


def _published(found: list[Trace]) -> list[dict[str, Any]]:
    return [
        {"municipality": group[0].municipality, "as_of": group[0].as_of, "version": group[0].number,
         "rows": {trace.table: trace.rows for trace in group}, "purpose": load_outbound_table("published", "eligibility").usage}
        for group in _grouped(found, "published")
    ]  # fmt: skip


def _feeds(found: list[Trace]) -> list[dict[str, Any]]:
    known = outbound_names("feed")
    answer = []
    for group in _grouped(found, "feed"):
        lists = [trace.table.removesuffix(".csv") for trace in group if trace.table != SPREADSHEET]
        contracts = [load_outbound_table("feed", name) for name in lists if name in known]
        answer.append({
            "municipality": group[0].municipality, "as_of": group[0].as_of, "sequence": int(group[0].number or 0),
            "files": {trace.table: trace.rows for trace in group},
            "purpose": {contract.name: contract.usage for contract in contracts},
            "legal_basis": sorted({contract.legal_basis for contract in contracts}),
            "receivers": sorted({receiver for contract in contracts for receiver in contract.receivers}),
            "terms": {contract.name: table_term("feed", contract.name) for contract in contracts},
        })  # fmt: skip
    return answer


def _looks(home: Home, person: Person, municipality: str | None) -> list[dict[str, Any]]:
    """Lines of the audit trail about this person: explanations and earlier answers."""
    return [
        {name: line.get(name) for name in ("at", "what", "municipality", "reason")}
        for line in read_audit(home)
        if "person_ref" in line and line["person_ref"] == person.references.get(line.get("municipality", ""))
        and municipality in (None, line["municipality"])
    ]  # fmt: skip
