"""SQL holds logic only: no law value, no date, no code of a code list stands in a model, macro or singular test.

Values of the law are parameters (`repat_pipeline/rules`), codes are seeds. Jinja is lexed and SQL is tokenised: what stands between
the Jinja, and every string inside it, because macros are given SQL as text. What may stand all the same is listed here, with why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from jinja2 import Environment
from sqlglot.dialects import DuckDB
from sqlglot.tokens import TokenType

from repat_pipeline.codelists import load_code_list
from repat_pipeline.rules.registry import parameter_values
from repat_pipeline.warehouse.dbt import PROJECT_FOLDER

FILES = sorted(path for folder in ("models", "macros", "tests") for path in (PROJECT_FOLDER / folder).rglob("*.sql"))

ALLOWED_NUMBERS = {"0", "1"}
"""Nothing, and one: neighbours, flags, the first of an order. Never a threshold of the law."""

ALLOWED_IN_FILE = {
    ("macros/dates.sql", "12"): "months of a calendar year",
    ("macros/statistics.sql", "0.5"): "the median",
    ("macros/statistics.sql", "0.25"): "the lower quartile",
    ("macros/statistics.sql", "0.75"): "the upper quartile",
    ("macros/statistics.sql", "60"): "minutes of an hour",
    ("macros/statistics.sql", "100"): "points of a whole",
    ("macros/statistics.sql", "6"): "decimals of published figures",
    ("macros/month_bits.sql", "I"): "letter of the month strip (rules.md section 7), not the report kind I",
    ("macros/month_bits.sql", "31"): "days of the longest month: one bit a day",
    ("models/intermediate/benefits/int_benefits__listed.sql", "-01"): "makes the first day of a month out of YYYY-MM",
}
"""(file, literal) -> why."""

VOCABULARY = {
    "other": "citizenship group of a country code that is not in the list (inbound.md section 4)",
    "none": "next_action (rules.md section 5), and the covered group of a basis outside § 3 in the code list",
    "listed": "income class: the benefit is listed (rules.md C4)",
    "ambiguous": "income class: the code may be listed or not (rules.md C4)",
    "wage": "income class: ordinary wage (rules.md section 4)",
    "flexjob_subsidy": "income class: no ordinary employment beside it (rules.md section 4)",
    "0": "flag of a code list: no",
    "1": "flag of a code list: yes",
}
"""Words of spec/rules.md that are in a code list or a parameter as well -> why SQL may say them."""

CODE_COLUMNS = {
    "benefits": ["benefit_code"], "citizenship_groups": ["citizenship_group"], "closing_reasons": ["closing_reason"],
    "cpr_landekoder": ["cpr_code"], "cpr_status": ["code"], "guidance_event_types": ["event_type"],
    "income_classes": ["income_class", "income_type_code", "income_kind_code"], "indkomsttype": ["code"], "indtaegtsarter": ["code"],
    "kommuner": ["code", "region_code", "dst_group_code"], "permit_statuses": ["status"], "report_kinds": ["code"],
    "residence_basis": ["basis_code", "covered_group"],
}  # fmt: skip

CODES = {code for name, columns in CODE_COLUMNS.items() for column in columns for code in load_code_list(name)[column].drop_nulls()}
# SQL must name the alternatives between which a parameter chooses; what it may not say is how many, how much and from when.
VALUES = {value.value for value in parameter_values() if value.unit not in ("choice", "boolean")}
_NUMBER_IN_TEXT = re.compile(r"(?<![A-Za-z0-9_])\d+(?![A-Za-z0-9_])")


@dataclass(frozen=True)
class Literal:
    """A literal of a SQL file: `number`, `text`, or `jinja`, a string of Jinja, whose numbers are literals of their own."""

    text: str
    kind: str


def literals_of(source: str) -> Iterator[Literal]:
    """Every literal of a SQL file with Jinja; comments are left out."""
    between: list[str] = []
    for _, kind, text in Environment().lex(source):
        if kind == "data":
            between.append(text)
        elif kind in ("variable_begin", "block_begin"):
            between.append(" jinja ")
        elif kind in ("integer", "float"):
            yield Literal(text, "number")
        elif kind == "string":
            yield Literal(text[1:-1], "jinja")
            yield from _sql_literals(text[1:-1])
    yield from _sql_literals("".join(between))


def _sql_literals(sql: str) -> Iterator[Literal]:
    # A Jinja string may be a piece of SQL that begins or ends inside a quotation.
    balanced = sql if sql.count("'") % 2 == 0 else sql.replace("'", "")
    for token in DuckDB().tokenize(balanced):
        if token.token_type == TokenType.NUMBER:
            yield Literal(token.text, "number")
        elif token.token_type == TokenType.STRING:
            yield Literal(token.text, "text")


def forbidden_literals(source: str, file: str) -> list[str]:
    """What stands in the SQL and may not, sorted."""
    found = set()
    for literal in literals_of(source):
        if (file, literal.text) in ALLOWED_IN_FILE:
            continue
        if literal.kind == "number":
            if literal.text not in ALLOWED_NUMBERS:
                found.add(f"number {literal.text}")
        elif literal.text in VOCABULARY:
            continue
        elif literal.text in CODES:
            found.add(f"code '{literal.text}'")
        elif literal.text in VALUES:
            found.add(f"parameter value '{literal.text}'")
        elif literal.kind == "text" and set(_NUMBER_IN_TEXT.findall(literal.text)) - ALLOWED_NUMBERS:
            found.add(f"number or date in text '{literal.text}'")
    return sorted(found)


def relative(path: Path) -> str:
    """Path within the dbt project, for messages and for the lists above."""
    return path.relative_to(PROJECT_FOLDER).as_posix()


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_sql_holds_no_law_value_date_or_code(path: Path) -> None:
    assert forbidden_literals(path.read_text(encoding="utf-8"), relative(path)) == []


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select 1 where months >= 18", ["number 18"]),
        ("select date '2024-05-01'", ["parameter value '2024-05-01'"]),
        ("where day < cast('2025-07-01' as date)", ["number or date in text '2025-07-01'"]),
        ("where day > as_of - interval '5 years'", ["number or date in text '5 years'"]),
        ("where income_kind = '0041'", ["code '0041'"]),
        ("where basis = 'UKRAINE'", ["code 'UKRAINE'"]),
        ("select {{ add_months('day', '24') }}", ["code '24'", "number 24"]),
        ("select {{ add_years('day', 5) }}", ["number 5"]),
        ("{% if true %}select 36{% endif %}", ["number 36"]),
        ("select {{ some_macro(\"code = '0038'\") }}", ["code '0038'"]),
        ("-- § 5 stk. 1: 18 of 36\nselect 0 {# 24 months #}", []),
    ],
)
def test_a_literal_is_found(sql: str, found: list[str]) -> None:
    assert forbidden_literals(sql, "models/example.sql") == found


def test_every_exception_is_needed() -> None:
    used = {(relative(path), literal.text) for path in FILES for literal in literals_of(path.read_text(encoding="utf-8"))}

    assert ALLOWED_IN_FILE.keys() - used == set()
    assert (VOCABULARY.keys() | ALLOWED_NUMBERS) - {text for _, text in used} == set()
