"""Rule parameters, versions and criteria with validity, § and source; and the dbt seeds made from them.

The YAML files are the only home of these values. `python -m repat_pipeline.rules.registry` rewrites the seeds
(`dbt_project/seeds/rules`); a test fails when they are stale. Norm: spec/rules.md section 6.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from repat_pipeline.errors import RepatError

FOLDER = Path(__file__).resolve().parent
SEED_FOLDER = FOLDER.parents[1] / "dbt_project" / "seeds" / "rules"


class NoRuleInForce(RepatError, ValueError):
    """The reference date lies before the first rule version: there is no duty to decide on."""


@dataclass(frozen=True)
class ParameterValue:
    """One value of one parameter, in force from `valid_from` (inclusive) to `valid_to` (exclusive, None = open)."""

    parameter: str
    value: str
    unit: str
    valid_from: date
    valid_to: date | None
    is_law: bool
    criterion: str
    law_reference: str
    source: str
    description: str


@dataclass(frozen=True)
class RuleVersion:
    """One version of the rules, half-open on the reference date."""

    rule_version: str
    valid_from: date
    valid_to: date | None
    note: str
    law_reference: str


@dataclass(frozen=True)
class Criterion:
    """One criterion of spec/rules.md section 2; `parameter` is the law value that it compares with, if any."""

    criterion: str
    position: int
    label_da: str
    parameter: str | None
    law_reference: str


@dataclass(frozen=True)
class Alternative:
    """Another value of one parameter, under which a run counts who would change status (spec/rules.md section 6, Sensitivity)."""

    parameter: str
    value: str
    description: str

    @property
    def name(self) -> str:
        """As it stands in the published table `sensitivity`: `permit_chain=cumulative`."""
        return f"{self.parameter}={self.value}"


@dataclass(frozen=True)
class Rule:
    """A rule as the rule sheet traces it: what it says, its §, where the spec says it, and the models that implement it."""

    rule: str
    label_da: str
    law_reference: str
    spec: str
    models: tuple[str, ...]


@cache
def parameter_values() -> tuple[ParameterValue, ...]:
    """All values of all parameters, by name and date; a value ends where the next one starts."""
    values: list[ParameterValue] = []
    for path in sorted((FOLDER / "parameters").glob("*.yaml")):
        for name, entry in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            dated = sorted(entry["values"], key=lambda item: item["valid_from"])
            ends = [item["valid_from"] for item in dated[1:]] + [None]
            values += [
                ParameterValue(
                    name, _text(item["value"]), entry["unit"], item["valid_from"], end, entry["is_law"],
                    entry["criterion"], item["law_reference"], item["source"], entry["description"],
                )
                for item, end in zip(dated, ends, strict=True)
            ]  # fmt: skip
    return tuple(sorted(values, key=lambda value: (value.parameter, value.valid_from)))


def parameters_on(as_of: date) -> dict[str, ParameterValue]:
    """The parameters in force on a reference date, by name."""
    return {
        value.parameter: value
        for value in parameter_values()
        if value.valid_from <= as_of and (value.valid_to is None or as_of < value.valid_to)
    }


@cache
def _rule_set() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((FOLDER / "rule_set.yaml").read_text(encoding="utf-8"))
    return content


@cache
def rule_versions() -> tuple[RuleVersion, ...]:
    """The rule versions in order of time."""
    return tuple(RuleVersion(**entry) for entry in _rule_set()["versions"])


@cache
def criteria() -> tuple[Criterion, ...]:
    """The five criteria in the order of the attrition table."""
    return tuple(Criterion(**entry) for entry in _rule_set()["criteria"])


@cache
def alternatives() -> tuple[Alternative, ...]:
    """The alternatives of the sensitivity table, in the order of the norm."""
    entries = yaml.safe_load((FOLDER / "alternatives.yaml").read_text(encoding="utf-8"))
    return tuple(Alternative(entry["parameter"], _text(entry["value"]), entry["description"]) for entry in entries)


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of the rule sheet; the § of a parameter, criterion or rule version is the one that stands there.

    Raises:
        RepatError: a rule has no §, or gives one beside that of its parameter.
    """
    known = {value.parameter: value.law_reference for value in parameter_values()}
    known |= {criterion.criterion: criterion.law_reference for criterion in criteria()}
    known |= {version.rule_version: version.law_reference for version in rule_versions()}
    found = []
    for entry in _rule_set()["rules"]:
        name = entry["rule"]
        if (name in known) == ("law_reference" in entry):
            raise RepatError(f"rule_set.yaml rule {name}: expected one law_reference, its own or that of its parameter")
        law_reference = known.get(name) or entry["law_reference"]
        found.append(Rule(name, entry["label_da"], law_reference, entry["spec"], tuple(entry["models"])))
    return tuple(found)


def look_up_texts() -> dict[str, str]:
    """Purpose and legal basis of a look-up request, as they stand in the feed."""
    return dict(_rule_set()["look_up"])


def rule_version_on(as_of: date) -> RuleVersion:
    """The rule version in force on a reference date.

    Raises:
        NoRuleInForce: before the first version (RV0, no duty).
    """
    for version in rule_versions():
        if version.valid_from <= as_of and (version.valid_to is None or as_of < version.valid_to):
            return version
    first = rule_versions()[0]
    raise NoRuleInForce(f"as-of {as_of}: there is no duty before {first.valid_from} ({first.law_reference}); choose a later --as-of")


def is_income_lawful(as_of: date) -> bool:
    """Whether the income register may be used on a reference date (repatrieringsloven § 5 stk. 2)."""
    return as_of >= date.fromisoformat(parameters_on(as_of)["income_lawful_from"].value)


def seed_files() -> dict[str, str]:
    """File name -> content of the generated seeds.

    Raises:
        KeyError: an alternative changes a parameter that does not exist.
    """
    criterion_of = {value.parameter: value.criterion for value in parameter_values()}
    return {
        "rule_parameters.csv": _csv(
            ["parameter", "value", "unit", "valid_from", "valid_to", "is_law", "law_reference"],
            [[v.parameter, v.value, v.unit, v.valid_from, v.valid_to, _text(v.is_law), v.law_reference] for v in parameter_values()],
        ),
        "rule_versions.csv": _csv(
            ["rule_version", "valid_from", "valid_to", "law_reference"],
            [[v.rule_version, v.valid_from, v.valid_to, v.law_reference] for v in rule_versions()],
        ),
        "rule_criteria.csv": _csv(
            ["criterion", "position", "label_da", "parameter", "law_reference"],
            [[c.criterion, c.position, c.label_da, c.parameter, c.law_reference] for c in criteria()],
        ),
        "rule_alternatives.csv": _csv(
            ["alternative", "parameter", "value", "criterion", "description"],
            [[a.name, a.parameter, a.value, criterion_of[a.parameter], a.description] for a in alternatives()],
        ),
        "rule_texts.csv": _csv(["text_id", "text_da"], [[f"look_up_{k}", v] for k, v in look_up_texts().items()]),
    }


def write_seeds() -> None:
    """Rewrite the generated seeds."""
    for name, content in seed_files().items():
        (SEED_FOLDER / name).write_text(content, encoding="utf-8")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _csv(header: list[str], rows: list[list[Any]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([header, *rows])
    return buffer.getvalue()


if __name__ == "__main__":
    write_seeds()
