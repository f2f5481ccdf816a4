"""The SQL models and the plain-Python evaluation are two readings of spec/rules.md: they must agree on everybody.

Whole fictitious deliveries through the real intake, on several reference dates; and hypothesis populations that press on C3 and
C4, also under the alternatives: an example is a population, evaluated in one run.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from repat_pipeline.evaluation.calendar import last_of_month
from repat_pipeline.evaluation.counts import attrition, excess_lookups
from repat_pipeline.evaluation.evaluate import Evaluation, evaluate
from repat_pipeline.evaluation.inputs import Delivery, Parameters
from repat_pipeline.evaluation.lake import read_code_lists, read_lake
from repat_pipeline.storage.layout import Home
from tests.integration.marts import build_marts, sensitivity_by_evaluation, sensitivity_by_models, write_lake
from tests.support import MUNICIPALITY, instant

D = date(2026, 11, 22)
CODE_LISTS = read_code_lists()
COMPARED = [
    "status", "is_candidate", "covered_group", "residence_since", "months_proven", "months_possible", "month_strip", "last_talk_on",
    "due_by_law", "due_by_practice", "next_action", "active_case", "closed_case", "no_case", "ordinary_employment", "in_migrant",
    "employment_source", "other_benefit", "primary_route", "address_protected", "rule_version",
]  # fmt: skip


def decided_by_models(home: Home) -> dict[tuple[str, str], dict[str, Any]]:
    """(municipality, person) -> what the marts say."""
    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        rows = connection.sql("select * from marts.eligibility").pl().to_dicts()
        criteria = connection.sql("select municipality_code, person_key, criterion, outcome, missing from marts.eligibility_criteria")
        look_ups = connection.sql("select municipality_code, person_key, first_month, last_month from marts.lookup_requests")
        decided = {(row["municipality_code"], row["person_key"]): row for row in rows}
        for municipality, person, criterion, outcome, missing in criteria.fetchall():
            decided[municipality, person][f"criterion {criterion}"] = (outcome, missing)
        for municipality, person, first, last in look_ups.fetchall():
            decided[municipality, person]["look_up"] = (first, last)
    return decided


def decided_by_evaluation(evaluations: list[Evaluation]) -> dict[tuple[str, str], dict[str, Any]]:
    """The same from the evaluation."""
    decided = {}
    for found in evaluations:
        row: dict[str, Any] = {name: getattr(found, name) for name in COMPARED}
        row["missing"] = ",".join(found.missing) or None
        for name, criterion in found.criteria.items():
            row[f"criterion {name}"] = (criterion.outcome, ",".join(criterion.missing) or None)
        if found.look_up is not None:
            row["look_up"] = found.look_up
        decided[found.municipality_code, found.person_key] = row
    return decided


def differences(models: Mapping[Any, Mapping[str, Any]], evaluation: Mapping[Any, Mapping[str, Any]]) -> list[str]:
    """What the two decide differently, person by person."""
    lines = [f"only in models: {who}" for who in sorted(set(models) - set(evaluation))]
    lines += [f"only in evaluation: {who}" for who in sorted(set(evaluation) - set(models))]
    for who in sorted(set(models) & set(evaluation)):
        for name, expected in evaluation[who].items():
            if models[who].get(name) != expected:
                lines.append(f"{who} {name}: models {models[who].get(name)!r}, evaluation {expected!r}")
        if ("look_up" in models[who]) != ("look_up" in evaluation[who]):
            lines.append(f"{who}: look-up in one of them only")
    return lines


# -- whole deliveries --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "as_of",
    [D, date(2026, 12, 1), date(2026, 2, 28), date(2025, 7, 1), date(2025, 6, 30), date(2024, 5, 1), date(2024, 4, 30), date(2022, 3, 1)],
    ids=str,
)
def test_models_and_evaluation_agree_on_whole_deliveries(lake: Home, as_of: date) -> None:
    build_marts(lake, as_of)
    deliveries = read_lake(lake)

    evaluations = evaluate(deliveries, as_of=as_of, known_at=None, parameters=Parameters(), code_lists=CODE_LISTS)

    found = differences(decided_by_models(lake), decided_by_evaluation(evaluations))
    assert found == []
    assert len(evaluations) > 500


def test_models_and_evaluation_agree_on_what_was_known_at_an_earlier_instant(lake: Home) -> None:
    known_at = instant("2026-10-01")
    build_marts(lake, D, known_at)

    evaluations = evaluate(read_lake(lake), as_of=D, known_at=known_at, parameters=Parameters(), code_lists=CODE_LISTS)

    assert differences(decided_by_models(lake), decided_by_evaluation(evaluations)) == []


def test_attrition_and_excess_look_ups_agree(lake: Home) -> None:
    build_marts(lake, D)
    deliveries = read_lake(lake)
    evaluations = evaluate(deliveries, as_of=D, known_at=None, parameters=Parameters(), code_lists=CODE_LISTS)

    with duckdb.connect(str(lake.build_database), read_only=True) as connection:
        steps = connection.sql("select municipality_code, step, met, not_met, unknown from marts.attrition").fetchall()
        excess = connection.sql(
            "select municipality_code, delivery_id, asked_person_months, decided_by_own_data from marts.excess_lookups"
        ).fetchall()

    expected_steps = {(row.municipality_code, row.step, row.met, row.not_met, row.unknown) for row in attrition(evaluations)}
    expected_excess = {
        (row.municipality_code, row.delivery_id, row.asked_person_months, row.decided_by_own_data)
        for row in excess_lookups(deliveries, as_of=D, known_at=None, parameters=Parameters())
    }
    assert set(steps) == expected_steps
    assert set(excess) == expected_excess


# -- populations of hypothesis -----------------------------------------------------------------------------------------

MONTHS = [date(index // 12, index % 12 + 1, 1) for index in range(2023 * 12 + 8, 2026 * 12 + 11)]
# Days that press on the boundary of five years and on chains.
DAYS = st.one_of(
    st.sampled_from([D - timedelta(days=days) for days in (-1, 0, 1, 2)] + [date(2021, 11, day) for day in (21, 22, 23)]),
    st.dates(date(2018, 1, 1), date(2027, 2, 1)),
)
STATUSES = st.sampled_from(["gaeldende", "gaeldende", "gaeldende", "udloebet", "bortfaldet", "inddraget"])


@st.composite
def permits(draw: st.DrawFn, who: str) -> list[dict[str, Any]]:
    """Permits of one person, often from one day to the next."""
    rows: list[dict[str, Any]] = []
    start = draw(DAYS)
    for number in range(draw(st.integers(0, 3))):
        length = draw(st.one_of(st.none(), st.sampled_from([0, 1, 365, 700, 1826, 1827])))
        end = None if length is None else start + timedelta(days=length)
        status = draw(STATUSES)
        if status == "udloebet" and end is None:
            status = "gaeldende"
        row = {
            "person_key": who, "tilladelse_id": f"T{who}-{number}", "person_id": who, "statsborgerskab": draw(
                st.sampled_from(["5486", "5486", "5486", "5100", "5154", "0001"])),
            "opholdsgrundlag": draw(st.sampled_from(["UDL7", "UDL7", "UDL9-ANDEN", "UDL9A", "EU6", "UKRAINE"])),
            "gyldig_fra": start, "gyldig_til": end, "status": status,
            "status_dato": draw(DAYS) if status in ("bortfaldet", "inddraget") else draw(st.one_of(st.none(), DAYS)),
            "kommunekode": MUNICIPALITY, "repatriering_modtaget_dato": None,
        }  # fmt: skip
        rows.append(row)
        start = draw(DAYS) if end is None or end.year > 2027 else end + timedelta(days=draw(st.sampled_from([-30, 0, 1, 2, 31])))
    return rows


AMOUNTS = st.sampled_from([Decimal("11000.00"), Decimal("0.01"), Decimal("-11000.00"), Decimal("0.00"), Decimal("-0.01")])


@st.composite
def paid(draw: st.DrawFn, who: str) -> list[dict[str, Any]]:
    """Payments of one person: a run of months around the threshold, and single lines that correct them."""
    first, length = draw(st.integers(0, len(MONTHS) - 1)), draw(st.sampled_from([0, 1, 16, 17, 18, 19, 36]))
    benefit = draw(st.sampled_from(["kontanthjaelp", "sho", "sygedagpenge"]))
    lines = [(benefit, month, Decimal("11000.00")) for month in MONTHS[first : first + length]]
    lines += draw(
        st.lists(st.tuples(st.sampled_from(["kontanthjaelp", "uddannelseshjaelp"]), st.sampled_from(MONTHS), AMOUNTS), max_size=3)
    )
    is_whole = draw(st.booleans())
    return [
        {"person_key": who, "effektuering_id": f"E{who}-{number}", "ydelseskode": code, "periode_fra": month,
         "periode_til": last_of_month(month) if is_whole else month.replace(day=27), "beloeb": amount}
        for number, (code, month, amount) in enumerate(lines)
        if not (code in ("sho", "uddannelseshjaelp") and month > date(2025, 6, 1))
    ]  # fmt: skip


@st.composite
def answered(draw: st.DrawFn, who: str, delivery: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What one answer asks and tells of one person: ranges, benefits, collective codes, wages, reversals."""
    asked = draw(st.lists(st.tuples(st.sampled_from(MONTHS), st.integers(0, 20)), max_size=2))
    opslag = [
        {"person_key": who, "opslag_id": f"O{delivery}{who}{number}", "maaned_fra": first,
         "maaned_til": MONTHS[min(MONTHS.index(first) + length, len(MONTHS) - 1)], "formaal": "x"}
        for number, (first, length) in enumerate(asked)
    ]  # fmt: skip
    if not opslag:
        return [], []
    run_first, run_length = draw(st.integers(0, len(MONTHS) - 1)), draw(st.sampled_from([0, 3, 12, 20]))
    lines = [(month, "0041", "06", Decimal("11000.00"), None, "I", False, None) for month in MONTHS[run_first : run_first + run_length]]
    lines += draw(
        st.lists(
            st.tuples(
                st.sampled_from(MONTHS), st.sampled_from(["0041", "0087", "0038", "0083", None]), st.sampled_from(["06", "00", "04", "01"]),
                AMOUNTS, st.one_of(st.none(), AMOUNTS), st.sampled_from(["I", "I", "I", "T"]), st.booleans(),
                st.sampled_from([None, "R1", "R2"]),
            ),
            max_size=5,
        )
    )  # fmt: skip
    is_whole = draw(st.booleans())
    indkomst = [
        {"person_key": who, "se_nummer": "12345678", "indberetning_id": report, "indberetningsart": art,
         "tilbagefoert": is_reversed and art == "I",
         "rettelse": False, "indkomsttype": income_type, "indtaegtsart": kind, "loenperiode_fra": month if number % 3 else None,
         "loenperiode_til": (last_of_month(month) if is_whole else month.replace(day=27)) if number % 3 else None,
         "basismaaned": month, "a_indkomst_am": wage,
         "a_indkomst_uden_am": amount}
        for number, (month, kind, income_type, amount, wage, art, is_reversed, report) in enumerate(lines)
    ]  # fmt: skip
    return opslag, indkomst


@st.composite
def populations(draw: st.DrawFn) -> list[Delivery]:
    """One municipality: UIP, fagsystem and two answers, with a rejected row here and there."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ("opholdstilladelser", "borgere", "ydelser")}
    answers: list[dict[str, list[dict[str, Any]]]] = [{"opslag": [], "indkomst": []} for _ in range(2)]
    rejected: dict[str, list[str | None]] = {}
    for number in range(draw(st.integers(30, 40))):
        who = f"person{number:03d}"
        rows["opholdstilladelser"] += draw(permits(who))
        rows["ydelser"] += draw(paid(who))
        if draw(st.integers(0, 9)):
            arrived = draw(st.one_of(st.none(), st.sampled_from(MONTHS), DAYS))
            rows["borgere"].append(
                {"person_key": who, "cpr_status": "01", "kommunekode": MUNICIPALITY, "tilflyttet_kommune_dato": arrived,
                 "fraflytningskommune": draw(st.sampled_from([None, "0461", "9999"])), "statsborgerskab": "5486",
                 "adressebeskyttet": False, "digital_post": True}
            )  # fmt: skip
        for position, answer in enumerate(answers):
            opslag, indkomst = draw(answered(who, str(position)))
            answer["opslag"] += opslag
            answer["indkomst"] += indkomst
        if not draw(st.integers(0, 11)):
            table = draw(st.sampled_from(["opholdstilladelser", "borgere", "ydelser", "opslag", "indkomst"]))
            rejected.setdefault(table, []).append(who)
    fagsystem = {"borgere": rows["borgere"], "ydelser": rows["ydelser"], "sager": [], "vejledningshaendelser": []}
    period = draw(st.sampled_from([(date(2023, 1, 1), date(2026, 10, 1)), (date(2024, 3, 1), date(2026, 8, 1))]))
    own = {name: found for name, found in rejected.items() if name in fagsystem}
    told = {name: found for name, found in rejected.items() if name in ("opslag", "indkomst")}
    uip = {name: found for name, found in rejected.items() if name == "opholdstilladelser"}
    return [
        Delivery(MUNICIPALITY, "uip", "u", instant("2026-11-10"), None, None, {"opholdstilladelser": rows["opholdstilladelser"]}, uip),
        Delivery(MUNICIPALITY, "fagsystem", "f", instant("2026-11-12"), *period, fagsystem, own),
        Delivery(MUNICIPALITY, "eindkomst", "a", instant("2026-11-13"), None, None, answers[0], told),
        Delivery(MUNICIPALITY, "eindkomst", "b", instant("2026-11-14"), None, None, answers[1], {}),
    ]


@pytest.mark.slow
@settings(
    max_examples=12, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate, Phase.target],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)  # fmt: skip
@given(deliveries=populations())
def test_c3_c4_and_the_alternatives_agree_with_the_evaluation_on_any_population(
    tmp_path_factory: pytest.TempPathFactory, deliveries: list[Delivery]
) -> None:
    home = Home(tmp_path_factory.mktemp("population"))
    write_lake(home, deliveries)
    build_marts(home, D, without=("unit_test", "test"))

    evaluations = evaluate(deliveries, as_of=D, known_at=None, parameters=Parameters(), code_lists=CODE_LISTS)

    assert differences(decided_by_models(home), decided_by_evaluation(evaluations)) == []
    assert sensitivity_by_models(home) == sensitivity_by_evaluation(deliveries, D)


def test_the_comparison_notices_a_difference(tmp_path: Path) -> None:
    one = {("0751", "a"): {"status": "eligible"}}
    other = {("0751", "a"): {"status": "undetermined"}}

    assert differences(one, other) == ["('0751', 'a') status: models 'eligible', evaluation 'undetermined'"]
