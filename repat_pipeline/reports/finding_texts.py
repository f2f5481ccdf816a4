"""The Danish text and the next step of every rule id and every reason of refusal; the one table that all reports read.

A rule's text is made from the contract (allowed codes, forms, limits), so that it cannot differ from what is checked. Texts are
free of values of rows. Rule ids: spec/inbound.md section 3; reasons: section 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from repat_pipeline.codelists import codes
from repat_pipeline.contracts.inbound import Column, Rule, TableContract, load_table_contract
from repat_pipeline.extracts.refusal import Reason
from repat_pipeline.reports.refusal_texts import REFUSAL_TEXTS

_CODE_LISTS = "dbt_project/seeds/codelists"
_CODES_SHOWN = 12


@dataclass(frozen=True)
class FindingText:
    """What is wrong, and what the sender does about it."""

    explanation: str
    next_step: str


_NO_LONGER = FindingText("Kontrollen findes ikke længere.", "Send en ny levering; den kontrolleres efter de regler, der gælder nu.")


def number_da(number: int) -> str:
    """A whole number as Danes write it: 41.231."""
    return f"{number:,}".replace(",", ".")


def rows_da(number: int) -> str:
    """A number of rows: 1 række, 41.231 rækker."""
    return f"{number_da(number)} {'række' if number == 1 else 'rækker'}"


def rule_text(contract: TableContract, rule_id: str) -> FindingText:
    """The text of one rule of a table.

    Raises:
        KeyError: the contract has no such rule.
    """
    for rule in contract.rules:
        if rule.name == rule_id:
            return _RULES[rule.kind](rule)
    for column in contract.columns:
        kind = rule_id.removeprefix(f"{column.name}_")
        if rule_id != kind and kind in _COLUMN_KINDS:
            return _COLUMN_KINDS[kind](column)
    raise KeyError(f"{contract.source}.{contract.name} has no rule {rule_id}")


def logged_rule_text(source: str, table: str, rule_id: str) -> FindingText:
    """The text of a rule as the delivery log names it: it may be one of an earlier contract that has no text any more."""
    try:
        return rule_text(load_table_contract(source, table), rule_id)
    except (KeyError, FileNotFoundError):
        return _NO_LONGER


def reason_text(reason: Reason) -> FindingText:
    """The text of one reason of refusal, with the names and numbers that are known of it; a log may name an earlier code."""
    text = REFUSAL_TEXTS.get(reason.code)
    if text is None:
        return _NO_LONGER
    facts = {name: number_da(int(value)) if value.isascii() and value.isdigit() else value for name, value in reason.facts}
    details = [detail.format(**facts) for needed, detail in text.details.items() if set(needed.split()) <= facts.keys()]
    return FindingText(" ".join([text.explanation, *details]), text.next_step)


def _missing(column: Column) -> FindingText:
    conditions = []
    if column.required_when is not None:
        other, values = column.required_when
        conditions.append(f"når {other} er {_one_of(values)}")
    if column.required_with is not None:
        conditions.append(f"når {column.required_with} er udfyldt")
    condition = "" if column.required or not conditions else ", " + " og ".join(conditions)
    return FindingText(f"{column.name} er tom, men skal være udfyldt{condition}.", f"Udfyld {column.name}{condition}.")


def _format(column: Column) -> FindingText:
    form = _form(column)
    mapped = " (eller som jeres mappingfil angiver)"
    hint = {"date": mapped, "month": mapped, "amount": f"{mapped[:-1]}; i XML med punktum)", "cpr": " og uden bindestreg"}
    return FindingText(
        f"{column.name} er ikke {form}.", f"Skriv {column.name} som {form}, uden blanke tegn omkring{hint.get(column.kind, '')}."
    )


def _date(column: Column) -> FindingText:
    if column.kind == "cpr":
        without = "" if column.required else " Har personen intet CPR-nummer, skal feltet være tomt."
        return FindingText(
            f"{column.name} har 10 cifre, men begynder ikke med en fødselsdato, der findes.", f"Ret CPR-nummeret i jeres system.{without}"
        )
    what = "måned" if column.kind == "month" else "dato"
    return FindingText(f"{column.name} er ikke en {what}, der findes i kalenderen.", f"Ret {column.name} til en {what}, der findes.")


def _code(column: Column) -> FindingText:
    known = sorted(codes(column.code_list)) if column.code_list else list(column.values)
    listed = column.code_list.partition(".")[0] if column.code_list else None
    allowed = f"en af koderne {_one_of(known)}" if len(known) <= _CODES_SHOWN else f"en kode fra {_CODE_LISTS}/{listed}.csv"
    return FindingText(f"{column.name} er ikke en af de aftalte koder.", f"Brug {allowed}, skrevet nøjagtig sådan.")


def _range(column: Column) -> FindingText:
    bounds = f"fra {column.minimum} til {column.maximum}"
    return FindingText(f"{column.name} er ikke et helt tal {bounds}.", f"Ret {column.name} til et helt tal {bounds}.")


def _duplicate(column: Column) -> FindingText:
    return FindingText(
        f"{column.name} står i flere rækker af filen; kun den første er læst.",
        f"Send hver {column.name} i én række, og fjern gentagelserne.",
    )


def _not_before(rule: Rule) -> FindingText:
    later, earlier = rule.arguments["column"], rule.arguments["other"]
    return FindingText(f"{later} ligger før {earlier}.", f"Ret rækken, så {later} er samme dag som eller senere end {earlier}.")


def _same_month(rule: Rule) -> FindingText:
    first, last = sorted((rule.arguments["column"], rule.arguments["other"]))
    return FindingText(f"{first} og {last} ligger ikke i samme kalendermåned.", "Del rækken op, så der er en række for hver måned.")


def _valid_in_month(rule: Rule) -> FindingText:
    listed = rule.arguments["codelist"].partition(".")[0]
    return FindingText(
        f"Koden i {rule.arguments['column']} gjaldt ikke i den måned, som {rule.arguments['other']} ligger i.",
        f"Brug den kode, der gjaldt i måneden; gyldigheden står i {_CODE_LISTS}/{listed}.csv.",
    )


def _person_in(rule: Rule) -> FindingText:
    table = rule.arguments["table"]
    return FindingText(
        f"Personen har ingen godkendt række i {table}.",
        f"Send hver person, der er slået op, i {table}, eller ret personens afviste række dér.",
    )


_COLUMN_KINDS: dict[str, Callable[[Column], FindingText]] = {
    "missing": _missing, "format": _format, "date": _date, "code": _code, "range": _range, "duplicate": _duplicate,
}  # fmt: skip
_RULES: dict[str, Callable[[Rule], FindingText]] = {
    "not_before": _not_before, "same_month": _same_month, "valid_in_month": _valid_in_month, "person_in": _person_in,
}  # fmt: skip


def _form(column: Column) -> str:
    """How a value of the column is written, as a noun phrase."""
    if column.kind == "digits":
        digits = re.search(r"\{(\d+)\}", column.pattern or "")
        return f"{digits[1]} cifre" if digits else "tekst i den aftalte form"
    return {
        "date": "en dato på formen ÅÅÅÅ-MM-DD",
        "month": "en måned på formen ÅÅÅÅ-MM",
        "amount": "et beløb med komma og to decimaler og uden punktum, fx 11000,00",
        "integer": "et helt tal",
        "cpr": "10 cifre",
    }[column.kind]


def _one_of(values: tuple[str, ...] | list[str]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} eller {values[-1]}"
