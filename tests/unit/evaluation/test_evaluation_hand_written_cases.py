"""The hand-written acceptance cases, decided by the plain-Python evaluation.

Here is a small reader of the cases' inbox of its own (spec/inbound.md sections 1-4, as far as the cases need it), so
that neither intake nor the SQL models have a part in the result. Boundaries one by one are the other modules of this
folder.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from repat_pipeline.evaluation.counts import excess_lookups
from repat_pipeline.evaluation.evaluate import Evaluation, evaluate
from repat_pipeline.evaluation.inputs import Basis, Benefit, CodeLists, Delivery, Parameters
from repat_pipeline.evaluation.selection import blocked_municipalities, evaluated_municipalities

SHARED = Path(__file__).resolve().parents[4] / "shared"
CASES = SHARED / "acceptance" / "cases"
AS_OF = date(2026, 11, 22)
NOW = datetime.fromisoformat("2026-11-22T12:00:00+01:00")

pytestmark = [
    pytest.mark.needs_shared,
    pytest.mark.skipif(not CASES.is_dir(), reason="the acceptance cases are not beside the repository"),
]

Line = dict[str, str | None]
Row = dict[str, Any]


# Code lists


def read_codes(name: str) -> list[dict[str, str]]:
    with (SHARED / "domain" / "codes" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def month_or_none(text: str) -> date | None:
    return date.fromisoformat(f"{text}-01") if text else None


@cache
def code_lists() -> CodeLists:
    return CodeLists(
        country_group={row["cpr_code"]: row["citizenship_group"] for row in read_codes("cpr_landekoder")},
        basis={row["basis_code"]: Basis(row["covered_group"], row["is_permit"] == "1") for row in read_codes("residence_basis")},
        benefits={
            row["benefit_code"]: Benefit(row["listed"] == "1", month_or_none(row["valid_from"]), month_or_none(row["valid_to"]))
            for row in read_codes("benefits")
        },
        municipalities=frozenset(row["code"] for row in read_codes("kommuner")),
    )


# Values: a parser returns the typed value or raises ValueError


def parse_pattern(pattern: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError("format")
        return text

    return parse


def parse_choice(choices: str) -> Callable[[str], str]:
    return parse_pattern("|".join(choices.split()))


def parse_month(text: str) -> date:
    return date.fromisoformat(f"{parse_pattern('[0-9]{4}-[0-9]{2}')(text)}-01")


def parse_amount(text: str) -> Decimal:
    return Decimal(parse_pattern(r"-?[0-9]+,[0-9]{2}")(text).replace(",", "."))


def parse_flag(text: str) -> bool:
    return parse_choice("0 1")(text) == "1"


def parse_minutes(text: str) -> int:
    if int(text) not in range(601):
        raise ValueError("range")
    return int(text)


def parse_person(text: str) -> str:
    """The birth date is real, or is so after 60 is taken from the day (all persons here are constructed)."""
    digits = parse_pattern("[0-9]{10}")(text)
    day, month, year, seventh = int(digits[:2]), int(digits[2:4]), int(digits[4:6]), int(digits[6])
    is_century_1900 = seventh <= 3 or (seventh in (4, 9) and year > 36)
    century = 1900 if is_century_1900 else 1800 if 5 <= seventh <= 8 and year > 57 else 2000
    date(century + year, month, day - 60 if day > 60 else day)
    return digits


def parse_listed(codes: Callable[[], set[str]]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in codes():
            raise ValueError("code")
        return text

    return parse


DATE = date.fromisoformat
TEXT = str
FOUR_DIGITS = parse_pattern("[0-9]{4}")
MUNICIPALITY = parse_listed(lambda: set(code_lists().municipalities))

# Column -> (required, parser). The first column is the key of the table, but for `indkomst`, which has none.
TABLES: dict[str, dict[str, tuple[bool, Callable[[str], Any]]]] = {
    "opholdstilladelser": {
        "tilladelse_id": (True, TEXT),
        "person_id": (True, TEXT),
        "cpr_nummer": (False, parse_person),
        "statsborgerskab": (True, FOUR_DIGITS),
        "opholdsgrundlag": (True, parse_listed(lambda: set(code_lists().basis))),
        "gyldig_fra": (True, DATE),
        "gyldig_til": (False, DATE),
        "status": (True, parse_choice("gaeldende udloebet bortfaldet inddraget forlaengelse_naegtet")),
        "status_dato": (False, DATE),
        "kommunekode": (True, MUNICIPALITY),
        "repatriering_modtaget_dato": (False, DATE),
    },
    "borgere": {
        "cpr_nummer": (True, parse_person),
        "cpr_status": (True, parse_listed(lambda: {row["code"] for row in read_codes("cpr_status")})),
        "kommunekode": (True, MUNICIPALITY),
        "tilflyttet_kommune_dato": (False, DATE),
        "fraflytningskommune": (False, FOUR_DIGITS),
        "statsborgerskab": (True, FOUR_DIGITS),
        "adressebeskyttet": (True, parse_flag),
        "digital_post": (True, parse_flag),
    },
    "ydelser": {
        "effektuering_id": (True, TEXT),
        "cpr_nummer": (True, parse_person),
        "ydelseskode": (True, parse_listed(lambda: set(code_lists().benefits))),
        "periode_fra": (True, DATE),
        "periode_til": (True, DATE),
        "beloeb": (True, parse_amount),
    },
    "sager": {
        "sag_id": (True, TEXT),
        "cpr_nummer": (True, parse_person),
        "sagstype": (True, parse_choice("beskaeftigelse integration ydelse anden")),
        "aabnet_dato": (True, DATE),
        "lukket_dato": (False, DATE),
        "afslutningsaarsag": (
            False,
            parse_choice("ordinaer_beskaeftigelse uddannelse anden_ydelse pension fraflyttet udrejst andet"),
        ),
    },
    "vejledningshaendelser": {
        "haendelse_id": (True, TEXT),
        "forloeb_id": (True, TEXT),
        "cpr_nummer": (True, parse_person),
        "haendelsestype": (
            True,
            parse_choice("indkaldelse rykker samtale_afholdt udeblivelse afbud_borger afbud_kommune afsluttende_brev udsat"),
        ),
        "haendelsesdato": (True, DATE),
        "aftalt_dato": (False, DATE),
        "udskudt_til": (False, DATE),
        "kommunekode": (True, MUNICIPALITY),
        "dokument_reference": (False, TEXT),
        "kanal": (False, parse_choice("fysisk telefon video brev")),
        "vejleder": (False, parse_choice("saerlig egen")),
        "i_forlaengelse_af_jobsamtale": (False, parse_flag),
        "varighed_minutter": (False, parse_minutes),
        "forberedelse_minutter": (False, parse_minutes),
        "efterbehandling_minutter": (False, parse_minutes),
        "tolk": (False, parse_choice("ingen brugt bestilt_ikke_brugt")),
        "tolk_udgift": (False, parse_amount),
        "udfald": (False, parse_choice("ikke_interesseret interesseret henvist_drc underrettet")),
    },
    "opslag": {
        "opslag_id": (True, TEXT),
        "cpr_nummer": (True, parse_person),
        "maaned_fra": (True, parse_month),
        "maaned_til": (True, parse_month),
        "formaal": (True, TEXT),
    },
    "indkomst": {
        "cpr_nummer": (True, parse_person),
        "se_nummer": (True, parse_pattern("[0-9]{8}")),
        "indberetning_id": (False, TEXT),
        "indberetningsart": (True, parse_choice("I T")),
        "tilbagefoert": (True, parse_flag),
        "rettelse": (True, parse_flag),
        "indkomsttype": (True, parse_listed(lambda: {row["code"] for row in read_codes("indkomsttype")})),
        "indtaegtsart": (False, parse_listed(lambda: {row["code"] for row in read_codes("indtaegtsarter")})),
        "loenperiode_fra": (False, DATE),
        "loenperiode_til": (False, DATE),
        "basismaaned": (True, parse_month),
        "a_indkomst_am": (False, parse_amount),
        "a_indkomst_uden_am": (False, parse_amount),
    },
}
LEADING_ZEROS = {"cpr_nummer": (9, 10), "kommunekode": (3, 4), "indkomsttype": (1, 2)}
ORDERED = [
    ("gyldig_fra", "gyldig_til"),
    ("periode_fra", "periode_til"),
    ("loenperiode_fra", "loenperiode_til"),
    ("maaned_fra", "maaned_til"),
    ("aabnet_dato", "lukket_dato"),
]


# Rows


def breaks_a_rule_across_columns(table: str, row: Row) -> bool:
    """The rules of inbound.md sections 3-4 that are about more than one column of a row without other errors."""
    if any(row.get(first) and row.get(last) and row[last] < row[first] for first, last in ORDERED):
        return True
    if table == "opholdstilladelser":
        needs_date = row["status"] in ("bortfaldet", "inddraget", "forlaengelse_naegtet")
        return (needs_date and row["status_dato"] is None) or (row["status"] == "udloebet" and row["gyldig_til"] is None)
    if table == "ydelser":
        month = row["periode_fra"].replace(day=1)
        benefit = code_lists().benefits[row["ydelseskode"]]
        is_valid = (benefit.valid_from or month) <= month <= (benefit.valid_to or month)
        return row["periode_til"].replace(day=1) != month or not is_valid
    if table == "vejledningshaendelser":
        return row["haendelsestype"] == "udsat" and row["udskudt_til"] is None
    return table == "indkomst" and (row["loenperiode_fra"] is None) != (row["loenperiode_til"] is None)


def restore_leading_zeros(line: Line) -> Line:
    restored = dict(line)
    for column, (shortened, length) in LEADING_ZEROS.items():
        value = restored.get(column)
        if value is not None and re.fullmatch(f"[0-9]{{{shortened}}}", value):
            restored[column] = value.zfill(length)
    if (kind := restored.get("indtaegtsart")) is not None and kind.isdigit():
        restored["indtaegtsart"] = kind.zfill(4)
    return restored


def parse_row(table: str, line: Line) -> tuple[Row, bool]:
    """Return the row with what could be read of it, and whether every rule about it alone holds."""
    row: Row = {}
    is_accepted = True
    for column, (is_required, parse) in TABLES[table].items():
        text = line[column]
        row[column] = None
        if text is None:
            is_accepted = is_accepted and not is_required
            continue
        try:
            row[column] = parse(text)
        except ValueError:
            is_accepted = False
    row["person_key"] = row.pop("cpr_nummer")
    return row, is_accepted and not breaks_a_rule_across_columns(table, row)


def accept_rows(table: str, lines: list[Line], *, asked: set[str] | None) -> tuple[list[Row], list[str | None]]:
    """Return the accepted rows, and the person of each rejected row. `asked` is given for `indkomst` only."""
    key = next(iter(TABLES[table]))
    seen: set[str | None] = set()
    accepted, rejected = [], []
    for line in map(restore_leading_zeros, lines):
        row, is_accepted = parse_row(table, line)
        if table != "indkomst" and line[key] in seen:
            is_accepted = False
        seen.add(line[key])
        if asked is not None and row["person_key"] not in asked:
            is_accepted = False
        if is_accepted:
            accepted.append(row)
        else:
            rejected.append(row["person_key"])
    return accepted, rejected


# Files and deliveries


def read_csv(content: bytes) -> list[Line]:
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    return [{column: value or None for column, value in line.items()} for line in reader]


def local_name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def children(element: ElementTree.Element, *path: str) -> Iterator[ElementTree.Element]:
    """Elements reached by a path of local names."""
    if not path:
        yield element
        return
    for child in element:
        if local_name(child) == path[0]:
            yield from children(child, *path[1:])


def text_of(element: ElementTree.Element, *path: str) -> str | None:
    return next((child.text for child in children(element, *path)), None)


def fields_of(form: ElementTree.Element) -> dict[str, str | None]:
    """Last three digits of the field number -> value, of one form alone."""
    return {
        (text_of(field, "BlanketFeltEnhedStruktur", "BlanketFeltNummerIdentifikator") or "")[-3:]: text_of(
            field, "AngivelseFeltIndholdTekst"
        )
        for field in children(form, "AngivelseFeltSamling", "AngivelseFeltIndholdStruktur")
    }


def forms_below(form: ElementTree.Element, level: str, number: str) -> Iterator[ElementTree.Element]:
    for below in children(form, "UnderAngivelseSamling", level):
        if text_of(below, "BlanketNummerIdentifikator") == number:
            yield below


def amount_text(value: str | None) -> str | None:
    """An amount of the XML form, with 0-2 decimals after a point, as the CSV form writes it."""
    return None if value is None else f"{Decimal(value):.2f}".replace(".", ",")


def read_xml(content: bytes) -> list[Line]:
    lines: list[Line] = []
    samling = ("IndkomstPersonUddata", "IndkomstOplysningPersonSamling", "IndkomstOplysningPersonStruktur")
    for person in children(ElementTree.fromstring(content), *samling):
        for company in children(person, "IndkomstOplysningSamling", "IndberetningPligtigVirksomhed"):
            for wages in children(company, "IndkomstLoenPeriodeSamling", "LoenPeriodeOplysningStruktur"):
                report = ("AngivelseBlanketIndholdStruktur", "AngivelseOplysningSamling", "AngivelseNiveau1")
                for form_11000 in children(wages, *report):
                    general = fields_of(form_11000)
                    for form_16000 in forms_below(form_11000, "AngivelseNiveau2", "16000"):
                        own = fields_of(form_16000)
                        forms_16001 = forms_below(form_16000, "AngivelseNiveau3", "16001")
                        amounts = next((fields_of(form) for form in forms_16001), {})
                        period = ("AngivelsePeriodeStruktur", "AngivelsePeriode")
                        month = general.get("016") or ""
                        lines.append(
                            {
                                "cpr_nummer": text_of(person, "PersonCivilRegistrationIdentifier"),
                                "se_nummer": text_of(
                                    company,
                                    "IndberetningPligtigVirksomhedStruktur",
                                    "IndberetningPligtigVirksomhed",
                                    "VirksomhedSENummerIdentifikator",
                                ),
                                "indberetning_id": text_of(wages, "AngivelseVirksomhedEgenIdentifikator"),
                                "indberetningsart": general.get("011"),
                                "tilbagefoert": own.get("021") or "0",
                                "rettelse": general.get("151") or "0",
                                "indkomsttype": general.get("012"),
                                "indtaegtsart": own.get("019"),
                                "loenperiode_fra": text_of(wages, *period, "StartDate"),
                                "loenperiode_til": text_of(wages, *period, "EndDate"),
                                "basismaaned": f"{month[:4]}-{month[4:]}",
                                "a_indkomst_am": amount_text(amounts.get("057")),
                                "a_indkomst_uden_am": amount_text(amounts.get("058")),
                            }
                        )
    return lines


def read_delivery(folder: Path) -> Delivery | None:
    """Return the delivery, None when it does not exist yet or is refused (inbound.md section 1)."""
    if not (folder / "manifest.json").is_file():
        return None
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    extracted_at = datetime.fromisoformat(manifest["extracted_at"])
    is_by_basis_month = manifest["source"] == "eindkomst" and manifest["search_mode"] != "wage_period"
    if not manifest["contract_version"].startswith("1.") or extracted_at > NOW or is_by_basis_month:
        return None
    lines: dict[str, list[Line]] = {}
    for file in manifest["files"]:
        content = (folder / file["name"]).read_bytes()
        lines[file["table"]] = read_xml(content) if file["name"].endswith(".xml") else read_csv(content)
        is_as_declared = (
            len(content) == file["bytes"]
            and hashlib.sha256(content).hexdigest() == file["sha256"]
            and len(lines[file["table"]]) == file["rows"]
        )
        if not is_as_declared:
            return None
    rows: dict[str, list[Row]] = {}
    rejected: dict[str, list[str | None]] = {}
    for table in sorted(lines, reverse=True):  # opslag before indkomst
        asked = {row["person_key"] for row in rows["opslag"]} if table == "indkomst" else None
        rows[table], rejected[table] = accept_rows(table, lines[table], asked=asked)
        if len(rejected[table]) > max(20, len(lines[table]) * 0.05):
            return None
    return Delivery(
        municipality=manifest["kommunekode"],
        source=manifest["source"],
        delivery_id=manifest["delivery_id"],
        extracted_at=extracted_at,
        period_from=month_or_none(manifest.get("period_from", "")),
        period_to=month_or_none(manifest.get("period_to", "")),
        rows=rows,
        rejected=rejected,
    )


@cache
def deliveries() -> tuple[Delivery, ...]:
    folders = sorted(folder for folder in (CASES / "inbox").glob("*/*/*") if folder.is_dir())
    return tuple(delivery for folder in folders if (delivery := read_delivery(folder)) is not None)


@cache
def evaluations() -> dict[tuple[str, str], Evaluation]:
    found = evaluate(deliveries(), as_of=AS_OF, known_at=None, parameters=Parameters(), code_lists=code_lists())
    return {(evaluation.municipality_code, evaluation.person_key): evaluation for evaluation in found}


# Expectations


def read_expected(name: str) -> list[dict[str, str]]:
    if not CASES.is_dir():
        return []
    with (CASES / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


FLAGS = ("active_case", "closed_case", "no_case", "ordinary_employment", "in_migrant", "other_benefit")


def as_text(value: object) -> str:
    return "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)


def columns_of(evaluation: Evaluation) -> dict[str, str]:
    """The evaluation in the notation of expected_cases.csv."""
    return {
        "status": evaluation.status,
        "is_candidate": as_text(evaluation.is_candidate),
        "proven": as_text(evaluation.months_proven),
        "possible": as_text(evaluation.months_possible),
        "next_action": evaluation.next_action,
        "primary_route": evaluation.primary_route,
        "flags": " ".join(flag for flag in FLAGS if getattr(evaluation, flag)),
        "employment_source": as_text(evaluation.employment_source),
        "missing": ",".join(evaluation.missing),
    }


def also_of(evaluation: Evaluation, name: str) -> str:
    if name == "look_up":
        months = [month.strftime("%Y-%m") for month in evaluation.look_up or ()]
        return "..".join(months) or "-"
    return as_text(getattr(evaluation, name)) or "-"


@pytest.mark.parametrize(
    "expected",
    [
        pytest.param(case, id=f"{case['case']}-{case['municipality']}-{number}")
        for number, case in enumerate(read_expected("expected_cases"))
    ],
)
def test_case_is_decided_as_written_by_hand(expected: dict[str, str]) -> None:
    evaluation = evaluations()[expected["municipality"], expected["cpr"]]
    also = dict(pair.split("=", 1) for pair in expected["also"].split())
    columns = columns_of(evaluation)
    expected_columns = {
        column: " ".join(sorted(expected[column].split(), key=FLAGS.index)) if column == "flags" else expected[column] for column in columns
    }
    found = columns | {name: also_of(evaluation, name) for name in also}
    assert found == expected_columns | also


def test_nobody_else_is_in_the_base_population() -> None:
    expected = {(case["municipality"], case["cpr"]) for case in read_expected("expected_cases")}
    assert len(evaluations().keys() ^ expected) == 0


def test_municipalities_are_evaluated_or_blocked_as_written() -> None:
    evaluated = evaluated_municipalities(deliveries(), known_at=None)
    blocked = blocked_municipalities(deliveries(), known_at=None)
    expected = {row["municipality"]: row["state"] for row in read_expected("expected_municipalities")}
    assert {**dict.fromkeys(evaluated, "evaluated"), **dict.fromkeys(blocked, "blocked")} == expected


def test_excess_lookups_are_as_written() -> None:
    found = {
        (row.municipality_code, row.delivery_id): (row.asked_person_months, row.decided_by_own_data)
        for row in excess_lookups(deliveries(), as_of=AS_OF, known_at=None, parameters=Parameters())
    }
    assert found == {
        (row["municipality"], row["delivery_id"]): (int(row["asked_person_months"]), int(row["decided_by_own_data"]))
        for row in read_expected("expected_excess_lookups")
    }
