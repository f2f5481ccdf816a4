"""Mutants of the law values and the code lists: a value one off, a flag turned round, a month moved."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta

from tools.mutation.mutant import Mutant, make_mutant

_PARAMETER = re.compile(r"^(?P<name>\w+):$|\bvalue: (?P<value>[^,}]+)", re.MULTILINE)
_DATE = re.compile(r"\bvalid_(?:from|to): (?P<value>\d{4}-\d{2}-\d{2})")

# Choices that the models know; the others change what a run records, not what it decides.
_CHOICES = {
    "any_net_payment": "full_month",
    "cumulative": "unbroken",
    "full_month": "any_net_payment",
    "month_before": "own_month",
    "own_month": "month_before",
    "unbroken": "cumulative",
    "with_document_reference": "never",
}

# Columns of the code lists by which models decide: code list -> column -> value -> its mutant.
_FLAG = {"0": "1", "1": "0"}
_CODE_LISTS: dict[str, dict[str, dict[str, str]]] = {
    "benefits": {"listed": _FLAG},
    "citizenship_groups": {"is_outside_act": _FLAG, "is_foreign": _FLAG},
    "closing_reasons": {"is_ordinary_employment": _FLAG},
    "cpr_status": {"in_dk_population": _FLAG},
    "guidance_event_types": {
        "is_talk": _FLAG,
        "is_closing_letter": _FLAG,
        "next_action": {"invite": "wait", "wait": "invite", "remind": "close", "await_talk": "remind", "deferred": "invite"},
        "next_action_when_repeated": {"close": "remind", "": "close"},
        "next_action_when_deferral_over": {"invite": "deferred", "": "close"},
    },
    "income_classes": {
        "income_class": {"listed": "ambiguous", "ambiguous": "listed", "wage": "flexjob_subsidy", "flexjob_subsidy": "wage"},
        "measure": {"a_indkomst_am": "a_indkomst_uden_am", "a_indkomst_uden_am": "a_indkomst_am"},
    },
    "permit_statuses": {"is_in_force": _FLAG},
    "report_kinds": {"is_reversal": _FLAG},
    "residence_basis": {
        "is_permit": _FLAG,
        "covered_group": {"none": "refugee_etc", **dict.fromkeys(("refugee_etc", "family_of_refugee", "other_family"), "none")},
    },
}
_MONTH = re.compile(r"(\d{4})-(\d{2})")


def parameter_mutants(path: str, text: str) -> list[Mutant]:
    """Mutants of one file of parameters: each number one smaller (0: one larger), each date a day later, each choice the other one."""
    found = []
    for match in _PARAMETER.finditer(text):
        if match["value"] and (changed := _other_value(match["value"])):
            found.append(make_mutant(path, text, match.span("value"), changed, "parameter changed"))
    return found


def _other_value(value: str) -> str | None:
    if value in ("true", "false"):
        return "false" if value == "true" else "true"
    if value.isdigit():
        return str(int(value) - 1) if int(value) else "1"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return _next_day(value)
    return _CHOICES.get(value)


def rule_version_mutants(path: str, text: str) -> list[Mutant]:
    """Mutants of the rule versions: each bound a day later."""
    spans = [match.span("value") for match in _DATE.finditer(text)]
    return [make_mutant(path, text, span, _next_day(text[slice(*span)]), "rule version moved") for span in spans]


def code_list_mutants(path: str, text: str) -> list[Mutant]:
    """Mutants of one code list: each flag or decision of each row turned round, each first or last month of a benefit moved on."""
    name = path.rsplit("/", 1)[-1].removesuffix(".csv")
    columns = _CODE_LISTS.get(name, {})
    header, *lines = text.splitlines(keepends=True)
    names, found, start = next(csv.reader([header])), [], len(header)
    for line in lines:
        row = next(csv.reader([line]))
        for position, column in enumerate(names):
            changed = columns.get(column, {}).get(row[position])
            if name == "benefits" and column in ("valid_from", "valid_to") and row[names.index("listed")] == "1" and row[position]:
                changed = _next_month(row[position])
            if changed is not None:
                cells = [*row[:position], changed, *row[position + 1 :]]
                found.append(make_mutant(path, text, (start, start + len(line.rstrip("\r\n"))), _csv_line(cells), "code list changed"))
        start += len(line)
    return found


def _next_day(day: str) -> str:
    return str(date.fromisoformat(day) + timedelta(days=1))


def _next_month(month: str) -> str:
    year, number = (int(part) for part in _MONTH.fullmatch(month).groups())  # type: ignore[union-attr]
    return f"{year + number // 12}-{number % 12 + 1:02d}"


def _csv_line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()
