"""Routes: by which way M can reach a person (rules.md section 4).

Several flags may hold; none of them decides eligibility, that is `evaluate`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from repat_pipeline.evaluation.benefit_months import (
    BenefitMonths,
    income_net_sum,
    is_listed,
    own_net_sum,
    own_rows_of,
)
from repat_pipeline.evaluation.calendar import add_months, first_of_month
from repat_pipeline.evaluation.evidence import PersonEvidence
from repat_pipeline.evaluation.inputs import CodeLists, Parameters, Row

ORDINARY_WAGE_TYPE = "00"
FLEX_JOB_SUBSIDY_CODE = "0083"

PRIMARY_ROUTES = ("active_case", "ordinary_employment", "in_migrant", "closed_case", "other_benefit")
"""The flags in the order in which the first that holds is the primary route; `no_contact` when none does."""


@dataclass(frozen=True)
class Routes:
    """The route flags of rules.md section 4; `employment_source` is income, case, both or None."""

    active_case: bool
    closed_case: bool
    no_case: bool
    ordinary_employment: bool
    in_migrant: bool
    other_benefit: bool
    employment_source: str | None

    @property
    def primary_route(self) -> str:
        """The first route that holds."""
        return next((route for route in PRIMARY_ROUTES if getattr(self, route)), "no_contact")


def is_open(case: Row, as_of: date) -> bool:
    """Whether the case is opened <= D and not closed on or before D."""
    return case["aabnet_dato"] <= as_of and (case["lukket_dato"] is None or case["lukket_dato"] > as_of)


def is_employed_by_income(person: PersonEvidence, months: Sequence[date], *, parameters: Parameters) -> bool:
    """Whether an answer shows ordinary wages in one of the last months of W, and no fleksløntilskud in that month."""
    for month in months[-parameters.employment_months :]:
        answer = person.answer_used_for(month)
        lines = answer.lines_of(month) if answer is not None else []
        wages = [line for line in lines if line["indkomsttype"] == ORDINARY_WAGE_TYPE]
        subsidies = [line for line in lines if line["indtaegtsart"] == FLEX_JOB_SUBSIDY_CODE]
        if income_net_sum(wages, "a_indkomst_am") > 0 and not income_net_sum(subsidies, "a_indkomst_uden_am") > 0:
            return True
    return False


def is_employed_by_case(person: PersonEvidence, benefit_months: BenefitMonths, *, as_of: date) -> bool:
    """Whether the newest closed case ended in ordinary employment, none is open and no benefit month came after."""
    closed = [case for case in person.cases if case["lukket_dato"] is not None and case["lukket_dato"] <= as_of]
    if not closed or any(is_open(case, as_of) for case in person.cases):
        return False
    newest = max(closed, key=lambda case: (case["lukket_dato"], case["sag_id"]))
    closing_month = first_of_month(newest["lukket_dato"])
    has_benefit_after = any(month > closing_month for month in benefit_months.counted)
    return newest["afslutningsaarsag"] == "ordinaer_beskaeftigelse" and not has_benefit_after


def has_moved_in(person: PersonEvidence, months: Sequence[date], *, as_of: date, code_lists: CodeLists) -> bool:
    """Whether the person came to M in (first day of W, D] from another Danish municipality."""
    row = person.register_row
    if row is None or row["tilflyttet_kommune_dato"] is None:
        return False
    came_from = row["fraflytningskommune"]
    return (
        months[0] < row["tilflyttet_kommune_dato"] <= as_of and came_from in code_lists.municipalities and came_from != person.municipality
    )


def find_routes(
    person: PersonEvidence, benefit_months: BenefitMonths, *, as_of: date, parameters: Parameters, code_lists: CodeLists
) -> Routes:
    """Find every route flag of a person.

    Args:
        person: What M may use about the person.
        benefit_months: The months of W, as C4 decided them.
        as_of: D.
        parameters: For `closed_case_months` and `employment_months`.
        code_lists: For the benefits and the 98 municipalities.
    """
    months = [month.month for month in benefit_months.months]
    is_active = any(is_open(case, as_of) for case in person.cases)
    closed_after = add_months(as_of, -parameters.closed_case_months)
    is_closed = not is_active and any(
        case["lukket_dato"] is not None and closed_after < case["lukket_dato"] <= as_of for case in person.cases
    )
    by_income = is_employed_by_income(person, months, parameters=parameters)
    by_case = is_employed_by_case(person, benefit_months, as_of=as_of)
    sources = {(True, True): "both", (True, False): "income", (False, True): "case"}
    return Routes(
        active_case=is_active,
        closed_case=is_closed,
        no_case=not is_active and not is_closed,
        ordinary_employment=by_income or by_case,
        in_migrant=has_moved_in(person, months, as_of=as_of, code_lists=code_lists),
        other_benefit=any(
            not is_listed(benefit_code, parameters=parameters, code_lists=code_lists) and own_net_sum(rows) > 0
            for benefit_code, rows in own_rows_of(person, months[-1]).items()
        ),
        employment_source=sources.get((by_income, by_case)),
    )
