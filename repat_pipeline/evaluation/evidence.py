"""What a decision for (person, M) may look at: the bulkhead of rules.md section 1, as a type.

A criterion gets a `PersonEvidence` and nothing else of the deliveries, so it cannot see another municipality's
fagsystem rows. The one thing that crosses municipalities, UIP rows elsewhere, is asked for by `resident` (C1) alone.
Decisions are not made here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from repat_pipeline.evaluation.inputs import Delivery, Row
from repat_pipeline.evaluation.selection import newest_first


@dataclass(frozen=True)
class Answer:
    """One e-Indkomst answer that M asked for, as far as it is about one person.

    Attributes:
        delivery_id: The answer's delivery.
        asked_spans: First and last month, inclusive, of each accepted `opslag` row of the person.
        lines: Accepted `indkomst` rows of the person that no reversal has taken away.
        rejected_tables: `opslag`, `indkomst` where the person has a rejected row in this delivery.
    """

    delivery_id: str
    asked_spans: tuple[tuple[date, date], ...]
    lines: tuple[Row, ...]
    rejected_tables: frozenset[str]

    def asks_for(self, month: date) -> bool:
        """Whether the person was asked for in `month`, with or without any income in the answer."""
        return any(first <= month <= last for first, last in self.asked_spans)

    def lines_of(self, month: date) -> list[Row]:
        """Return the lines for `month`: that of `loenperiode_fra`, or `basismaaned` without a wage period."""
        return self._by_month.get(month, [])

    @cached_property
    def _by_month(self) -> dict[date, list[Row]]:
        by_month: dict[date, list[Row]] = defaultdict(list)
        for line in self.lines:
            by_month[(line["loenperiode_fra"] or line["basismaaned"]).replace(day=1)].append(line)
        return by_month


@dataclass(frozen=True)
class PersonEvidence:
    """Everything that M may use about one person, from its own counting deliveries and its own answers.

    Attributes:
        municipality: M.
        person_key: The person.
        register_row: The accepted row of `borgere`, or None.
        permits: Accepted rows of `opholdstilladelser`.
        uip_extracted_at: When M's counting UIP delivery was extracted.
        payments: Accepted rows of `ydelser`.
        payments_from: First month that `ydelser` covers completely, or None.
        payments_to: Last such month, inclusive, or None.
        cases: Accepted rows of `sager`.
        events: Accepted rows of `vejledningshaendelser`.
        answers: M's answers in which the person was asked for, newest first; empty before e-Indkomst is lawful.
        rejected_tables: Tables of the counting deliveries in which the person has a rejected row.
    """

    municipality: str
    person_key: str
    register_row: Row | None
    permits: tuple[Row, ...]
    uip_extracted_at: datetime
    payments: tuple[Row, ...]
    payments_from: date | None
    payments_to: date | None
    cases: tuple[Row, ...]
    events: tuple[Row, ...]
    answers: tuple[Answer, ...]
    rejected_tables: frozenset[str]

    @property
    def has_uip_row(self) -> bool:
        """Whether the person has a row in M's UIP delivery at all, accepted or rejected."""
        return bool(self.permits) or "opholdstilladelser" in self.rejected_tables

    @cached_property
    def payments_by_month(self) -> Mapping[date, Sequence[Row]]:
        """First day of a month -> rows of `ydelser` whose period lies in it (never in two: inbound.md section 3)."""
        grouped: dict[date, list[Row]] = defaultdict(list)
        for row in self.payments:
            grouped[row["periode_fra"].replace(day=1)].append(row)
        return dict(grouped)

    def answer_used_for(self, month: date) -> Answer | None:
        """Return the newest answer in which the month was asked for: it counts alone. None when nobody asked."""
        return next((answer for answer in self.answers if answer.asks_for(month)), None)

    def is_covered_by_own(self, month: date) -> bool:
        """Whether own data cover the month (rules.md C4): the person lived in M all of it, and `ydelser` includes it.

        Only `tilflyttet_kommune_dato` tells since when the person lives in M; null = always.
        """
        if self.register_row is None or self.payments_from is None or self.payments_to is None:
            return False
        moved_in = self.register_row["tilflyttet_kommune_dato"]
        return (moved_in is None or moved_in <= month) and self.payments_from <= month <= self.payments_to


class MunicipalityEvidence:
    """The counting deliveries and the answers of one municipality, arranged by person."""

    def __init__(self, uip: Delivery, fagsystem: Delivery, *, answers: Iterable[Delivery]) -> None:
        """Arrange the rows of M.

        Args:
            uip: M's counting UIP delivery.
            fagsystem: M's counting fagsystem delivery.
            answers: The e-Indkomst answers that M asked for and that exist at K; none before e-Indkomst is lawful.
        """
        self.municipality = uip.municipality
        self._uip = uip
        self._fagsystem = fagsystem
        self._permits = rows_by_person(uip, "opholdstilladelser")
        self._register_rows = rows_by_person(fagsystem, "borgere")
        self._payments = rows_by_person(fagsystem, "ydelser")
        self._cases = rows_by_person(fagsystem, "sager")
        self._events = rows_by_person(fagsystem, "vejledningshaendelser")
        self._answers = [(answer, rows_by_person(answer, "opslag"), rows_by_person(answer, "indkomst")) for answer in newest_first(answers)]

    def persons_in_uip(self) -> set[str]:
        """Return everyone with a UIP row, accepted or rejected, whose CPR number can be read."""
        rejected = {person for person in self._uip.rejected.get("opholdstilladelser", ()) if person is not None}
        return set(self._permits) | rejected

    def persons_in_register(self) -> set[str]:
        """Return everyone with an accepted row in `borgere`."""
        return set(self._register_rows)

    def of_person(self, person_key: str) -> PersonEvidence:
        """Collect what M may use about one person."""
        rejected = {
            table for delivery in (self._uip, self._fagsystem) for table, persons in delivery.rejected.items() if person_key in persons
        }
        return PersonEvidence(
            municipality=self.municipality,
            person_key=person_key,
            register_row=next(iter(self._register_rows.get(person_key, ())), None),
            permits=tuple(self._permits.get(person_key, ())),
            uip_extracted_at=self._uip.extracted_at,
            payments=tuple(self._payments.get(person_key, ())),
            payments_from=self._fagsystem.period_from,
            payments_to=self._fagsystem.period_to,
            cases=tuple(self._cases.get(person_key, ())),
            events=tuple(self._events.get(person_key, ())),
            answers=tuple(
                Answer(
                    delivery_id=delivery.delivery_id,
                    asked_spans=tuple((row["maaned_fra"], row["maaned_til"]) for row in asked[person_key]),
                    lines=tuple(without_reversals(lines.get(person_key, ()))),
                    rejected_tables=frozenset(table for table in ("opslag", "indkomst") if person_key in delivery.rejected.get(table, ())),
                )
                for delivery, asked, lines in self._answers
                if person_key in asked
            ),
            rejected_tables=frozenset(rejected),
        )


def rows_by_person(delivery: Delivery, table: str) -> Mapping[str, Sequence[Row]]:
    """Group the accepted rows of a table by person; rows without a CPR number are left out (inbound.md section 4)."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in delivery.rows.get(table, ()):
        if row["person_key"] is not None:
            grouped[row["person_key"]].append(row)
    return dict(grouped)


def without_reversals(lines: Iterable[Row]) -> list[Row]:
    """Drop what was reversed among the lines of one person in one delivery (rules.md C4, Reversals).

    A line with `tilbagefoert` is dropped. A line of kind T is dropped with every line of the same company and report
    id; without an id it drops itself only. That it is itself `tilbagefoert` changes nothing.
    """
    lines = list(lines)
    reversed_reports = {
        (line["se_nummer"], line["indberetning_id"])
        for line in lines
        if line["indberetningsart"] == "T" and line["indberetning_id"] is not None
    }
    return [
        line
        for line in lines
        if not line["tilbagefoert"]
        and line["indberetningsart"] != "T"
        and (line["se_nummer"], line["indberetning_id"]) not in reversed_reports
    ]
