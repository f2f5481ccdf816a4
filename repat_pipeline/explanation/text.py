"""An explanation as text for a caseworker, on a terminal or in a file: Danish or English.

Order: the answer, what to do next, then criterion by criterion with its rows, the months, what would change the outcome, the
deliveries. JSON is `document`.
"""

from __future__ import annotations

from datetime import date
from itertools import groupby
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from repat_pipeline.explanation.evidence import Evidence
from repat_pipeline.explanation.explanation import CriterionExplanation, Decision, Explanation
from repat_pipeline.explanation.months import MonthExplanation
from repat_pipeline.explanation.strings import SUBJECTS, Lang, code_label, pick, say
from repat_pipeline.explanation.unknown_person import WhyNotEvaluated
from repat_pipeline.explanation.words import (
    action_text,
    change_text,
    evidence_text,
    instant_text,
    law_texts,
    missing_text,
    month_runs,
    municipality_text,
    parameter_text,
    place_text,
)
from repat_pipeline.feeds.labels import capital

_COLOURS = {"met": "green", "not_met": "red", "unknown": "yellow"}
_ROUTES = ("active_case", "ordinary_employment", "in_migrant", "closed_case", "other_benefit")


class _Writer:
    """Prints lines; one that is too long for the terminal is wrapped and keeps its indent."""

    def __init__(self, console: Console, lang: Lang) -> None:
        self._console, self.lang = console, lang

    def line(self, text: str = "", *, indent: int = 0, style: str = "") -> None:
        """Print a line."""
        first, others = " " * indent, " " * (indent + 2 if text.startswith("- ") else indent)
        lines = wrap(text, self._console.width, initial_indent=first, subsequent_indent=others,
                     break_long_words=False, break_on_hyphens=False, replace_whitespace=False) or [""]  # fmt: skip
        for content in lines:
            self._console.print(Text(content, style=style), soft_wrap=True)

    def verbatim(self, text: str, *, indent: int) -> None:
        """Print a line whose blanks matter."""
        self._console.print(Text(" " * indent + text.rstrip()), soft_wrap=True)

    def say(self, name: str, *, indent: int = 0, style: str = "", **values: object) -> None:
        """Print a text of the table."""
        self.line(say(name, self.lang, **values), indent=indent, style=style)

    def heading(self, name: str) -> None:
        """Print a heading with a blank line before it."""
        self.line()
        self.say(name, style="bold")

    def evidence(self, rows: tuple[Evidence, ...], *, indent: int) -> None:
        """Print what rows say, and where each stands."""
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
        _show_decision(out, explanation.decision, is_whole=not explanation.not_held)
    out.heading("deliveries")
    for delivery in explanation.deliveries:
        told = say("delivery", lang, source=delivery.source, delivery_id=delivery.delivery_id,
                   extracted_at=instant_text(delivery.extracted_at))  # fmt: skip
        is_gone = delivery in explanation.not_held
        out.line(f"- {told}" + (f"; {say('not_held', lang)}" if is_gone else ""), indent=2, style="yellow" if is_gone else "")


def _show_not_evaluated(out: _Writer, why: WhyNotEvaluated) -> None:
    out.say("not_evaluated", style="bold")
    for reason in why.reasons:
        out.say(f"not_evaluated.{reason}", indent=2)
    out.evidence(why.evidence, indent=2)


def _show_decision(out: _Writer, decision: Decision, *, is_whole: bool) -> None:
    row, lang = decision.published, out.lang
    status = code_label("status", row["status"], lang)
    out.line(f"Status: {status}. {say('on_list' if row['is_candidate'] else 'off_list', lang)}", style="bold")
    for outcome in ("not_met", "unknown"):
        subjects = [pick(SUBJECTS[name.criterion], lang).lower() for name in decision.criteria if name.outcome == outcome]
        if subjects:
            out.say(outcome, subjects=", ".join(subjects))
    out.say("reason", reason=decision.reason_da)
    out.say("next_action", action=action_text(decision.next_action, lang))
    out.evidence(decision.next_action.evidence, indent=2)
    if decision.lists:
        out.say("lists", lists=", ".join(f"{name}.csv" for name in decision.lists))
    else:
        out.say("no_lists")
    _show_routes(out, decision)
    for criterion in decision.criteria:
        _show_criterion(out, criterion, is_whole=is_whole)
        if criterion.criterion == "benefit_months":
            _show_months(out, decision)
    _show_changes(out, decision)
    _show_choices(out, decision)


def _show_routes(out: _Writer, decision: Decision) -> None:
    row = decision.published
    others = [code_label("route", flag, out.lang) for flag in _ROUTES if row[flag] and flag != row["primary_route"]]
    also = say("routes_also", out.lang, others=", ".join(others)) if others else ""
    out.line(say("routes", out.lang, primary=code_label("route", row["primary_route"], out.lang)) + also)
    out.evidence(decision.route_evidence, indent=2)


def _show_criterion(out: _Writer, criterion: CriterionExplanation, *, is_whole: bool) -> None:
    """A criterion with its rows; `is_whole`: the lake still holds everything, so that no row means that there was none."""
    lang = out.lang
    label, outcome = code_label("criterion", criterion.criterion, lang), code_label("outcome", criterion.outcome, lang)
    out.line()
    out.line(f"{criterion.number}. {capital(label)}: {outcome} ({criterion.law_reference})", style=_COLOURS[criterion.outcome])
    if criterion.missing:
        out.say("missing", missing=missing_text(criterion.missing, lang), indent=3)
    for text in law_texts(criterion, lang):
        out.line(text, indent=3)
    out.evidence(criterion.evidence, indent=3)
    has_rows = (
        any(row.role == "lives_here" for row in criterion.evidence) if criterion.criterion == "benefit_months" else bool(criterion.evidence)
    )
    if not has_rows:
        absent = {"benefit_months": "no_own_coverage", "talk_due": "no_talk"}.get(criterion.criterion, "no_evidence")
        out.say(absent if is_whole else "no_evidence_held", indent=3)


def _show_months(out: _Writer, decision: Decision) -> None:
    row, months = decision.published, decision.months
    needed = next(use.value for use in decision.criteria[3].parameters)
    proven, possible = row["months_proven"], row["months_possible"]
    still_open = say("months_open", out.lang, possible=possible) if possible > proven else ""
    out.line(say("months", out.lang, proven=proven, window=len(months), needed=needed) + still_open, indent=3)
    by_month = dict(zip((month.month for month in months), row["month_strip"], strict=True))
    out.verbatim(f"      {say('month_letters', out.lang)}", indent=3)
    for year in range(months[0].month.year, months[-1].month.year + 1):
        cells = [by_month.get(date(year, number, 1), " ") for number in range(1, 13)]
        out.verbatim(f"{year}  {' '.join(cells)}", indent=3)
    out.verbatim(say("legend", out.lang), indent=3)
    for _, run in groupby(months, key=_kind):
        _show_month_run(out, list(run))


def _kind(month: MonthExplanation) -> tuple[object, ...]:
    """Months beside each other with the same kind are told in one line: all is the same but the lines of the rows."""
    rows = tuple((evidence_text(row, "da"), row.role, row.source, row.delivery_id, row.table) for row in month.evidence)
    return month.state, month.benefit_code, month.why_unknown, rows


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
    name = "month_run_one" if len(run) == 1 else "month_run"
    told = say(name, lang, months=month_runs([month.month for month in run], lang)[0], count=len(run), state=state)
    out.line("- " + "; ".join([told, *parts]), indent=3)


def _show_changes(out: _Writer, decision: Decision) -> None:
    out.heading("changes")
    standing_in_the_way = [criterion for criterion in decision.criteria[:4] if criterion.outcome != "met"]
    if len(standing_in_the_way) > 1:
        out.say("changes_all", indent=2)
    for name, changes in groupby(decision.changes, key=lambda change: change.criterion):
        first, *others = [change_text(change, out.lang) for change in changes]
        out.line(f"- {pick(SUBJECTS[name], out.lang)}: {first}", indent=2)
        # Counted months can be reached in several ways; what keeps another criterion open must all be dealt with.
        for other in others:
            out.say("or" if name == "benefit_months" else "and", change=other, indent=4)


def _show_choices(out: _Writer, decision: Decision) -> None:
    """The parameters that are no law: the product's defaults, and practice for the routes."""
    out.heading("choices")
    by_subject = [(pick(SUBJECTS[criterion.criterion], out.lang), criterion.parameters) for criterion in decision.criteria]
    for subject, uses in [*by_subject, (say("routes_subject", out.lang), decision.route_parameters)]:
        choices = [parameter_text(use, out.lang) for use in uses if not use.is_law]
        if choices:
            out.line("- " + say("choices_of", out.lang, subject=subject, choices="; ".join(choices)), indent=2)
