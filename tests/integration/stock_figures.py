"""The KPIs of the stock once more, in plain Python from who was eligible on which day: clear, slow, and without the models' SQL.

Norm: spec/kpi.md section 2 (K01-K03, K18-K21, K23). `Day` lists every person that was looked at on a reference day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from repat_pipeline.evaluation.calendar import add_months, last_of_month

Who = tuple[str, str]
Key = tuple[str, str, str, date, str, str]
"""KPI, measure, place, last day of the period, dimension, value."""
Day = Mapping[Who, Mapping[str, Any]]

MONTHS, BANDS, SPANS = 24, ((90, "band_1"), (365, "band_2")), (30, 90, 180)


@dataclass
class Spell:
    """Reference days in a row on which a person is eligible."""

    who: Who
    first_day: date
    since: date
    route: str
    is_start_seen: bool
    days: list[date] = field(default_factory=list)


@dataclass(frozen=True)
class Stock:
    """Everybody on every reference day, and what else the figures need.

    Attributes:
        arrived: day of arrival in the municipality, where there is one.
        invited: days of the municipality's own invitations.
        as_of: D, the last day that anything is known of.
    """

    days: Mapping[date, Day]
    arrived: Mapping[Who, date]
    invited: Mapping[Who, Sequence[date]]
    as_of: date

    def spells(self) -> list[Spell]:
        """All spells; the reference days are one a month."""
        found: list[Spell] = []
        running: dict[Who, Spell] = {}
        for number, day in enumerate(sorted(self.days)):
            eligible = {who: columns for who, columns in self.days[day].items() if columns["status"] == "eligible"}
            running = {who: spell for who, spell in running.items() if who in eligible}
            for who, columns in eligible.items():
                if who not in running:
                    starts = [day.replace(day=1), add_months(columns["residence_since"], 60), self.arrived.get(who, date.min)]
                    running[who] = Spell(who, day, max(starts), columns["primary_route"], is_start_seen=number > 0)
                    found.append(running[who])
                running[who].days.append(day)
        return found


def figures(stock: Stock) -> dict[Key, float | None]:
    """Every figure, of both municipalities and of the country, by key."""
    found: dict[Key, float | None] = {}
    spell_on = {(spell.who, day): spell for spell in stock.spells() for day in spell.days}
    days = sorted(stock.days)
    for place, is_in in _places(stock):
        for number, day in enumerate(days):
            people = {who: columns for who, columns in stock.days[day].items() if is_in(who)}
            eligible = {who: columns for who, columns in people.items() if columns["status"] == "eligible"}
            _stocks(found, place, day, people, eligible)
            _overdue(found, place, day, eligible, stock, spell_on)
            if day != last_of_month(day):
                continue
            if number > 0:
                before = {who for who, columns in stock.days[days[number - 1]].items() if is_in(who) and columns["status"] == "eligible"}
                found["K03", "inflow", place, day, "", ""] = len(_persons(eligible) - _persons(before))
                found["K03", "outflow", place, day, "", ""] = len(_persons(before) - _persons(eligible))
                new = [spell for spell in stock.spells() if spell.is_start_seen and spell.first_day == day and is_in(spell.who)]
                _lead_times(found, place, day, new, stock)
            if number + 1 >= MONTHS:
                _coverage(found, place, day, eligible, stock, spell_on)
    return found


def _places(stock: Stock) -> Iterator[tuple[str, Callable[[Who], bool]]]:
    for municipality in sorted({who[0] for people in stock.days.values() for who in people}):
        yield municipality, lambda who, municipality=municipality: who[0] == municipality
    yield "DK", lambda who: True


def _persons(people: Any) -> set[str]:
    return {person for _, person in people}


def _stocks(found: dict[Key, float | None], place: str, day: date, people: Day, eligible: Day) -> None:
    undetermined = {who: columns for who, columns in people.items() if columns["status"] == "undetermined"}
    found["K01", "persons", place, day, "", ""] = len(_persons(eligible))
    found["K02", "persons", place, day, "", ""] = len(_persons(undetermined))
    total = len(_persons(eligible)) + len(_persons(undetermined))
    found["K02", "share", place, day, "", ""] = len(_persons(undetermined)) / total if total else None
    for route in {columns["primary_route"] for columns in eligible.values()}:
        on_route = [who for who, columns in eligible.items() if columns["primary_route"] == route]
        found["K01", "persons", place, day, "primary_route", route] = len(_persons(on_route))
    for source in {name for columns in undetermined.values() for name in columns["missing"].split(",")}:
        lacking = [who for who, columns in undetermined.items() if source in columns["missing"].split(",")]
        found["K02", "persons", place, day, "missing_source", source] = len(_persons(lacking))


def _overdue(
    found: dict[Key, float | None], place: str, day: date, eligible: Day, stock: Stock, spell_on: Mapping[tuple[Who, date], Spell]
) -> None:
    groups: dict[tuple[str, str], set[str]] = defaultdict(set)
    for who, columns in eligible.items():
        since = spell_on[who, day].since
        days = (day - max(columns["due_by_law"] or since, since)).days
        if days < 1:
            continue
        invited = any(since <= invitation <= day for invitation in stock.invited.get(who, ()))
        reason = "talk_expired" if columns["last_talk_on"] else "invited_not_attended" if invited else "never_invited"
        band = next((name for last, name in BANDS if days <= last), "band_3")
        for group in (("", ""), ("band", band), ("reason", reason)):
            groups[group].add(who[1])
    for group in {("", ""), *groups}:
        found["K20", "persons", place, day, *group] = len(groups[group])
        found["K20", "share", place, day, *group] = len(groups[group]) / len(_persons(eligible)) if eligible else None


def _coverage(
    found: dict[Key, float | None], place: str, day: date, eligible: Day, stock: Stock, spell_on: Mapping[tuple[Who, date], Spell]
) -> None:
    def is_recent(when: date | None) -> bool:
        return when is not None and add_months(when, MONTHS) > day

    long = {who for who in eligible if day + timedelta(days=1) >= add_months(spell_on[who, day].since, MONTHS)}
    held = {who for who in long if is_recent(eligible[who]["last_talk_on"])}
    offered = {who for who in long if is_recent(max((d for d in stock.invited.get(who, ()) if d <= day), default=None))}

    def share(part: set[Who], *routes: str) -> float | None:
        whole = {who for who in long if not routes or eligible[who]["primary_route"] in routes}
        return len(_persons(part & whole)) / len(_persons(whole)) if whole else None

    for kpi_id, part in (("K18", held), ("K19", offered)):
        found[kpi_id, "share", place, day, "", ""] = share(part)
        for route in {eligible[who]["primary_route"] for who in eligible}:
            found[kpi_id, "share", place, day, "primary_route", route] = share(part, route)
    hidden, with_case = share(held, "ordinary_employment", "in_migrant"), share(held, "active_case")
    found["K23", "gap", place, day, "", ""] = None if hidden is None or with_case is None else 100 * (hidden - with_case)


def _lead_times(found: dict[Key, float | None], place: str, day: date, spells: list[Spell], stock: Stock) -> None:
    newest = max(stock.days)
    for dimension, route in {("", ""), *(("primary_route", spell.route) for spell in spells)}:
        chosen = [spell for spell in spells if not dimension or spell.route == route]
        waits: list[tuple[int, bool]] = []
        within: dict[int, set[str]] = {span: set() for span in SPANS}
        for spell in chosen:
            seen = ((stock.as_of if spell.days[-1] == newest else spell.days[-1]) - spell.since).days
            days = min(((d - spell.since).days for d in stock.invited.get(spell.who, ()) if d >= spell.since), default=None)
            waits.append((seen, False) if days is None or days > seen else (days, True))
            for span in SPANS:
                within[span] |= {spell.who[1]} if days is not None and days <= span else set()
        persons = len({spell.who[1] for spell in chosen})
        for span in SPANS:
            found["K21", f"share_{span}", place, day, dimension, route] = len(within[span]) / persons if persons else None
        found["K21", "median", place, day, dimension, route] = kaplan_meier_median(waits)


def kaplan_meier_median(waits: list[tuple[int, bool]]) -> int | None:
    """First day by which at least half have met the event; `waits` are days seen and whether the event ended them."""
    waiting = 1.0
    for day in sorted({days for days, is_met in waits if is_met}):
        at_risk = sum(days >= day for days, _ in waits)
        waiting *= 1 - sum(days == day and is_met for days, is_met in waits) / at_risk
        if waiting <= 0.5 + 1e-9:
            return day
    return None
