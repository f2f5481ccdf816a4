"""Evidence: which rows stand behind an outcome, in which role, and nothing beyond what the criterion reads."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from repat_pipeline.explanation.evidence import (
    covered_group_evidence,
    rejected_evidence,
    residence_evidence,
    resident_evidence,
    round_evidence,
    talk_evidence,
)
from repat_pipeline.explanation.lake_rows import LakeRows, RejectedRow
from repat_pipeline.explanation.months import MonthExplanation, coverage_evidence, explain_months, used_answers
from repat_pipeline.explanation.unknown_person import why_not_evaluated
from tests.unit.explanation.facts import (
    AS_OF,
    CODE_LISTS,
    MONTHS,
    PARAMETERS,
    event,
    income,
    lake,
    look_up,
    payment,
    permit,
    resident,
)

FIRST = MONTHS[0]
WHOLE_WINDOW = look_up(MONTHS[0], MONTHS[-1])


def first_month(rows: LakeRows, character: str, published: str | None = None) -> MonthExplanation:
    """The explanation of the first month of W, published with a character of the strip."""
    codes = {FIRST: published} if published else {}
    strip = character + "." * 35
    return explain_months(rows, MONTHS, strip, published_codes=codes, parameters=PARAMETERS, code_lists=CODE_LISTS)[0]


# -- C1, C2, C3, C5


def test_uip_is_shown_for_residence_only_without_a_row_in_the_register() -> None:
    permits = [permit(date(2015, 3, 2))]

    assert [row.role for row in resident_evidence(lake(register_row=resident(), permits=permits))] == ["register"]
    assert [row.role for row in resident_evidence(lake(permits=permits))] == ["uip_place"]


def test_a_citizenship_is_told_only_where_it_decides_and_as_its_group() -> None:
    permits = [permit(date(2015, 3, 2))]
    excepted = covered_group_evidence(
        lake(register_row=resident(statsborgerskab="5154"), permits=permits), AS_OF, code_lists=CODE_LISTS
    )  # fmt: skip
    other = covered_group_evidence(lake(register_row=resident(), permits=permits), AS_OF, code_lists=CODE_LISTS)

    assert (excepted[0].role, excepted[0].fields) == ("citizenship_outside", {"citizenship_group": "eu"})
    assert [row.role for row in other] == ["deciding_permit"]
    assert all("statsborgerskab" not in row.fields for row in [*excepted, *other])


@pytest.mark.parametrize(
    ("row", "since", "role"),
    [
        (permit(date(2015, 3, 2)), date(2015, 3, 2), "in_chain"),
        (permit(date(2010, 1, 1), date(2014, 1, 1)), date(2015, 3, 2), "before_gap"),
        (permit(date(2010, 1, 1), date(2014, 1, 1)), None, "ended_before"),
        (permit(date(2015, 3, 2), opholdsgrundlag="EU6"), None, "no_residence_permit"),
        (permit(date(2027, 1, 1)), None, "starts_later"),
        (permit(date(2015, 3, 2), status="inddraget", status_dato=date(2015, 3, 2)), None, "covers_nothing"),
    ],
)
def test_every_permit_is_told_by_its_part_in_the_chain(row: dict, since: date | None, role: str) -> None:
    (found,) = residence_evidence(lake(permits=[row]), AS_OF, residence_since=since, code_lists=CODE_LISTS)

    assert found.role == role


def test_talks_are_told_newest_first_and_one_without_a_document_elsewhere_does_not_count() -> None:
    events = [
        event("samtale_afholdt", date(2023, 1, 1), line=2),
        event("samtale_afholdt", date(2024, 1, 1), line=3),
        event("samtale_afholdt", date(2025, 1, 1), line=4, kommunekode="0461"),
        event("afsluttende_brev", date(2026, 1, 1), line=5),
        event("samtale_afholdt", date(2027, 1, 1), line=6),
    ]

    found = talk_evidence(lake(events=events), AS_OF, parameters=PARAMETERS)

    assert [(row.role, row.lines) for row in found] == [
        ("closing_letter", (5,)), ("undocumented_talk", (4,)), ("last_talk", (3,)), ("earlier_talk", (2,)),
    ]  # fmt: skip


@pytest.mark.parametrize(("day", "role"), [(date(2024, 11, 23), "round_event"), (date(2024, 11, 22), "lapsed_event")])
def test_a_round_that_has_lapsed_is_told_as_such(day: date, role: str) -> None:
    (found,) = round_evidence(lake(events=[event("indkaldelse", day)]), AS_OF, parameters=PARAMETERS)

    assert found.role == role


def test_rejected_rows_are_places_and_rules_without_values() -> None:
    rejected = (RejectedRow("fagsystem", "fag-1", "ydelser", 9, ("beloeb_format",)),)

    (found,) = rejected_evidence(lake(rejected=rejected), "benefit_months", used_answers=frozenset())

    assert (found.lines, found.rule_ids, found.fields) == ((9,), ("beloeb_format",), {})


def test_a_rejected_row_of_an_answer_that_is_not_used_stands_behind_nothing() -> None:
    rejected = (RejectedRow("eindkomst", "svar-1", "indkomst", 9, ("se_nummer_format",)),)

    assert rejected_evidence(lake(rejected=rejected), "benefit_months", used_answers=frozenset()) == []


def test_rejected_uip_rows_say_nothing_of_the_residence_of_somebody_in_the_register() -> None:
    rejected = (RejectedRow("uip", "uip-1", "opholdstilladelser", 9, ("status_code",)),)

    assert rejected_evidence(lake(register_row=resident(), rejected=rejected), "resident", used_answers=frozenset()) == []


# -- months


def test_the_rows_of_a_month_are_netted_by_benefit() -> None:
    payments = [payment(FIRST, 11000, line=2), payment(FIRST, -500, line=3), payment(FIRST, 9000, "sygedagpenge", line=4)]

    month = first_month(lake(register_row=resident(), payments=payments), "K")

    (row,) = month.evidence
    assert (row.role, row.lines, row.fields["net_dkk"], month.benefit_code) == ("counts", (2, 3), Decimal(10500), "kontanthjaelp")


def test_a_correction_to_nothing_shows_why_the_month_does_not_count() -> None:
    month = first_month(lake(payments=[payment(FIRST, 11000, line=2), payment(FIRST, -11000, line=3)]), ".")

    assert [(row.role, row.fields["net_dkk"]) for row in month.evidence] == [("counts_not", Decimal(0))]


def test_income_of_a_listed_code_counts_and_other_income_is_not_shown() -> None:
    lines = [income(FIRST, line=1), income(FIRST, None, line=2, indkomsttype="00", a_indkomst_am=Decimal(30000))]

    month = first_month(lake(look_ups=[WHOLE_WINDOW], lines=lines), "I")

    assert [(row.role, row.lines) for row in month.evidence] == [("counts", (1,))]


def test_a_listed_code_under_another_income_type_is_not_shown_as_a_benefit() -> None:
    month = first_month(lake(look_ups=[WHOLE_WINDOW], lines=[income(FIRST, indkomsttype="00")]), ".")

    assert month.evidence == ()


def test_a_reversed_report_is_told() -> None:
    month = first_month(lake(look_ups=[WHOLE_WINDOW], reversed_lines=[income(FIRST, line=4), income(FIRST, line=5)]), ".")

    assert [(row.role, row.lines) for row in month.evidence] == [("reversed", (4, 5))]


def test_an_unknown_month_says_whether_nobody_asked_or_only_the_collective_code_answers() -> None:
    assert first_month(lake(), "?").why_unknown == "not_covered"
    assert first_month(lake(look_ups=[WHOLE_WINDOW], lines=[income(FIRST, "0038")]), "?").why_unknown == "ambiguous_code"


def test_the_published_benefit_stands_before_the_rows() -> None:
    assert first_month(lake(payments=[payment(FIRST)]), "K", published="sho").benefit_code == "sho"


def test_coverage_names_the_register_the_period_of_the_benefits_and_what_was_asked() -> None:
    found = coverage_evidence(lake(register_row=resident(), look_ups=[WHOLE_WINDOW]), MONTHS)

    assert [row.role for row in found] == ["lives_here", "asked"]
    assert (found[0].fields["period_from"], found[0].fields["period_to"]) == (date(2023, 1, 1), date(2026, 10, 1))


def test_an_answer_about_other_months_is_not_used() -> None:
    assert used_answers(lake(look_ups=[look_up(date(2020, 1, 1), date(2020, 12, 1))]), MONTHS) == frozenset()


# -- nobody of the base population


@pytest.mark.parametrize(
    ("rows", "reasons"),
    [
        (lake(), ("unknown_to_municipality",)),
        (lake(payments=[payment(FIRST)]), ("no_uip_row", "no_register_row")),
        (lake(register_row=resident(statsborgerskab="5100"), payments=[payment(FIRST)]), ("no_uip_row", "danish_citizen")),
        (lake(register_row=resident(), payments=[payment(FIRST, code="sygedagpenge")]), ("no_uip_row", "no_listed_benefit")),
    ],
)
def test_it_is_told_what_keeps_a_person_out_of_the_base_population(rows: LakeRows, reasons: tuple[str, ...]) -> None:
    assert why_not_evaluated(rows, parameters=PARAMETERS, code_lists=CODE_LISTS).reasons == reasons


def test_a_rejected_row_of_somebody_unknown_is_told() -> None:
    rows = lake(rejected=(RejectedRow("fagsystem", "fag-1", "borgere", 4, ("cpr_status_code",)),))

    why = why_not_evaluated(rows, parameters=PARAMETERS, code_lists=CODE_LISTS)

    assert (why.reasons, [row.lines for row in why.evidence]) == (("no_uip_row", "no_register_row"), [(4,)])
