"""Build the models once per distinct set of rules, in a build database of its own, and count.

The lake is only read; what a run writes (published tables, feeds, its build database, dbt's parsed project) is not touched. What
the figures are written to is `files`.
"""

from __future__ import annotations

import fcntl
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import polars as pl

from repat_pipeline.errors import RepatError
from repat_pipeline.operations.settings import load_settings
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.rules.registry import is_income_lawful, parameters_on, rule_version_on
from repat_pipeline.simulation.effects import NOBODY, Figures, PersonCount, figures
from repat_pipeline.simulation.overrides import changed_seeds, write_seeds
from repat_pipeline.simulation.scenarios import Scenario
from repat_pipeline.storage.atomic import make_folder
from repat_pipeline.storage.delivery_log import read_deliveries
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.locked_duckdb import open_locked
from repat_pipeline.storage.selection import Selection, select_deliveries
from repat_pipeline.warehouse.attach import attach_deliveries, damage_named
from repat_pipeline.warehouse.dbt import run_dbt

NATIONAL = "DK"
_MODELS = ("int_eligibility__statuses", "int_guidance__newest_rounds")
_COUNTS = """
    select statuses.municipality_code, statuses.status, statuses.is_candidate, statuses.last_talk_on is not null as has_talk,
        coalesce(newest_rounds.next_action = 'deferred', false) as is_deferred, count(*) as persons
    from intermediate.int_eligibility__statuses as statuses
    left join intermediate.int_guidance__newest_rounds as newest_rounds
        on statuses.municipality_code = newest_rounds.municipality_code and statuses.person_key = newest_rounds.person_key
    where statuses.status <> 'not_eligible'
    group by all
    order by all
"""
# A person whom two municipalities evaluate is one person nationally (spec/kpi.md rule 1), and two duties.
_PERSONS = """
    select count(distinct person_key) filter (where status = 'eligible'), count(distinct person_key) filter (where is_candidate),
        count(distinct person_key) filter (where status = 'undetermined')
    from intermediate.int_eligibility__statuses
    where list_contains(?, municipality_code)
"""


@dataclass(frozen=True)
class Counts:
    """What one build says of the evaluated municipalities.

    Attributes:
        of_municipality: municipality -> persons who are not out.
        persons: distinct persons in the target group, with a talk due, undetermined.
    """

    of_municipality: dict[str, list[PersonCount]]
    persons: tuple[int, int, int]


class SimulationIsBusy(RepatError):
    """Another simulation works in this home."""


class NothingToSimulate(RepatError):
    """No municipality can be evaluated."""


@dataclass(frozen=True)
class SimulationHome(Home):
    """A home whose work folder is another: the lake is that of the home, everything that is built lies by itself."""

    @property
    def work(self) -> Path:
        """Build database, dbt's target and logs of simulations. Can be deleted at any time."""
        return self.root / "work" / "simulation"


@dataclass(frozen=True)
class Simulation:
    """Figures of every scenario, and who has none.

    Attributes:
        scenarios: in the order of calculation; the first is `today`.
        figures: (scenario, municipality or `DK`) -> figures; evaluated municipalities only. In `DK` a person counts once; talks,
            hours and cost are the sums of the municipalities, whose duty each talk is.
        not_evaluated: municipality -> why it has no figures: blocked, or withheld in what is published.
        deliveries: counting deliveries as `municipality source delivery_id`, sorted: what the figures rest on.
    """

    as_of: date
    known_at: datetime | None
    rule_version: str
    scenarios: tuple[Scenario, ...]
    figures: dict[tuple[str, str], Figures]
    not_evaluated: dict[str, str]
    deliveries: tuple[str, ...]

    @property
    def municipalities(self) -> list[str]:
        """The evaluated municipalities, by code."""
        return sorted({place for _, place in self.figures} - {NATIONAL})


def simulate(
    home: Home,
    scenarios: Sequence[Scenario],
    *,
    as_of: date,
    known_at: datetime | None = None,
    on_build: Callable[[int, int], None] = lambda done, total: None,
) -> Simulation:
    """Calculate scenarios; the first must be `today`.

    Scenarios that differ in assumptions alone share one build.

    Args:
        on_build: called with the builds done and their number.

    Raises:
        NoRuleInForce: the reference date lies before the first rule version.
        NothingToSimulate: no municipality has the deliveries that are needed.
        SimulationIsBusy: another process simulates in this home.
    """
    version = rule_version_on(as_of).rule_version
    selection = select_deliveries(read_deliveries(home), known_at=known_at, is_income_lawful=is_income_lawful(as_of))
    not_evaluated = {code: f"blocked: lacks {' and '.join(lacks)}" for code, lacks in selection.blocked.items()}
    withheld = (read_manifest(home, as_of) or {}).get("withheld", {})
    not_evaluated |= {code: f"withheld: {reason}" for code, reason in withheld.items() if code in selection.evaluated}
    evaluated = [code for code in selection.evaluated if code not in not_evaluated]
    if not evaluated:
        raise NothingToSimulate(f"no municipality can be evaluated as of {as_of}: `repat status` shows what is lacking")
    counts = _count_all(home, selection, evaluated, scenarios, as_of=as_of, on_build=on_build)
    interval = parameters_on(as_of)["talk_interval_months"].value
    found: dict[tuple[str, str], Figures] = {}
    for scenario in scenarios:
        months = int(str(scenario.rules.get("talk_interval_months", interval)))
        found_here, national = counts[scenario.rules_text], NOBODY
        for code in evaluated:
            persons = found_here.of_municipality.get(code, [])
            found[scenario.name, code] = figures(persons, scenario, talk_interval_months=months)
            national += found[scenario.name, code]
        target_group, candidates, undetermined = found_here.persons
        found[scenario.name, NATIONAL] = replace(national, target_group=target_group, candidates=candidates, undetermined=undetermined)
    deliveries = tuple(sorted(record.name for record in selection.counting))
    return Simulation(as_of, known_at, version, tuple(scenarios), found, dict(sorted(not_evaluated.items())), deliveries)


def _count_all(
    home: Home,
    selection: Selection,
    evaluated: list[str],
    scenarios: Sequence[Scenario],
    *,
    as_of: date,
    on_build: Callable[[int, int], None],
) -> dict[str, Counts]:
    """Changed rules, as text -> persons. One build each, of the models that rest on a seed that is other than in the build before."""
    place, day = SimulationHome(home.root), as_of.isoformat()
    distinct = {scenario.rules_text: changed_seeds(scenario, as_of) for scenario in scenarios}
    counts: dict[str, Counts] = {}
    with _alone(place), damage_named(home, selection):
        try:
            attach_deliveries(place, selection, load_settings().own_parameters)
            run_dbt(place, ["seed"], as_of=day)
            before: dict[str, pl.DataFrame] = {}
            for done, (rules, seeds) in enumerate(distinct.items()):
                on_build(done, len(distinct))
                changed = {name: rows for name, rows in seeds.items() if name not in before or not rows.equals(before[name])}
                with open_locked(place.build_database) as connection:
                    write_seeds(connection, changed)
                affected = [f"{seed}+,+{model}" for seed in changed for model in _MODELS] if before else [f"+{model}" for model in _MODELS]
                run_dbt(place, ["run", "--select", *affected], as_of=day)
                counts[rules], before = _count(place, evaluated), seeds
            on_build(len(distinct), len(distinct))
        finally:
            # Pseudonyms of everybody: not kept longer than needed.
            place.build_database.unlink(missing_ok=True)
    return counts


def _count(place: SimulationHome, evaluated: list[str]) -> Counts:
    of_municipality: dict[str, list[PersonCount]] = defaultdict(list)
    with open_locked(place.build_database, read_only=True, readable=[place.lake]) as connection:
        for municipality, *rest in connection.execute(_COUNTS).fetchall():
            of_municipality[municipality].append(PersonCount(*rest))
        persons = connection.execute(_PERSONS, [evaluated]).fetchone() or (0, 0, 0)
    return Counts(dict(of_municipality), (persons[0], persons[1], persons[2]))


@contextmanager
def _alone(place: SimulationHome) -> Iterator[None]:
    """One simulation at a time in a home; a run is not held up, it writes elsewhere."""
    make_folder(place.work)
    with (place.work / "simulation.lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SimulationIsBusy(f"another simulation works in {place.root}; wait until it has ended") from None
        yield
