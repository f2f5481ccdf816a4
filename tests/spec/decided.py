"""What is decided about everybody in a population: by the SQL models, and by the plain-Python evaluation.

Both as text, column by column, so that a scenario's expectation can be compared as it is written: `-` is null, months are
`YYYY-MM`, a criterion stands under its own name in `criteria`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

import duckdb

from repat_pipeline.evaluation.counts import excess_lookups
from repat_pipeline.evaluation.evaluate import Evaluation, evaluate
from repat_pipeline.evaluation.inputs import Delivery, Parameters
from repat_pipeline.evaluation.lake import read_code_lists
from repat_pipeline.evaluation.selection import blocked_municipalities
from repat_pipeline.evaluation.sensitivity import ALTERNATIVES, statuses
from repat_pipeline.rules.registry import is_income_lawful
from repat_pipeline.storage.delivery_log import read_deliveries
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import select_deliveries
from tests.integration.marts import build_marts

LISTS = ("eligibility_candidates", "in_migrant_candidates", "ordinary_employment_candidates", "lookup_requests")
_NOT_COLUMNS = {"criteria", "look_up"}

Who = tuple[str, str]
"""Municipality and `person_key`."""


@dataclass(frozen=True)
class Decided:
    """All that was decided in one run.

    Attributes:
        persons: (municipality, person) -> column -> text; nobody outside the base population.
        blocked: municipality -> what it lacks.
        excess_lookups: (municipality, delivery_id) -> asked person-months, of which decided by own data.
        changes: (municipality, person) -> alternatives of the sensitivity under which the status is another, sorted.
    """

    persons: Mapping[Who, Mapping[str, Any]]
    blocked: Mapping[str, str]
    excess_lookups: Mapping[tuple[str, str], str]
    changes: Mapping[Who, list[str]]


def text_of(value: Any) -> str:
    """A value as scenarios write it."""
    if value is None or value == ():
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)


def decide_by_models(home: Home, as_of: date, known_at: datetime | None) -> Decided:
    """Attach what counts, run the models, read the marts."""
    # Seeds and models only: the tests of the project have their own run, and every reference date costs one build here.
    build_marts(home, as_of, known_at, without=("unit_test", "test"))
    selection = select_deliveries(read_deliveries(home), known_at=known_at, is_income_lawful=is_income_lawful(as_of))
    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        persons = _persons_of_models(connection)
        excess = connection.sql("select municipality_code, delivery_id, asked_person_months, decided_by_own_data from marts.excess_lookups")
        counted = {(place, delivery): f"{asked}/{decided}" for place, delivery, asked, decided in excess.fetchall()}
        changed = connection.sql("select municipality_code, person_key, parameter_set from intermediate.int_eligibility__status_changes")
        changes = _alternatives_by_person(((municipality, person), alternative) for municipality, person, alternative in changed.fetchall())
    blocked = {code: ",".join(sorted(lacks)) for code, lacks in selection.blocked.items()}
    return Decided(persons, blocked, counted, changes)


def _persons_of_models(connection: duckdb.DuckDBPyConnection) -> dict[Who, dict[str, Any]]:
    persons: dict[Who, dict[str, Any]] = {}
    for row in connection.sql("select * from marts.eligibility").pl().iter_rows(named=True):
        columns = {name: text_of(value) for name, value in row.items()}
        persons[row["municipality_code"], row["person_key"]] = columns | {"criteria": {}, "lists": [], "look_up": "-"}
    rows = connection.sql("select municipality_code, person_key, criterion, outcome from marts.eligibility_criteria").fetchall()
    for municipality, person, criterion, outcome in rows:
        persons[municipality, person]["criteria"][criterion] = outcome
    for name in LISTS:
        for municipality, person in connection.sql(f"select municipality_code, person_key from marts.{name}").fetchall():
            persons[municipality, person]["lists"].append(name)
    rows = connection.sql("select municipality_code, person_key, first_month, last_month from marts.lookup_requests").fetchall()
    for municipality, person, first, last in rows:
        persons[municipality, person]["look_up"] = _span(first, last)
    return persons


def decide_by_evaluation(deliveries: list[Delivery], as_of: date, known_at: datetime | None, *, with_alternatives: bool) -> Decided:
    """The same by the evaluation, on the same lake; under the alternatives only where they are asked for."""
    evaluations = evaluate(deliveries, as_of=as_of, known_at=known_at, parameters=Parameters(), code_lists=read_code_lists())
    excess = excess_lookups(deliveries, as_of=as_of, known_at=known_at, parameters=Parameters())
    return Decided(
        {(found.municipality_code, found.person_key): _columns_of_evaluation(found) for found in evaluations},
        {code: ",".join(lacks) for code, lacks in blocked_municipalities(deliveries, known_at=known_at).items()},
        {(row.municipality_code, row.delivery_id): f"{row.asked_person_months}/{row.decided_by_own_data}" for row in excess},
        _changes_of_evaluation(deliveries, as_of, known_at) if with_alternatives else {},
    )


def _changes_of_evaluation(deliveries: list[Delivery], as_of: date, known_at: datetime | None) -> dict[Who, list[str]]:
    def statuses_under(parameters: Parameters) -> dict[Who, str]:
        return statuses(deliveries, as_of=as_of, known_at=known_at, parameters=parameters, code_lists=read_code_lists())

    in_force = statuses_under(Parameters())
    under = {name: statuses_under(replace(Parameters(), **changes)) for name, changes in ALTERNATIVES.items()}
    return _alternatives_by_person((who, name) for name, found in under.items() for who in found if found[who] != in_force.get(who))


def _alternatives_by_person(pairs: Iterable[tuple[Who, str]]) -> dict[Who, list[str]]:
    found: dict[Who, list[str]] = {}
    for who, alternative in sorted(pairs):
        found.setdefault(who, []).append(alternative)
    return found


def _columns_of_evaluation(found: Evaluation) -> dict[str, Any]:
    columns: dict[str, Any] = {field.name: text_of(getattr(found, field.name)) for field in fields(found) if field.name not in _NOT_COLUMNS}
    columns["criteria"] = {name: criterion.outcome for name, criterion in found.criteria.items()}
    columns["look_up"] = "-" if found.look_up is None else _span(*found.look_up)
    columns["lists"] = list(_lists_of(found))
    return columns


def _lists_of(found: Evaluation) -> Iterable[str]:
    holds = (found.is_candidate, found.is_candidate and found.in_migrant, found.is_candidate and found.ordinary_employment,
             found.look_up is not None)  # fmt: skip
    return (name for name, is_on in zip(LISTS, holds, strict=True) if is_on)


def _span(first: date, last: date) -> str:
    return f"{first:%Y-%m}..{last:%Y-%m}"
