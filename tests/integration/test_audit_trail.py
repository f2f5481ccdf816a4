"""What a run leaves in the audit trail: every delivery, key use, vault read, publication and feed; persons by reference only."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from repat_pipeline.storage.audit_log import read_audit, verify_audit
from repat_pipeline.storage.delivery_log import read_deliveries
from repat_pipeline.storage.layout import Home
from tests.conftest import RunOnce
from tests.support import AS_OF, read_feed, repat


@pytest.fixture
def used(run_once: RunOnce, tmp_path: Path) -> Home:
    """A home after a run, to write to."""
    home = Home(tmp_path / "used")
    shutil.copytree(run_once.home.root, home.root, symlinks=True)
    return home


def test_a_run_leaves_a_line_for_everything_that_it_did_with_personal_data(run_once: RunOnce) -> None:
    counts = Counter(line["what"] for line in read_audit(run_once.home))
    feeds = list(run_once.home.outbox.glob("*/v1/*/*/manifest.json"))
    refused = list(run_once.home.root.glob("refused/*/*/*/REFUSAL.json"))

    assert counts["delivery accepted"] == len(read_deliveries(run_once.home))
    assert counts["delivery refused"] == len(refused) > 0
    assert counts["feed"] == len(feeds) > 0
    assert {what: counts[what] for what in ("run", "publication", "run ended", "key use")} == {
        "run": 1, "publication": 1, "run ended": 1, "key use": 3,
    }  # fmt: skip
    assert verify_audit(run_once.home.audit_log) == []


def test_a_feed_stands_in_the_trail_after_the_look_into_the_vault_that_it_needed(run_once: RunOnce) -> None:
    lines = [line["what"] for line in read_audit(run_once.home) if line.get("municipality") == "0751"]

    assert lines.index("vault read") < lines.index("feed")


def test_an_explanation_names_its_person_by_reference_and_says_why(used: Home) -> None:
    row = read_feed(used.outbox / "0751" / "v1" / AS_OF / "1" / "kandidater.csv")[0]
    command = repat("explain", "--home", used.root, "--as-of", AS_OF, "--municipality", "0751", "--person-ref", row["person_ref"],
                    "--reason", "aktindsigt")  # fmt: skip

    assert command.status == 0
    line = list(read_audit(used))[-1]
    assert (line["what"], line["municipality"], line["person_ref"]) == ("explain", "0751", row["person_ref"])
    assert line["reason"] == "aktindsigt"
    assert row["cpr_nummer"] not in used.audit_log.read_text(encoding="utf-8")
    shown = repat("audit", "show", "--home", used.root, "--person-ref", row["person_ref"])
    assert shown.output.count("explain") == 1


def test_what_is_no_reference_does_not_get_into_the_trail(used: Home) -> None:
    number = read_feed(used.outbox / "0751" / "v1" / AS_OF / "1" / "kandidater.csv")[0]["cpr_nummer"]

    repat("explain", "--home", used.root, "--as-of", AS_OF, "--municipality", "0751", "--person-ref", number)

    assert list(read_audit(used))[-1]["what"] == "explain"
    assert number not in used.audit_log.read_text(encoding="utf-8")


def test_verify_tells_of_a_cut_end(used: Home) -> None:
    assert repat("audit", "verify", "--home", used.root).status == 0
    lines = used.audit_log.read_text(encoding="utf-8").splitlines(keepends=True)
    used.audit_log.write_text("".join(lines[:-1]), encoding="utf-8")

    command = repat("audit", "verify", "--home", used.root)

    assert command.status == 1
    assert "the end is cut off" in command.output
