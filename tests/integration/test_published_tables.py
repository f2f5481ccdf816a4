"""What the marts beside `eligibility` tell: the months of the window, persons without CPR number, candidates in two places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from repat_pipeline.disclosure.figures import withheld_places
from repat_pipeline.kpi.history import KEY, frozen_figures
from repat_pipeline.publication.tables import PUBLISHED_TABLES
from tests.conftest import RunOnce
from tests.integration.test_gate_and_status import repat_here
from tests.support import (
    AS_OF,
    MUNICIPALITY,
    deliver_answer,
    deliver_fagsystem,
    deliver_uip,
    income,
    lookup,
    newest_feed,
    payments,
    permit,
    person,
    read_feed,
    resident,
)

ELSEWHERE, WITHOUT_EXCEPTIONS = "0461", "0851"
IN_TWO_PLACES, WITH_MANY_BENEFITS, WITHOUT_PERMIT = person(0), person(1), person(2)
LISTS = ("kandidater", "tilflyttere", "ordinaer_beskaeftigelse", "opslag", "uafklarede")


def one_payment(cpr: str, month: str, benefit: str, amount: str = "11000,00") -> dict[str, Any]:
    """One line of a payment, with an id of its own."""
    return payments(cpr, month, 1, ydelseskode=benefit, beloeb=amount, effektuering_id=f"E-{cpr}-{month}-{benefit}-{amount}")[0]


@dataclass(frozen=True)
class Published:
    """What a run published, and its feeds."""

    home: Path

    def table(self, name: str, municipality: str | None = None) -> pl.DataFrame:
        """One published table; a person table is one municipality's."""
        folder = self.home / "published" / AS_OF
        return pl.read_parquet((folder / "persons" / municipality if municipality else folder) / f"{name}.parquet")

    def months_of(self, cpr: str) -> dict[str, tuple[str, str]]:
        """Month -> state and benefit of a person in 0751, as the feed tells it."""
        folder = newest_feed(self.home, MUNICIPALITY)
        (ref,) = {row["person_ref"] for name in LISTS for row in read_feed(folder / f"{name}.csv") if row["cpr_nummer"] == cpr}
        return {row["maaned"]: (row["tilstand"], row["ydelse"]) for row in read_feed(folder / "maaneder.csv") if row["person_ref"] == ref}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A run on three municipalities."""
    inbox, home = tmp_path_factory.mktemp("published") / "inbox", tmp_path_factory.mktemp("published") / "home"
    many = WITH_MANY_BENEFITS
    nameless = [permit(person(8), tilladelse_id=f"N{number}", person_id=who, cpr_nummer=None) for number, who in enumerate("AAB")]
    deliver_uip(inbox, [permit(IN_TWO_PLACES), permit(many), permit(WITHOUT_PERMIT, opholdsgrundlag="UDL9A"), *nameless])
    deliver_fagsystem(
        inbox,
        borgere=[resident(IN_TWO_PLACES), resident(many, tilflyttet_kommune_dato="2025-02-01"), resident(WITHOUT_PERMIT)],
        ydelser=[
            *payments(IN_TWO_PLACES, "2025-01", 18),
            *payments(many, "2025-07", 16),
            one_payment(many, "2025-02", "sho"),
            one_payment(many, "2025-02", "kontanthjaelp"),
            one_payment(many, "2025-03", "uddannelseshjaelp"),
            one_payment(many, "2025-03", "sygedagpenge"),
            one_payment(many, "2025-04", "kontanthjaelp"),
            one_payment(many, "2025-04", "kontanthjaelp", "-11000,00"),
            one_payment(many, "2025-04", "sho"),
            one_payment(many, "2025-05", "sygedagpenge"),
        ],
    )
    lines = [income(many, "2024-11"), income(many, "2024-12", indtaegtsart="0087"), income(many, "2025-02", indtaegtsart="0087")]
    lines.append(income(many, "2025-01", indtaegtsart="0038"))
    deliver_answer(inbox, opslag=[lookup(many, "2024-10", "2025-02")], indkomst=lines)
    for municipality in (ELSEWHERE, WITHOUT_EXCEPTIONS):
        own = IN_TWO_PLACES if municipality == ELSEWHERE else person(7)
        deliver_uip(inbox, [permit(own, kommunekode=municipality)], municipality=municipality, day="2026-11-09")
        rows = payments(own, "2025-01", 18) if municipality == ELSEWHERE else []
        deliver_fagsystem(inbox, municipality=municipality, borgere=[resident(own, kommunekode=municipality)], ydelser=rows)
    command = repat_here("run", "--home", home, "--inbox", inbox, "--as-of", AS_OF)
    assert command.status == 0, command.output
    return Published(home)


@pytest.mark.parametrize(
    ("month", "expected", "why"),
    [
        ("2024-09", ("unknown", ""), "nobody asked"),
        ("2024-10", ("not_counted", ""), "an answer without income"),
        ("2024-11", ("counted_income", "kontanthjaelp"), "income kind 0041"),
        ("2024-12", ("counted_income", "uddannelseshjaelp"), "income kind 0087"),
        ("2025-01", ("unknown", ""), "the collective code alone"),
        ("2025-02", ("counted_own", "kontanthjaelp"), "two benefits: the first by code, and own data before income"),
        ("2025-03", ("counted_own", "uddannelseshjaelp"), "a benefit that is not listed counts nothing"),
        ("2025-04", ("counted_own", "sho"), "what is paid back counts nothing"),
        ("2025-05", ("not_counted", ""), "covered, without a listed benefit"),
        ("2026-10", ("counted_own", "kontanthjaelp"), "the last month of W"),
    ],
)
def test_a_month_tells_its_state_and_the_benefit_that_counts_it(
    published: Published, month: str, expected: tuple[str, str], why: str
) -> None:
    assert published.months_of(WITH_MANY_BENEFITS)[month] == expected, why


def test_nobody_has_months_who_is_out_by_a_criterion_before_them(published: Published) -> None:
    eligibility = published.table("eligibility", MUNICIPALITY)
    months = published.table("benefit_months", MUNICIPALITY)

    assert eligibility.height == 3
    assert months["person_ref"].n_unique() == 2
    assert months.height == 2 * 36


def test_a_person_out_by_months_shows_how_many_were_proven_and_possible(published: Published) -> None:
    criteria = published.table("eligibility_criteria", WITHOUT_EXCEPTIONS)

    evidence = criteria.select("criterion", "outcome", "evidence_on", "months_proven", "months_possible").filter(
        pl.col("criterion").is_in(["benefit_months", "residence_years"])
    )
    assert [row[:2] + row[3:] for row in evidence.sort("criterion").rows()] == [
        ("benefit_months", "not_met", 0, 0),
        ("residence_years", "met", None, None),
    ]


def test_persons_without_cpr_are_counted_by_uip_s_own_id(published: Published) -> None:
    assert published.table("persons_without_cpr_exact", MUNICIPALITY).rows() == [(MUNICIPALITY, 2, 3)]
    # Others do not see so few.
    assert published.table("persons_without_cpr").rows() == [
        (ELSEWHERE, 0, 0, False), (MUNICIPALITY, None, None, True), (WITHOUT_EXCEPTIONS, 0, 0, False),
    ]  # fmt: skip


def test_a_candidate_in_two_municipalities_is_counted_in_both(published: Published) -> None:
    assert [published.table("double_residence_exact", code).rows() for code in (ELSEWHERE, MUNICIPALITY)] == [
        [(ELSEWHERE, 1)], [(MUNICIPALITY, 1)],
    ]  # fmt: skip


def test_the_feed_has_every_month_of_everyone_on_a_list_in_the_order_of_the_lists(run_once: RunOnce) -> None:
    for folder in (newest_feed(run_once.home.root, code) for code in ("0461", "0751", "0851")):
        on_lists = {row["person_ref"]: row for name in LISTS[::-1] for row in read_feed(folder / f"{name}.csv")}
        told = read_feed(folder / "maaneder.csv")
        candidates = [row["person_ref"] for row in read_feed(folder / "kandidater.csv")]

        assert {row["person_ref"] for row in told} == set(on_lists)
        assert [row["maaned"] for row in told[:36]] == [
            f"{index // 12}-{index % 12 + 1:02d}" for index in range(2023 * 12 + 10, 2026 * 12 + 10)
        ]
        assert [row["person_ref"] for row in told if row["maaned"] == "2026-10" and row["person_ref"] in set(candidates)] == candidates


def test_the_months_of_a_feed_spell_the_strip_and_name_their_source(run_once: RunOnce) -> None:
    characters = {
        ("counted_own", "fagsystem", True): "K", ("counted_income", "eindkomst", True): "I", ("unknown", "", False): "?",
        ("not_counted", "", False): ".",
    }  # fmt: skip
    folder = newest_feed(run_once.home.root, "0751")
    spelled: dict[str, str] = {}
    for row in read_feed(folder / "maaneder.csv"):
        character = characters[row["tilstand"], row["kilde"], bool(row["ydelse"])]
        spelled[row["person_ref"]] = spelled.get(row["person_ref"], "") + character

    rows = read_feed(folder / "kandidater.csv") + read_feed(folder / "uafklarede.csv")
    assert len(rows) > 10
    assert {row["person_ref"]: row["maanedsstrip"] for row in rows} == {row["person_ref"]: spelled[row["person_ref"]] for row in rows}


def test_every_column_of_the_database_for_analysts_is_described(run_once: RunOnce) -> None:
    with duckdb.connect(str(run_once.home.published / AS_OF / "repat.duckdb"), read_only=True) as connection:
        columns = connection.sql("select table_name, column_name, comment from duckdb_columns() where not internal").fetchall()
        tables = connection.sql("select table_name, comment from duckdb_tables()").fetchall()

    assert {"sensitivity", "persons_without_cpr", "double_residence"} <= {table for table, _ in tables}
    assert [name for *name, about in columns + tables if not about] == []


def test_a_municipality_has_its_own_kpi_figures_exact_and_nobody_else_s(run_once: RunOnce) -> None:
    files = sorted((run_once.home.published / AS_OF).glob("persons/*/kpi_values_exact.parquet"))

    assert len(files) == 3
    for path in files:
        assert pl.read_parquet(path)["municipality_code"].unique().to_list() == [path.parent.name]
        assert path.stat().st_mode & 0o077 == 0


def test_final_figures_of_a_publication_are_frozen_once(run_once: RunOnce) -> None:
    figures = pl.concat(pl.read_parquet(path) for path in (run_once.home.published / AS_OF).glob("persons/*/kpi_values_exact.parquet"))
    final = figures.filter(~pl.col("is_preliminary") & pl.col("value").is_not_null())
    frozen = frozen_figures(run_once.home)

    assert final.height > 100
    assert frozen.filter(pl.col("municipality_code") != "DK").select(KEY).sort(KEY).equals(final.select(KEY).sort(KEY))
    assert set(frozen["frozen_as_of"].cast(pl.String)) == {AS_OF}


@pytest.mark.parametrize("name", ["attrition", "sensitivity", "persons_without_cpr", "double_residence"])
def test_no_count_of_persons_that_others_may_not_see_stands_at_the_top(run_once: RunOnce, name: str) -> None:
    folder = run_once.home.published / AS_OF
    table = pl.read_parquet(folder / f"{name}.parquet")
    (counts,) = [entry.counts for entry in PUBLISHED_TABLES if entry.name == name]
    shown = [count for column in counts for count in table[column].drop_nulls()]
    exact = pl.concat(pl.read_parquet(path) for path in sorted(folder.glob(f"persons/*/{name}_exact.parquet")))

    assert [count for count in shown if count % 5] == []
    assert table["is_suppressed"].to_list() == table.select(pl.any_horizontal(pl.col(counts).is_null())).to_series().to_list()
    assert exact.select(counts).max().row(0) > (0,) * len(counts)


def test_the_target_group_that_the_key_figures_withhold_stands_in_no_step(run_once: RunOnce) -> None:
    folder = run_once.home.published / AS_OF
    withheld = withheld_places(pl.read_parquet(folder / "kpi_values.parquet"), "K01", date.fromisoformat(AS_OF))
    steps = pl.read_parquet(folder / "attrition.parquet").filter(pl.col("municipality_code").is_in(withheld))

    told = steps.filter(pl.col("step").is_in(["benefit_months", "talk_due"]))
    assert told.select("met", "not_met", "unknown").null_count().sum_horizontal().item() == 3 * told.height
