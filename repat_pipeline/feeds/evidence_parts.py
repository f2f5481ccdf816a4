"""What changed in the data about one person between two decisions, in parts that can be switched one at a time.

Parts: sources that tell nothing of the person any more (`lacking`), facts that the earlier deliveries could have told and now are told
otherwise (`corrected`), facts of after them (`added`). Every difference belongs to exactly one part, so that all parts together turn
the old evidence into the new. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum, auto
from typing import Any

from repat_pipeline.evaluation.evidence import Answer, MunicipalityEvidence, PersonEvidence
from repat_pipeline.evaluation.inputs import Row
from repat_pipeline.evaluation.resident import UipClaim

_KEYS = {"permits": "tilladelse_id", "payments": "effektuering_id", "cases": "sag_id", "events": "haendelse_id"}
_UIP_TABLES = frozenset({"opholdstilladelser"})


class Part(Enum):
    """A part of what changed in the data."""

    LACKING = auto()
    CORRECTED = auto()
    ADDED = auto()


@dataclass(frozen=True)
class PersonInputs:
    """Everything that a decision about one person may read.

    Attributes:
        evidence: M's own deliveries and answers; rows in order of their keys.
        elsewhere: municipalities whose counting UIP delivery has the person there, and when it was extracted (C1).
        own_until: last day that the fagsystem delivery can tell of.
    """

    evidence: PersonEvidence
    elsewhere: tuple[tuple[str, datetime], ...]
    own_until: date

    @property
    def claims(self) -> list[UipClaim]:
        """`elsewhere` as C1 reads it."""
        return [UipClaim(code, instant, frozenset({self.evidence.person_key})) for code, instant in self.elsewhere]


def person_inputs(evidence: MunicipalityEvidence, person_key: str, *, claims: Iterable[UipClaim], own_until: date) -> PersonInputs:
    """Collect what may be read about one person, in a form that does not depend on the order of rows or the spans asked for."""
    person = evidence.of_person(person_key)
    ordered: dict[str, Any] = {name: _sorted(getattr(person, name), key) for name, key in _KEYS.items()}
    ordered["answers"] = tuple(_limited(answer, lambda month: True) for answer in person.answers)
    elsewhere = [
        (claim.municipality, claim.extracted_at)
        for claim in claims
        if claim.municipality != person.municipality and person_key in claim.persons
    ]
    return PersonInputs(replace(person, **ordered), tuple(sorted(elsewhere)), own_until)


def _sorted(rows: Iterable[Row], key: str) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: str(row[key])))


def changed_parts(old: PersonInputs, new: PersonInputs) -> list[Part]:
    """The parts in which anything differs."""
    if (old.evidence, old.elsewhere) == (new.evidence, new.elsewhere):
        return []
    return [part for part in Part if switch(old, new, {part}) != old]


def switch(old: PersonInputs, new: PersonInputs, parts: Iterable[Part]) -> PersonInputs:
    """The old inputs with some parts as they are in the new ones; with all parts they decide as the new ones do."""
    chosen = frozenset(parts)
    person = _switch_uip(old.evidence, new.evidence, chosen)
    person = _switch_own(person, old, new, chosen)
    person = replace(person, answers=_switch_answers(old.evidence.answers, new.evidence.answers, chosen))
    # Who has the person by UIP is read for persons without a row in `borgere` only (C1).
    if Part.ADDED in chosen and None in (old.evidence.register_row, new.evidence.register_row):
        return PersonInputs(replace(person, uip_extracted_at=new.evidence.uip_extracted_at), new.elsewhere, old.own_until)
    return PersonInputs(person, old.elsewhere, old.own_until)


def _switch_uip(old: PersonEvidence, new: PersonEvidence, chosen: frozenset[Part]) -> PersonEvidence:
    told_until = old.uip_extracted_at.date()
    if old.has_uip_row and not new.has_uip_row:
        given = new if Part.LACKING in chosen else old
        tables = given.rejected_tables & _UIP_TABLES | old.rejected_tables - _UIP_TABLES
        return replace(old, permits=given.permits, rejected_tables=tables)
    permits = _merge(
        old.permits,
        new.permits,
        "tilladelse_id",
        could_be_told=lambda row: max(row["gyldig_fra"], row["status_dato"] or date.min) <= told_until,
        chosen=chosen,
    )
    tables = _switch_rejected(old.rejected_tables & _UIP_TABLES, new.rejected_tables & _UIP_TABLES, chosen)
    return replace(old, permits=permits, rejected_tables=tables | old.rejected_tables - _UIP_TABLES)


def _switch_own(person: PersonEvidence, before: PersonInputs, after: PersonInputs, chosen: frozenset[Part]) -> PersonEvidence:
    """The fagsystem part of `person`, whose UIP part has been switched."""
    old, new = before.evidence, after.evidence
    uip_tables = person.rejected_tables & _UIP_TABLES
    if old.register_row is not None and new.register_row is None:
        given = new if Part.LACKING in chosen else old
        return replace(
            person,
            register_row=given.register_row,
            payments=given.payments,
            payments_from=given.payments_from,
            payments_to=given.payments_to,
            cases=given.cases,
            events=given.events,
            rejected_tables=uip_tables | given.rejected_tables - _UIP_TABLES,
        )
    first = max(old.payments_from or date.max, new.payments_from or date.max)
    last = min(old.payments_to or date.min, new.payments_to or date.min)
    period = new if Part.ADDED in chosen else old

    def merge(name: str, could_be_told: Callable[[Row], bool]) -> tuple[Row, ...]:
        return _merge(getattr(old, name), getattr(new, name), _KEYS[name], could_be_told=could_be_told, chosen=chosen)

    return replace(
        person,
        register_row=_switch_register_row(before, after, chosen),
        payments=merge("payments", lambda row: first <= row["periode_fra"].replace(day=1) <= last),
        payments_from=period.payments_from,
        payments_to=period.payments_to,
        cases=merge("cases", lambda row: max(row["aabnet_dato"], row["lukket_dato"] or date.min) <= before.own_until),
        events=merge("events", lambda row: row["haendelsesdato"] <= before.own_until),
        rejected_tables=uip_tables | _switch_rejected(old.rejected_tables - _UIP_TABLES, new.rejected_tables - _UIP_TABLES, chosen),
    )


def _switch_register_row(before: PersonInputs, after: PersonInputs, chosen: frozenset[Part]) -> Row | None:
    """A row of `borgere` tells the state of its day: only another date of moving in, of before that, corrects it."""
    old, new = before.evidence.register_row, after.evidence.register_row
    if old == new or new is None:
        return old
    moved_in = new["tilflyttet_kommune_dato"]
    is_corrected = (
        old is not None
        and old["tilflyttet_kommune_dato"] != moved_in
        and (moved_in is None or moved_in <= before.own_until)
        and old["kommunekode"] == new["kommunekode"]
    )
    return new if (Part.CORRECTED if is_corrected else Part.ADDED) in chosen else old


def _merge(
    old: Iterable[Row], new: Iterable[Row], key: str, *, could_be_told: Callable[[Row], bool], chosen: frozenset[Part]
) -> tuple[Row, ...]:
    """Choose the old or the new version of each row.

    Args:
        could_be_told: whether the earlier delivery could have told what a row says.
    """
    before, after = ({row[key]: row for row in rows} for rows in (old, new))
    merged = []
    for identifier in sorted(before.keys() | after.keys()):
        was, is_now = before.get(identifier), after.get(identifier)
        newest = is_now if is_now is not None else was
        assert newest is not None
        part = Part.CORRECTED if could_be_told(newest) else Part.ADDED
        row = is_now if part in chosen else was
        if row is not None:
            merged.append(row)
    return tuple(merged)


def _switch_rejected(old: frozenset[str], new: frozenset[str], chosen: frozenset[Part]) -> frozenset[str]:
    """A rejected row that is mended corrects; one that came is new."""
    kept = old & new if Part.CORRECTED in chosen else old
    return kept | (new - old if Part.ADDED in chosen else frozenset())


def _switch_answers(old: tuple[Answer, ...], new: tuple[Answer, ...], chosen: frozenset[Part]) -> tuple[Answer, ...]:
    """Months that had been asked for before get other answers (`corrected`), other months their first (`added`)."""
    if old and not new:
        return new if Part.LACKING in chosen else old
    if old == new:
        return old
    asked_before = {month for answer in old for month in _asked_months(answer)}
    of_asked = [_limited(answer, lambda month: month in asked_before) for answer in (new if Part.CORRECTED in chosen else old)]
    of_others = [_limited(answer, lambda month: month not in asked_before) for answer in new] if Part.ADDED in chosen else []
    # Month by month at most one of the two lists was asked: their order among each other decides nothing.
    return tuple(answer for answer in [*of_asked, *of_others] if answer.asked_spans)


def _asked_months(answer: Answer) -> list[date]:
    months = set()
    for first, last in answer.asked_spans:
        index, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
        months |= {date(number // 12, number % 12 + 1, 1) for number in range(index, end + 1)}
    return sorted(months)


def _limited(answer: Answer, is_wanted: Callable[[date], bool]) -> Answer:
    return replace(answer, asked_spans=tuple((month, month) for month in _asked_months(answer) if is_wanted(month)))
