"""`aendringer.csv`: who came on and went off the list of candidates since the previous feed, whose row changed, and why.

What is compared are two lists of candidates; the cause is found by `causes`, for the persons who changed alone. The earlier deliveries
are read from the lake, where superseded ones stay; when retention has removed them the change is told without its cause.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from repat_pipeline.evaluation.evaluate import Evaluation
from repat_pipeline.feeds.causes import Cause, find_causes
from repat_pipeline.feeds.csv_format import cell, csv_bytes
from repat_pipeline.feeds.decision import Decision
from repat_pipeline.feeds.evidence_parts import PersonInputs
from repat_pipeline.feeds.premises import DecisionReader, InputsGone
from repat_pipeline.feeds.previous import EarlierFeed, read_candidates
from repat_pipeline.identity.pseudonym import PseudonymKey

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
    reader: DecisionReader,
    key: PseudonymKey,
    *,
    before: EarlierFeed | None,
    candidates: bytes,
    decision: Decision,
    columns: Mapping[str, str],
) -> tuple[bytes, int]:
    """Make `aendringer.csv`.

    Args:
        reader: reads what both feeds were decided from.
        key: leads from CPR numbers to persons of the lake.
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
        persons = key.person_keys([change.cpr_nummer for change in changes])
        causes = find_causes_of(reader, changes, persons, before=before.decision, now=decision, compared=compared) if changes else []
        rows = [
            {"cpr_nummer": change.cpr_nummer, "person_ref": change.person_ref, "aendring": change.kind, "aarsag": ",".join(found)}
            for change, found in zip(changes, causes, strict=True)
        ]
    return csv_bytes(CHANGES_COLUMNS, rows), len(rows)


def find_causes_of(
    reader: DecisionReader, changes: list[Change], persons: list[str], *, before: Decision, now: Decision, compared: Mapping[str, str]
) -> list[list[Cause]]:
    """The causes of each change.

    Args:
        persons: `person_key` of each change.
        before, now: decisions of the previous and of the new feed.
        compared: compared column of `kandidater.csv` -> column of the published tables.
    """

    def as_text(evaluation: Evaluation, inputs: PersonInputs) -> dict[str, str]:
        register_row = inputs.evidence.register_row
        of_inputs = {"digital_post": register_row["digital_post"] if register_row is not None else None}
        return {name: cell(of_inputs[source] if source in of_inputs else getattr(evaluation, source)) for name, source in compared.items()}

    try:
        was, is_now = reader.premises(before, persons), reader.premises(now, persons)
    except InputsGone:
        return [[Cause.NOT_RECALCULATED] for _ in changes]
    return [
        find_causes(
            was[person],
            is_now[person],
            row_before=change.before,
            row_now=change.now,
            columns=as_text,
            has_other_logic=(before.project_hash, before.code_version) != (now.project_hash, now.code_version),
        )
        for person, change in zip(persons, changes, strict=True)
    ]
