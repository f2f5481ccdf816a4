"""Every rule id of every contract and every reason of refusal has a Danish text and a next step."""

from __future__ import annotations

from typing import get_args

import pytest

from repat_pipeline.contracts.inbound import all_tables, load_table_contract
from repat_pipeline.contracts.pandera_schema import rule_ids
from repat_pipeline.extracts.refusal import Reason, RefusalCode, make_reason
from repat_pipeline.reports.finding_texts import logged_rule_text, number_da, reason_text, rule_text
from repat_pipeline.reports.refusal_texts import REFUSAL_TEXTS

RULES = [pytest.param(table, rule, id=f"{table.name}-{rule}") for table in all_tables() for rule in rule_ids(table)]


@pytest.mark.parametrize(("table", "rule"), RULES)
def test_every_rule_of_every_contract_has_a_text_and_a_next_step(table, rule: str) -> None:  # type: ignore[no-untyped-def]
    text = rule_text(table, rule)

    assert text.explanation.endswith(".")
    assert text.next_step.endswith(".")


def test_every_reason_of_refusal_has_a_text_and_no_other_has() -> None:
    assert set(REFUSAL_TEXTS) == set(get_args(RefusalCode))


@pytest.mark.parametrize("code", get_args(RefusalCode))
def test_every_reason_says_what_is_wrong_and_what_to_do(code: RefusalCode) -> None:
    text = reason_text(Reason(code, ""))

    assert text.explanation.endswith(".")
    assert text.next_step.endswith(".")


def test_a_rule_that_the_contract_does_not_have_has_no_text() -> None:
    with pytest.raises(KeyError, match=r"fagsystem\.ydelser has no rule beloeb_findes"):
        rule_text(load_table_contract("fagsystem", "ydelser"), "beloeb_findes")


@pytest.mark.parametrize(
    ("source", "table", "rule", "told"),
    [
        ("uip", "opholdstilladelser", "gyldig_til_missing", "når status er udloebet"),
        ("eindkomst", "indkomst", "loenperiode_til_missing", "når loenperiode_fra er udfyldt"),
        ("fagsystem", "vejledningshaendelser", "kanal_code", "fysisk, telefon, video eller brev"),
        ("fagsystem", "borgere", "kommunekode_code", "codelists/kommuner.csv"),
        ("fagsystem", "vejledningshaendelser", "varighed_minutter_range", "fra 0 til 600"),
        ("eindkomst", "indkomst", "se_nummer_format", "8 cifre"),
        ("fagsystem", "sager", "lukket_dato_order", "aabnet_dato"),
        ("fagsystem", "ydelser", "periode_spans_months", "periode_fra og periode_til"),
    ],
)
def test_a_rule_s_text_says_what_the_contract_says(source: str, table: str, rule: str, told: str) -> None:
    text = rule_text(load_table_contract(source, table), rule)

    assert told in f"{text.explanation} {text.next_step}"


def test_a_reason_s_text_names_what_is_known_of_it() -> None:
    reason = make_reason("rows_differ", "x", expected=1, found=2, next_step="y", file="ydelser.csv", told=41231, got=7)

    assert "Manifestet siger 41.231, der er læst 7." in reason_text(reason).explanation


def test_a_reason_of_an_old_log_without_facts_has_the_general_text() -> None:
    assert "{" not in reason_text(Reason.from_record({"code": "rows_differ", "message": "x"})).explanation


def test_what_only_an_old_log_knows_has_a_text_too() -> None:
    texts = [
        logged_rule_text("fagsystem", "ydelser", "fjernet_kolonne_missing"),
        logged_rule_text("fagsystem", "fjernet_tabel", "beloeb_format"),
        reason_text(Reason.from_record({"code": "fjernet", "message": "x"})),
    ]

    assert {text.explanation for text in texts} == {"Kontrollen findes ikke længere."}


def test_a_file_name_that_could_hold_a_cpr_number_is_not_kept() -> None:
    from tests.support import person

    reason = make_reason("file_extra", "x", expected=1, found=2, next_step="y", file=f"{person()}.csv")

    assert reason.file is None


def test_numbers_are_written_as_danes_write_them() -> None:
    assert [number_da(0), number_da(999), number_da(1_234_567)] == ["0", "999", "1.234.567"]
