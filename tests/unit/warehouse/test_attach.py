"""What counts must be there: a decision is never made from what is left."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pytest

from repat_pipeline.contracts.inbound import load_source_contract
from repat_pipeline.errors import value_free_text
from repat_pipeline.storage.delivery_log import DeliveryRecord, TableCounts
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import Selection
from repat_pipeline.warehouse.attach import LakeDamaged, LakeIncomplete, LakeOutdated, attach_deliveries, damage_named
from tests.support import MUNICIPALITY, instant


def record(delivery_id: str, *, rejected: int = 0) -> DeliveryRecord:
    """A UIP delivery as the log has it."""
    return DeliveryRecord(
        municipality_code=MUNICIPALITY, source="uip", delivery_id=delivery_id, content="c", contract_version="1.0.0",
        extracted_at=instant("2026-11-10"), received_at=instant("2026-11-10"), period_from=date(2026, 1, 1), period_to=None,
        legal_basis=None, legal_basis_reference=None, tables={"opholdstilladelser": TableCounts(rejected, 0, rejected)}, signature={},
    )  # fmt: skip


def test_a_delivery_that_counts_without_rows_in_the_lake_is_refused_and_named(home: Home) -> None:
    selection = Selection((record("uip-1"),), (record("uip-1"),), {})

    with pytest.raises(LakeIncomplete, match=r"rows of 1 deliveries that count are no longer in the lake: 0751 uip uip-1\.") as raised:
        attach_deliveries(home, selection)

    assert "Retention or erasure" in value_free_text(raised.value)


def test_lost_rejected_rows_are_noticed_too(home: Home) -> None:
    accepted = home.accepted("uip", "opholdstilladelser", MUNICIPALITY, "uip-1")
    accepted.parent.mkdir(parents=True)
    accepted.touch()

    with pytest.raises(LakeIncomplete):
        attach_deliveries(home, Selection((), (record("uip-1", rejected=1),), {}))


def test_a_superseded_delivery_may_be_gone(home: Home) -> None:
    attach_deliveries(home, Selection((record("uip-1"),), (), {"0751": ["uip"]}))

    assert home.build_database.is_file()


def test_a_damaged_file_is_named_by_its_delivery_instead_of_the_engine_s_own_text(home: Home) -> None:
    accepted = home.accepted("uip", "opholdstilladelser", MUNICIPALITY, "uip-1")
    accepted.parent.mkdir(parents=True)
    accepted.write_bytes(b"PAR1 cut off")
    selection = Selection((record("uip-1"),), (record("uip-1"),), {})

    with pytest.raises(LakeDamaged, match=r"files of 1 deliveries that count are damaged: 0751 uip uip-1\."), damage_named(home, selection):
        raise RuntimeError("the engine's text")


def test_a_failure_over_whole_files_stays_what_it_is(home: Home) -> None:
    accepted = home.accepted("uip", "opholdstilladelser", MUNICIPALITY, "uip-1")
    accepted.parent.mkdir(parents=True)
    pl.DataFrame({"line_number": [1]}).write_parquet(accepted)

    with pytest.raises(RuntimeError, match="the engine's text"), damage_named(home, Selection((), (record("uip-1"),), {})):
        raise RuntimeError("the engine's text")


def test_a_file_that_is_gone_is_not_told_as_damaged(home: Home) -> None:
    selection = Selection((record("uip-1"),), (record("uip-1"),), {})

    with pytest.raises(LakeIncomplete), damage_named(home, selection):
        attach_deliveries(home, selection)


def put(home: Home, delivery_id: str, *, without: tuple[str, ...]) -> DeliveryRecord:
    """A delivery of one row that was written under a contract without some columns."""
    table = load_source_contract("uip").tables["opholdstilladelser"]
    path = home.accepted("uip", "opholdstilladelser", MUNICIPALITY, delivery_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = pl.DataFrame({name: pl.Series([None], dtype=dtype) for name, dtype in table.lake_schema.items() if name not in without})
    frame.with_columns(pl.lit(delivery_id).alias("delivery_id")).write_parquet(path)
    return record(delivery_id)


def test_an_optional_column_that_came_later_is_null_in_older_rows(home: Home) -> None:
    older, newer = put(home, "uip-1", without=("gyldig_til",)), put(home, "uip-2", without=())

    attach_deliveries(home, Selection((), (older, newer), {}))

    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        assert connection.sql("select delivery_id, gyldig_til from uip.opholdstilladelser order by 1").fetchall() == [
            ("uip-1", None), ("uip-2", None),
        ]  # fmt: skip


def test_an_optional_column_that_no_row_has_yet_is_null(home: Home) -> None:
    attach_deliveries(home, Selection((), (put(home, "uip-1", without=("gyldig_til",)),), {}))

    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        assert connection.sql("select gyldig_til from uip.opholdstilladelser").fetchall() == [(None,)]


def test_rows_without_a_column_that_must_have_a_value_are_refused_and_the_command_is_named(home: Home) -> None:
    outdated = put(home, "uip-1", without=("gyldig_fra",))

    with pytest.raises(LakeOutdated, match=r"lack opholdstilladelser\.gyldig_fra: 0751 uip uip-1\..*repat reread"):
        attach_deliveries(home, Selection((), (outdated,), {}))
