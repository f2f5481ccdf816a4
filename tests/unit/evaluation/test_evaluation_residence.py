"""C1 resident, C2 covered_group and C3 residence_years, boundary by boundary (rules.md section 2)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from repat_pipeline.evaluation.inputs import Delivery

D = date(2026, 11, 22)
NEXT_DAY = timedelta(days=1)


def outcome(world: Any, criterion: str, **parameters: Any) -> str:
    return str(world.evaluate(**parameters).criteria[criterion].outcome)


def place_elsewhere(world: Any, extracted_at: datetime, *, uip_municipality: str = "0461") -> None:
    """Another municipality's UIP delivery carries the person, in `uip_municipality`."""
    row = world.rows["opholdstilladelser"][0] | {"kommunekode": uip_municipality}
    rows = {"opholdstilladelser": [row]}
    world.others.append(Delivery("0461", "uip", "uip-0461", extracted_at, None, None, rows, {}))


# C1


def test_arrival_on_the_reference_date_is_resident(world: Any) -> None:
    world.register(tilflyttet_kommune_dato=D)
    assert outcome(world, "resident") == "met"


def test_arrival_on_the_day_after_is_not_resident(world: Any) -> None:
    world.register(tilflyttet_kommune_dato=D + NEXT_DAY)
    assert outcome(world, "resident") == "not_met"


@pytest.mark.parametrize(("status", "expected"), [("01", "met"), ("03", "met"), ("05", "not_met"), ("80", "not_met")])
def test_only_cpr_statuses_of_residents_are_resident(world: Any, status: str, expected: str) -> None:
    world.register(cpr_status=status)
    assert outcome(world, "resident") == expected


def test_register_row_that_names_another_municipality_is_not_resident(world: Any) -> None:
    world.register(kommunekode="0461")
    assert outcome(world, "resident") == "not_met"


def test_without_register_row_uip_places_the_person(world: Any) -> None:
    world.remove("borgere")
    assert outcome(world, "resident") == "met"


def test_later_uip_delivery_elsewhere_takes_the_person_away(world: Any) -> None:
    world.remove("borgere")
    place_elsewhere(world, world.uip_extracted_at + timedelta(seconds=1))
    assert outcome(world, "resident") == "not_met"


def test_equally_old_uip_delivery_elsewhere_does_not_take_the_person_away(world: Any) -> None:
    world.remove("borgere")
    place_elsewhere(world, world.uip_extracted_at)
    assert outcome(world, "resident") == "met"


def test_later_uip_delivery_elsewhere_that_places_the_person_here_changes_nothing(world: Any) -> None:
    world.remove("borgere")
    place_elsewhere(world, datetime(2026, 11, 21, tzinfo=UTC), uip_municipality="0751")
    assert outcome(world, "resident") == "met"


def test_later_uip_delivery_elsewhere_does_not_matter_with_a_register_row(world: Any) -> None:
    place_elsewhere(world, datetime(2026, 11, 21, tzinfo=UTC))
    assert outcome(world, "resident") == "met"


def test_rejected_register_row_makes_residence_unknown_even_when_not_met(world: Any) -> None:
    world.register(cpr_status="80")
    world.reject("borgere")
    criterion = world.evaluate().criteria["resident"]
    assert (criterion.outcome, criterion.missing) == ("unknown", ("borgere",))


def test_rejected_permit_does_not_matter_for_residence_with_a_register_row(world: Any) -> None:
    world.reject("opholdstilladelser")
    assert outcome(world, "resident") == "met"


def test_rejected_permit_makes_residence_unknown_without_a_register_row(world: Any) -> None:
    world.remove("borgere")
    world.reject("opholdstilladelser")
    assert world.evaluate().criteria["resident"].missing == ("opholdstilladelser",)


# C2


@pytest.mark.parametrize(("last_day", "expected"), [(D, "met"), (D - NEXT_DAY, "not_met")])
def test_last_day_of_a_permit_is_in_force(world: Any, last_day: date, expected: str) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2015, 3, 2), last_day)
    assert outcome(world, "covered_group") == expected


@pytest.mark.parametrize(("first_day", "expected"), [(D, "met"), (D + NEXT_DAY, "not_met")])
def test_first_day_of_a_permit_is_in_force(world: Any, first_day: date, expected: str) -> None:
    world.remove("opholdstilladelser")
    world.permit(first_day)
    assert outcome(world, "covered_group") == expected


@pytest.mark.parametrize(("withdrawn_on", "expected"), [(D, "not_met"), (D + NEXT_DAY, "met")])
def test_permit_is_not_in_force_from_the_day_of_its_withdrawal(world: Any, withdrawn_on: date, expected: str) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2015, 3, 2), status="inddraget", status_dato=withdrawn_on)
    assert outcome(world, "covered_group") == expected


def test_newest_permit_in_force_decides_the_group(world: Any) -> None:
    world.permit(date(2020, 1, 1), opholdsgrundlag="UDL9-ANDEN")
    assert world.evaluate().covered_group == "other_family"


def test_highest_id_decides_between_permits_of_the_same_day(world: Any) -> None:
    world.permit(date(2020, 1, 1), opholdsgrundlag="UDL9-ANDEN", tilladelse_id="T9")
    world.permit(date(2020, 1, 1), opholdsgrundlag="UDL9A", tilladelse_id="T10")
    assert world.evaluate().covered_group == "other_family"


@pytest.mark.parametrize(("citizenship", "expected"), [("5154", "not_met"), ("5170", "met"), ("5999", "met")])
def test_eu_citizens_are_out_and_british_and_unlisted_countries_stay_in(world: Any, citizenship: str, expected: str) -> None:
    world.register(statsborgerskab=citizenship)
    assert outcome(world, "covered_group") == expected


def test_citizenship_of_the_register_comes_before_that_of_the_permit(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2015, 3, 2), statsborgerskab="5154")
    assert outcome(world, "covered_group") == "met"


def test_citizenship_of_the_permit_decides_without_a_register_row(world: Any) -> None:
    world.remove("borgere")
    world.remove("opholdstilladelser")
    world.permit(date(2015, 3, 2), statsborgerskab="5154")
    assert outcome(world, "covered_group") == "not_met"


def test_dual_citizens_are_covered_by_parameter(world: Any) -> None:
    world.register(statsborgerskab="5100")
    assert outcome(world, "covered_group", include_dual_danish_citizens=True) == "met"


def test_naturalised_person_is_not_covered_by_default(world: Any) -> None:
    world.register(statsborgerskab="5100")
    assert outcome(world, "covered_group") == "not_met"


@pytest.mark.parametrize(("included", "group"), [(False, None), (True, "ukraine_act")])
def test_ukraine_act_is_covered_by_parameter(world: Any, included: bool, group: str | None) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2015, 3, 2), opholdsgrundlag="UKRAINE")
    assert world.evaluate(include_ukraine_act=included).covered_group == group


def test_person_without_uip_row_lacks_uip(world: Any) -> None:
    world.remove("opholdstilladelser")
    assert world.evaluate().missing == ("uip",)


def test_citizenship_decides_without_uip_row(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.register(statsborgerskab="5154")
    assert outcome(world, "covered_group") == "not_met"


def test_rejected_register_row_and_no_uip_row_lack_both(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.reject("borgere")
    assert world.evaluate().criteria["covered_group"].missing == ("borgere", "uip")


def test_group_is_empty_while_a_rejected_permit_leaves_it_open(world: Any) -> None:
    world.reject("opholdstilladelser")
    assert world.evaluate().covered_group is None


# C3


@pytest.mark.parametrize(("first_day", "expected"), [(date(2021, 11, 22), "met"), (date(2021, 11, 23), "not_met")])
def test_five_years_to_the_day_are_enough(world: Any, first_day: date, expected: str) -> None:
    world.remove("opholdstilladelser")
    world.permit(first_day)
    assert outcome(world, "residence_years") == expected


def test_permit_of_a_leap_day_is_five_years_old_on_the_last_of_february(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2020, 2, 29))
    assert outcome(world, "residence_years", as_of=date(2025, 2, 28)) == "met"


def test_permits_from_one_day_to_the_next_are_one_chain(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2016, 1, 1), date(2022, 6, 30))
    world.permit(date(2022, 7, 1))
    assert world.evaluate().residence_since == date(2016, 1, 1)


def test_one_day_without_a_permit_opens_a_new_chain(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2016, 1, 1), date(2022, 6, 29))
    world.permit(date(2022, 7, 1))
    assert world.evaluate().residence_since == date(2022, 7, 1)


@pytest.mark.parametrize(("tolerance", "since"), [(29, date(2022, 7, 1)), (30, date(2016, 1, 1))])
def test_gap_of_thirty_days_needs_a_tolerance_of_thirty_days(world: Any, tolerance: int, since: date) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2016, 1, 1), date(2022, 5, 31))
    world.permit(date(2022, 7, 1))
    assert world.evaluate(permit_gap_tolerance_days=tolerance).residence_since == since


def test_short_permit_inside_a_longer_one_does_not_break_the_chain(world: Any) -> None:
    world.permit(date(2018, 1, 1), date(2018, 12, 31))
    assert world.evaluate().residence_since == date(2015, 3, 2)


def test_day_of_a_lapse_is_not_covered(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2016, 1, 1), status="bortfaldet", status_dato=date(2022, 6, 30))
    world.permit(date(2022, 7, 1))
    assert world.evaluate().residence_since == date(2022, 7, 1)


def test_permit_that_lapsed_before_it_began_is_dropped(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2016, 1, 1), status="bortfaldet", status_dato=date(2016, 1, 1))
    world.permit(date(2022, 1, 1))
    assert world.evaluate().residence_since == date(2022, 1, 1)


def test_permit_of_a_single_day_closes_a_gap(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2016, 1, 1), date(2022, 6, 30))
    world.permit(date(2022, 7, 1), date(2022, 7, 1))
    world.permit(date(2022, 7, 2))
    assert world.evaluate().residence_since == date(2016, 1, 1)


def test_permit_that_has_run_out_covers_to_its_last_day(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2016, 1, 1), date(2022, 6, 30), status="udloebet")
    world.permit(date(2022, 7, 1))
    assert world.evaluate().residence_since == date(2016, 1, 1)


def test_status_date_of_a_valid_permit_cuts_nothing(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2016, 1, 1), status_dato=date(2020, 1, 1))
    assert world.evaluate().residence_since == date(2016, 1, 1)


@pytest.mark.parametrize(("first_day", "last_day"), [(date(2016, 1, 1), D), (D, None)])
def test_chain_that_ends_or_begins_on_the_reference_date_covers_it(world: Any, first_day: date, last_day: date | None) -> None:
    world.remove("opholdstilladelser")
    world.permit(first_day, last_day)
    assert world.evaluate().residence_since == first_day


def test_eu_document_covers_no_day(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2010, 1, 1), date(2024, 12, 31), opholdsgrundlag="EU6")
    world.permit(date(2025, 1, 1))
    assert world.evaluate().residence_since == date(2025, 1, 1)


def test_chain_that_ended_the_day_before_covers_nothing(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2010, 1, 1), D - NEXT_DAY)
    assert world.evaluate().residence_since is None


def test_tolerance_does_not_reach_over_the_reference_date(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2010, 1, 1), D - NEXT_DAY)
    world.permit(D + NEXT_DAY)
    assert outcome(world, "residence_years", permit_gap_tolerance_days=30) == "not_met"


@pytest.mark.parametrize(("first_day", "expected"), [(date(2020, 11, 22), "met"), (date(2020, 11, 23), "not_met")])
def test_cumulative_counts_covered_days_across_a_gap(world: Any, first_day: date, expected: str) -> None:
    """A year 2020-11-22 .. 2021-11-21 and four years from 2022-11-22 are as many days as the five years before D."""
    world.remove("opholdstilladelser")
    world.permit(first_day, date(2021, 11, 21))
    world.permit(date(2022, 11, 22))
    assert outcome(world, "residence_years", permit_chain="cumulative") == expected


def test_cumulative_counts_a_day_under_two_permits_once(world: Any) -> None:
    world.remove("opholdstilladelser")
    world.permit(date(2022, 11, 22))
    world.permit(date(2022, 11, 22), opholdsgrundlag="UDL9-ANDEN")
    assert outcome(world, "residence_years", permit_chain="cumulative") == "not_met"


def test_residence_since_is_told_while_a_rejected_permit_leaves_it_open(world: Any) -> None:
    world.reject("opholdstilladelser")
    evaluation = world.evaluate()
    assert (evaluation.criteria["residence_years"].outcome, evaluation.residence_since) == ("unknown", date(2015, 3, 2))
