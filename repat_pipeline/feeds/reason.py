"""`begrundelse`: one factual Danish sentence per person, from what was published (spec/rules.md section 7).

Its only home: feeds, spreadsheet and `repat explain` show the same text. Facts only: months, dates, what is missing. Nothing is
weighed, and nationality is never mentioned.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from repat_pipeline.feeds.labels import MISSING_DA
from repat_pipeline.rules.window import month_da, window


def reason_da(row: Mapping[str, Any]) -> str:
    """Say what the decision about a person rests on.

    Args:
        row: a row of the published table `eligibility`, with `first_month` and `last_month` of the person's look-up request
            (`YYYY-MM`, null without one).
    """
    sentences = [_months(row), _permit(row), _talk(row), _closing_letter(row), _missing(row)]
    return " ".join(sentence for sentence in sentences if sentence)


def _months(row: Mapping[str, Any]) -> str:
    strip: str = row["month_strip"]
    months = window(row["as_of"])
    own, income, unknown = strip.count("K"), strip.count("I"), strip.count("?")
    return (
        f"Tæller {own + income} af {len(strip)} måneder ({month_da(months[0])}-{month_da(months[-1])}): "
        f"{own} fra fagsystem, {income} fra e-Indkomst" + (f"; {unknown} uafklarede." if unknown else ".")
    )


def _permit(row: Mapping[str, Any]) -> str:
    if row["residence_since"]:
        return f"Opholdstilladelse siden {row['residence_since']}."
    # Without accepted rows nothing can be said about a permit; `missing` says why.
    if {"uip", "opholdstilladelser"} & set(_names(row)):
        return "Opholdstilladelse ukendt."
    return "Ingen opholdstilladelse på opgørelsesdagen."


def _talk(row: Mapping[str, Any]) -> str:
    if row["last_talk_on"]:
        return f"Seneste samtale {row['last_talk_on']}, næste senest {row['due_by_law']}."
    return "Ingen registreret samtale."


def _closing_letter(row: Mapping[str, Any]) -> str:
    """A closing letter that is newer than the last talk: the law does not know it, practice waits for its interval."""
    due_by_practice: date | None = row["due_by_practice"]
    if due_by_practice is None or due_by_practice == row["due_by_law"]:
        return ""
    return f"Afsluttende brev er sendt, frist efter praksis {due_by_practice}."


def _missing(row: Mapping[str, Any]) -> str:
    names = _names(row)
    return f"Mangler: {'; '.join(_what_is_missing(name, row) for name in names)}." if names else ""


def _what_is_missing(name: str, row: Mapping[str, Any]) -> str:
    if name == "eindkomst" and row["first_month"]:
        first, last = (month_da(date.fromisoformat(f"{row[column]}-01")) for column in ("first_month", "last_month"))
        return f"svar fra e-Indkomst for {first}-{last} (slå op)"
    return MISSING_DA[name]


def _names(row: Mapping[str, Any]) -> list[str]:
    return row["missing"].split(",") if row["missing"] else []
