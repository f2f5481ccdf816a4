"""Build one municipality's feed from what is published for it, and put it in its outbox.

The only step that turns `person_ref` back into CPR numbers, with the municipality's own vault. A feed gets a new sequence
number only if a file's bytes differ from the feed before (spec/outbound.md section 3). The CSV files decide that: the spreadsheet
says the same, and its bytes also change with the library that writes it and with the dates of deliveries that changed nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from repat_pipeline.feeds import months
from repat_pipeline.feeds.changes import CHANGES_FILE, changes_csv
from repat_pipeline.feeds.csv_format import csv_bytes
from repat_pipeline.feeds.decision import Decision, describe_decision, write_decision
from repat_pipeline.feeds.premises import DecisionReader
from repat_pipeline.feeds.previous import find_previous_feed, holds
from repat_pipeline.feeds.reason import reason_da
from repat_pipeline.feeds.spreadsheet import spreadsheet_bytes
from repat_pipeline.feeds.spreadsheet_guide import Edition
from repat_pipeline.identity.pseudonym import PseudonymKey
from repat_pipeline.storage.atomic import write_folder
from repat_pipeline.storage.audit_log import note
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.outbox import whole_sequences

FEED_VERSION = "1.0.0"
SPREADSHEET = "kandidater.xlsx"
# The published person tables that a feed is made from.
FEED_TABLES = ("eligibility", "contact_channels", "lookup_requests", "benefit_months")

# Feed column -> column of the published tables; what is not there is made in `_persons`.
_PERSON_COLUMNS = {
    "cpr_nummer": "cpr_nummer", "person_ref": "person_ref", "kommunekode": "municipality_code",
    "opgoerelsesdato": "as_of", "personkreds": "covered_group", "ophold_siden": "residence_since",
    "taeller_maaneder": "months_proven", "mulige_maaneder": "months_possible", "maanedsstrip": "month_strip",
    "seneste_samtale": "last_talk_on", "frist_lov": "due_by_law", "frist_praksis": "due_by_practice",
    "naeste_handling": "next_action", "aktiv_sag": "active_case", "lukket_sag": "closed_case", "uden_sag": "no_case",
    "ordinaer_beskaeftigelse": "ordinary_employment", "tilflytter": "in_migrant", "anden_ydelse": "other_benefit",
    "primaer_rute": "primary_route", "adressebeskyttet": "address_protected", "digital_post": "digital_post",
    "begrundelse": "reason_da",
}  # fmt: skip
_OPEN_COLUMNS = _PERSON_COLUMNS | {"mangler": "missing"}
_LOOK_UP_COLUMNS = {
    "cpr_nummer": "cpr_nummer", "person_ref": "person_ref", "kommunekode": "municipality_code",
    "maaned_fra": "first_month", "maaned_til": "last_month", "formaal": "purpose", "retsgrundlag": "legal_basis",
}  # fmt: skip


def _is_open(row: Mapping[str, Any]) -> bool:
    """Undetermined, or eligible with a talk that is unknown."""
    return bool(row["status"] == "undetermined" or (row["status"] == "eligible" and row["next_action"] == "manual_check"))


@dataclass(frozen=True)
class FeedFile:
    """One CSV file of a feed: its columns, and who stands on it."""

    name: str
    columns: Mapping[str, str]
    includes: Callable[[Mapping[str, Any]], bool]


FEED_FILES = (
    FeedFile("kandidater", _PERSON_COLUMNS, lambda row: row["is_candidate"]),
    FeedFile("tilflyttere", _PERSON_COLUMNS, lambda row: row["is_candidate"] and row["in_migrant"]),
    FeedFile("ordinaer_beskaeftigelse", _PERSON_COLUMNS, lambda row: row["is_candidate"] and row["ordinary_employment"]),
    FeedFile("opslag", _LOOK_UP_COLUMNS, lambda row: row["first_month"] is not None),
    FeedFile("uafklarede", _OPEN_COLUMNS, _is_open),
)
# Every CSV file of a feed: the lists, and the proof of everyone on them.
FEED_NAMES = (*(file.name for file in FEED_FILES), months.NAME)


@dataclass(frozen=True)
class Feed:
    """A municipality's newest feed: where it lies, its rows per file, and whether this call made it."""

    municipality: str
    folder: Path
    sequence: int
    rows: dict[str, int]
    is_new: bool


def newest_sequence(home: Home, municipality: str, as_of: date) -> int:
    """Number of the newest whole feed of a municipality and reference date; 0 when there is none."""
    return max(whole_sequences(home, municipality, as_of), default=0)


def build_feed(
    home: Home, municipality: str, *, as_of: date, way_back: Mapping[str, str], key: PseudonymKey, reader: DecisionReader
) -> Feed:
    """Write the feed of one municipality, or keep the newest one when no byte differs, its changes apart.

    Args:
        way_back: `person_ref` -> CPR number, from the municipality's own vault.
        key: leads from CPR numbers to persons of the lake, where the causes of changes are found.
        reader: reads what this feed and the previous one were decided from.

    Raises:
        FileNotFoundError: nothing is published for the municipality and date.
        LookupError: a person on a list is not in the vault; says how many, never who.
    """
    published = home.published_as_of(as_of)
    persons = _persons(published / "persons" / municipality, way_back, municipality)
    contents, lists = {}, {}
    for file in FEED_FILES:
        on_list = [row for row in persons if file.includes(row)]
        named = [{column: row[source] for column, source in file.columns.items()} for row in on_list]
        contents[f"{file.name}.csv"], lists[file.name] = csv_bytes(list(file.columns), named), on_list
    proof, proven = months.months_csv(published / "persons" / municipality, [row["person_ref"] for row in persons])
    contents[f"{months.NAME}.csv"] = proof
    rows = {name: len(on_list) for name, on_list in lists.items()} | {months.NAME: proven}
    sequence = newest_sequence(home, municipality, as_of)
    folder = home.feed_folder(municipality, as_of)
    is_whole = all((folder / str(sequence) / name).is_file() for name in (SPREADSHEET, CHANGES_FILE))
    if sequence and is_whole and holds(folder / str(sequence), contents):
        rows |= json.loads((folder / str(sequence) / "manifest.json").read_text(encoding="utf-8"))["counts"]
        return Feed(municipality, folder / str(sequence), sequence, rows, is_new=False)
    run = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    known_at = None if run["known_at"] is None else datetime.fromisoformat(run["known_at"])
    previous = find_previous_feed(home, municipality, as_of=as_of, known_at=known_at, contents=contents)
    compared_with = None if previous is None else previous.decision
    decision = describe_decision(published, municipality, sequence=sequence + 1, feed_version=FEED_VERSION, compared_with=compared_with)
    contents[CHANGES_FILE], rows["aendringer"] = changes_csv(
        reader, key, before=previous, candidates=contents["kandidater.csv"], decision=decision, columns=_PERSON_COLUMNS
    )
    extracted_at = _newest_extracts(run["deliveries"], municipality)
    own_months = decision.parameter_values["closed_case_months"]
    contents[SPREADSHEET] = spreadsheet_bytes(lists, Edition(municipality, as_of, run["rule_version"], extracted_at, own_months))
    manifest = _manifest(run, decision, contents=contents, rows=rows, extracted_at=extracted_at)
    listed = ", ".join(f"{name} {count}" for name, count in rows.items())
    where = f"as of {as_of} no. {sequence + 1}, manifest sha256 {hashlib.sha256(manifest).hexdigest()[:12]}; rows: {listed}"
    note(home, "feed", where, municipality=municipality)
    write_decision(home, decision.of_files(contents))

    def fill(temporary: Path) -> None:
        for name, content in {**contents, "manifest.json": manifest}.items():
            (temporary / name).touch(mode=0o600)
            (temporary / name).write_bytes(content)

    write_folder(folder / str(sequence + 1), fill)
    return Feed(municipality, folder / str(sequence + 1), sequence + 1, rows, is_new=True)


def _persons(folder: Path, way_back: Mapping[str, str], municipality: str) -> list[dict[str, Any]]:
    """Everyone on any list: eligibility with channel, look-up months, sentence and CPR number, in the order of the feeds."""
    eligibility = pl.read_parquet(folder / "eligibility.parquet")
    channels = pl.read_parquet(folder / "contact_channels.parquet").select("person_ref", "digital_post")
    look_ups = pl.read_parquet(folder / "lookup_requests.parquet").select(
        "person_ref",
        pl.col("first_month", "last_month").dt.strftime("%Y-%m"),
        "purpose",
        "legal_basis",
    )
    rows = eligibility.join(channels, on="person_ref", how="left").join(look_ups, on="person_ref", how="left")
    # Most persons are on no list: who is not eligible stands on none but that of the look-ups.
    rows = rows.filter((pl.col("status") != "not_eligible") | pl.col("first_month").is_not_null())
    on_lists = [row for row in rows.iter_rows(named=True) if any(file.includes(row) for file in FEED_FILES)]
    absent = sum(row["person_ref"] not in way_back for row in on_lists)
    if absent:
        raise LookupError(
            f"feed of {municipality}: {absent} of {len(on_lists)} persons on the lists are not in the municipality's vault; "
            "the key differs from the one of the intake, or vault files are missing: restore HOME/vault or the key"
        )
    for row in on_lists:
        row["cpr_nummer"] = way_back[row["person_ref"]]
        row["reason_da"] = reason_da(row)
    return sorted(on_lists, key=lambda row: (row["due_by_law"] or date.min, row["cpr_nummer"]))


def _newest_extracts(deliveries: Iterable[Mapping[str, Any]], municipality: str) -> dict[str, str]:
    """Source -> when the newest counting delivery of the municipality was extracted."""
    newest: dict[str, str] = {}
    for delivery in deliveries:
        if delivery["municipality_code"] == municipality and delivery["is_counting"]:
            newest[delivery["source"]] = max(newest.get(delivery["source"], ""), delivery["extracted_at"])
    return newest


def _manifest(
    run: Mapping[str, Any], decision: Decision, *, contents: Mapping[str, bytes], rows: Mapping[str, int],
    extracted_at: Mapping[str, str],
) -> bytes:  # fmt: skip
    content = {
        "feed_version": FEED_VERSION,
        "contract_version": FEED_VERSION,
        "kommunekode": decision.municipality_code,
        "as_of": run["as_of"],
        "known_at": run["known_at"],
        "sequence": decision.sequence,
        "previous_sequence": decision.sequence - 1 or None,
        "changes_since": decision.compared_with,
        "run_id": run["run_id"],
        "rule_version": run["rule_version"],
        "counts": dict(rows),
        "extracted_at": dict(extracted_at),
        "files": [
            {
                "name": name,
                "rows": rows[Path(name).stem],
                "bytes": len(file),
                "sha256": hashlib.sha256(file).hexdigest(),
            }
            for name, file in contents.items()
        ],
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
