"""Accepted and rejected rows of a file: all rule ids at once, duplicates, chunks, and that pandera really checks."""

from __future__ import annotations

import traceback
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.config import ValidationDepth, config_context

from repat_pipeline.contracts.pandera_schema import table_schema
from repat_pipeline.extracts.dialect import DEFAULT_DIALECT
from repat_pipeline.validation.report import TableReport
from repat_pipeline.validation.typing import prepare
from repat_pipeline.validation.validate import CheckWithoutRow
from tests.support import Row, person
from tests.unit.validation.rows import CONTRACTS, PERSON, ZERO_LED_PERSON, check_rows, text_frame, valid_row, validator

SECRET = "a-value-of-a-row"


def rejected_lines(frame: pl.DataFrame) -> list[tuple[int, str]]:
    """Line numbers and rule ids of rejected rows."""
    return frame.select("line_number", "rule_ids").rows()


# -- all rule ids of a row ---------------------------------------------------------------------------------------------


def test_a_row_is_rejected_with_all_its_rule_ids_in_order() -> None:
    first = valid_row("ydelser")
    worst = valid_row(
        "ydelser", cpr_nummer="x", ydelseskode="uddannelseshjaelp", periode_fra="2025-07-02", periode_til="2025-06-30", beloeb=None
    )
    assert rejected_lines(check_rows("ydelser", [first, worst]).rejected) == [
        (3, "beloeb_missing,benefit_not_valid_in_month,cpr_nummer_format,effektuering_id_duplicate,periode_spans_months,periode_til_order")
    ]


def test_the_report_counts_every_rule_of_a_row() -> None:
    checking = validator("sager")
    checking.check(text_frame("sager", [valid_row("sager"), valid_row("sager", sagstype=None, aabnet_dato="x")]))
    assert checking.report() == TableReport(
        "sager", 2, 1, 1, {"aabnet_dato_format": 1, "sag_id_duplicate": 1, "sagstype_missing": 1}
    )  # fmt: skip


def test_a_rejected_row_keeps_the_text_of_the_sender() -> None:
    rejected = check_rows("borgere", [valid_row("borgere", kommunekode="751", digital_post="ja")]).rejected
    assert rejected.select("kommunekode", "digital_post").row(0) == ("751", "ja")


@pytest.mark.parametrize(("number", "readable"), [(PERSON, PERSON), (PERSON[:8], None), ("00" + PERSON[2:], None), (None, None)])
def test_only_a_readable_cpr_number_of_a_rejected_row_is_told(number: str | None, readable: str | None) -> None:
    rejected = check_rows("sager", [valid_row("sager", cpr_nummer=number, sagstype="x")]).rejected
    assert rejected["readable_cpr"].to_list() == [readable]


def test_an_accepted_frame_has_the_types_of_the_contract() -> None:
    accepted = check_rows("ydelser", [valid_row("ydelser")]).accepted
    expected = {column.name: column.polars_type for column in CONTRACTS["ydelser"].columns}
    assert dict(accepted.schema) == {"line_number": pl.Int64()} | expected


@pytest.mark.parametrize("table", list(CONTRACTS))
def test_a_chunk_without_rows_is_no_error(table: str) -> None:
    checked = check_rows(table, [])
    assert (checked.accepted.height, checked.rejected.height) == (0, 0)


# -- duplicates --------------------------------------------------------------------------------------------------------


def test_all_but_the_first_row_of_a_key_are_duplicates() -> None:
    rejected = check_rows("sager", [valid_row("sager", sag_id=number) for number in ("S-1", "S-2", "S-1", "S-1", "S-3")]).rejected
    assert rejected["line_number"].to_list() == [4, 5]


def test_a_row_is_a_duplicate_of_a_first_row_that_is_rejected_itself() -> None:
    rejected = check_rows("sager", [valid_row("sager", sagstype="x"), valid_row("sager")]).rejected
    assert rejected_lines(rejected) == [(2, "sagstype_code"), (3, "sag_id_duplicate")]


def test_a_key_is_compared_after_padding() -> None:
    rows = [valid_row("borgere", cpr_nummer=ZERO_LED_PERSON), valid_row("borgere", cpr_nummer=ZERO_LED_PERSON[1:])]
    rejected = check_rows("borgere", rows).rejected
    assert rejected_lines(rejected) == [(3, "cpr_nummer_duplicate")]


def test_rows_without_a_key_are_no_duplicates_of_each_other() -> None:
    rejected = check_rows("sager", [valid_row("sager", sag_id=None)] * 2).rejected
    assert rejected_lines(rejected) == [(2, "sag_id_missing"), (3, "sag_id_missing")]


def test_a_key_is_remembered_over_chunks() -> None:
    checking = validator("sager")
    for first_line in (2, 3):
        checking.check(text_frame("sager", [valid_row("sager", sag_id=f"S-{first_line}")], first_line=first_line))
    last = checking.check(text_frame("sager", [valid_row("sager", sag_id="S-2")], first_line=4))
    assert rejected_lines(last.rejected) == [(4, "sag_id_duplicate")]


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "effektuering_id": st.sampled_from(["E-1", "E-2", "E-3", None]),
            "cpr_nummer": st.sampled_from([PERSON, PERSON[:9], person(1), None]),
            "ydelseskode": st.sampled_from(["kontanthjaelp", "sho", "x"]),
            "periode_fra": st.sampled_from(["2025-03-01", "2025-07-01", "2025-02-30"]),
            "periode_til": st.sampled_from(["2025-03-31", "2025-07-31", "x"]),
            "beloeb": st.sampled_from(["1,00", "1"]),
        }
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, cuts=st.lists(st.integers(0, 12), max_size=4))
def test_any_chunks_of_a_file_give_the_same_rows_and_report(rows: list[Row], cuts: list[int]) -> None:
    frame = text_frame("ydelser", rows)
    whole, chunked = validator("ydelser"), validator("ydelser")
    once = whole.check(frame)
    bounds = [0, *sorted(min(cut, frame.height) for cut in cuts), frame.height]
    parts = [chunked.check(frame[start:end]) for start, end in pairwise(bounds)]
    assert pl.concat([part.accepted for part in parts]).equals(once.accepted)
    assert pl.concat([part.rejected for part in parts]).equals(once.rejected)
    assert chunked.report() == whole.report()


# -- pandera really checks ---------------------------------------------------------------------------------------------


def test_pandera_passes_a_bad_row_of_a_lazy_frame_so_frames_are_checked_eagerly() -> None:
    bad = prepare(text_frame("sager", [valid_row("sager", sagstype="x")]), CONTRACTS["sager"], forms=DEFAULT_DIALECT, asked=None)
    assert table_schema("fagsystem", "sager").validate(bad.lazy(), lazy=True).collect().height == 1


def test_a_bad_row_is_caught_also_where_the_environment_turns_pandera_off() -> None:
    with config_context(validation_enabled=False, validation_depth=ValidationDepth.SCHEMA_ONLY):
        assert check_rows("sager", [valid_row("sager", sagstype="x")]).accepted.height == 0


def frame_that_is_no_text() -> pl.DataFrame:
    """A frame that the reader would never give: pandera can name no row for what is wrong with it."""
    return text_frame("sager", [valid_row("sager")]).with_columns(sag_id=pl.lit([SECRET]))


def test_a_check_that_fails_for_no_row_in_particular_refuses_the_file() -> None:
    with pytest.raises(CheckWithoutRow, match=r"fagsystem\.sager"):
        validator("sager").check(frame_that_is_no_text())


def test_the_error_of_a_check_shows_no_value() -> None:
    with pytest.raises(CheckWithoutRow) as caught:
        validator("sager").check(frame_that_is_no_text())
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_the_error_of_a_check_hides_that_of_pandera() -> None:
    with pytest.raises(CheckWithoutRow) as caught:
        validator("sager").check(frame_that_is_no_text())
    assert caught.value.__suppress_context__


def test_a_report_shows_no_value() -> None:
    checking = validator("sager")
    checking.check(text_frame("sager", [valid_row("sager", sagstype=SECRET, aabnet_dato=SECRET, cpr_nummer=SECRET)]))
    assert SECRET not in repr(checking.report())
