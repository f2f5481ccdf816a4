"""Which feed a new one is compared with, also when an earlier day is replayed."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from repat_pipeline.feeds.decision import DecidingDelivery, Decision, write_decision
from repat_pipeline.feeds.previous import find_previous_feed
from repat_pipeline.storage.layout import Home
from tests.support import MUNICIPALITY, instant

D = date(2026, 11, 22)
EARLIER = date(2026, 10, 22)


def write_feed(home: Home, sequence: int, content: str, *, known_on: str, as_of: date = D) -> None:
    """A whole feed with its decision; `content` stands for its candidates."""
    folder = home.feed_folder(MUNICIPALITY, as_of) / str(sequence)
    folder.mkdir(parents=True)
    (folder / "kandidater.csv").write_text(content, encoding="utf-8")
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    newest = DecidingDelivery(MUNICIPALITY, "fagsystem", "f", "c", instant(known_on).isoformat(), "1.0.0", True)
    decision = Decision(
        municipality_code=MUNICIPALITY, as_of=as_of.isoformat(), sequence=sequence, known_at=None, feed_version="1.0.0",
        published_version="v", run_id="r", rule_version="RV3", code_version="1", project_hash="p", code_lists_hash="c",
        key_fingerprint="k", parameters={}, deliveries=(newest,), compared_with=None, files={},
    )  # fmt: skip
    write_decision(home, decision)


def previous(home: Home, content: str, *, known_at: datetime | None = None, as_of: date = D) -> tuple[str, int] | None:
    """Reference date and sequence of the feed that a new one is compared with."""
    contents = {"kandidater.csv": content.encode()}
    found = find_previous_feed(home, MUNICIPALITY, as_of=as_of, known_at=known_at, contents=contents)
    return None if found is None else (found.decision.as_of, found.decision.sequence)


def test_the_first_feed_has_no_previous_one(home: Home) -> None:
    assert previous(home, "A") is None


def test_it_is_the_sequence_before_of_the_same_date(home: Home) -> None:
    write_feed(home, 1, "A", known_on="2026-11-10", as_of=EARLIER)
    write_feed(home, 1, "A", known_on="2026-11-10")
    write_feed(home, 2, "B", known_on="2026-11-11")

    assert previous(home, "C") == ("2026-11-22", 2)


def test_else_it_is_the_newest_feed_of_the_newest_earlier_date(home: Home) -> None:
    write_feed(home, 1, "A", known_on="2026-08-10", as_of=date(2026, 8, 22))
    write_feed(home, 1, "B", known_on="2026-10-10", as_of=EARLIER)
    write_feed(home, 2, "C", known_on="2026-10-11", as_of=EARLIER)
    write_feed(home, 1, "D", known_on="2026-12-01", as_of=date(2026, 12, 22))

    assert previous(home, "X") == ("2026-10-22", 2)


def test_a_feed_that_was_cut_off_is_none(home: Home) -> None:
    write_feed(home, 1, "A", known_on="2026-11-10")
    write_feed(home, 2, "B", known_on="2026-11-11")
    (home.feed_folder(MUNICIPALITY, D) / "2" / "manifest.json").unlink()

    assert previous(home, "C") == ("2026-11-22", 1)


@pytest.mark.parametrize(
    ("content", "known_on", "expected"), [("A", "2026-11-10", "0"), ("B", "2026-11-11", "A"), ("C", "2026-11-12", "B")]
)
def test_a_replay_is_compared_with_what_the_feed_that_it_repeats_was_compared_with(
    home: Home, content: str, known_on: str, expected: str
) -> None:
    write_feed(home, 1, "0", known_on="2026-10-10", as_of=EARLIER)
    for sequence, (of_run, day) in enumerate([("A", "2026-11-10"), ("B", "2026-11-11"), ("C", "2026-11-12")], start=1):
        write_feed(home, sequence, of_run, known_on=day)
    # A replay of the first came after the third.
    write_feed(home, 4, "A", known_on="2026-11-10")

    contents = {"kandidater.csv": content.encode()}
    found = find_previous_feed(home, MUNICIPALITY, as_of=D, known_at=instant(known_on, hour=12), contents=contents)

    assert found is not None
    assert (found.folder / "kandidater.csv").read_text(encoding="utf-8") == expected


def test_an_earlier_date_that_was_decided_with_later_knowledge_is_not_seen_by_a_replay(home: Home) -> None:
    write_feed(home, 1, "A", known_on="2026-10-10", as_of=EARLIER)
    write_feed(home, 2, "B", known_on="2026-11-20", as_of=EARLIER)

    assert previous(home, "C", known_at=instant("2026-11-12")) == ("2026-10-22", 1)
    assert previous(home, "C") == ("2026-10-22", 2)


def test_data_that_return_to_what_they_were_are_compared_with_what_was_in_between(home: Home) -> None:
    write_feed(home, 1, "A", known_on="2026-11-10")
    write_feed(home, 2, "B", known_on="2026-11-11")

    assert previous(home, "A") == ("2026-11-22", 2)
