"""What the independent check reads: of many deliveries at once what each of them holds, and nothing that retention removed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from repat_pipeline.contracts.inbound import SOURCES
from repat_pipeline.evaluation.lake import read_rows, read_rows_of_many
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.publication.independent_check import check_independently
from repat_pipeline.publication.run_parameters import describe_run, read_run_parameters, write_run_parameters
from repat_pipeline.storage.delivery_log import DeliveryRecord, read_deliveries, write_delivery
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import select_deliveries
from repat_pipeline.warehouse.dbt import project_hash
from tests.integration.marts import build_marts
from tests.support import AS_OF

D = date.fromisoformat(AS_OF)


def of_source(home: Home, source: str) -> list[DeliveryRecord]:
    """The deliveries of one source."""
    return [record for record in read_deliveries(home) if record.source == source]


def some_persons(home: Home) -> pl.DataFrame:
    """Every third person of each municipality, and the same persons as if they lived in the next one."""
    frames = [
        pl.read_parquet(path, columns=["municipality_code", "person_key"])
        for path in sorted(home.lake.glob("accepted/*/*/*/*.parquet"))
    ]  # fmt: skip
    persons = pl.concat(frames).drop_nulls().unique().sort("person_key").gather_every(3)
    elsewhere = persons.with_columns(pl.col("municipality_code").shift(1, fill_value="0101"))
    return pl.concat([persons, elsewhere]).unique()


@pytest.mark.parametrize("source", SOURCES)
def test_many_deliveries_read_at_once_are_each_what_it_is_by_itself(lake: Home, source: str) -> None:
    persons = some_persons(lake)
    records = of_source(lake, source)

    found = read_rows_of_many(lake, source, records, persons)

    wanted = {code: set(rows["person_key"]) for (code,), rows in persons.partition_by("municipality_code", as_dict=True).items()}
    assert found == {
        (record.municipality_code, record.delivery_id): read_rows(lake, record, wanted[record.municipality_code]) for record in records
    }
    assert any(rows for delivery in found.values() for rows in delivery.rows.values())


def test_a_column_that_an_older_delivery_lacks_is_null_in_its_rows_alone(lake: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(lake.lake, home.lake)
    records = of_source(home, "uip")
    older = home.accepted("uip", "opholdstilladelser", records[0].municipality_code, records[0].delivery_id)
    pl.read_parquet(older).drop("gyldig_til").write_parquet(older)

    found = read_rows_of_many(home, "uip", records, some_persons(home))

    ends = [{row["gyldig_til"] is None for row in delivery.rows["opholdstilladelser"]} for delivery in found.values()]
    assert ends[0] == {True}
    assert False in ends[1]


def test_a_file_that_is_gone_is_an_error(lake: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(lake.lake, home.lake)
    records = of_source(home, "fagsystem")
    home.accepted("fagsystem", "borgere", records[-1].municipality_code, records[-1].delivery_id).unlink()

    with pytest.raises(FileNotFoundError):
        read_rows_of_many(home, "fagsystem", records, some_persons(lake))


def test_an_answer_that_retention_removed_counts_for_nobody(lake: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(lake.root, home.root)
    removed = of_source(home, "eindkomst")[0]
    for name in removed.tables:
        home.accepted("eindkomst", name, removed.municipality_code, removed.delivery_id).unlink()
    write_delivery(home, replace(removed, removed_on=D))
    build_marts(home, D, without=("unit_test", "test"))
    selection = select_deliveries(read_deliveries(home), known_at=None, is_income_lawful=True)
    write_run_parameters(
        home,
        describe_run(
            run_id="test", as_of=D, known_at=None, code_version="0", project_hash=project_hash(),
            key_fingerprint=load_key(home).key.fingerprint, selection=selection, own_parameters={},
        ),
    )  # fmt: skip

    agreement = check_independently(home, read_run_parameters(home))

    assert agreement.withheld == {}
    assert agreement.checked[removed.municipality_code] > 0
