"""Every kind of refusal of spec/inbound.md section 1: refused whole, with all reasons at once, a message that says what to do,
nothing loaded, a copy kept, remembered by content."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from repat_pipeline import work_ahead
from repat_pipeline.contracts.inbound import load_source_contract
from repat_pipeline.extracts.file_facts import Limits
from repat_pipeline.intake import Intake, Refused, look_at_inbox, take_in
from repat_pipeline.storage.audit_log import read_audit
from repat_pipeline.storage.delivery_log import read_deliveries
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealing_keys import load_sealer
from tests.support import (
    MUNICIPALITY,
    deliver_answer,
    deliver_fagsystem,
    deliver_uip,
    hashes,
    income,
    lookup,
    payments,
    permit,
    person,
    resident,
)

WHO = person()
Spoil = Callable[[Path], None]


def rewrite_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest of a delivery."""
    path = folder / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def field(name: str, value: object) -> Spoil:
    """Set a field of the manifest; None removes it."""

    def change(content: dict[str, Any]) -> None:
        content.pop(name) if value is None else content.__setitem__(name, value)

    return lambda folder: rewrite_manifest(folder, change)


def of_first_file(name: str, value: object) -> Spoil:
    """Set a field of the first file's entry."""
    return lambda folder: rewrite_manifest(folder, lambda content: content["files"][0].__setitem__(name, value))


def cut(path: Path, bytes_lost: int) -> None:
    """Cut off the end of a file, as a broken transfer does."""
    path.write_bytes(path.read_bytes()[:-bytes_lost])


def rewrite_file(name: str, change: Callable[[bytes], bytes]) -> Spoil:
    """Change a data file and let the manifest tell the truth about its bytes, so that only the content is wrong."""
    import hashlib

    def spoil(folder: Path) -> None:
        path = folder / name
        path.write_bytes(change(path.read_bytes()))

        def correct(content: dict[str, Any]) -> None:
            for entry in content["files"]:
                if entry["name"] == name:
                    entry["bytes"] = path.stat().st_size
                    entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()

        rewrite_manifest(folder, correct)

    return spoil


def replace(old: str, new: str) -> Callable[[bytes], bytes]:
    """Replace text in a file."""
    return lambda content: content.replace(old.encode(), new.encode(), 1)


def deliver(source: str, inbox: Path) -> Path:
    """A delivery of one source that would be taken in."""
    if source == "uip":
        return deliver_uip(inbox, [permit(WHO)])
    if source == "fagsystem":
        return deliver_fagsystem(inbox, borgere=[resident(WHO)], ydelser=payments(WHO, "2025-01", 3))
    form = "xml" if source == "eindkomst_xml" else "csv"
    return deliver_answer(inbox, income_format=form, opslag=[lookup(WHO, "2025-01", "2025-06")], indkomst=[income(WHO, "2025-02")])


def refuse(home: Home, inbox: Path, source: str, **more: Any) -> Refused:
    """Take in what is there; exactly one delivery must be refused and nothing loaded."""
    intake = take(home, inbox, source, **more)
    assert intake.accepted == []
    assert len(intake.refused) == 1
    return intake.refused[0]


def take(home: Home, inbox: Path, source: str, **more: Any) -> Intake:
    """Take in deliveries of one source of 0751."""
    return take_in(home, inbox, source=source.removesuffix("_xml"), municipalities=[MUNICIPALITY], **more)


def two_tables_claimed(content: dict[str, Any]) -> None:
    content["files"].append(content["files"][0] | {"name": "igen.csv"})


U, F, E, X = "uip", "fagsystem", "eindkomst", "eindkomst_xml"
CASES: list[tuple[str, str, str, Spoil]] = [
    ("not JSON", U, "manifest_invalid", lambda folder: (folder / "manifest.json").write_text("{")),
    ("a list", U, "manifest_invalid", lambda folder: (folder / "manifest.json").write_text("[]")),
    ("no source", U, "manifest_invalid", field("source", None)),
    ("rows as text", U, "manifest_invalid", of_first_file("rows", "12")),
    ("wrong kind", U, "kind_differs", field("kind", "answer")),
    ("no period", F, "period_missing", field("period_from", None)),
    ("reversed period", F, "period_reversed", field("period_from", "2030-01")),
    ("no legal basis", E, "manifest_invalid", field("legal_basis", None)),
    ("batch without reference", E, "legal_basis_reference_missing", field("legal_basis", "batch")),
    ("file missing", F, "file_missing", lambda folder: (folder / "sager.csv").unlink()),
    ("file extra", U, "file_extra", lambda folder: (folder / "ekstra.csv").write_text("x")),
    ("cut in its last field", F, "bytes_differ", lambda folder: cut(folder / "ydelser.csv", 3)),
    ("same bytes, other content", U, "sha256_differs", lambda folder: (folder / "opholdstilladelser.csv").write_bytes(
        replace("UDL7", "UDL8")((folder / "opholdstilladelser.csv").read_bytes()))),
    ("rows differ", F, "rows_differ", of_first_file("rows", 7)),
    ("forms of the XML differ", X, "rows_differ", lambda folder: rewrite_manifest(folder, lambda c: c["files"][1].__setitem__("rows", 2))),
    ("required table missing", F, "table_missing", lambda folder: [
        (folder / "sager.csv").unlink(), rewrite_manifest(folder, lambda c: c["files"].pop(2))][0]),
    ("unknown table", U, "table_unknown", of_first_file("table", "udvisninger")),
    ("table claimed twice", U, "table_claimed_twice", lambda folder: rewrite_manifest(folder, two_tables_claimed)),
    ("other municipality", U, "municipality_differs", field("kommunekode", "0461")),
    ("other source", U, "source_differs", field("source", "fagsystem")),
    ("other id", U, "delivery_id_differs", field("delivery_id", "uip-2")),
    ("no zone", U, "extracted_at_no_zone", field("extracted_at", "2026-11-10T06:00:00")),
    ("in the future", U, "extracted_at_future", field("extracted_at", "2026-11-22T12:00:01+01:00")),
    ("other major version", U, "contract_version_unknown", field("contract_version", "2.0.0")),
    ("by basis month", E, "search_mode_basis_month", field("search_mode", "basis_month")),
    ("unknown mapping", U, "mapping_unknown", field("mapping", "findes_ikke")),
    ("not UTF-8", U, "not_utf8", rewrite_file("opholdstilladelser.csv", lambda content: content.replace(b"UDL7", b"\xe6\xf8\xe5"))),
    ("NUL byte", U, "nul_byte", rewrite_file("opholdstilladelser.csv", lambda content: content.replace(b"UDL7", b"UD\x007"))),
    ("column missing", U, "header_differs", rewrite_file("opholdstilladelser.csv", replace("status_dato;", ""))),
    ("column unknown", U, "header_differs", rewrite_file("opholdstilladelser.csv", replace("status_dato;", "statusdato;"))),
    ("column twice", U, "header_differs", rewrite_file("opholdstilladelser.csv", replace("status_dato;", "status;"))),
    ("a column too few in a row", U, "ragged_line", rewrite_file("opholdstilladelser.csv", replace(";gaeldende", ""))),
    ("a column too many in a row", U, "ragged_line", rewrite_file("opholdstilladelser.csv", replace(";gaeldende", ";gaeldende;"))),
    ("a blank line", U, "ragged_line", rewrite_file("opholdstilladelser.csv", lambda content: content + b"\n")),
    ("XML cut off", X, "xml_invalid", rewrite_file("indkomst.xml", lambda content: content[: len(content) // 2])),
    ("another XML document", X, "xml_invalid", rewrite_file("indkomst.xml", lambda content: b"<andet/>")),
    ("XML with a DOCTYPE", X, "xml_invalid", rewrite_file("indkomst.xml", replace(
        "<e:IndkomstOplysningPersonHent_O", '<!DOCTYPE a [<!ENTITY b "c">]><e:IndkomstOplysningPersonHent_O'))),
    ("a link", U, "link", lambda folder: (folder / "link.csv").symlink_to("/etc/hostname")),
    ("a folder inside", U, "sub_folder", lambda folder: (folder / "mappe").mkdir()),
    ("unsafe file name", U, "unsafe_name", lambda folder: (folder / "a b.csv").write_text("x")),
]  # fmt: skip


@pytest.mark.parametrize(("source", "code", "spoil"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_delivery_is_refused_whole_for_its_reason(home: Home, inbox: Path, source: str, code: str, spoil: Spoil) -> None:
    folder = deliver(source, inbox)
    spoil(folder)
    before = hashes(inbox)

    refused = refuse(home, inbox, source)

    assert code in {reason.code for reason in refused.reasons}, refused.reasons
    assert read_deliveries(home) == []
    assert not list(home.lake.rglob("*.parquet"))
    assert hashes(inbox) == before


@pytest.mark.parametrize(("source", "code", "spoil"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_message_says_what_to_do_and_holds_no_value_of_a_row(home: Home, inbox: Path, source: str, code: str, spoil: Spoil) -> None:
    spoil(deliver(source, inbox))

    reasons = [reason for reason in refuse(home, inbox, source).reasons if reason.code == code]

    assert reasons
    for reason in reasons:
        assert "expected" in reason.message
        assert "found" in reason.message
        assert reason.message.rstrip().endswith(".")
        assert WHO not in reason.message
        assert WHO[1:] not in reason.message


def test_a_delivery_without_a_manifest_does_not_exist_yet(home: Home, inbox: Path) -> None:
    (deliver("uip", inbox) / "manifest.json").unlink()

    intake = take(home, inbox, "uip")

    assert (intake.accepted, intake.refused) == ([], [])


def test_a_delivery_in_the_folder_of_another_source_is_refused_and_its_rows_are_read_by_its_own_contract(home: Home, inbox: Path) -> None:
    delivered = deliver("fagsystem", inbox)
    misplaced = delivered.parent.parent / "uip" / delivered.name
    misplaced.parent.mkdir()
    delivered.rename(misplaced)
    (misplaced / "ydelser.csv").write_bytes((misplaced / "ydelser.csv").read_bytes() + b"\n")

    codes = {reason.code for reason in refuse(home, inbox, "uip").reasons}

    assert {"source_differs", "ragged_line"} <= codes


def test_every_reason_is_told_at_once(home: Home, inbox: Path) -> None:
    folder = deliver("fagsystem", inbox)
    field("extracted_at", "2027-01-01T00:00:00+01:00")(folder)
    field("kommunekode", "0461")(folder)
    (folder / "ekstra.csv").write_text("x")
    rewrite_file("ydelser.csv", lambda content: content + b"\n")(folder)

    codes = {reason.code for reason in refuse(home, inbox, "fagsystem").reasons}

    assert {"extracted_at_future", "municipality_differs", "file_extra", "ragged_line"} <= codes


@pytest.mark.parametrize(
    ("limits", "code"),
    [(Limits(file_bytes=100), "limit_file_bytes"), (Limits(line_bytes=100), "limit_line_bytes"), (Limits(columns=5), "limit_columns")],
)
def test_a_broken_limit_refuses(home: Home, inbox: Path, limits: Limits, code: str) -> None:
    deliver("uip", inbox)

    assert code in {reason.code for reason in refuse(home, inbox, "uip", limits=limits).reasons}


def test_the_limits_of_the_specification_are_the_defaults() -> None:
    assert (Limits().file_bytes, Limits().line_bytes, Limits().columns) == (8 * 2**30, 64 * 2**10, 200)


def rejected_payments(rejected: int, read: int) -> list[dict[str, str | None]]:
    """Payments of which some have no amount."""
    row = payments(WHO, "2025-01", 1)[0]
    return [row | {"effektuering_id": f"E{n}", "beloeb": None if n < rejected else "1,00"} for n in range(read)]


@pytest.mark.parametrize(
    ("rejected", "read", "is_refused"),
    [(20, 30, False), (21, 30, True), (21, 420, False), (22, 420, True), (21, 419, True)],
)
def test_too_many_rejected_rows_refuse_when_more_than_5_percent_and_more_than_20(
    home: Home, inbox: Path, rejected: int, read: int, is_refused: bool
) -> None:
    deliver_fagsystem(inbox, borgere=[resident(WHO)], ydelser=rejected_payments(rejected, read))

    intake = take(home, inbox, "fagsystem")

    assert [[reason.code for reason in refused.reasons] for refused in intake.refused] == ([["too_many_rejected"]] if is_refused else [])
    assert len(intake.accepted) == int(not is_refused)


def test_a_refused_delivery_is_copied_with_its_report_and_named_again_but_not_read_again(home: Home, inbox: Path) -> None:
    folder = deliver("uip", inbox)
    field("contract_version", "2.0.0")(folder)
    first = refuse(home, inbox, "uip")
    copy = home.root / first.copied_to

    again = refuse(home, inbox, "uip")

    assert again == first
    assert json.loads((copy / "REFUSAL.json").read_text(encoding="utf-8"))["reasons"][0]["code"] == "contract_version_unknown"
    sealed = copy / "opholdstilladelser.csv.sealed"
    assert load_sealer(home).sealer.read(home, sealed) == (folder / "opholdstilladelser.csv").read_bytes()
    assert [path.name for path in (home.root / "refused" / MUNICIPALITY / "uip").iterdir()] == [copy.name]


@pytest.mark.parametrize("name", [f"{person()}.csv", f"{person()[:6]}-{person()[6:]}", "x" * 250], ids=["number", "hyphen", "too long"])
def test_the_copy_of_a_file_whose_name_cannot_stand_there_gets_another_name(home: Home, inbox: Path, name: str) -> None:
    folder = deliver("uip", inbox)
    (folder / name).write_bytes(b"content")

    copy = home.root / refuse(home, inbox, "uip").copied_to

    (renamed,) = copy.glob("file-*.sealed")
    assert load_sealer(home).sealer.read(home, renamed) == b"content"
    assert not list(copy.glob(f"{name[:10]}*"))


def test_after_a_refusal_the_same_id_may_come_again(home: Home, inbox: Path) -> None:
    field("contract_version", "2.0.0")(deliver("uip", inbox))
    refuse(home, inbox, "uip")

    deliver("uip", inbox)
    intake = take(home, inbox, "uip")

    assert [accepted.record.delivery_id for accepted in intake.accepted] == ["uip-1"]
    assert intake.refused == []


def test_the_same_content_again_is_no_new_delivery_even_when_its_files_are_new(home: Home, inbox: Path) -> None:
    folder = deliver("uip", inbox)
    take(home, inbox, "uip")
    for path in folder.iterdir():
        os.utime(path, ns=(1, 1))

    intake = take(home, inbox, "uip")

    assert (intake.accepted, intake.refused) == ([], [])


def test_an_accepted_id_with_other_content_is_refused_and_the_first_one_stays(home: Home, inbox: Path) -> None:
    deliver("uip", inbox)
    take(home, inbox, "uip")
    before = hashes(home.lake / "accepted")

    deliver_uip(inbox, [permit(WHO), permit(person(1))])
    refused = refuse(home, inbox, "uip")

    assert [reason.code for reason in refused.reasons] == ["delivery_id_taken"]
    assert hashes(home.lake / "accepted") == before


def test_something_that_is_no_delivery_is_named(home: Home, inbox: Path) -> None:
    from repat_pipeline.intake import look_at_inbox

    deliver("uip", inbox)
    (inbox / "9999").mkdir()
    (inbox / MUNICIPALITY / "cpr").mkdir()
    (inbox / "laesmig.txt").write_text("x")
    (inbox / "0461").symlink_to(inbox / MUNICIPALITY)

    state = look_at_inbox(home, inbox)

    assert sorted(stray.path for stray in state.strays) == ["0461", "0751/cpr", "9999", "laesmig.txt"]
    assert [folder.name for folder in state.unseen] == ["uip-1"]


@pytest.mark.parametrize("form", ["eindkomst", "eindkomst_xml"])
def test_an_income_row_for_somebody_who_was_not_asked_is_rejected_not_refused(home: Home, inbox: Path, form: str) -> None:
    deliver_answer(
        inbox, income_format="xml" if form == "eindkomst_xml" else "csv", opslag=[lookup(WHO, "2025-01", "2025-06")],
        indkomst=[income(WHO, "2025-02"), income(person(5), "2025-02")],
    )  # fmt: skip

    (accepted,) = take(home, inbox, form).accepted

    assert accepted.record.tables["indkomst"].by_rule == {"cpr_nummer_not_asked": 1}


def test_an_income_row_counts_as_not_asked_when_its_look_up_row_is_rejected(home: Home, inbox: Path) -> None:
    deliver_answer(inbox, opslag=[lookup(WHO, "2025-06", "2025-01")], indkomst=[income(WHO, "2025-02")])

    (accepted,) = take(home, inbox, "eindkomst").accepted

    assert accepted.record.tables["opslag"].by_rule == {"maaned_til_order": 1}
    assert accepted.record.tables["indkomst"].by_rule == {"cpr_nummer_not_asked": 1}


def test_a_corrected_optional_table_is_taken_in_when_it_is_there(home: Home, inbox: Path) -> None:
    deliver_fagsystem(
        inbox, borgere=[resident(WHO)], repatrieringer=[{"repatriering_id": "R1", "cpr_nummer": WHO, "ansoegt_dato": "2025-01-01"}]
    )

    (accepted,) = take(home, inbox, "fagsystem").accepted

    assert set(accepted.record.tables) == set(load_source_contract("fagsystem").tables)
    assert accepted.record.extracted_at == datetime.fromisoformat("2026-11-12T06:00:00+01:00")


def test_a_delivery_from_the_future_comes_in_when_the_clock_has_reached_it(
    home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    field("extracted_at", "2026-11-22T13:00:00+01:00")(deliver("uip", inbox))
    assert [reason.code for reason in refuse(home, inbox, "uip").reasons] == ["extracted_at_future"]

    monkeypatch.setenv("REPAT_NOW", "2026-11-22T12:59:59+01:00")
    assert [refused.messages for refused in look_at_inbox(home, inbox).refused]
    monkeypatch.setenv("REPAT_NOW", "2026-11-22T13:00:00+01:00")

    assert len(take(home, inbox, "uip").accepted) == 1


# -- several at a time ---------------------------------------------------------------------------------------------------


def test_lake_and_audit_log_do_not_depend_on_how_many_deliveries_are_looked_at_at_once(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPAT_NOW", "2026-11-22T12:00:00+01:00")
    monkeypatch.setenv("REPAT_KEY", "a key for two homes, of no secrecy at all")
    for number in range(1, 6):
        folder = deliver_uip(inbox, [permit(person(number))] * number, delivery_id=f"uip-{number}")
        if number == 2:
            field("contract_version", "2.0.0")(folder)
    found = []
    for workers in (1, 3):
        monkeypatch.setattr(work_ahead, "usable_cores", lambda cores=workers: cores)
        monkeypatch.setattr(work_ahead, "MAX_WORKERS", workers)
        home = Home(tmp_path / f"home-{workers}")
        taken = take(home, inbox, "uip")
        log = [(entry["what"], entry["where"]) for entry in read_audit(home) if entry["what"] != "key use"]
        found.append(([one.record for one in taken.accepted], [one.messages for one in taken.refused], log, hashes(home.lake)))
    assert found[0] == found[1]
    assert (len(found[0][0]), len(found[0][1])) == (4, 1)
