"""Error reports to senders: what a sender must mend, without values, and whether it is still open."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from repat_pipeline.intake import take_in
from repat_pipeline.reports.error_report import write_error_reports
from repat_pipeline.storage.layout import Home
from tests.support import (
    MUNICIPALITY,
    Row,
    deliver_answer,
    deliver_fagsystem,
    deliver_uip,
    hashes,
    income,
    lookup,
    payments,
    permit,
    person,
    read_feed,
    resident,
)

WHO, OTHER = person(0), person(1)


def report(home: Home, inbox: Path) -> list[tuple[str, str, str, str]]:
    """Take in what is there and write the reports; the overview."""
    for source in ("uip", "fagsystem", "eindkomst"):
        take_in(home, inbox, source=source, municipalities=[MUNICIPALITY])
    write_error_reports(home, [MUNICIPALITY])
    overview = home.error_reports(MUNICIPALITY) / "oversigt.csv"
    return [tuple(row.values()) for row in read_feed(overview)] if overview.is_file() else []  # type: ignore[misc]


def rows(home: Home, source: str, delivery: str) -> list[dict[str, str]]:
    """The report of one delivery."""
    return read_feed(home.error_reports(MUNICIPALITY) / source / delivery / "afvist.csv")


def bad_permits() -> list[Row]:
    """A good permit, and one that breaks two rules in line 3."""
    return [permit(WHO), permit(OTHER, status="aktiv", gyldig_fra="1.3.2015")]


def test_a_rejected_row_is_told_by_file_line_and_rule(home: Home, inbox: Path) -> None:
    deliver_uip(inbox, bad_permits())

    assert report(home, inbox) == [("uip-1", "uip", "1", "aaben")]

    told = rows(home, "uip", "uip-1")
    places = [(row["fil"], row["linje"], row["tabel"], row["regel"]) for row in told]
    table = ("opholdstilladelser.csv", "3", "opholdstilladelser")
    assert places == [(*table, "gyldig_fra_format"), (*table, "status_code")]
    assert all(row["forklaring"] and row["naeste_skridt"] for row in told)


def test_a_report_holds_no_value_of_a_row(home: Home, inbox: Path) -> None:
    deliver_uip(inbox, bad_permits())
    report(home, inbox)

    text = (home.error_reports(MUNICIPALITY) / "uip" / "uip-1" / "afvist.csv").read_text(encoding="utf-8")

    assert not [value for value in (OTHER, "1.3.2015", "aktiv;", f"T-{OTHER}") if value in text]


def test_a_clean_delivery_has_no_report(home: Home, inbox: Path) -> None:
    deliver_uip(inbox, [permit(WHO)])

    assert report(home, inbox) == []
    assert not home.error_reports(MUNICIPALITY).exists()


def test_a_newer_clean_delivery_replaces_the_report(home: Home, inbox: Path) -> None:
    deliver_uip(inbox, bad_permits())
    report(home, inbox)

    deliver_uip(inbox, [permit(WHO)], delivery_id="uip-2", day="2026-11-15")

    assert report(home, inbox) == [("uip-1", "uip", "1", "afloest")]
    assert rows(home, "uip", "uip-1")


def test_an_older_clean_delivery_replaces_nothing(home: Home, inbox: Path) -> None:
    deliver_uip(inbox, bad_permits())
    deliver_uip(inbox, [permit(WHO)], delivery_id="uip-0", day="2026-10-15")

    assert report(home, inbox) == [("uip-1", "uip", "1", "aaben")]


def test_a_newer_delivery_with_rejected_rows_has_the_open_report(home: Home, inbox: Path) -> None:
    deliver_uip(inbox, bad_permits())
    deliver_uip(inbox, bad_permits(), delivery_id="uip-2", day="2026-11-15")

    assert report(home, inbox) == [("uip-1", "uip", "1", "afloest"), ("uip-2", "uip", "1", "aaben")]


def test_a_refused_delivery_is_told_with_its_reasons(home: Home, inbox: Path) -> None:
    folder = deliver_uip(inbox, [permit(WHO)])
    (folder / "ekstra.csv").write_text("x")
    with (folder / "opholdstilladelser.csv").open("a") as stream:
        stream.write("for;kort\n")

    assert report(home, inbox) == [("uip-1", "uip", "alle", "aaben")]

    told = {(row["fil"], row["linje"], row["regel"]) for row in rows(home, "uip", "uip-1")}
    assert told >= {("ekstra.csv", "", "file_extra"), ("opholdstilladelser.csv", "3", "ragged_line")}


def test_a_delivery_that_is_refused_for_its_rows_is_told_line_by_line(home: Home, inbox: Path) -> None:
    listed = [payments(WHO, "2025-01", 1)[0] | {"effektuering_id": f"E{n}", "beloeb": None} for n in range(21)]
    deliver_fagsystem(inbox, borgere=[resident(WHO)], ydelser=listed)

    assert report(home, inbox) == [("fag-1", "fagsystem", "alle", "aaben")]

    told = [(row["linje"], row["regel"]) for row in rows(home, "fagsystem", "fag-1")]
    assert told == [("", "too_many_rejected"), *((str(line), "beloeb_missing") for line in range(2, 23))]


def test_a_refused_delivery_that_comes_again_under_its_id_is_replaced(home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = deliver_uip(inbox, [permit(WHO)])
    (folder / "ekstra.csv").write_text("x")
    report(home, inbox)

    (folder / "ekstra.csv").unlink()
    monkeypatch.setenv("REPAT_NOW", "2026-11-23T12:00:00+01:00")

    assert report(home, inbox) == [("uip-1", "uip", "alle", "afloest")]


def test_an_accepted_id_that_came_again_with_other_content_stays_open(home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver_uip(inbox, [permit(WHO)])
    report(home, inbox)

    deliver_uip(inbox, [permit(WHO), permit(OTHER)])
    monkeypatch.setenv("REPAT_NOW", "2026-11-23T12:00:00+01:00")

    assert report(home, inbox) == [("uip-1", "uip", "alle", "aaben")]
    assert [row["regel"] for row in rows(home, "uip", "uip-1")] == ["delivery_id_taken"]


@pytest.mark.parametrize(
    ("asked", "lines", "status"),
    [
        ([WHO, OTHER], [], "afloest"),
        ([OTHER], [], "afloest"),
        ([WHO], [], "aaben"),
        ([OTHER], [income(OTHER, "2025-02", se_nummer=None)], "aaben"),
    ],
    ids=["asks for both", "asks for the one", "asks for another", "is not clean"],
)
def test_an_answer_is_replaced_by_a_clean_one_that_asks_again_for_its_persons(
    home: Home, inbox: Path, asked: list[str], lines: list[Row], status: str
) -> None:
    persons = [lookup(cpr, "2025-01", "2025-06") for cpr in (WHO, OTHER)]
    deliver_answer(inbox, opslag=persons, indkomst=[income(OTHER, "2025-02", se_nummer=None)])
    deliver_answer(
        inbox, delivery_id="svar-2", day="2026-11-16", opslag=[lookup(cpr, "2025-01", "2025-06") for cpr in asked], indkomst=lines
    )

    assert ("svar-1", "eindkomst", "1", status) in report(home, inbox)


def test_writing_again_changes_no_byte_and_touches_no_file(home: Home, inbox: Path) -> None:
    deliver_uip(inbox, bad_permits())
    report(home, inbox)
    folder = home.error_reports(MUNICIPALITY)
    before = hashes(folder), {path: path.stat().st_mtime_ns for path in folder.rglob("*.csv")}

    report(home, inbox)

    assert (hashes(folder), {path: path.stat().st_mtime_ns for path in folder.rglob("*.csv")}) == before


def test_a_refused_folder_whose_name_is_a_long_number_is_told_without_it(home: Home, inbox: Path) -> None:
    number = f"{WHO}0"
    deliver_uip(inbox, [permit(WHO)]).rename(inbox / MUNICIPALITY / "uip" / number)

    (told,) = report(home, inbox)

    assert told[0].startswith("levering-")
    assert not [path for path in home.error_reports(MUNICIPALITY).rglob("*") if number in path.name or number in path.parent.name]


def test_a_folder_named_with_a_cpr_number_is_no_delivery_and_has_no_report(home: Home, inbox: Path) -> None:
    deliver_uip(inbox, [permit(WHO)]).rename(inbox / MUNICIPALITY / "uip" / WHO)

    assert report(home, inbox) == []


def test_the_time_of_writing_does_not_matter(home: Home, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver_uip(inbox, bad_permits())
    deliver_answer(inbox, opslag=[lookup(WHO, "2025-06", "2025-01")])
    report(home, inbox)

    monkeypatch.setenv("REPAT_NOW", datetime(2026, 12, 24, tzinfo=UTC).isoformat())
    later = Home(tmp_path / "later")
    report(later, inbox)

    assert hashes(later.error_reports(MUNICIPALITY)) == hashes(home.error_reports(MUNICIPALITY))
