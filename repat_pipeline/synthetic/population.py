"""Fictitious deliveries of a whole set of municipalities, by a plan. Persons are `persons`, what goes wrong is `hard_cases`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import polars as pl

from repat_pipeline.synthetic import hard_cases, volume
from repat_pipeline.synthetic.cpr_numbers import CprNumbers
from repat_pipeline.synthetic.deliveries import write_delivery
from repat_pipeline.synthetic.persons import BATCH_FROM, KINDS, NATIONAL_RARITY, TELLING_KINDS, Life, MunicipalityRows, Person, make_person
from repat_pipeline.synthetic.plan import SynthesisPlan


@dataclass
class Summary:
    """What was written: deliveries (whole ones), rows, and every CPR number used."""

    deliveries: int = 0
    rows: int = 0
    cpr_numbers: list[str] = field(default_factory=list)


def write_deliveries(plan: SynthesisPlan, inbox: Path) -> Summary:
    """Write the deliveries of all municipalities of the plan below `inbox`.

    Every municipality delivers UIP, fagsystem and an answer of the income register, a third of them for everybody (batch). With
    `hard_cases` see `hard_cases`; without, every row is valid and every delivery is taken in.
    """
    inbox.mkdir(parents=True, exist_ok=True)
    numbers, summary = CprNumbers(), Summary()
    persons = {code: _persons(plan, code, plan.persons_of(position), numbers) for position, code in enumerate(plan.codes)}
    left: dict[str, list[Person]] = {code: [] for code in plan.codes}
    for of_municipality in persons.values():
        for person in of_municipality:
            if person.previous is not None:
                left[person.previous].append(person)
    for position, code in enumerate(plan.codes):
        rows = MunicipalityRows(code)
        life = Life(plan, rows, Random(f"{plan.seed} {code} life"))
        is_batch = plan.is_national or position % 3 == 1
        for person in persons[code]:
            life.write(person)
            life.income(person, everybody=is_batch)
        for person in left[code]:
            life.leave_behind(person)
        _write_municipality(plan, position, rows, is_batch, inbox, summary)
    summary.cpr_numbers = numbers.given
    return summary


def _persons(plan: SynthesisPlan, code: str, count: int, numbers: CprNumbers) -> list[Person]:
    random = Random(f"{plan.seed} {code}")
    others = [other for other in plan.codes if other != code]
    rarity = NATIONAL_RARITY if plan.is_national else 1
    kinds = [
        kind
        for kind, (share, least) in KINDS.items()
        for _ in range(max(least, round(share * count / (rarity if kind in TELLING_KINDS else 1))))
    ]
    if len(kinds) < count:
        kinds += ["settled"] * (count - len(kinds))
    return [make_person(number, kind, random, numbers, others) for number, kind in enumerate(kinds)]


def _write_municipality(plan: SynthesisPlan, position: int, rows: MunicipalityRows, is_batch: bool, inbox: Path, summary: Summary) -> None:
    is_blocked = plan.hard_cases and plan.municipalities >= 4 and position == plan.municipalities - 1
    if plan.hard_cases:
        hard_cases.break_rows(rows)
        hard_cases.break_only_permit(rows)
        if not is_blocked:
            hard_cases.write_superseded(plan, position, rows, inbox)
        if position == 0:
            hard_cases.write_unfinished(rows, inbox)
        if position == 1:
            hard_cases.write_refused(plan, position, rows, inbox)
    is_xml = plan.income_format == "xml" or (plan.income_format == "mixed" and position % 6 == 1)
    tables = rows.tables
    lines: dict[str, Iterable[pl.DataFrame]] = {}
    if plan.is_national:
        residents, asked = ([row["cpr_nummer"] or "" for row in tables[name]] for name in ("borgere", "opslag"))
        lines = {"ydelser": _counted(volume.payment_lines(rows.code, residents, plan.months_of_benefits), summary),
                 "indkomst": _counted(volume.income_lines(rows.code, asked, plan.months[BATCH_FROM:]), summary)}  # fmt: skip
    if not is_blocked:
        write_delivery(
            inbox, municipality=rows.code, source="uip", delivery_id=f"uip-{plan.as_of:%Y%m}",
            extracted_at=plan.extracted_at(position, days_before=10),
            tables={"opholdstilladelser": tables["opholdstilladelser"]},
        )  # fmt: skip
    write_delivery(
        inbox, municipality=rows.code, source="fagsystem", delivery_id=f"fag-{plan.as_of:%Y%m}",
        extracted_at=plan.extracted_at(position, days_before=5), period_from=plan.months_of_benefits[0], period_to=plan.months[-1],
        tables={name: tables[name] for name in ("borgere", "ydelser", "sager", "vejledningshaendelser", "repatrieringer")},
        more=lines,
    )  # fmt: skip
    write_delivery(
        inbox, municipality=rows.code, source="eindkomst", delivery_id=f"svar-{plan.as_of:%Y%m}",
        extracted_at=plan.extracted_at(position, days_before=3), tables={name: tables[name] for name in ("opslag", "indkomst")},
        legal_basis="batch" if is_batch else "look_up", legal_basis_reference="REP_5_2 aftale" if is_batch else None,
        income_format="xml" if is_xml else "csv", more=lines,
    )  # fmt: skip
    summary.deliveries += 2 if is_blocked else 3
    summary.rows += sum(len(found) for found in tables.values())


def _counted(frames: Iterable[pl.DataFrame], summary: Summary) -> Iterator[pl.DataFrame]:
    for frame in frames:
        summary.rows += frame.height
        yield frame
