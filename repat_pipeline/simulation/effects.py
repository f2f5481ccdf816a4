"""From counted persons to talks, hours and cost a year: arithmetic on assumptions, no rule.

Counting is `simulate`; where the assumptions come from is `catalogue.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from repat_pipeline.simulation.scenarios import Scenario

MONTHS_OF_A_YEAR, MINUTES_OF_AN_HOUR = 12, 60


@dataclass(frozen=True)
class PersonCount:
    """Persons of one municipality who are alike in all that matters here.

    Attributes:
        is_candidate: the talk is due (C5).
        has_talk: a talk that counts has been held.
        is_deferred: the newest round is deferred beyond the reference date.
    """

    status: str
    is_candidate: bool
    has_talk: bool
    is_deferred: bool
    persons: int


@dataclass(frozen=True)
class Figures:
    """What a scenario means for one municipality; persons are counted, the rest follows from the assumptions.

    Attributes:
        target_group: persons with status eligible; `undetermined` may belong to it.
        candidates: of them those with a talk due by the rules.
        talks_due_now: talks to hold with today's candidates: less exempted persons and declarations.
        talks_per_year: summonses to a talk a year when everyone in the target group has one per interval.
    """

    target_group: int
    candidates: int
    undetermined: int
    talks_due_now: float
    talks_per_year: float
    declarations_per_year: float
    hours_per_year: float
    cost_dkk_per_year: float

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, name) + getattr(other, name) for name in Figures.__dataclass_fields__))


NOBODY = Figures(0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)


def figures(counts: Iterable[PersonCount], scenario: Scenario, *, talk_interval_months: int) -> Figures:
    """The figures of one municipality.

    Talks follow the duty: one per person and interval, whether or not it is due today, so the number does not depend on how the
    rounds are spread over the years.
    """
    assumed = scenario.assumptions
    rounds_per_year = MONTHS_OF_A_YEAR / talk_interval_months
    target_group = candidates = undetermined = 0
    due_now = talks = declarations = 0.0
    for count in counts:
        undetermined += count.persons if count.status == "undetermined" else 0
        if count.status != "eligible":
            continue
        exempted_share = assumed["deferred_share_exempted"] if count.is_deferred else assumed["exempted_share"]
        summoned = count.persons * (1 - exempted_share)
        declaring = summoned * assumed["declaration_share"] if count.has_talk else 0.0
        target_group += count.persons
        candidates += count.persons if count.is_candidate else 0
        due_now += summoned - declaring if count.is_candidate else 0.0
        talks += (summoned - declaring) * rounds_per_year
        declarations += declaring * rounds_per_year
    minutes = talks * _minutes_per_talk(assumed) + declarations * assumed["declaration_minutes"]
    hours = minutes / MINUTES_OF_AN_HOUR
    return Figures(
        target_group, candidates, undetermined, due_now, talks, declarations, hours, hours * assumed["hourly_rate_dkk"]
    )  # fmt: skip


def _minutes_per_talk(assumed: dict[str, float]) -> float:
    """Work per summons: preparation always, the talk itself when the person comes."""
    by_telephone, shows_up = assumed["telephone_share"], assumed["show_up_share"]
    meeting = assumed["preparation_minutes"] + shows_up * assumed["talk_minutes"]
    telephone = assumed["telephone_preparation_minutes"] + shows_up * assumed["telephone_minutes"]
    return (1 - by_telephone) * meeting + by_telephone * telephone
