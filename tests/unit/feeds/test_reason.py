"""`begrundelse`: the sentence of spec/rules.md section 7, and the facts that a caseworker needs beside it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from repat_pipeline.feeds.labels import MISSING_DA
from repat_pipeline.feeds.reason import reason_da


def row(**changes: Any) -> dict[str, Any]:
    """A row of `eligibility` with the months of the look-up request: the person of the example in the norm."""
    return {
        "as_of": date(2026, 11, 22), "month_strip": "I" * 7 + "K" * 14 + "." * 15, "residence_since": date(2017, 3, 2),
        "last_talk_on": None, "due_by_law": None, "due_by_practice": None, "missing": None, "first_month": None, "last_month": None,
    } | changes  # fmt: skip


def test_the_sentence_is_that_of_the_norm() -> None:
    assert reason_da(row()) == (
        "Tæller 21 af 36 måneder (nov 2023-okt 2026): 14 fra fagsystem, 7 fra e-Indkomst. Opholdstilladelse siden 2017-03-02. "
        "Ingen registreret samtale."
    )


def test_a_talk_is_told_with_the_day_by_which_the_next_is_due() -> None:
    talk = row(last_talk_on=date(2024, 5, 1), due_by_law=date(2026, 5, 1), due_by_practice=date(2026, 5, 1))

    assert reason_da(talk).endswith("Seneste samtale 2024-05-01, næste senest 2026-05-01.")


def test_a_closing_letter_is_told_with_the_date_of_practice() -> None:
    letter = row(due_by_practice=date(2028, 10, 23))

    assert reason_da(letter).endswith("Ingen registreret samtale. Afsluttende brev er sendt, frist efter praksis 2028-10-23.")


def test_unknown_months_are_counted() -> None:
    assert "0 fra e-Indkomst; 36 uafklarede. " in reason_da(row(month_strip="?" * 36))


def test_months_to_look_up_are_named() -> None:
    open_months = row(missing="borgere,eindkomst", first_month="2024-03", last_month="2024-09")

    assert reason_da(open_months).endswith(
        "Mangler: en gyldig række i borgere (en række er afvist); svar fra e-Indkomst for mar 2024-sep 2024 (slå op)."
    )


def test_nobody_is_told_to_look_up_without_a_request() -> None:
    assert "slå op" not in reason_da(row(missing="eindkomst"))


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (None, "Ingen opholdstilladelse på opgørelsesdagen."),
        ("uip", "Opholdstilladelse ukendt."),
        ("opholdstilladelser", "Opholdstilladelse ukendt."),
    ],
)
def test_an_unknown_permit_is_not_told_as_none(missing: str | None, told: str) -> None:
    assert told in reason_da(row(residence_since=None, missing=missing))


def test_whatever_is_missing_has_words() -> None:
    sentence = reason_da(row(missing=",".join(sorted(MISSING_DA))))

    assert all(words in sentence for words in MISSING_DA.values())
