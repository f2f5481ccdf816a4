"""The rows of the lake that a decision for one person rests on, with the place of each: source, delivery, table, line.

The bulkhead of spec/rules.md section 1 is kept here: of other municipalities only "their UIP delivery has the person there" is read
(C1), everything else is the municipality's own. Rows have the shape of `evaluation`, so that its functions find the deciding ones;
the outcome itself stays the published one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from repat_pipeline.contracts.inbound import SOURCES, load_source_contract
from repat_pipeline.evaluation.evidence import Answer, PersonEvidence, without_reversals
from repat_pipeline.explanation.published import CountingDelivery, PublishedRun
from repat_pipeline.identity.pseudonym import PseudonymKey
from repat_pipeline.storage.delivery_log import read_delivery
from repat_pipeline.storage.layout import Home

Row = Mapping[str, Any]


@dataclass(frozen=True)
class RejectedRow:
    """A rejected row of the person: where it stands and which rules it breaks, never what it says."""

    source: str
    delivery_id: str
    table: str
    line_number: int
    rule_ids: tuple[str, ...]


@dataclass(frozen=True)
class PlaceElsewhere:
    """A later UIP delivery of another municipality that has the person there (C1): nothing else of it is told."""

    municipality_code: str
    extracted_at: datetime


@dataclass(frozen=True)
class LakeRows:
    """What the lake holds of a person in the municipality's counting deliveries.

    Attributes:
        evidence: the rows, each with `source`, `delivery_id`, `table_name` and `line_number` besides its own columns.
        reversed_lines: lines of the income register that a reversal has taken away, by delivery.
        look_ups: accepted rows of `opslag`, newest answer first.
        rejected: rejected rows in the counting deliveries and in answers in which the person was asked for.
        elsewhere: newest first; only looked for when there is no row in `borgere`.
        not_held: counting deliveries that the lake no longer holds (retention): what they said cannot be shown.
    """

    evidence: PersonEvidence
    reversed_lines: tuple[Row, ...]
    look_ups: tuple[Row, ...]
    rejected: tuple[RejectedRow, ...]
    elsewhere: tuple[PlaceElsewhere, ...]
    not_held: tuple[CountingDelivery, ...]

    def holds(self, source: str) -> bool:
        """Whether the counting delivery of a full source is still there: without it the absence of a row says nothing."""
        return all(delivery.source != source for delivery in self.not_held)


def find_person_key(home: Home, run: PublishedRun, key: PseudonymKey, person_ref: str) -> str | None:
    """The `person_key` behind a reference of the municipality; None when its counting deliveries in the lake do not have the person."""
    municipality = run.municipality_code
    for source in SOURCES:
        for delivery in run.counting(source):
            for path in _person_files(home, delivery):
                keys = pl.scan_parquet(path).select("person_key").drop_nulls().unique().collect()["person_key"].to_list()
                for person_key, reference in zip(keys, key.person_refs(municipality, keys), strict=True):
                    if reference == person_ref:
                        return str(person_key)
    return None


def read_lake_rows(home: Home, run: PublishedRun, person_key: str | None) -> LakeRows:
    """Collect the rows of a person from what counted in the published run.

    Args:
        person_key: None: nobody; there are no rows, but it is still told which deliveries are not held.
    """
    full = {source: run.counting(source)[0] for source in ("uip", "fagsystem")}
    answers = run.counting("eindkomst")
    deliveries = [full["uip"], full["fagsystem"], *answers]
    not_held = tuple(delivery for delivery in deliveries if not _is_held(home, delivery))
    rejected = [row for delivery in deliveries for row in _rejected(home, delivery, person_key)]

    def rows(delivery: CountingDelivery, table: str) -> tuple[Row, ...]:
        return tuple(_accepted(home, delivery, table, person_key))

    def rejected_tables(delivery: CountingDelivery) -> frozenset[str]:
        place = (delivery.source, delivery.delivery_id)
        return frozenset(row.table for row in rejected if (row.source, row.delivery_id) == place)

    asked = [(answer, spans, rows(answer, "indkomst")) for answer in answers if (spans := rows(answer, "opslag"))]
    asked_ids = {answer.delivery_id for answer, _, _ in asked}
    used_answers = tuple(
        Answer(
            delivery_id=answer.delivery_id,
            asked_spans=tuple((span["maaned_fra"], span["maaned_til"]) for span in spans),
            lines=tuple(without_reversals(lines)),
            rejected_tables=rejected_tables(answer),
        )
        for answer, spans, lines in asked
    )
    record = read_delivery(home, "fagsystem", run.municipality_code, full["fagsystem"].delivery_id)
    residents = rows(full["fagsystem"], "borgere")
    # C1 reads other municipalities' UIP only for somebody without a row in `borgere`.
    knows_residence = bool(residents) or full["fagsystem"] in not_held
    evidence = PersonEvidence(
        municipality=run.municipality_code,
        person_key=person_key or "",
        register_row=next(iter(residents), None),
        permits=rows(full["uip"], "opholdstilladelser"),
        uip_extracted_at=full["uip"].extracted_at,
        payments=rows(full["fagsystem"], "ydelser"),
        payments_from=record.period_from if record else None,
        payments_to=record.period_to if record else None,
        cases=rows(full["fagsystem"], "sager"),
        events=rows(full["fagsystem"], "vejledningshaendelser"),
        answers=used_answers,
        rejected_tables=rejected_tables(full["uip"]) | rejected_tables(full["fagsystem"]),
    )
    return LakeRows(
        evidence=evidence,
        reversed_lines=tuple(
            line
            for (_, _, lines), answer in zip(asked, used_answers, strict=True)
            for line in lines
            if all(line is not standing for standing in answer.lines)
        ),
        look_ups=tuple(span for _, spans, _ in asked for span in spans),
        rejected=tuple(row for row in rejected if row.source != "eindkomst" or row.delivery_id in asked_ids),
        elsewhere=() if knows_residence else tuple(_elsewhere(home, run, person_key, full["uip"].extracted_at)),
        not_held=not_held,
    )


def _is_held(home: Home, delivery: CountingDelivery) -> bool:
    tables = load_source_contract(delivery.source).required_tables
    return all(_accepted_path(home, delivery, table).is_file() for table in tables)


def _accepted_path(home: Home, delivery: CountingDelivery, table: str) -> Path:
    return home.accepted(delivery.source, table, delivery.municipality_code, delivery.delivery_id)


def _person_files(home: Home, delivery: CountingDelivery) -> Iterator[Path]:
    """Every file of the delivery in the lake that knows persons."""
    tables = load_source_contract(delivery.source).tables
    paths = [_accepted_path(home, delivery, table) for table in tables]
    paths.append(home.rejected(delivery.source, delivery.municipality_code, delivery.delivery_id))
    return (path for path in paths if path.is_file())


def _rows_of(path: Path, person_key: str | None) -> list[dict[str, Any]]:
    if person_key is None or not path.is_file():
        return []
    return pl.scan_parquet(path).filter(pl.col("person_key") == person_key).sort("line_number").collect().to_dicts()


def _accepted(home: Home, delivery: CountingDelivery, table: str, person_key: str | None) -> list[Row]:
    found = _rows_of(_accepted_path(home, delivery, table), person_key)
    return [{**row, "source": delivery.source, "table_name": table} for row in found]


def _rejected(home: Home, delivery: CountingDelivery, person_key: str | None) -> list[RejectedRow]:
    path = home.rejected(delivery.source, delivery.municipality_code, delivery.delivery_id)
    return [
        RejectedRow(row["source"], row["delivery_id"], row["table_name"], row["line_number"], tuple(row["rule_ids"].split(",")))
        for row in _rows_of(path, person_key)
    ]


def _elsewhere(home: Home, run: PublishedRun, person_key: str | None, after: datetime) -> Iterator[PlaceElsewhere]:
    for delivery in run.counting("uip", elsewhere=True):
        if delivery.extracted_at > after:
            rows = _rows_of(_accepted_path(home, delivery, "opholdstilladelser"), person_key)
            if any(row["kommunekode"] == delivery.municipality_code for row in rows):
                yield PlaceElsewhere(delivery.municipality_code, delivery.extracted_at)
