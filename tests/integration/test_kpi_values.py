"""The KPIs on hand-made deliveries, against figures counted by hand (spec/kpi.md).

Four municipalities tell the minister's answer to spm. 184 again, on fictitious persons; a fifth has the boundary days.
One build for all; what needs a series of month ends is tested beside its models (`unit_tests`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import duckdb
import pytest

from repat_pipeline.evaluation.inputs import Delivery
from repat_pipeline.kpi.registry import kpis
from repat_pipeline.storage.layout import Home
from tests.integration.marts import build_marts, write_lake
from tests.support import instant

AS_OF = date(2026, 11, 22)
COST = 610 * (4.25 + 50 / 60) + 750 + 4 * 3
"""K14 of 2024: hours with no-shows by the hourly rate, interpreters, letters by postage."""
KBH, AARHUS, AALBORG, ODENSE, SMALL, BLOCKED = "0101", "0751", "0851", "0461", "0147", "0173"
Row = dict[str, Any]
_numbers = count(1)


def event(who: str, kind: str, day: str, *, round_id: str = "r", **fields: Any) -> Row:
    """One guidance event, by the municipality that delivers it unless told otherwise."""
    return {
        "haendelse_id": f"H{next(_numbers):05}", "forloeb_id": round_id, "person_key": who, "haendelsestype": kind,
        "haendelsesdato": date.fromisoformat(day), **fields,
    }  # fmt: skip


def talk(who: str, day: str, minutes: tuple[int | None, int | None, int | None] = (None, None, None), **fields: Any) -> Row:
    """A talk held; minutes of preparation, talk and follow-up."""
    before, held, after = minutes
    given = {"forberedelse_minutter": before, "varighed_minutter": held, "efterbehandling_minutter": after}
    return event(who, "samtale_afholdt", day, **given | fields)


def departures(persons: int, day: str) -> list[Row]:
    """Persons who applied, were granted help and left."""
    left = date.fromisoformat(day)
    return [
        {
            "repatriering_id": f"R{number}", "person_key": f"left {number}", "ansoegt_dato": left - timedelta(days=90),
            "bevilget_dato": left - timedelta(days=30), "udrejst_dato": left,
        }
        for number in range(persons)
    ]  # fmt: skip


def copenhagen() -> dict[str, list[Row]]:
    """750 invited in 2023, 50 of them twice; 30 repatriated."""
    first = [event(f"p{number}", "indkaldelse", f"2023-{number % 12 + 1:02}-05") for number in range(750)]
    again = [event(f"p{number}", "indkaldelse", "2023-12-20", round_id="again") for number in range(50)]
    return {"vejledningshaendelser": first + again, "repatrieringer": departures(30, "2023-06-01")}


def aarhus() -> dict[str, list[Row]]:
    """194 took part in 2023, six of them twice; 90 minutes each, 45 of them preparation; 20 repatriated."""
    talks = [talk(f"p{number}", f"2023-{number % 12 + 1:02}-10", (45, 30, 15)) for number in range(194)]
    again = [talk(f"p{number}", "2023-12-21", (45, 30, 15)) for number in range(6)]
    return {"vejledningshaendelser": talks + again, "repatrieringer": departures(20, "2023-06-01")}


def aalborg() -> dict[str, list[Row]]:
    """120 talks in a year of its own, September 2022 to August 2023, ten a month; two hours each; 19 repatriated."""
    months = [(2022, month) for month in range(9, 13)] + [(2023, month) for month in range(1, 9)]
    talks = [talk(f"p{year}-{month}-{n}", f"{year}-{month:02}-{n + 1:02}", (60, 30, 30)) for year, month in months for n in range(10)]
    return {"vejledningshaendelser": talks, "repatrieringer": departures(19, "2023-06-01")}


def small() -> Iterator[tuple[str, Row]]:
    """Boundary days of K09 and K17, and a year, 2024, whose talks lack some fields."""
    events, cases, left = "vejledningshaendelser", "sager", "repatrieringer"
    opened = "2025-03-10"
    for who in ("day 180", "day 181", "stayed away", "cancelled by us", "moved", "cancelled, then held", "moved on day 181"):
        yield events, event(who, "indkaldelse", opened)
    yield events, talk("day 180", "2025-09-06")
    yield events, talk("day 181", "2025-09-07")
    yield events, event("stayed away", "udeblivelse", "2025-03-24")
    yield events, event("cancelled by us", "afbud_kommune", "2025-03-24")
    yield events, event("cancelled, then held", "afbud_kommune", "2025-03-24")
    yield events, talk("cancelled, then held", "2025-04-24")
    for who, day in (("moved", "2025-09-06"), ("moved on day 181", "2025-09-07")):
        yield cases, {
            "sag_id": who, "person_key": who, "sagstype": "ydelse", "aabnet_dato": date(2024, 1, 1),
            "lukket_dato": date.fromisoformat(day), "afslutningsaarsag": "fraflyttet",
        }  # fmt: skip
    # K17: the first talk of three persons lies in the first half of 2023; that of a fourth before it.
    yield events, talk("earlier", "2022-12-30")
    for who in ("left after 24 months", "left a day later", "left before", "earlier"):
        yield events, talk(who, "2023-02-10", round_id="second" if who == "earlier" else "r")
    for who, day in (("left after 24 months", "2025-02-10"), ("left a day later", "2025-02-11"), ("left before", "2023-02-09"),
                     ("earlier", "2023-03-01")):  # fmt: skip
        yield left, {"repatriering_id": who, "person_key": who, "ansoegt_dato": date(2023, 1, 2), "udrejst_dato": date.fromisoformat(day)}
    # 2024: six talks of five persons.
    all_known = {"kanal": "fysisk", "vejleder": "saerlig", "i_forlaengelse_af_jobsamtale": False, "udfald": "ikke_interesseret"}
    yield events, talk("a", "2024-02-01", (30, 10, 15), tolk="brugt", tolk_udgift=Decimal(400), **all_known)
    yield events, talk("b", "2024-03-01", (30, 15, 15), tolk="brugt", tolk_udgift=Decimal(200), **all_known)
    yield events, talk("c", "2024-03-02", (30, 20, 15), tolk="bestilt_ikke_brugt", tolk_udgift=Decimal(100), **all_known)
    yield events, talk("d", "2024-03-03", (30, 30, 15), tolk="ingen", **all_known)
    yield events, talk("e", "2024-08-01", (None, 45, 15), tolk="ingen", kanal="telefon", vejleder="egen")
    yield events, talk("a", "2024-09-01", kanal="telefon", round_id="second")
    yield events, event("f", "udeblivelse", "2024-05-01")
    yield events, event("f", "udeblivelse", "2024-05-20", forberedelse_minutter=20, tolk="bestilt_ikke_brugt", tolk_udgift=Decimal(50))
    yield events, event("f", "indkaldelse", "2024-04-10", aftalt_dato=date(2024, 5, 1), kanal="brev")
    yield events, event("f", "rykker", "2024-05-05", kanal="brev")
    yield events, event("f", "afsluttende_brev", "2024-06-01")
    yield events, event("g", "indkaldelse", "2024-04-10")
    yield events, event("g", "udsat", "2024-04-20", udskudt_til=date(2024, 10, 1))
    # Another municipality's event in our delivery: it did it, not we.
    yield events, event("h", "samtale_afholdt", "2024-04-20", kommunekode=KBH, dokument_reference="D-1")


def deliveries_of(municipality: str, tables: dict[str, list[Row]]) -> list[Delivery]:
    """A UIP and a fagsystem delivery of one municipality; nobody is in the target group."""
    permit = {
        "tilladelse_id": "T", "person_id": "P", "person_key": "someone", "statsborgerskab": "5486", "opholdsgrundlag": "UDL7",
        "gyldig_fra": date(2015, 3, 2), "status": "gaeldende", "kommunekode": municipality,
    }  # fmt: skip
    empty: dict[str, list[Row]] = {"borgere": [], "ydelser": [], "sager": [], "vejledningshaendelser": []}
    events = [{"kommunekode": municipality, **row} for row in tables.get("vejledningshaendelser", [])]
    own = empty | tables | {"vejledningshaendelser": events}
    uip = Delivery(municipality, "uip", "u", instant("2026-11-10"), None, None, {"opholdstilladelser": [permit]}, {})
    period = date(2023, 1, 1), date(2026, 10, 1)
    return [uip, Delivery(municipality, "fagsystem", "f", instant("2026-11-12"), *period, own, {})]


@dataclass(frozen=True)
class Figures:
    """The mart `kpi_values`, by key."""

    rows: dict[tuple[Any, ...], Row]

    def row(self, kpi_id: str, measure: str, place: str, period: str, dimension: str = "", value: str = "") -> Row:
        """One row; `period` is `year 2023`, `month 2025-03` or a type with the first day."""
        period_type, _, start = period.partition(" ")
        return self.rows[kpi_id, measure, place, period_type, date.fromisoformat((start + "-01-01")[:10]), dimension, value]

    def figure(self, kpi_id: str, measure: str, place: str, period: str, dimension: str = "", value: str = "") -> Any:
        """The figure of a row."""
        return self.row(kpi_id, measure, place, period, dimension, value)["value"]


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    """All figures of one build."""
    home = Home(tmp_path_factory.mktemp("kpi") / "home")
    tables: dict[str, list[Row]] = {}
    for table, row in small():
        tables.setdefault(table, []).append(row)
    deliveries = [
        *deliveries_of(KBH, copenhagen()), *deliveries_of(AARHUS, aarhus()), *deliveries_of(AALBORG, aalborg()),
        *deliveries_of(ODENSE, {"repatrieringer": departures(17, "2023-06-01")}), *deliveries_of(SMALL, tables),
        deliveries_of(BLOCKED, copenhagen())[1],
    ]  # fmt: skip
    write_lake(home, deliveries)
    build_marts(home, AS_OF, kpis=True, without=("unit_test", "test"))
    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        rows = connection.sql("select * from marts.kpi_values").pl().to_dicts()
    keyed = {
        (row["kpi_id"], row["measure"], row["municipality_code"], row["period_type"], row["period_start"], row["dimension"],
         row["dimension_value"]): row
        for row in rows
    }  # fmt: skip
    assert len(keyed) == len(rows)
    return Figures(keyed)


@pytest.mark.parametrize(
    ("kpi_id", "measure", "place", "period", "expected"),
    [
        ("K04", "persons", KBH, "year 2023", 750),
        ("K05", "events", KBH, "year 2023", 800),
        ("K07", "persons", AARHUS, "year 2023", 194),
        ("K08", "events", AARHUS, "year 2023", 200),
        ("K08", "events", AALBORG, "other 2022-09-01", 120),
        ("K13", "hours", AALBORG, "other 2022-09-01", 240),
        ("K13", "per_talk", AALBORG, "other 2022-09-01", 2),
        ("K13", "per_talk_without_preparation", AALBORG, "other 2022-09-01", 1),
        ("K13", "per_talk", AARHUS, "year 2023", 1.5),
        ("K13", "per_talk_without_preparation", AARHUS, "year 2023", 0.75),
        ("K16", "departed", KBH, "year 2023", 30),
        ("K16", "departed", AARHUS, "year 2023", 20),
        ("K16", "departed", ODENSE, "year 2023", 17),
        ("K16", "departed", AALBORG, "year 2023", 19),
        ("K16", "applied", KBH, "year 2023", 30),
        ("K16", "granted", KBH, "year 2023", 30),
    ],
)
def test_the_answer_to_spm_184_is_told_again(figures: Figures, kpi_id: str, measure: str, place: str, period: str, expected: float) -> None:
    assert figures.figure(kpi_id, measure, place, period) == expected


def test_four_units_are_four_kpis_persons_invited_are_not_invitations_and_persons_attended_not_talks(figures: Figures) -> None:
    assert figures.figure("K05", "per_person", KBH, "year 2023") == pytest.approx(800 / 750, abs=1e-6)
    assert figures.figure("K08", "per_person", AARHUS, "year 2023") == pytest.approx(200 / 194, abs=1e-6)


def test_a_period_of_its_own_is_shown_and_never_comparable(figures: Figures) -> None:
    own = figures.row("K08", "events", AALBORG, "other 2022-09-01")

    assert (own["is_comparable"], own["known_share"], own["period_end"]) == (False, 1, date(2023, 8, 31))
    assert figures.figure("K08", "events", AALBORG, "year 2023") == 80
    assert not [key for key in figures.rows if key[2] != AALBORG and key[3:5] == ("other", date(2022, 9, 1))]


@pytest.mark.parametrize("kpi_id", ["K04", "K05", "K06", "K07", "K08", "K10", "K11", "K12", "K13", "K14", "K15", "K26"])
def test_a_municipality_that_registered_no_event_has_no_figure_and_no_zero(figures: Figures, kpi_id: str) -> None:
    rows = [row for key, row in figures.rows.items() if key[:1] + key[2:4] == (kpi_id, ODENSE, "year")]

    assert len(rows) >= 4
    assert {(row["numerator"], row["denominator"], row["value"], row["known_share"], row["is_comparable"]) for row in rows} == {
        (None, None, None, 0, False)
    }


@pytest.mark.parametrize("kpi_id", [kpi.kpi_id for kpi in kpis() if "year" in kpi.period_types])
def test_a_blocked_municipality_has_rows_without_figures(figures: Figures, kpi_id: str) -> None:
    rows = [row for key, row in figures.rows.items() if key[:1] + key[2:4] == (kpi_id, BLOCKED, "year")]

    assert rows
    assert {(row["value"], row["known_share"]) for row in rows} == {(None, 0)}


def test_a_period_before_the_first_event_is_not_a_zero_and_half_a_period_is_not_comparable(figures: Figures) -> None:
    before = figures.row("K04", "persons", KBH, "year 2022")
    half = figures.row("K08", "events", AALBORG, "half_year 2022-07-01")

    assert (before["value"], before["known_share"]) == (None, 0)
    assert (half["value"], half["is_comparable"]) == (40, False)
    assert half["known_share"] == pytest.approx(122 / 184, abs=1e-6)


def test_a_covered_period_without_an_event_is_a_true_zero(figures: Figures) -> None:
    row = figures.row("K08", "events", AALBORG, "year 2024")

    assert (row["value"], row["known_share"], row["is_comparable"]) == (0, 1, True)


def test_the_country_counts_a_person_once_and_is_known_as_far_as_its_municipalities(figures: Figures) -> None:
    row = figures.row("K16", "departed", "DK", "year 2023")

    # `left 0` to `left 29` are the same persons in all four; two more left in the fifth.
    assert row["value"] == 30 + 2
    assert row["known_share"] == pytest.approx(5 / 98, abs=1e-6)
    assert not row["is_comparable"]


@pytest.mark.parametrize(
    ("kpi_id", "measure", "period", "numerator", "denominator", "value"),
    [
        ("K05", "events", "year 2024", 2, None, 2),
        ("K06", "events", "year 2024", 1, None, 1),
        ("K06", "per_invitation", "year 2024", 1, 2, 0.5),
        ("K07", "persons", "year 2024", 5, None, 5),
        ("K08", "events", "year 2024", 6, None, 6),
        ("K08", "per_person", "year 2024", 6, 5, 1.2),
        # Day 180 and a round that was held after our cancellation; not day 181, not who stayed away; two left out.
        ("K09", "share", "month 2025-03-01", 2, 5, 0.4),
        ("K10", "share", "year 2024", 2, 8, 0.25),
        # Six rounds with a talk (two of a), one closed by letter.
        ("K11", "share", "year 2024", 1, 7, 1 / 7),
        ("K12", "median", "year 2024", None, 5, 20),
        ("K12", "p25", "year 2024", None, 5, 15),
        ("K12", "p75", "year 2024", None, 5, 30),
        # 15 and 30 minutes are neither short nor long.
        ("K12", "share_below_15", "year 2024", 1, 5, 0.2),
        ("K12", "share_15_to_30", "year 2024", 3, 5, 0.6),
        ("K12", "share_above_30", "year 2024", 1, 5, 0.2),
        ("K13", "hours", "year 2024", 4.25, None, 4.25),
        ("K13", "per_talk", "year 2024", 4.25, 4, 1.0625),
        ("K13", "per_talk_without_preparation", "year 2024", 2.25, 4, 0.5625),
        # One no-show with 20 minutes of its own, one without: 30.
        ("K13", "hours_with_no_shows", "year 2024", 4.25 + 50 / 60, None, 4.25 + 50 / 60),
        # Interpreters 750 kr, letters: two invitations, a reminder and a closing letter.
        ("K14", "cost", "year 2024", COST, None, COST),
        ("K14", "per_talk", "year 2024", COST, 6, COST / 6),
        ("K14", "per_person", "year 2024", COST, 5, COST / 5),
        ("K15", "share_used", "year 2024", 2, 5, 0.4),
        ("K15", "share_not_used", "year 2024", 2, 4, 0.5),
        ("K16", "departed", "year 2025", 2, None, 2),
        ("K16", "departed", "year 2023", 2, None, 2),
        # 24 months to the day; not a day later, not before the talk, not whose first talk lies before the half-year.
        ("K17", "share", "half_year 2023-01-01", 1, 3, 1 / 3),
        ("K26", "events", "year 2024", 1, None, 1),
        ("K26", "per_closed_round", "year 2024", 1, 7, 1 / 7),
    ],
)  # fmt: skip
def test_figures_of_a_small_municipality_are_those_counted_by_hand(
    figures: Figures, kpi_id: str, measure: str, period: str, numerator: float | None, denominator: float | None, value: float
) -> None:
    row = figures.row(kpi_id, measure, SMALL, period)

    assert (row["numerator"], row["denominator"]) == (pytest.approx(numerator, abs=1e-6) if numerator else None, denominator)
    assert row["value"] == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("kpi_id", "measure", "known"),
    [("K08", "events", 1), ("K12", "median", 5 / 6), ("K13", "per_talk", 4 / 6), ("K14", "cost", 4 / 6), ("K15", "share_used", 5 / 6)],
)
def test_known_share_is_that_of_the_fields_that_a_figure_needs(figures: Figures, kpi_id: str, measure: str, known: float) -> None:
    row = figures.row(kpi_id, measure, SMALL, "year 2024")

    assert row["known_share"] == pytest.approx(known, abs=1e-6)
    assert row["is_comparable"] == (known >= 0.8)


@pytest.mark.parametrize(
    ("dimension", "value", "talks", "known"),
    [
        ("channel", "fysisk", 4, 1), ("channel", "telefon", 2, 1), ("adviser", "saerlig", 4, 5 / 6), ("adviser", "egen", 1, 5 / 6),
        ("adviser", "unknown", 1, 5 / 6), ("after_job_talk", "false", 4, 4 / 6), ("after_job_talk", "unknown", 2, 4 / 6),
    ],
)  # fmt: skip
def test_talks_are_split_by_what_is_registered_and_the_rest_is_unknown(
    figures: Figures, dimension: str, value: str, talks: int, known: float
) -> None:
    row = figures.row("K08", "events", SMALL, "year 2024", dimension, value)

    assert (row["value"], row["known_share"]) == (talks, pytest.approx(known, abs=1e-6))


@pytest.mark.parametrize(
    ("field", "known", "required"),
    [("", 24, 24), ("talk_minutes", 3, 3), ("outcome", 3, 3), ("interpreter", 3, 3)],
)
def test_registration_in_a_month_of_whole_talks_is_complete(figures: Figures, field: str, known: int, required: int) -> None:
    row = figures.row("K27", "share", SMALL, "month 2024-03-01", "field" if field else "", field)

    assert (row["numerator"], row["denominator"], row["value"]) == (known, required, 1)


def test_registration_counts_each_field_that_an_event_of_its_kind_must_have(figures: Figures) -> None:
    # April 2024: two invitations, each with a day agreed and a channel; one lacks both. The deferral must have nothing.
    row = figures.row("K27", "share", SMALL, "month 2024-04-01")

    assert (row["numerator"], row["denominator"], row["value"]) == (2, 4, 0.5)


@pytest.mark.parametrize(
    ("kpi_id", "measure", "period", "is_preliminary"),
    [
        ("K08", "events", "month 2026-08-01", True),
        ("K08", "events", "month 2026-07-01", False),
        ("K09", "share", "month 2026-05-01", True),
        ("K09", "share", "month 2026-04-01", False),
        ("K17", "share", "half_year 2024-07-01", True),
        ("K17", "share", "half_year 2024-01-01", False),
    ],
)
def test_a_figure_is_preliminary_for_three_months_and_a_cohort_until_its_last_day(
    figures: Figures, kpi_id: str, measure: str, period: str, is_preliminary: bool
) -> None:
    assert figures.row(kpi_id, measure, SMALL, period)["is_preliminary"] is is_preliminary


def test_figures_are_made_for_the_periods_of_the_registry_and_every_measure_has_rows(figures: Figures) -> None:
    expected = {(kpi.kpi_id, measure.measure): set(kpi.period_types) for kpi in kpis() for measure in kpi.measures}
    found: dict[tuple[str, str], set[str]] = {}
    for kpi_id, measure, _, period_type, *_ in figures.rows:
        found.setdefault((kpi_id, measure), set()).add(period_type)

    # Stocks have the run's own day alone here, flows and cohorts of the stock no day at all.
    of_stock = {"K01", "K02", "K20"}
    of_series = {"K03", "K18", "K19", "K21", "K22", "K23"}
    assert {key: periods for key, periods in found.items() if key[0] not in of_stock | of_series} == {
        key: periods for key, periods in expected.items() if key[0] not in of_stock | of_series
    }
    assert {key for key in found if key[0] in of_stock} == {key for key in expected if key[0] in of_stock}
