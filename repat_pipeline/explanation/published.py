"""What was published about one person in one municipality: the decision that is explained.

Only reading. The rows of the lake behind it are `lake_rows`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from repat_pipeline.errors import RepatError
from repat_pipeline.evaluation.inputs import Parameters
from repat_pipeline.feeds.decision import decided_from, read_decision
from repat_pipeline.storage.layout import Home

Row = Mapping[str, Any]


@dataclass(frozen=True)
class CountingDelivery:
    """A delivery that counted in the published run; `extracted_at` is an instant with zone."""

    municipality_code: str
    source: str
    delivery_id: str
    extracted_at: datetime


@dataclass(frozen=True)
class PublishedPerson:
    """The published rows of one person in one municipality.

    Attributes:
        eligibility: the row of `eligibility`, with `first_month` and `last_month` (`YYYY-MM`) of `lookup_requests`, null without
            one.
        criteria: the rows of `eligibility_criteria`, in the order of the rules.
        look_up: the row of `lookup_requests`.
        benefit_codes: month -> benefit, of `benefit_months`; empty where that table holds nothing of the person.
    """

    eligibility: Row
    criteria: tuple[Row, ...]
    look_up: Row | None
    benefit_codes: Mapping[date, str]


@dataclass(frozen=True)
class PublishedRun:
    """What was published for a reference date, as far as a municipality may read it."""

    folder: Path
    manifest: Mapping[str, Any]
    municipality_code: str

    @property
    def as_of(self) -> date:
        """D."""
        return date.fromisoformat(self.manifest["as_of"])

    @property
    def own_parameters(self) -> Mapping[str, str]:
        """The values that the municipality has chosen itself; versions before these had no such choice."""
        own: Mapping[str, str] = self.manifest.get("own_parameters", {}).get(self.municipality_code, {})
        return own

    @property
    def parameter_texts(self) -> Mapping[str, str]:
        """Name -> value that decided for the municipality."""
        return {**self.manifest["parameters"], **self.own_parameters}

    @property
    def parameters(self) -> Parameters:
        """The values that the run used, typed."""
        texts = self.parameter_texts
        defaults = Parameters()
        known = {field.name: getattr(defaults, field.name) for field in fields(Parameters)}
        return Parameters(**{name: _typed(texts[name], like=value) for name, value in known.items() if name in texts})

    def counting(self, source: str, *, elsewhere: bool = False) -> list[CountingDelivery]:
        """The municipality's counting deliveries of a source, newest first; `elsewhere`: those of all the others."""
        found = [
            CountingDelivery(
                entry["municipality_code"], entry["source"], entry["delivery_id"], datetime.fromisoformat(entry["extracted_at"])
            )
            for entry in self.manifest["deliveries"]
            if entry["is_counting"] and entry["source"] == source and (entry["municipality_code"] != self.municipality_code) == elsewhere
        ]
        return sorted(found, key=lambda delivery: (delivery.extracted_at, delivery.delivery_id), reverse=True)

    def person(self, person_ref: str) -> PublishedPerson | None:
        """The published rows of a person; None when the person was not evaluated in the municipality."""
        evaluated = self._rows("eligibility", person_ref)
        if not evaluated:
            return None
        look_up = next(iter(self._rows("lookup_requests", person_ref)), None)
        months = {name: f"{look_up[name]:%Y-%m}" if look_up else None for name in ("first_month", "last_month")}
        return PublishedPerson(
            eligibility=evaluated[0] | months,
            criteria=tuple(sorted(self._rows("eligibility_criteria", person_ref), key=lambda row: row["criterion_number"])),
            look_up=look_up,
            benefit_codes={row["month"]: row["benefit_code"] for row in self._rows("benefit_months", person_ref) if row["benefit_code"]},
        )

    def _rows(self, table: str, person_ref: str) -> list[dict[str, Any]]:
        path = self.folder / "persons" / self.municipality_code / f"{table}.parquet"
        removed_on = self.manifest.get("removed", {}).get(path.relative_to(self.folder).as_posix())
        if removed_on is not None:
            raise RepatError(
                f"{self.municipality_code} as of {self.as_of}: {table} is past its term and was removed on {removed_on}; the decision can "
                f"no longer be explained from what was published"
            )
        if not path.is_file():
            return []
        return pl.scan_parquet(path).filter(pl.col("person_ref") == person_ref).collect().to_dicts()


def read_published(home: Home, as_of: date, municipality: str, *, feed: int | None = None) -> PublishedRun:
    """Open what is published for a reference date, or the published version that an earlier feed was made from.

    Args:
        feed: sequence number of the feed; its decision file names the version. None = what is published now.

    Raises:
        RepatError: nothing is published for the date, the municipality was not evaluated, there is no such feed, or its version is
            no longer kept.
    """
    # The link is followed once: a run that publishes meanwhile does not mix two versions.
    folder = home.published_as_of(as_of).resolve() if feed is None else _version_of_feed(home, as_of, municipality, feed)
    path = folder / "manifest.json"
    if not path.is_file():
        raise RepatError(f"nothing is published for {as_of}; run `repat run --as-of {as_of}` first")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    if municipality in manifest.get("withheld", {}):
        raise RepatError(
            f"{municipality} is withheld as of {as_of}: {manifest['withheld'][municipality]}; see docs/runbooks/withheld_municipality.md"
        )
    if municipality not in manifest["evaluated"]:
        lacks = " and ".join(manifest["blocked"].get(municipality, [])) or "every delivery"
        raise RepatError(f"{municipality} was not evaluated as of {as_of}: it lacks {lacks}; send that and run again")
    return PublishedRun(folder, manifest, municipality)


def _version_of_feed(home: Home, as_of: date, municipality: str, feed: int) -> Path:
    decision = read_decision(home, municipality, as_of, feed)
    version = decided_from(home, decision).published
    if version is None:
        known_at = decision.known_at or decision.known_through.isoformat()
        raise RepatError(
            f"feed {feed} of {municipality} as of {as_of} was made from version {decision.published_version}, which is no longer kept; "
            f"`repat run --as-of {as_of} --known-at {known_at}` makes the same decisions again, then explain without --feed"
        )
    return version


def _typed(text: str, *, like: object) -> Any:
    """A parameter's text as the type of its default."""
    if isinstance(like, bool):
        return text == "true"
    if isinstance(like, int):
        return int(text)
    return date.fromisoformat(text) if isinstance(like, date) else text
