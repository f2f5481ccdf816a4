"""`config/municipalities.yaml` as typed objects: cadence, release and limits per municipality.

Law values are not here but in `rules/parameters`; how often a source comes is in its contract.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from repat_pipeline.codelists import municipality_codes
from repat_pipeline.errors import RepatError

SETTINGS_FILE = Path(__file__).resolve().parents[2] / "config" / "municipalities.yaml"

Cadence = Literal["daily", "weekly", "monthly", "quarterly", "half_yearly"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MunicipalitySettings(_Strict):
    """How one municipality is served, and the parameter that is its own choice (null: the default of the product)."""

    cadence: Cadence
    working_days_only: bool
    release: Literal["automatic", "held"]
    feed_channel: Literal["outbox", "none"]
    closed_case_months: int | None = Field(ge=1, le=120)


class ScheduleSettings(_Strict):
    """Time of day of the scheduled runs, in Europe/Copenhagen."""

    hour: int = Field(ge=0, le=23)
    minute: int = Field(ge=0, le=59)


class FreshnessSettings(_Strict):
    """Days after the expected day until a source is late, and until it is stale."""

    late_after_days: int = Field(ge=0)
    stale_after_days: int = Field(ge=0)


class GateSettings(_Strict):
    """Limits of the gate before a feed (see the comments of the file)."""

    too_old_after_days: int = Field(ge=1)
    learnt_from: int = Field(ge=1)
    smallest_table: int = Field(ge=1)
    deviations: float = Field(gt=0)
    narrowest_share: float = Field(gt=0, lt=1)
    rejected_share: float = Field(gt=0, lt=1)


class StorageSettings(_Strict):
    """What becomes of the raw files of accepted deliveries that `--consume` takes out of the inbox."""

    archive: Literal["seal", "delete"] = "seal"


class RetentionSettings(_Strict):
    """What the monthly schedule does with what is past the term of its contract: name it, or remove it."""

    every_month: Literal["look", "remove"] = "look"


class Settings(_Strict):
    """The whole file; `of` gives the settings of one municipality."""

    defaults: MunicipalitySettings
    schedule: ScheduleSettings
    freshness: FreshnessSettings
    gate: GateSettings
    storage: StorageSettings = StorageSettings()
    retention: RetentionSettings = RetentionSettings()
    municipalities: dict[str, MunicipalitySettings]

    def of(self, municipality: str) -> MunicipalitySettings:
        """Settings of a municipality: its own keys, else the defaults."""
        return self.municipalities.get(municipality, self.defaults)

    def with_channel(self, municipalities: Iterable[str]) -> list[str]:
        """Those of the municipalities that take a feed."""
        return [code for code in municipalities if self.of(code).feed_channel != "none"]

    @property
    def own_parameters(self) -> dict[str, dict[str, str]]:
        """Municipality -> name -> value of the parameters that it has chosen itself (spec/rules.md section 6: practice, no law)."""
        chosen = {code: self.of(code).closed_case_months for code in sorted(municipality_codes())}
        return {code: {"closed_case_months": str(months)} for code, months in chosen.items() if months is not None}


class SettingsInvalid(RepatError):
    """The settings file cannot be used; the message names the key."""


def settings_path() -> Path:
    """The settings file in use: `REPAT_SETTINGS`, else the project's own."""
    return Path(os.environ.get("REPAT_SETTINGS") or SETTINGS_FILE)


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings; `path` defaults to `settings_path()`.

    Raises:
        SettingsInvalid: no such file, no YAML, an unknown key or municipality, or a value out of bounds.
    """
    file = path or settings_path()
    if not file.is_file():
        raise SettingsInvalid(f"settings: there is no file {file}; set REPAT_SETTINGS, or take config/municipalities.yaml as a start")
    return _load(file, file.stat().st_mtime_ns)


@cache
def _load(file: Path, _changed_at: int) -> Settings:
    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SettingsInvalid(f"settings {file}: no valid YAML ({type(error).__name__}); correct the file") from None
    if not isinstance(content, dict) or not isinstance(content.get("defaults"), dict):
        raise SettingsInvalid(f"settings {file}: expected the keys {', '.join(Settings.model_fields)}")
    own = content.get("municipalities") or {}
    unknown = sorted(str(code) for code in own if code not in municipality_codes())
    if unknown:
        raise SettingsInvalid(
            f'settings {file}: municipalities: expected codes of the 98 municipalities in quotes such as "0751", found {", ".join(unknown)}'
        )
    merged = {code: content["defaults"] | (keys or {}) for code, keys in own.items()}
    try:
        return Settings.model_validate(content | {"municipalities": merged})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())
        raise SettingsInvalid(f"settings {file}: {problems}") from None
