"""`repat check` and `repat quarantine` as a user calls them: exit status, what is shown to whom, what is logged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from repat_pipeline.intake import take_in
from repat_pipeline.storage.audit_log import read_audit
from repat_pipeline.storage.layout import Home
from tests.support import (
    MUNICIPALITY,
    Command,
    deliver_fagsystem,
    deliver_uip,
    hashes,
    payments,
    permit,
    person,
    read_feed,
    repat,
    resident,
)

WHO = person()
BAD = "elleve tusind"


def deliver(inbox: Path, bad: int) -> Path:
    """A fagsystem delivery; `bad` of its payments (lines 2, 3, ...) have no amount."""
    rows = [row | {"beloeb": BAD if number < bad else "1,00"} for number, row in enumerate(payments(WHO, "2024-01", 30))]
    return deliver_fagsystem(inbox, borgere=[resident(WHO)], ydelser=rows)


@pytest.fixture
def quarantined(home: Home, inbox: Path) -> Home:
    """A home with rejected rows in two tables of two sources."""
    deliver(inbox, bad=2)
    deliver_uip(inbox, [permit(WHO, status="aktiv")])
    for source in ("uip", "fagsystem"):
        take_in(home, inbox, source=source, municipalities=[MUNICIPALITY])
    return home


def quarantine(home: Home, *arguments: object) -> Command:
    """`repat quarantine` on a home."""
    command, *more = arguments
    return repat("quarantine", command, "--home", home.root, *more)


@pytest.mark.parametrize(("bad", "status"), [(0, 0), (2, 3), (21, 1)], ids=["clean", "rejected rows", "refused"])
def test_check_ends_with_the_status_of_what_intake_would_do(inbox: Path, tmp_path: Path, bad: int, status: int) -> None:
    command = repat("check", deliver(inbox, bad), REPAT_KEY="", REPAT_HOME=str(tmp_path / "none"))

    assert command.status == status, command.output
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["findes-ikke"], "expected a delivery folder or a file"),
        (["."], "found a folder with deliveries below it"),
        (["ukendt.csv"], "give it with --table"),
        (["ukendt.csv", "--table", "ydelser", "--source", "uip"], "expected a table of uip"),
        (["ukendt.csv", "--table", "ydelser", "--source", "cpr"], "--source: expected uip, fagsystem, eindkomst"),
        (["ukendt.csv", "--table", "ydelser", "--mapping", "findes_ikke"], "--mapping: there is no mapping of that name"),
        (["ukendt.csv", "--table", "opslag", "--mapping", "example_latin1"], "expected a mapping for eindkomst"),
        ([f"{MUNICIPALITY}/fagsystem/fag-1", "--table", "ydelser"], "are for a single file"),
    ],
    ids=["nothing", "inbox", "no table", "other source", "unknown source", "no mapping", "other mapping", "delivery with a table"],
)
def test_wrong_use_of_check_says_what_was_expected(inbox: Path, arguments: list[str], told: str) -> None:
    folder = deliver(inbox, bad=0)
    shutil.copy(folder / "ydelser.csv", inbox / "ukendt.csv")
    path, *options = arguments

    command = repat("check", inbox / path, *options)

    assert command.status == 2
    assert told in command.output


def test_list_counts_by_rule_and_shows_no_value(quarantined: Home) -> None:
    command = quarantine(quarantined, "list", "--municipality", MUNICIPALITY)

    assert command.status == 0
    assert [line.split("│")[4:7] for line in command.output.splitlines() if "fag-1" in line] == [
        [" ydelser            ", " beloeb_format ", "      2 "]
    ]
    assert "status_code" in command.output
    assert WHO not in command.output


def test_list_goes_by_its_filters(quarantined: Home) -> None:
    assert "fag-1" not in quarantine(quarantined, "list", "--source", "uip").output
    assert "Ingen afviste rækker" in quarantine(quarantined, "list", "--table", "sager").output


def test_show_tells_lines_and_rules_of_one_delivery_and_no_value(quarantined: Home) -> None:
    command = quarantine(quarantined, "show", "--source", "fagsystem")

    assert "ydelser.csv: 2 afviste af 30 rækker" in command.output
    assert [line.split("│")[1].strip() for line in command.output.splitlines() if line.endswith("beloeb_format │")] == ["2", "3"]
    assert BAD not in command.output
    assert WHO not in command.output


def test_show_of_several_deliveries_is_wrong_use(quarantined: Home) -> None:
    command = quarantine(quarantined, "show")

    assert command.status == 2
    assert "found 2 (0751 fagsystem fag-1; 0751 uip uip-1)" in command.output


def test_export_writes_the_rows_with_values_for_their_owner_only_and_logs_it(quarantined: Home, tmp_path: Path) -> None:
    out = tmp_path / "raekker.csv"

    command = quarantine(quarantined, "export", "--table", "ydelser", "--out", out, "--reason", "spørg leverandøren")

    assert command.status == 0
    assert [(row["line_number"], row["rule_ids"], row["cpr_nummer"], row["beloeb"]) for row in read_feed(out)] == [
        ("2", "beloeb_format", WHO, BAD), ("3", "beloeb_format", WHO, BAD),
    ]  # fmt: skip
    assert out.stat().st_mode & 0o777 == 0o600
    line = quarantined.audit_log.read_text(encoding="utf-8").splitlines()[-1]
    entry = json.loads(line)
    assert (entry["what"], entry["reason"]) == ("quarantine export", "spørg leverandøren")
    assert entry["where"] == f"0751 fagsystem fag-1; ydelser, 2 rows; to {out}"
    assert WHO not in line + command.output
    assert BAD not in line + command.output


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--reason", "x"], "expected rows of one table, found opholdstilladelser, ydelser"),
        (["--table", "ydelser", "--reason", " "], "--reason: a reason is needed"),
        (["--table", "ydelser", "--reason", WHO], "without a CPR number"),
        (["--table", "ydelser", "--reason", "x", "--out", "home/published/x.csv"], "outside"),
        (["--table", "ydelser", "--reason", "x", "--out", "inbox"], "expected a new file"),
        (["--table", "betalinger", "--reason", "x"], "--table: expected one of"),
    ],
    ids=["two tables", "no reason", "a person in the reason", "below the home", "a file that is there", "unknown table"],
)
def test_wrong_use_of_export_writes_nothing(quarantined: Home, tmp_path: Path, options: list[str], told: str) -> None:
    before = hashes(tmp_path)
    given = [str(tmp_path / option) if position and options[position - 1] == "--out" else option for position, option in enumerate(options)]
    target = [] if "--out" in options else ["--out", tmp_path / "x.csv"]

    command = quarantine(quarantined, "export", *given, *target)

    assert command.status == 2
    assert told in " ".join(command.output.split())
    assert hashes(tmp_path) == before


@pytest.mark.parametrize("closed", ["vault", "quarantine"])
def test_export_is_for_those_who_can_read_vault_and_quarantine(quarantined: Home, tmp_path: Path, closed: str) -> None:
    # Taken away rather than closed by mode: that would not keep root out.
    (quarantined.root / closed).rename(tmp_path / "elsewhere")

    command = quarantine(quarantined, "export", "--table", "ydelser", "--out", tmp_path / "x.csv", "--reason", "x")

    assert command.status == 1
    assert "this account cannot read" in command.output
    assert not (tmp_path / "x.csv").exists()
    assert [line for line in read_audit(quarantined) if line["what"] == "quarantine export"] == []
