"""The audit log: appended to, value-free, never without a reason."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import pytest

from repat_pipeline.storage.audit_log import AuditEntry, NoAuditEntry, append_audit
from repat_pipeline.storage.layout import Home
from tests.support import NOW, person

ENTRY = AuditEntry(datetime.fromisoformat(NOW), "anna", "quarantine export", "0751 fagsystem fag-1; ydelser, 3 rows", "ring til KMD")


def test_an_entry_is_one_line_after_those_before_it(home: Home) -> None:
    append_audit(home, ENTRY)
    append_audit(home, replace(ENTRY, reason="anden\nlinje"))

    lines = [json.loads(line) for line in home.audit_log.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == {
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
