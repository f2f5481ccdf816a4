"""What would change the outcome: facts and dates, each true when the rules are read on that day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from repat_pipeline.evaluation.benefit_months import decide_benefit_months
from repat_pipeline.evaluation.calendar import add_months, window
from repat_pipeline.evaluation.residence_years import decide_residence_years
from repat_pipeline.explanation.counterfactual import Change
from repat_pipeline.explanation.lake_rows import PlaceElsewhere, RejectedRow
from repat_pipeline.explanation.published import CountingDelivery
from tests.unit.explanation.facts import (
    AS_OF,
    CODE_LISTS,
    MONTHS,
    MUNICIPALITY,
    PARAMETERS,
    changes,
    income,
    lake,
    look_up,
    payment,
    permit,
    published,
    resident,
)


def kinds(found: Iterable[Change]) -> list[str]:
    """The kinds in order."""
    return [change.kind for change in found]


def outcome_of_months(months: Iterable[date], as_of: date) -> str:
    """C4 of a resident with kontanthjaelp in the months, by the evaluation."""
    person = lake(register_row=resident(), payments=[payment(month) for month in months]).evidence
    person = replace(person, payments_to=date(2035, 1, 1))
    found, _ = decide_benefit_months(person, window(as_of, PARAMETERS), as_of=as_of, parameters=PARAMETERS, code_lists=CODE_LISTS)
    return found.outcome


# -- residence


@pytest.mark.parametrize(
    ("row", "kind", "facts"),
    [
        (resident(cpr_status="80"), "not_in_population", {"cpr_status": "80"}),
        (resident(kommunekode="0461"), "registered_elsewhere", {"kommunekode": "0461"}),
        (resident(tilflyttet_kommune_dato=date(2026, 12, 1)), "moves_in_later", {"on": date(2026, 12, 1)}),
    ],
)
def test_the_register_tells_why_somebody_does_not_live_here(row: dict, kind: str, facts: dict) -> None:
    (change,) = changes(published({"resident": ("not_met", None)}), lake(register_row=row))

    assert (change.kind, change.facts) == (kind, facts)


def test_of_another_municipality_only_its_code_and_the_time_of_its_uip_delivery_are_told() -> None:
    at = datetime(2026, 11, 12, 5, tzinfo=UTC)
    rows = lake(permits=[permit(date(2015, 3, 2))], elsewhere=(PlaceElsewhere("0461", at),))

    (change,) = changes(published({"resident": ("not_met", None)}), rows)

    assert (change.kind, change.facts) == ("placed_elsewhere", {"kommunekode": "0461", "extracted_at": at})


# -- covered group


def test_an_excepted_citizenship_stands_in_the_way_before_the_basis() -> None:
    rows = lake(register_row=resident(statsborgerskab="5154"), permits=[permit(date(2015, 3, 2), opholdsgrundlag="UDL9A")])

    (change,) = changes(published({"covered_group": ("not_met", None)}), rows)

    assert change.facts == {"citizenship_group": "eu", "law_reference": "repatrieringsloven § 3 (EU/EØS undtaget)"}


def test_a_basis_outside_the_act_is_named() -> None:
    rows = lake(register_row=resident(), permits=[permit(date(2015, 3, 2), opholdsgrundlag="UDL9A")])

    (change,) = changes(published({"covered_group": ("not_met", None)}), rows)

    assert change.facts == {"opholdsgrundlag": "UDL9A", "law_reference": "outside § 3"}


def test_without_a_permit_in_force_that_is_what_is_needed() -> None:
    rows = lake(register_row=resident(), permits=[permit(date(2015, 3, 2), date(2026, 11, 21))])

    assert kinds(changes(published({"covered_group": ("not_met", None)}), rows)) == ["no_permit_in_force"]


# -- years of residence permit


def test_the_day_on_which_the_years_are_reached_is_the_day_on_which_the_rule_is_met() -> None:
    since = date(2024, 2, 29)
    rows = lake(permits=[permit(since)])

    (change,) = changes(published({"residence_years": ("not_met", None)}, residence_since=since), rows)

    def outcome(as_of: date) -> str:
        return decide_residence_years(rows.evidence, as_of=as_of, parameters=PARAMETERS, code_lists=CODE_LISTS)[0].outcome

    reached_on = change.facts["on"]
    assert (reached_on, outcome(reached_on - timedelta(days=1)), outcome(reached_on)) == (date(2029, 2, 28), "not_met", "met")


def test_a_permit_that_ends_before_must_be_extended() -> None:
    rows = lake(permits=[permit(date(2024, 3, 1), date(2027, 2, 28))])

    (change,) = changes(published({"residence_years": ("not_met", None)}, residence_since=date(2024, 3, 1)), rows)

    assert (change.kind, change.facts["ends_on"]) == ("years_after_extension", date(2027, 2, 28))


def test_a_permit_that_is_granted_already_counts_as_an_extension() -> None:
    rows = lake(permits=[permit(date(2024, 3, 1), date(2027, 2, 28)), permit(date(2027, 3, 1), line=3)])

    assert kinds(changes(published({"residence_years": ("not_met", None)}, residence_since=date(2024, 3, 1)), rows)) == ["years"]


def test_days_added_up_give_no_date() -> None:
    parameters = replace(PARAMETERS, permit_chain="cumulative")
    rows = lake(permits=[permit(date(2024, 3, 1))])

    found = changes(published({"residence_years": ("not_met", None)}, residence_since=date(2024, 3, 1)), rows, parameters)

    assert "years" not in kinds(found)


# -- benefit months


@pytest.mark.parametrize("strip", ["." * 19 + "K" * 17, "K" * 17 + "." * 19, "K.I." * 4 + "." * 20, "." * 36])
def test_the_earliest_day_is_the_first_on_which_enough_months_would_count(strip: str) -> None:
    (change,) = changes(published({"benefit_months": ("not_met", None)}, month_strip=strip), lake(register_row=resident()))

    counted = [month for month, character in zip(MONTHS, strip, strict=True) if character in "KI"]
    from_now_on = [add_months(AS_OF.replace(day=1), number) for number in range(40)]
    earliest = change.facts["earliest_on"]
    assert outcome_of_months(counted + from_now_on, earliest) == "met"
    assert outcome_of_months(counted + from_now_on, earliest - timedelta(days=1)) == "not_met"


def test_the_number_of_months_is_that_of_the_run() -> None:
    parameters = replace(PARAMETERS, benefit_months_min=6)
    person = published({"benefit_months": ("not_met", None)}, month_strip="." * 32 + "K" * 4)

    (change,) = changes(person, lake(register_row=resident()), parameters)

    assert (change.facts["months"], change.facts["needed"]) == (2, 6)


def test_open_months_that_are_too_few_are_told_as_such() -> None:
    person = published({"benefit_months": ("not_met", None)}, month_strip="?" * 3 + "." * 19 + "K" * 14)

    (change,) = changes(person, lake())

    assert (change.facts["months"], change.facts["open"], change.facts["lacking"]) == (4, 3, 1)


def test_more_months_or_an_answer_for_the_months_of_the_request() -> None:
    request = {"first_month": date(2024, 3, 1), "last_month": date(2024, 9, 1)}
    person = published({"benefit_months": ("unknown", "eindkomst")}, request, month_strip="." * 4 + "?" * 7 + "." * 9 + "K" * 16)

    more, answer = changes(person, lake(register_row=resident()))

    assert (more.kind, more.facts["months"], answer.kind, answer.facts) == ("more_months", 2, "income_answer", request)


def test_months_with_the_collective_code_are_named_and_not_asked_for() -> None:
    month = MONTHS[0]
    rows = lake(look_ups=[look_up(MONTHS[0], MONTHS[-1])], lines=[income(month, "0038")])
    person = published({"benefit_months": ("unknown", "eindkomst_0038")}, month_strip="?" + "." * 18 + "I" * 17)

    found = changes(person, rows)

    assert kinds(found) == ["more_months", "ambiguous_months"]
    assert found[1].facts == {"ambiguous_months": (month,)}


def test_before_the_income_register_was_lawful_own_data_are_what_is_missing() -> None:
    person = published({"benefit_months": ("unknown", "ydelser")}, month_strip="?" * 20 + "K" * 16, as_of=date(2024, 4, 30))

    assert kinds(changes(person, lake())) == ["more_months", "own_data"]


# -- talk, rejected rows, retention


def test_a_person_whose_talk_is_not_due_is_due_again_on_the_day_of_the_law() -> None:
    person = published(
        {"talk_due": ("not_met", None)}, last_talk_on=date(2025, 6, 1), due_by_law=date(2027, 6, 1), due_by_practice=date(2028, 1, 1)
    )

    (change,) = changes(person, lake())

    assert (change.kind, change.facts["on"]) == ("due_again", date(2027, 6, 1))


def test_rejected_rows_of_one_table_are_to_be_corrected_together() -> None:
    rejected = tuple(RejectedRow("uip", "uip-1", "opholdstilladelser", line, ("status_code",)) for line in (7, 9))
    rows = lake(register_row=resident(), rejected=rejected)

    (change,) = changes(published({"residence_years": ("unknown", "opholdstilladelser")}), rows)

    assert change.facts == {
        "source": "uip", "delivery_id": "uip-1", "table": "opholdstilladelser", "lines": (7, 9), "rule_ids": ("status_code",),
    }  # fmt: skip


@pytest.mark.parametrize("criterion", ["resident", "covered_group"])
def test_when_the_lake_no_longer_has_the_rows_that_is_said(criterion: str) -> None:
    gone = CountingDelivery(MUNICIPALITY, "fagsystem", "fag-1", datetime(2026, 11, 12, 5, tzinfo=UTC))
    rows = lake(permits=[permit(date(2015, 3, 2), kommunekode="0461", opholdsgrundlag="UDL9A")], not_held=(gone,))

    assert kinds(changes(published({criterion: ("not_met", None)}), rows)) == ["not_held"]


# -- the target group


def test_somebody_in_the_target_group_is_told_what_ends_it() -> None:
    strip = "." * 12 + "K" * 24
    rows = lake(register_row=resident(), permits=[permit(date(2015, 3, 2), date(2027, 3, 1))])

    found = changes(published(status="eligible", is_candidate=True, month_strip=strip), rows)

    assert kinds(found) == ["permit_ends", "months_leave_window", "talk_held"]
    assert found[0].facts == {"on": date(2027, 3, 1)}
    counted = list(MONTHS[12:])
    leaves_on = found[1].facts["on"]
    assert outcome_of_months(counted, leaves_on) == "not_met"
    assert outcome_of_months(counted, leaves_on - timedelta(days=1)) == "met"
