"""The audit trail: appended to, value-free, never without a reason; it shows an edit, a removal, an insertion and a reorder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from repat_pipeline.storage.audit_log import START, AuditEntry, NoAuditEntry, append_audit, last_hash, verify_audit
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
