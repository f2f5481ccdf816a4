"""Words: everything has both languages, and numbers, months and amounts read as people write them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest

from repat_pipeline.codelists import codes
from repat_pipeline.explanation.counterfactual import Change
from repat_pipeline.explanation.explanation import NextAction
from repat_pipeline.explanation.strings import DANISH_CODES, ENGLISH_CODES, PARAMETER_VALUES, PARAMETERS, SUBJECTS, TEXTS
from repat_pipeline.explanation.words import action_text, change_text, lines_text, month_runs, value_text
from repat_pipeline.rules.registry import criteria, parameter_values

DOCUMENTATION = (Path(__file__).resolve().parents[3] / "docs" / "explain.md").read_text(encoding="utf-8")


def placeholders(text: str) -> set[str]:
    """Names of the placeholders of a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_say_the_same_facts() -> None:
    pairs = {**TEXTS, **PARAMETERS}

    assert [name for name, (danish, english) in pairs.items() if placeholders(danish) != placeholders(english)] == []


def test_every_code_has_both_languages() -> None:
    assert {kind: set(labels) for kind, labels in DANISH_CODES.items()} == {
        kind: set(ENGLISH_CODES[kind]) for kind in DANISH_CODES
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "code_list"),
    [
        ("haendelsestype", "guidance_event_types.event_type"),
        ("status_of_permit", "permit_statuses.status"),
        ("afslutningsaarsag", "closing_reasons.closing_reason"),
    ],
)
def test_every_code_of_a_list_that_english_readers_meet_has_a_label(kind: str, code_list: str) -> None:
    assert set(ENGLISH_CODES[kind]) == codes(code_list)


def test_every_parameter_of_the_rules_and_every_choice_has_words() -> None:
    choices = {value.value for value in parameter_values() if not re.fullmatch(r"[0-9-]+", value.value)}

    assert {value.parameter for value in parameter_values()} <= set(PARAMETERS)
    assert choices <= set(PARAMETER_VALUES)


def test_every_criterion_has_a_subject() -> None:
    assert set(SUBJECTS) == {criterion.criterion for criterion in criteria()}


@pytest.mark.parametrize("kind", ["evidence", "change"])
def test_every_role_and_every_kind_of_change_is_in_the_documentation(kind: str) -> None:
    # The ends of a sentence (`_one`, `_open`, `_agreed`, `_deferred`) are no roles of their own.
    names = {name.removeprefix(f"{kind}.") for name in TEXTS if name.startswith(f"{kind}.")}
    names = {name for name in names if not re.search(r"_(one|open|agreed|deferred)$", name)}

    assert {name for name in names if not re.search(rf"\b{name}\b", DOCUMENTATION)} == set()


def test_lines_are_told_as_runs() -> None:
    assert lines_text((3,), "da") == "linje 3"
    assert lines_text((9, 3, 4, 5), "en") == "lines 3-5, 9"


def test_months_are_told_as_runs_across_a_new_year() -> None:
    assert month_runs([date(2024, 12, 1), date(2025, 1, 1), date(2025, 5, 1)], "da") == ["dec 2024-jan 2025", "maj 2025"]


def test_amounts_are_written_as_in_the_language() -> None:
    assert value_text("net_dkk", Decimal("-11000.5"), "da") == "-11.000,50"
    assert value_text("net_dkk", Decimal("-11000.5"), "en") == "-11,000.50"


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert value_text("kommunekode", "0001", "da") == "0001"
    assert value_text("afslutningsaarsag", "ny_aarsag", "en") == "ny_aarsag"


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (NextAction("invite", None, None, None, None, ()), "indkald"),
        (NextAction("deferred", date(2027, 1, 21), None, None, None, ()), "udsat til 2027-01-21"),
        (NextAction("wait", date(2028, 10, 23), None, None, None, ()), "afvent (afsluttende brev er sendt), til 2028-10-23"),
        (NextAction("none", date(2028, 2, 25), None, None, None, ()), "ingen nu; næste samtale senest 2028-02-25"),
        (
            NextAction("look_up", None, date(2024, 3, 1), date(2024, 9, 1), "repatrieringsloven § 5 stk. 2", ()),
            "slå op i e-Indkomst for mar 2024-sep 2024 (repatrieringsloven § 5 stk. 2)",
        ),
    ],
)
def test_the_next_action_is_told_with_its_date_or_its_months(action: NextAction, told: str) -> None:
    assert action_text(action, "da") == told


@pytest.mark.parametrize(("months", "told"), [(1, "én talt måned mere (17"), (2, "2 flere talte måneder (17")])
def test_one_month_is_told_as_one(months: int, told: str) -> None:
    facts = {"months": months, "proven": 17, "needed": 18, "open": 0, "lacking": 1, "earliest_on": date(2027, 1, 1)}

    assert change_text(Change("benefit_months", "more_months", facts), "da").startswith(told)
