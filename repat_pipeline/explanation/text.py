"""An explanation as text for a caseworker, on a terminal or in a file: Danish or English.

Order: the answer, what to do next, then criterion by criterion with its rows, the months, what would change the outcome, the
deliveries. JSON is `document`.
"""

from __future__ import annotations

from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from repat_pipeline.explanation.evidence import Evidence
from repat_pipeline.explanation.explanation import CriterionExplanation, Decision, Explanation
from repat_pipeline.explanation.months import MonthExplanation
from repat_pipeline.explanation.strings import Lang, code_label, say
from repat_pipeline.explanation.unknown_person import WhyNotEvaluated
from repat_pipeline.explanation.words import (
    action_text,
    change_text,
    evidence_text,
    law_texts,
    missing_text,
    month_runs,
    municipality_text,
    parameter_text,
    place_text,
)

_COLOURS = {"met": "green", "not_met": "red", "unknown": "yellow"}
_ROUTES = ("active_case", "ordinary_employment", "in_migrant", "closed_case", "other_benefit")


class _Writer:
    """Prints lines with an indent that wrapped lines keep."""

    def __init__(self, console: Console, lang: Lang) -> None:
        self._console, self.lang = console, lang

    def line(self, text: str = "", *, indent: int = 0, style: str = "") -> None:
        content = escape(text)
        marked = f"[{style}]{content}[/]" if style and content else content
        self._console.print(Padding(marked, (0, 0, 0, indent), expand=False), highlight=False)

    def say(self, name: str, *, indent: int = 0, style: str = "", **values: object) -> None:
        self.line(say(name, self.lang, **values), indent=indent, style=style)

    def evidence(self, rows: tuple[Evidence, ...], *, indent: int) -> None:
        """Rows with their place; neighbours in one table of one delivery are told apart by their lines."""
        for row in rows:
            place = place_text(row, self.lang)
            self.line(f"- {evidence_text(row, self.lang)}" + (f" ({place})" if place else ""), indent=indent)


def show(console: Console, explanation: Explanation, lang: Lang) -> None:
    """Print an explanation."""
    out = _Writer(console, lang)
    run = explanation.run
    out.say("title", municipality=municipality_text(run.municipality_code), as_of=run.as_of, style="bold")
    out.say("rules", rule_version=run.manifest["rule_version"], person_ref=explanation.person_ref, style="dim")
    if run.manifest["known_at"]:
        out.say("known_at", known_at=run.manifest["known_at"], style="dim")
    out.line()
    if explanation.not_evaluated is not None:
        _show_not_evaluated(out, explanation.not_evaluated)
    if explanation.decision is not None:
        _show_decision(out, explanation.decision)
    out.line()
    out.say("deliveries", style="bold")
    for delivery in explanation.deliveries:
        told = say("delivery", lang, source=delivery.source, delivery_id=delivery.delivery_id,
                   extracted_at=f"{delivery.extracted_at:%Y-%m-%d %H:%M}")  # fmt: skip
        is_gone = delivery in explanation.not_held
        out.line(f"- {told}" + (f"; {say('not_held', lang)}" if is_gone else ""), indent=2, style="yellow" if is_gone else "")


def _show_not_evaluated(out: _Writer, why: WhyNotEvaluated) -> None:
    out.say("not_evaluated", style="bold")
    for reason in why.reasons:
        out.say(f"not_evaluated.{reason}", indent=2)
    out.evidence(why.evidence, indent=2)


def _show_decision(out: _Writer, decision: Decision) -> None:
    row, lang = decision.published, out.lang
    status = code_label("status", row["status"], lang)
    out.line(f"{status[:1].upper()}{status[1:]}. {say('on_list' if row['is_candidate'] else 'off_list', lang)}", style="bold")
    out.say("reason", reason=decision.reason_da)
    out.say("next_action", action=action_text(decision.next_action, lang))
    out.evidence(decision.next_action.evidence, indent=2)
    if decision.lists:
        out.say("lists", lists=", ".join(f"{name}.csv" for name in decision.lists))
    else:
        out.say("no_lists")
    _show_routes(out, decision)
    for criterion in decision.criteria:
        _show_criterion(out, criterion)
        if criterion.criterion == "benefit_months":
            _show_months(out, decision)
    _show_changes(out, decision)


def _show_routes(out: _Writer, decision: Decision) -> None:
    row = decision.published
    others = [code_label("route", flag, out.lang) for flag in _ROUTES if row[flag] and flag != row["primary_route"]]
    also = say("routes_also", out.lang, others=", ".join(others)) if others else ""
    out.line(say("routes", out.lang, primary=code_label("route", row["primary_route"], out.lang)) + also)
    out.evidence(decision.route_evidence, indent=2)


def _show_criterion(out: _Writer, criterion: CriterionExplanation) -> None:
    lang = out.lang
    label, outcome = code_label("criterion", criterion.criterion, lang), code_label("outcome", criterion.outcome, lang)
    out.line()
    out.line(f"{criterion.number}. {label}: {outcome}  ({criterion.law_reference})", style=_COLOURS[criterion.outcome])
    if criterion.missing:
        out.say("missing", missing=missing_text(criterion.missing, lang), indent=3)
    for text in law_texts(criterion, lang):
        out.line(text, indent=3)
    choices = [parameter_text(use, lang) for use in criterion.parameters if not use.is_law]
    if choices:
        out.say("choices", choices="; ".join(choices), indent=3, style="dim")
    out.evidence(criterion.evidence, indent=3)
    if not criterion.evidence:
        out.say("no_evidence", indent=3)


def _show_months(out: _Writer, decision: Decision) -> None:
    row, months = decision.published, decision.months
    needed = next(use.value for use in decision.criteria[3].parameters)
    out.say("months", proven=row["months_proven"], window=len(months), needed=needed, possible=row["months_possible"], indent=3)
    by_month = dict(zip((month.month for month in months), row["month_strip"], strict=True))
    out.line(f"{'':>4}  {say('month_letters', out.lang)}", indent=3, style="dim")
    for year in range(months[0].month.year, months[-1].month.year + 1):
        cells = [by_month.get(months[0].month.replace(year=year, month=number), " ") for number in range(1, 13)]
        out.line(f"{year}  {' '.join(cells)}".rstrip(), indent=3)
    out.say("legend", indent=3, style="dim")
    for _, run in groupby(months, key=_kind):
        _show_month_run(out, list(run))


def _kind(month: MonthExplanation) -> tuple[object, ...]:
    """Months beside each other with the same kind are told in one line."""
    sources = tuple((row.role, row.source, row.delivery_id, row.table, row.fields.get("ydelseskode")) for row in month.evidence)
    return month.state, month.benefit_code, month.why_unknown, sources


def _show_month_run(out: _Writer, run: list[MonthExplanation]) -> None:
    lang, first = out.lang, run[0]
    if first.state == "not_counted" and not first.evidence:
        return
    state = say(f"state.{first.state}" + (f".{first.why_unknown}" if first.why_unknown else ""), lang)
    parts = []
    for position, row in enumerate(first.evidence):
        lines = tuple(line for month in run for line in month.evidence[position].lines)
        place = place_text(Evidence(row.role, row.source, row.delivery_id, row.table, lines), lang)
        parts.append(f"{evidence_text(row, lang)} ({place})")
    told = say("month_run", lang, months=month_runs([month.month for month in run], lang)[0], count=len(run), state=state)
    out.line("- " + "; ".join([told, *parts]), indent=3)


def _show_changes(out: _Writer, decision: Decision) -> None:
    out.line()
    out.say("changes", style="bold")
    standing_in_the_way = [criterion for criterion in decision.criteria[:4] if criterion.outcome == "not_met"]
    if len(standing_in_the_way) > 1:
        out.say("changes_all", count=len(standing_in_the_way), indent=2)
    for name, changes in groupby(decision.changes, key=lambda change: change.criterion):
        label = code_label("criterion", name, out.lang)
        for position, change in enumerate(changes):
            out.line(f"{'- ' + label + ': ' if position == 0 else '  '}{change_text(change, out.lang)}", indent=2)
