"""The audit trail: appended to, value-free, never without a reason; it shows an edit, a removal, an insertion and a reorder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest

from repat_pipeline.storage.audit_log import START, AuditEntry, NoAuditEntry, append_audit, last_hash, note, read_audit, verify_audit
from repat_pipeline.storage.layout import Home
from tests.support import NOW, person

ENTRY = AuditEntry(datetime.fromisoformat(NOW), "anna", "quarantine export", "0751 fagsystem fag-1; ydelser, 3 rows", "ring til KMD")


def trail(home: Home, entries: int = 4) -> list[str]:
    for number in range(entries):
        append_audit(home, replace(ENTRY, where=f"0751 uip uip-{number}"))
    return home.audit_log.read_text(encoding="utf-8").splitlines(keepends=True)


def test_an_entry_is_one_line_after_those_before_it(home: Home) -> None:
    append_audit(home, ENTRY)
    append_audit(home, replace(ENTRY, reason="anden\nlinje"))

    lines = [json.loads(line) for line in home.audit_log.read_text(encoding="utf-8").splitlines()]
    assert {name: lines[0][name] for name in ("at", "who", "what", "where", "reason")} == {
        "at": NOW, "who": "anna", "what": "quarantine export", "where": "0751 fagsystem fag-1; ydelser, 3 rows", "reason": "ring til KMD",
    }  # fmt: skip
    assert [line["reason"] for line in lines] == ["ring til KMD", "anden\nlinje"]


def test_the_log_is_for_its_owner_only(home: Home) -> None:
    append_audit(home, ENTRY)

    assert home.audit_log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("reason", ["", "  ", f"opslag på {person()}", f"opslag på {person()[:6]}-{person()[6:]}"])
def test_no_reason_and_a_reason_with_a_cpr_number_are_turned_away(home: Home, reason: str) -> None:
    with pytest.raises(NoAuditEntry, match="nothing was done"):
        append_audit(home, replace(ENTRY, reason=reason))

    assert not home.audit_log.exists()


def test_a_trail_as_it_was_written_is_whole(home: Home) -> None:
    trail(home)

    assert verify_audit(home.audit_log) == []


def test_the_first_line_follows_the_start(home: Home) -> None:
    assert last_hash(home.audit_log) == START

    (line,) = trail(home, 1)

    assert json.loads(line)["previous"] == START
    assert last_hash(home.audit_log) == json.loads(line)["hash"]


@pytest.mark.parametrize(
    ("change", "first_broken_line"),
    [
        (lambda lines: [lines[0], lines[1].replace("uip-1", "uip-9"), *lines[2:]], 2),
        (lambda lines: [lines[0], *lines[2:]], 2),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 1),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], 3),
        (lambda lines: [lines[0], "{}\n", *lines[1:]], 2),
    ],
    ids=["edited", "removed", "reordered", "repeated", "inserted"],
)
def test_a_changed_trail_is_found(home: Home, change: Callable[[list[str]], list[str]], first_broken_line: int) -> None:
    lines = trail(home)
    home.audit_log.write_text("".join(change(lines)), encoding="utf-8")

    assert verify_audit(home.audit_log)[0].line_number == first_broken_line


def test_a_cut_end_is_found(home: Home) -> None:
    lines = trail(home)
    home.audit_log.write_text("".join(lines[:-1]), encoding="utf-8")

    assert [(found.line_number, found.why) for found in verify_audit(home.audit_log)] == [
        (3, "the end is cut off: head.json tells of 4 lines, found 3")
    ]


def test_a_cut_end_is_still_found_after_the_trail_went_on(home: Home) -> None:
    lines = trail(home)
    home.audit_log.write_text("".join(lines[:2]), encoding="utf-8")
    append_audit(home, ENTRY)

    assert verify_audit(home.audit_log)[0].line_number == 3


def test_a_removed_trail_is_found(home: Home) -> None:
    trail(home)
    home.audit_log.unlink()

    assert "found 0" in verify_audit(home.audit_log)[0].why


def test_a_missing_head_is_found(home: Home) -> None:
    trail(home)
    (home.audit_log.parent / "head.json").unlink()

    assert "head.json is missing" in verify_audit(home.audit_log)[0].why


def test_a_head_that_a_crash_left_behind_is_no_break(home: Home) -> None:
    trail(home, 3)
    before = (home.audit_log.parent / "head.json").read_bytes()
    append_audit(home, ENTRY)
    (home.audit_log.parent / "head.json").write_bytes(before)

    assert verify_audit(home.audit_log) == []
    append_audit(home, ENTRY)
    assert verify_audit(home.audit_log) == []


@pytest.mark.parametrize("kept", [1, 100], ids=["almost nothing of it", "most of it"])
def test_a_line_that_was_cut_off_in_writing_is_set_aside_and_the_trail_goes_on(home: Home, kept: int) -> None:
    lines = trail(home, 2)
    torn = lines[1][:kept]
    home.audit_log.write_text(lines[0] + lines[1] + torn, encoding="utf-8")

    append_audit(home, ENTRY)

    assert verify_audit(home.audit_log) == []
    assert [line["what"] for line in read_audit(home)][2:] == ["audit mended", "quarantine export"]
    (aside,) = home.audit_log.parent.glob("torn-*.txt")
    assert aside.read_text(encoding="utf-8") == torn


def test_a_trail_of_an_older_version_goes_on(home: Home) -> None:
    content = {"at": NOW, "who": "anna", "what": "quarantine export", "where": "0751", "reason": "ring", "previous": START}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    home.audit_log.parent.mkdir(parents=True)
    home.audit_log.write_text(json.dumps(content | {"hash": digest}) + "\n", encoding="utf-8")
    assert verify_audit(home.audit_log) == []

    append_audit(home, ENTRY)

    assert verify_audit(home.audit_log) == []
    assert [line.get("number") for line in read_audit(home)] == [None, 2]


def test_writers_at_the_same_time_make_one_chain(home: Home) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: note(home, "run", f"number {number}"), range(20)))

    assert verify_audit(home.audit_log) == []
    assert len(list(read_audit(home))) == 20
