"""What there is about one person, and its removal: after an erasure no file below HOME holds the person, whatever comes again."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from repat_pipeline.codelists import municipality_codes
from repat_pipeline.console.summary import _erased
from repat_pipeline.data_subject.access import subject_access
from repat_pipeline.data_subject.erase import NotErased, erase
from repat_pipeline.data_subject.person import Person
from repat_pipeline.data_subject.search import search_home
from repat_pipeline.data_subject.traces import traces
from repat_pipeline.drills.stage import expect_whole
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.identity.vault import read_vault
from repat_pipeline.intake import take_in
from repat_pipeline.reread import reread_deliveries
from repat_pipeline.storage.audit_log import NoAuditEntry, read_audit, verify_audit
from repat_pipeline.storage.delivery_log import read_deliveries
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealing_keys import load_sealer
from repat_pipeline.warehouse.feed_history import read_feed_history
from tests.conftest import RunOnce
from tests.support import (
    AS_OF,
    MUNICIPALITY,
    NOW,
    Command,
    deliver_fagsystem,
    deliver_uip,
    hashes,
    payments,
    permit,
    person,
    read_feed,
    resident,
)

INSTANT = datetime.fromisoformat(NOW)
ASKED, OTHER = person(0), person(1)


def someone(home: Home, number: str) -> Person:
    """The person of a number."""
    return Person.of(number, load_key(home).key, municipality_codes())


def erased(home: Home, number: str) -> Any:
    """Erase the person of a number now."""
    return erase(home, someone(home, number), sealer=load_sealer(home).sealer, at=INSTANT, reason="ret til sletning")


@pytest.fixture
def taken_in(home: Home, inbox: Path) -> Home:
    """Two persons in UIP and fagsystem, each with a rejected row; a refused delivery of both; raw files archived."""
    for number in (1, 2):
        rows = [
            permit(ASKED),
            permit(OTHER),
            permit(ASKED, tilladelse_id="X", status="aktiv"),
            permit(OTHER, tilladelse_id="Y", status="aktiv"),
        ]
        deliver_uip(inbox, rows, delivery_id=f"uip-{number}", day=f"2026-11-0{number}")
    (deliver_uip(inbox, [permit(ASKED), permit(OTHER)], delivery_id="uip-3") / "x.csv").touch()
    deliver_fagsystem(
        inbox, borgere=[resident(ASKED), resident(OTHER)], ydelser=[*payments(ASKED, "2025-01", 3), *payments(OTHER, "2025-01", 3)]
    )
    take_in(home, inbox, source="uip", municipalities=[MUNICIPALITY], consume=True)
    take_in(home, inbox, source="fagsystem", municipalities=[MUNICIPALITY])
    return home


def test_an_answer_tells_deliveries_with_rows_purpose_legal_basis_and_term(taken_in: Home) -> None:
    answer = subject_access(taken_in, someone(taken_in, ASKED), sealer=load_sealer(taken_in).sealer)

    told = {entry["delivery_id"]: entry for entry in answer["deliveries"]}
    assert {name: (entry["rows"], entry["rejected_rows"], entry["is_archived"]) for name, entry in told.items()} == {
        "fag-1": ({"borgere": 1, "ydelser": 3}, {}, False),
        "uip-1": ({"opholdstilladelser": 1}, {"opholdstilladelser": 1}, True),
        "uip-2": ({"opholdstilladelser": 1}, {"opholdstilladelser": 1}, True),
    }
    assert (told["uip-1"]["extracted_at"][:10], told["uip-1"]["term"], told["uip-1"]["kept_until"]) == ("2026-11-01", "P25M", "2028-12-01")
    assert "udlændingeloven § 44 a" in told["uip-1"]["legal_basis"][0]
    assert told["uip-1"]["purpose"]["opholdstilladelser"]
    assert [entry["files"] for entry in answer["refused_deliveries"]] == [["opholdstilladelser.csv"]]


def test_an_answer_to_one_municipality_tells_nothing_of_another(taken_in: Home) -> None:
    answer = subject_access(taken_in, someone(taken_in, ASKED), sealer=load_sealer(taken_in).sealer, municipality="0461")

    assert {name: value for name, value in answer.items() if value} == {"not_covered": answer["not_covered"]}


def test_a_person_of_whom_there_is_nothing_is_told_so(taken_in: Home) -> None:
    assert traces(taken_in, someone(taken_in, person(9)), sealer=load_sealer(taken_in).sealer) == []


def test_after_an_erasure_no_file_holds_the_person_and_the_others_are_as_they_were(taken_in: Home) -> None:
    sealer = load_sealer(taken_in).sealer
    others = {(trace.place, trace.path): trace.rows for trace in traces(taken_in, someone(taken_in, OTHER), sealer=sealer)}

    done = erased(taken_in, ASKED)

    assert done.rows == {"lake": 6, "quarantine": 2, "rejected": 2, "vault": 3, "archive": 2, "refused": 1}
    assert search_home(taken_in, someone(taken_in, ASKED), sealer=sealer).found == []
    left = {(trace.place, trace.path): trace.rows for trace in traces(taken_in, someone(taken_in, OTHER), sealer=sealer)}
    # Raw deliveries with the person go whole.
    assert left == {key: rows for key, rows in others.items() if key[0] not in ("archive", "refused")}
    assert ASKED not in read_vault(taken_in, MUNICIPALITY, purpose="test")["cpr_nummer"].to_list()


def test_months_that_a_run_kept_of_the_person_are_found_and_go_with_the_erasure(taken_in: Home) -> None:
    asked, sealer = someone(taken_in, ASKED), load_sealer(taken_in).sealer
    taken_in.work.mkdir(parents=True, exist_ok=True)
    keys = load_key(taken_in).key.person_keys([ASKED])
    pl.DataFrame({"municipality_code": [MUNICIPALITY], "person_key": keys}).write_parquet(taken_in.kept_months)
    before = search_home(taken_in, asked, sealer=sealer).found

    erased(taken_in, ASKED)

    assert taken_in.kept_months in before
    assert not taken_in.kept_months.exists()


def test_the_certificate_tells_places_and_rows_and_that_the_search_found_nothing(taken_in: Home) -> None:
    done = erased(taken_in, ASKED)

    text = done.certificate.read_text(encoding="utf-8")
    certificate = json.loads(text)
    assert certificate["files_with_the_person"] == 0
    assert certificate["files_searched"] == done.search.files > 20
    assert {entry["place"] for entry in certificate["removed"]} == {"lake", "quarantine", "rejected", "vault", "archive", "refused"}
    assert not someone(taken_in, ASKED).is_in(text.encode())
    assert [line["what"] for line in read_audit(taken_in)][-2:] == ["erasure", "erasure certificate"]
    assert verify_audit(taken_in.audit_log) == []


def test_the_search_finds_what_erasing_does_not_reach(taken_in: Home) -> None:
    (taken_in.root / "notes.txt").write_text(f"ring til {ASKED}", encoding="utf-8")

    with pytest.raises(NotErased, match=r"notes\.txt"):
        erased(taken_in, ASKED)


def test_the_search_looks_at_names_of_files_too(taken_in: Home) -> None:
    (taken_in.work / "left").mkdir(parents=True)
    (taken_in.work / "left" / f"{ASKED}.csv").touch()

    found = search_home(taken_in, someone(taken_in, ASKED), sealer=load_sealer(taken_in).sealer).found

    assert taken_in.work / "left" / f"{ASKED}.csv" in found


def test_without_a_reason_that_can_be_logged_nothing_is_erased(taken_in: Home) -> None:
    before = hashes(taken_in.lake)

    with pytest.raises(NoAuditEntry):
        erase(taken_in, someone(taken_in, ASKED), sealer=load_sealer(taken_in).sealer, at=INSTANT, reason=ASKED)

    assert hashes(taken_in.lake) == before
    assert not taken_in.erasures.exists()


@pytest.mark.parametrize("cut_off_at", range(0, 14, 3))
def test_an_erasure_that_was_cut_off_is_ended_by_the_next_call(taken_in: Home, monkeypatch: pytest.MonkeyPatch, cut_off_at: int) -> None:
    from repat_pipeline.data_subject import erase as module

    def until(number: Iterator[int], eraser: Any) -> Any:
        def erase_or_end(task: Any) -> None:
            if next(number) == cut_off_at:
                raise KeyboardInterrupt
            eraser(task)

        return erase_or_end

    numbers = iter(range(100))
    with monkeypatch.context() as patch:
        for place, eraser in dict(module._ERASERS).items():
            patch.setitem(module._ERASERS, place, until(numbers, eraser))
        with pytest.raises(KeyboardInterrupt):
            erased(taken_in, ASKED)

    assert erased(taken_in, ASKED).search.found == []


def test_a_delivery_that_was_extracted_before_does_not_bring_the_person_back(taken_in: Home, inbox: Path) -> None:
    erased(taken_in, ASKED)
    deliver_uip(
        inbox, [permit(ASKED), permit(OTHER), permit(ASKED, tilladelse_id="X", status="aktiv")], delivery_id="uip-4", day="2026-11-20"
    )

    (accepted,) = take_in(taken_in, inbox, source="uip", municipalities=[MUNICIPALITY]).accepted

    assert accepted.record.erased_on is not None
    assert search_home(taken_in, someone(taken_in, ASKED), sealer=load_sealer(taken_in).sealer).found == []
    assert "1 kept out" in next(line["where"] for line in read_audit(taken_in) if line["what"] == "erased persons delivered")


def test_reading_an_older_delivery_again_does_not_bring_the_person_back(taken_in: Home, inbox: Path) -> None:
    erased(taken_in, ASKED)

    (outcome,) = reread_deliveries(taken_in, inbox, now=INSTANT, source="fagsystem")

    assert (outcome.problem, outcome.record.erased_on) == (None, INSTANT.date())
    assert search_home(taken_in, someone(taken_in, ASKED), sealer=load_sealer(taken_in).sealer).found == []


def test_a_delivery_that_was_extracted_later_is_taken_in_and_says_so(taken_in: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    erased(taken_in, ASKED)
    monkeypatch.setenv("REPAT_NOW", "2026-12-02T12:00:00+01:00")
    deliver_uip(inbox, [permit(ASKED), permit(OTHER)], delivery_id="uip-4", day="2026-12-01")

    (accepted,) = take_in(taken_in, inbox, source="uip", municipalities=[MUNICIPALITY]).accepted

    assert (accepted.record.erased_persons_again, accepted.record.erased_on) == (1, None)
    assert ASKED in read_vault(taken_in, MUNICIPALITY, purpose="test")["cpr_nummer"].to_list()
    assert "1 taken in again" in next(line["where"] for line in read_audit(taken_in) if line["what"] == "erased persons delivered")


def test_a_replay_that_would_need_the_person_says_so_and_a_later_run_does_not(taken_in: Home) -> None:
    from repat_pipeline.defs.execution import RunOutcome
    from repat_pipeline.intake import InboxState
    from repat_pipeline.storage.selection import select_deliveries

    erased(taken_in, ASKED)
    selection = select_deliveries(read_deliveries(taken_in), known_at=None, is_income_lawful=True)
    outcome = RunOutcome(INSTANT.date(), [], InboxState(), selection, True, 0, {}, {})

    assert _erased(outcome) == []
    for replay in (replace(outcome, known_at=INSTANT), replace(outcome, as_of=INSTANT.date().replace(day=1))):
        assert any("0751 uip uip-2: rows of a person were erased on 2026-11-22" in line for line in _erased(replay))


# -- a whole run ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def used(run_once: RunOnce, tmp_path: Path) -> Home:
    """A home after a run, to write to."""
    home = Home(tmp_path / "used")
    shutil.copytree(run_once.home.root, home.root, symlinks=True)
    return home


def asking(home: Home, command: str, number: str, *more: str) -> Command:
    """A command with the number on its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "repat_pipeline", command, "--home", str(home.root), "--cpr", "-", "--reason", "aktindsigt", *more],
        input=f"{number}\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Command(done.returncode, done.stdout + done.stderr)


def candidate(home: Home) -> dict[str, str]:
    """The first candidate of the feed to 0751."""
    return read_feed(home.outbox / "0751" / "v1" / AS_OF / "1" / "kandidater.csv")[0]


def test_the_answer_names_the_feeds_that_carried_the_person_and_no_cpr_number(used: Home) -> None:
    row = candidate(used)

    command = asking(used, "subject-access", row["cpr_nummer"], "--json")

    assert command.status == 0
    answer = json.loads(command.output)
    (feed,) = [entry for entry in answer["feeds"] if entry["municipality"] == "0751"]
    assert (feed["as_of"], feed["sequence"], feed["files"]["kandidater.csv"], feed["files"]["kandidater.xlsx"]) == (AS_OF, 1, 1, 1)
    assert answer["references"]["0751"] == row["person_ref"]
    assert {entry["source"] for entry in answer["deliveries"]} >= {"uip", "fagsystem"}
    assert row["cpr_nummer"] not in command.output
    shown = asking(used, "subject-access", row["cpr_nummer"])
    assert f"Leverance til kommune 0751 pr. {AS_OF} nr. 1: " in shown.output
    assert "subject access (0751): aktindsigt" in shown.output


def test_an_erased_candidate_is_in_no_file_and_what_is_left_is_whole(used: Home) -> None:
    row = candidate(used)
    folder = used.outbox / "0751" / "v1" / AS_OF / "1"
    expected = [
        line for line in csv.reader((folder / "kandidater.csv").open(encoding="utf-8"), delimiter=";") if row["person_ref"] not in line
    ]
    # The index of K22, as the run of another day leaves it, names the person.
    assert row["person_ref"] in read_feed_history(used, before=date.max).listed["person_ref"]

    looked = asking(used, "erase", row["cpr_nummer"])
    command = asking(used, "erase", row["cpr_nummer"], "--apply")

    assert (looked.status, command.status) == (3, 0), command.output
    assert "the person is in none" in command.output
    assert row["cpr_nummer"] not in looked.output + command.output
    assert search_home(used, someone(used, row["cpr_nummer"]), sealer=load_sealer(used).sealer).found == []
    assert list(csv.reader((folder / "kandidater.csv").open(encoding="utf-8"), delimiter=";")) == expected
    assert row["person_ref"] not in read_feed_history(used, before=date.max).listed["person_ref"]
    expect_whole(used.root)
    assert asking(used, "erase", row["cpr_nummer"]).output.startswith("To erase: nothing. The person was erased before.")


def test_a_number_in_the_command_line_is_refused(used: Home) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "repat_pipeline", "erase", "--home", str(used.root), "--cpr", ASKED, "--reason", "x", "--apply"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert "never stands in a command line" in done.stderr
