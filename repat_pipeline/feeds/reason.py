"""`begrundelse`: one factual Danish sentence per person, from what was published (spec/rules.md section 7).

Facts only: months, dates, what is missing. Nothing is weighed, and nationality is never mentioned.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from repat_pipeline.feeds.labels import missing_da
from repat_pipeline.rules.window import month_da, window


def reason_da(row: Mapping[str, Any]) -> str:
    """Say why a person stands on a list.

    Args:
        row: a row of the published table `eligibility`.
    """
    strip: str = row["month_strip"]
    as_of: date = row["as_of"]
    months = window(as_of)
    own, income, unknown = strip.count("K"), strip.count("I"), strip.count("?")
    sentences = [
        f"Tæller {own + income} af {len(strip)} måneder ({month_da(months[0])}-{month_da(months[-1])}): "
        f"{own} fra fagsystem, {income} fra e-Indkomst" + (f"; {unknown} uafklarede." if unknown else "."),
        f"Opholdstilladelse siden {row['residence_since']}."
        if row["residence_since"]
        else "Ingen sammenhængende opholdstilladelse registreret.",
        f"Seneste samtale {row['last_talk_on']}." if row["last_talk_on"] else "Ingen registreret samtale.",
    ]
    if row["missing"]:
        sentences.append(f"Mangler: {missing_da(row['missing'])}.")
    return " ".join(sentences)
