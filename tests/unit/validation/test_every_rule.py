"""Every rule id of every table, transcribed from spec/inbound.md section 4: the smallest change of a valid row that breaks it alone."""

from __future__ import annotations

import pytest

from repat_pipeline.contracts.pandera_schema import rule_ids
from tests.support import Row, person
from tests.unit.validation.rows import CONTRACTS, broken_rules, check_rows, valid_row

NO_DAY, NO_MONTH, NO_FORM = "2025-02-30", "2025-13", "1.3.2025"
SHORT_CPR, NO_BIRTH_DATE = person()[:8], "00" + person()[2:]

RULES: dict[str, dict[str, Row]] = {
    "opholdstilladelser": {
        "tilladelse_id_missing": {"tilladelse_id": None},
        "person_id_missing": {"person_id": None},
        "cpr_nummer_format": {"cpr_nummer": SHORT_CPR},
        "cpr_nummer_date": {"cpr_nummer": NO_BIRTH_DATE},
        "statsborgerskab_missing": {"statsborgerskab": None},
        "statsborgerskab_format": {"statsborgerskab": "SYR"},
        "opholdsgrundlag_missing": {"opholdsgrundlag": None},
        "opholdsgrundlag_code": {"opholdsgrundlag": "udl7"},
        "gyldig_fra_missing": {"gyldig_fra": None},
        "gyldig_fra_format": {"gyldig_fra": NO_FORM},
        "gyldig_fra_date": {"gyldig_fra": NO_DAY},
        "gyldig_til_missing": {"status": "udloebet"},
        "gyldig_til_format": {"gyldig_til": NO_FORM},
        "gyldig_til_date": {"gyldig_til": NO_DAY},
        "gyldig_til_order": {"gyldig_til": "2015-03-01"},
        "status_missing": {"status": None},
        "status_code": {"status": "aktiv"},
        "status_dato_missing": {"status": "inddraget"},
        "status_dato_format": {"status_dato": NO_FORM},
        "status_dato_date": {"status_dato": NO_DAY},
        "kommunekode_missing": {"kommunekode": None},
        "kommunekode_code": {"kommunekode": "0411"},
        "repatriering_modtaget_dato_format": {"repatriering_modtaget_dato": NO_FORM},
        "repatriering_modtaget_dato_date": {"repatriering_modtaget_dato": NO_DAY},
    },
    "borgere": {
        "cpr_nummer_missing": {"cpr_nummer": None},
        "cpr_nummer_format": {"cpr_nummer": SHORT_CPR},
        "cpr_nummer_date": {"cpr_nummer": NO_BIRTH_DATE},
        "cpr_status_missing": {"cpr_status": None},
        "cpr_status_code": {"cpr_status": "02"},
        "kommunekode_missing": {"kommunekode": None},
        "kommunekode_code": {"kommunekode": "9999"},
        "tilflyttet_kommune_dato_format": {"tilflyttet_kommune_dato": NO_FORM},
        "tilflyttet_kommune_dato_date": {"tilflyttet_kommune_dato": NO_DAY},
        "fraflytningskommune_format": {"fraflytningskommune": "Aarhus"},
        "statsborgerskab_missing": {"statsborgerskab": None},
        "statsborgerskab_format": {"statsborgerskab": "54860"},
        "adressebeskyttet_missing": {"adressebeskyttet": None},
        "adressebeskyttet_code": {"adressebeskyttet": "2"},
        "digital_post_missing": {"digital_post": None},
        "digital_post_code": {"digital_post": "ja"},
    },
    "ydelser": {
        "effektuering_id_missing": {"effektuering_id": None},
        "cpr_nummer_missing": {"cpr_nummer": None},
        "cpr_nummer_format": {"cpr_nummer": SHORT_CPR},
        "cpr_nummer_date": {"cpr_nummer": NO_BIRTH_DATE},
        "ydelseskode_missing": {"ydelseskode": None},
        "ydelseskode_code": {"ydelseskode": "borgerloen"},
        "periode_fra_missing": {"periode_fra": None},
        "periode_fra_format": {"periode_fra": NO_FORM},
        "periode_fra_date": {"periode_fra": NO_DAY},
        "periode_til_missing": {"periode_til": None},
        "periode_til_format": {"periode_til": NO_FORM},
        "periode_til_date": {"periode_til": NO_DAY},
        "periode_til_order": {"periode_fra": "2025-03-20", "periode_til": "2025-03-19"},
        "periode_spans_months": {"periode_til": "2025-04-01"},
        "benefit_not_valid_in_month": {"ydelseskode": "integrationsydelse"},
        "beloeb_missing": {"beloeb": None},
        "beloeb_format": {"beloeb": "11.000,00"},
    },
    "sager": {
        "sag_id_missing": {"sag_id": None},
        "cpr_nummer_missing": {"cpr_nummer": None},
        "cpr_nummer_format": {"cpr_nummer": SHORT_CPR},
        "cpr_nummer_date": {"cpr_nummer": NO_BIRTH_DATE},
        "sagstype_missing": {"sagstype": None},
        "sagstype_code": {"sagstype": "job"},
        "aabnet_dato_missing": {"aabnet_dato": None},
        "aabnet_dato_format": {"aabnet_dato": NO_FORM},
        "aabnet_dato_date": {"aabnet_dato": NO_DAY},
        "lukket_dato_format": {"lukket_dato": NO_FORM},
        "lukket_dato_date": {"lukket_dato": NO_DAY},
        "lukket_dato_order": {"lukket_dato": "2025-03-09"},
        "afslutningsaarsag_code": {"afslutningsaarsag": "ukendt"},
    },
    "vejledningshaendelser": {
        "haendelse_id_missing": {"haendelse_id": None},
        "forloeb_id_missing": {"forloeb_id": None},
        "cpr_nummer_missing": {"cpr_nummer": None},
        "cpr_nummer_format": {"cpr_nummer": SHORT_CPR},
        "cpr_nummer_date": {"cpr_nummer": NO_BIRTH_DATE},
        "haendelsestype_missing": {"haendelsestype": None},
        "haendelsestype_code": {"haendelsestype": "samtale"},
        "haendelsesdato_missing": {"haendelsesdato": None},
        "haendelsesdato_format": {"haendelsesdato": NO_FORM},
        "haendelsesdato_date": {"haendelsesdato": NO_DAY},
        "aftalt_dato_format": {"aftalt_dato": NO_FORM},
        "aftalt_dato_date": {"aftalt_dato": NO_DAY},
        "udskudt_til_missing": {"haendelsestype": "udsat"},
        "udskudt_til_format": {"udskudt_til": NO_FORM},
        "udskudt_til_date": {"udskudt_til": NO_DAY},
        "kommunekode_missing": {"kommunekode": None},
        "kommunekode_code": {"kommunekode": "0000"},
        "kanal_code": {"kanal": "sms"},
        "vejleder_code": {"vejleder": "ekstern"},
        "i_forlaengelse_af_jobsamtale_code": {"i_forlaengelse_af_jobsamtale": "nej"},
        "varighed_minutter_format": {"varighed_minutter": "1,5"},
        "varighed_minutter_range": {"varighed_minutter": "601"},
        "forberedelse_minutter_format": {"forberedelse_minutter": "ti"},
        "forberedelse_minutter_range": {"forberedelse_minutter": "-1"},
        "efterbehandling_minutter_format": {"efterbehandling_minutter": "10 "},
        "efterbehandling_minutter_range": {"efterbehandling_minutter": "601"},
        "tolk_code": {"tolk": "ja"},
        "tolk_udgift_format": {"tolk_udgift": "350"},
        "udfald_code": {"udfald": "maaske"},
    },
    "repatrieringer": {
        "repatriering_id_missing": {"repatriering_id": None},
        "cpr_nummer_missing": {"cpr_nummer": None},
        "cpr_nummer_format": {"cpr_nummer": SHORT_CPR},
        "cpr_nummer_date": {"cpr_nummer": NO_BIRTH_DATE},
        "ansoegt_dato_missing": {"ansoegt_dato": None},
        "ansoegt_dato_format": {"ansoegt_dato": NO_FORM},
        "ansoegt_dato_date": {"ansoegt_dato": NO_DAY},
        "bevilget_dato_format": {"bevilget_dato": NO_FORM},
        "bevilget_dato_date": {"bevilget_dato": NO_DAY},
        "udrejst_dato_format": {"udrejst_dato": NO_FORM},
        "udrejst_dato_date": {"udrejst_dato": NO_DAY},
    },
    "opslag": {
        "opslag_id_missing": {"opslag_id": None},
        "cpr_nummer_missing": {"cpr_nummer": None},
        "cpr_nummer_format": {"cpr_nummer": SHORT_CPR},
        "cpr_nummer_date": {"cpr_nummer": NO_BIRTH_DATE},
        "maaned_fra_missing": {"maaned_fra": None},
        "maaned_fra_format": {"maaned_fra": "2025-01-01"},
        "maaned_fra_date": {"maaned_fra": NO_MONTH},
        "maaned_til_missing": {"maaned_til": None},
        "maaned_til_format": {"maaned_til": "2025-3"},
        "maaned_til_date": {"maaned_til": NO_MONTH},
        "maaned_til_order": {"maaned_til": "2024-12"},
        "formaal_missing": {"formaal": None},
    },
    "indkomst": {
        "cpr_nummer_missing": {"cpr_nummer": None},
        "cpr_nummer_format": {"cpr_nummer": SHORT_CPR},
        "cpr_nummer_date": {"cpr_nummer": NO_BIRTH_DATE},
        "cpr_nummer_not_asked": {"cpr_nummer": person(1)},
        "se_nummer_missing": {"se_nummer": None},
        "se_nummer_format": {"se_nummer": "3520911"},
        "indberetningsart_missing": {"indberetningsart": None},
        "indberetningsart_code": {"indberetningsart": "X"},
        "tilbagefoert_missing": {"tilbagefoert": None},
        "tilbagefoert_code": {"tilbagefoert": "true"},
        "rettelse_missing": {"rettelse": None},
        "rettelse_code": {"rettelse": "01"},
        "indkomsttype_missing": {"indkomsttype": None},
        "indkomsttype_code": {"indkomsttype": "99"},
        "indtaegtsart_code": {"indtaegtsart": "9999"},
        "loenperiode_fra_missing": {"loenperiode_fra": None},
        "loenperiode_fra_format": {"loenperiode_fra": NO_FORM},
        "loenperiode_fra_date": {"loenperiode_fra": NO_DAY},
        "loenperiode_til_missing": {"loenperiode_til": None},
        "loenperiode_til_format": {"loenperiode_til": NO_FORM},
        "loenperiode_til_date": {"loenperiode_til": NO_DAY},
        "loenperiode_til_order": {"loenperiode_til": "2025-02-28"},
        "basismaaned_missing": {"basismaaned": None},
        "basismaaned_format": {"basismaaned": "202503"},
        "basismaaned_date": {"basismaaned": NO_MONTH},
        "a_indkomst_am_format": {"a_indkomst_am": "1.00"},
        "a_indkomst_uden_am_format": {"a_indkomst_uden_am": "1,000"},
    },
}  # fmt: skip
KEYS = {
    "opholdstilladelser": "tilladelse_id", "borgere": "cpr_nummer", "ydelser": "effektuering_id", "sager": "sag_id",
    "vejledningshaendelser": "haendelse_id", "repatrieringer": "repatriering_id", "opslag": "opslag_id", "indkomst": None,
}  # fmt: skip
CASES = [pytest.param(table, rule, changes, id=f"{table}-{rule}") for table, rules in RULES.items() for rule, changes in rules.items()]


@pytest.mark.parametrize("table", list(CONTRACTS))
def test_a_valid_row_is_accepted(table: str) -> None:
    assert check_rows(table, [valid_row(table)]).accepted.height == 1


@pytest.mark.parametrize(("table", "rule", "changes"), CASES)
def test_a_row_is_rejected_by_exactly_the_rule_it_breaks(table: str, rule: str, changes: Row) -> None:
    assert broken_rules(table, changes) == [rule]


@pytest.mark.parametrize(("table", "key"), [(table, key) for table, key in KEYS.items() if key is not None])
def test_the_second_row_of_a_key_is_rejected(table: str, key: str) -> None:
    checked = check_rows(table, [valid_row(table), valid_row(table)])
    assert checked.rejected.select("line_number", "rule_ids").rows() == [(3, f"{key}_duplicate")]


def test_rows_without_a_key_may_be_alike() -> None:
    assert check_rows("indkomst", [valid_row("indkomst"), valid_row("indkomst")]).accepted.height == 2


@pytest.mark.parametrize("table", list(CONTRACTS))
def test_the_contract_has_these_rules_and_no_others(table: str) -> None:
    duplicate = set() if KEYS[table] is None else {f"{KEYS[table]}_duplicate"}
    assert set(rule_ids(CONTRACTS[table])) == set(RULES[table]) | duplicate
