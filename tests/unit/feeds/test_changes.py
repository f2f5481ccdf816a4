"""Who changed between two lists of candidates, and what is told when the cause can no longer be found."""

from __future__ import annotations

from datetime import date
from typing import Any

from repat_pipeline.feeds.changes import changes_csv, find_changes
from repat_pipeline.feeds.decision import DecidingDelivery, Decision
from repat_pipeline.feeds.premises import DecisionReader
from repat_pipeline.feeds.previous import EarlierFeed
from repat_pipeline.identity.pseudonym import PseudonymKey
from repat_pipeline.storage.layout import Home
from tests.support import KEY, MUNICIPALITY, person

HEADER = "cpr_nummer;person_ref;opgoerelsesdato;maanedsstrip;begrundelse"
COLUMNS = {"cpr_nummer": "cpr_nummer", "person_ref": "person_ref", "opgoerelsesdato": "as_of", "maanedsstrip": "month_strip",
           "begrundelse": "reason_da"}  # fmt: skip
FIRST, SECOND, THIRD, FOURTH = sorted(map(person, range(4)))


def row(cpr: str, **columns: str) -> dict[str, str]:
    """A row of the list of candidates."""
    return {
        "cpr_nummer": cpr,
        "person_ref": f"ref-{cpr}",
        "opgoerelsesdato": "2026-11-22",
        "maanedsstrip": "KK",
        "begrundelse": "",
    } | columns


def rows(*found: dict[str, str]) -> dict[str, dict[str, str]]:
    """CPR number -> row."""
    return {one["cpr_nummer"]: one for one in found}


def changed(before: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, str]]:
    """CPR number and kind of each change."""
    return [(change.cpr_nummer, change.kind) for change in find_changes(before, now, compared=["maanedsstrip"])]


def test_new_gone_and_changed_persons_stand_in_the_order_of_their_numbers() -> None:
    before = rows(row(FIRST), row(SECOND), row(FOURTH))
    now = rows(row(SECOND, maanedsstrip="KI"), row(THIRD), row(FOURTH))

    assert changed(before, now) == [(FIRST, "udgaaet"), (SECOND, "aendret"), (THIRD, "ny")]


def test_the_date_itself_and_the_sentence_change_nobody() -> None:
    assert changed(rows(row(FIRST)), rows(row(FIRST, opgoerelsesdato="2026-11-23", begrundelse="Tæller 2 af 2 måneder."))) == []


def decision() -> Decision:
    """A decision from a delivery that is not in the lake."""
    gone = DecidingDelivery(MUNICIPALITY, "fagsystem", "fag-1", "content", "2026-11-10T06:00:00+01:00", "1.0.0", True)
    return Decision(
        municipality_code=MUNICIPALITY, as_of="2026-11-22", sequence=1, known_at=None, feed_version="1.0.0", published_version="v",
        run_id="r", rule_version="RV3", code_version="1", project_hash="p", code_lists_hash="c", key_fingerprint="k", parameters={},
        deliveries=(gone,), compared_with=None, files={},
    )  # fmt: skip


def changes_since(home: Home, header: str, lines: list[str]) -> str:
    """`aendringer.csv` of a list with FIRST alone, against an earlier list."""
    folder = home.feed_folder(MUNICIPALITY, date(2026, 11, 22)) / "1"
    folder.mkdir(parents=True)
    (folder / "kandidater.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    candidates = f"{HEADER}\n{FIRST};ref;2026-11-22;KK;x\n".encode()
    content, number = changes_csv(
        DecisionReader(home), PseudonymKey(KEY.encode()), before=EarlierFeed(folder, decision()), candidates=candidates,
        decision=decision(), columns=COLUMNS,
    )  # fmt: skip
    assert number == content.count(b"\n") - 1
    return content.decode()


def test_a_change_since_deliveries_that_retention_has_removed_is_told_without_its_cause(home: Home) -> None:
    told = changes_since(home, HEADER, [f"{SECOND};ref;2026-11-22;KK;x"])

    assert told.splitlines()[1:] == [f"{FIRST};ref;ny;ikke_genberegnet", f"{SECOND};ref;udgaaet;ikke_genberegnet"]


def test_a_column_that_the_earlier_feed_did_not_have_changes_nobody(home: Home) -> None:
    told = changes_since(home, "cpr_nummer;person_ref;opgoerelsesdato", [f"{FIRST};ref;2026-11-22"])

    assert told == "cpr_nummer;person_ref;aendring;aarsag\n"
