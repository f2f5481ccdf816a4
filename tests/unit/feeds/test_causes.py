"""Causes of changes: each one alone, the order between them, combinations, and what cannot be recalculated.

The standard person is a candidate on D; a test says what was otherwise at the previous feed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from repat_pipeline.evaluation.calendar import add_months, last_of_month
from repat_pipeline.evaluation.evaluate import Evaluation
from repat_pipeline.evaluation.evidence import MunicipalityEvidence
from repat_pipeline.evaluation.inputs import Basis, CodeLists, Delivery, Parameters
from repat_pipeline.evaluation.lake import read_code_lists
from repat_pipeline.evaluation.resident import UipClaim
from repat_pipeline.feeds.causes import CAUSE_LABELS_DA, Cause, find_causes
from repat_pipeline.feeds.evidence_parts import PersonInputs, person_inputs
from repat_pipeline.feeds.premises import Premises, decide

D = date(2026, 11, 22)
M, OTHER, WHO = "0751", "0461", "person"
CODE_LISTS = read_code_lists()


@dataclass
class World:
    """The deliveries of one municipality about one person."""

    permits: list[dict[str, Any]] = field(default_factory=list)
    borgere: list[dict[str, Any]] = field(default_factory=list)
    ydelser: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Delivery] = field(default_factory=list)
    rejected: dict[str, list[str | None]] = field(default_factory=dict)
    claims: list[UipClaim] = field(default_factory=list)
    extracted_on: date = date(2026, 11, 12)
    period_to: date = date(2026, 10, 1)

    def permit(self, number: int = 1, **columns: Any) -> None:
        row = {"tilladelse_id": f"T{number}", "person_key": WHO, "statsborgerskab": "5486", "opholdsgrundlag": "UDL7",
               "gyldig_fra": date(2015, 3, 2), "gyldig_til": None, "status": "gaeldende", "status_dato": None,
               "kommunekode": M}  # fmt: skip
        self.permits.append(row | columns)

    def register(self, **columns: Any) -> None:
        row = {"person_key": WHO, "cpr_status": "01", "kommunekode": M, "tilflyttet_kommune_dato": None, "fraflytningskommune": None,
               "statsborgerskab": "5486", "adressebeskyttet": False, "digital_post": True}  # fmt: skip
        self.borgere = [row | columns]

    def pay(self, last: date, months: int, amount: int = 11000) -> None:
        for number in range(months):
            month = add_months(last, -number)
            self.ydelser.append(
                {"effektuering_id": f"E{month}{amount}", "person_key": WHO, "ydelseskode": "kontanthjaelp", "periode_fra": month,
                 "periode_til": last_of_month(month), "beloeb": Decimal(amount)}
            )  # fmt: skip

    def event(self, kind: str, day: date) -> None:
        self.events.append(
            {"haendelse_id": f"H{day}", "forloeb_id": "F", "person_key": WHO, "haendelsestype": kind, "haendelsesdato": day,
             "udskudt_til": None, "kommunekode": M, "dokument_reference": None}
        )  # fmt: skip

    def answer(self, delivery_id: str, day: date, first: date, last: date, benefit_months: int) -> None:
        """An answer for a range of months, the last of them with kontanthjaelp."""
        lines = [
            {"person_key": WHO, "se_nummer": "35209115", "indberetning_id": None, "indberetningsart": "I", "tilbagefoert": False,
             "rettelse": False, "indkomsttype": "06", "indtaegtsart": "0041", "loenperiode_fra": month, "loenperiode_til": month,
             "basismaaned": month, "a_indkomst_am": None, "a_indkomst_uden_am": Decimal(11000)}
            for month in (add_months(last, -number) for number in range(benefit_months))
        ]  # fmt: skip
        opslag = [{"opslag_id": "O", "person_key": WHO, "maaned_fra": first, "maaned_til": last, "formaal": "x"}]
        self.answers.append(Delivery(M, "eindkomst", delivery_id, instant(day), None, None, {"opslag": opslag, "indkomst": lines}, {}))

    def inputs(self) -> PersonInputs:
        own = {"borgere": self.borgere, "ydelser": self.ydelser, "sager": [], "vejledningshaendelser": self.events}
        uip = Delivery(M, "uip", "u", instant(self.extracted_on), None, None, {"opholdstilladelser": self.permits}, {})
        period = (date(2023, 1, 1), self.period_to)
        fagsystem = Delivery(M, "fagsystem", "f", instant(self.extracted_on), *period, own, self.rejected)
        evidence = MunicipalityEvidence(uip, fagsystem, answers=self.answers)
        return person_inputs(evidence, WHO, claims=self.claims, own_until=self.extracted_on)


def instant(day: date) -> datetime:
    """Six in the morning of a day."""
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def standard(**columns: Any) -> World:
    """A refugee since 2015 with 20 months of kontanthjaelp up to October 2026 who was never talked to."""
    world = World(**columns)
    world.permit()
    world.register()
    world.pay(date(2026, 10, 1), 20)
    return world


def as_row(evaluation: Evaluation, inputs: PersonInputs) -> dict[str, str]:
    """Some columns of the list of candidates."""
    return {name: str(getattr(evaluation, name)) for name in ("month_strip", "months_proven", "due_by_law", "next_action")}


def row(premises: Premises) -> dict[str, str] | None:
    """The row of the list of candidates, None when the person is not on it."""
    found = decide(premises)
    return as_row(found, premises.inputs) if found is not None and found.is_candidate else None


def causes(
    before: World,
    now: World,
    *,
    as_of: tuple[date, date] = (D, D),
    parameters: tuple[Parameters, Parameters] = (Parameters(), Parameters()),
    code_lists: tuple[CodeLists, CodeLists] = (CODE_LISTS, CODE_LISTS),
    row_before: Callable[[Premises], dict[str, str] | None] = row,
    has_other_logic: bool = False,
) -> list[str]:
    """The causes between two feeds; the rows must differ."""
    was = Premises(as_of[0], parameters[0], code_lists[0], before.inputs())
    is_now = Premises(as_of[1], parameters[1], code_lists[1], now.inputs())
    assert row_before(was) != row(is_now)
    return find_causes(
        was, is_now, row_before=row_before(was), row_now=row(is_now), columns=as_row, has_other_logic=has_other_logic
    )  # fmt: skip


def later(world: World, **columns: Any) -> World:
    """The same deliveries, extracted a week later."""
    return replace(world, extracted_on=date(2026, 11, 19), **columns)


def test_five_years_are_reached_with_time() -> None:
    world = standard()
    world.permits[0]["gyldig_fra"] = date(2021, 11, 22)

    assert causes(world, later(world), as_of=(date(2026, 11, 21), D)) == ["tiden_er_gaaet"]


def test_a_talk_falls_due_with_time() -> None:
    world = standard()
    world.event("samtale_afholdt", date(2024, 11, 22))

    assert causes(world, later(world), as_of=(date(2026, 11, 21), D)) == ["tiden_er_gaaet"]


def test_a_new_month_moves_the_window_with_time() -> None:
    assert causes(standard(), standard(), as_of=(date(2026, 10, 31), D)) == ["tiden_er_gaaet"]


def test_another_value_of_a_parameter() -> None:
    world = standard()

    assert causes(world, world, parameters=(Parameters(benefit_months_min=21), Parameters())) == ["regel_eller_parameter_aendret"]


def test_another_code_list() -> None:
    world = standard()
    outside = replace(CODE_LISTS, basis={**CODE_LISTS.basis, "UDL7": Basis("none", True)})

    assert causes(world, world, code_lists=(outside, CODE_LISTS)) == ["kodeliste_aendret"]


def test_another_program_that_makes_another_result_of_the_same_inputs() -> None:
    world = standard()

    assert causes(world, later(world), row_before=lambda premises: None, has_other_logic=True) == ["regel_eller_parameter_aendret"]


def test_another_program_that_changes_nothing_is_no_cause() -> None:
    before, now = standard(), later(standard())
    now.event("indkaldelse", date(2026, 11, 18))

    assert causes(before, now, has_other_logic=True) == ["nye_data"]


def test_a_payment_for_a_month_that_was_not_covered_before_is_new() -> None:
    before, now = World(period_to=date(2026, 9, 1)), World(extracted_on=date(2026, 11, 19))
    for world in (before, now):
        world.permit()
        world.register()
        world.pay(date(2026, 9, 1), 17)
    now.pay(date(2026, 10, 1), 1)

    assert causes(before, now) == ["nye_data"]


def test_a_payment_that_is_taken_back_in_a_month_that_both_cover_is_a_correction() -> None:
    before, now = standard(), later(standard())
    before.ydelser = before.ydelser[:18]
    now.ydelser = now.ydelser[:18]
    now.pay(date(2026, 5, 1), 1, amount=-11000)

    assert causes(before, now) == ["rettede_data"]


def test_a_payment_that_is_gone_from_a_month_that_both_cover_is_a_correction() -> None:
    before, now = standard(), later(standard())
    before.ydelser, now.ydelser = before.ydelser[:18], now.ydelser[:17]

    assert causes(before, now) == ["rettede_data"]


def test_other_ids_of_the_same_payments_explain_nothing() -> None:
    before, now = standard(), later(standard())
    now.ydelser = [row | {"effektuering_id": f"X{row['effektuering_id']}"} for row in now.ydelser]
    now.event("indkaldelse", date(2026, 11, 18))

    assert causes(before, now) == ["nye_data"]


@pytest.mark.parametrize(("day", "cause"), [(date(2026, 11, 12), "rettede_data"), (date(2026, 11, 13), "nye_data")])
def test_an_event_of_before_the_earlier_extract_is_a_correction(day: date, cause: str) -> None:
    before, now = standard(), later(standard())
    now.event("samtale_afholdt", day)

    assert causes(before, now) == [cause]


def test_a_mended_row_is_a_correction() -> None:
    before = standard(rejected={"vejledningshaendelser": [WHO]})

    assert causes(before, later(standard())) == ["rettede_data"]


def test_a_rejected_row_that_came_is_new() -> None:
    assert causes(standard(), later(standard(), rejected={"vejledningshaendelser": [WHO]})) == ["nye_data"]


def test_moving_to_another_municipality_is_moving_out() -> None:
    now = later(standard())
    now.register(kommunekode=OTHER)

    assert causes(standard(), now) == ["fraflyttet"]


def test_a_person_who_is_in_no_delivery_any_more_has_moved_out() -> None:
    assert causes(standard(), World(extracted_on=date(2026, 11, 19))) == ["fraflyttet"]


def test_a_person_whom_a_later_uip_delivery_places_elsewhere_has_moved_out() -> None:
    before, now = standard(), later(standard())
    before.borgere, now.borgere = [], []
    now.claims = [UipClaim(OTHER, instant(date(2026, 11, 20)), frozenset({WHO}))]

    assert causes(before, now) == ["fraflyttet"]


def test_a_person_who_was_in_no_delivery_has_moved_in() -> None:
    now = later(standard())
    now.register(tilflyttet_kommune_dato=date(2026, 11, 15), fraflytningskommune=OTHER)

    assert causes(World(), now) == ["tilflyttet"]


def test_a_move_that_is_in_the_data_already_comes_with_time() -> None:
    world = standard()
    world.register(tilflyttet_kommune_dato=D)

    assert causes(world, later(world), as_of=(date(2026, 11, 21), D)) == ["tiden_er_gaaet"]


def test_no_uip_row_any_more_is_a_lacking_delivery() -> None:
    now = later(standard())
    now.permits = []

    assert causes(standard(), now) == ["levering_mangler"]


def test_no_row_in_borgere_any_more_is_a_lacking_delivery() -> None:
    now = later(standard())
    now.borgere = []

    assert causes(standard(), now) == ["levering_mangler"]


def test_an_answer_for_months_not_asked_before_is_new() -> None:
    before, now = World(), World(extracted_on=date(2026, 11, 19))
    for world in (before, now):
        world.permit()
        world.register(tilflyttet_kommune_dato=date(2026, 10, 15))
    now.answer("svar-1", date(2026, 11, 18), date(2023, 11, 1), date(2026, 10, 1), 20)

    assert causes(before, now) == ["nye_data"]


def test_another_answer_for_months_asked_before_is_a_correction() -> None:
    before, now = World(), World(extracted_on=date(2026, 11, 19))
    for world in (before, now):
        world.permit()
        world.register(tilflyttet_kommune_dato=date(2026, 10, 15))
        world.answer("svar-1", date(2026, 11, 5), date(2023, 11, 1), date(2026, 10, 1), 20)
    now.answer("svar-2", date(2026, 11, 18), date(2023, 11, 1), date(2026, 10, 1), 3)

    assert causes(before, now) == ["rettede_data"]


def test_of_several_causes_that_suffice_the_first_of_the_order_is_told() -> None:
    world = standard()
    world.event("samtale_afholdt", date(2024, 11, 22))

    # Both the passing of time and the shorter interval alone make the talk due.
    found = causes(world, world, as_of=(date(2026, 11, 21), D), parameters=(Parameters(), Parameters(talk_interval_months=12)))

    assert found == ["tiden_er_gaaet"]


def test_causes_that_suffice_only_together_are_joined_in_the_order_of_the_list() -> None:
    before, now = standard(), later(standard())
    before.permits[0]["gyldig_fra"] = now.permits[0]["gyldig_fra"] = date(2021, 11, 22)
    before.ydelser, now.ydelser, before.period_to = before.ydelser[1:18], now.ydelser[:18], date(2026, 9, 1)

    assert causes(before, now, as_of=(date(2026, 11, 21), D)) == ["tiden_er_gaaet", "nye_data"]


def test_the_smallest_combination_is_told() -> None:
    before, now = standard(), later(standard())
    before.ydelser, now.ydelser = before.ydelser[:18], now.ydelser[:17]
    now.event("indkaldelse", date(2026, 11, 18))

    assert causes(before, now, as_of=(date(2026, 11, 21), D)) == ["rettede_data"]


def test_a_change_without_any_changed_input_is_not_explained() -> None:
    world = standard()

    assert causes(world, world, row_before=lambda premises: None) == ["ikke_genberegnet"]


def test_every_cause_has_a_danish_label() -> None:
    assert set(CAUSE_LABELS_DA) == set(Cause)
