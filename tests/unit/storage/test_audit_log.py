"""The audit trail shows an edit, a removal, an insertion and a reorder."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from repat_pipeline.storage.audit_log import START, append_audit, last_hash, verify_audit
from repat_pipeline.storage.layout import Home


def trail(home: Home, events: int = 4) -> list[str]:
    for number in range(events):
        append_audit(home, "delivery", what=f"0751 uip uip-{number}", rows=number)
    return home.audit_file.read_text(encoding="utf-8").splitlines(keepends=True)


def test_a_trail_as_it_was_written_is_whole(home: Home) -> None:
    trail(home)

    assert verify_audit(home.audit_file) == []


def test_the_first_line_follows_the_start(home: Home) -> None:
    assert last_hash(home.audit_file) == START

    (line,) = trail(home, 1)

    assert json.loads(line)["previous"] == START
    assert last_hash(home.audit_file) == json.loads(line)["hash"]


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
    home.audit_file.write_text("".join(change(lines)), encoding="utf-8")

    assert verify_audit(home.audit_file)[0].line_number == first_broken_line


def test_the_trail_is_private(home: Home) -> None:
    trail(home)

    assert home.audit_file.stat().st_mode & 0o077 == 0
