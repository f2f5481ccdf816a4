"""The decision file: what it keeps of a published manifest, and that it can be read back and followed."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from repat_pipeline.feeds.decision import Decision, NoDecision, decided_from, describe_decision, read_decision, write_decision
from repat_pipeline.rules.registry import parameters_on
from repat_pipeline.storage.layout import Home
from tests.support import MUNICIPALITY

D = date(2026, 11, 22)


def delivery(municipality: str, source: str, delivery_id: str, *, is_counting: bool = True, day: str = "2026-11-10") -> dict[str, Any]:
    """A delivery as a published manifest names it."""
    return {
        "municipality_code": municipality, "source": source, "delivery_id": delivery_id, "content": f"content of {delivery_id}",
        "extracted_at": f"{day}T06:00:00+01:00", "contract_version": "1.0.0", "is_counting": is_counting,
    }  # fmt: skip


DELIVERIES = [
    delivery(MUNICIPALITY, "uip", "uip-1", is_counting=False),
    delivery(MUNICIPALITY, "uip", "uip-2", day="2026-11-11"),
    delivery(MUNICIPALITY, "fagsystem", "fag-1", day="2026-11-12"),
    delivery(MUNICIPALITY, "eindkomst", "svar-1", is_counting=False),
    delivery("0461", "uip", "uip-a"),
    delivery("0461", "uip", "uip-b", is_counting=False),
    delivery("0461", "fagsystem", "fag-a", day="2026-11-20"),
    delivery("0461", "eindkomst", "svar-a", day="2026-11-21"),
]


@pytest.fixture
def published(home: Home) -> Path:
    """A published version: its manifest, and the link that readers follow."""
    version = home.published / ".versions" / "2026-11-22-abcd"
    version.mkdir(parents=True)
    manifest = {
        "run_id": "abcd", "as_of": D.isoformat(), "known_at": None, "code_version": "1", "project_hash": "p", "code_lists_hash": "c",
        "key_fingerprint": "k", "rule_version": "RV3", "deliveries": DELIVERIES,
        "parameters": {name: parameter.value for name, parameter in parameters_on(D).items()},
    }  # fmt: skip
    (version / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    home.published_as_of(D).symlink_to(version)
    return home.published_as_of(D)


@pytest.fixture
def decision(published: Path) -> Decision:
    """The decision of the municipality's second feed."""
    return describe_decision(published, MUNICIPALITY, sequence=2, feed_version="1.0.0", compared_with=None)


def test_it_keeps_the_deliveries_that_can_have_decided_and_no_others(decision: Decision) -> None:
    assert [(found.municipality_code, found.delivery_id) for found in decision.deliveries] == [
        (MUNICIPALITY, "uip-2"),
        (MUNICIPALITY, "fag-1"),
        # Not lawful to read on D, and yet there: on a later D it would have been read.
        (MUNICIPALITY, "svar-1"),
        # C1 reads where others' UIP has a person; nothing else of other municipalities.
        ("0461", "uip-a"),
    ]


def test_what_was_known_reaches_to_the_newest_of_these_deliveries(decision: Decision) -> None:
    assert decision.known_through.isoformat() == "2026-11-12T06:00:00+01:00"


def test_parameters_stand_there_with_their_legal_basis(decision: Decision) -> None:
    assert decision.parameters["benefit_months_min"] == {
        "value": "18",
        "law_reference": "repatrieringsloven § 5 stk. 1, 2. pkt.",
        "is_law": True,
        "valid_from": "2021-08-01",
    }


def test_it_is_read_back_as_it_was_written(home: Home, decision: Decision) -> None:
    with_files = decision.of_files({"kandidater.csv": b"cpr_nummer\n"})
    write_decision(home, with_files)

    assert read_decision(home, MUNICIPALITY, D, 2) == with_files
    assert with_files.files == {"kandidater.csv": hashlib.sha256(b"cpr_nummer\n").hexdigest()}


def test_it_is_private(home: Home, decision: Decision) -> None:
    write_decision(home, decision)

    assert home.decision(MUNICIPALITY, D, 2).stat().st_mode & 0o077 == 0


def test_a_feed_without_decision_is_named(home: Home) -> None:
    with pytest.raises(NoDecision, match="0751 as of 2026-11-22: there is no decision file of feed 7"):
        read_decision(home, MUNICIPALITY, D, 7)


def test_it_leads_to_the_published_version_while_that_is_kept(home: Home, published: Path, decision: Decision) -> None:
    version = published.resolve()

    assert decided_from(home, decision).published == version

    (version / "manifest.json").unlink()
    version.rmdir()

    assert decided_from(home, decision).published is None
    assert decided_from(home, decision).deliveries == decision.deliveries
