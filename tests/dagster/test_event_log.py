"""Dagster's SQLite files inside a run: connections are lent again and again, and each keeps its own transaction."""

from __future__ import annotations

from pathlib import Path

import pytest
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from sqlalchemy import Engine, NullPool, create_engine, text

from repat_pipeline.defs.event_log import relaxed_event_log


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An engine as Dagster makes it: it opens and closes a connection for everything it does."""
    engine = create_engine(f"sqlite:///{tmp_path / 'events.db'}", poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("create table events (number integer)"))
    return engine


def numbers(engine: Engine) -> list[int]:
    """What is in the file."""
    with engine.connect() as connection:
        return [number for (number,) in connection.execute(text("select number from events order by number"))]


def test_what_is_committed_stays_after_the_block(engine: Engine) -> None:
    with relaxed_event_log(), engine.begin() as connection:
        connection.execute(text("insert into events values (1)"))

    assert numbers(engine) == [1]


def test_closing_one_connection_does_not_undo_what_another_one_writes(engine: Engine) -> None:
    with relaxed_event_log(), engine.begin() as writing:
        writing.execute(text("insert into events values (1)"))
        with engine.connect() as reading:
            reading.execute(text("select * from events"))

    assert numbers(engine) == [1]


def test_what_is_not_committed_is_undone_when_the_connection_is_given_back(engine: Engine) -> None:
    with relaxed_event_log():
        with engine.connect() as connection:
            connection.execute(text("insert into events values (1)"))

        assert numbers(engine) == []


def test_a_connection_is_lent_again(engine: Engine) -> None:
    def driver() -> object:
        with engine.connect() as connection:
            return connection.connection.dbapi_connection

    with relaxed_event_log():
        assert driver() is driver()


def test_dagster_makes_one_engine_per_file(tmp_path: Path) -> None:
    def engine_of_dagster() -> Engine:
        return sqlite_event_log.create_engine(f"sqlite:///{tmp_path / 'events.db'}", poolclass=NullPool)

    with relaxed_event_log():
        assert engine_of_dagster() is engine_of_dagster()
    assert engine_of_dagster() is not engine_of_dagster()
