"""A scenario's rules as seeds: the tables of values and codes that the models read, with the scenario's changes in them.

The models are those of every run: no rule is written here a second time. Which values a rule can take is `catalogue.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import duckdb
import polars as pl

from repat_pipeline.codelists import load_code_list
from repat_pipeline.rules.registry import SEED_FOLDER
from repat_pipeline.simulation.scenarios import RuleValue, Scenario

EXEMPT_GROUP = "exempted_by_scenario"
"""Citizenship group of the exempted citizenships: outside the act, and foreign as before."""


def changed_seeds(scenario: Scenario, as_of: date) -> dict[str, pl.DataFrame]:
    """Seed -> rows, for every seed that any scenario can change; all columns are text.

    `rule_alternatives` is empty: a scenario is not compared with readings of the law. A value changes where it is in force on the
    reference date.
    """
    numbers = {name: value for name, value in scenario.rules.items() if isinstance(value, str)}
    benefits, income_classes = _benefits(scenario.rules)
    countries, groups = _citizenships(scenario.rules)
    return {
        "rule_parameters": _parameters(numbers, as_of),
        "rule_alternatives": _rule_seed("rule_alternatives").clear(),
        "benefits": benefits,
        "income_classes": income_classes,
        "cpr_landekoder": countries,
        "citizenship_groups": groups,
    }


def write_seeds(connection: duckdb.DuckDBPyConnection, seeds: Mapping[str, pl.DataFrame]) -> None:
    """Put rows into the seed tables of a build database."""
    for name, rows in seeds.items():
        connection.register("rows", rows)
        connection.execute(f"create or replace table codelists.{name} as select * from rows")
        connection.unregister("rows")


def _rule_seed(name: str) -> pl.DataFrame:
    return pl.read_csv(SEED_FOLDER / f"{name}.csv", infer_schema=False)


def _parameters(changes: Mapping[str, str], as_of: date) -> pl.DataFrame:
    day = as_of.isoformat()
    # ISO dates sort as text.
    is_in_force = (pl.col("valid_from") <= day) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > day))
    value = pl.col("parameter").replace_strict(dict(changes), default=None, return_dtype=pl.String) if changes else pl.lit(None, pl.String)
    return _rule_seed("rule_parameters").with_columns(
        pl.when(is_in_force).then(pl.coalesce(value, "value")).otherwise("value").alias("value")
    )


def _benefits(rules: Mapping[str, RuleValue]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Code lists of benefits and income classes with further listed benefits.

    An income kind that stands for several of them (0006: three pensions) counts as the first in the list: a month is a month.
    """
    benefits, classes = load_code_list("benefits"), load_code_list("income_classes")
    added = rules.get("also_listed_benefits", ())
    benefits = benefits.with_columns(pl.when(pl.col("benefit_code").is_in(added)).then(pl.lit("1")).otherwise("listed").alias("listed"))
    kinds = (
        benefits.filter(pl.col("benefit_code").is_in(added), pl.col("income_kinds").is_not_null())
        .select("benefit_code", pl.col("income_kinds").str.split("|").alias("income_kind_code"))
        .explode("income_kind_code")
        .unique("income_kind_code", keep="first", maintain_order=True)
    )
    as_listed = (
        classes.filter(pl.col("income_class") == "listed").select("income_class", "income_type_code", "measure").unique(maintain_order=True)
    )
    rows = as_listed.join(kinds, how="cross").with_columns(pl.lit(None, pl.String).alias("note")).select(classes.columns)
    return benefits, pl.concat([classes, rows])


def _citizenships(rules: Mapping[str, RuleValue]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Code lists of countries and citizenship groups in which the exempted citizenships are a group outside the act."""
    countries, groups = load_code_list("cpr_landekoder"), load_code_list("citizenship_groups")
    exempted = pl.col("cpr_code").is_in(rules.get("exempt_citizenships", ()))
    countries = countries.with_columns(
        pl.when(exempted).then(pl.lit(EXEMPT_GROUP)).otherwise("citizenship_group").alias("citizenship_group")
    )
    group = {"citizenship_group": EXEMPT_GROUP, "label_da": "Undtaget i scenariet", "is_outside_act": "1", "law_reference": "none",
             "is_foreign": "1"}  # fmt: skip
    return countries, pl.concat([groups, pl.DataFrame([group], schema=groups.schema)])
