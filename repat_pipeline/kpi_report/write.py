"""Put the reports in their places: the national one beside the published tables, each municipality's own in its restricted folder."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from repat_pipeline.kpi_report.facts import read_facts
from repat_pipeline.kpi_report.page import report_page
from repat_pipeline.storage.atomic import PRIVATE_FILE, write_text
from repat_pipeline.storage.layout import Home

_FOR_EVERY_ANALYST = 0o444


@dataclass(frozen=True)
class Written:
    """One report: whose (null = the nation), where, how large."""

    municipality: str | None
    path: Path
    size: int


def write_reports(
    home: Home, as_of: date, *, municipalities: Collection[str] | None = None, out: Path | None = None
) -> Iterator[Written]:  # fmt: skip
    """Write the national report and those of the municipalities, one after the other.

    Args:
        municipalities: only these, and no national report; null = all.
        out: folder to write to (`rapport.html`, `<M>/rapport.html`) instead of the published version.

    Raises:
        NothingPublished: nothing is published for the date.
    """
    version = home.published_as_of(as_of).resolve()
    for facts in read_facts(home, as_of):
        code = facts.place.code if facts.place else None
        if municipalities is not None and code not in municipalities:
            continue
        if code is None:
            path = (out or home.report_folder(version)) / "rapport.html"
        else:
            path = (out / code if out else home.persons_folder(version, code)) / "rapport.html"
        page = report_page(facts)
        # The own report holds exact figures of the municipality.
        write_text(path, page, mode=_FOR_EVERY_ANALYST if code is None else PRIVATE_FILE)
        yield Written(code, path, len(page.encode()))
