"""C4 benefit_months and the look-up need, boundary by boundary (rules.md sections 2 and 3)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

W_FIRST, W_LAST = date(2023, 11, 1), date(2026, 10, 1)
WHOLE_W = [(W_FIRST, W_LAST)]
MAY, JUNE = date(2025, 5, 1), date(2025, 6, 1)
NEWER = datetime(2026, 11, 15, tzinfo=UTC)


def outcome(world: Any, **parameters: Any) -> tuple[str, tuple[str, ...]]:
    criterion = world.evaluate(**parameters).criteria["benefit_months"]
    return criterion.outcome, criterion.missing


def state_of(world: Any, month: date, **parameters: Any) -> str:
    evaluation = world.evaluate(**parameters)
    return str(evaluation.month_strip[(month.year - 2023) * 12 + month.month - 11])


def move_in(world: Any, moved_in_on: date) -> None:
    world.register(tilflyttet_kommune_dato=moved_in_on, fraflytningskommune="0461")


@pytest.fixture
def newcomer(world: Any) -> Any:
    """The standard person, moved in on 2025-12-10 and paid here since: 2023-11 .. 2025-12 are not covered by own data."""
    move_in(world, date(2025, 12, 10))
    world.payments(date(2026, 1, 1), W_LAST)
    return world


# The number of months


@pytest.mark.parametrize(("first", "expected"), [(MAY, "met"), (JUNE, "not_met")])
def test_eighteen_months_are_enough(world: Any, first: date, expected: str) -> None:
    world.payments(first, W_LAST)
    assert outcome(world) == (expected, ())


def test_months_before_and_after_the_window_do_not_count(world: Any) -> None:
    world.payments(date(2023, 10, 1), date(2026, 11, 1))
    assert world.evaluate().months_proven == 36


def test_window_that_ends_with_the_own_month_counts_that_month(world: Any) -> None:
    world.payments(JUNE, date(2026, 11, 1))
    assert outcome(world, window_end="own_month") == ("met", ())


# Own data


def test_different_listed_benefits_of_a_month_are_one_month(world: Any) -> None:
    world.payments(JUNE, W_LAST)
    world.payment(JUNE, ydelseskode="sho")
    assert world.evaluate().months_proven == 17


def test_month_that_is_paid_back_in_full_does_not_count(world: Any) -> None:
    world.payment(MAY, -11000)
    assert state_of(world, MAY) == "."


def test_one_krone_left_counts(world: Any) -> None:
    world.payment(MAY, -10999)
    assert state_of(world, MAY) == "K"


def test_repaid_benefit_does_not_take_another_benefit_of_the_month_away(world: Any) -> None:
    world.payment(MAY, -20000, ydelseskode="sho")
    assert state_of(world, MAY) == "K"


def test_benefit_that_is_not_listed_does_not_count(world: Any) -> None:
    world.payments(MAY, W_LAST, ydelseskode="sygedagpenge")
    assert world.evaluate().months_proven == 0


@pytest.mark.parametrize(("is_listed", "proven"), [(True, 12), (False, 0)])
def test_integrationsydelse_is_listed_by_parameter(world: Any, is_listed: bool, proven: int) -> None:
    world.payments(date(2019, 1, 1), date(2019, 12, 1), ydelseskode="integrationsydelse")
    evaluation = world.evaluate(as_of=date(2021, 8, 1), count_integrationsydelse_as_sho=is_listed)
    assert evaluation.months_proven == proven


@pytest.mark.parametrize("month", [date(2020, 1, 1), JUNE])
def test_benefit_counts_in_the_first_and_last_month_of_its_validity(world: Any, month: date) -> None:
    world.payments(month, month, ydelseskode="sho")
    assert world.evaluate(as_of=date(month.year + 1, 12, 1)).months_proven == 1


def test_full_month_needs_periods_that_cover_every_day(world: Any) -> None:
    world.payments(JUNE, W_LAST)
    world.payment(MAY, periode_til=date(2025, 5, 30))
    assert state_of(world, MAY, month_counting="full_month") == "."


def test_full_month_joins_the_periods_of_a_benefit(world: Any) -> None:
    world.payments(JUNE, W_LAST)
    world.payment(MAY, periode_til=date(2025, 5, 15))
    world.payment(MAY, periode_fra=date(2025, 5, 16))
    assert state_of(world, MAY, month_counting="full_month") == "K"


def test_full_month_does_not_join_the_periods_of_two_benefits(world: Any) -> None:
    world.payments(JUNE, W_LAST)
    world.payment(MAY, periode_til=date(2025, 5, 15))
    world.payment(MAY, periode_fra=date(2025, 5, 16), ydelseskode="sho")
    assert state_of(world, MAY, month_counting="full_month") == "."


# What is covered


@pytest.mark.parametrize(("moved_in_on", "expected"), [(MAY, "."), (date(2025, 5, 2), "?")])
def test_month_of_arrival_on_its_first_day_is_covered(world: Any, moved_in_on: date, expected: str) -> None:
    move_in(world, moved_in_on)
    world.payments(JUNE, W_LAST)
    assert state_of(world, MAY) == expected


def test_counted_month_need_not_be_covered(world: Any) -> None:
    move_in(world, date(2025, 5, 15))
    world.payments(MAY, W_LAST)
    assert state_of(world, MAY) == "K"


def test_month_after_the_delivered_period_is_not_covered(world: Any) -> None:
    world.payments(date(2025, 5, 1), date(2026, 9, 1))
    world.period_to = date(2026, 9, 1)
    assert outcome(world) == ("unknown", ("eindkomst",))


def test_month_before_the_delivered_period_is_not_covered(world: Any) -> None:
    world.period_from = date(2023, 12, 1)
    assert state_of(world, W_FIRST) == "?"


@pytest.mark.parametrize("month", [W_FIRST, MAY])
def test_first_and_last_month_of_the_delivered_period_are_covered(world: Any, month: date) -> None:
    world.payments(JUNE, JUNE)
    world.period_from = world.period_to = month
    assert state_of(world, month) == "."


def test_own_data_cover_nothing_without_a_register_row(world: Any) -> None:
    world.remove("borgere")
    assert state_of(world, W_FIRST) == "?"


def test_register_row_of_another_municipality_covers_since_the_arrival_date(world: Any) -> None:
    world.register(kommunekode="0461")
    assert state_of(world, W_FIRST) == "."


# Income


def test_month_of_an_answer_without_income_is_covered(newcomer: Any) -> None:
    newcomer.answer(WHOLE_W, [])
    assert outcome(newcomer) == ("not_met", ())


def test_listed_income_counts(newcomer: Any, line: Any) -> None:
    newcomer.answer(WHOLE_W, [line(MAY)])
    assert state_of(newcomer, MAY) == "I"


def test_own_data_come_before_income_in_the_strip(world: Any, line: Any) -> None:
    world.answer(WHOLE_W, [line(MAY)])
    assert state_of(world, MAY) == "K"


def test_listed_income_counts_a_month_that_own_data_cover(world: Any, line: Any) -> None:
    world.payments(JUNE, W_LAST)
    world.answer(WHOLE_W, [line(MAY)])
    assert state_of(world, MAY) == "I"


def test_income_in_a_month_that_was_not_asked_for_is_not_used(newcomer: Any, line: Any) -> None:
    newcomer.answer([(JUNE, JUNE)], [line(MAY)])
    assert state_of(newcomer, MAY) == "?"


def test_newer_answer_counts_alone_for_its_months(newcomer: Any, line: Any) -> None:
    newcomer.answer(WHOLE_W, [line(MAY), line(JUNE)])
    newcomer.answer([(MAY, MAY)], [], delivery_id="svar-0", extracted_at=NEWER)
    assert (state_of(newcomer, MAY), state_of(newcomer, JUNE)) == (".", "I")


@pytest.mark.parametrize("income_type", ["04", "06", "24"])
@pytest.mark.parametrize("code", ["0041", "0087"])
def test_listed_codes_count_under_three_income_types(newcomer: Any, line: Any, code: str, income_type: str) -> None:
    newcomer.answer(WHOLE_W, [line(MAY, indtaegtsart=code, indkomsttype=income_type)])
    assert state_of(newcomer, MAY) == "I"


def test_listed_code_under_another_income_type_does_not_count(newcomer: Any, line: Any) -> None:
    newcomer.answer(WHOLE_W, [line(MAY, indkomsttype="07")])
    assert state_of(newcomer, MAY) == "."


def test_income_types_of_a_code_are_one_net_sum(newcomer: Any, line: Any) -> None:
    newcomer.answer(WHOLE_W, [line(MAY, indkomsttype="04"), line(MAY, -11000, indkomsttype="24")])
    assert state_of(newcomer, MAY) == "."


@pytest.mark.parametrize(("month", "expected"), [(JUNE, "I"), (date(2025, 7, 1), ".")])
def test_uddannelseshjaelp_is_listed_to_june_2025(newcomer: Any, line: Any, month: date, expected: str) -> None:
    newcomer.answer(WHOLE_W, [line(month, indtaegtsart="0087")])
    assert state_of(newcomer, month) == expected


def test_income_with_am_contribution_does_not_count(newcomer: Any, line: Any) -> None:
    newcomer.answer(WHOLE_W, [line(MAY, 0, a_indkomst_am=Decimal(9000))])
    assert state_of(newcomer, MAY) == "."


def test_month_is_that_of_the_wage_period_not_of_the_report(newcomer: Any, line: Any) -> None:
    newcomer.answer(WHOLE_W, [line(MAY, basismaaned=JUNE, rettelse=True)])
    assert (state_of(newcomer, MAY), state_of(newcomer, JUNE)) == ("I", ".")


def test_month_without_a_wage_period_is_the_basis_month(newcomer: Any, line: Any) -> None:
    newcomer.answer(WHOLE_W, [line(MAY, loenperiode_fra=None, loenperiode_til=None)])
    assert state_of(newcomer, MAY) == "I"


def test_full_month_leaves_out_income_without_a_wage_period(newcomer: Any, line: Any) -> None:
    newcomer.answer(WHOLE_W, [line(MAY, loenperiode_fra=None, loenperiode_til=None)])
    assert state_of(newcomer, MAY, month_counting="full_month") == "."


# Reversals


def test_line_marked_as_reversed_is_dropped(newcomer: Any, line: Any) -> None:
    newcomer.answer(WHOLE_W, [line(MAY, tilbagefoert=True)])
    assert state_of(newcomer, MAY) == "."


def test_reversal_drops_every_line_of_its_report_in_any_month(newcomer: Any, line: Any) -> None:
    reversal = line(MAY, indberetning_id="I1", indberetningsart="T")
    newcomer.answer(WHOLE_W, [line(MAY, indberetning_id="I1"), line(JUNE, indberetning_id="I1"), reversal])
    assert (state_of(newcomer, MAY), state_of(newcomer, JUNE)) == (".", ".")


def test_reversal_that_is_marked_as_reversed_still_drops_its_report(newcomer: Any, line: Any) -> None:
    reversal = line(MAY, indberetning_id="I1", indberetningsart="T", tilbagefoert=True)
    newcomer.answer(WHOLE_W, [line(MAY, indberetning_id="I1"), reversal])
    assert state_of(newcomer, MAY) == "."


def test_reversal_does_not_reach_another_company(newcomer: Any, line: Any) -> None:
    reversal = line(MAY, indberetning_id="I1", indberetningsart="T", se_nummer="55133018")
    newcomer.answer(WHOLE_W, [line(MAY, indberetning_id="I1"), reversal])
    assert state_of(newcomer, MAY) == "I"


def test_reversal_without_report_id_drops_itself_only(newcomer: Any, line: Any) -> None:
    newcomer.answer(WHOLE_W, [line(MAY), line(MAY, indberetningsart="T")])
    assert state_of(newcomer, MAY) == "I"


def test_reversal_does_not_reach_another_delivery(newcomer: Any, line: Any) -> None:
    newcomer.answer([(MAY, MAY)], [line(MAY, indberetning_id="I1")])
    reversal = line(JUNE, indberetning_id="I1", indberetningsart="T")
    newcomer.answer([(JUNE, JUNE)], [reversal], delivery_id="svar-2", extracted_at=NEWER)
    assert state_of(newcomer, MAY) == "I"


# The ambiguous code


def test_ambiguous_code_leaves_a_month_open(newcomer: Any, line: Any) -> None:
    newcomer.answer(WHOLE_W, [line(MAY, indtaegtsart="0038", indkomsttype="07")])
    assert state_of(newcomer, MAY) == "?"


def test_ambiguous_code_changes_nothing_in_a_month_that_own_data_cover(world: Any, line: Any) -> None:
    world.payments(JUNE, W_LAST)
    world.answer(WHOLE_W, [line(MAY, indtaegtsart="0038")])
    assert state_of(world, MAY) == "."


def test_listed_income_beside_an_ambiguous_code_counts(newcomer: Any, line: Any) -> None:
    newcomer.answer(WHOLE_W, [line(MAY), line(MAY, indtaegtsart="0038")])
    assert state_of(newcomer, MAY) == "I"


def test_ambiguous_code_with_net_sum_zero_leaves_nothing_open(newcomer: Any, line: Any) -> None:
    newcomer.answer(WHOLE_W, [line(MAY, indtaegtsart="0038"), line(MAY, -11000, indtaegtsart="0038")])
    assert state_of(newcomer, MAY) == "."


def test_months_left_open_by_the_ambiguous_code_alone_lack_that_code(newcomer: Any, line: Any) -> None:
    months = [date(2025, month, 1) for month in range(1, 13)]
    newcomer.answer(WHOLE_W, [line(month, indtaegtsart="0038") for month in months])
    assert outcome(newcomer) == ("unknown", ("eindkomst_0038",))


def test_both_kinds_of_open_months_are_missing(newcomer: Any, line: Any) -> None:
    newcomer.answer([(MAY, JUNE)], [line(MAY, indtaegtsart="0038")])
    assert outcome(newcomer) == ("unknown", ("eindkomst", "eindkomst_0038"))


# Rejected rows


def test_rejected_payment_makes_not_met_unknown(world: Any) -> None:
    world.payments(JUNE, W_LAST)
    world.reject("ydelser")
    assert outcome(world) == ("unknown", ("ydelser",))


def test_rejected_payment_leaves_met_as_it_is(world: Any) -> None:
    world.reject("ydelser")
    assert outcome(world) == ("met", ())


def test_rejected_payment_adds_nothing_to_what_is_unknown_anyway(newcomer: Any) -> None:
    newcomer.reject("ydelser")
    assert outcome(newcomer) == ("unknown", ("eindkomst",))


def test_rejected_income_row_of_a_used_answer_makes_not_met_unknown(newcomer: Any) -> None:
    newcomer.answer(WHOLE_W, [], rejected={"indkomst": ["A"]})
    assert outcome(newcomer) == ("unknown", ("indkomst",))


def test_rejected_income_row_of_an_answer_that_is_replaced_in_part_still_matters(newcomer: Any) -> None:
    newcomer.answer(WHOLE_W, [], rejected={"indkomst": ["A"]})
    newcomer.answer([(MAY, W_LAST)], [], delivery_id="svar-2", extracted_at=NEWER)
    assert outcome(newcomer) == ("unknown", ("indkomst",))


def test_rejected_income_row_of_a_replaced_answer_does_not_matter(newcomer: Any) -> None:
    newcomer.answer(WHOLE_W, [], rejected={"indkomst": ["A"]})
    newcomer.answer(WHOLE_W, [], delivery_id="svar-2", extracted_at=NEWER)
    assert outcome(newcomer) == ("not_met", ())


def test_rejected_row_of_another_person_does_not_matter(newcomer: Any) -> None:
    newcomer.answer(WHOLE_W, [], rejected={"opslag": ["B", None]})
    assert outcome(newcomer) == ("not_met", ())


# Before the income register may be asked


def test_no_income_is_read_before_may_2024(newcomer: Any, line: Any) -> None:
    newcomer.answer([(date(2021, 1, 1), W_LAST)], [line(date(2024, 3, 1))], rejected={"indkomst": ["A"]})
    criterion = newcomer.evaluate(as_of=date(2024, 4, 30)).criteria["benefit_months"]
    assert (criterion.outcome, criterion.missing) == ("unknown", ("ydelser",))


def test_income_is_read_from_may_2024(newcomer: Any, line: Any) -> None:
    newcomer.answer([(date(2021, 1, 1), W_LAST)], [line(date(2024, 3, 1))])
    assert newcomer.evaluate(as_of=date(2024, 5, 1)).months_proven == 1


# Look-up


def test_look_up_is_for_the_first_and_last_month_that_is_unknown_and_not_covered(newcomer: Any) -> None:
    newcomer.answer([(W_FIRST, date(2024, 1, 1)), (MAY, JUNE)], [])
    assert newcomer.evaluate().look_up == (date(2024, 2, 1), date(2025, 12, 1))


def test_nothing_is_looked_up_when_the_months_are_proven(world: Any) -> None:
    move_in(world, MAY)
    world.payments(MAY, W_LAST)
    assert world.evaluate().look_up is None


def test_nothing_is_looked_up_when_too_few_months_are_possible(world: Any) -> None:
    move_in(world, date(2024, 6, 1))
    world.payments(date(2026, 1, 1), W_LAST)
    assert world.evaluate().look_up is None


def test_nothing_is_looked_up_for_a_person_who_is_out_already(newcomer: Any) -> None:
    newcomer.register(statsborgerskab="5154", tilflyttet_kommune_dato=date(2025, 12, 10))
    assert newcomer.evaluate().look_up is None


def test_open_citizenship_question_does_not_keep_from_looking_up(newcomer: Any) -> None:
    newcomer.reject("opholdstilladelser")
    assert newcomer.evaluate().look_up == (W_FIRST, date(2025, 12, 1))


def test_nothing_is_looked_up_for_months_left_open_by_the_ambiguous_code_alone(newcomer: Any, line: Any) -> None:
    months = [date(2025, month, 1) for month in range(1, 13)]
    newcomer.answer(WHOLE_W, [line(month, indtaegtsart="0038") for month in months])
    assert newcomer.evaluate().next_action == "manual_check"


def test_nothing_is_looked_up_before_may_2024(newcomer: Any) -> None:
    newcomer.register(tilflyttet_kommune_dato=date(2024, 4, 2))
    assert newcomer.evaluate(as_of=date(2024, 4, 30)).next_action == "manual_check"


def test_look_up_is_lawful_on_the_first_of_may_2024(newcomer: Any) -> None:
    newcomer.register(tilflyttet_kommune_dato=date(2024, 4, 2))
    evaluation = newcomer.evaluate(as_of=date(2024, 5, 1))
    assert (evaluation.missing, evaluation.next_action) == (("eindkomst",), "look_up")


def test_look_up_is_made_when_just_eighteen_months_are_possible(world: Any) -> None:
    move_in(world, date(2023, 11, 2))
    world.payments(JUNE, W_LAST)
    assert world.evaluate().look_up == (W_FIRST, W_FIRST)
