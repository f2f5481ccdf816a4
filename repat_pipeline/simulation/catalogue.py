"""`catalogue.yaml` as typed objects: what a scenario may change, the assumptions with their sources, the named scenarios.

Choosing and changing scenarios is `scenarios`; law values in force are `rules.registry`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from repat_pipeline.kpi.registry import kpi_parameters

CATALOGUE_FILE = Path(__file__).resolve().with_name("catalogue.yaml")
TODAY = "today"
"""The scenario that every other is compared with."""


@dataclass(frozen=True)
class RuleKind:
    """What values a rule can take: a whole number from `least` to `most`, one of `choices`, or a list of benefits or countries."""

    name: str
    kind: str
    least: int | None = None
    most: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assumption:
    """A figure that no delivery holds; from 0 to `most`, in `unit`.

    Attributes:
        stated_on: day of the source.
    """

    name: str
    value: float
    unit: str
    most: float
    stated_on: date
    source: str
    description: str


@dataclass(frozen=True)
class NamedScenario:
    """A scenario as it is written: rule -> value, assumption -> value, and the rules that the user must or may give.

    `label_en` and `caveat_da` are for the report; a scenario of a user's own has neither.
    """

    name: str
    label_da: str
    description: str
    rules: dict[str, Any]
    assumptions: dict[str, Any]
    asks_for: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    caveat: str = ""
    label_en: str = ""
    caveat_da: str = ""


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(CATALOGUE_FILE.read_text(encoding="utf-8"))
    return content


@cache
def rule_kinds() -> dict[str, RuleKind]:
    """Every rule that a scenario may change, by name."""
    return {
        name: RuleKind(name, entry["kind"], entry.get("least"), entry.get("most"), tuple(entry.get("choices", ())))
        for name, entry in _content()["rules"].items()
    }


@cache
def assumptions() -> dict[str, Assumption]:
    """Every assumption, by name, with its default; one without a value of its own has that of the KPI parameter of its name."""
    of_kpis = {entry.parameter: entry.value for entry in kpi_parameters()}
    return {
        name: Assumption(name, **(entry | {"value": float(entry["value"] if "value" in entry else of_kpis[name])}))
        for name, entry in _content()["assumptions"].items()
    }


@cache
def named_scenarios() -> dict[str, NamedScenario]:
    """The scenarios of the product, by name; `today` first."""
    return {
        name: NamedScenario(
            name, entry["label_da"], entry["description"], entry.get("rules", {}), entry.get("assumptions", {}),
            tuple(entry.get("asks_for", ())), tuple(entry.get("takes", ())), entry.get("caveat", ""),
            entry["label_en"], entry.get("caveat_da", ""),
        )
        for name, entry in _content()["scenarios"].items()
    }  # fmt: skip
