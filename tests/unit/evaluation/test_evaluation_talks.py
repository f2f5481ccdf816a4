"""C5 talk_due and the next action (rules.md sections 2 and 5)."""

from datetime import date, timedelta
from typing import Any

import pytest

D = date(2026, 11, 22)
NEXT_DAY = timedelta(days=1)
TWO_YEARS_BEFORE = date(2024, 11, 22)


# C5


@pytest.mark.parametrize(("held_on", "expected"), [(TWO_YEARS_BEFORE, "met"), (TWO_YEARS_BEFORE + NEXT_DAY, "not_met")])
def test_talk_is_due_again_after_24_months_to_the_day(world: Any, held_on: date, expected: str) -> None:
    world.event("samtale_afholdt", held_on)
    assert world.evaluate().criteria["talk_due"].outcome == expected


def test_talk_of_a_leap_day_is_due_on_the_last_of_february(world: Any) -> None:
    world.event("samtale_afholdt", date(2024, 2, 29))
    assert world.evaluate().due_by_law == date(2026, 2, 28)


def test_without_a_talk_there_is_no_due_date(world: Any) -> None:
    evaluation = world.evaluate()
    assert (evaluation.is_candidate, evaluation.due_by_law, evaluation.due_by_practice) == (True, None, None)


@pytest.mark.parametrize(("held_on", "counts"), [(D, True), (D + NEXT_DAY, False)])
def test_talk_after_the_reference_date_does_not_exist(world: Any, held_on: date, counts: bool) -> None:
    world.event("samtale_afholdt", held_on)
    assert (world.evaluate().last_talk_on == held_on) is counts


@pytest.mark.parametrize(("reference", "last_talk_on"), [("2025/117", date(2026, 1, 5)), (None, None)])
def test_talk_elsewhere_counts_with_a_document_reference(world: Any, reference: str | None, last_talk_on: date | None) -> None:
    world.event("samtale_afholdt", date(2026, 1, 5), kommunekode="0461", dokument_reference=reference)
    assert world.evaluate().last_talk_on == last_talk_on


def test_talk_elsewhere_does_not_count_by_parameter(world: Any) -> None:
    world.event("samtale_afholdt", date(2026, 1, 5), kommunekode="0461", dokument_reference="2025/117")
    assert world.evaluate(talk_in_other_municipality_counts="never").last_talk_on is None


def test_closing_letter_sets_the_date_of_practice_only(world: Any) -> None:
    world.event("afsluttende_brev", date(2026, 1, 5), kommunekode="0461")
    evaluation = world.evaluate()
    assert (evaluation.due_by_law, evaluation.due_by_practice) == (None, date(2028, 1, 5))


def test_newest_of_talk_and_letter_sets_the_date_of_practice(world: Any) -> None:
    world.event("afsluttende_brev", date(2025, 1, 5))
    world.event("samtale_afholdt", date(2026, 1, 5))
    assert world.evaluate().due_by_practice == date(2028, 1, 5)


@pytest.mark.parametrize(("clock", "expected"), [("talks_held", "met"), ("practice", "not_met")])
def test_closing_letter_starts_the_clock_in_practice_only(world: Any, clock: str, expected: str) -> None:
    world.event("afsluttende_brev", date(2026, 1, 5))
    assert world.evaluate(clock=clock).criteria["talk_due"].outcome == expected


@pytest.mark.parametrize("held_on", [date(2024, 1, 5), date(2026, 1, 5)])
def test_rejected_event_makes_the_talk_unknown_whatever_is_known(world: Any, held_on: date) -> None:
    world.event("samtale_afholdt", held_on)
    world.reject("vejledningshaendelser")
    criterion = world.evaluate().criteria["talk_due"]
    assert (criterion.outcome, criterion.missing) == ("unknown", ("vejledningshaendelser",))


# The status and who acts


def test_eligible_person_whose_talk_is_not_due_is_no_candidate(world: Any) -> None:
    world.event("samtale_afholdt", date(2026, 1, 5))
    evaluation = world.evaluate()
    assert (evaluation.status, evaluation.is_candidate, evaluation.next_action) == ("eligible", False, "none")


def test_eligible_person_whose_talk_is_unknown_is_checked_by_hand(world: Any) -> None:
    world.reject("vejledningshaendelser")
    evaluation = world.evaluate()
    assert (evaluation.status, evaluation.is_candidate, evaluation.next_action) == ("eligible", False, "manual_check")


def test_not_met_comes_before_unknown(world: Any) -> None:
    world.reject("opholdstilladelser")
    world.register(cpr_status="80")
    evaluation = world.evaluate()
    assert (evaluation.status, evaluation.next_action) == ("not_eligible", "none")


def test_undetermined_person_without_look_up_is_checked_by_hand(world: Any) -> None:
    world.reject("opholdstilladelser")
    evaluation = world.evaluate()
    assert (evaluation.status, evaluation.next_action) == ("undetermined", "manual_check")


def test_missing_is_the_union_over_all_unknown_criteria(world: Any) -> None:
    world.reject("vejledningshaendelser")
    world.reject("opholdstilladelser")
    assert world.evaluate().missing == ("opholdstilladelser", "vejledningshaendelser")


# The next action of a candidate


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("indkaldelse", "await_talk"),
        ("rykker", "await_talk"),
        ("udeblivelse", "remind"),
        ("afbud_borger", "remind"),
        ("afbud_kommune", "invite"),
        ("afsluttende_brev", "wait"),
    ],
)
def test_last_event_of_the_round_tells_the_next_action(world: Any, kind: str, action: str) -> None:
    world.event("indkaldelse", date(2026, 10, 1))
    world.event(kind, date(2026, 10, 20))
    assert world.evaluate().next_action == action


def test_candidate_without_a_round_is_invited(world: Any) -> None:
    assert world.evaluate().next_action == "invite"


def test_second_no_show_of_a_round_closes_it(world: Any) -> None:
    world.event("udeblivelse", date(2026, 10, 1))
    world.event("rykker", date(2026, 10, 5))
    world.event("udeblivelse", date(2026, 10, 20))
    assert world.evaluate().next_action == "close"


def test_no_show_of_an_earlier_round_does_not_close_this_one(world: Any) -> None:
    world.event("udeblivelse", date(2026, 1, 1), "F1")
    world.event("udeblivelse", date(2026, 10, 20), "F2")
    assert world.evaluate().next_action == "remind"


def test_no_show_after_the_reference_date_does_not_exist(world: Any) -> None:
    world.event("udeblivelse", D)
    world.event("udeblivelse", D + NEXT_DAY)
    assert world.evaluate().next_action == "remind"


@pytest.mark.parametrize(("deferred_to", "action"), [(D + NEXT_DAY, "deferred"), (D, "invite")])
def test_deferral_ends_on_its_day(world: Any, deferred_to: date, action: str) -> None:
    world.event("udsat", date(2026, 10, 1), udskudt_til=deferred_to)
    assert world.evaluate().next_action == action


@pytest.mark.parametrize(("sent_on", "action"), [(TWO_YEARS_BEFORE, "invite"), (TWO_YEARS_BEFORE + NEXT_DAY, "await_talk")])
def test_round_is_over_24_months_after_its_last_event(world: Any, sent_on: date, action: str) -> None:
    world.event("indkaldelse", sent_on)
    assert world.evaluate().next_action == action


def test_undocumented_talk_elsewhere_at_the_end_of_a_round_leads_to_an_invitation(world: Any) -> None:
    world.event("samtale_afholdt", date(2026, 10, 1), kommunekode="0461")
    assert world.evaluate().next_action == "invite"


def test_newest_round_is_the_one_with_the_newest_event(world: Any) -> None:
    world.event("afsluttende_brev", date(2026, 9, 1), "F2")
    world.event("indkaldelse", date(2026, 10, 1), "F1")
    assert world.evaluate().next_action == "await_talk"


def test_newest_round_of_the_same_day_is_the_one_with_the_higher_id(world: Any) -> None:
    world.event("afsluttende_brev", date(2026, 10, 1), "F9")
    world.event("indkaldelse", date(2026, 10, 1), "F10")
    assert world.evaluate().next_action == "wait"


def test_events_of_the_same_day_are_in_the_order_of_their_ids(world: Any) -> None:
    world.event("udeblivelse", date(2026, 10, 1), haendelse_id="H9")
    world.event("indkaldelse", date(2026, 10, 1), haendelse_id="H10")
    assert world.evaluate().next_action == "remind"


def test_round_of_another_person_does_not_matter(world: Any) -> None:
    world.event("indkaldelse", date(2026, 10, 1), person_key="B")
    assert world.evaluate().next_action == "invite"
