"""Reading what was published: one person, the months' benefits where they are published, the values of the run."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from repat_pipeline.evaluation.inputs import Parameters
from repat_pipeline.explanation.published import PublishedRun
from repat_pipeline.rules.registry import parameters_on

AS_OF = date(2026, 11, 22)
VALUES = {name: value.value for name, value in parameters_on(AS_OF).items()}


def publish(folder: Path, **tables: list[dict[str, Any]]) -> PublishedRun:
    """A published version of 0751."""
    for name, rows in tables.items():
        path = folder / "persons" / "0751" / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame([{"person_ref": "a"} | row for row in rows]).write_parquet(path)
    return PublishedRun(folder, {"as_of": AS_OF.isoformat(), "parameters": VALUES, "deliveries": []}, "0751")


def delivery(municipality: str, delivery_id: str, extracted_at: str, *, counts: bool = True) -> dict[str, Any]:
    """A UIP delivery of the manifest."""
    return {"municipality_code": municipality, "source": "uip", "delivery_id": delivery_id, "extracted_at": extracted_at,
            "is_counting": counts}  # fmt: skip


def test_benefits_of_the_months_are_read_where_they_are_published(tmp_path: Path) -> None:
    months = [{"month": date(2026, 9, 1), "benefit_code": "kontanthjaelp"}, {"month": date(2026, 10, 1), "benefit_code": None}]
    run = publish(tmp_path, eligibility=[{"status": "eligible"}], benefit_months=months)

    person = run.person("a")

    assert person is not None
    assert person.benefit_codes == {date(2026, 9, 1): "kontanthjaelp"}


def test_months_to_look_up_are_joined_as_the_feed_has_them(tmp_path: Path) -> None:
    request = {"first_month": date(2024, 3, 1), "last_month": date(2024, 9, 1)}

    person = publish(tmp_path, eligibility=[{"status": "undetermined"}], lookup_requests=[request]).person("a")

    assert person is not None
    assert (person.eligibility["first_month"], person.eligibility["last_month"]) == ("2024-03", "2024-09")


def test_nobody_is_found_in_a_municipality_without_persons(tmp_path: Path) -> None:
    assert publish(tmp_path).person("a") is None


def test_the_values_of_the_run_are_read_with_their_types(tmp_path: Path) -> None:
    assert publish(tmp_path).parameters == Parameters()


def test_the_newest_counting_delivery_comes_first_by_time_not_by_the_text_of_its_zone(tmp_path: Path) -> None:
    deliveries = [
        delivery("0751", "a", "2026-11-10T06:00:00+01:00"),
        delivery("0751", "b", "2026-11-10T05:30:00+00:00"),
        delivery("0751", "c", "2026-11-11T06:00:00+01:00", counts=False),
        delivery("0461", "d", "2026-11-12T06:00:00+01:00"),
    ]
    run = PublishedRun(tmp_path, {"deliveries": deliveries}, "0751")

    assert [found.delivery_id for found in run.counting("uip")] == ["b", "a"]
    assert [found.delivery_id for found in run.counting("uip", elsewhere=True)] == ["d"]
