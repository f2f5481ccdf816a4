"""C5 `talk_due`: no dedicated talk held within the last 2 years (rules.md C5; § 5 stk. 1, 2. pkt.).

Here the two clocks. What to do next in a round of summons is `next_action`.
"""

from dataclasses import dataclass
from datetime import date

from repat_pipeline.evaluation.calendar import add_months
from repat_pipeline.evaluation.criteria import Criterion, unknown_where_rejected
from repat_pipeline.evaluation.evidence import PersonEvidence
from repat_pipeline.evaluation.inputs import Parameters, Row


@dataclass(frozen=True)
class TalkClock:
    """When the last talk was and when the next is due.

    Attributes:
        last_talk_on: T, the newest talk on or before D that counts; None without one.
        due_by_law: T + 24 months; None without T.
        due_by_practice: The newest of T and the newest closing letter + 24 months; None without either.
    """

    last_talk_on: date | None
    due_by_law: date | None
    due_by_practice: date | None


def counts_as_talk(event: Row, municipality: str, *, parameters: Parameters) -> bool:
    """Whether the event is a talk that starts the clock of M: one elsewhere only with a document reference."""
    if event["haendelsestype"] != "samtale_afholdt":
        return False
    if event["kommunekode"] == municipality:
        return True
    return parameters.talk_in_other_municipality_counts == "with_document_reference" and event["dokument_reference"] is not None


def decide_talk_due(person: PersonEvidence, *, as_of: date, parameters: Parameters) -> tuple[Criterion, TalkClock]:
    """Decide C5.

    Returns:
        The criterion (`evidence_on` is T), and the clock. A rejected event makes the criterion unknown; the clock is
        that of the accepted events all the same.
    """
    events = [event for event in person.events if event["haendelsesdato"] <= as_of]
    talks = [event["haendelsesdato"] for event in events if counts_as_talk(event, person.municipality, parameters=parameters)]
    letters = [event["haendelsesdato"] for event in events if event["haendelsestype"] == "afsluttende_brev"]

    def due_after(days: list[date]) -> date | None:
        return add_months(max(days), parameters.talk_interval_months) if days else None

    clock = TalkClock(max(talks, default=None), due_by_law=due_after(talks), due_by_practice=due_after(talks + letters))
    due_on = clock.due_by_law if parameters.clock == "talks_held" else clock.due_by_practice
    natural = Criterion("met" if due_on is None or as_of >= due_on else "not_met", evidence_on=clock.last_talk_on)
    return unknown_where_rejected(natural, person.rejected_tables & {"vejledningshaendelser"}), clock
