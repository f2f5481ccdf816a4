"""Who stood on which feed before the reference date (spec/kpi.md section 2, K22)."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from repat_pipeline.identity.pseudonym import PseudonymKey
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import Selection
from repat_pipeline.warehouse.attach import attach_deliveries
from repat_pipeline.warehouse.feed_history import FeedHistory, read_feed_history
from tests.support import MUNICIPALITY

OTHER = "0101"
KEY = PseudonymKey(b"k" * 32)
JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


def publish(home: Home, as_of: date, *persons: str, route: str = "active_case", municipality: str = MUNICIPALITY) -> None:
    """Publish candidates of a reference date."""
    path = home.persons_folder(home.published_as_of(as_of), municipality) / "eligibility_candidates.parquet"
    path.parent.mkdir(parents=True)
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
