"""C2 `covered_group`: the person is within repatrieringsloven § 3 on D (rules.md C2).

Here the permit in force decides, together with the citizenship. For how long there has been a permit is
`residence_years` (C3).
"""

from datetime import date

from repat_pipeline.evaluation.criteria import Criterion, unknown_where_rejected
from repat_pipeline.evaluation.evidence import PersonEvidence
from repat_pipeline.evaluation.inputs import CodeLists, Parameters, Row

OUTSIDE = "none"
"""Covered group of a basis outside § 3 in the code list."""

EXCLUDED_GROUPS = frozenset({"danish", "nordic", "eu", "eea", "swiss"})
"""Citizenship groups outside § 3; `uk`, `stateless` and `other` stay in."""


def is_in_force(permit: Row, as_of: date) -> bool:
    """Whether the permit is in force on D: both ends inclusive, from the day of a withdrawal or lapse on no more."""
    has_begun = permit["gyldig_fra"] <= as_of
    has_not_run_out = permit["gyldig_til"] is None or permit["gyldig_til"] >= as_of
    is_ended = permit["status"] != "gaeldende" and permit["status_dato"] is not None and permit["status_dato"] <= as_of
    return has_begun and has_not_run_out and not is_ended


def deciding_permit(person: PersonEvidence, as_of: date) -> Row | None:
    """Return the permit in force on D with the newest `gyldig_fra`, then the highest `tilladelse_id` in text order."""
    in_force = [permit for permit in person.permits if is_in_force(permit, as_of)]
    return max(in_force, key=lambda permit: (permit["gyldig_fra"], permit["tilladelse_id"]), default=None)


def group_of_basis(basis_code: str, *, parameters: Parameters, code_lists: CodeLists) -> str:
    """Return the covered group of a basis, `none` when it is outside § 3."""
    if parameters.include_ukraine_act and basis_code == "UKRAINE":
        return "ukraine_act"
    return code_lists.basis[basis_code].covered_group


def decide_covered_group(
    person: PersonEvidence, *, as_of: date, parameters: Parameters, code_lists: CodeLists
) -> tuple[Criterion, str | None]:
    """Decide C2.

    Citizenship is that of the row in `borgere`, else of the deciding permit. It decides also without any permit row.

    Returns:
        The criterion (`evidence_on` is `gyldig_fra` of the deciding permit), and the covered group, None unless it is
        met.
    """
    permit = deciding_permit(person, as_of)
    excluded = EXCLUDED_GROUPS - ({"danish"} if parameters.include_dual_danish_citizens else set())
    citizenship_row = person.register_row if person.register_row is not None else permit
    group = None
    if citizenship_row is not None and code_lists.country_group.get(citizenship_row["statsborgerskab"], "other") in excluded:
        natural = Criterion("not_met")
    elif not person.has_uip_row:
        natural = Criterion("unknown", ("uip",))
    elif permit is None:
        natural = Criterion("not_met")
    else:
        # § 3: refugees etc., their family, other family, permits from before 1983, the Afghan act, dispensations.
        group = group_of_basis(permit["opholdsgrundlag"], parameters=parameters, code_lists=code_lists)
        natural = Criterion("not_met" if group == OUTSIDE else "met")
    natural = Criterion(natural.outcome, natural.missing, permit["gyldig_fra"] if permit is not None else None)
    criterion = unknown_where_rejected(natural, person.rejected_tables & {"opholdstilladelser", "borgere"})
    return criterion, group if criterion.outcome == "met" else None
