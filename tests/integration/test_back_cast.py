"""Back-cast month ends (spec/kpi.md rule 2) are what an ordinary run at that reference date decides from the same deliveries.

Whole fictitious deliveries with all hard cases, and persons drawn by chance whose months reach back far enough for both changes of
the rules. Everybody on every month end is compared with the plain-Python evaluation, some month ends with a run of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import duckdb
import pytest

from repat_pipeline.contracts.inbound import SOURCES
from repat_pipeline.evaluation.calendar import add_months, last_of_month
from repat_pipeline.evaluation.evaluate import evaluate
from repat_pipeline.evaluation.inputs import Delivery, Parameters
from repat_pipeline.evaluation.lake import read_code_lists, read_lake
from repat_pipeline.intake import take_in
from repat_pipeline.storage.layout import Home
from tests.conftest import ROOT
from tests.integration.marts import build_marts, write_lake
from tests.integration.stock_figures import Stock, figures, kaplan_meier_median
from tests.support import AS_OF, instant

CASES = ROOT.parent / "shared" / "acceptance" / "cases" / "inbox"
COLUMNS = [
    "status", "missing", "is_candidate", "covered_group", "residence_since", "last_talk_on", "due_by_law", "due_by_practice",
    "active_case", "closed_case", "no_case", "ordinary_employment", "employment_source", "in_migrant", "other_benefit", "primary_route",
]  # fmt: skip
# From here 24 month ends reach back over 2025-07-01 (RV3) and 2024-05-01 (RV2, the income register) to 2024-04-30.
RUN_DAY = date(2026, 4, 15)
PERIOD = date(2021, 4, 1), date(2026, 2, 1)
MONTHS = [add_months(PERIOD[0], number) for number in range(60)]
Rows = list[dict[str, Any]]
Who = tuple[str, str]
ByDay = dict[date, dict[Who, dict[str, Any]]]


@dataclass(frozen=True)
class BackCast:
    """One run with month ends: its lake, day -> (municipality, person) -> what the models say, rows of the stock, and of `kpi_values`."""

    home: Home
    deliveries: list[Delivery]
    found: ByDay
    stock: list[tuple[Any, ...]]
    kpis: list[dict[str, Any]]


def back_cast(home: Home, as_of: date) -> BackCast:
    """Run the models with all month ends."""
    build_marts(home, as_of, without=("unit_test", "test"), month_ends=24, kpis=True)
    columns = ", ".join(f"{'routes' if name in ROUTE_COLUMNS else 'statuses'}.{name}" for name in COLUMNS)
    query = f"""
        select as_of, municipality_code, person_key, {columns}
        from intermediate.int_eligibility__reference_statuses as statuses
        join intermediate.int_eligibility__reference_routes as routes using (as_of, municipality_code, person_key)
    """
    found: ByDay = {}
    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        for day, municipality, person, *values in connection.sql(query).fetchall():
            found.setdefault(day, {})[municipality, person] = dict(zip(COLUMNS, values, strict=True))
        stock = connection.sql("select reference_on, municipality_code, person_key, status, is_backcast from intermediate.int_kpi__stock")
        kpis = connection.sql("select * from marts.kpi_values").pl().to_dicts()
        return BackCast(home, read_lake(home), found, stock.fetchall(), kpis)


ROUTE_COLUMNS = {
    "active_case", "closed_case", "no_case", "ordinary_employment", "employment_source", "in_migrant", "other_benefit", "primary_route",
}  # fmt: skip


def differing(found: Mapping[Who, Mapping[str, Any]], expected: Mapping[Who, Mapping[str, Any]]) -> list[str]:
    """What is decided otherwise; a person who was not looked at is not eligible."""
    lines = [f"{who} was looked at, but is not in the base population" for who in sorted(set(found) - set(expected))]
    for who, columns in sorted(expected.items()):
        if who not in found:
            lines += [f"{who} was not looked at, but is {columns['status']}"] if columns["status"] != "not_eligible" else []
            continue
        lines += [
            f"{who} {name}: {found[who][name]!r}, expected {columns[name]!r}" for name in COLUMNS if found[who][name] != columns[name]
        ]
    return lines


def by_evaluation(deliveries: list[Delivery], as_of: date) -> dict[Who, dict[str, Any]]:
    """The same from the evaluation."""
    evaluations = evaluate(deliveries, as_of=as_of, known_at=None, parameters=Parameters(), code_lists=read_code_lists())
    decided = {}
    for one in evaluations:
        columns: dict[str, Any] = {name: getattr(one, name) for name in COLUMNS}
        decided[one.municipality_code, one.person_key] = columns | {"missing": ",".join(one.missing) or None}
    return decided


def by_ordinary_run(home: Home, as_of: date) -> dict[Who, dict[str, Any]]:
    """The table `eligibility` of a run at that reference date."""
    build_marts(home, as_of, without=("unit_test", "test"))
    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        rows = connection.sql("select * from marts.eligibility").pl().to_dicts()
    return {(row["municipality_code"], row["person_key"]): {name: row[name] for name in COLUMNS} for row in rows}


# -- persons drawn by chance ---------------------------------------------------------------------------------------------


def a_day(random: Random, first: date, last: date) -> date:
    return first + timedelta(days=random.randrange((last - first).days + 1))


def drawn_deliveries(seed: int, persons: int) -> list[Delivery]:
    """Two municipalities whose persons share permits, months, cases and talks that change all the time."""
    random = Random(seed)
    deliveries = []
    for number, municipality in enumerate(("0461", "0751")):
        rows: dict[str, Rows] = {name: [] for name in ("opholdstilladelser", "borgere", "ydelser", "sager", "vejledningshaendelser")}
        answers: dict[str, Rows] = {"opslag": [], "indkomst": []}
        rejected: dict[str, list[str | None]] = {}
        for serial in range(persons):
            who = f"person{serial:03d}"
            if random.random() < 0.7:
                _draw_permits(random, municipality, who, rows["opholdstilladelser"])
            if random.random() < 0.85:
                rows["borgere"].append(
                    {"person_key": who, "cpr_status": "01", "kommunekode": municipality if random.random() < 0.9 else "0101",
                     "statsborgerskab": random.choice(["5486", "5486", "5486", "5100"]),
                     "tilflyttet_kommune_dato": random.choice([None, None, None, a_day(random, MONTHS[0], RUN_DAY)]),
                     "fraflytningskommune": random.choice([None, "0101", "9999"]), "adressebeskyttet": False, "digital_post": True}
                )  # fmt: skip
            _draw_months(random, who, rows["ydelser"], answers)
            _draw_contacts(random, municipality, who, rows)
            # Not drawn, so that all else stays: many are invited, and C5 does not ask for it.
            if serial % 3:
                rows["vejledningshaendelser"].append(
                    {"person_key": who, "haendelse_id": f"I{who}", "forloeb_id": f"I{who}", "haendelsestype": "indkaldelse",
                     "kommunekode": municipality, "dokument_reference": None,
                     "haendelsesdato": date(2024, 5, 1) + timedelta(days=serial * 37 % 700)}
                )  # fmt: skip
            if random.random() < 0.1:
                table = random.choice(["opholdstilladelser", "borgere", "ydelser", "vejledningshaendelser", "opslag", "indkomst"])
                rejected.setdefault(table, []).append(who)
        uip = {"opholdstilladelser": rows.pop("opholdstilladelser")}
        told = {name: found for name, found in rejected.items() if name in answers}
        own = {name: found for name, found in rejected.items() if name in rows}
        deliveries += [
            Delivery(municipality, "uip", "u", instant(f"2026-04-0{number + 1}"), None, None, uip,
                     {name: found for name, found in rejected.items() if name in uip}),
            Delivery(municipality, "fagsystem", "f", instant("2026-04-02"), *PERIOD, rows, own),
            Delivery(municipality, "eindkomst", "a", instant("2026-04-03"), None, None, answers, told),
        ]  # fmt: skip
    return deliveries


def _draw_permits(random: Random, municipality: str, who: str, rows: Rows) -> None:
    has_long_one = random.random() < 0.6
    for number in range(random.choice([1, 1, 2, 3])):
        first = a_day(random, date(2017, 1, 1), date(2019 if has_long_one and number == 0 else 2025, 12, 31))
        last = random.choice([None, None, first + timedelta(days=random.choice([400, 1826, 2500]))])
        status = random.choice(["gaeldende", "gaeldende", "gaeldende", "bortfaldet", "inddraget"])
        rows.append(
            {"person_key": who, "tilladelse_id": f"T{who}-{number}", "person_id": who, "statsborgerskab": random.choice(["5486", "5154"]),
             "opholdsgrundlag": random.choice(["UDL7", "UDL7", "UDL9-ANDEN", "EU6", "UKRAINE"]), "gyldig_fra": first, "gyldig_til": last,
             "status": status, "status_dato": None if status == "gaeldende" else a_day(random, date(2023, 1, 1), RUN_DAY),
             "kommunekode": municipality, "repatriering_modtaget_dato": None}
        )  # fmt: skip


def _draw_months(random: Random, who: str, paid: Rows, answers: dict[str, Rows]) -> None:
    for spell in range(random.choice([0, 1, 1, 2])):
        first, length = random.choice([0, 0, random.randrange(len(MONTHS))]), random.choice([5, 17, 18, 24, 40, 60])
        benefit = random.choice(["kontanthjaelp", "kontanthjaelp", "sygedagpenge"])
        paid += [
            {"person_key": who, "effektuering_id": f"E{who}-{spell}-{month}", "ydelseskode": benefit, "periode_fra": month,
             "periode_til": last_of_month(month), "beloeb": Decimal("11000.00")}
            for month in MONTHS[first : first + length]
        ]  # fmt: skip
    if random.random() < 0.5:
        return
    first = random.randrange(len(MONTHS) - 1)
    asked = MONTHS[first : first + random.choice([12, 36])]
    answers["opslag"].append({"person_key": who, "opslag_id": f"O{who}", "maaned_fra": asked[0], "maaned_til": asked[-1], "formaal": "x"})
    kinds = random.choice([("0041", "06"), ("0038", "06"), (None, "00")])
    answers["indkomst"] += [
        {"person_key": who, "se_nummer": "12345678", "indberetning_id": None, "indberetningsart": "I", "tilbagefoert": False,
         "rettelse": False, "indkomsttype": kinds[1], "indtaegtsart": kinds[0], "loenperiode_fra": month,
         "loenperiode_til": last_of_month(month), "basismaaned": month, "a_indkomst_am": Decimal("9000.00") if kinds[0] is None else None,
         "a_indkomst_uden_am": None if kinds[0] is None else Decimal("9000.00")}
        for month in asked[: random.choice([6, 20, 36])]
    ]  # fmt: skip


def _draw_contacts(random: Random, municipality: str, who: str, rows: dict[str, Rows]) -> None:
    for number in range(random.choice([0, 0, 1, 2])):
        opened = a_day(random, date(2020, 1, 1), RUN_DAY)
        closed = random.choice([None, opened + timedelta(days=random.randrange(900))])
        reason = None if closed is None else random.choice(["ordinaer_beskaeftigelse", "uddannelse"])
        rows["sager"].append(
            {"person_key": who, "sag_id": f"S{who}-{number}", "aabnet_dato": opened, "lukket_dato": closed, "afslutningsaarsag": reason}
        )
    for number in range(random.choice([0, 1, 3])):
        rows["vejledningshaendelser"].append(
            {"person_key": who, "haendelse_id": f"H{who}-{number}", "forloeb_id": f"F{who}",
             "haendelsestype": random.choice(["indkaldelse", "samtale_afholdt", "afsluttende_brev", "udeblivelse"]),
             "kommunekode": random.choice([municipality, municipality, "0101"]),
             "dokument_reference": random.choice([None, "D1"]), "haendelsesdato": a_day(random, date(2021, 8, 1), RUN_DAY)}
        )  # fmt: skip


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> BackCast:
    """The drawn persons, with all month ends from RUN_DAY."""
    home = Home(tmp_path_factory.mktemp("drawn"))
    write_lake(home, drawn_deliveries(seed=5, persons=150))
    return back_cast(home, RUN_DAY)


@pytest.fixture(scope="module")
def whole(lake: Home) -> BackCast:
    """Fictitious deliveries with all hard cases, with all month ends that their 48 months allow."""
    return back_cast(lake, date.fromisoformat(AS_OF))


@pytest.fixture(scope="module")
def hand_written(tmp_path_factory: pytest.TempPathFactory) -> BackCast:
    """The hand-written cases of ../shared/acceptance, with all month ends."""
    home = Home(tmp_path_factory.mktemp("hand_written"))
    for source in SOURCES:
        take_in(home, CASES, source=source, municipalities=sorted(folder.name for folder in CASES.iterdir()))
    return back_cast(home, date.fromisoformat(AS_OF))


# -- rules ---------------------------------------------------------------------------------------------------------------


def test_everybody_on_every_month_end_is_what_the_evaluation_says_of_that_day(drawn: BackCast) -> None:
    found = {day: differing(people, by_evaluation(drawn.deliveries, day)) for day, people in drawn.found.items()}

    assert {day: lines for day, lines in found.items() if lines} == {}
    assert {date(2024, 4, 30), date(2024, 5, 31), date(2025, 6, 30), date(2025, 7, 31)} <= set(found)
    assert len(found) == 25


def test_the_drawn_persons_are_of_every_status_and_change_it(drawn: BackCast) -> None:
    statuses: dict[Who, set[str]] = {}
    for people in drawn.found.values():
        for who, columns in people.items():
            statuses.setdefault(who, set()).add(columns["status"])

    assert set().union(*statuses.values()) == {"eligible", "undetermined", "not_eligible"}
    assert sum({"eligible", "not_eligible"} <= found for found in statuses.values()) > 10


def test_all_month_ends_of_whole_deliveries_are_what_the_evaluation_says_of_those_days(whole: BackCast) -> None:
    found = {day: differing(people, by_evaluation(whole.deliveries, day)) for day, people in whole.found.items()}

    assert {day: lines for day, lines in found.items() if lines} == {}
    # 48 delivered months hold the windows of twelve month ends, and the thirteenth begins a month too early.
    assert sorted(found) == [*(last_of_month(add_months(date(2025, 11, 1), number)) for number in range(12)), date.fromisoformat(AS_OF)]


@pytest.mark.needs_shared
@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/acceptance is not beside this checkout")
def test_month_ends_of_the_hand_written_cases_are_what_the_evaluation_says_of_those_days(hand_written: BackCast) -> None:
    found = {day: differing(people, by_evaluation(hand_written.deliveries, day)) for day, people in hand_written.found.items()}

    assert {day: lines for day, lines in found.items() if lines} == {}
    assert len(found) > 1


@pytest.mark.parametrize("day", [date(2024, 4, 30), date(2025, 7, 31)], ids=str)
def test_a_month_end_is_what_a_run_of_its_own_publishes_before_and_after_the_changes_of_the_rules(drawn: BackCast, day: date) -> None:
    expected = by_ordinary_run(drawn.home, day)

    assert differing(drawn.found[day], expected) == []
    assert len({columns["status"] for columns in expected.values()}) == 3


def test_a_month_end_of_whole_deliveries_is_what_a_run_of_its_own_publishes(whole: BackCast) -> None:
    assert differing(whole.found[date(2026, 5, 31)], by_ordinary_run(whole.home, date(2026, 5, 31))) == []


def test_back_casting_spares_those_who_cannot_have_enough_months(drawn: BackCast) -> None:
    looked_at, everybody = drawn.found[date(2025, 3, 31)], by_evaluation(drawn.deliveries, date(2025, 3, 31))

    assert 0 < len(looked_at) < 0.9 * len(everybody)


def test_the_stock_tells_the_statuses_of_all_days_and_flags_those_before_the_run(drawn: BackCast) -> None:
    told: ByDay = {}
    for day, municipality, person, status, is_back_cast in drawn.stock:
        told.setdefault(day, {})[municipality, person] = {"status": status, "is_back_cast": is_back_cast}
    ever = {who for people in drawn.found.values() for who, columns in people.items() if columns["status"] != "not_eligible"}

    for day, people in drawn.found.items():
        expected = people if day == RUN_DAY else {who: columns for who, columns in people.items() if who in ever}
        assert told[day] == {who: {"status": columns["status"], "is_back_cast": day != RUN_DAY} for who, columns in expected.items()}
    assert 50 < len(ever) < len(told[RUN_DAY])


OF_THE_STOCK = {"K01", "K02", "K03", "K18", "K19", "K20", "K21", "K23"}


def figures_by_hand(drawn: BackCast) -> dict[tuple[Any, ...], float | None]:
    """The KPIs of the stock in plain Python, from what the models decided (which the tests above hold) and the rows of the lake."""
    own = [delivery for delivery in drawn.deliveries if delivery.source == "fagsystem"]
    invited: dict[Who, list[date]] = {}
    for delivery in own:
        for row in delivery.rows["vejledningshaendelser"]:
            if (row["haendelsestype"], row["kommunekode"]) == ("indkaldelse", delivery.municipality) and row["haendelsesdato"] <= RUN_DAY:
                invited.setdefault((delivery.municipality, row["person_key"]), []).append(row["haendelsesdato"])
    arrived = {
        (delivery.municipality, row["person_key"]): row["tilflyttet_kommune_dato"]
        for delivery in own for row in delivery.rows["borgere"] if row["tilflyttet_kommune_dato"]
    }  # fmt: skip
    return figures(Stock(drawn.found, arrived, invited, RUN_DAY))


def test_kpis_of_the_stock_are_those_counted_in_plain_python_from_who_was_eligible_when(drawn: BackCast) -> None:
    expected = {key: None if value is None else round(value, 6) for key, value in figures_by_hand(drawn).items()}
    rows = {
        (row["kpi_id"], row["measure"], row["municipality_code"], row["period_end"], row["dimension"], row["dimension_value"]): row
        for row in drawn.kpis
        if row["kpi_id"] in OF_THE_STOCK and (row["dimension"] != "reason" or row["kpi_id"] == "K20")
    }
    # Of the first day nobody knows in which band: when each spell began was not seen.
    unknown = {key for key, row in rows.items() if row["known_share"] == 0}
    found = {key: row["value"] for key, row in rows.items() if key not in unknown}

    assert {key[:1] + key[4:5] for key in expected.keys() & unknown} == {("K20", "band")}
    different = {
        key: (found.get(key), value)
        for key, value in expected.items()
        if key not in unknown and found.get(key, -1) != pytest.approx(value, abs=2e-6)
    }
    assert different == {}
    assert {key for key, value in found.items() if value is not None} <= set(expected)
    assert {key[0] for key, value in expected.items() if value} >= OF_THE_STOCK - {"K23"}


def test_reasons_of_inflow_and_outflow_add_up_and_name_what_was_open(drawn: BackCast) -> None:
    rows = [row for row in drawn.kpis if row["kpi_id"] == "K03" and row["known_share"] > 0]
    sums: dict[tuple[Any, ...], float] = {}
    for row in rows:
        if row["dimension"]:
            key = row["measure"], row["municipality_code"], row["period_end"]
            sums[key] = sums.get(key, 0) + row["value"]
    totals = {(row["measure"], row["municipality_code"], row["period_end"]): row["value"] for row in rows if not row["dimension"]}

    assert {key: value for key, value in totals.items() if value} == sums
    assert {row["dimension_value"] for row in rows if row["dimension"]} >= {"benefit_months", "residence_years"}


def test_back_cast_figures_are_flagged_and_coverage_needs_every_month_end(drawn: BackCast) -> None:
    stocks = [row for row in drawn.kpis if row["kpi_id"] == "K01" and row["municipality_code"] == "0751" and not row["dimension"]]
    coverage = {row["period_end"]: row for row in drawn.kpis if row["kpi_id"] == "K18" and row["municipality_code"] == "0751"
                and not row["dimension"]}  # fmt: skip

    assert {row["period_end"]: (row["period_type"], row["is_backcast"]) for row in stocks} == {
        day: ("other", False) if day == RUN_DAY else ("month", True) for day in drawn.found
    }
    assert [day for day, row in coverage.items() if row["value"] is not None] == [date(2026, 3, 31)]
    assert coverage[date(2026, 2, 28)]["known_share"] < 23 / 24 + 1e-6


@pytest.mark.parametrize(
    ("waits", "median"),
    [
        ([(10, True), (20, True), (30, False), (40, True), (50, False)], 40),
        ([(10, True), (20, True)], 10),
        ([(10, True), (20, False), (30, False)], None),
        ([], None),
    ],
)
def test_the_plain_median_is_that_of_the_textbook(waits: list[tuple[int, bool]], median: int | None) -> None:
    assert kaplan_meier_median(waits) == median
