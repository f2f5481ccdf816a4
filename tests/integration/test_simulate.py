"""Scenarios (docs/simulate.md): each changes exactly whom it is about, and nothing that a run hands out.

Hand-made persons at the boundary of each scenario, in a lake beside whole fictitious deliveries on which the models must count what
the independent evaluation counts under the same changes; and the command on a home after a run.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from repat_pipeline.cli import app
from repat_pipeline.evaluation.calendar import add_months, last_of_month
from repat_pipeline.evaluation.evaluate import evaluate
from repat_pipeline.evaluation.inputs import Delivery, Parameters
from repat_pipeline.evaluation.lake import read_code_lists, read_lake
from repat_pipeline.simulation.effects import Figures
from repat_pipeline.simulation.files import OutRefused, checked_folder, saved_simulation
from repat_pipeline.simulation.scenarios import choose_scenarios
from repat_pipeline.simulation.simulate import NATIONAL, Simulation, simulate
from repat_pipeline.storage.layout import Home
from repat_pipeline.warehouse.dbt import ensure_manifest
from tests.conftest import RunOnce
from tests.integration.marts import write_lake
from tests.support import AS_OF, hashes, instant

D = date.fromisoformat(AS_OF)
LAST_MONTH = date(2026, 10, 1)
HAND_MADE, WITHHELD = "0169", "0851"
SCENARIOS = """
scenarios:
  window_37: {rules: {window_months: 37}}
  interval_12: {rules: {talk_interval_months: 12}}
"""
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class HandMade:
    """A person of `HAND_MADE`, eligible with 18 months of kontanthjælp and no talk but for what is said.

    Attributes:
        months: of kontanthjælp, the last of them 2026-10.
        besides: one more month on another benefit, or on one that only the income register tells of.
        events: event type and date.
    """

    who: str
    months: int = 18
    besides: tuple[str, date] | None = None
    citizenship: str = "5404"
    events: tuple[tuple[str, date], ...] = ()


PERSONS = (
    HandMade("eligible under every scenario"),
    HandMade("17 months and one on folkepension", 17, ("folkepension", date(2024, 1, 1))),
    HandMade("16 months and one on folkepension", 16, ("folkepension", date(2024, 1, 1))),
    HandMade("17 months and one on a pension by income", 17, ("0006", date(2024, 1, 1))),
    HandMade("17 months and one before the window", 17, ("kontanthjaelp", date(2023, 10, 1))),
    HandMade("Syrian", citizenship="5486"),
    HandMade("talk 12 months ago", events=(("samtale_afholdt", date(2025, 11, 22)),)),
    HandMade("talk a day less than 12 months ago", events=(("samtale_afholdt", date(2025, 11, 23)),)),
    HandMade("talk 24 months ago", events=(("samtale_afholdt", date(2024, 11, 22)),)),
    HandMade("deferred", events=(("udsat", date(2026, 11, 1)),)),
)


def hand_made_deliveries() -> list[Delivery]:
    """The deliveries about `PERSONS`."""
    tables: dict[str, Rows] = {
        name: [] for name in ("opholdstilladelser", "borgere", "ydelser", "sager", "vejledningshaendelser", "opslag", "indkomst")
    }
    for person in PERSONS:
        who = person.who
        tables["opholdstilladelser"].append(
            {"person_key": who, "tilladelse_id": f"T-{who}", "person_id": who, "statsborgerskab": person.citizenship,
             "opholdsgrundlag": "UDL7", "gyldig_fra": date(2016, 1, 1), "gyldig_til": None, "status": "gaeldende", "status_dato": None,
             "kommunekode": HAND_MADE, "repatriering_modtaget_dato": None}
        )  # fmt: skip
        tables["borgere"].append(
            {"person_key": who, "cpr_status": "01", "kommunekode": HAND_MADE, "tilflyttet_kommune_dato": None,
             "fraflytningskommune": None, "statsborgerskab": person.citizenship, "adressebeskyttet": False, "digital_post": True}
        )  # fmt: skip
        paid = [(add_months(LAST_MONTH, -number), "kontanthjaelp") for number in range(person.months)]
        if person.besides is not None:
            code, month = person.besides
            if code.isdecimal():
                tables["opslag"].append(
                    {"person_key": who, "opslag_id": f"O-{who}", "maaned_fra": month, "maaned_til": month, "formaal": "x"}
                )
                tables["indkomst"].append(
                    {"person_key": who, "se_nummer": "12345678", "indberetning_id": None, "indberetningsart": "I", "tilbagefoert": False,
                     "rettelse": False, "indkomsttype": "04", "indtaegtsart": code, "loenperiode_fra": month,
                     "loenperiode_til": last_of_month(month), "basismaaned": month, "a_indkomst_am": None,
                     "a_indkomst_uden_am": Decimal("11000.00")}
                )  # fmt: skip
            else:
                paid.append((month, code))
        tables["ydelser"] += [
            {"person_key": who, "effektuering_id": f"E-{who}-{month}", "ydelseskode": code, "periode_fra": month,
             "periode_til": last_of_month(month), "beloeb": Decimal("11000.00")}
            for month, code in paid
        ]  # fmt: skip
        tables["vejledningshaendelser"] += [
            {"person_key": who, "haendelse_id": f"H-{who}-{day}", "forloeb_id": f"F-{who}", "haendelsestype": event, "haendelsesdato": day,
             "udskudt_til": date(2027, 1, 1) if event == "udsat" else None, "kommunekode": HAND_MADE, "dokument_reference": None}
            for event, day in person.events
        ]  # fmt: skip

    def delivery(source: str, first: date | None, last: date | None, *names: str) -> Delivery:
        return Delivery(HAND_MADE, source, f"{source}-1", instant("2026-11-12"), first, last, {name: tables[name] for name in names}, {})

    return [
        delivery("uip", None, None, "opholdstilladelser"),
        delivery("fagsystem", date(2023, 1, 1), LAST_MONTH, "borgere", "ydelser", "sager", "vejledningshaendelser"),
        delivery("eindkomst", None, None, "opslag", "indkomst"),
    ]


@pytest.fixture(scope="module")
def simulated(lake: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Simulation]:
    """Every scenario on the hand-made persons and on five fictitious municipalities."""
    folder = tmp_path_factory.mktemp("simulated")
    home = Home(folder / "home")
    shutil.copytree(lake.lake, home.lake)
    write_lake(home, hand_made_deliveries())
    manifest = home.published_as_of(D) / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"withheld": {WITHHELD: "the check differs"}}), encoding="utf-8")
    file = folder / "own.yaml"
    file.write_text(SCENARIOS, encoding="utf-8")
    names = [
        "pensioners_included", "countries_at_war_exempted", "other_threshold", "one_talk_and_declaration", "individual_exemptions",
        "telephone",
    ]  # fmt: skip
    given = {"exempt_citizenships": "SY", "benefit_months_min": "17", "declaration_share": "1"}
    scenarios, _ = choose_scenarios(as_of=D, names=names, file=file, given=given)
    ensure_manifest(home)
    return home, simulate(home, scenarios, as_of=D)


def changes(simulation: Simulation, scenario: str) -> dict[str, float]:
    """What a scenario changes for the hand-made persons; only figures that are other than today's."""
    own, today = simulation.figures[scenario, HAND_MADE], simulation.figures["today", HAND_MADE]
    found = {name: getattr(own, name) - getattr(today, name) for name in Figures.__dataclass_fields__}
    return {name: value for name, value in found.items() if value and name not in ("hours_per_year", "cost_dkk_per_year")}


def test_today_counts_the_hand_made_persons_by_the_rules_in_force(simulated: tuple[Home, Simulation]) -> None:
    found = simulated[1].figures["today", HAND_MADE]

    assert (found.target_group, found.candidates, found.undetermined) == (6, 4, 0)


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        # The month of folkepension is the eighteenth; the income register tells of one; with 16 it is the seventeenth.
        ("pensioners_included", {"target_group": 2, "candidates": 2, "talks_due_now": 2, "talks_per_year": 1}),
        ("countries_at_war_exempted", {"target_group": -1, "candidates": -1, "talks_due_now": -1, "talks_per_year": -0.5}),
        ("other_threshold", {"target_group": 3, "candidates": 3, "talks_due_now": 3, "talks_per_year": 1.5}),
        ("window_37", {"target_group": 1, "candidates": 1, "talks_due_now": 1, "talks_per_year": 0.5}),
        # Of the two talks of about a year ago one is due at an interval of 12 months; rounds come twice as often.
        ("interval_12", {"candidates": 1, "talks_due_now": 1, "talks_per_year": 3}),
        ("one_talk_and_declaration", {"talks_due_now": -1, "talks_per_year": -1.5, "declarations_per_year": 1.5}),
        ("individual_exemptions", {"talks_due_now": -1, "talks_per_year": -0.5}),
        ("telephone", {}),
    ],
)
def test_a_scenario_changes_exactly_whom_it_is_about(simulated: tuple[Home, Simulation], scenario: str, expected: dict[str, float]) -> None:
    assert changes(simulated[1], scenario) == expected


def test_a_telephone_talk_changes_hours_and_cost_alone(simulated: tuple[Home, Simulation]) -> None:
    own, today = (simulated[1].figures[name, HAND_MADE] for name in ("telephone", "today"))

    assert own.hours_per_year == pytest.approx(today.hours_per_year - today.talks_per_year * 12.5 / 60)
    assert own.cost_dkk_per_year == pytest.approx(own.hours_per_year * 610)


@pytest.mark.parametrize(
    ("scenario", "parameters", "exempted", "listed"),
    [
        ("today", {}, (), ()),
        ("pensioners_included", {}, (), ("folkepension", "foertidspension", "seniorpension", "tidlig_pension")),
        ("countries_at_war_exempted", {}, ("5486",), ()),
        ("other_threshold", {"benefit_months_min": 17}, (), ()),
        ("window_37", {"window_months": 37}, (), ()),
        ("interval_12", {"talk_interval_months": 12}, (), ()),
    ],
)
def test_the_models_count_under_a_scenario_what_the_independent_evaluation_counts(
    simulated: tuple[Home, Simulation], scenario: str, parameters: dict[str, int], exempted: tuple[str, ...], listed: tuple[str, ...]
) -> None:
    home, simulation = simulated
    lists = read_code_lists()
    changed = replace(
        lists,
        # To the evaluation an exempted citizen is like a Nordic one.
        country_group={**lists.country_group, **dict.fromkeys(exempted, "nordic")},
        benefits={**lists.benefits, **{code: replace(lists.benefits[code], listed=True) for code in listed}},
    )
    decided = evaluate(
        read_lake(home), as_of=D, known_at=None, parameters=replace(Parameters(), **parameters), code_lists=changed
    )  # fmt: skip
    # Which income kinds are listed the evaluation knows by itself: the person with a pension by income is compared above.
    places = [place for place in simulation.municipalities if not (listed and place == HAND_MADE)]
    statuses = Counter((found.municipality_code, found.status) for found in decided)
    candidates = Counter(found.municipality_code for found in decided if found.is_candidate)

    assert len(places) >= 3
    assert {
        place: (figures.target_group, figures.candidates, figures.undetermined)
        for place in places
        for figures in [simulation.figures[scenario, place]]
    } == {place: (statuses[place, "eligible"], candidates[place], statuses[place, "undetermined"]) for place in places}


def test_in_the_row_for_all_a_person_counts_once_and_every_duty_to_a_talk(simulated: tuple[Home, Simulation]) -> None:
    home, simulation = simulated
    decided = evaluate(read_lake(home), as_of=D, known_at=None, parameters=Parameters(), code_lists=read_code_lists())
    eligible = [found for found in decided if found.status == "eligible" and found.municipality_code in simulation.municipalities]
    everywhere = simulation.figures["today", NATIONAL]

    assert everywhere.target_group == len({found.person_key for found in eligible}) < len(eligible)
    assert everywhere.talks_per_year == len(eligible) / 2


def test_a_municipality_that_is_withheld_from_publication_has_no_figures(simulated: tuple[Home, Simulation]) -> None:
    assert simulated[1].not_evaluated[WITHHELD] == "withheld: the check differs"
    assert WITHHELD not in simulated[1].municipalities


def test_no_build_database_with_pseudonyms_is_left(simulated: tuple[Home, Simulation]) -> None:
    assert not list(simulated[0].work.rglob("*.duckdb*"))


@dataclass(frozen=True)
class Command:
    """`repat simulate` on a home after a run, twice, and what the home held before and after."""

    home: Home
    status: int
    output: str
    first: Path
    second: Path
    before: dict[str, str]
    after: dict[str, str]

    @property
    def table(self) -> pl.DataFrame:
        """The table of the first."""
        return pl.read_parquet(self.first / "scenarios.parquet")


@pytest.fixture(scope="module")
def command(run_once: RunOnce, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """The command on a copy of the home of the session's run."""
    folder = tmp_path_factory.mktemp("command")
    home = Home(folder / "home")
    shutil.copytree(run_once.home.root, home.root, symlinks=True)

    def state() -> dict[str, str]:
        return {name: digest for name, digest in hashes(home.root).items() if not name.startswith("work/simulation/")}

    before = state()
    arguments = ["simulate", "--home", str(home.root), "--as-of", AS_OF, "--scenario", "telephone"]
    done = CliRunner().invoke(app, arguments)
    CliRunner().invoke(app, [*arguments, "--out", str(folder / "out")])
    first = home.work / "simulation" / "results" / AS_OF
    return Command(home, done.exit_code, done.output, first, folder / "out", before, state())


def test_today_is_what_is_published(command: Command) -> None:
    today = command.table.filter(pl.col("scenario") == "today", pl.col("municipality_code") != NATIONAL, pl.col("not_evaluated").is_null())
    published = command.home.published_as_of(D) / "persons"
    expected = {}
    for folder in published.iterdir():
        persons = pl.read_parquet(folder / "eligibility.parquet")
        statuses = Counter(persons["status"].to_list())
        expected[folder.name] = (statuses["eligible"], int(persons["is_candidate"].sum()), statuses["undetermined"])

    found = today.select("municipality_code", "target_group", "candidates", "undetermined").rows()
    assert {code: tuple(numbers) for code, *numbers in found} == expected
    assert len(expected) == 3


def test_nothing_that_a_run_writes_is_changed(command: Command) -> None:
    assert command.after == command.before


def test_a_blocked_municipality_is_named_and_has_no_figures(command: Command) -> None:
    rows = command.table.filter(pl.col("municipality_code") == "0101")

    assert command.status == 3
    assert "without 0101: blocked: lacks uip" in command.output
    assert set(rows["not_evaluated"]) == {"blocked: lacks uip"}
    assert rows["target_group"].null_count() == rows["cost_dkk_per_year_change"].null_count() == rows.height == 2
    assert set(command.table.filter(pl.col("municipality_code") == NATIONAL)["not_evaluated"]) == {"without 0101"}


def test_every_row_says_which_assumptions_it_used(command: Command) -> None:
    by_scenario = dict(command.table.select("scenario", "assumptions").unique().iter_rows())

    assert "telephone_share=0" in by_scenario["today"]
    assert "telephone_share=1" in by_scenario["telephone"]
    assert command.table["assumptions"].null_count() == 0


def test_the_same_scenarios_give_the_same_bytes_for_the_owner_alone(command: Command) -> None:
    assert hashes(command.first) == hashes(command.second)
    assert set(hashes(command.first)) == {
        "assumptions.csv", "scenarios.csv", "scenarios_disclosed.csv", "scenarios.parquet", "simulation.json",
    }  # fmt: skip
    assert {folder.stat().st_mode & 0o777 for folder in (command.first, command.second)} == {0o700}
    assert {file.stat().st_mode & 0o777 for file in command.second.iterdir()} == {0o600}


def test_what_is_saved_for_a_report_names_the_deliveries_it_rests_on(command: Command) -> None:
    saved = saved_simulation(command.home, D)

    assert saved is not None
    assert saved.table.filter(municipality_code="0751")["label_da"].to_list() == ["Reglerne i dag", "Telefon i stedet for møde"]
    evaluated = {*saved.table.filter(pl.col("target_group").is_not_null())["municipality_code"]} - {NATIONAL}
    assert evaluated <= {name.split()[0] for name in saved.deliveries}


@pytest.mark.parametrize("place", ["published/scenarios", "outbox", "lake/x", ".", "..", "work"])
def test_scenarios_are_never_written_where_others_read(command: Command, place: str) -> None:
    with pytest.raises(OutRefused, match="expected a"):
        checked_folder(command.home, command.home.root / place)


def test_a_folder_with_other_files_is_left_alone(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(OutRefused, match="found other files"):
        checked_folder(command.home, tmp_path)


def test_wrong_use_is_told_before_anything_is_built(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["simulate", "--home", str(tmp_path / "home"), "--as-of", AS_OF, "--set", "nope=1"])

    assert done.exit_code == 2
    assert not (tmp_path / "home").exists()
