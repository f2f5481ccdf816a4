"""Who stood on which feed before the reference date (spec/kpi.md section 2, K22)."""

from __future__ import annotations

import shutil
from datetime import date

import duckdb
import polars as pl
import pytest

from repat_pipeline.identity.pseudonym import PseudonymKey
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.outbox import strays
from repat_pipeline.storage.selection import Selection
from repat_pipeline.warehouse import feed_index
from repat_pipeline.warehouse.attach import attach_deliveries
from repat_pipeline.warehouse.feed_history import FeedHistory, read_feed_history
from tests.support import MUNICIPALITY

OTHER = "0101"
KEY = PseudonymKey(b"k" * 32)
JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


def publish(home: Home, as_of: date, *persons: str, route: str = "active_case", municipality: str = MUNICIPALITY) -> None:
    """Publish candidates of a reference date."""
    path = home.persons_folder(home.published_as_of(as_of), municipality) / "eligibility_candidates.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    refs = KEY.person_refs(municipality, list(persons))
    rows = {"municipality_code": [municipality] * len(refs), "person_ref": refs, "primary_route": [route] * len(refs)}
    pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.String)).write_parquet(path)


def feed(home: Home, as_of: date, municipality: str = MUNICIPALITY, sequence: int = 1) -> None:
    """Lay a feed into the outbox."""
    folder = home.feed_folder(municipality, as_of) / str(sequence)
    folder.mkdir(parents=True)
    (folder / "manifest.json").touch()


def listed(history: FeedHistory) -> list[tuple[str, date, str]]:
    """Person key, first feed and route of everybody."""
    persons = pl.DataFrame({"municipality_code": [MUNICIPALITY] * 3, "person_key": ["c", "b", "a"]})
    return history.with_keys(persons, KEY.person_refs).select("person_key", "first_listed_on", "primary_route").rows()


def test_the_first_feed_with_a_person_counts_with_its_route(home: Home) -> None:
    for day, persons, route in ((JANUARY, ["a"], "active_case"), (FEBRUARY, ["a", "b"], "no_contact")):
        publish(home, day, *persons, route=route)
        feed(home, day)

    assert listed(read_feed_history(home, before=MARCH)) == [("a", JANUARY, "active_case"), ("b", FEBRUARY, "no_contact")]


def test_a_feed_of_the_reference_date_itself_or_of_a_later_one_is_not_seen(home: Home) -> None:
    for day in (JANUARY, FEBRUARY):
        publish(home, day, "a")
        feed(home, day)

    assert read_feed_history(home, before=JANUARY).feeds.is_empty()
    assert read_feed_history(home, before=FEBRUARY).feeds.rows() == [(MUNICIPALITY, JANUARY)]


def test_what_was_published_and_not_sent_is_no_feed(home: Home) -> None:
    publish(home, JANUARY, "a")
    home.feed_folder(MUNICIPALITY, JANUARY).joinpath("1").mkdir(parents=True)

    assert read_feed_history(home, before=MARCH).feeds.is_empty()


def test_a_feed_whose_published_version_is_gone_is_not_known(home: Home) -> None:
    feed(home, JANUARY)

    assert read_feed_history(home, before=MARCH).feeds.is_empty()


def test_two_feeds_of_one_date_are_one(home: Home) -> None:
    publish(home, JANUARY, "a")
    for sequence in (1, 2):
        feed(home, JANUARY, sequence=sequence)

    assert read_feed_history(home, before=MARCH).feeds.height == 1


def test_a_feed_without_candidates_is_a_feed(home: Home) -> None:
    publish(home, JANUARY)
    feed(home, JANUARY)

    history = read_feed_history(home, before=MARCH)

    assert (history.feeds.height, listed(history)) == (1, [])


def test_the_reference_of_one_municipality_leads_to_nobody_in_another(home: Home) -> None:
    publish(home, JANUARY, "a", municipality=OTHER)
    feed(home, JANUARY, municipality=OTHER)

    assert listed(read_feed_history(home, before=MARCH)) == []


def test_who_is_in_no_delivery_any_more_is_left_out(home: Home) -> None:
    publish(home, JANUARY, "moved away long ago")
    feed(home, JANUARY)

    assert listed(read_feed_history(home, before=MARCH)) == []


def test_the_build_database_holds_feeds_and_nobody_without_deliveries(home: Home) -> None:
    publish(home, JANUARY, "a")
    feed(home, JANUARY)

    history = read_feed_history(home, before=MARCH)
    attach_deliveries(home, Selection((), (), {}), history=history, person_refs=KEY.person_refs)

    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        assert connection.sql("select municipality_code, as_of from lake.feeds").fetchall() == [(MUNICIPALITY, JANUARY)]
        assert connection.sql("select * from lake.listed_persons").fetchall() == []


# -- the index: what was read before is not read again, and never outlives what it was read from ---------------------------------------


@pytest.fixture
def read_dates(home: Home, monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The reference dates whose candidates are read, from now on; January (a) and February (a, b) have been."""
    for day, persons in ((JANUARY, ["a"]), (FEBRUARY, ["a", "b"])):
        publish(home, day, *persons)
        feed(home, day)
    read_feed_history(home, before=MARCH)
    dates: list[date] = []
    read = feed_index._first_listed

    def first_listed(home: Home, municipality: str, of: list[date]) -> pl.DataFrame:
        dates.extend(of)
        return read(home, municipality, of)

    monkeypatch.setattr(feed_index, "_first_listed", first_listed)
    return dates


def test_what_was_read_is_not_read_again(home: Home, read_dates: list[date]) -> None:
    history = read_feed_history(home, before=MARCH)

    assert read_dates == []
    assert listed(history) == [("a", JANUARY, "active_case"), ("b", FEBRUARY, "active_case")]


def test_of_a_new_feed_only_its_own_date_is_read(home: Home, read_dates: list[date]) -> None:
    publish(home, MARCH, "b", "c", route="no_contact")
    feed(home, MARCH)

    history = read_feed_history(home, before=date(2026, 4, 1))

    assert read_dates == [MARCH]
    assert listed(history)[1:] == [("b", FEBRUARY, "active_case"), ("c", MARCH, "no_contact")]


def test_a_feed_before_those_that_were_read_becomes_the_first(home: Home, read_dates: list[date]) -> None:
    before = date(2025, 12, 31)
    publish(home, before, "b")
    feed(home, before)

    assert ("b", before, "active_case") in listed(read_feed_history(home, before=MARCH))


def test_what_is_published_anew_for_a_date_is_read_again(home: Home, read_dates: list[date]) -> None:
    publish(home, FEBRUARY, "a", "c")

    assert [row[:2] for row in listed(read_feed_history(home, before=MARCH))] == [("a", JANUARY), ("c", FEBRUARY)]
    assert read_dates == [FEBRUARY]


@pytest.mark.parametrize("gone", ["feed", "manifest", "published"])
def test_a_feed_that_is_removed_does_not_live_on(home: Home, read_dates: list[date], gone: str) -> None:
    folder = home.feed_folder(MUNICIPALITY, JANUARY)
    if gone == "manifest":
        (folder / "1" / "manifest.json").unlink()
    else:
        shutil.rmtree(folder if gone == "feed" else home.published_as_of(JANUARY))

    history = read_feed_history(home, before=MARCH)

    assert history.feeds.rows() == [(MUNICIPALITY, FEBRUARY)]
    assert listed(history) == [("a", FEBRUARY, "active_case"), ("b", FEBRUARY, "active_case")]


def test_a_municipality_whose_feeds_are_all_gone_leaves_the_file(home: Home, read_dates: list[date]) -> None:
    shutil.rmtree(home.outbox / MUNICIPALITY)

    assert read_feed_history(home, before=MARCH).feeds.is_empty()
    assert pl.read_parquet(home.feed_index).is_empty()


def test_while_a_second_feed_of_the_date_stands_the_first_may_go(home: Home, read_dates: list[date]) -> None:
    feed(home, JANUARY, sequence=2)
    shutil.rmtree(home.feed_folder(MUNICIPALITY, JANUARY) / "1")

    assert read_feed_history(home, before=MARCH).feeds.height == 2


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more", None])
def test_a_file_that_is_no_index_is_made_anew(home: Home, read_dates: list[date], content: bytes | None) -> None:
    if content is None:
        pl.DataFrame({"municipality_code": [MUNICIPALITY], "as_of": [JANUARY]}).write_parquet(home.feed_index)
    else:
        home.feed_index.write_bytes(content)

    assert read_feed_history(home, before=MARCH).feeds.height == 2
    assert read_dates == [JANUARY, FEBRUARY]


def test_the_index_is_private_and_names_persons_by_reference(home: Home, read_dates: list[date]) -> None:
    index = pl.read_parquet(home.feed_index)

    assert home.feed_index.stat().st_mode & 0o777 == 0o600
    assert set(index["person_ref"].drop_nulls()) == set(KEY.person_refs(MUNICIPALITY, ["a", "b"]))


def test_what_is_no_reference_date_is_skipped_and_told_by_number(home: Home, read_dates: list[date]) -> None:
    for name in ("old feeds", "20260131", "2026-02-30"):
        (home.outbox / MUNICIPALITY / "v1" / name / "1").mkdir(parents=True)
        (home.outbox / MUNICIPALITY / "v1" / name / "1" / "manifest.json").touch()

    assert read_feed_history(home, before=MARCH).feeds.height == 2
    assert [text.partition(" are ")[0] for text in strays(home)] == [f"outbox/{MUNICIPALITY}/v1: 3 entries"]
