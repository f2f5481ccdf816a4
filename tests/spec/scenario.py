"""Spec scenarios: one person, the few facts that matter, the day of decision, and what the rules must say.

The YAML files of `scenarios/` are written to be read by a lawyer: tables of the inbound contract with only the columns that the
rule is about. Here they are read and checked; what the columns left out hold is `population`. Every scalar is text, as in a
delivery: codes keep their zeros.

Shorthand of a row: `maaneder: 2025-03..2026-10` is one row per month (`ydelser`, `indkomst`) or a span (`opslag`). A table
that is given replaces the standard person's table; `[]` is no row at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from repat_pipeline.codelists import municipality_codes
from repat_pipeline.contracts.inbound import SOURCES, load_source_contract
from tests.support import AS_OF, MUNICIPALITY, instant

FOLDER = Path(__file__).resolve().parent / "scenarios"

SIDES = ("before", "on", "after", "met", "not_met", "unknown")
"""Where a scenario stands at the boundary of its rule: in time or number, or by outcome."""

ELSEWHERE = {"earlier": "0461", "same_time": "0101", "later": "0851"}
"""Other municipalities, by when their UIP delivery was taken compared with that of the person's municipality."""

SOURCE_OF_TABLE = {name: source for source in SOURCES for name in load_source_contract(source).tables}

Cells = Mapping[str, str]
Tables = Mapping[str, Sequence[Cells]]


@dataclass(frozen=True)
class WrittenDelivery:
    """A delivery that a scenario is about: whose, from which source, taken when, and the tables that differ.

    Attributes:
        role: `A` = the municipality that decides, `B` = another one.
        period: first and last month of `ydelser` (fagsystem).
    """

    role: str
    source: str
    delivery_id: str
    extracted_at: datetime
    period: tuple[str, str] | None
    tables: Tables


@dataclass(frozen=True)
class Scenario:
    """One scenario.

    Attributes:
        rule: id of a rule or parameter of `repat_pipeline/rules`; `side`: where at its boundary.
        law: §, or what stands in its place; `spec`: section of spec/rules.md.
        tables: what the person's municipality delivers about the person, where it differs from the standard person.
        answers: answers of the income register, oldest first.
        elsewhere: `earlier`, `same_time`, `later` -> tables of another municipality about the same person.
        deliveries: whole deliveries, for rules about deliveries; then the municipality is the scenario's own.
        expect: column or heading -> expected value as text; `-` is null.
    """

    area: str
    id: str
    title: str
    rule: str
    side: str
    law: str
    spec: str
    as_of: date
    known_at: datetime | None
    tables: Tables
    answers: Sequence[Tables]
    elsewhere: Mapping[str, Tables]
    deliveries: Sequence[WrittenDelivery]
    expect: Mapping[str, Any]
    number: int
    municipality: str
    other_municipality: str

    @property
    def run(self) -> tuple[date, datetime | None]:
        """Reference date and knowledge time: scenarios with the same are decided in one run."""
        return self.as_of, self.known_at


@dataclass(frozen=True)
class Area:
    """One file of scenarios."""

    name: str
    title: str
    intro: str
    scenarios: tuple[Scenario, ...]


@cache
def areas() -> tuple[Area, ...]:
    """Every area in the order of its file name.

    Raises:
        ValueError: a scenario is written wrongly; the message names file, scenario and field.
    """
    numbers = iter(range(10_000))
    own_codes = iter([code for code in municipality_codes() if code not in {MUNICIPALITY, *ELSEWHERE.values()}])
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        _only(content, {"title", "intro", "law", "spec", "rule", "scenarios"}, path.name)
        scenarios = tuple(_scenario(path.stem, entry, content, numbers, own_codes) for entry in content["scenarios"])
        found.append(Area(path.stem, content["title"], content["intro"], scenarios))
    ids = [scenario.id for area in found for scenario in area.scenarios]
    if len(ids) != len(set(ids)):
        raise ValueError(f"scenario ids occur twice: {sorted({name for name in ids if ids.count(name) > 1})}")
    return tuple(found)


def scenarios() -> tuple[Scenario, ...]:
    """Every scenario of every area."""
    return tuple(scenario for area in areas() for scenario in area.scenarios)


_FIELDS = {"id", "title", "rule", "side", "law", "spec", "as_of", "known_at", "answers", "elsewhere", "deliveries", "expect"}


def _scenario(area: str, entry: dict[str, Any], defaults: dict[str, Any], numbers: Iterator[int], own_codes: Iterator[str]) -> Scenario:
    where = f"{area}.yaml {entry.get('id', entry)}"
    _only(entry, _FIELDS | SOURCE_OF_TABLE.keys(), where)
    merged = {name: defaults[name] for name in ("law", "spec", "rule") if name in defaults} | entry
    absent = {"id", "title", "rule", "side", "law", "spec", "expect"} - merged.keys()
    if absent or merged["side"] not in SIDES:
        raise ValueError(f"{where}: lacks {sorted(absent)}, or side is not one of {', '.join(SIDES)}")
    deliveries = tuple(_delivery(item, where) for item in entry.get("deliveries", ()))
    known_at = entry.get("known_at")
    return Scenario(
        area=area, id=merged["id"], title=merged["title"], rule=merged["rule"], side=merged["side"], law=merged["law"],
        spec=merged["spec"], as_of=date.fromisoformat(entry.get("as_of", AS_OF)), known_at=_instant(known_at) if known_at else None,
        tables=_tables({name: entry[name] for name in SOURCE_OF_TABLE if name in entry}, where),
        answers=[_tables(answer, where) for answer in entry.get("answers", ())],
        elsewhere={when: _tables(tables, where) for when, tables in _only(entry.get("elsewhere", {}), ELSEWHERE, where).items()},
        deliveries=deliveries, expect=merged["expect"], number=next(numbers),
        municipality=next(own_codes) if deliveries else MUNICIPALITY,
        other_municipality=next(own_codes) if deliveries else ELSEWHERE["later"],
    )  # fmt: skip


def _delivery(item: dict[str, Any], where: str) -> WrittenDelivery:
    _only(item, {"from", "source", "delivery_id", "taken", "period"} | SOURCE_OF_TABLE.keys(), where)
    period = item.get("period")
    return WrittenDelivery(
        role=item.get("from", "A"), source=item["source"], delivery_id=item["delivery_id"], extracted_at=_instant(item["taken"]),
        period=tuple(period.split("..")) if period else None,
        tables=_tables({name: item[name] for name in SOURCE_OF_TABLE if name in item}, where),
    )  # fmt: skip


def _tables(tables: dict[str, Any], where: str) -> Tables:
    for name, rows in tables.items():
        if name not in SOURCE_OF_TABLE:
            raise ValueError(f"{where}: no table {name!r} in the contracts")
        columns = set(load_source_contract(SOURCE_OF_TABLE[name]).tables[name].column_names) | {"maaneder"}
        for row in rows:
            _only(row, columns, f"{where} {name}")
    return tables


def _instant(text: str) -> datetime:
    day, _, hour = text.partition("T")
    return instant(day, int(hour[:2])) if hour else instant(day)


def _only(found: Any, expected: Any, where: str) -> Any:
    unknown = set(found) - set(expected)
    if unknown:
        raise ValueError(f"{where}: unknown {sorted(unknown)}; expected some of {sorted(expected)}")
    return found
