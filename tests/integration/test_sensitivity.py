"""Sensitivity (spec/rules.md section 6): who changes status when a parameter on which the law is silent has another value.

Hand-made persons, each of whom one or two of the alternatives concern; and whole fictitious deliveries, on which the models must
count the same persons as the evaluation that is run once per alternative.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from repat_pipeline.evaluation.calendar import add_months, last_of_month
from repat_pipeline.evaluation.inputs import Delivery
from repat_pipeline.evaluation.lake import read_lake
from repat_pipeline.storage.layout import Home
from tests.integration.marts import build_marts, sensitivity_by_evaluation, sensitivity_by_models, write_lake
from tests.support import MUNICIPALITY, instant

D = date(2026, 11, 22)
# When integrationsydelse still lay in the window: W is 2018-09 .. 2021-08.
EARLY = date(2021, 9, 15)
Rows = list[dict[str, Any]]


@dataclass
class Population:
    """Persons of one municipality, eligible but for what a test changes."""

    rows: dict[str, Rows] = field(default_factory=lambda: {"opholdstilladelser": [], "borgere": [], "ydelser": [], "indkomst": []})

    def permit(self, who: str, valid_from: date, valid_to: date | None = None, basis: str = "UDL7") -> None:
        """Add a permit in force."""
        self.rows["opholdstilladelser"].append(
            {"person_key": who, "tilladelse_id": f"T-{who}-{valid_from}", "person_id": who, "statsborgerskab": "5486",
             "opholdsgrundlag": basis, "gyldig_fra": valid_from, "gyldig_til": valid_to, "status": "gaeldende", "status_dato": None,
             "kommunekode": MUNICIPALITY, "repatriering_modtaget_dato": None}
        )  # fmt: skip

    def resident(self, who: str, citizenship: str = "5486") -> None:
        """Add a resident who has always lived in the municipality."""
        self.rows["borgere"].append(
            {"person_key": who, "cpr_status": "01", "kommunekode": MUNICIPALITY, "tilflyttet_kommune_dato": None,
             "fraflytningskommune": None, "statsborgerskab": citizenship, "adressebeskyttet": False, "digital_post": True}
        )  # fmt: skip

    def paid(self, who: str, first: date, months: int, benefit: str = "kontanthjaelp", days: tuple[int, int | None] = (1, None)) -> None:
        """Add payments for the days of a number of months."""
        for number in range(months):
            month = add_months(first, number)
            until = last_of_month(month) if days[1] is None else month.replace(day=days[1])
            self.rows["ydelser"].append(
                {"person_key": who, "effektuering_id": f"E{len(self.rows['ydelser'])}", "ydelseskode": benefit,
                 "periode_fra": month.replace(day=days[0]), "periode_til": until, "beloeb": Decimal("11000.00")}
            )  # fmt: skip

    def earned(self, who: str, month: date, *, has_wage_period: bool) -> None:
        """Add kontanthjælp that the income register tells of."""
        self.rows["indkomst"].append(
            {"person_key": who, "se_nummer": "12345678", "indberetning_id": None, "indberetningsart": "I", "tilbagefoert": False,
             "rettelse": False, "indkomsttype": "06", "indtaegtsart": "0041", "loenperiode_fra": month if has_wage_period else None,
             "loenperiode_til": last_of_month(month) if has_wage_period else None, "basismaaned": month, "a_indkomst_am": None,
             "a_indkomst_uden_am": Decimal("11000.00")}
        )  # fmt: skip

    def deliveries(self, period_from: date, period_to: date) -> list[Delivery]:
        """The three deliveries; whoever has income was asked for in all its months."""
        asked = [
            {"person_key": line["person_key"], "opslag_id": f"O{number}", "maaned_fra": line["basismaaned"],
             "maaned_til": line["basismaaned"], "formaal": "x"}
            for number, line in enumerate(self.rows["indkomst"])
        ]  # fmt: skip
        fagsystem = {name: self.rows.get(name, []) for name in ("borgere", "ydelser", "sager", "vejledningshaendelser")}
        return [
            Delivery(
                MUNICIPALITY, "uip", "u", instant("2026-11-10"), None, None, {"opholdstilladelser": self.rows["opholdstilladelser"]}, {}
            ),
            Delivery(MUNICIPALITY, "fagsystem", "f", instant("2026-11-12"), period_from, period_to, fagsystem, {}),
            Delivery(
                MUNICIPALITY, "eindkomst", "a", instant("2026-11-13"), None, None,
                {"opslag": asked, "indkomst": self.rows["indkomst"]}, {},
            ),
        ]  # fmt: skip


def recent_population() -> Population:
    """On D: persons named for what is special about them; the first is eligible whatever the parameters."""
    population = Population()
    benefit_of_18_months = ["nobody's concern", "gap of 28 days", "gap of 59 days", "also a Danish citizen", "from Ukraine"]
    for who in benefit_of_18_months:
        population.paid(who, date(2025, 5, 1), 18)
    for who in [*benefit_of_18_months, "half a month", "month in two halves", "halves of two benefits", "income without a wage period",
                "oldest month leaves", "own month comes"]:  # fmt: skip
        population.resident(who, citizenship="5100" if who == "also a Danish citizen" else "5486")
        if who.startswith("gap"):
            population.permit(who, date(2015, 1, 1), date(2022, 12, 31))
            population.permit(who, date(2023, 1, 29) if "28" in who else date(2023, 3, 1))
        else:
            population.permit(who, date(2016, 1, 1), basis="UKRAINE" if who == "from Ukraine" else "UDL7")
    for who in ["half a month", "month in two halves", "halves of two benefits"]:
        population.paid(who, date(2025, 1, 1), 17)
        population.paid(who, date(2024, 2, 1), 1, days=(1, 15))
    population.paid("month in two halves", date(2024, 2, 1), 1, days=(16, None))
    population.paid("halves of two benefits", date(2024, 2, 1), 1, benefit="sho", days=(16, None))
    population.paid("income without a wage period", date(2025, 1, 1), 17)
    population.earned("income without a wage period", date(2024, 2, 1), has_wage_period=False)
    population.paid("oldest month leaves", date(2023, 11, 1), 18)
    population.paid("own month comes", date(2025, 6, 1), 18)
    return population


def early_population() -> Population:
    """On EARLY: recipients of integrationsydelse."""
    population = Population()
    for who in ["most months on integrationsydelse", "enough months without"]:
        population.permit(who, date(2010, 1, 1))
        population.resident(who)
    population.paid("most months on integrationsydelse", date(2018, 9, 1), 16, benefit="integrationsydelse")
    population.paid("most months on integrationsydelse", date(2020, 1, 1), 2, benefit="sho")
    population.paid("enough months without", date(2019, 11, 1), 2, benefit="integrationsydelse")
    population.paid("enough months without", date(2020, 1, 1), 20, benefit="sho")
    for who in ["known by integrationsydelse only", "known by sho too"]:
        population.resident(who)
        population.paid(who, date(2019, 11, 1), 1, benefit="integrationsydelse")
    population.paid("known by sho too", date(2020, 1, 1), 1, benefit="sho")
    return population


def changed_persons(home: Home) -> dict[str, set[str]]:
    """Alternative -> persons whose status changes, as the models find them."""
    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        rows = connection.sql("select parameter_set, person_key from intermediate.int_eligibility__status_changes").fetchall()
    found: dict[str, set[str]] = {}
    for alternative, who in rows:
        found.setdefault(alternative, set()).add(who)
    return found


@pytest.fixture(scope="module")
def recent(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The marts of the recent population on D."""
    home = Home(tmp_path_factory.mktemp("recent"))
    write_lake(home, recent_population().deliveries(date(2023, 1, 1), date(2026, 10, 1)))
    build_marts(home, D)
    return home


@pytest.fixture(scope="module")
def early(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The marts of the early population on EARLY."""
    home = Home(tmp_path_factory.mktemp("early"))
    write_lake(home, early_population().deliveries(date(2018, 1, 1), date(2026, 10, 1)))
    build_marts(home, EARLY)
    return home


@pytest.mark.parametrize(
    ("alternative", "expected"),
    [
        ("permit_chain=cumulative", {"gap of 28 days", "gap of 59 days"}),
        ("permit_gap_tolerance_days=30", {"gap of 28 days"}),
        ("month_counting=full_month", {"half a month", "halves of two benefits", "income without a wage period"}),
        ("window_end=own_month", {"oldest month leaves", "own month comes"}),
        ("count_integrationsydelse_as_sho=false", set()),
        ("include_dual_danish_citizens=true", {"also a Danish citizen"}),
        ("include_ukraine_act=true", {"from Ukraine"}),
    ],
)
def test_an_alternative_changes_the_status_of_exactly_these_persons(recent: Home, alternative: str, expected: set[str]) -> None:
    assert changed_persons(recent).get(alternative, set()) == expected


def test_without_integrationsydelse_a_person_lacks_months_and_another_is_nobody_s_concern_any_more(early: Home) -> None:
    expected = {"most months on integrationsydelse", "known by integrationsydelse only"}

    assert changed_persons(early)["count_integrationsydelse_as_sho=false"] == expected


def test_the_hand_made_persons_are_counted_as_the_evaluation_counts_them(recent: Home, early: Home) -> None:
    for home, as_of in ((recent, D), (early, EARLY)):
        assert sensitivity_by_models(home) == sensitivity_by_evaluation(read_lake(home), as_of)


@pytest.mark.parametrize("as_of", [D, date(2024, 4, 30)], ids=str)
def test_whole_deliveries_are_counted_as_the_evaluation_counts_them(lake: Home, as_of: date) -> None:
    build_marts(lake, as_of)

    found = sensitivity_by_models(lake)

    assert found == sensitivity_by_evaluation(read_lake(lake), as_of)
    assert sum(found.values()) > 0
