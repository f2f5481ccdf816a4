"""From scenarios to deliveries in the inbound layout: each scenario's person, filled up from the standard person.

The standard person lives in Aarhus (0751) and always has, is Syrian, has a refugee's open-ended permit since 2015-03-02,
kontanthjælp in the last 20 months of the window, no case and no guidance event: a candidate to invite.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from repat_pipeline.contracts.inbound import load_source_contract
from repat_pipeline.rules.window import window
from repat_pipeline.synthetic.deliveries import write_delivery
from tests.spec.scenario import ELSEWHERE, SOURCE_OF_TABLE, Cells, Scenario
from tests.support import MUNICIPALITY, Row, income, instant, lookup, permit, person, resident

STANDARD: dict[str, Sequence[Cells]] = {
    "opholdstilladelser": [{}], "borgere": [{}], "ydelser": [{}], "sager": [], "vejledningshaendelser": [],
}  # fmt: skip
STANDARD_MONTHS = 20

_UIP_TAKEN = {MUNICIPALITY: "2026-11-10", ELSEWHERE["earlier"]: "2026-11-09", ELSEWHERE["same_time"]: "2026-11-10",
              ELSEWHERE["later"]: "2026-11-11"}  # fmt: skip
_FAGSYSTEM_TAKEN = "2026-11-12"
_FIRST_ANSWER_DAY = 13
_PERIOD = ("2017-01", "2026-10")


@dataclass(frozen=True)
class DeliveryKey:
    """Which delivery rows belong to, and what its manifest says."""

    municipality: str
    source: str
    delivery_id: str
    extracted_at: datetime
    period: tuple[str, str] | None


def cpr_of(scenario: Scenario) -> str:
    """The CPR number of the scenario's person."""
    return person(scenario.number)


def write_population(inbox: Path, scenarios: Sequence[Scenario]) -> list[str]:
    """Write the deliveries of all scenarios; return the municipalities that delivered."""
    tables_of: dict[DeliveryKey, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for municipality in _UIP_TAKEN:
        for source in ("uip", "fagsystem"):
            tables_of[_shared_delivery(municipality, source)] = defaultdict(list)
    for scenario in scenarios:
        for delivery, table, rows in delivered_rows(scenario):
            tables_of[delivery][table] += rows
    for delivery, tables in tables_of.items():
        first, last = delivery.period or (None, None)
        write_delivery(
            inbox, municipality=delivery.municipality, source=delivery.source, delivery_id=delivery.delivery_id,
            extracted_at=delivery.extracted_at, tables=tables,
            period_from=_month(first) if first else None, period_to=_month(last) if last else None,
        )  # fmt: skip
    return sorted({delivery.municipality for delivery in tables_of})


def delivered_rows(scenario: Scenario) -> Iterator[tuple[DeliveryKey, str, list[Row]]]:
    """Every table of every delivery that the scenario's person stands in."""
    for written in scenario.deliveries:
        municipality = scenario.municipality if written.role == "A" else scenario.other_municipality
        period = (written.period or _PERIOD) if written.source == "fagsystem" else None
        delivery = DeliveryKey(municipality, written.source, written.delivery_id, written.extracted_at, period)
        for table in load_source_contract(written.source).tables:
            rows = written.tables.get(table, STANDARD.get(table, ()) if written.role == "A" else ())
            yield delivery, table, _complete(scenario, table, rows, municipality)
    if not scenario.deliveries:
        for table, rows in (STANDARD | dict(scenario.tables)).items():
            delivery = _shared_delivery(MUNICIPALITY, SOURCE_OF_TABLE[table])
            yield delivery, table, _complete(scenario, table, rows, MUNICIPALITY)
    for number, answer in enumerate(scenario.answers):
        for table, rows in answer.items():
            yield _shared_answer(scenario.municipality, number), table, _complete(scenario, table, rows, scenario.municipality)
    for when, tables in scenario.elsewhere.items():
        for table, rows in tables.items():
            place, source = ELSEWHERE[when], SOURCE_OF_TABLE[table]
            delivery = _shared_answer(place, 0) if source == "eindkomst" else _shared_delivery(place, source)
            yield delivery, table, _complete(scenario, table, rows, place)


def _shared_delivery(municipality: str, source: str) -> DeliveryKey:
    if source == "uip":
        return DeliveryKey(municipality, source, "uip", instant(_UIP_TAKEN[municipality]), None)
    return DeliveryKey(municipality, source, "fagsystem", instant(_FAGSYSTEM_TAKEN), _PERIOD)


def _shared_answer(municipality: str, number: int) -> DeliveryKey:
    return DeliveryKey(municipality, "eindkomst", f"svar-{number + 1}", instant(f"2026-11-{_FIRST_ANSWER_DAY + number}"), None)


def _complete(scenario: Scenario, table: str, rows: Sequence[Cells], municipality: str) -> list[Row]:
    """Rows with every column, each with an id of its own."""
    cpr = cpr_of(scenario)
    completed: list[Row] = []
    for written in rows:
        for cells in _per_month(scenario, table, dict(written)):
            row_id = f"{scenario.id}-{len(completed) + 1:03}"
            completed.append({**_standard_row(table, cpr, row_id, municipality, cells), **_texts(cells)})
    return completed


def _standard_row(table: str, cpr: str, row_id: str, municipality: str, cells: Cells) -> Row:
    if table == "opholdstilladelser":
        return permit(cpr, tilladelse_id=row_id, kommunekode=municipality)
    if table == "borgere":
        return resident(cpr, kommunekode=municipality)
    if table == "ydelser":
        return {"effektuering_id": row_id, "cpr_nummer": cpr, "ydelseskode": "kontanthjaelp", "beloeb": "11000,00"}
    if table == "sager":
        return {"sag_id": row_id, "cpr_nummer": cpr, "sagstype": "beskaeftigelse", "aabnet_dato": "2024-01-15"}
    if table == "vejledningshaendelser":
        return {"haendelse_id": row_id, "forloeb_id": "forloeb-1", "cpr_nummer": cpr, "kommunekode": municipality}
    if table == "opslag":
        return lookup(cpr, "", "") | {"opslag_id": row_id}
    if table == "indkomst":
        return income(cpr, cells["basismaaned"], indberetning_id=row_id) | _only_measure(cells)
    raise ValueError(f"scenarios have no standard row for table {table}; add one to tests/spec/population.py")


def _only_measure(cells: Cells) -> Row:
    """Wages (057) are given instead of benefits (058), not beside them."""
    return {"a_indkomst_uden_am": None} if "a_indkomst_am" in cells else {}


def _per_month(scenario: Scenario, table: str, cells: dict[str, str]) -> Iterator[dict[str, str]]:
    """One row, or one per month of `maaneder`; without it the standard months of `ydelser`."""
    span = cells.pop("maaneder", None)
    if table == "ydelser" and span is None and "periode_fra" not in cells:
        months = window(scenario.as_of)[-STANDARD_MONTHS:]
        span = f"{months[0]:%Y-%m}..{months[-1]:%Y-%m}"
    if span is None:
        if table == "indkomst":
            cells = {"loenperiode_fra": "", "loenperiode_til": "", **cells}
        yield cells
        return
    first, _, last = span.partition("..")
    if table == "opslag":
        yield {"maaned_fra": first, "maaned_til": last or first, **cells}
        return
    for month in _months(_month(first), _month(last or first)):
        text = f"{month:%Y-%m}"
        last_day = f"{text}-{monthrange(month.year, month.month)[1]}"
        if table == "ydelser":
            yield {"periode_fra": f"{text}-01", "periode_til": last_day, **cells}
        else:
            yield {"basismaaned": text, "loenperiode_fra": f"{text}-01", "loenperiode_til": last_day, **cells}


def _texts(cells: Cells) -> dict[str, str]:
    """Amounts get the decimal comma of the inbound layout."""
    return {name: _amount(value) if name in ("beloeb", "a_indkomst_am", "a_indkomst_uden_am") else value for name, value in cells.items()}


def _amount(text: str) -> str:
    whole, _, decimals = text.partition(".")
    return f"{whole},{decimals:0<2}"


def _month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


def _months(first: date, last: date) -> Iterator[date]:
    for index in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield date(index // 12, index % 12 + 1, 1)
