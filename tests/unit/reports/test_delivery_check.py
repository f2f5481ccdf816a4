"""`repat check` says what intake would say, in Danish, with lines and rules and without values; nothing is stored."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from rich.console import Console

from repat_pipeline.console.delivery_check import check_as_json, number_ranges, show_check
from repat_pipeline.contracts.inbound import load_table_contract
from repat_pipeline.extracts.mapping import load_mapping
from repat_pipeline.intake import take_in
from repat_pipeline.reports.delivery_check import DeliveryCheck, Outcome, check_delivery, check_file
from repat_pipeline.storage.layout import Home
from tests.support import MUNICIPALITY, NOW, deliver_answer, deliver_fagsystem, hashes, income, lookup, payments, person, resident

PAYMENTS = load_table_contract("fagsystem", "ydelser")
BAD = "elleve tusind"


def check(folder: Path) -> DeliveryCheck:
    """Check a delivery at the instant of the tests."""
    return check_delivery(folder, now=datetime.fromisoformat(NOW))


def deliver_payments(inbox: Path, good: int, bad: int) -> Path:
    """A delivery with `good` payments and then `bad` ones that have no amount."""
    rows = payments(person(), "2024-01", 1)[0]
    listed = [rows | {"effektuering_id": f"E{n}", "beloeb": "1,00" if n < good else BAD} for n in range(good + bad)]
    return deliver_fagsystem(inbox, borgere=[resident(person())], ydelser=listed)


def shown(result: DeliveryCheck, capsys: pytest.CaptureFixture[str]) -> str:
    """What a sender reads."""
    show_check(Console(width=200), result)
    return capsys.readouterr().out


def test_a_delivery_without_faults_is_clean(inbox: Path) -> None:
    result = check(deliver_payments(inbox, good=3, bad=0))

    assert (result.outcome, result.reasons, result.findings, result.is_place_checked) == (Outcome.CLEAN, [], [], True)


def test_rejected_rows_are_found_with_line_and_rule(inbox: Path) -> None:
    result = check(deliver_payments(inbox, good=3, bad=2))

    assert result.outcome is Outcome.FINDINGS
    assert [(finding.file, finding.rule_id, finding.lines) for finding in result.findings] == [("ydelser.csv", "beloeb_format", [5, 6])]


def test_too_many_rejected_rows_would_refuse_and_are_still_listed(inbox: Path) -> None:
    result = check(deliver_payments(inbox, good=0, bad=21))

    assert result.outcome is Outcome.REFUSED
    assert [reason.code for reason in result.reasons] == ["too_many_rejected"]
    assert [len(finding.lines) for finding in result.findings] == [21]


def test_rows_are_checked_even_when_the_delivery_would_be_refused_for_something_else(inbox: Path) -> None:
    folder = deliver_payments(inbox, good=3, bad=1)
    (folder / "ekstra.csv").write_text("x")

    result = check(folder)

    assert [reason.code for reason in result.reasons] == ["file_extra"]
    assert [finding.rule_id for finding in result.findings] == ["beloeb_format"]


@pytest.mark.parametrize(("good", "bad"), [(3, 0), (3, 2), (0, 21)])
def test_intake_comes_to_the_same_counts_and_reasons(home: Home, inbox: Path, good: int, bad: int) -> None:
    result = check(deliver_payments(inbox, good=good, bad=bad))

    intake = take_in(home, inbox, source="fagsystem", municipalities=[MUNICIPALITY])

    assert [reason for refused in intake.refused for reason in refused.reasons] == result.reasons
    counted = {(table.table, table.read, table.accepted, table.rejected) for table in result.tables}
    for accepted in intake.accepted:
        assert counted == {(name, c.read, c.accepted, c.rejected) for name, c in accepted.record.tables.items()}


def test_nothing_is_stored_and_no_key_is_needed(inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPAT_KEY")
    folder = deliver_payments(inbox, good=3, bad=1)
    before = hashes(tmp_path)

    check(folder)

    assert hashes(tmp_path) == before


def test_a_folder_outside_an_inbox_is_not_judged_by_its_place(inbox: Path, tmp_path: Path) -> None:
    folder = deliver_payments(inbox, good=3, bad=0).rename(tmp_path / "til kontrol")

    result = check(folder)

    assert (result.outcome, result.is_place_checked) == (Outcome.CLEAN, False)


def test_a_folder_in_another_municipality_s_place_would_be_refused(inbox: Path) -> None:
    folder = deliver_payments(inbox, good=3, bad=0)
    target = inbox / "0461" / "fagsystem" / folder.name
    target.parent.mkdir(parents=True)

    assert [reason.code for reason in check(folder.rename(target)).reasons] == ["municipality_differs"]


def test_a_folder_without_a_manifest_would_be_refused(inbox: Path) -> None:
    folder = deliver_payments(inbox, good=1, bad=0)
    (folder / "manifest.json").unlink()

    assert [reason.code for reason in check(folder).reasons] == ["manifest_invalid"]


def test_a_single_file_is_checked_as_its_table(inbox: Path, tmp_path: Path) -> None:
    file = (deliver_payments(inbox, good=1, bad=1) / "ydelser.csv").rename(tmp_path / "udtraek.txt")

    result = check_file(file, contract=PAYMENTS, mapping=None)

    assert [(finding.file, finding.rule_id, finding.lines) for finding in result.findings] == [("udtraek.txt", "beloeb_format", [3])]


def test_a_single_file_is_read_by_the_mapping_that_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ydelser.csv"
    text = f"Løbenr,Personnummer,Ydelse,Fra,Til,Beløb\nÆ,{person()},kontanthjaelp,01-10-2026,31-10-2026,1.00\n"
    file.write_bytes(text.encode("iso-8859-1"))

    assert check_file(file, contract=PAYMENTS, mapping=load_mapping("example_latin1")).outcome is Outcome.CLEAN
    assert [reason.code for reason in check_file(file, contract=PAYMENTS, mapping=None).reasons] == ["not_utf8"]


def test_a_single_file_of_income_is_not_held_against_look_ups_that_are_not_there(inbox: Path) -> None:
    folder = deliver_answer(inbox, opslag=[lookup(person(), "2025-01", "2025-06")], indkomst=[income(person(1), "2025-02")])

    alone = check_file(folder / "indkomst.csv", contract=load_table_contract("eindkomst", "indkomst"), mapping=None)

    assert alone.outcome is Outcome.CLEAN
    assert [finding.rule_id for finding in check(folder).findings] == ["cpr_nummer_not_asked"]


def test_what_is_printed_says_line_rule_and_what_to_do_and_no_value(inbox: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = check(deliver_payments(inbox, good=3, bad=2))

    text = shown(result, capsys)

    assert "ydelser.csv: beloeb_format i 2 rækker, linje 5-6" in text
    assert "Gør: Skriv beloeb som et beløb" in text
    assert BAD not in text
    assert person() not in text


def test_json_has_every_line_and_no_value(inbox: Path) -> None:
    text = check_as_json(check(deliver_payments(inbox, good=0, bad=21)))

    content = json.loads(text)
    assert content["outcome"] == "refused"
    assert content["reasons"][0]["code"] == "too_many_rejected"
    assert content["findings"][0]["lines"] == list(range(2, 23))
    assert content["findings"][0]["next_step"].startswith("Skriv beloeb")
    assert BAD not in text
    assert person() not in text


def test_neighbouring_lines_are_joined() -> None:
    assert number_ranges([2, 3, 4, 9, 11, 12]) == ["2-4", "9", "11-12"]
