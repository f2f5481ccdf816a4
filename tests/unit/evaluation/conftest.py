"""Fictitious deliveries for the tests of the evaluation: a standard person from whom each test departs.

The standard person lives in 0751 (no arrival date), is Syrian, has an open-ended permit on basis UDL7 since
2015-03-02, kontanthjaelp in 2025-03 .. 2026-10 and an open case, and was never summoned. The reference date is
2026-11-22. Persons are letters here: what evaluates the rules never sees a CPR number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from repat_pipeline.evaluation.calendar import add_months, last_of_month
from repat_pipeline.evaluation.counts import AttritionStep, ExcessLookups, attrition, excess_lookups
from repat_pipeline.evaluation.evaluate import Evaluation, evaluate
from repat_pipeline.evaluation.inputs import Basis, Benefit, CodeLists, Delivery, Parameters

HOME = "0751"
ELSEWHERE = "0461"
STANDARD = "A"
SYRIA, DENMARK, POLAND, BRITAIN, NOWHERE = "5486", "5100", "5154", "5170", "5999"

CODE_LISTS = CodeLists(
    country_group={SYRIA: "other", DENMARK: "danish", POLAND: "eu", BRITAIN: "uk"},
    basis={
        "UDL7": Basis("refugee_etc", True),
        "UDL9-ANDEN": Basis("other_family", True),
        "UDL9A": Basis("none", True),
        "UKRAINE": Basis("none", True),
        "EU6": Basis("none", False),
    },
    benefits={
        "kontanthjaelp": Benefit(True, None, None),
        "uddannelseshjaelp": Benefit(True, date(2014, 1, 1), date(2025, 6, 1)),
        "sho": Benefit(True, date(2020, 1, 1), date(2025, 6, 1)),
        "integrationsydelse": Benefit(True, date(2015, 9, 1), date(2019, 12, 1)),
        "sygedagpenge": Benefit(False, None, None),
    },
    municipalities=frozenset({"0101", ELSEWHERE, HOME, "0851"}),
)


def months_between(first: date, last: date) -> list[date]:
    """Both inclusive."""
    months = [first]
    while months[-1] < last:
        months.append(add_months(months[-1], 1))
    return months


@dataclass
class World:
    """Deliveries under construction: one municipality's rows, what was asked of the income register, what others delivered."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    rejected: dict[str, list[str | None]] = field(default_factory=dict)
    others: list[Delivery] = field(default_factory=list)
    uip_extracted_at: datetime = datetime(2026, 11, 2, 6, tzinfo=UTC)
    fagsystem_extracted_at: datetime = datetime(2026, 11, 20, 5, tzinfo=UTC)
    period_from: date = date(2017, 1, 1)
    period_to: date = date(2026, 11, 1)

    def _add(self, table: str, row: dict[str, Any]) -> None:
        self.rows.setdefault(table, []).append(row)

    def remove(self, table: str, person: str = STANDARD) -> None:
        """Take a person's accepted rows out of a table."""
        self.rows[table] = [row for row in self.rows.get(table, []) if row["person_key"] != person]

    def reject(self, table: str, person: str | None = STANDARD) -> None:
        """Add a rejected row of a counting delivery."""
        self.rejected.setdefault(table, []).append(person)

    def permit(self, valid_from: date, valid_to: date | None = None, person: str | None = STANDARD, **columns: Any) -> None:
        """Add a row of `opholdstilladelser`."""
        number = len(self.rows.get("opholdstilladelser", []))
        row = {
            "tilladelse_id": f"T{number:03}",
            "person_id": f"P-{person}",
            "person_key": person,
            "statsborgerskab": SYRIA,
            "opholdsgrundlag": "UDL7",
            "gyldig_fra": valid_from,
            "gyldig_til": valid_to,
            "status": "gaeldende",
            "status_dato": None,
            "kommunekode": HOME,
            "repatriering_modtaget_dato": None,
        }
        self._add("opholdstilladelser", row | columns)

    def register(self, person: str = STANDARD, **columns: Any) -> None:
        """Put the person's row of `borgere` in place of the one before."""
        self.remove("borgere", person)
        row = {
            "person_key": person,
            "cpr_status": "01",
            "kommunekode": HOME,
            "tilflyttet_kommune_dato": None,
            "fraflytningskommune": None,
            "statsborgerskab": SYRIA,
            "adressebeskyttet": False,
            "digital_post": True,
        }
        self._add("borgere", row | columns)

    def payment(self, month: date, amount: int = 11000, *, person: str = STANDARD, **columns: Any) -> None:
        """Add a row of `ydelser` for a whole month, kontanthjaelp unless told otherwise."""
        number = len(self.rows.get("ydelser", []))
        row = {
            "effektuering_id": f"E{number:04}",
            "person_key": person,
            "ydelseskode": "kontanthjaelp",
            "periode_fra": month,
            "periode_til": last_of_month(month),
            "beloeb": Decimal(amount),
        }
        self._add("ydelser", row | columns)

    def payments(self, first: date, last: date, **columns: Any) -> None:
        """Put a payment for every month from `first` to `last` in place of all of the standard person's payments."""
        self.remove("ydelser")
        for month in months_between(first, last):
            self.payment(month, **columns)

    def case(self, opened_on: date, closed_on: date | None = None, reason: str | None = None, **columns: Any) -> None:
        """Add a row of `sager`."""
        number = len(self.rows.get("sager", []))
        row = {
            "sag_id": f"S{number:03}",
            "person_key": STANDARD,
            "sagstype": "beskaeftigelse",
            "aabnet_dato": opened_on,
            "lukket_dato": closed_on,
            "afslutningsaarsag": reason,
        }
        self._add("sager", row | columns)

    def event(self, kind: str, held_on: date, round_id: str = "F1", **columns: Any) -> None:
        """Add a row of `vejledningshaendelser`."""
        number = len(self.rows.get("vejledningshaendelser", []))
        row = {
            "haendelse_id": f"H{number:03}",
            "forloeb_id": round_id,
            "person_key": STANDARD,
            "haendelsestype": kind,
            "haendelsesdato": held_on,
            "udskudt_til": None,
            "kommunekode": HOME,
            "dokument_reference": None,
        }
        self._add("vejledningshaendelser", row | columns)

    def answer(
        self,
        asked: list[tuple[date, date]],
        lines: list[dict[str, Any]],
        *,
        delivery_id: str = "svar-1",
        extracted_at: datetime = datetime(2026, 11, 10, 12, tzinfo=UTC),
        rejected: Mapping[str, list[str | None]] | None = None,
        municipality: str = HOME,
    ) -> None:
        """Add an e-Indkomst answer about the standard person."""
        requests = [
            {
                "opslag_id": f"O{number}",
                "person_key": STANDARD,
                "maaned_fra": first,
                "maaned_til": last,
                "formaal": "REP",
            }
            for number, (first, last) in enumerate(asked)
        ]
        self.others.append(
            Delivery(
                municipality=municipality,
                source="eindkomst",
                delivery_id=delivery_id,
                extracted_at=extracted_at,
                period_from=None,
                period_to=None,
                rows={"opslag": requests, "indkomst": lines},
                rejected=rejected or {},
            )
        )

    def deliveries(self) -> list[Delivery]:
        """Return every delivery: the two of the municipality, the answers and the others."""
        uip_tables = {"opholdstilladelser"}

        def part(table_is_uip: bool, tables: Mapping[str, Any]) -> dict[str, Any]:
            return {table: rows for table, rows in tables.items() if (table in uip_tables) == table_is_uip}

        uip = Delivery(HOME, "uip", "uip-1", self.uip_extracted_at, None, None, part(True, self.rows), part(True, self.rejected))
        fagsystem = Delivery(
            HOME,
            "fagsystem",
            "fag-1",
            self.fagsystem_extracted_at,
            self.period_from,
            self.period_to,
            part(False, self.rows),
            part(False, self.rejected),
        )
        return [uip, fagsystem, *self.others]

    def everyone(self, *, as_of: date = date(2026, 11, 22), known_at: datetime | None = None, **parameters: Any) -> list[Evaluation]:
        """Evaluate all municipalities."""
        return evaluate(
            self.deliveries(),
            as_of=as_of,
            known_at=known_at,
            parameters=Parameters(**parameters),
            code_lists=CODE_LISTS,
        )

    def evaluate(self, person: str = STANDARD, *, as_of: date = date(2026, 11, 22), **parameters: Any) -> Evaluation:
        """Evaluate one person of the municipality."""
        found = self.everyone(as_of=as_of, **parameters)
        return next(e for e in found if (e.municipality_code, e.person_key) == (HOME, person))

    def attrition(self) -> list[AttritionStep]:
        """Count the attrition on the reference date."""
        return attrition(self.everyone())

    def excess_lookups(self, as_of: date = date(2026, 11, 22)) -> list[ExcessLookups]:
        """Count what was asked for without need."""
        return excess_lookups(self.deliveries(), as_of=as_of, known_at=None, parameters=Parameters())


def income_line(month: date, amount: int = 11000, **columns: Any) -> dict[str, Any]:
    """Return a row of `indkomst`: kontanthjaelp (0041, indkomsttype 06) for a whole month unless told otherwise."""
    row: dict[str, Any] = {
        "person_key": STANDARD,
        "se_nummer": "35209115",
        "indberetning_id": None,
        "indberetningsart": "I",
        "tilbagefoert": False,
        "rettelse": False,
        "indkomsttype": "06",
        "indtaegtsart": "0041",
        "loenperiode_fra": month,
        "loenperiode_til": last_of_month(month),
        "basismaaned": month,
        "a_indkomst_am": None,
        "a_indkomst_uden_am": Decimal(amount),
    }
    return row | columns


@pytest.fixture
def line() -> Any:
    """Return the maker of income lines."""
    return income_line


@pytest.fixture
def empty_world() -> World:
    """Return a municipality that has delivered, with nobody in it."""
    return World(rows={"opholdstilladelser": [], "borgere": [], "ydelser": [], "sager": [], "vejledningshaendelser": []})


@pytest.fixture
def world(empty_world: World) -> World:
    """Return a municipality with the standard person."""
    empty_world.permit(date(2015, 3, 2))
    empty_world.register()
    empty_world.payments(date(2025, 3, 1), date(2026, 10, 1))
    empty_world.case(date(2024, 1, 15))
    return empty_world
