"""Route flags and counts per municipality (rules.md sections 3 and 4)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

D = date(2026, 11, 22)
WHOLE_W = [(date(2023, 11, 1), date(2026, 10, 1))]
AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)
TO_WORK = "ordinaer_beskaeftigelse"


def wage(line: Any, month: date, amount: int = 20000, **columns: Any) -> Any:
    """A line of ordinary wages."""
    ordinary = {
        "indkomsttype": "00",
        "indtaegtsart": None,
        "a_indkomst_am": Decimal(amount),
        "a_indkomst_uden_am": None,
    }
    return line(month, **(ordinary | columns))


@pytest.fixture
def without_case(world: Any) -> Any:
    """The standard person without any case."""
    world.remove("sager")
    return world


# Cases


@pytest.mark.parametrize(("closed_on", "route"), [(date(2026, 11, 23), "active_case"), (D, "closed_case")])
def test_case_is_no_longer_active_on_the_day_it_is_closed(without_case: Any, closed_on: date, route: str) -> None:
    without_case.case(date(2024, 1, 15), closed_on)
    assert without_case.evaluate().primary_route == route


@pytest.mark.parametrize(("opened_on", "is_active"), [(D, True), (date(2026, 11, 23), False)])
def test_case_is_active_from_the_day_it_is_opened(without_case: Any, opened_on: date, is_active: bool) -> None:
    without_case.case(opened_on)
    assert without_case.evaluate().active_case is is_active


@pytest.mark.parametrize(("closed_on", "is_route"), [(date(2025, 5, 23), True), (date(2025, 5, 22), False)])
def test_closed_case_is_a_route_for_18_months(without_case: Any, closed_on: date, is_route: bool) -> None:
    without_case.case(date(2024, 1, 15), closed_on)
    evaluation = without_case.evaluate()
    assert (evaluation.closed_case, evaluation.no_case) == (is_route, not is_route)


def test_closed_case_beside_an_active_one_is_no_route(world: Any) -> None:
    world.case(date(2024, 1, 15), date(2026, 1, 15))
    assert world.evaluate().closed_case is False


# Ordinary employment


@pytest.mark.parametrize(("month", "source"), [(AUGUST, None), (SEPTEMBER, "income"), (OCTOBER, "income")])
def test_wages_in_either_of_the_last_two_months_are_employment(world: Any, line: Any, month: date, source: str | None) -> None:
    world.answer(WHOLE_W, [wage(line, month)])
    assert world.evaluate().employment_source == source


def test_wages_beside_a_flex_job_subsidy_are_no_ordinary_employment(world: Any, line: Any) -> None:
    subsidy = line(OCTOBER, indtaegtsart="0083", indkomsttype="04")
    world.answer(WHOLE_W, [wage(line, OCTOBER), subsidy])
    assert world.evaluate().ordinary_employment is False


def test_flex_job_subsidy_of_one_month_leaves_the_wages_of_the_other(world: Any, line: Any) -> None:
    subsidy = line(OCTOBER, indtaegtsart="0083", indkomsttype="04")
    world.answer(WHOLE_W, [wage(line, SEPTEMBER), wage(line, OCTOBER), subsidy])
    assert world.evaluate().ordinary_employment is True


def test_wages_of_another_income_type_are_no_employment(world: Any, line: Any) -> None:
    world.answer(WHOLE_W, [wage(line, OCTOBER, indkomsttype="10")])
    assert world.evaluate().ordinary_employment is False


def test_wages_that_are_taken_back_are_no_employment(world: Any, line: Any) -> None:
    world.answer(WHOLE_W, [wage(line, OCTOBER), wage(line, OCTOBER, -20000)])
    assert world.evaluate().ordinary_employment is False


def test_wages_in_a_replaced_answer_are_no_employment(world: Any, line: Any) -> None:
    world.answer(WHOLE_W, [wage(line, OCTOBER)])
    world.answer(WHOLE_W, [], delivery_id="svar-2", extracted_at=datetime(2026, 11, 15, tzinfo=UTC))
    assert world.evaluate().ordinary_employment is False


def test_wages_are_not_read_before_may_2024(world: Any, line: Any) -> None:
    world.answer([(date(2021, 1, 1), OCTOBER)], [wage(line, date(2024, 3, 1))])
    assert world.evaluate(as_of=date(2024, 4, 30)).ordinary_employment is False


def test_case_closed_with_employment_in_the_last_benefit_month_is_employment(without_case: Any) -> None:
    without_case.case(date(2024, 1, 15), date(2026, 10, 31), TO_WORK)
    assert without_case.evaluate().employment_source == "case"


def test_case_closed_with_employment_on_the_reference_date_is_employment(without_case: Any) -> None:
    without_case.case(date(2024, 1, 15), D, TO_WORK)
    assert without_case.evaluate().employment_source == "case"


def test_benefit_in_the_month_after_the_closing_is_no_employment(without_case: Any) -> None:
    without_case.case(date(2024, 1, 15), date(2026, 9, 30), TO_WORK)
    assert without_case.evaluate().employment_source is None


def test_income_benefit_in_the_month_after_the_closing_is_no_employment(without_case: Any, line: Any) -> None:
    without_case.payments(date(2025, 3, 1), SEPTEMBER)
    without_case.case(date(2024, 1, 15), date(2026, 9, 30), TO_WORK)
    without_case.answer(WHOLE_W, [line(OCTOBER)])
    assert without_case.evaluate().employment_source is None


def test_open_case_rules_employment_by_case_out(world: Any) -> None:
    world.case(date(2024, 1, 15), date(2026, 10, 31), TO_WORK)
    assert world.evaluate().employment_source is None


def test_case_that_opens_after_the_reference_date_does_not_rule_employment_out(without_case: Any) -> None:
    without_case.case(date(2024, 1, 15), date(2026, 10, 31), TO_WORK)
    without_case.case(date(2026, 11, 23))
    assert without_case.evaluate().employment_source == "case"


def test_newest_closed_case_decides(without_case: Any) -> None:
    without_case.case(date(2024, 1, 15), date(2026, 10, 30), TO_WORK)
    without_case.case(date(2024, 1, 15), date(2026, 10, 31), "andet")
    assert without_case.evaluate().employment_source is None


def test_highest_id_decides_between_cases_closed_on_the_same_day(without_case: Any) -> None:
    without_case.case(date(2024, 1, 15), date(2026, 10, 31), TO_WORK, sag_id="S9")
    without_case.case(date(2024, 1, 15), date(2026, 10, 31), "andet", sag_id="S10")
    assert without_case.evaluate().employment_source == "case"


def test_wages_and_case_are_both_sources(without_case: Any, line: Any) -> None:
    without_case.case(date(2024, 1, 15), date(2026, 10, 31), TO_WORK)
    without_case.answer(WHOLE_W, [wage(line, OCTOBER)])
    assert without_case.evaluate().employment_source == "both"


# Movers and other benefits


@pytest.mark.parametrize(
    ("moved_in_on", "is_route"),
    [(date(2023, 11, 1), False), (date(2023, 11, 2), True), (D, True), (date(2026, 11, 23), False)],
)
def test_in_migrant_came_after_the_first_day_of_the_window(world: Any, moved_in_on: date, is_route: bool) -> None:
    world.register(tilflyttet_kommune_dato=moved_in_on, fraflytningskommune="0461")
    assert world.evaluate().in_migrant is is_route


@pytest.mark.parametrize("came_from", ["0751", "9999", None])
def test_in_migrant_came_from_another_danish_municipality(world: Any, came_from: str | None) -> None:
    world.register(tilflyttet_kommune_dato=date(2026, 1, 1), fraflytningskommune=came_from)
    assert world.evaluate().in_migrant is False


@pytest.mark.parametrize(("month", "is_route"), [(SEPTEMBER, False), (OCTOBER, True)])
def test_other_benefit_is_paid_in_the_last_month_of_the_window(world: Any, month: date, is_route: bool) -> None:
    world.payment(month, ydelseskode="sygedagpenge")
    assert world.evaluate().other_benefit is is_route


def test_other_benefit_that_is_paid_back_is_no_route(world: Any) -> None:
    world.payment(OCTOBER, ydelseskode="sygedagpenge")
    world.payment(OCTOBER, -11000, ydelseskode="sygedagpenge")
    assert world.evaluate().other_benefit is False


def test_person_whom_nothing_reaches_is_without_contact(without_case: Any) -> None:
    assert without_case.evaluate().primary_route == "no_contact"


def test_employment_comes_before_the_move(without_case: Any, line: Any) -> None:
    without_case.register(tilflyttet_kommune_dato=date(2024, 1, 1), fraflytningskommune="0461")
    without_case.answer(WHOLE_W, [wage(line, OCTOBER)])
    assert without_case.evaluate().primary_route == "ordinary_employment"


def test_address_protection_is_unknown_without_a_register_row(world: Any) -> None:
    world.remove("borgere")
    assert world.evaluate().address_protected is None


# Counts


def test_attrition_counts_each_step_among_those_met_before(world: Any) -> None:
    world.permit(date(2015, 3, 2), person="B")
    world.register("B", cpr_status="80")
    world.permit(date(2022, 1, 1), person="C")
    world.register("C")
    world.reject("vejledningshaendelser", "A")
    assert [(step.step, step.met, step.not_met, step.unknown) for step in world.attrition()] == [
        ("base", 3, 0, 0),
        ("resident", 2, 1, 0),
        ("covered_group", 2, 0, 0),
        ("residence_years", 1, 1, 0),
        ("benefit_months", 1, 0, 0),
        ("talk_due", 0, 0, 1),
    ]


def test_excess_look_ups_count_months_of_the_window_once(world: Any) -> None:
    world.answer([(date(2023, 9, 1), date(2023, 12, 1)), (date(2023, 12, 1), date(2024, 1, 1))], [])
    row = world.excess_lookups()[0]
    assert (row.asked_person_months, row.decided_by_own_data) == (3, 3)


def test_excess_look_ups_are_decided_by_covered_months_only(world: Any) -> None:
    world.register(tilflyttet_kommune_dato=date(2023, 12, 15))
    world.answer([(date(2023, 11, 1), date(2024, 1, 1))], [])
    row = world.excess_lookups()[0]
    assert (row.asked_person_months, row.decided_by_own_data) == (3, 1)


def test_answer_that_is_replaced_still_counts_as_asked(world: Any) -> None:
    world.answer(WHOLE_W, [])
    world.answer(WHOLE_W, [], delivery_id="svar-2", extracted_at=datetime(2026, 11, 15, tzinfo=UTC))
    assert [row.asked_person_months for row in world.excess_lookups()] == [36, 36]


def test_there_are_no_excess_look_ups_before_may_2024(world: Any) -> None:
    world.answer(WHOLE_W, [])
    assert world.excess_lookups(as_of=date(2024, 4, 30)) == []


def test_there_are_excess_look_ups_from_the_first_of_may_2024(world: Any) -> None:
    world.answer(WHOLE_W, [])
    assert [row.asked_person_months for row in world.excess_lookups(as_of=date(2024, 5, 1))] == [6]


def test_blocked_municipality_has_no_excess_look_ups(world: Any) -> None:
    world.answer(WHOLE_W, [], municipality="0461")
    assert world.excess_lookups() == []
