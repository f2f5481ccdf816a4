"""C3 `residence_years`: a residence permit for at least 5 years on D (rules.md C3; § 5 stk. 1, 2. pkt.).

The permit is counted, not the address and not the stay. Whether the permit in force is within § 3 is `covered_group`
(C2).
"""

from collections.abc import Iterable
from datetime import date, timedelta

from repat_pipeline.evaluation.calendar import add_years
from repat_pipeline.evaluation.criteria import Criterion, unknown_where_rejected
from repat_pipeline.evaluation.evidence import PersonEvidence
from repat_pipeline.evaluation.inputs import CodeLists, Parameters, Row

Piece = tuple[date, date]
"""First and last covered day of a permit, both inclusive."""


def covered_pieces(permits: Iterable[Row], *, as_of: date, code_lists: CodeLists) -> list[Piece]:
    """Return what each permit covers, by first day.

    An open end is `date.max`. A permit that is no longer gaeldende covers to the day before its `status_dato`. Left
    out: bases that are no residence permits (EU, Nordic), permits that start after D, empty pieces.
    """
    pieces = []
    for permit in permits:
        start: date = permit["gyldig_fra"]
        end: date = permit["gyldig_til"] or date.max
        if permit["status"] != "gaeldende" and permit["status_dato"] is not None:
            if permit["status_dato"] <= start:
                # Over before it began. Senders write the first day of the calendar for "not known": there is no day before it.
                continue
            end = min(end, permit["status_dato"] - timedelta(days=1))
        if code_lists.basis[permit["opholdsgrundlag"]].is_permit and start <= as_of and start <= end:
            pieces.append((start, end))
    return sorted(pieces)


def chain_start(pieces: Iterable[Piece], *, as_of: date, gap_tolerance_days: int) -> date | None:
    """Return S, the first day of the unbroken chain that covers D; None when no chain covers D.

    Pieces in order of start, none starting after D. A piece opens a new chain when it starts later than the furthest
    end so far + 1 day + the tolerance. Only the last chain can reach D.
    """
    start: date | None = None
    furthest_end = date.min
    for piece_start, piece_end in pieces:
        days_without_permit = (piece_start - furthest_end).days - 1
        if start is None or days_without_permit > gap_tolerance_days:
            start, furthest_end = piece_start, piece_end
        else:
            furthest_end = max(furthest_end, piece_end)
    return start if furthest_end >= as_of else None


def covered_days_before(pieces: Iterable[Piece], as_of: date) -> int:
    """Count the distinct days before D that any piece covers."""
    covered: set[int] = set()
    for start, end in pieces:
        covered.update(range(start.toordinal(), min(end.toordinal() + 1, as_of.toordinal())))
    return len(covered)


def decide_residence_years(
    person: PersonEvidence, *, as_of: date, parameters: Parameters, code_lists: CodeLists
) -> tuple[Criterion, date | None]:
    """Decide C3.

    Returns:
        The criterion, and `residence_since` = S whatever the outcome, None when no chain covers D (also its
        `evidence_on`).
    """
    pieces = covered_pieces(person.permits, as_of=as_of, code_lists=code_lists)
    since = chain_start(pieces, as_of=as_of, gap_tolerance_days=parameters.permit_gap_tolerance_days)
    if not person.has_uip_row:
        natural = Criterion("unknown", ("uip",), since)
    else:
        if parameters.permit_chain == "cumulative":
            days_needed = (as_of - add_years(as_of, -parameters.permit_years_min)).days
            is_long_enough = covered_days_before(pieces, as_of) >= days_needed
        else:
            # § 5 stk. 1, 2. pkt.: "opholdstilladelse i Danmark i minimum 5 år": five years to the day are enough.
            is_long_enough = since is not None and as_of >= add_years(since, parameters.permit_years_min)
        natural = Criterion("met" if is_long_enough else "not_met", evidence_on=since)
    return unknown_where_rejected(natural, person.rejected_tables & {"opholdstilladelser"}), since
