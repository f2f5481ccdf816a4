"""Facts as words: values, places and sentences of an explanation in one of the two languages.

Shared by the text for people and the JSON document, so that both say the same. The words themselves stand in `strings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from repat_pipeline.clock import COPENHAGEN
from repat_pipeline.codelists import load_code_list, municipality_names
from repat_pipeline.explanation.counterfactual import Change
from repat_pipeline.explanation.evidence import Evidence
from repat_pipeline.explanation.explanation import CriterionExplanation, NextAction, ParameterUse
from repat_pipeline.explanation.strings import (
    ENGLISH_CODES,
    PARAMETER_VALUES,
    PARAMETERS,
    Lang,
    code_label,
    month_name,
    pick,
    say,
)

MONTH_FIELDS = frozenset({"month", "first_month", "last_month", "period_from", "period_to", "maaned_fra", "maaned_til", "ambiguous_months"})
# Field -> (code list, its column of codes, its column of Danish labels).
_CODE_LISTS = {
    "cpr_status": ("cpr_status", "code", "status_da"),
    "opholdsgrundlag": ("residence_basis", "basis_code", "label_da"),
    "status": ("permit_statuses", "status", "label_da"),
    "ydelseskode": ("benefits", "benefit_code", "label_da"),
    "haendelsestype": ("guidance_event_types", "event_type", "label_da"),
    "afslutningsaarsag": ("closing_reasons", "closing_reason", "label_da"),
    "citizenship_group": ("citizenship_groups", "citizenship_group", "label_da"),
}
_SHOWN_WITH_CODE = frozenset({"cpr_status", "opholdsgrundlag"})
_ENGLISH_KINDS = {"status": "status_of_permit"}


def value_text(name: str, value: Any, lang: Lang) -> str:
    """One fact as people read it, by the name of its field."""
    if value is None:
        return say("none", lang)
    if isinstance(value, datetime):
        return instant_text(value)
    if name in MONTH_FIELDS:
        return ", ".join(month_runs(value, lang)) if isinstance(value, Sequence) else month_name(value, lang)
    if isinstance(value, Decimal):
        return _amount(value, lang)
    if name in ("kommunekode", "fraflytningskommune"):
        return municipality_text(value)
    if name == "lines":
        return lines_text(value, lang)
    if name == "rule_ids":
        return ", ".join(value)
    return _code_text(name, str(value), lang) if name in _CODE_LISTS else str(value)


def instant_text(instant: datetime) -> str:
    """An instant as a clock in Copenhagen shows it, to the minute."""
    return f"{instant.astimezone(COPENHAGEN):%Y-%m-%d %H:%M}"


def municipality_text(code: str) -> str:
    """Code and name; the code alone when it is none of the 98."""
    return f"{code} {municipality_names().get(code, '')}".strip()


def lines_text(lines: Sequence[int], lang: Lang) -> str:
    """Line numbers as runs: `linje 2-15, 20`."""
    ordered = sorted(lines)
    starts = [line for index, line in enumerate(ordered) if index == 0 or ordered[index - 1] != line - 1]
    ends = [line for index, line in enumerate(ordered) if index == len(ordered) - 1 or ordered[index + 1] != line + 1]
    runs = [str(start) if start == end else f"{start}-{end}" for start, end in zip(starts, ends, strict=True)]
    return say("line" if len(ordered) == 1 else "lines", lang, lines=", ".join(runs))


def month_runs(months: Iterable[date], lang: Lang) -> list[str]:
    """Months as runs: `nov 2023-feb 2024`."""
    runs: list[list[date]] = []
    for month in months:
        if runs and _number(runs[-1][-1]) == _number(month) - 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return [
        month_name(run[0], lang) if len(run) == 1 else f"{month_name(run[0], lang)}-{month_name(run[-1], lang)}" for run in runs
    ]  # fmt: skip


def place_text(evidence: Evidence, lang: Lang) -> str:
    """Where the rows stand: `fagsystem fag-1, borgere linje 3`; empty for another municipality's delivery."""
    if evidence.delivery_id is None:
        return ""
    lines = lines_text(evidence.lines, lang)
    return say("place", lang, source=evidence.source, delivery_id=evidence.delivery_id, table=evidence.table, lines=lines)


def evidence_text(evidence: Evidence, lang: Lang) -> str:
    """What the rows say, without their place."""
    facts = {**evidence.fields, "rule_ids": evidence.rule_ids}
    values = _values(facts, lang)
    if "gyldig_fra" in facts:
        status = values["status"]
        if facts["status_dato"] is not None:
            status = say("permit_status_on", lang, **values)
        name = "permit" if facts["gyldig_til"] is not None else "permit_without_end"
        values["permit"] = say(name, lang, **values | {"status": status})
    if "tilflyttet_kommune_dato" in facts:
        has_date = facts["tilflyttet_kommune_dato"] is not None
        values["arrival"] = say("arrival" if has_date else "no_arrival", lang, **values)
    text = say(f"evidence.{evidence.role}", lang, **values)
    if evidence.role == "round_event":
        text += say("evidence.round_event_agreed", lang, **values) if facts["aftalt_dato"] is not None else ""
        text += say("evidence.round_event_deferred", lang, **values) if facts["udskudt_til"] is not None else ""
    return text


def change_text(change: Change, lang: Lang) -> str:
    """What would change the outcome of a criterion, without the criterion's name."""
    is_one_month = change.kind == "more_months" and change.facts["months"] == 1
    text = say(f"change.{change.kind}" + ("_one" if is_one_month else ""), lang, **_values(change.facts, lang))
    if change.kind == "more_months" and change.facts["open"] and change.facts["lacking"]:
        text += say("change.more_months_open", lang, **_values(change.facts, lang))
    return text


def action_text(action: NextAction, lang: Lang) -> str:
    """The next action with its date or its months."""
    label = code_label("next_action", action.code, lang)
    if action.until is None and action.first_month is None:
        return label
    values = {"until": action.until, "first_month": action.first_month, "last_month": action.last_month}
    return label + say(f"action.{action.code}", lang, **_values(values, lang), legal_basis=action.legal_basis)


def missing_text(missing: Iterable[str], lang: Lang) -> str:
    """Names of `missing` in words."""
    return "; ".join(code_label("missing", name, lang) for name in missing)


def parameter_text(use: ParameterUse, lang: Lang) -> str:
    """A parameter and its value in words; a name that has none is shown as it is."""
    unnamed = f"{use.name} = {{value}}"
    value = pick(PARAMETER_VALUES.get(use.value, (use.value, use.value)), lang)
    return pick(PARAMETERS.get(use.name, (unnamed, unnamed)), lang).format(value=value)


def law_texts(criterion: CriterionExplanation, lang: Lang) -> list[str]:
    """The values of the law that a criterion compares with, those of one § and source together."""
    by_source: dict[str, list[str]] = {}
    for use in criterion.parameters:
        if use.known is not None and use.is_law:
            by_source.setdefault(f"{use.known.law_reference}; {use.known.source}", []).append(parameter_text(use, lang))
    return [say("law_value", lang, parameter="; ".join(texts), source=source) for source, texts in by_source.items()]


def _values(facts: Mapping[str, Any], lang: Lang) -> dict[str, str]:
    return {name: value_text(name, value, lang) for name, value in facts.items()}


def _code_text(name: str, code: str, lang: Lang) -> str:
    english = ENGLISH_CODES.get(_ENGLISH_KINDS.get(name, name), {})
    list_name, code_column, label_column = _CODE_LISTS[name]
    danish = dict(load_code_list(list_name).select(code_column, label_column).iter_rows())
    label = english.get(code, danish.get(code, code)) if lang == "en" else danish.get(code, code)
    if name in _SHOWN_WITH_CODE:
        return f"{code} ({label})"
    return label if lang == "en" else label[:1].lower() + label[1:]


def _amount(value: Decimal, lang: Lang) -> str:
    text = f"{value:,.2f}"
    return text.translate(str.maketrans(",.", ".,")) if lang == "da" else text


def _number(month: date) -> int:
    return month.year * 12 + month.month
