"""The independent check of every run: the plain-Python evaluation decides again for a sample and for everyone near a boundary.

A municipality in which the two differ is withheld: its persons are not published, it keeps its last good feed, the summary names
it. Others go on. Everybody is compared by the tests; here a reading of a few persons must do, because a run has no time for all.
What is compared are the models' decisions (spec/rules.md sections 2-5); texts and pseudonyms are made later, from these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb
import polars as pl

from repat_pipeline.evaluation.calendar import add_months
from repat_pipeline.evaluation.evaluate import Evaluation, evaluate_municipality
from repat_pipeline.evaluation.inputs import Delivery, Parameters
from repat_pipeline.evaluation.lake import ClaimReader, read_code_lists, read_rows_of_many, without_rows
from repat_pipeline.evaluation.selection import FULL_SOURCES, counting_deliveries
from repat_pipeline.publication.run_parameters import RunParameters
from repat_pipeline.storage.build_database import read_build_database
from repat_pipeline.storage.delivery_log import DeliveryRecord, read_delivery
from repat_pipeline.storage.layout import Home

SAMPLE_SIZE = 500
"""Persons of all municipalities drawn per run, besides those near a boundary."""

COMPARED = (
    "status", "is_candidate", "covered_group", "residence_since", "months_proven", "months_possible", "month_strip", "last_talk_on",
    "due_by_law", "due_by_practice", "next_action", "active_case", "closed_case", "no_case", "ordinary_employment", "in_migrant",
    "employment_source", "other_benefit", "primary_route", "address_protected", "rule_version",
)  # fmt: skip
"""Columns of `eligibility` that the evaluation decides under the same name; `missing`, criteria and look-ups besides."""

# Whoever the models could have decided about or left out: drawn from the deliveries too, so that a lost person is noticed.
_EVERYBODY = """
    select municipality_code, person_key from marts.eligibility
    union
    select municipality_code, person_key from uip.opholdstilladelser where person_key is not null
    union
    select municipality_code, person_key from lake.rejected_rows where table_name = 'opholdstilladelser' and person_key is not null
    union
    select borgere.municipality_code, borgere.person_key
    from fagsystem.borgere as borgere
    semi join fagsystem.ydelser as ydelser
        on borgere.municipality_code = ydelser.municipality_code and borgere.person_key = ydelser.person_key
"""

_BOUNDARIES = """
    select municipality_code, person_key, residence_since, last_talk_on, months_proven, months_possible from marts.eligibility
"""

Decided = dict[str, dict[str, Any]]
"""`person_key` -> what was decided, by name."""


@dataclass(frozen=True)
class Agreement:
    """What the check found.

    Attributes:
        checked: municipality -> persons compared.
        withheld: municipality -> why it is not published; counts and names of columns, no values.
    """

    checked: dict[str, int]
    withheld: dict[str, str]


def check_independently(home: Home, run: RunParameters, *, sample_size: int = SAMPLE_SIZE) -> Agreement:
    """Compare the marts of the build database with the evaluation.

    Args:
        home: its build database holds the marts of `run`.
        run: what the marts were made from.
        sample_size: persons to draw besides those near a boundary.

    Raises:
        FileNotFoundError: a delivery of the run is not in the lake any more.
    """
    as_of = date.fromisoformat(run.as_of)
    # Where decisions turn is law, the same everywhere.
    parameters = Parameters.from_text(run.parameters)
    with read_build_database(home) as connection:
        eligibility = connection.sql(_BOUNDARIES).pl()
        drawn = draw(connection.sql(_EVERYBODY), as_of, sample_size)
        chosen = pl.concat([near_a_boundary(eligibility, as_of=as_of, parameters=parameters), drawn])
        chosen = chosen.unique().sort(chosen.columns)
        by_models = _decided_by_models(connection, chosen)
    by_evaluation = _decided_by_evaluation(home, run, chosen, as_of=as_of, income_lawful_from=parameters.income_lawful_from)
    checked = dict(chosen.group_by("municipality_code").len().sort("municipality_code").iter_rows())
    withheld = {}
    for municipality, number in checked.items():
        differing = differences(by_models.get(municipality, {}), by_evaluation.get(municipality, {}))
        if differing:
            withheld[municipality] = _reason(differing, number)
    return Agreement(checked, withheld)


def draw(everybody: duckdb.DuckDBPyRelation, as_of: date, sample_size: int) -> pl.DataFrame:
    """Draw persons by a hash of person and reference date: the same run draws the same, another day others, and nobody more than others.

    Args:
        everybody: `municipality_code`, `person_key`; each pair once.
        as_of: D.
        sample_size: how many rows to draw.
    """
    return everybody.order(f"sha256(person_key || '{as_of}'), municipality_code").limit(sample_size).pl()


def near_a_boundary(eligibility: pl.DataFrame, *, as_of: date, parameters: Parameters) -> pl.DataFrame:
    """Everyone within one month (C4) or one day (C3, C5) of where a decision turns.

    Args:
        eligibility: of the mart of that name the persons and what turns: residence, last talk, months.
        as_of: D.
        parameters: for the values at which decisions turn.

    Returns:
        `municipality_code`, `person_key`.
    """

    def turns_now(column: str, months: int) -> pl.Expr:
        days = [day for day in eligibility[column].unique().drop_nulls() if abs((add_months(day, months) - as_of).days) <= 1]
        return pl.col(column).is_in(days)

    is_near = turns_now("residence_since", 12 * parameters.permit_years_min) | turns_now("last_talk_on", parameters.talk_interval_months)
    for column in ("months_proven", "months_possible"):
        is_near |= (pl.col(column) - parameters.benefit_months_min).abs() <= 1
    return eligibility.filter(is_near).select("municipality_code", "person_key")


def differences(models: Decided, evaluation: Decided) -> dict[str, set[str]]:
    """Person -> names of what is decided differently; `person` when only one of the two decides about them."""
    found: dict[str, set[str]] = {person: {"person"} for person in models.keys() ^ evaluation.keys()}
    for person in models.keys() & evaluation.keys():
        names = {name for name, value in evaluation[person].items() if models[person].get(name) != value}
        if names:
            found[person] = names
    return found


def _reason(differing: Mapping[str, set[str]], checked: int) -> str:
    names = Counter(name for found in differing.values() for name in found)
    return (
        f"the independent evaluation decides differently for {len(differing)} of {checked} persons checked "
        f"({', '.join(f'{name} {count}' for name, count in sorted(names.items()))})"
    )


def _decided_by_models(connection: duckdb.DuckDBPyConnection, chosen: pl.DataFrame) -> dict[str, Decided]:
    connection.register("chosen", chosen)
    decided: dict[str, Decided] = {}

    def rows(mart: str, columns: Iterable[str]) -> list[tuple[Any, ...]]:
        query = (
            f"select {', '.join(('municipality_code', 'person_key', *columns))} from marts.{mart} "
            "semi join chosen using (municipality_code, person_key)"
        )
        return connection.sql(query).fetchall()

    for municipality, person, *values in rows("eligibility", (*COMPARED, "missing")):
        decided.setdefault(municipality, {})[person] = dict(zip((*COMPARED, "missing"), values, strict=True)) | {"look_up": None}
    for municipality, person, criterion, outcome, missing in rows("eligibility_criteria", ("criterion", "outcome", "missing")):
        decided[municipality][person][f"criterion {criterion}"] = (outcome, missing)
    for municipality, person, first, last in rows("lookup_requests", ("first_month", "last_month")):
        decided[municipality][person]["look_up"] = (first, last)
    return decided


def _decided_by_evaluation(
    home: Home, run: RunParameters, chosen: pl.DataFrame, *, as_of: date, income_lawful_from: date
) -> dict[str, Decided]:
    """What counts is selected by the evaluation itself; blocked municipalities have nobody."""
    existing = {(record.source, record.municipality_code, record.delivery_id): record for record in _records(home, run)}
    shells = [without_rows(record) for record in existing.values()]
    known_at = None if run.known_at is None else datetime.fromisoformat(run.known_at)
    full = {source: counting_deliveries(shells, source, known_at=known_at) for source in FULL_SOURCES}
    reader = ClaimReader(home)
    claims = [reader.claim(existing["uip", place, delivery.delivery_id]) for place, delivery in full["uip"].items()]
    municipalities = sorted(set(chosen["municipality_code"]) & full["uip"].keys() & full["fagsystem"].keys())
    own = {
        source: read_rows_of_many(
            home, source, [existing[source, place, counting[place].delivery_id] for place in municipalities], chosen
        )
        for source, counting in full.items()
    }  # fmt: skip
    asked = [record for (source, place, _), record in existing.items() if source == "eindkomst" and place in municipalities]
    answers: dict[str, list[Delivery]] = {place: [] for place in municipalities}
    if as_of >= income_lawful_from:
        for (place, _), answer in read_rows_of_many(home, "eindkomst", asked, chosen).items():
            answers[place].append(answer)
    decided: dict[str, Decided] = {}
    for municipality in municipalities:
        found = evaluate_municipality(
            own["uip"][municipality, full["uip"][municipality].delivery_id],
            own["fagsystem"][municipality, full["fagsystem"][municipality].delivery_id],
            answers=answers[municipality],
            claims=claims,
            as_of=as_of,
            parameters=Parameters.from_text(run.parameters_of(municipality)),
            code_lists=read_code_lists(),
        )
        decided[municipality] = {evaluation.person_key: _as_decided(evaluation) for evaluation in found}
    return decided


def _records(home: Home, run: RunParameters) -> list[DeliveryRecord]:
    """The deliveries of a run whose rows are there: what retention removed counts for nobody, and a replay that needs it has no build."""
    places = [(str(entry["source"]), str(entry["municipality_code"]), str(entry["delivery_id"])) for entry in run.deliveries]
    records = [read_delivery(home, *place) for place in places]
    return [record for record in records if record is not None and (record.removed_on is None or run.known_at is not None)]


def _as_decided(evaluation: Evaluation) -> dict[str, Any]:
    decided: dict[str, Any] = {name: getattr(evaluation, name) for name in COMPARED}
    decided["missing"] = ",".join(evaluation.missing) or None
    decided["look_up"] = evaluation.look_up
    for name, criterion in evaluation.criteria.items():
        decided[f"criterion {name}"] = (criterion.outcome, ",".join(criterion.missing) or None)
    return decided
