"""A home made fit for this version of the program: its layout, Dagster's settings, and rows of older contracts.

First the plan, then, when asked for, the steps: each is whole or not done, and a second call goes on where the first was cut off.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from repat_pipeline.storage.atomic import write_text
from repat_pipeline.storage.audit_log import note
from repat_pipeline.storage.delivery_log import read_deliveries
from repat_pipeline.storage.home_layout import LAYOUT, UPGRADES, Upgrade, check_layout, layout_of, write_layout
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.run_lock import run_lock
from repat_pipeline.warehouse.attach import lacking_columns

_DAGSTER_YAML = Path(__file__).resolve().parents[1] / "defs" / "dagster.yaml"


def dagster_settings() -> Path:
    """Dagster's settings for homes: the file that `REPAT_DAGSTER_YAML` names (in production `deploy/dagster.yaml`), else SQLite in HOME."""
    return Path(os.environ.get("REPAT_DAGSTER_YAML") or _DAGSTER_YAML)


@dataclass(frozen=True)
class Plan:
    """What a home needs.

    Attributes:
        steps: what `upgrade` does, a sentence each; empty: nothing.
        by_hand: what it cannot do, with the command that does.
    """

    steps: list[str]
    by_hand: list[str]


def plan_upgrade(home: Home, *, layout: int = LAYOUT, upgrades: Mapping[int, Upgrade] = UPGRADES) -> Plan:
    """Look at a home, changing nothing.

    Raises:
        LayoutDiffers: it is newer than this program.
        FileNotFoundError: there is no home.
    """
    if not home.root.is_dir():
        raise FileNotFoundError(f"there is no home at {home.root}")
    found = layout_of(home)
    if found > layout:
        check_layout(home, layout=layout)
    steps = [f"layout {number}: {upgrades[number].does}" for number in range(found + 1, layout + 1)]
    if _has_other_dagster_settings(home):
        steps.append("dagster/dagster.yaml is not this version's: replace it, keeping it as dagster.yaml.before")
    if not steps and not home.layout_file.is_file():
        steps.append(f"layout {layout}: write layout.json")
    by_hand = [
        f"{record.name}: {', '.join(columns)} not in the lake: `repat reread --source {record.source} --municipality "
        f"{record.municipality_code} --delivery-id {record.delivery_id}`"
        for record, columns in lacking_columns(home, read_deliveries(home))
    ]
    return Plan(steps, by_hand)


def upgrade(home: Home, *, layout: int = LAYOUT, upgrades: Mapping[int, Upgrade] = UPGRADES) -> Plan:
    """Do what `plan_upgrade` says; nobody else may write the home meanwhile.

    Returns:
        What was done, and what is left to do by hand.

    Raises:
        HomeIsBusy: a run holds the home.
    """
    plan = plan_upgrade(home, layout=layout, upgrades=upgrades)
    with run_lock(home, any_layout=True):
        note(home, "upgrade", "; ".join(plan.steps) or "nothing to do")
        for number in range(layout_of(home) + 1, layout + 1):
            upgrades[number].apply(home)
            write_layout(home, number)
        if _has_other_dagster_settings(home):
            settings = home.dagster / "dagster.yaml"
            write_text(settings.with_name("dagster.yaml.before"), settings.read_text(encoding="utf-8"))
            write_text(settings, dagster_settings().read_text(encoding="utf-8"))
        write_layout(home, layout)
    return plan


def _has_other_dagster_settings(home: Home) -> bool:
    settings = home.dagster / "dagster.yaml"
    return settings.is_file() and settings.read_bytes() != dagster_settings().read_bytes()
