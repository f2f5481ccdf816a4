"""A decided person for the tests of the explanation: published rows and lake rows from which each test departs.

The standard person lives in 0751, has an open-ended permit on basis UDL7 since 2015-03-02 and no benefit; the reference date is
2026-11-22. Published rows are what a test says they are: nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from repat_pipeline.evaluation.calendar import last_of_month, window
from repat_pipeline.evaluation.evidence import Answer, PersonEvidence
from repat_pipeline.evaluation.inputs import Parameters
from repat_pipeline.evaluation.lake import read_code_lists
from repat_pipeline.explanation.counterfactual import Change, Subject, changes_of
from repat_pipeline.explanation.lake_rows import LakeRows
from repat_pipeline.explanation.months import explain_months
from repat_pipeline.explanation.published import PublishedPerson

AS_OF = date(2026, 11, 22)
MUNICIPALITY = "0751"
CODE_LISTS = read_code_lists()
PARAMETERS = Parameters()
MONTHS = window(AS_OF, PARAMETERS)
CRITERIA = ("resident", "covered_group", "residence_years", "benefit_months", "talk_due")
Row = dict[str, Any]


def _placed(source: str, table: str, delivery_id: str, line: int, row: Row) -> Row:
    return {"source": source, "table_name": table, "delivery_id": delivery_id, "line_number": line} | row


def resident(**changes: Any) -> Row:
    """The row in `borgere`."""
    row = {"cpr_status": "01", "kommunekode": MUNICIPALITY, "tilflyttet_kommune_dato": None, "fraflytningskommune": None,
           "statsborgerskab": "5486"}  # fmt: skip
    return _placed("fagsystem", "borgere", "fag-1", 2, row | changes)


def permit(valid_from: date, valid_to: date | None = None, line: int = 2, **changes: Any) -> Row:
    """A row of `opholdstilladelser`."""
    row = {"tilladelse_id": f"T{line}", "statsborgerskab": "5486", "opholdsgrundlag": "UDL7", "gyldig_fra": valid_from,
           "gyldig_til": valid_to, "status": "gaeldende", "status_dato": None, "kommunekode": MUNICIPALITY}  # fmt: skip
    return _placed("uip", "opholdstilladelser", "uip-1", line, row | changes)


def payment(month: date, amount: int = 11000, code: str = "kontanthjaelp", line: int = 2) -> Row:
    """A row of `ydelser` for a whole month."""
    row = {"ydelseskode": code, "periode_fra": month, "periode_til": last_of_month(month), "beloeb": Decimal(amount)}
    return _placed("fagsystem", "ydelser", "fag-1", line, row)


def income(month: date, kind: str | None = "0041", line: int = 1, **changes: Any) -> Row:
    """A line of the income register."""
    row = {"indkomsttype": "06", "indtaegtsart": kind, "loenperiode_fra": month, "loenperiode_til": last_of_month(month),
           "basismaaned": month, "a_indkomst_am": None, "a_indkomst_uden_am": Decimal(11000)}  # fmt: skip
    return _placed("eindkomst", "indkomst", "svar-1", line, row | changes)


def look_up(first: date, last: date) -> Row:
    """A row of `opslag`."""
    return _placed("eindkomst", "opslag", "svar-1", 2, {"maaned_fra": first, "maaned_til": last, "formaal": "REP_5_2"})


def event(kind: str, day: date, line: int = 2, **changes: Any) -> Row:
    """A row of `vejledningshaendelser`."""
    row = {"haendelse_id": f"H{line}", "forloeb_id": "F1", "haendelsestype": kind, "haendelsesdato": day, "aftalt_dato": None,
           "udskudt_til": None, "kommunekode": MUNICIPALITY, "dokument_reference": None}  # fmt: skip
    return _placed("fagsystem", "vejledningshaendelser", "fag-1", line, row | changes)


def lake(
    *,
    register_row: Row | None = None,
    permits: Sequence[Row] = (),
    payments: Sequence[Row] = (),
    events: Sequence[Row] = (),
    look_ups: Sequence[Row] = (),
    lines: Sequence[Row] = (),
    reversed_lines: Sequence[Row] = (),
    **more: Any,
) -> LakeRows:
    """The rows of a person in the lake; `more` are other attributes of `LakeRows`."""
    spans = tuple((row["maaned_fra"], row["maaned_til"]) for row in look_ups)
    rejected = more.get("rejected", ())
    evidence = PersonEvidence(
        municipality=MUNICIPALITY, person_key="A", register_row=register_row, permits=tuple(permits),
        uip_extracted_at=datetime(2026, 11, 10, 6, tzinfo=UTC), payments=tuple(payments), payments_from=date(2023, 1, 1),
        payments_to=date(2026, 10, 1), cases=(), events=tuple(events),
        answers=(Answer("svar-1", spans, tuple(lines), frozenset()),) if spans else (),
        rejected_tables=frozenset(row.table for row in rejected),
    )  # fmt: skip
    parts = {"elsewhere": (), "not_held": (), "rejected": ()} | more
    return LakeRows(evidence=evidence, reversed_lines=tuple(reversed_lines), look_ups=tuple(look_ups), **parts)


def published(outcomes: dict[str, tuple[str, str | None]] | None = None, look_up: Row | None = None, **changes: Any) -> PublishedPerson:
    """The published rows; criteria that are not named are met."""
    named = dict.fromkeys(CRITERIA, ("met", None)) | (outcomes or {})
    row = {
        "as_of": AS_OF, "status": "not_eligible", "is_candidate": False, "residence_since": date(2015, 3, 2), "months_proven": 0,
        "months_possible": 0, "month_strip": "." * 36, "last_talk_on": None, "due_by_law": None, "due_by_practice": None,
    } | changes  # fmt: skip
    row |= {"months_proven": sum(character in "KI" for character in row["month_strip"])}
    row |= {"months_possible": row["months_proven"] + row["month_strip"].count("?")}
    criteria = tuple(
        {"criterion": criterion, "outcome": outcome, "missing": missing} for criterion, (outcome, missing) in named.items()
    )  # fmt: skip
    return PublishedPerson(row, criteria, look_up, {})


def changes(person: PublishedPerson, rows: LakeRows, parameters: Parameters = PARAMETERS) -> list[Change]:
    """What would change the outcome."""
    months = explain_months(
        rows, MONTHS, person.eligibility["month_strip"], published_codes={}, parameters=parameters, code_lists=CODE_LISTS
    )  # fmt: skip
    return list(changes_of(Subject(person, rows, months, parameters, CODE_LISTS)))
