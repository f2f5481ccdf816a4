"""dbt tests that look for what is wrong by a short cut find it: keys by their hash, months by their bits."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from jinja2 import Environment

from repat_pipeline.warehouse.dbt import PROJECT_FOLDER, target_folder
from tests.conftest import RunOnce


def repeated_or_empty_keys(rows: str) -> set[tuple[str | None, int | None]]:
    """What `unique_combination` of two columns finds among some rows."""
    text = (PROJECT_FOLDER / "tests" / "generic" / "unique_combination.sql").read_text(encoding="utf-8")
    body = text[text.index("-%}", text.index("{% test")) + 3 : text.index("{% endtest %}")]
    hash_of = lambda columns, qualifier="": f"hash({', '.join(qualifier + column for column in columns)})"  # noqa: E731
    query = Environment(autoescape=False).from_string(body).render(model="given", columns=["person", "month"], hash_of=hash_of)
    with duckdb.connect() as connection:
        connection.execute(f"create table given as select * from (values {rows}) as rows(person, month)")
        return {(person, month) for person, month, _ in connection.sql(query).fetchall()}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("('a', 1), ('a', 2), ('b', 1)", set()),
        ("('a', 1), ('a', 2), ('a', 1), ('b', 1), ('b', 1)", {("a", 1), ("b", 1)}),
        ("('a', 1), (null, 1), ('b', null)", {(None, 1), ("b", None)}),
    ],
)
def test_a_key_that_occurs_twice_or_is_empty_is_found(rows: str, found: set[tuple[str | None, int | None]]) -> None:
    assert repeated_or_empty_keys(rows) == found


@pytest.fixture(scope="module")
def built(run_once: RunOnce, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of a build database with the months of proof as a table."""
    path = tmp_path_factory.mktemp("built") / run_once.home.build_database.name
    shutil.copy(run_once.home.build_database, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table marts.months as select * from marts.benefit_months")
        connection.execute("drop view marts.benefit_months")
        connection.execute("alter table marts.months rename to benefit_months")
        yield connection


@pytest.fixture(scope="module")
def spelling(run_once: RunOnce) -> str:
    """`unique_months_of_the_strip`, as dbt ran it."""
    compiled: Path = target_folder(run_once.home) / "compiled"
    (path,) = compiled.rglob("unique_months_of_the_strip_*.sql")
    return path.read_text(encoding="utf-8")


def test_months_that_spell_the_strip_are_not_found(built: duckdb.DuckDBPyConnection, spelling: str) -> None:
    assert built.sql("select count(*) from marts.benefit_months").fetchall()[0][0] > 0
    assert built.sql(spelling).fetchall() == []


PERSON = "(select min(person_key) from marts.benefit_months where state = 'counted_own')"
IN_DOUBT = "(select min(person_key) from marts.benefit_months where state = 'not_counted')"
MONTHS = f"marts.benefit_months where person_key = {PERSON}"


@pytest.mark.parametrize(
    "wrong",
    [
        f"delete from marts.benefit_months where person_key = {PERSON} and month = (select min(month) from {MONTHS})",
        f"insert into marts.benefit_months select * from {MONTHS} limit 1",
        f"update marts.benefit_months set month = (select max(month) from {MONTHS}) "
        f"where person_key = {PERSON} and month = (select min(month) from {MONTHS})",
        f"update marts.benefit_months set state = 'counted_income' where person_key = {PERSON} and state = 'counted_own'",
        f"update marts.benefit_months set benefit_code = null where person_key = {PERSON} and state = 'counted_own'",
        f"update marts.benefit_months set state = null where person_key = {IN_DOUBT} and state = 'not_counted'",
        f"update marts.benefit_months set month = null where person_key = {PERSON} and month = (select min(month) from {MONTHS})",
        f"insert into marts.benefit_months by name select * replace (null as person_key) from {MONTHS} limit 1",
        f"delete from {MONTHS}",
        f"insert into marts.benefit_months by name select * replace ('nobody' as person_key) from {MONTHS}",
    ],
    ids=[
        "a month missing",
        "a month twice",
        "one month for another",
        "another state",
        "no benefit",
        "no state",
        "an empty month",
        "an empty person",
        "no months",
        "nobody's months",
    ],
)
def test_months_that_do_not_spell_the_strip_are_found(built: duckdb.DuckDBPyConnection, spelling: str, wrong: str) -> None:
    built.execute("begin")
    built.execute(wrong)
    found = built.sql(spelling).fetchall()
    built.execute("rollback")

    assert len(found) == 1
