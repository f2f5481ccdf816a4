"""With months that an earlier run kept, the models build what they build from scratch: also when an answer or a delivery is new.

What is new here takes months back, in part and in full, reverses reports and leaves lines out; whoever was asked again is asked of
another range. A build that took the old months of a delivery for the new ones would differ.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest

from repat_pipeline.evaluation.calendar import add_months
from repat_pipeline.evaluation.evaluate import evaluate
from repat_pipeline.evaluation.inputs import Delivery, Parameters
from repat_pipeline.evaluation.lake import read_code_lists, read_lake
from repat_pipeline.storage.layout import Home
from repat_pipeline.warehouse.kept_months import KeptMonths, find_kept_months, keep_months
from tests.integration.marts import build_marts, selected, write_lake
from tests.integration.test_models_agree_with_evaluation import decided_by_evaluation, decided_by_models, differences

D, NEXT_MONTH = date(2026, 11, 22), date(2026, 12, 1)
KEY = "fingerprint"
Rows = list[dict[str, Any]]

# They tell what is netted in the run, so they cannot be the same.
OF_THE_NETTING = {"int_deliveries__netting", "int_income__line_classes", "int_income__lines_standing"}


@dataclass(frozen=True)
class Built:
    """Tables of three builds on the same day: before anything new came, then with what that build kept, then from scratch."""

    home: Home
    before: dict[str, pl.DataFrame]
    with_kept: dict[str, pl.DataFrame]
    from_scratch: dict[str, pl.DataFrame]
    new: set[tuple[str, str, str]]


def income_corrected(lines: Rows) -> Iterator[dict[str, Any]]:
    """Income lines as the register tells them later: reversed, taken back in full or in part, or no more."""
    for number, line in enumerate(lines):
        amount = line["a_indkomst_uden_am"] or Decimal(0)
        if number % 5 == 0:
            continue
        yield line
        if number % 5 == 1:
            yield line | {"indberetning_id": f"K{number}", "rettelse": True, "a_indkomst_uden_am": -amount}
        elif number % 5 == 2 and line["indberetning_id"] is not None:
            yield line | {"indberetningsart": "T"}
        elif number % 5 == 3:
            yield line | {"indberetning_id": f"D{number}", "rettelse": True, "a_indkomst_uden_am": Decimal("0.01") - amount}


def newer_answer(answer: Delivery) -> Delivery:
    """A newer answer: half of the persons asked again, of a range that ends two months earlier."""
    asked = [row | {"maaned_til": max(row["maaned_fra"], add_months(row["maaned_til"], -2))} for row in answer.rows["opslag"][::2]]
    persons = {row["person_key"] for row in asked}
    lines = income_corrected([dict(line) for line in answer.rows["indkomst"] if line["person_key"] in persons])
    return replace(
        answer, delivery_id=f"{answer.delivery_id}-newer", extracted_at=answer.extracted_at + timedelta(days=1),
        rows={"opslag": asked, "indkomst": list(lines)}, rejected={},
    )  # fmt: skip


def newer_payments(own: Delivery) -> Delivery:
    """A newer delivery of a municipality's own data: every third payment is gone, every third is paid back."""
    paid: Rows = []
    for number, row in enumerate(own.rows["ydelser"]):
        if number % 3:
            paid.append(dict(row))
        if number % 3 == 1:
            paid.append(dict(row) | {"effektuering_id": f"T{number}", "beloeb": -row["beloeb"]})
    return replace(
        own, delivery_id=f"{own.delivery_id}-newer", extracted_at=own.extracted_at + timedelta(days=1), rows={**own.rows, "ydelser": paid},
        rejected={},
    )  # fmt: skip


def tables(home: Home) -> dict[str, pl.DataFrame]:
    """Every table and view of the models that decide."""
    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        places = connection.sql(
            "select table_schema, table_name from information_schema.tables where table_schema in ('intermediate', 'marts')"
        ).fetchall()
        return {name: connection.sql(f"select * from {schema}.{name}").pl() for schema, name in places}


def kept_of(built: dict[str, pl.DataFrame]) -> dict[bool, set[tuple[str, str, str]]]:
    """Deliveries that were kept, and those that were netted."""
    found: dict[bool, set[tuple[str, str, str]]] = {True: set(), False: set()}
    for municipality, source, delivery_id, is_kept in built["int_deliveries__netting"].iter_rows():
        found[is_kept].add((municipality, source, delivery_id))
    return found


def rows_in_one_only(one: pl.DataFrame, other: pl.DataFrame) -> int:
    """Rows that one of two tables has more often than the other."""
    with duckdb.connect() as connection:
        connection.register("one", one)
        connection.register("other", other)
        found = connection.sql("select count(*) from ((from one except all from other) union all (from other except all from one))")
        return int(found.fetchall()[0][0])


def find(home: Home, as_of: date) -> KeptMonths:
    """What is kept for a run on a day."""
    return find_kept_months(home, selected(home, as_of), key_fingerprint=KEY)


@pytest.fixture(scope="module")
def built(lake: Home, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A copy of the lake, to which a newer answer of one municipality and newer own data of another come after the first build."""
    home = Home(tmp_path_factory.mktemp("kept"))
    shutil.copytree(lake.lake, home.lake)
    build_marts(home, D, without=("unit_test", "test"))
    before = tables(home)
    keep_months(home, selected(home, D), key_fingerprint=KEY)
    deliveries = read_lake(home)
    answer = next(delivery for delivery in deliveries if delivery.source == "eindkomst")
    own = next(delivery for delivery in deliveries if delivery.source == "fagsystem" and delivery.municipality != answer.municipality)
    new = [newer_answer(answer), newer_payments(own)]
    write_lake(home, new)
    build_marts(home, D, without=("unit_test", "test"), kept=find(home, D))
    with_kept = tables(home)
    build_marts(home, D, without=("unit_test", "test"))
    places = {(delivery.municipality, delivery.source, delivery.delivery_id) for delivery in new}
    return Built(home, before, with_kept, tables(home), places)


def test_only_what_is_new_is_netted(built: Built) -> None:
    found = kept_of(built.with_kept)

    assert found[False] == built.new
    assert found[True] == kept_of(built.before)[False] & kept_of(built.from_scratch)[False]
    assert {source for _, source, _ in found[True]} == {"fagsystem", "eindkomst"}


def test_every_table_is_the_one_of_a_build_from_scratch(built: Built) -> None:
    assert set(built.with_kept) == set(built.from_scratch) >= {"eligibility", "eligibility_criteria", "int_income__months_netted"}

    different = [
        name for name, expected in built.from_scratch.items()
        if name not in OF_THE_NETTING
        and (built.with_kept[name].schema != expected.schema or rows_in_one_only(built.with_kept[name], expected) > 0)
    ]  # fmt: skip

    assert different == []


@pytest.mark.parametrize("name", ["int_income__months_used", "int_benefits__own_months", "eligibility"])
def test_what_is_new_says_something_else_so_that_old_months_in_its_place_would_be_seen(built: Built, name: str) -> None:
    assert rows_in_one_only(built.before[name], built.from_scratch[name]) > 0


def test_in_the_next_month_nothing_kept_is_used_and_the_models_decide_as_the_evaluation(built: Built) -> None:
    kept = find(built.home, NEXT_MONTH)
    build_marts(built.home, NEXT_MONTH, without=("unit_test", "test"), kept=kept)

    evaluations = evaluate(
        read_lake(built.home), as_of=NEXT_MONTH, known_at=None, parameters=Parameters(), code_lists=read_code_lists()
    )  # fmt: skip

    assert kept.months.height > 0
    assert kept_of(tables(built.home))[True] == set()
    assert differences(decided_by_models(built.home), decided_by_evaluation(evaluations)) == []
