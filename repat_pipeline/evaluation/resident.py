"""C1 `resident`: the person's municipality of residence is M on D (rules.md C1; the duty is that of the bopælskommune).

The only place where another municipality's UIP rows are read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from repat_pipeline.evaluation.criteria import Criterion, unknown_where_rejected
from repat_pipeline.evaluation.evidence import PersonEvidence
from repat_pipeline.evaluation.inputs import CodeLists, Delivery


@dataclass(frozen=True)
class UipClaim:
    """Whom a counting UIP delivery places in the municipality that delivered it."""

    municipality: str
    extracted_at: datetime
    persons: frozenset[str]


def claims_of(uip_deliveries: Iterable[Delivery]) -> list[UipClaim]:
    """Return the claim of each counting UIP delivery, blocked municipalities included."""
    return [
        UipClaim(
            municipality=delivery.municipality,
            extracted_at=delivery.extracted_at,
            persons=frozenset(
                row["person_key"]
                for row in delivery.rows.get("opholdstilladelser", ())
                if row["person_key"] is not None and row["kommunekode"] == delivery.municipality
            ),
        )
        for delivery in uip_deliveries
    ]


def decide_resident(person: PersonEvidence, *, as_of: date, claims: Iterable[UipClaim], code_lists: CodeLists) -> Criterion:
    """Decide C1.

    Args:
        person: What M may use about the person.
        as_of: D.
        claims: Claims of the counting UIP deliveries of all municipalities.
        code_lists: For the CPR statuses of residents.

    Returns:
        `evidence_on` is `tilflyttet_kommune_dato`, None without a row in `borgere`.
    """
    tables_read = {"borgere"}
    row = person.register_row
    if row is not None:
        moved_in = row["tilflyttet_kommune_dato"]
        is_resident = (
            row["cpr_status"] in code_lists.resident_statuses
            and row["kommunekode"] == person.municipality
            and (moved_in is None or moved_in <= as_of)
        )
    else:
        tables_read.add("opholdstilladelser")
        moved_in = None
        is_placed_here = any(permit["kommunekode"] == person.municipality for permit in person.permits)
        is_placed_elsewhere_later = any(
            claim.municipality != person.municipality
            and claim.extracted_at > person.uip_extracted_at
            and person.person_key in claim.persons
            for claim in claims
        )
        is_resident = is_placed_here and not is_placed_elsewhere_later
    natural = Criterion("met" if is_resident else "not_met", evidence_on=moved_in)
    return unknown_where_rejected(natural, person.rejected_tables & tables_read)
