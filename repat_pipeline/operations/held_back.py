"""Which municipalities get no feed of what is published, and why: the gate, or a feed that a person must let out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from repat_pipeline.operations.gate import judge_deliveries
from repat_pipeline.operations.release import read_release
from repat_pipeline.operations.settings import Settings
from repat_pipeline.rules.registry import is_income_lawful
from repat_pipeline.storage.delivery_log import read_deliveries
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import select_deliveries

WAITS_FOR_RELEASE_DA = "Listen er klar og venter på, at en navngiven person frigiver den (repat release)."


def held_back(home: Home, manifest: Mapping[str, Any], settings: Settings) -> dict[str, list[str]]:
    """Municipality -> plain Danish sentences; evaluated municipalities that get their feed are not in it.

    Args:
        manifest: of what is published (`publication.publish.read_manifest`).
    """
    as_of = date.fromisoformat(manifest["as_of"])
    known_at = None if manifest["known_at"] is None else datetime.fromisoformat(manifest["known_at"])
    selection = select_deliveries(read_deliveries(home), known_at=known_at, is_income_lawful=is_income_lawful(as_of))
    reasons = {
        municipality: [reason.text_da for reason in found]
        for municipality, found in judge_deliveries(selection, as_of=as_of, limits=settings.gate).items()
    }
    for municipality in manifest["evaluated"]:
        if settings.of(municipality).release == "held":
            reasons.setdefault(municipality, []).append(WAITS_FOR_RELEASE_DA)
    return {
        code: texts
        for code, texts in sorted(reasons.items())
        if code in set(manifest["evaluated"]) and not _is_released(home, code, manifest)
    }


def _is_released(home: Home, municipality: str, manifest: Mapping[str, Any]) -> bool:
    release = read_release(home, municipality, date.fromisoformat(manifest["as_of"]))
    return release is not None and release.covers(manifest)
