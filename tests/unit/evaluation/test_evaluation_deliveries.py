"""Which deliveries count, who is blocked, the bulkhead and the base population (rules.md sections 1 and 3)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from repat_pipeline.evaluation.inputs import Delivery
from repat_pipeline.evaluation.selection import blocked_municipalities, counting_deliveries

MORNING = datetime(2026, 11, 1, 6, tzinfo=UTC)
EVENING = datetime(2026, 11, 1, 18, tzinfo=UTC)


def delivery(
    delivery_id: str,
    extracted_at: datetime = MORNING,
    *,
    source: str = "uip",
    municipality: str = "0751",
    **columns: Any,
) -> Delivery:
    empty = Delivery(municipality, source, delivery_id, extracted_at, date(2023, 1, 1), date(2026, 11, 1), {}, {})
    return replace(empty, **columns)


def test_newest_delivery_counts_whatever_order_they_arrived_in() -> None:
    deliveries = [delivery("a", EVENING), delivery("z", MORNING)]
    assert counting_deliveries(deliveries, "uip", known_at=None)["0751"].delivery_id == "a"


def test_equally_old_deliveries_are_decided_by_the_id_in_text_order() -> None:
    deliveries = [delivery("nr-9"), delivery("nr-10")]
    assert counting_deliveries(deliveries, "uip", known_at=None)["0751"].delivery_id == "nr-9"


def test_delivery_extracted_at_the_known_instant_exists() -> None:
    deliveries = [delivery("a", MORNING), delivery("b", EVENING)]
    assert counting_deliveries(deliveries, "uip", known_at=EVENING)["0751"].delivery_id == "b"


def test_later_delivery_does_not_exist_at_the_known_instant() -> None:
    deliveries = [delivery("a", MORNING), delivery("b", EVENING)]
    assert counting_deliveries(deliveries, "uip", known_at=MORNING)["0751"].delivery_id == "a"


def test_municipality_without_uip_is_blocked() -> None:
    assert blocked_municipalities([delivery("f", source="fagsystem")], known_at=None) == {"0751": ["uip"]}


def test_municipality_with_answers_only_lacks_both_full_sources() -> None:
    assert blocked_municipalities([delivery("e", source="eindkomst")], known_at=None) == {"0751": ["fagsystem", "uip"]}


def test_municipality_with_one_delivery_of_each_is_not_blocked() -> None:
    deliveries = [delivery("u"), delivery("f", source="fagsystem")]
    assert blocked_municipalities(deliveries, known_at=None) == {}


def test_nobody_of_a_blocked_municipality_is_evaluated(world: Any) -> None:
    world.others.append(delivery("f", source="fagsystem", municipality="0461"))
    assert {evaluation.municipality_code for evaluation in world.everyone()} == {"0751"}


def test_another_municipality_cannot_see_the_payments(world: Any) -> None:
    row = world.rows["opholdstilladelser"][0]
    world.others += [
        delivery("u", municipality="0461", rows={"opholdstilladelser": [row]}),
        delivery("f", municipality="0461", source="fagsystem"),
    ]
    proven = {evaluation.municipality_code: evaluation.months_proven for evaluation in world.everyone()}
    assert proven == {"0461": 0, "0751": 20}


def test_an_answer_to_another_municipality_is_not_used(world: Any, line: Any) -> None:
    world.remove("ydelser")
    world.answer([(date(2023, 11, 1), date(2026, 10, 1))], [line(date(2025, 5, 1))], municipality="0461", delivery_id="svar-0461")
    assert world.evaluate().months_proven == 0


def test_person_with_rejected_uip_rows_only_is_in_the_base_population(world: Any) -> None:
    world.reject("opholdstilladelser", "B")
    assert [evaluation.person_key for evaluation in world.everyone()] == ["A", "B"]


def test_row_without_readable_cpr_number_adds_nobody(world: Any) -> None:
    world.reject("opholdstilladelser", None)
    world.permit(date(2015, 3, 2), person=None)
    assert [evaluation.person_key for evaluation in world.everyone()] == ["A"]


@pytest.mark.parametrize(
    ("citizenship", "benefit_code", "is_in"),
    [("5486", "kontanthjaelp", True), ("5100", "kontanthjaelp", False), ("5486", "sygedagpenge", False)],
)
def test_without_uip_row_only_foreign_citizens_with_a_listed_benefit_are_in(
    world: Any, citizenship: str, benefit_code: str, is_in: bool
) -> None:
    world.register("B", statsborgerskab=citizenship)
    world.payment(date(2019, 1, 1), person="B", ydelseskode=benefit_code)
    assert ("B" in [evaluation.person_key for evaluation in world.everyone()]) is is_in


def test_payment_of_a_person_outside_the_register_adds_nobody(world: Any) -> None:
    world.payment(date(2026, 1, 1), person="B")
    assert [evaluation.person_key for evaluation in world.everyone()] == ["A"]


def test_before_the_act_nobody_is_evaluated(world: Any) -> None:
    with pytest.raises(ValueError, match="RV0"):
        world.everyone(as_of=date(2021, 7, 31))
