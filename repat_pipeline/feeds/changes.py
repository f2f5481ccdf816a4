"""`aendringer.csv`: who came on and went off the list of candidates since the previous feed, whose row changed, and why.

What is compared are two lists of candidates; the cause is found by `causes`, for the persons who changed alone. The earlier deliveries
are read from the lake, where superseded ones stay; when retention has removed them the change is told without its cause.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from repat_pipeline.evaluation.evaluate import Evaluation
from repat_pipeline.evaluation.evidence import MunicipalityEvidence
from repat_pipeline.evaluation.inputs import CodeLists, Delivery, Parameters
from repat_pipeline.evaluation.lake import ClaimReader, read_code_lists, read_rows
from repat_pipeline.evaluation.resident import UipClaim
from repat_pipeline.feeds.causes import Cause, Premises, find_causes
from repat_pipeline.feeds.csv_format import cell, csv_bytes
from repat_pipeline.feeds.decision import DecidingDelivery, Decision
from repat_pipeline.feeds.evidence_parts import PersonInputs, person_inputs
from repat_pipeline.feeds.previous import EarlierFeed, read_candidates
from repat_pipeline.identity.pseudonym import PseudonymKey
from repat_pipeline.storage.delivery_log import DeliveryRecord, read_delivery
from repat_pipeline.storage.layout import Home

CHANGES_FILE = "aendringer.csv"
CHANGES_COLUMNS = ("cpr_nummer", "person_ref", "aendring", "aarsag")

Kind = Literal["ny", "udgaaet", "aendret"]
Row = Mapping[str, str]

# Identity, the date itself, and the sentence that is made from the other columns.
_NOT_COMPARED = frozenset({"cpr_nummer", "person_ref", "kommunekode", "opgoerelsesdato", "begrundelse"})


@dataclass(frozen=True)
class Change:
    """One person who changed."""

    cpr_nummer: str
    person_ref: str
    kind: Kind
    before: dict[str, str] | None
    now: dict[str, str] | None


class LakeOfFeeds:
    """The lake as the feeds of one run read it; whom UIP places where is read once for all municipalities."""

    def __init__(self, home: Home, key: PseudonymKey) -> None:
        self.home, self.key, self.claims = home, key, ClaimReader(home)


class _Gone(Exception):
    """A delivery or the code lists behind a decision are not there any more."""


def find_changes(before: Mapping[str, Row], now: Mapping[str, Row], *, compared: Collection[str]) -> list[Change]:
    """Compare two lists of candidates.

    Args:
        before, now: CPR number -> row of `kandidater.csv`, every value as text.
        compared: the columns that make a difference.

    Returns:
        Those who differ, in the order of their CPR numbers.
    """

    def decided(row: Row | None) -> dict[str, str] | None:
        return None if row is None else {name: row[name] for name in compared}

    changes = []
    for cpr in sorted(before.keys() | now.keys()):
        was, is_now = decided(before.get(cpr)), decided(now.get(cpr))
        if was != is_now:
            kind: Kind = "ny" if was is None else "udgaaet" if is_now is None else "aendret"
            changes.append(Change(cpr, (now.get(cpr) or before[cpr])["person_ref"], kind, was, is_now))
    return changes


def changes_csv(
    lake: LakeOfFeeds, *, before: EarlierFeed | None, candidates: bytes, decision: Decision, columns: Mapping[str, str]
) -> tuple[bytes, int]:
    """Make `aendringer.csv`.

    Args:
        lake: where the deliveries of both decisions lie.
        before: the previous feed; None = there is none, the file has its header only.
        candidates: `kandidater.csv` of the new feed.
        decision: what the new feed was decided from.
        columns: column of `kandidater.csv` -> column of the published tables.

    Returns:
        The file and its number of rows.
    """
    rows = []
    if before is not None:
        was, is_now = before.candidates(), read_candidates(candidates)
        # A column that one of the two feeds does not have makes no difference between persons.
        known = set(columns).intersection(*(row.keys() for row in [*was.values()][:1]))
        compared = {name: source for name, source in columns.items() if name in known - _NOT_COMPARED}
        changes = find_changes(was, is_now, compared=compared)
        causes = find_causes_of(lake, changes, before=before.decision, now=decision, compared=compared) if changes else []
        rows = [
            {"cpr_nummer": change.cpr_nummer, "person_ref": change.person_ref, "aendring": change.kind, "aarsag": ",".join(found)}
            for change, found in zip(changes, causes, strict=True)
        ]
    return csv_bytes(CHANGES_COLUMNS, rows), len(rows)


def find_causes_of(
    lake: LakeOfFeeds, changes: list[Change], *, before: Decision, now: Decision, compared: Mapping[str, str]
) -> list[list[Cause]]:
    """The causes of each change.

    Args:
        before, now: decisions of the previous and of the new feed.
        compared: compared column of `kandidater.csv` -> column of the published tables.
    """
    persons = lake.key.person_keys([change.cpr_nummer for change in changes])

    def as_text(evaluation: Evaluation, inputs: PersonInputs) -> dict[str, str]:
        register_row = inputs.evidence.register_row
        of_inputs = {"digital_post": register_row["digital_post"] if register_row is not None else None}
        return {name: cell(of_inputs[source] if source in of_inputs else getattr(evaluation, source)) for name, source in compared.items()}

    try:
        evidence = [_read_evidence(lake.home, decision, persons) for decision in (before, now)]
        # Whom other municipalities' UIP deliveries place there is read for persons without a row in `borgere` only (C1).
        has_unregistered = any(len(set(persons) - read.persons_in_register()) for read, _ in evidence)
        claims = [_read_claims(lake, decision) if has_unregistered else [] for decision in (before, now)]
        code_lists = [_code_lists(lake.home, decision) for decision in (before, now)]
    except _Gone:
        return [[Cause.NOT_RECALCULATED] for _ in changes]
    # A parameter that came after the previous feed has no earlier value.
    parameters = [Parameters.from_text(now.parameter_values | decision.parameter_values) for decision in (before, now)]

    def premises(number: int, person: str) -> Premises:
        (read, own_until), as_of = evidence[number], date.fromisoformat((before, now)[number].as_of)
        inputs = person_inputs(read, person, claims=claims[number], own_until=own_until)
        return Premises(as_of, parameters[number], code_lists[number], inputs)

    return [
        find_causes(
            premises(0, person),
            premises(1, person),
            row_before=change.before,
            row_now=change.now,
            columns=as_text,
            has_other_logic=(before.project_hash, before.code_version) != (now.project_hash, now.code_version),
        )
        for person, change in zip(persons, changes, strict=True)
    ]


def _read_evidence(home: Home, decision: Decision, persons: Collection[str]) -> tuple[MunicipalityEvidence, date]:
    """What M's own deliveries say of the persons, and the last day that the fagsystem delivery can tell of."""
    own: dict[str, list[Delivery]] = {"uip": [], "fagsystem": [], "eindkomst": []}
    try:
        for delivery in decision.own_deliveries:
            own[delivery.source].append(read_rows(home, _record(home, delivery), persons))
    except FileNotFoundError:
        raise _Gone from None
    (uip,), (fagsystem,) = own["uip"], own["fagsystem"]
    return MunicipalityEvidence(uip, fagsystem, answers=own["eindkomst"]), fagsystem.extracted_at.date()


def _read_claims(lake: LakeOfFeeds, decision: Decision) -> list[UipClaim]:
    try:
        return [lake.claims.claim(_record(lake.home, delivery)) for delivery in decision.deliveries if delivery.source == "uip"]
    except FileNotFoundError:
        raise _Gone from None


def _code_lists(home: Home, decision: Decision) -> CodeLists:
    folder = home.code_lists(decision.code_lists_hash)
    if not folder.is_dir():
        raise _Gone
    return read_code_lists(folder)


def _record(home: Home, delivery: DecidingDelivery) -> DeliveryRecord:
    record = read_delivery(home, delivery.source, delivery.municipality_code, delivery.delivery_id)
    if record is None or record.content != delivery.content:
        raise _Gone
    return record
