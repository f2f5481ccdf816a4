"""Feeds over time: changes with their causes, replays that give the bytes of an earlier day, decision files, refusals.

One municipality on two days. In between a new fagsystem delivery and a new UIP delivery come; every person stands for one cause.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest

from repat_pipeline.defs.execution import RunFailed, run_pipeline
from repat_pipeline.evaluation.lake import read_code_lists
from repat_pipeline.feeds.decision import read_decision
from repat_pipeline.feeds.premises import DecisionReader
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.storage.delivery_log import read_deliveries
from repat_pipeline.storage.layout import Home
from tests.support import MUNICIPALITY, deliver_fagsystem, deliver_uip, hashes, instant, payments, permit, person, read_feed, resident

pytestmark = pytest.mark.filterwarnings("ignore:AssetExecutionContext.run_id is deprecated:DeprecationWarning")

DAY_1, DAY_2 = date(2026, 11, 21), date(2026, 11, 22)
KNOWN_ON_DAY_1 = instant("2026-11-13")
STAYS, PAID_MORE, PAID_BACK, MOVED_OUT, MOVED_IN = map(person, range(5))
SUMMONED, TALKED, NOT_REGISTERED, FIVE_YEARS, FIVE_YEARS_AND_PAID = map(person, range(5, 10))
ON_LIST_FROM_THE_START = (STAYS, PAID_BACK, MOVED_OUT, SUMMONED, TALKED, NOT_REGISTERED)


def run(home: Home, inbox: Path, as_of: date, known_at: datetime | None = None) -> None:
    """`repat run` in this process."""
    before = dict(os.environ)
    try:
        run_pipeline(home, inbox, as_of=as_of, known_at=known_at)
    finally:
        os.environ.clear()
        os.environ.update(before)


def event(cpr: str, kind: str, day: date) -> dict[str, str | None]:
    """A row of `vejledningshaendelser`."""
    return {"haendelse_id": f"H-{cpr}-{kind}", "forloeb_id": f"F-{cpr}", "cpr_nummer": cpr, "haendelsestype": kind,
            "haendelsesdato": day.isoformat(), "kommunekode": MUNICIPALITY}  # fmt: skip


def paid(cpr: str, last: str, months: int) -> list[dict[str, str | None]]:
    """Kontanthjælp for a number of months up to `last` (`YYYY-MM`)."""
    first = int(last[:4]) * 12 + int(last[5:]) - months
    return payments(cpr, f"{first // 12}-{first % 12 + 1:02d}", months)


def deliver_day_1(inbox: Path) -> None:
    """What the municipality knows up to 2026-11-12; `ydelser` up to September."""
    five_years = {"gyldig_fra": "2021-11-22"}
    everyone = [*ON_LIST_FROM_THE_START, PAID_MORE]
    deliver_uip(inbox, [*map(permit, everyone), *(permit(cpr, **five_years) for cpr in (FIVE_YEARS, FIVE_YEARS_AND_PAID))])
    everyone += [FIVE_YEARS, FIVE_YEARS_AND_PAID]
    too_few = (PAID_MORE, FIVE_YEARS_AND_PAID)
    deliver_fagsystem(
        inbox,
        borgere=[resident(cpr) for cpr in everyone],
        ydelser=[row for cpr in everyone for row in paid(cpr, "2026-09", 17 if cpr in too_few else 20 if cpr == NOT_REGISTERED else 18)],
        manifest={"period_to": "2026-09"},
    )


def deliver_day_2(inbox: Path) -> None:
    """What has come by 2026-11-20: October, a correction, moves, events."""
    five_years = {"gyldig_fra": "2021-11-22"}
    ordinary = [*ON_LIST_FROM_THE_START, PAID_MORE, MOVED_IN]
    deliver_uip(
        inbox,
        [*map(permit, ordinary), *(permit(cpr, **five_years) for cpr in (FIVE_YEARS, FIVE_YEARS_AND_PAID))],
        delivery_id="uip-2", day="2026-11-20",
    )  # fmt: skip
    registered = [resident(cpr) for cpr in (*ordinary, FIVE_YEARS, FIVE_YEARS_AND_PAID) if cpr not in (MOVED_OUT, MOVED_IN, NOT_REGISTERED)]
    registered += [
        resident(MOVED_OUT, kommunekode="0461"),
        resident(MOVED_IN, tilflyttet_kommune_dato="2026-11-15", fraflytningskommune="0461"),
    ]
    months = {PAID_MORE: 18, FIVE_YEARS_AND_PAID: 18, MOVED_IN: 18}
    lines = [row for cpr in (STAYS, PAID_BACK, MOVED_OUT, SUMMONED, TALKED, FIVE_YEARS) for row in paid(cpr, "2026-09", 18)]
    lines += [row for cpr, number in months.items() for row in paid(cpr, "2026-10", number)]
    lines += paid(NOT_REGISTERED, "2026-09", 20)
    lines += [row | {"effektuering_id": f"{row['effektuering_id']}-retur", "beloeb": "-11000,00"} for row in paid(PAID_BACK, "2026-05", 1)]
    deliver_fagsystem(
        inbox, delivery_id="fag-2", day="2026-11-20", borgere=registered, ydelser=lines,
        vejledningshaendelser=[event(SUMMONED, "indkaldelse", date(2026, 11, 18)), event(TALKED, "samtale_afholdt", date(2026, 11, 19))],
    )  # fmt: skip


@dataclass(frozen=True)
class History:
    """A home after two days and two replays, and one that only ever knew the first day."""

    home: Home
    inbox: Path
    only_day_1: Home

    def feed(self, as_of: date, sequence: int) -> Path:
        """A feed of the municipality."""
        return self.home.feed_folder(MUNICIPALITY, as_of) / str(sequence)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Day 1; the same date with what came later; day 2; both dates as known on day 1."""
    folder = tmp_path_factory.mktemp("history")
    home, only_day_1 = Home(folder / "home"), Home(folder / "only_day_1")
    inbox, inbox_of_day_1 = folder / "inbox", folder / "inbox_of_day_1"
    deliver_day_1(inbox_of_day_1)
    run(only_day_1, inbox_of_day_1, DAY_1)
    # Both homes begin with this run.
    shutil.copytree(only_day_1.root, home.root, symlinks=True)
    shutil.copytree(inbox_of_day_1, inbox)
    run(only_day_1, inbox_of_day_1, DAY_2)
    deliver_day_2(inbox)
    run(home, inbox, DAY_1)
    run(home, inbox, DAY_2)
    run(home, inbox, DAY_1, KNOWN_ON_DAY_1)
    run(home, inbox, DAY_2, KNOWN_ON_DAY_1)
    return History(home, inbox, only_day_1)


def changes(folder: Path) -> dict[str, tuple[str, str]]:
    """CPR number -> (aendring, aarsag)."""
    return {row["cpr_nummer"]: (row["aendring"], row["aarsag"]) for row in read_feed(folder / "aendringer.csv")}


def test_the_first_feed_has_no_changes(history: History) -> None:
    assert (history.feed(DAY_1, 1) / "aendringer.csv").read_text(encoding="utf-8") == "cpr_nummer;person_ref;aendring;aarsag\n"


def test_new_deliveries_on_the_same_date_tell_who_changed_and_why(history: History) -> None:
    assert changes(history.feed(DAY_1, 2)) == {
        PAID_MORE: ("ny", "nye_data"),
        PAID_BACK: ("udgaaet", "rettede_data"),
        MOVED_OUT: ("udgaaet", "fraflyttet"),
        MOVED_IN: ("ny", "tilflyttet"),
        SUMMONED: ("aendret", "nye_data"),
        TALKED: ("udgaaet", "nye_data"),
        STAYS: ("aendret", "nye_data"),
        NOT_REGISTERED: ("aendret", "levering_mangler"),
    }


def test_a_later_date_on_the_same_deliveries_tells_that_time_has_passed(history: History) -> None:
    assert changes(history.feed(DAY_2, 1)) == {FIVE_YEARS: ("ny", "tiden_er_gaaet"), FIVE_YEARS_AND_PAID: ("ny", "tiden_er_gaaet")}


def test_what_was_known_on_an_earlier_day_gives_the_bytes_of_that_day(history: History) -> None:
    replayed = hashes(history.feed(DAY_1, 3), "*.csv")

    assert replayed == hashes(history.feed(DAY_1, 1), "*.csv")
    assert replayed != hashes(history.feed(DAY_1, 2), "*.csv")


def test_another_date_as_known_on_an_earlier_day_is_what_that_day_would_have_given(history: History) -> None:
    then = history.only_day_1.feed_folder(MUNICIPALITY, DAY_2) / "1"

    assert hashes(history.feed(DAY_2, 2), "*.csv") == hashes(then, "*.csv")
    assert changes(then) == {FIVE_YEARS: ("ny", "tiden_er_gaaet")}


def test_a_run_again_makes_no_feed_of_its_changes_alone(history: History) -> None:
    before = hashes(history.only_day_1.outbox)

    run(history.only_day_1, history.inbox.with_name("inbox_of_day_1"), DAY_2)

    assert hashes(history.only_day_1.outbox) == before


def test_a_feed_can_be_decided_again_after_what_was_published_is_gone(history: History) -> None:
    decision = read_decision(history.home, MUNICIPALITY, DAY_1, 1)
    key = load_key(history.home).key
    stays, paid_more = (
        DecisionReader(history.home).decide_again(decision, found) for found in key.person_keys([STAYS, PAID_MORE])
    )  # fmt: skip

    row = next(row for row in read_feed(history.feed(DAY_1, 1) / "kandidater.csv") if row["cpr_nummer"] == STAYS)
    assert stays is not None
    assert paid_more is not None
    assert (stays.is_candidate, stays.month_strip) == (True, row["maanedsstrip"])
    assert (paid_more.is_candidate, paid_more.months_proven) == (False, 17)


def test_the_decision_file_tells_what_a_feed_was_decided_from(history: History) -> None:
    decision = read_decision(history.home, MUNICIPALITY, DAY_1, 2)
    log = {record.delivery_id: record.content for record in read_deliveries(history.home)}

    assert [(found.delivery_id, found.content) for found in decision.own_deliveries] == [("fag-2", log["fag-2"]), ("uip-2", log["uip-2"])]
    assert decision.files == {name: digest for name, digest in hashes(history.feed(DAY_1, 2)).items() if name != "manifest.json"}
    assert decision.compared_with == {"as_of": "2026-11-21", "sequence": 1}
    assert read_code_lists(history.home.code_lists(decision.code_lists_hash)) == read_code_lists()


def test_no_person_stands_in_a_decision_file(history: History) -> None:
    texts = [path.read_text(encoding="utf-8") for path in history.home.decisions.rglob("*.json")]
    rows = read_feed(history.feed(DAY_1, 1) / "kandidater.csv")
    numbers = [row["cpr_nummer"] for row in rows]
    tokens = [*numbers, *(row["person_ref"] for row in rows), *load_key(history.home).key.person_keys(numbers)]

    assert len(texts) == 5
    assert [token for token in tokens if any(token in text for text in texts)] == []


def test_a_replay_that_needs_removed_rows_refuses_and_says_which(history: History, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(history.home.root, home.root, symlinks=True)
    home.accepted("fagsystem", "ydelser", MUNICIPALITY, "fag-1").unlink()
    before = hashes(home.outbox) | hashes(home.published)

    with pytest.raises(RunFailed, match=r"no longer in the lake: 0751 fagsystem fag-1\. Retention or erasure"):
        run(home, history.inbox, date(2026, 11, 20), KNOWN_ON_DAY_1)

    assert hashes(home.outbox) | hashes(home.published) == before
