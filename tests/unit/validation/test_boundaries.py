"""Both sides of every boundary of the row rules (spec/inbound.md sections 2-3): what is just accepted, what is just rejected."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from repat_pipeline.extracts.dialect import DEFAULT_DIALECT, XML_DIALECT, Dialect
from tests.support import person
from tests.unit.validation.rows import PERSON, ZERO_LED_PERSON, broken_rules, typed_value

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.mark.parametrize(
    ("text", "day"),
    [("2024-02-29", date(2024, 2, 29)), ("0001-01-01", date(1, 1, 1)), ("9999-12-31", date(9999, 12, 31))],
)
def test_a_real_date_is_typed(text: str, day: date) -> None:
    assert typed_value("sager", "aabnet_dato", text) == day


@pytest.mark.parametrize("text", ["2025-02-29", "2025-04-31", "2025-13-01", "2025-00-10", "2025-10-00", "0000-01-01"])
def test_a_date_that_is_not_in_the_calendar_has_the_form_but_is_no_date(text: str) -> None:
    assert broken_rules("sager", {"aabnet_dato": text}) == ["aabnet_dato_date"]


@pytest.mark.parametrize("text", ["2025-3-10", "20250310", "2025-03-10 ", " 2025-03-10", "2025-03-10\n", "25-03-10", "2025-03-10T00:00"])
def test_another_form_of_date_is_no_date_form(text: str) -> None:
    assert broken_rules("sager", {"aabnet_dato": text}) == ["aabnet_dato_format"]


def test_a_month_is_its_first_day() -> None:
    assert typed_value("opslag", "maaned_til", "2025-03") == date(2025, 3, 1)


@pytest.mark.parametrize("text", ["2025-00", "2025-13", "0000-01"])
def test_a_month_that_is_not_in_the_calendar_is_no_month(text: str) -> None:
    assert broken_rules("indkomst", {"basismaaned": text}) == ["basismaaned_date"]


@pytest.mark.parametrize(
    ("form", "text"),
    [("%d-%m-%Y", "29-02-2024"), ("%d.%m.%Y", "29.02.2024"), ("%d/%m/%Y", "29/02/2024"), ("%Y%m%d", "20240229")],
)
def test_a_senders_declared_form_of_date_is_read(form: str, text: str) -> None:
    assert typed_value("sager", "aabnet_dato", text, forms=Dialect(date_format=form)) == date(2024, 2, 29)


@pytest.mark.parametrize(("form", "text"), [("%m-%Y", "03-2025"), ("%m.%Y", "03.2025"), ("%m/%Y", "03/2025"), ("%Y%m", "202503")])
def test_a_senders_declared_form_of_month_is_read(form: str, text: str) -> None:
    assert typed_value("indkomst", "basismaaned", text, forms=Dialect(month_format=form)) == date(2025, 3, 1)


def test_a_declared_form_replaces_the_usual_one() -> None:
    assert broken_rules("sager", {"aabnet_dato": "2025-03-10"}, forms=Dialect(date_format="%d-%m-%Y")) == ["aabnet_dato_format"]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0,00", "0.00"),
        ("-11000,50", "-11000.50"),
        ("9999999999999999,99", "9999999999999999.99"),
        ("-9999999999999999,99", "-9999999999999999.99"),
    ],
)
def test_an_amount_of_a_csv_file_is_typed_exactly(text: str, amount: str) -> None:
    assert typed_value("ydelser", "beloeb", text) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["1", "1,0", "1,000", "1.00", "1.000,00", "+1,00", ",50", "--1,00", "1,00 ", "1e3,00", "10000000000000000,00"]
)
def test_an_amount_of_a_csv_file_has_a_comma_and_two_decimals(text: str) -> None:
    assert broken_rules("ydelser", {"beloeb": text}) == ["beloeb_format"]


@pytest.mark.parametrize(
    ("text", "amount"), [("7", "7.00"), ("-7.5", "-7.50"), ("7.55", "7.55"), ("9999999999999999", "9999999999999999.00")]
)
def test_an_amount_of_the_income_register_has_a_point_and_up_to_two_decimals(text: str, amount: str) -> None:
    assert typed_value("indkomst", "a_indkomst_uden_am", text, forms=XML_DIALECT) == Decimal(amount)


@pytest.mark.parametrize("text", ["7,50", "7.", ".5", "7.555", "1e3"])
def test_another_amount_of_the_income_register_is_rejected(text: str) -> None:
    assert broken_rules("indkomst", {"a_indkomst_uden_am": text}, forms=XML_DIALECT) == ["a_indkomst_uden_am_format"]


@pytest.mark.parametrize(("text", "minutes"), [("0", 0), ("600", 600), ("007", 7)])
def test_minutes_from_0_to_600_are_accepted(text: str, minutes: int) -> None:
    assert typed_value("vejledningshaendelser", "varighed_minutter", text) == minutes


@pytest.mark.parametrize("text", ["-1", "601", "2147483648", "99999999999999999999999"])
def test_other_whole_numbers_of_minutes_are_out_of_range(text: str) -> None:
    assert broken_rules("vejledningshaendelser", {"varighed_minutter": text}) == ["varighed_minutter_range"]


@pytest.mark.parametrize("text", ["60.0", "60,5", "+60", "1e2", "0x1", "-"])
def test_minutes_that_are_no_whole_number_have_no_form(text: str) -> None:
    assert broken_rules("vejledningshaendelser", {"varighed_minutter": text}) == ["varighed_minutter_format"]


@pytest.mark.parametrize(("text", "claim"), [("0", False), ("1", True), (None, None)])
def test_a_flag_is_a_boolean(text: str | None, claim: bool | None) -> None:
    assert typed_value("vejledningshaendelser", "i_forlaengelse_af_jobsamtale", text) is claim


def test_unicode_digits_of_a_date_are_not_digits() -> None:
    assert broken_rules("sager", {"aabnet_dato": "2025-03-10".translate(FULL_WIDTH)}) == ["aabnet_dato_format"]


def test_unicode_digits_of_a_cpr_number_are_not_digits() -> None:
    assert broken_rules("sager", {"cpr_nummer": PERSON.translate(FULL_WIDTH)}) == ["cpr_nummer_format"]


def test_unicode_digits_of_an_amount_are_not_digits() -> None:
    assert broken_rules("ydelser", {"beloeb": "1,00".translate(FULL_WIDTH)}) == ["beloeb_format"]


def test_unicode_digits_of_minutes_are_not_digits() -> None:
    assert broken_rules("vejledningshaendelser", {"varighed_minutter": "60".translate(FULL_WIDTH)}) == ["varighed_minutter_format"]


def test_unicode_digits_of_a_country_are_not_digits() -> None:
    assert broken_rules("borgere", {"statsborgerskab": "5486".translate(FULL_WIDTH)}) == ["statsborgerskab_format"]


def test_a_country_outside_the_code_list_is_accepted() -> None:
    assert broken_rules("borgere", {"statsborgerskab": "5999"}) == []


def test_blanks_around_a_code_belong_to_it() -> None:
    assert broken_rules("sager", {"sagstype": "ydelse "}) == ["sagstype_code"]


# -- lost leading zeros ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zeros", [0, 1])
def test_a_cpr_number_of_nine_digits_gets_its_zero_back(zeros: int) -> None:
    assert typed_value("sager", "cpr_nummer", ZERO_LED_PERSON[zeros:]) == ZERO_LED_PERSON


def test_a_cpr_number_of_eight_digits_is_not_padded() -> None:
    assert broken_rules("sager", {"cpr_nummer": ZERO_LED_PERSON[2:]}) == ["cpr_nummer_format"]


def test_nine_characters_that_are_no_digits_are_not_padded() -> None:
    assert broken_rules("sager", {"cpr_nummer": PERSON[1:9] + "x"}) == ["cpr_nummer_format"]


@pytest.mark.parametrize(
    ("table", "column", "text", "padded"),
    [
        ("borgere", "kommunekode", "751", "0751"),
        ("indkomst", "indkomsttype", "6", "06"),
        ("indkomst", "indtaegtsart", "3", "0003"),
        ("indkomst", "indtaegtsart", "41", "0041"),
        ("indkomst", "indtaegtsart", "103", "0103"),
    ],
)
def test_codes_get_their_lost_zeros_back(table: str, column: str, text: str, padded: str) -> None:
    assert typed_value(table, column, text) == padded


def test_a_municipality_code_of_two_digits_is_not_padded() -> None:
    assert broken_rules("borgere", {"kommunekode": "51"}) == ["kommunekode_code"]


@pytest.mark.parametrize(
    ("table", "column", "text", "rule"),
    [
        ("borgere", "fraflytningskommune", "751", "fraflytningskommune_format"),
        ("borgere", "statsborgerskab", "548", "statsborgerskab_format"),
        ("borgere", "cpr_status", "1", "cpr_status_code"),
        ("indkomst", "se_nummer", "5209115", "se_nummer_format"),
    ],
)
def test_no_other_column_is_padded(table: str, column: str, text: str, rule: str) -> None:
    assert broken_rules(table, {column: text}) == [rule]


# -- rules over several columns ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "column", "same"),
    [
        ("opholdstilladelser", "gyldig_til", "2015-03-02"),
        ("sager", "lukket_dato", "2025-03-10"),
        ("opslag", "maaned_til", "2025-01"),
        ("indkomst", "loenperiode_til", "2025-03-01"),
        ("ydelser", "periode_til", "2025-03-01"),
    ],
)
def test_an_end_on_the_day_or_month_of_the_start_is_in_order(table: str, column: str, same: str) -> None:
    assert broken_rules(table, {column: same}) == []


def test_the_order_is_not_judged_when_the_start_cannot_be_read() -> None:
    assert broken_rules("sager", {"aabnet_dato": "2025-02-30", "lukket_dato": "2025-01-01"}) == ["aabnet_dato_date"]


def test_a_period_to_the_last_day_of_its_month_is_one_month() -> None:
    assert broken_rules("ydelser", {"periode_fra": "2025-03-01", "periode_til": "2025-03-31"}) == []


def test_the_same_month_of_another_year_is_another_month() -> None:
    assert broken_rules("ydelser", {"periode_til": "2026-03-31"}) == ["periode_spans_months"]


def test_a_period_that_ends_in_the_month_before_it_begins_breaks_order_and_month() -> None:
    assert broken_rules("ydelser", {"periode_fra": "2025-03-01", "periode_til": "2025-02-28"}) == [
        "periode_spans_months",
        "periode_til_order",
    ]


@pytest.mark.parametrize(
    ("month", "rules"),
    [
        ("2013-12", ["benefit_not_valid_in_month"]),
        ("2014-01", []),
        ("2025-06", []),
        ("2025-07", ["benefit_not_valid_in_month"]),
    ],
)
def test_uddannelseshjaelp_exists_from_2014_to_june_2025(month: str, rules: list[str]) -> None:
    changes = {"periode_fra": f"{month}-30", "periode_til": f"{month}-30"}
    assert broken_rules("ydelser", {"ydelseskode": "uddannelseshjaelp", **changes}) == rules


def test_a_benefit_without_limits_is_valid_in_every_month() -> None:
    assert broken_rules("ydelser", {"ydelseskode": "kontanthjaelp", "periode_fra": "1990-01-01", "periode_til": "1990-01-31"}) == []


def test_the_validity_is_not_judged_for_an_unknown_benefit() -> None:
    assert broken_rules("ydelser", {"ydelseskode": "borgerloen"}) == ["ydelseskode_code"]


def test_the_validity_is_not_judged_when_the_period_cannot_be_read() -> None:
    assert broken_rules("ydelser", {"ydelseskode": "sho", "periode_fra": "2025-07-32", "periode_til": "2025-07-31"}) == ["periode_fra_date"]


@pytest.mark.parametrize("status", ["bortfaldet", "inddraget", "forlaengelse_naegtet"])
def test_the_end_of_a_permit_needs_its_day(status: str) -> None:
    assert broken_rules("opholdstilladelser", {"status": status}) == ["status_dato_missing"]


@pytest.mark.parametrize("status", ["bortfaldet", "inddraget", "forlaengelse_naegtet"])
def test_the_end_of_a_permit_with_its_day_is_accepted(status: str) -> None:
    assert broken_rules("opholdstilladelser", {"status": status, "status_dato": "2025-03-10"}) == []


def test_an_expired_permit_needs_no_day_of_status() -> None:
    assert broken_rules("opholdstilladelser", {"status": "udloebet", "gyldig_til": "2025-03-10"}) == []


def test_a_postponement_with_its_day_is_accepted() -> None:
    assert broken_rules("vejledningshaendelser", {"haendelsestype": "udsat", "udskudt_til": "2025-09-01"}) == []


def test_a_wage_period_may_be_absent_as_a_whole() -> None:
    assert broken_rules("indkomst", {"loenperiode_fra": None, "loenperiode_til": None}) == []


def test_a_permit_of_a_person_without_cpr_number_is_accepted() -> None:
    assert broken_rules("opholdstilladelser", {"cpr_nummer": None}) == []


# -- who was asked for -------------------------------------------------------------------------------------------------


def test_income_of_nobody_who_was_asked_for_is_rejected() -> None:
    assert broken_rules("indkomst", {}, asked=[]) == ["cpr_nummer_not_asked"]


def test_income_of_one_among_many_who_were_asked_for_is_accepted() -> None:
    assert broken_rules("indkomst", {}, asked=[person(2), PERSON, person(3)]) == []


def test_a_person_is_asked_for_also_when_the_row_has_lost_its_zero() -> None:
    assert broken_rules("indkomst", {"cpr_nummer": ZERO_LED_PERSON[1:]}, asked=[ZERO_LED_PERSON]) == []


def test_a_number_that_cannot_be_read_is_not_called_not_asked() -> None:
    assert broken_rules("indkomst", {"cpr_nummer": PERSON[:7]}, asked=[]) == ["cpr_nummer_format"]


def test_the_default_dialect_is_that_of_the_csv_files() -> None:
    assert (DEFAULT_DIALECT.decimal, DEFAULT_DIALECT.exact_decimals) == (",", True)
