"""The registry says of every KPI what a reader must know, once, and what the norm calls it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from repat_pipeline.errors import RepatError
from repat_pipeline.kpi import registry
from repat_pipeline.kpi.page import page
from repat_pipeline.kpi.registry import Kpi, kpi, kpis, own_periods, period_types

NUMBERS = [*range(1, 24), 26, 27]
every_kpi = pytest.mark.parametrize("entry", kpis(), ids=lambda entry: entry.kpi_id)


def test_the_registry_has_the_kpis_that_deliveries_can_tell() -> None:
    assert [entry.kpi_id for entry in kpis()] == [f"K{number:02}" for number in NUMBERS]


@every_kpi
def test_a_kpi_is_named_and_defined_in_both_languages_with_caveats_and_source(entry: Kpi) -> None:
    texts = [entry.name_da, entry.name_en, entry.definition_da, entry.definition_en, entry.caveats_da, entry.caveats_en, entry.numerator]

    assert all(text.strip() for text in texts)
    assert re.fullmatch(r"\d+\.\d+\.\d+", entry.definition_version)
    assert entry.law_reference


@every_kpi
def test_a_kpi_is_made_for_known_periods_and_no_measure_is_without_label(entry: Kpi) -> None:
    assert set(entry.period_types) <= {known.period_type for known in period_types()} | {"other"}
    assert all(measure.label_da and measure.label_en for measure in entry.measures)


@every_kpi
def test_a_kpi_with_a_ratio_names_its_denominator(entry: Kpi) -> None:
    has_ratio = any(measure.unit == "share" or measure.measure.startswith("per_") for measure in entry.measures)

    assert entry.denominator or not has_ratio


@every_kpi
def test_the_page_has_a_section_with_every_measure_of_a_kpi(entry: Kpi) -> None:
    section = page().split(f"\n## {entry.kpi_id}\n")[1].split("\n## ")[0]

    assert entry.definition_da in section
    assert all(f"`{measure.measure}`" in section for measure in entry.measures)


def test_standard_periods_are_those_of_the_norm_and_end_together() -> None:
    assert {entry.period_type: entry.months for entry in period_types()} == {
        "month": 1,
        "half_year": 6,
        "year": 12,
        "rolling_24_months": 24,
    }
    assert all(12 % entry.step_months == 0 for entry in period_types())


def test_a_period_of_its_own_begins_before_it_ends() -> None:
    assert all(period.period_start < period.period_end for period in own_periods())


def test_an_unknown_kpi_is_told_with_those_that_exist() -> None:
    with pytest.raises(RepatError, match=r"no KPI 'K99'; the registry has K01, K02"):
        kpi("K99")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"name_da": "x"}, "K98: 'measures'"),
        ({**vars(kpi("K04")), "measures": {"a": {"unit": "apples", "label_da": "a", "label_en": "a"}}}, "unknown units"),
        ({**vars(kpi("K04")), "measures": {}, "colour": "red"}, "colour"),
    ],
)
def test_a_broken_entry_is_told_by_the_name_of_its_kpi(monkeypatch: pytest.MonkeyPatch, entry: dict[str, object], message: str) -> None:
    monkeypatch.setattr(registry, "_content", lambda: {"kpis": {"K98": {name: value for name, value in entry.items() if name != "kpi_id"}}})

    with pytest.raises(RepatError, match=message):
        registry.kpis.__wrapped__()


def test_the_registry_lies_beside_its_reader() -> None:
    assert Path(registry.__file__).with_name("registry.yaml") == registry.REGISTRY_FILE
