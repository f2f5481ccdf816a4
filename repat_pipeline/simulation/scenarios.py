"""Which scenarios are calculated: names, a file and `--set` in, checked scenarios out.

Every name and value is checked before anything is built. How a rule reaches the models is `overrides`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from repat_pipeline.codelists import load_code_list
from repat_pipeline.errors import RepatError
from repat_pipeline.rules.registry import parameters_on
from repat_pipeline.simulation.catalogue import TODAY, NamedScenario, RuleKind, assumptions, named_scenarios, rule_kinds

_KEYS = {"label_da", "description", "rules", "assumptions", "caveat"}
RuleValue = str | tuple[str, ...]


class ScenarioInvalid(RepatError, ValueError):
    """A scenario, rule, assumption or value that cannot be used; the message names it and what was expected."""


@dataclass(frozen=True)
class Scenario:
    """A scenario ready to be calculated.

    Attributes:
        rules: name -> value as text, or sorted codes; only what differs from the rules in force.
        assumptions: every assumption with the value that is used.
    """

    name: str
    label_da: str
    description: str
    caveat: str
    rules: dict[str, RuleValue]
    assumptions: dict[str, float]

    @property
    def rules_text(self) -> str:
        """The changed rules for a table: `benefit_months_min=12; window_months=24`; empty for none."""
        return "; ".join(f"{name}={value if isinstance(value, str) else ','.join(value)}" for name, value in sorted(self.rules.items()))

    @property
    def assumptions_text(self) -> str:
        """Every assumption with its value: `hourly_rate_dkk=610; ...`."""
        return "; ".join(f"{name}={value:g}" for name, value in sorted(self.assumptions.items()))


def choose_scenarios(
    *, as_of: date, names: Sequence[str] = (), file: Path | None = None, given: Mapping[str, str] | None = None
) -> tuple[list[Scenario], dict[str, str]]:
    """The scenarios to calculate, `today` first; and scenario -> why, of those left out.

    Args:
        names: scenarios of the product. Without names and without a file: all for which nothing is lacking.
        file: YAML with `assumptions` (for every scenario) and `scenarios`, name -> label_da, description, rules, assumptions, caveat.
        given: name -> text of `--set`: an assumption for every scenario, or a rule for the scenarios that ask for it.

    Raises:
        ScenarioInvalid: an unknown name, a value out of bounds, or a scenario that lacks what it asks for.
    """
    known, content = named_scenarios(), _read(file)
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ScenarioInvalid(f"--scenario: expected {', '.join(known)}, found {', '.join(unknown)}")
    if clash := sorted(set(content["scenarios"]) & set(known)):
        raise ScenarioInvalid(f"--file: the names {', '.join(clash)} are taken; choose others")
    chosen = [known[name] for name in dict.fromkeys([TODAY, *(names or ([] if file else known))])]
    chosen += [_written(name, entry) for name, entry in content["scenarios"].items()]
    set_rules, set_assumptions = _sorted_out(given or {}, chosen)
    for_all = _checked_assumptions(content["assumptions"], "--file")
    scenarios, left_out = [], {}
    for scenario in chosen:
        lacking = [name for name in scenario.asks_for if name not in set_rules]
        if lacking and scenario.name in names:
            raise ScenarioInvalid(f"scenario {scenario.name}: there is no default for {', '.join(lacking)}; give --set {lacking[0]}=...")
        if lacking:
            left_out[scenario.name] = f"give {' and '.join(f'--set {name}=...' for name in lacking)}"
            continue
        own_rules = {name: value for name, value in set_rules.items() if name in (*scenario.asks_for, *scenario.takes)}
        own_assumptions = {name: value for name, value in set_assumptions.items() if scenario.name in _set_for(name, chosen)}
        scenarios.append(_checked(scenario, own_rules, for_all, own_assumptions, as_of))
    return scenarios, left_out


def _set_for(assumption: str, chosen: Sequence[NamedScenario]) -> set[str]:
    """Scenarios that an assumption of `--set` is meant for: those that have a value of their own for it, else all."""
    with_own = {scenario.name for scenario in chosen if assumption in scenario.assumptions}
    return with_own or {scenario.name for scenario in chosen}


def _read(file: Path | None) -> dict[str, dict[str, Any]]:
    if file is None:
        return {"assumptions": {}, "scenarios": {}}
    if not file.is_file():
        raise ScenarioInvalid(f"--file: expected a YAML file, found no file at '{file}'")
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScenarioInvalid(f"--file {file}: no valid YAML ({type(error).__name__}); correct the file") from None
    if not isinstance(content, dict) or not content or set(content) - {"assumptions", "scenarios"}:
        raise ScenarioInvalid(f"--file {file}: expected the keys assumptions, scenarios or one of them (docs/simulate.md has an example)")
    parts = {name: content.get(name) or {} for name in ("assumptions", "scenarios")}
    for name, part in parts.items():
        if not isinstance(part, dict):
            raise ScenarioInvalid(f"--file {file}: {name}: expected names with values, found a {type(part).__name__}")
    return parts


def _written(name: Any, entry: Any) -> NamedScenario:
    where = f"--file: scenario {name}"
    if not isinstance(entry, dict) or set(entry) - _KEYS:
        found = ", ".join(sorted(map(str, set(entry) - _KEYS))) if isinstance(entry, dict) else type(entry).__name__
        raise ScenarioInvalid(f"{where}: expected some of {', '.join(sorted(_KEYS))}, found {found}")
    parts = {part: entry.get(part) or {} for part in ("rules", "assumptions")}
    for part, values in parts.items():
        if not isinstance(values, dict):
            raise ScenarioInvalid(f"{where}: {part}: expected names with values")
    texts = {key: str(entry.get(key) or "") for key in ("label_da", "description", "caveat")}
    return NamedScenario(
        str(name), texts["label_da"] or str(name), texts["description"], parts["rules"], parts["assumptions"], caveat=texts["caveat"]
    )  # fmt: skip


def _sorted_out(given: Mapping[str, str], chosen: Sequence[NamedScenario]) -> tuple[dict[str, str], dict[str, float]]:
    """`--set` by kind: rules for the scenarios that ask for them (never for `today`), and assumptions."""
    rules = {name: value for name, value in given.items() if name in rule_kinds()}
    for name in rules:
        takers = [other.name for other in named_scenarios().values() if name in (*other.asks_for, *other.takes)]
        if not {scenario.name for scenario in chosen} & set(takers):
            where = f"choose --scenario {' or '.join(takers)}, or write a --file" if takers else "write a scenario of your own with --file"
            raise ScenarioInvalid(f"--set {name}: no chosen scenario asks for this rule; {where}")
    return rules, _checked_assumptions({name: value for name, value in given.items() if name not in rules}, "--set")


def _checked(
    scenario: NamedScenario, set_rules: Mapping[str, str], for_all: Mapping[str, float], set_assumptions: Mapping[str, float], as_of: date
) -> Scenario:
    where = f"scenario {scenario.name}"
    rules = {name: _rule_value(name, value, where) for name, value in (scenario.rules | dict(set_rules)).items()}
    in_force = {name: value.value for name, value in parameters_on(as_of).items()}
    changed = {name: value for name, value in rules.items() if value != in_force.get(name)}
    values = in_force | changed
    if int(str(values["benefit_months_min"])) > int(str(values["window_months"])):
        raise ScenarioInvalid(
            f"{where}: expected benefit_months_min within window_months, found {values['benefit_months_min']} of {values['window_months']}"
        )
    defaults = {name: assumption.value for name, assumption in assumptions().items()}
    own = _checked_assumptions(scenario.assumptions, where)
    used = defaults | dict(for_all) | own | dict(set_assumptions)
    return Scenario(scenario.name, scenario.label_da, scenario.description, scenario.caveat, changed, used)


def _rule_value(name: Any, value: Any, where: str) -> RuleValue:
    kind = rule_kinds().get(str(name))
    if kind is None:
        raise ScenarioInvalid(f"{where}: expected rules among {', '.join(rule_kinds())}, found {name}")
    if kind.kind in ("benefits", "countries"):
        return _codes(kind, value, where)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if kind.kind == "number":
        least, most = kind.least or 0, kind.most or 0
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ScenarioInvalid(f"{where}: {name}: expected a whole number from {least} to {most}, found '{text}'")
        return str(int(text))
    if text not in kind.choices:
        raise ScenarioInvalid(f"{where}: {name}: expected {' or '.join(kind.choices)}, found '{text}'")
    return text


def _codes(kind: RuleKind, value: Any, where: str) -> tuple[str, ...]:
    texts = [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise ScenarioInvalid(f"{where}: {kind.name}: expected a list of codes in quotes, such as [{_example(kind)}]")
    if kind.kind == "benefits":
        benefits = load_code_list("benefits")
        found = {code: [code] for code in benefits.filter(benefits["listed"] == "0")["benefit_code"]}
    else:
        found = _countries()
    unknown = [text for text in texts if text not in found]
    if unknown:
        what = (
            "benefits of the code list `benefits` that are not listed"
            if kind.kind == "benefits"
            else "codes of `cpr_landekoder` or ISO 3166"
        )
        raise ScenarioInvalid(f"{where}: {kind.name}: expected {what}, such as {_example(kind)}; found {', '.join(unknown)}")
    return tuple(sorted({code for text in texts for code in found[text]}))


def _example(kind: RuleKind) -> str:
    return "folkepension" if kind.kind == "benefits" else '"5486"'


def _countries() -> dict[str, list[str]]:
    """CPR country code, or two letters (not XX, which stands for several) -> CPR country codes."""
    found: dict[str, list[str]] = {}
    for code, letters in load_code_list("cpr_landekoder").select("cpr_code", "iso2").iter_rows():
        found[code] = [code]
        if letters and letters != "XX":
            found.setdefault(letters, []).append(code)
    return found


def _checked_assumptions(values: Mapping[Any, Any], where: str) -> dict[str, float]:
    checked = {}
    for name, value in values.items():
        assumption = assumptions().get(str(name))
        if assumption is None:
            expected = [*assumptions(), *rule_kinds()] if where == "--set" else assumptions()
            raise ScenarioInvalid(f"{where}: expected assumptions among {', '.join(expected)}, found {name}")
        try:
            number = float("nan") if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if not 0 <= number <= assumption.most:
            raise ScenarioInvalid(f"{where}: {name}: expected a number from 0 to {assumption.most:g} ({assumption.unit}), found '{value}'")
        checked[assumption.name] = number
    return checked
