"""Evidence of C4: the months of W with their published state, and the benefit rows and answers behind each.

The state of a month is that of the published strip; here stands which rows made it, and why an unknown month is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from repat_pipeline.evaluation.benefit_months import (
    AMBIGUOUS_INCOME_CODE,
    INCOME_BENEFITS,
    LISTED_INCOME_TYPES,
    STRIP_CHARACTERS,
    income_net_sum,
    is_listed,
    own_net_sum,
    own_rows_of,
)
from repat_pipeline.evaluation.inputs import CodeLists, Parameters
from repat_pipeline.explanation.evidence import Evidence, evidence_of
from repat_pipeline.explanation.lake_rows import LakeRows, Row

STATES = {character: state for state, character in STRIP_CHARACTERS.items()}


@dataclass(frozen=True)
class MonthExplanation:
    """One month of W.

    Attributes:
        state: as in `benefit_months`.
        benefit_code: the listed benefit that counts it, of several the first by code; None where none does or nothing tells which.
        why_unknown: `not_covered` (nobody was asked and own data do not reach it) or `ambiguous_code` (0038); None when the month is
            not unknown, or when the lake no longer holds the deliveries.
        evidence: rows of benefits and of income for the month.
    """

    month: date
    state: str
    benefit_code: str | None
    why_unknown: str | None
    evidence: tuple[Evidence, ...]


def explain_months(
    lake: LakeRows,
    months: tuple[date, ...],
    strip: str,
    *,
    published_codes: Mapping[date, str],
    parameters: Parameters,
    code_lists: CodeLists,
) -> tuple[MonthExplanation, ...]:
    """Explain the months of W, oldest first.

    Args:
        strip: `month_strip` of `eligibility`.
        published_codes: benefits of the table `benefit_months`; they stand before what the rows say.
    """
    explained = []
    for month, character in zip(months, strip, strict=True):
        state = STATES[character]
        evidence = [
            *_own_rows(lake, month, state, parameters=parameters, code_lists=code_lists),
            *_income_rows(lake, month, state),
            *_reversed_rows(lake, month),
        ]
        counting = [row.fields["ydelseskode"] for row in evidence if row.role == "counts"]
        code = published_codes.get(month) or min(counting, default=None)
        explained.append(MonthExplanation(month, state, code, _why_unknown(lake, month, state), tuple(evidence)))
    return tuple(explained)


def coverage_evidence(lake: LakeRows, months: tuple[date, ...]) -> list[Evidence]:
    """What says which months are covered: since when the person lives in M, the period of `ydelser`, and what was asked for."""
    person, found = lake.evidence, []
    if person.register_row is not None:
        found.append(evidence_of("lives_here", [person.register_row],
                                 {"tilflyttet_kommune_dato": person.register_row["tilflyttet_kommune_dato"],
                                  "period_from": person.payments_from, "period_to": person.payments_to}))  # fmt: skip
    used = used_answers(lake, months)
    found += [
        evidence_of("asked", [row], {name: row[name] for name in ("maaned_fra", "maaned_til", "formaal")})
        for row in lake.look_ups
        if row["delivery_id"] in used
    ]
    return found


def used_answers(lake: LakeRows, months: tuple[date, ...]) -> frozenset[str]:
    """The answers that are used for at least one month of W."""
    answers = (lake.evidence.answer_used_for(month) for month in months)
    return frozenset(answer.delivery_id for answer in answers if answer is not None)


def _why_unknown(lake: LakeRows, month: date, state: str) -> str | None:
    if state != "unknown" or lake.not_held:
        return None
    return "not_covered" if lake.evidence.answer_used_for(month) is None else "ambiguous_code"


def _own_rows(lake: LakeRows, month: date, state: str, *, parameters: Parameters, code_lists: CodeLists) -> list[Evidence]:
    return [
        evidence_of(
            "counts" if state == "counted_own" and own_net_sum(rows) > 0 else "counts_not",
            rows,
            {"month": month, "ydelseskode": code, "net_dkk": own_net_sum(rows)},
        )
        for code, rows in own_rows_of(lake.evidence, month).items()
        if is_listed(code, parameters=parameters, code_lists=code_lists)
    ]


def _income_rows(lake: LakeRows, month: date, state: str) -> list[Evidence]:
    answer = lake.evidence.answer_used_for(month)
    if answer is None:
        return []
    found = []
    for code, benefit in {**INCOME_BENEFITS, AMBIGUOUS_INCOME_CODE: None}.items():
        lines = [line for line in answer.lines_of(month) if line["indtaegtsart"] == code and _is_of_type(line)]
        if not lines:
            continue
        net = income_net_sum(lines, "a_indkomst_uden_am")
        if benefit is None:
            role = "ambiguous" if state == "unknown" else "ambiguous_decided"
        elif net > 0 and state == "counted_income":
            role = "counts"
        else:
            role = "also_in_income" if net > 0 and state == "counted_own" else "counts_not"
        found.append(evidence_of(role, lines, {"month": month, "indtaegtsart": code, "ydelseskode": benefit, "net_dkk": net}))
    return found


def _reversed_rows(lake: LakeRows, month: date) -> list[Evidence]:
    answer = lake.evidence.answer_used_for(month)
    lines = [
        line
        for line in lake.reversed_lines
        if answer is not None
        and line["delivery_id"] == answer.delivery_id
        and (line["loenperiode_fra"] or line["basismaaned"]).replace(day=1) == month
        and line["indtaegtsart"] in {*INCOME_BENEFITS, AMBIGUOUS_INCOME_CODE}
    ]
    return [evidence_of("reversed", lines, {"month": month})] if lines else []


def _is_of_type(line: Row) -> bool:
    """A listed code counts under some income types only; the ambiguous one under any."""
    return line["indtaegtsart"] == AMBIGUOUS_INCOME_CODE or line["indkomsttype"] in LISTED_INCOME_TYPES
