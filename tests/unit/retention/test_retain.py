"""What is past its term is removed whole, with a certificate; what is not stays as it is."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from repat_pipeline.intake import take_in
from repat_pipeline.reports.error_report import write_error_reports
from repat_pipeline.reread import reread_deliveries
from repat_pipeline.retention.plan import expired
from repat_pipeline.retention.retain import retain
from repat_pipeline.storage.audit_log import NoAuditEntry, read_audit, verify_audit
from repat_pipeline.storage.delivery_log import read_deliveries
from repat_pipeline.storage.layout import Home
from tests.support import MUNICIPALITY, deliver_uip, hashes, instant, permit, person, repat

# UIP: P25M. Delivered on 2024-10-22, its last day is 2026-11-21.
LAST_DAY, FIRST_DAY_AFTER = date(2026, 11, 21), date(2026, 11, 22)


@pytest.fixture
def used(home: Home, inbox: Path) -> Home:
    """Two UIP deliveries with a rejected row each, archived: one at the end of its term, one new; and an old refused one."""
    for number, day in enumerate(("2024-10-22", "2026-11-10"), start=1):
        rows = [permit(person()), permit(person(1), status="aktiv")]
        deliver_uip(inbox, rows, delivery_id=f"uip-{number}", day=day)
    take_in(home, inbox, source="uip", municipalities=[MUNICIPALITY], consume=True)
    return home


def of_delivery(home: Home, delivery_id: str) -> set[str]:
    """Files of a delivery, but for the log record and the report to its sender."""
    return {name for name in hashes(home.root) if delivery_id in name and "deliveries/" not in name and "outbox/" not in name}


def test_on_the_last_day_of_the_term_nothing_is_to_be_removed(used: Home) -> None:
    assert expired(used, today=LAST_DAY) == []


def test_on_the_first_day_after_it_lake_quarantine_vault_and_archive_of_the_delivery_are(used: Home) -> None:
    (item,) = expired(used, today=FIRST_DAY_AFTER)

    assert (item.kind, item.name, item.term) == ("delivery", "0751 uip uip-1", "P25M")
    assert {path.relative_to(used.root).parts[0] for path in item.paths} == {"lake", "quarantine", "vault", "archive"}


def test_looking_changes_nothing(used: Home) -> None:
    before = hashes(used.root)

    expired(used, today=FIRST_DAY_AFTER)

    assert hashes(used.root) == before


def test_it_is_removed_whole_and_the_other_delivery_stays_as_it_is(used: Home) -> None:
    kept = {name: digest for name, digest in hashes(used.root).items() if "uip-2" in name}
    assert of_delivery(used, "uip-1")

    retain(used, today=FIRST_DAY_AFTER, reason="test")

    assert of_delivery(used, "uip-1") == set()
    assert {name: digest for name, digest in hashes(used.root).items() if "uip-2" in name} == kept
    assert {record.delivery_id: record.removed_on for record in read_deliveries(used)} == {"uip-1": FIRST_DAY_AFTER, "uip-2": None}


def test_a_second_call_finds_nothing(used: Home) -> None:
    retain(used, today=FIRST_DAY_AFTER, reason="test")

    assert retain(used, today=FIRST_DAY_AFTER, reason="test") == ([], None)


def test_a_removal_that_was_cut_off_is_ended_by_the_next_call(used: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    remove = shutil.rmtree

    def cut_off(path: Path, **more: Any) -> None:
        if "archive" in path.parts:
            raise KeyboardInterrupt
        remove(path, **more)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", cut_off)
        with pytest.raises(KeyboardInterrupt):
            retain(used, today=FIRST_DAY_AFTER, reason="test")
    assert [record.removed_on for record in read_deliveries(used)] == [FIRST_DAY_AFTER, None]
    assert {name.split("/")[0] for name in of_delivery(used, "uip-1")} == {"archive"}

    retain(used, today=FIRST_DAY_AFTER, reason="test")

    assert of_delivery(used, "uip-1") == set()


def test_the_certificate_tells_files_by_hash_and_stands_in_the_trail_with_its_own(used: Home) -> None:
    before = hashes(used.root)

    _, path = retain(used, today=FIRST_DAY_AFTER, reason="yearly")

    assert path is not None
    certificate = json.loads(path.read_text(encoding="utf-8"))
    files = {entry["path"]: entry["sha256"] for item in certificate["removed"] for entry in item["files"]}
    assert files == {name: digest for name, digest in before.items() if name in files}
    assert set(files) == {name for name in before if "uip-1" in name and "deliveries/" not in name}
    assert "back-ups" in certificate["not_covered"]
    assert [line["what"] for line in read_audit(used)][-2:] == ["retention", "retention certificate"]
    assert hashes(path.parent)[path.name] in list(read_audit(used))[-1]["where"]
    assert verify_audit(used.audit_log) == []
    assert person() not in path.read_text(encoding="utf-8")


def test_what_was_removed_is_not_taken_in_again_and_not_read_again(used: Home, inbox: Path) -> None:
    retain(used, today=FIRST_DAY_AFTER, reason="test")
    deliver_uip(inbox, [permit(person()), permit(person(1), status="aktiv")], delivery_id="uip-1", day="2024-10-22")

    intake = take_in(used, inbox, source="uip", municipalities=[MUNICIPALITY])
    (reread,) = reread_deliveries(used, inbox, now=instant("2026-11-22"), source="uip", delivery_id="uip-1")

    assert (intake.accepted, intake.refused) == ([], [])
    assert "retention removed it on 2026-11-22" in str(reread.problem)
    assert of_delivery(used, "uip-1") == set()


def test_reports_to_senders_can_still_be_written(used: Home) -> None:
    retain(used, today=FIRST_DAY_AFTER, reason="test")

    write_error_reports(used, [MUNICIPALITY], renewed=frozenset({("uip", "uip-1")}))

    assert (used.error_reports(MUNICIPALITY) / "oversigt.csv").is_file()


def test_a_delivery_that_still_counts_is_removed_and_it_is_said_before(used: Home) -> None:
    assert [item.remark != "" for item in expired(used, today=date(2029, 1, 1))] == [False, True]


def test_without_a_reason_that_can_be_logged_nothing_is_removed(used: Home) -> None:
    before = hashes(used.lake)

    with pytest.raises(NoAuditEntry):
        retain(used, today=FIRST_DAY_AFTER, reason=person())

    assert hashes(used.lake) == before


def test_a_refused_delivery_is_kept_as_long_as_an_accepted_one(home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPAT_NOW", "2024-10-22T12:00:00+02:00")
    (deliver_uip(inbox, [permit(person())], day="2024-10-20") / "x.csv").touch()
    take_in(home, inbox, source="uip", municipalities=[MUNICIPALITY])

    assert expired(home, today=LAST_DAY) == []
    retain(home, today=FIRST_DAY_AFTER, reason="test")

    assert not list((home.root / "refused").rglob("*.sealed"))


def outbox(home: Home, day: str) -> Path:
    """A feed with two lists, as far as retention looks at it."""
    folder = home.feed_folder(MUNICIPALITY, date.fromisoformat(day)) / "1"
    folder.mkdir(parents=True)
    names = ("kandidater.csv", "opslag.csv", "kandidater.xlsx")
    for name in names:
        (folder / name).write_text(name, encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"files": [{"name": name} for name in names]}), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("today", "left"),
    [
        ("2026-11-21", {"kandidater.csv", "opslag.csv", "kandidater.xlsx", "manifest.json"}),
        ("2026-11-22", {"kandidater.csv", "manifest.json"}),
        ("2027-11-21", {"kandidater.csv", "manifest.json"}),
        ("2027-11-22", set()),
    ],
)
def test_a_list_of_a_feed_goes_at_its_own_term_and_the_feed_at_that_of_the_candidates(home: Home, today: str, left: set[str]) -> None:
    folder = outbox(home, "2025-10-22")

    retain(home, today=date.fromisoformat(today), reason="test")

    assert {path.name for path in folder.glob("*")} == left
    if left:
        listed = {entry["name"] for entry in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]}
        assert listed == left - {"manifest.json"}


def test_who_stood_on_a_feed_that_goes_is_not_kept_in_the_index(home: Home) -> None:
    outbox(home, "2025-10-22")
    home.work.mkdir(parents=True, exist_ok=True)
    home.feed_index.touch()

    retain(home, today=date(2027, 11, 22), reason="test")

    assert not home.feed_index.exists()


def test_netted_months_of_a_delivery_that_goes_are_not_kept(used: Home) -> None:
    used.work.mkdir(parents=True, exist_ok=True)
    used.kept_months.touch()

    retain(used, today=LAST_DAY, reason="test")
    assert used.kept_months.exists()
    retain(used, today=FIRST_DAY_AFTER, reason="test")

    assert not used.kept_months.exists()


def test_the_command_only_says_what_it_would_remove_then_removes_it(used: Home) -> None:
    said = repat("retain", "--home", used.root)
    done = repat("retain", "--home", used.root, "--apply", "--reason", "yearly")
    again = repat("retain", "--home", used.root)

    assert [command.status for command in (said, done, again)] == [3, 0, 0]
    assert "to remove  delivery 0751 uip uip-1: P25M from 2024-10-22" in said.output
    assert "Certificate: " in done.output
    assert "Nothing is past its term" in again.output


def test_nothing_is_removed_ahead_of_its_term(used: Home) -> None:
    command = repat("retain", "--home", used.root, "--apply", "--day", "2031-01-01")

    assert command.status == 2
    assert "ahead of its term" in command.output
