"""`repat run` as a whole: repeatable, indifferent to order and form, honest about what is missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from repat_pipeline.storage.layout import Home
from tests.conftest import RunOnce
from tests.integration.test_gate_and_status import repat_here
from tests.support import (
    AS_OF,
    MUNICIPALITY,
    deliver_answer,
    deliver_fagsystem,
    deliver_uip,
    hashes,
    income,
    lookup,
    payments,
    permit,
    person,
    read_feed,
    repat,
    resident,
    stable_bytes,
)

pytestmark = pytest.mark.filterwarnings("ignore:AssetExecutionContext.run_id is deprecated:DeprecationWarning")


def run(home: Path, inbox: Path, *more: object) -> int:
    """Run for the reference date, in this process; the exit status."""
    return repat_here("run", "--home", home, "--inbox", inbox, "--as-of", AS_OF, *more).status


def deliver_movers(inbox: Path, income_format: str) -> None:
    """One person proven by own data, three movers known by the income register only."""
    own, movers = person(0), [person(serial) for serial in (1, 2, 3)]
    moved = {"tilflyttet_kommune_dato": "2026-03-01", "fraflytningskommune": "0461"}
    deliver_uip(inbox, [permit(cpr) for cpr in (own, *movers)])
    deliver_fagsystem(inbox, borgere=[resident(own), *(resident(cpr, **moved) for cpr in movers)], ydelser=payments(own, "2025-01", 20))
    lines = [income(movers[0], f"2025-{month:02d}") for month in range(1, 13)]
    lines += [income(movers[0], f"2024-{month:02d}") for month in range(3, 13)]
    lines += [income(movers[1], "2025-05", indberetning_id="R"), income(movers[1], "2025-05", indberetning_id="R", indberetningsart="T")]
    lines += [income(movers[1], "2025-06", tilbagefoert="1"), income(movers[1], "2025-07", rettelse="1", a_indkomst_uden_am="-500,00")]
    lines += [income(movers[2], "2025-08", indtaegtsart="0038")]
    lines += [income(movers[2], "2026-10", indkomsttype="00", indtaegtsart=None, a_indkomst_am="25000,50", a_indkomst_uden_am=None)]
    deliver_answer(inbox, income_format=income_format, opslag=[lookup(cpr, "2023-11", "2026-02") for cpr in movers], indkomst=lines)


def test_csv_and_xml_of_the_same_answer_give_the_same_feeds(tmp_path: Path) -> None:
    for form in ("csv", "xml"):
        deliver_movers(tmp_path / form, form)
        assert run(tmp_path / f"home_{form}", tmp_path / form) == 0

    assert hashes(tmp_path / "home_csv" / "outbox", "*.csv") == hashes(tmp_path / "home_xml" / "outbox", "*.csv")
    candidates = read_feed(tmp_path / "home_xml" / "outbox" / MUNICIPALITY / "v1" / AS_OF / "1" / "kandidater.csv")
    assert {row["cpr_nummer"] for row in candidates} == {person(0), person(1)}


def test_a_second_run_does_nothing_new_and_says_so(run_once: RunOnce, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(run_once.home.root, home.root, symlinks=True)
    before = hashes(home.outbox) | hashes(home.published)

    again = repat("run", "--home", home.root, "--inbox", run_once.inbox, "--as-of", AS_OF)

    assert "Nothing new" in again.output
    assert hashes(home.outbox) | hashes(home.published) == before


def test_deliveries_in_another_order_and_in_several_batches_give_the_same_bytes(run_once: RunOnce, tmp_path: Path) -> None:
    inbox, home = tmp_path / "inbox", tmp_path / "home"
    folders = sorted(path.parent for path in run_once.inbox.glob("*/*/*/manifest.json"))
    batches = [folders[1::2], folders[::2]]
    for batch in batches:
        for folder in batch:
            shutil.copytree(folder, inbox / folder.relative_to(run_once.inbox))
        assert run(home, inbox) == 3

    assert stable_bytes(home) == stable_bytes(run_once.home.root)


def test_the_inbox_is_never_changed(run_once: RunOnce) -> None:
    assert hashes(run_once.inbox) == run_once.inbox_before


def test_consume_moves_accepted_deliveries_to_the_archive_and_leaves_refused_ones(run_once: RunOnce, tmp_path: Path) -> None:
    inbox, home = tmp_path / "inbox", tmp_path / "home"
    shutil.copytree(run_once.inbox / "0461", inbox / "0461")

    run(home, inbox, "--consume")

    left = sorted(path.parent.name for path in inbox.glob("*/*/*/manifest.json"))
    assert left == ["afbrudt"]
    assert (home / "archive" / "0461" / "uip" / "uip-202611" / "manifest.json.sealed").is_file()


def test_a_blocked_municipality_gets_no_feed_and_is_named_and_the_others_are_published(run_once: RunOnce) -> None:
    assert run_once.command.status == 3
    assert "blocked 0101" in run_once.command.output
    assert sorted(path.parent.name for path in run_once.home.outbox.glob("*/v1")) == ["0461", "0751", "0851"]


def test_a_blocked_municipality_is_told_so_in_its_outbox(run_once: RunOnce) -> None:
    told = json.loads(run_once.home.status_file("0101").read_text(encoding="utf-8"))

    assert (told["feed_state"], told["last_good_feed"]) == ("blocked", None)
    assert told["reasons"] == ["Der mangler en levering fra UIP; kommunen er ikke opgjort."]


def test_a_sender_s_report_is_written_also_for_a_blocked_municipality(run_once: RunOnce) -> None:
    overview = read_feed(run_once.home.outbox / "0101" / "afvist" / "oversigt.csv")

    assert [(row["levering"], row["status"]) for row in overview] == [("svar-202611", "aaben"), ("fag-202611", "aaben")]


def test_rejected_rows_are_accounted_for_by_rule_also_for_the_blocked_municipality(run_once: RunOnce) -> None:
    published = run_once.home.published / AS_OF
    log = pl.read_parquet(published / "delivery_log.parquet")
    by_rule = pl.read_parquet(published / "rejected_rows_by_rule.parquet")

    assert (log["rows_accepted"] + log["rows_rejected"] == log["rows_read"]).all()
    assert "0101" in by_rule["municipality_code"].to_list()
    assert {"beloeb_format", "effektuering_id_duplicate", "opholdsgrundlag_code"} <= set(by_rule["rule_id"])


def test_every_feed_has_somebody_on_each_of_the_three_lists(run_once: RunOnce) -> None:
    for municipality in ("0461", "0751", "0851"):
        folder = run_once.home.outbox / municipality / "v1" / AS_OF / "1"
        for name in ("kandidater", "tilflyttere", "ordinaer_beskaeftigelse"):
            assert read_feed(folder / f"{name}.csv"), f"{municipality} {name}"


def test_a_newer_delivery_gives_a_new_sequence_and_an_unchanged_municipality_keeps_its_feed(tmp_path: Path) -> None:
    inbox, home = tmp_path / "inbox", tmp_path / "home"
    cpr = person()
    deliver_uip(inbox, [permit(cpr)])
    deliver_fagsystem(inbox, borgere=[resident(cpr)], ydelser=payments(cpr, "2025-01", 17))
    deliver_uip(inbox, [permit(person(9), kommunekode="0461")], municipality="0461")
    deliver_fagsystem(inbox, municipality="0461")
    run(home, inbox)

    deliver_fagsystem(inbox, delivery_id="fag-2", day="2026-11-15", borgere=[resident(cpr)], ydelser=payments(cpr, "2025-01", 18))
    run(home, inbox)

    folder = home / "outbox" / MUNICIPALITY / "v1" / AS_OF
    assert [len(read_feed(folder / sequence / "kandidater.csv")) for sequence in ("1", "2")] == [0, 1]
    assert [path.name for path in (home / "outbox" / "0461" / "v1" / AS_OF).iterdir()] == ["1"]


def test_known_at_shows_what_was_known_then(tmp_path: Path) -> None:
    inbox, home = tmp_path / "inbox", tmp_path / "home"
    cpr = person()
    deliver_uip(inbox, [permit(cpr)])
    deliver_fagsystem(inbox, delivery_id="fag-2", day="2026-11-15", borgere=[resident(cpr)], ydelser=payments(cpr, "2025-01", 18))
    deliver_fagsystem(inbox, delivery_id="fag-1", day="2026-11-12", borgere=[resident(cpr)], ydelser=payments(cpr, "2025-01", 17))

    run(home, inbox, "--known-at", "2026-11-13T00:00:00+01:00")

    rows = pl.read_parquet(home / "published" / AS_OF / "persons" / MUNICIPALITY / "eligibility.parquet")
    assert rows["months_proven"].to_list() == [17]


def test_municipality_option_takes_in_and_feeds_only_the_named_ones(run_once: RunOnce, tmp_path: Path) -> None:
    run(tmp_path / "home", run_once.inbox, "--municipality", "0851")

    assert [path.parent.name for path in (tmp_path / "home" / "outbox").glob("*/v1")] == ["0851"]
    assert [path.name for path in (tmp_path / "home" / "lake" / "deliveries" / "uip").iterdir()] == ["0851"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--as-of", "22-11-2026"], "expected a date YYYY-MM-DD"),
        (["--as-of", "2021-07-31"], "there is no duty before 2021-08-01"),
        (["--municipality", "9999"], "expected codes of the 98 municipalities"),
        (["--known-at", "2026-11-22"], "expected an instant with zone"),
    ],
)
def test_wrong_use_ends_with_status_2_and_says_what_was_expected(tmp_path: Path, arguments: list[str], told: str) -> None:
    command = repat("run", "--home", tmp_path / "home", "--inbox", tmp_path, *arguments)

    assert command.status == 2
    assert told in command.output


def test_a_missing_inbox_is_wrong_use(tmp_path: Path) -> None:
    command = repat("run", "--home", tmp_path / "home", "--inbox", tmp_path / "nowhere", "--as-of", AS_OF)

    assert command.status == 2
    assert "found no folder" in command.output


def test_files_with_persons_are_private(run_once: RunOnce) -> None:
    roots = [run_once.home.outbox, run_once.home.root / "vault", run_once.home.root / "quarantine", run_once.home.root / "refused"]
    roots.append((run_once.home.published / AS_OF).resolve() / "persons")

    roots += [run_once.home.lake, run_once.home.work, run_once.home.audit_log.parent]

    found = {path: path.stat().st_mode & 0o777 for root in roots for path in [root, *root.rglob("*")] if not path.is_symlink()}

    assert {str(path) for path, mode in found.items() if path.is_dir() and mode != 0o700} == set()
    assert {str(path) for path, mode in found.items() if path.is_file() and mode & 0o077} == set()
