"""Attacks on the disclosed figures: whoever knows every shown figure exactly cannot work out one that is hidden.

The attacker here knows more than a reader: the shown figures without rounding, and every sum that holds between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repat_pipeline.disclosure.figures import KEY, disclose
from repat_pipeline.disclosure.thresholds import Thresholds, UnknownPreset, load_thresholds

THRESHOLDS = load_thresholds("1-4")
PRIME = (1 << 61) - 1
FIRST_MONTH = date(2024, 1, 1)

Atoms = dict[tuple[str, str, int], int]
"""(municipality, value of the dimension, number of the month) -> count."""
Part = frozenset[tuple[str, str, int]]
"""The atoms that one figure is the sum of."""


def month_start(number: int) -> date:
    """First day of a month, counted from `FIRST_MONTH`."""
    return date(FIRST_MONTH.year + number // 12, number % 12 + 1, 1)


def month_end(number: int) -> date:
    """Last day of a month."""
    return month_start(number + 1) - timedelta(days=1)


def periods(months: int) -> list[tuple[str, range]]:
    """Every period of the norm that lies within so many months."""
    found = [("month", range(number, number + 1)) for number in range(months)]
    found += [("half_year", range(number, number + 6)) for number in range(0, months - 5, 6)]
    found += [("year", range(number, number + 12)) for number in range(0, months - 11, 12)]
    found += [("rolling_24_months", range(number, number + 24)) for number in range(months - 23)]
    return found


def figures(
    atoms: Atoms, *, kpi: str = "K08", unit: str = "events", months: int
) -> tuple[pl.DataFrame, list[frozenset[tuple[str, str, int]]]]:
    """The figures that add up from atoms, and for each row the atoms in it."""
    municipalities, values = sorted({atom[0] for atom in atoms}), sorted({atom[1] for atom in atoms})
    rows: list[dict[str, Any]] = []
    parts = []
    for municipality in ("DK", *municipalities):
        for value in ("", *values):
            for period_type, numbers in periods(months):
                inside = frozenset(
                    atom for atom in atoms
                    if municipality in ("DK", atom[0]) and value in ("", atom[1]) and atom[2] in numbers
                )  # fmt: skip
                count = sum(atoms[atom] for atom in inside)
                rows.append(figure(municipality_code=municipality, period_type=period_type,
                                   period_start=month_start(numbers[0]), period_end=month_end(numbers[-1]),
                                   dimension="route" if value else "", dimension_value=value, numerator=float(count)))  # fmt: skip
                parts.append(inside)
    return pl.DataFrame(rows, schema=SCHEMA), parts


SCHEMA = {
    "kpi_id": pl.String, "measure": pl.String, "municipality_code": pl.String, "period_type": pl.String, "period_start": pl.Date,
    "period_end": pl.Date, "dimension": pl.String, "dimension_value": pl.String, "numerator": pl.Float64, "denominator": pl.Float64,
    "value": pl.Float64, "unit": pl.String, "known_share": pl.Float64,
}  # fmt: skip


def figure(**changes: Any) -> dict[str, Any]:
    """One row: 10 events of a month in 0751, but for the changes."""
    row = {
        "kpi_id": "K08", "measure": "count", "municipality_code": "0751", "period_type": "month", "period_start": date(2026, 1, 1),
        "period_end": date(2026, 1, 31), "dimension": "", "dimension_value": "", "numerator": 10.0, "denominator": None,
        "unit": "events", "known_share": 1.0,
    } | changes  # fmt: skip
    return {"value": row["numerator"]} | row


def disclosed(*rows: dict[str, Any], thresholds: Thresholds = THRESHOLDS, earlier: pl.DataFrame | None = None) -> pl.DataFrame:
    """The rows as others see them."""
    return disclose(pl.DataFrame(rows, schema=SCHEMA), thresholds, earlier=earlier)


def determined(hidden: Iterable[int], parts: list[Part]) -> set[int]:
    """The hidden rows that follow from the exact shown ones, by elimination over the atoms (modulo a prime)."""
    hidden = set(hidden)
    basis: dict[Any, dict[Any, int]] = {}

    def reduce(row: dict[Any, int]) -> dict[Any, int]:
        while row:
            pivot = min(row)
            if pivot not in basis:
                return row
            factor = row[pivot]
            for column, value in basis[pivot].items():
                changed = (row.get(column, 0) - factor * value) % PRIME
                if changed:
                    row[column] = changed
                else:
                    row.pop(column, None)
        return row

    for number, inside in enumerate(parts):
        if number not in hidden and (row := reduce(dict.fromkeys(inside, 1))):
            inverse = pow(row[min(row)], PRIME - 2, PRIME)
            basis[min(row)] = {column: value * inverse % PRIME for column, value in row.items()}
    return {number for number in hidden if not reduce(dict.fromkeys(parts[number], 1))}


def hidden_rows(shown: pl.DataFrame) -> list[int]:
    """Numbers of the withheld rows."""
    return shown.with_row_index().filter("is_suppressed")["index"].to_list()


def random_atoms(municipalities: int, values: int, months: int) -> st.SearchStrategy[Atoms]:
    """Counts of every municipality, value and month: mostly none or few, some many."""
    keys = [(f"0{100 + m}", f"v{v}", number) for m in range(municipalities) for v in range(values) for number in range(months)]
    count = st.sampled_from([0, 0, 1, 2, 4, 5, 8, 8, 13, 40])
    return st.lists(count, min_size=len(keys), max_size=len(keys)).map(lambda counts: dict(zip(keys, counts, strict=True)))


def hidden_in_all_publications(atoms: Atoms, ends: Iterable[int]) -> tuple[list[int], list[Part]]:
    """The rows that no publication shows, one publication after so many months each, and the atoms of every row."""
    last = max(ends := list(ends))
    table, parts = figures(atoms, months=last)
    publications: list[pl.DataFrame] = []
    for months in ends:
        earlier = pl.concat(publications) if publications else None
        publications.append(disclose(table.filter(pl.col("period_end") <= month_end(months - 1)), THRESHOLDS, earlier=earlier))
    seen = set(pl.concat(publications).filter(~pl.col("is_suppressed")).select(KEY).iter_rows())
    return [number for number, key in enumerate(table.select(KEY).iter_rows()) if key not in seen], parts


@given(random_atoms(municipalities=3, values=3, months=12))
@settings(max_examples=30, deadline=None)
def test_nothing_follows_from_totals_dimensions_the_nation_or_periods(atoms: Atoms) -> None:
    table, parts = figures(atoms, months=12)

    hidden = hidden_rows(disclose(table, THRESHOLDS))

    assert determined(hidden, parts) == set()


@given(random_atoms(municipalities=2, values=2, months=30))
@settings(max_examples=12, deadline=None)
def test_nothing_follows_from_rolling_windows_that_overlap(atoms: Atoms) -> None:
    table, parts = figures(atoms, months=30)

    hidden = hidden_rows(disclose(table, THRESHOLDS))

    assert determined(hidden, parts) == set()


@given(random_atoms(municipalities=3, values=2, months=9), st.integers(4, 8))
@settings(max_examples=25, deadline=None)
def test_nothing_follows_from_two_publications_together(atoms: Atoms, first_months: int) -> None:
    table, parts = figures(atoms, months=9)
    last = month_end(first_months - 1)
    is_early = (table["period_end"] <= last).to_list()
    early = disclose(table.filter(pl.Series(is_early)), THRESHOLDS)

    late = disclose(table, THRESHOLDS, earlier=early)

    seen_early = {tuple(row) for row in early.filter(~pl.col("is_suppressed")).select(KEY).iter_rows()}
    keys = [tuple(row) for row in table.select(KEY).iter_rows()]
    hidden = [number for number in hidden_rows(late) if keys[number] not in seen_early]
    assert determined(hidden, parts) == set()
    assert {keys[number] for number in hidden_rows(late)} >= {tuple(row) for row in early.filter("is_suppressed").select(KEY).iter_rows()}


@given(random_atoms(municipalities=3, values=2, months=12))
@settings(max_examples=10, deadline=None)
def test_nothing_follows_from_publications_month_by_month_through_a_year(atoms: Atoms) -> None:
    hidden, parts = hidden_in_all_publications(atoms, range(1, 13))

    assert determined(hidden, parts) == set()


@given(random_atoms(municipalities=2, values=2, months=27))
@settings(max_examples=5, deadline=None)
def test_nothing_follows_from_publications_month_by_month_with_windows_that_overlap(atoms: Atoms) -> None:
    hidden, parts = hidden_in_all_publications(atoms, range(24, 28))

    assert determined(hidden, parts) == set()


def test_what_hid_a_figure_once_does_not_follow_from_a_sum_published_later() -> None:
    counts = {("0100", "v0", 3): 1, ("0100", "v0", 4): 4, ("0100", "v1", 3): 5}
    atoms = {(m, v, n): counts.get((m, v, n), 0) for m in ("0100", "0101", "0102") for v in ("v0", "v1") for n in range(9)}

    hidden, parts = hidden_in_all_publications(atoms, (4, 9))

    assert determined(hidden, parts) == set()


@given(random_atoms(municipalities=3, values=3, months=7))
@settings(max_examples=25, deadline=None)
def test_every_small_count_is_hidden_and_every_other_is_a_multiple_of_five(atoms: Atoms) -> None:
    table, _ = figures(atoms, months=7)

    shown = disclose(table, THRESHOLDS)

    exact = table["numerator"]
    assert shown.filter((exact > 0) & (exact < 5))["numerator"].null_count() == ((exact > 0) & (exact < 5)).sum()
    assert (shown["numerator"].drop_nulls() % 5 == 0).all()
    assert shown.filter(~pl.col("is_suppressed")).select((pl.col("value") == pl.col("numerator")).all()).item()


def test_the_attack_finds_what_is_hidden_alone() -> None:
    table, parts = figures({("0101", "a", 0): 3, ("0101", "b", 0): 9, ("0147", "a", 0): 9, ("0147", "b", 0): 9}, months=1)
    alone = table.with_row_index().filter(pl.col("numerator") == 3)["index"].to_list()

    assert determined(alone, parts) == set(alone)


def test_few_cells_are_hidden_beside_a_single_small_one() -> None:
    atoms = {(m, v, 0): 10 for m in ("0101", "0147", "0461") for v in "abc"}
    table, _ = figures(atoms | {("0101", "a", 0): 3}, months=1)

    assert disclose(table, THRESHOLDS)["is_suppressed"].sum() == 4


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, None), (4, None), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15)])
def test_counts_of_1_to_4_are_hidden_and_others_rounded_to_5(count: int, shown: int | None) -> None:
    assert disclosed(figure(numerator=float(count)))["value"].to_list() == [shown]


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (7, 0), (8, 10), (12, 10), (13, 15)])
def test_the_preset_7_5_shows_up_to_seven_as_zero_and_hides_nothing(count: int, shown: int) -> None:
    row = disclosed(figure(numerator=float(count)), thresholds=load_thresholds("7/5")).row(0, named=True)

    assert (row["value"], row["is_suppressed"]) == (shown, False)


@pytest.mark.parametrize(("denominator", "is_shown"), [(17.0, False), (18.0, True), (19.0, True), (20.0, True)])
def test_a_rate_is_shown_on_a_rounded_denominator_of_20(denominator: float, is_shown: bool) -> None:
    row = disclosed(figure(kpi_id="K09", unit="share", numerator=8.0, denominator=denominator, value=8 / denominator)).row(0, named=True)

    assert (row["value"] is not None, row["is_suppressed"]) == (is_shown, not is_shown)


def test_the_numerator_does_not_follow_from_value_times_denominator() -> None:
    row = disclosed(figure(kpi_id="K09", unit="share", numerator=11.0, denominator=43.0, value=11 / 43)).row(0, named=True)

    assert (row["numerator"], row["denominator"], row["value"]) == (10, 45, 10 / 45)


def test_those_outside_the_numerator_are_a_count_as_well() -> None:
    row = disclosed(figure(kpi_id="K09", unit="share", numerator=27.0, denominator=30.0, value=0.9)).row(0, named=True)

    assert (row["numerator"], row["denominator"], row["value"], row["is_suppressed"]) == (None, None, None, True)


def test_the_undetermined_are_not_shown_where_they_would_tell_a_hidden_target_group() -> None:
    shown = disclosed(
        figure(kpi_id="K01", unit="persons", numerator=3.0),
        figure(kpi_id="K02", unit="persons", numerator=20.0, denominator=23.0),
    )

    assert shown["denominator"].to_list() == [None, None]


def test_a_flow_is_not_shown_where_it_would_tell_a_hidden_stock_before_or_after_it() -> None:
    months = [("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28"), ("2026-03-01", "2026-03-31"), ("2026-04-01", "2026-04-30")]
    ends = [{"period_start": date.fromisoformat(first), "period_end": date.fromisoformat(last)} for first, last in months]
    stock = [figure(kpi_id="K01", unit="persons", numerator=count, **end) for count, end in zip([20.0, 3.0, 20.0, 20.0], ends, strict=True)]
    flow = [figure(kpi_id="K03", measure="inflow", unit="persons", numerator=10.0, **end) for end in ends]

    shown = disclosed(*stock, *flow)

    assert shown.filter(kpi_id="K03")["is_suppressed"].to_list() == [False, True, True, False]


def test_where_one_measure_of_a_figure_is_hidden_the_others_with_the_same_counts_are() -> None:
    shown = disclosed(
        figure(kpi_id="K12", measure="share_below_15", unit="share", numerator=2.0, denominator=60.0, value=2 / 60),
        figure(kpi_id="K12", measure="share_15_to_30", unit="share", numerator=28.0, denominator=60.0, value=28 / 60),
        figure(kpi_id="K12", measure="share_above_30", unit="share", numerator=30.0, denominator=60.0, value=0.5),
        figure(kpi_id="K12", measure="median", unit="minutes", numerator=None, denominator=60.0, value=21.0),
    )

    assert shown["value"].to_list() == [None, None, None, 21.0]


def test_events_per_person_are_a_rate_and_not_a_count() -> None:
    row = disclosed(figure(kpi_id="K05", measure="per_person", unit="events", numerator=33.0, denominator=27.0, value=33 / 27)).row(
        0, named=True
    )

    assert row["value"] == 35 / 25


def test_a_municipality_that_nothing_is_known_of_hides_nobody_else_s_small_count() -> None:
    shown = disclosed(
        figure(municipality_code="DK", numerator=23.0), figure(numerator=20.0), figure(municipality_code="0101", numerator=3.0),
        figure(municipality_code="0147", numerator=None),
    )  # fmt: skip

    assert shown["is_suppressed"].to_list() in ([True, False, True, False], [False, True, True, False])


@pytest.mark.parametrize(("persons", "shown"), [(40.0, -7.0), (17.0, None)])
def test_the_hidden_group_gap_is_shown_in_whole_points_where_every_rate_in_it_is(persons: float, shown: float | None) -> None:
    rates = [
        figure(kpi_id="K18", measure="share", unit="share", dimension="primary_route", dimension_value=route, numerator=10.0,
               denominator=denominator, value=10 / denominator)
        for route, denominator in (("active_case", 50.0), ("in_migrant", 60.0), ("ordinary_employment", persons))
    ]  # fmt: skip

    row = disclosed(*rates, figure(kpi_id="K23", measure="gap", unit="points", numerator=None, value=-6.667)).row(-1, named=True)

    assert (row["value"], row["is_suppressed"]) == (shown, shown is None)


def test_what_is_not_known_is_neither_hidden_nor_zero() -> None:
    row = disclosed(figure(numerator=None, known_share=0.0)).row(0, named=True)

    assert (row["value"], row["is_suppressed"], row["known_share"]) == (None, False, 0.0)


def test_an_unknown_preset_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownPreset, match=r"expected a preset \(1-4, 7/5\), found '3/3'"):
        load_thresholds("3/3")
