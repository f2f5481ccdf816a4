"""What others may see of scenario figures (spec/kpi.md rule 9): nothing from which a small count follows."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repat_pipeline.codelists import municipality_codes
from repat_pipeline.disclosure.thresholds import load_thresholds
from repat_pipeline.simulation.disclosed import ESTIMATES_ROUNDED_TO, PERSONS, disclosed_table
from repat_pipeline.simulation.tables import DECIMALS, SCHEMA

THRESHOLDS = load_thresholds("1-4")
PLACES = ("0101", "0151", "0461", "0751")
Counts = dict[str, dict[str, tuple[int, int, int] | None]]


def exact_table(counts: Counts) -> pl.DataFrame:
    """A table of scenario -> municipality -> target group, candidates, undetermined (null: not evaluated), with `DK` as the sum."""
    rows = []
    for scenario, places in counts.items():
        known = [found for found in places.values() if found is not None]
        sums = (sum(f[0] for f in known), sum(f[1] for f in known), sum(f[2] for f in known))
        for code, found in {"DK": sums, **places}.items():
            row: dict[str, object] = dict.fromkeys(SCHEMA) | {"scenario": scenario, "municipality_code": code, "as_of": date(2026, 11, 22)}
            if found is not None:
                estimates = {name: found[0] * 0.5 if decimals else round(found[0] * 534.5) for name, decimals in DECIMALS.items()}
                row |= estimates | dict(zip(PERSONS, found, strict=True))
            rows.append(row)
    return pl.DataFrame(rows, schema=SCHEMA)


def shown(counts: Counts) -> dict[tuple[str, str], dict[str, float | None]]:
    """(scenario, municipality) -> column -> value as others see it."""
    table = disclosed_table(exact_table(counts), THRESHOLDS)
    return {(row["scenario"], row["municipality_code"]): row for row in table.iter_rows(named=True)}


def test_a_small_count_is_hidden_with_another_that_it_would_follow_from_and_large_ones_are_rounded() -> None:
    found = shown({"today": {"0101": (3, 3, 0), "0151": (52, 40, 10), "0461": (61, 50, 10), "0751": (98, 90, 10)}})

    assert [found["today", code]["target_group"] for code in ("DK", *PLACES)] == [215, None, None, 60, 100]
    assert found["today", "0101"]["is_suppressed"]
    assert not found["today", "0751"]["is_suppressed"]


def test_a_figure_that_is_hidden_in_one_scenario_is_hidden_in_all() -> None:
    large = {"0151": (52, 40, 0), "0461": (61, 50, 0), "0751": (98, 90, 0)}
    found = shown({"today": {"0101": (30, 30, 0), **large}, "other": {"0101": (4, 4, 0), **large}})

    assert [found[scenario, "0101"]["target_group"] for scenario in ("today", "other")] == [None, None]
    assert found["other", "0101"]["target_group_change"] is None


def test_one_small_count_hides_no_more_than_one_other_however_many_scenarios_there_are() -> None:
    places = {code: (30 + 7 * number, 25, 10) for number, code in enumerate(municipality_codes())} | {"0101": (3, 25, 10)}
    others = {code: (target + 1, candidates, 10) for code, (target, candidates, _) in places.items()}
    found = disclosed_table(exact_table({"today": dict(places), "other": dict(others), "third": dict(places)}), THRESHOLDS)

    assert found["target_group"].null_count() == 2 * 3
    assert found["candidates"].null_count() == 0


def test_differences_are_those_of_the_figures_as_shown() -> None:
    found = shown({name: dict.fromkeys(PLACES, counts) for name, counts in {"today": (104, 98, 43), "other": (112, 106, 35)}.items()})

    assert [found["other", "0101"][f"{name}_change"] for name in PERSONS] == [5, 5, -10]


def test_estimates_are_shown_on_twenty_persons_and_rounded() -> None:
    found = shown({"today": {"0101": (17, 10, 0), "0151": (18, 10, 0), "0461": (113, 10, 0)}})

    assert found["today", "0101"]["talks_per_year"] is None
    assert found["today", "0151"]["talks_per_year"] == 10
    assert (found["today", "0461"]["talks_per_year"], found["today", "0461"]["cost_dkk_per_year"]) == (60, 60000)


def test_a_municipality_without_figures_is_not_told_to_be_suppressed() -> None:
    found = shown({"today": {"0101": None, "0151": (50, 50, 50), "0461": (50, 50, 50)}})

    assert found["today", "0101"]["target_group"] is None
    assert not found["today", "0101"]["is_suppressed"]


def test_with_the_preset_of_zeros_small_counts_are_zero_and_nothing_is_hidden() -> None:
    table = disclosed_table(exact_table({"today": {"0101": (7, 3, 0), "0151": (52, 40, 10)}}), load_thresholds("7/5"))

    assert table["target_group"].to_list() == [60, 0, 50]


few = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12)).map(lambda found: (max(found[:2]), min(found[:2]), found[2]))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(few, few, few, few), min_size=1, max_size=3))
def test_no_small_count_follows_from_the_sum_over_municipalities(found: list[tuple[tuple[int, int, int], ...]]) -> None:
    counts: Counts = {f"s{number}" if number else "today": dict(zip(PLACES, places, strict=True)) for number, places in enumerate(found)}
    exact = {(row["scenario"], row["municipality_code"]): row for row in exact_table(counts).iter_rows(named=True)}
    public = shown(counts)
    for scenario in counts:
        for name in PERSONS:
            values = {code: public[scenario, code][name] for code in ("DK", *PLACES)}
            assert not [code for code, value in values.items() if value is not None and 0 < exact[scenario, code][name] < 5]
            hidden = [code for code, value in values.items() if value is None]
            assert len(hidden) != 1, "one hidden cell follows from the others"
    assert all(
        value is None or value % 5 == 0 for row in public.values() for name in (*PERSONS, *ESTIMATES_ROUNDED_TO) for value in [row[name]]
    )


@pytest.mark.parametrize("name", PERSONS)
def test_equal_figures_are_shown_alike_in_every_scenario(name: str) -> None:
    places = {"0101": (3, 2, 1), "0151": (52, 2, 10), "0461": (61, 50, 10), "0751": (98, 90, 10)}
    found = shown({"today": places, "telephone": places})

    assert [found["today", code][name] for code in PLACES] == [found["telephone", code][name] for code in PLACES]
