"""Rejected rows: the sender's values in quarantine only, and no value in the lake."""

from __future__ import annotations

import stat
from collections.abc import Iterable

import polars as pl
import pytest

from repat_pipeline.storage.delivery_log import REJECTED_SCHEMA
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealing_keys import load_sealer
from repat_pipeline.validation.quarantine import read_quarantine, rejected_for_lake, write_quarantine
from tests.support import Row
from tests.unit.validation.rows import CONTRACTS, PERSON, ZERO_LED_PERSON, check_rows, valid_row

BAD_ROW = {"sagstype": "a-value", "lukket_dato": "another value"}


def rejected(*rows: Row) -> pl.DataFrame:
    """Rejected rows of `sager`."""
    return check_rows("sager", rows).rejected


def quarantined(home: Home, *rows: Row) -> pl.DataFrame:
    """What stands in quarantine after these rows."""
    sealer = load_sealer(home).sealer
    write_quarantine(home, rejected(*rows), CONTRACTS["sager"], sealer=sealer, municipality="0751", delivery_id="d-1")
    return read_quarantine(home, "fagsystem", "sager", municipality="0751", delivery_id="d-1")


def pretend_keys(numbers: Iterable[str]) -> list[str]:
    """A stand-in for the pseudonyms that a test can read: the last three digits."""
    return [f"key-{number[-3:]}" for number in numbers]


def lake_rows(*rows: Row) -> pl.DataFrame:
    """What the lake is told of these rows."""
    return rejected_for_lake(rejected(*rows), CONTRACTS["sager"], municipality="0751", delivery_id="d-1", person_keys=pretend_keys)


def test_quarantine_keeps_every_column_as_the_sender_wrote_it(home: Home) -> None:
    row = valid_row("sager", cpr_nummer=ZERO_LED_PERSON[1:], **BAD_ROW)
    found = quarantined(home, row).row(0, named=True)
    assert {name: found[name] for name in CONTRACTS["sager"].column_names} == dict.fromkeys(CONTRACTS["sager"].column_names) | row


def test_quarantine_names_line_and_rules(home: Home) -> None:
    found = quarantined(home, valid_row("sager", sag_id="S-0"), valid_row("sager", **BAD_ROW))
    assert found.select("line_number", "rule_ids").rows() == [(3, "lukket_dato_format,sagstype_code")]


def test_a_quarantine_file_is_sealed_and_readable_by_its_owner_only(home: Home) -> None:
    quarantined(home, valid_row("sager", **BAD_ROW))
    assert b"another value" not in home.quarantine("fagsystem", "sager", "0751", "d-1").read_bytes()
    assert stat.S_IMODE(home.quarantine("fagsystem", "sager", "0751", "d-1").stat().st_mode) == 0o600


def test_the_lake_knows_where_and_why_and_by_which_person() -> None:
    assert lake_rows(valid_row("sager", **BAD_ROW)).rows() == [
        ("0751", "fagsystem", "d-1", "sager", 2, f"key-{PERSON[-3:]}", "lukket_dato_format,sagstype_code")
    ]


def test_the_lake_has_no_column_for_a_value() -> None:
    assert dict(lake_rows(valid_row("sager", **BAD_ROW)).schema) == REJECTED_SCHEMA


@pytest.mark.parametrize("number", [PERSON[:8], "00" + PERSON[2:], None])
def test_the_lake_knows_no_person_of_an_unreadable_number(number: str | None) -> None:
    assert lake_rows(valid_row("sager", cpr_nummer=number))["person_key"].to_list() == [None]


def test_the_lake_knows_the_person_of_a_number_that_lost_its_zero() -> None:
    found = lake_rows(
        *(valid_row("sager", sag_id=number, cpr_nummer=number, sagstype="x") for number in (ZERO_LED_PERSON, ZERO_LED_PERSON[1:]))
    )
    assert found["person_key"].n_unique() == 1
