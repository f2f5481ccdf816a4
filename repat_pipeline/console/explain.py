"""Why a person is (not) on a list, in Danish, from what was published: criteria, evidence, months.

Nothing is evaluated here. The person is given as `person_ref`; who that is stays with the caller.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from repat_pipeline.codelists import municipality_names
from repat_pipeline.errors import RepatError
from repat_pipeline.feeds.labels import ACTION_DA, OUTCOME_DA, ROUTE_DA, STATUS_DA, missing_da
from repat_pipeline.feeds.reason import reason_da
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.rules.registry import criteria
from repat_pipeline.rules.window import month_da, window
from repat_pipeline.storage.layout import Home

_COLOURS = {"met": "green", "not_met": "red", "unknown": "yellow"}


def explain_person(console: Console, home: Home, *, as_of: date, municipality: str, person_ref: str) -> bool:
    """Print why the person is or is not on the lists of a municipality; False when the person was not evaluated there.

    Raises:
        RepatError: nothing is published for the date, or the municipality was not evaluated.
    """
    manifest = read_manifest(home, as_of)
    if manifest is None:
        raise RepatError(f"nothing is published for {as_of}; run `repat run --as-of {as_of}` first")
    if municipality not in manifest["evaluated"]:
        lacks = " og ".join(manifest["blocked"].get(municipality, [])) or "alle leveringer"
        raise RepatError(f"{municipality} was not evaluated as of {as_of}: it lacks {lacks}")
    folder = home.published_as_of(as_of) / "persons" / municipality
    name = municipality_names()[municipality]
    person = _row(folder / "eligibility.parquet", person_ref)
    if person is None:
        console.print(
            f"Personen er ikke opgjort for {municipality} {name} pr. {as_of}: der er ingen række i kommunens UIP-levering, og "
            "ingen udenlandsk borger med en listet ydelse i fagsystemet svarer til personen."
        )
        return False
    console.print(f"[bold]{municipality} {name}, pr. {as_of}[/]  ({person['rule_version']}, person_ref {person_ref})")
    console.print(
        f"Status: {STATUS_DA[person['status']]}. "
        f"{'På listen over kandidater' if person['is_candidate'] else 'Ikke på listen over kandidater'}. "
        f"Næste handling: {ACTION_DA[person['next_action']]}. Rute: {ROUTE_DA[person['primary_route']]}."
    )
    console.print(reason_da(person))
    console.print(_criteria_table(folder, person_ref))
    _show_strip(console, person, as_of)
    _show_sources(console, manifest, municipality)
    return True


def _row(path: Any, person_ref: str) -> dict[str, Any] | None:
    rows = pl.read_parquet(path).filter(pl.col("person_ref") == person_ref).to_dicts()
    return rows[0] if rows else None


def _criteria_table(folder: Any, person_ref: str) -> Table:
    labels = {criterion.criterion: criterion.label_da for criterion in criteria()}
    table = Table()
    for heading in ("kriterium", "udfald", "bevis", "lovens værdi", "mangler", "hjemmel"):
        table.add_column(heading)
    rows = pl.read_parquet(folder / "eligibility_criteria.parquet").filter(pl.col("person_ref") == person_ref)
    for row in rows.sort("criterion_number").iter_rows(named=True):
        table.add_row(
            labels[row["criterion"]],
            f"[{_COLOURS[row['outcome']]}]{OUTCOME_DA[row['outcome']]}[/]",
            str(row["evidence_on"] or "-"),
            row["parameter_value"] or "-",
            missing_da(row["missing"]) or "-",
            row["law_reference"],
        )
    return table


def _show_strip(console: Console, person: dict[str, Any], as_of: date) -> None:
    months = window(as_of)
    console.print(f"Måneder {month_da(months[0])} - {month_da(months[-1])} (K fagsystem, I e-Indkomst, ? uafklaret, . tæller ikke):")
    strip = person["month_strip"]
    for start in range(0, len(strip), 12):
        console.print(f"  {month_da(months[start]):>8}  {strip[start : start + 12]}", highlight=False)


def _show_sources(console: Console, manifest: dict[str, Any], municipality: str) -> None:
    console.print("Leveringer, der tæller:")
    for delivery in manifest["deliveries"]:
        if delivery["municipality_code"] == municipality and delivery["is_counting"]:
            console.print(f"  {delivery['source']} {delivery['delivery_id']} (udtrukket {delivery['extracted_at']})", highlight=False)
