"""Every path below HOME, and who may stand in it.

Only names live here; writing is `atomic`. CPR numbers may occur under `quarantine`, `refused`, `archive`, `vault` and
`outbox` only (and in the inbox, which is the sender's); the lake knows persons as `person_key`, `published` as `person_ref`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path


def safe_folder_name(name: str) -> str:
    """A name from outside as the name of a folder of ours: plain characters, at most 80, never hidden."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".")[:80] or "delivery"


@dataclass(frozen=True)
class Home:
    """The folder that holds everything that the program writes (`--home`, env `REPAT_HOME`)."""

    root: Path

    @property
    def key_file(self) -> Path:
        """Pseudonym key, used when neither `REPAT_KEY` nor `REPAT_KEY_FILE` is set (mode 0600)."""
        return self.root / "keys" / "pseudonym.key"

    @property
    def key_fingerprint(self) -> Path:
        """Fingerprint of the key that the lake was made with, written with its first delivery; it tells nothing about the key."""
        return self.root / "lake" / "key_fingerprint.txt"

    @property
    def layout_file(self) -> Path:
        """Number of the layout of this home (`storage.home_layout`)."""
        return self.root / "layout.json"

    @property
    def lock_file(self) -> Path:
        """One run at a time holds it."""
        return self.root / "work" / "run.lock"

    # -- lake ----------------------------------------------------------------------------------------------------------

    @property
    def lake(self) -> Path:
        """Typed, pseudonymised deliveries and the delivery log."""
        return self.root / "lake"

    def accepted(self, source: str, table: str, municipality: str, delivery_id: str) -> Path:
        """Accepted rows of one table of one delivery (columns: `TableContract.lake_schema`)."""
        return self.lake / "accepted" / source / table / municipality / f"{delivery_id}.parquet"

    def rejected(self, source: str, municipality: str, delivery_id: str) -> Path:
        """Rejected rows of one delivery, without values: columns `REJECTED_SCHEMA` of `storage.delivery_log`."""
        return self.lake / "rejected" / source / municipality / f"{delivery_id}.parquet"

    def delivery_record(self, source: str, municipality: str, delivery_id: str) -> Path:
        """Log record of an accepted delivery, written last: without it the delivery is not in the lake."""
        return self.lake / "deliveries" / source / municipality / f"{delivery_id}.json"

    def refusal_record(self, municipality: str, source: str, content: str) -> Path:
        """What is remembered of a refused delivery, by content."""
        return self.lake / "refusals" / municipality / source / f"{content[:32]}.json"

    # -- with CPR numbers ----------------------------------------------------------------------------------------------

    def quarantine(self, source: str, table: str, municipality: str, delivery_id: str) -> Path:
        """Rejected rows with the sender's values, line numbers and rule ids (sealed, mode 0600)."""
        return self.root / "quarantine" / source / table / municipality / f"{delivery_id}.parquet.sealed"

    def vault(self, municipality: str) -> Path:
        """Folder of the way back `person_key` -> CPR number for persons in the municipality's own deliveries."""
        return self.root / "vault" / municipality

    def vault_file(self, source: str, municipality: str, delivery_id: str) -> Path:
        """The way back for the persons of one delivery (columns `person_key`, `cpr_nummer`, `cpr_class`; sealed)."""
        return self.vault(municipality) / source / f"{delivery_id}.parquet.sealed"

    @property
    def vault_key_state(self) -> Path:
        """Id of the key that the home is sealed with (`storage.sealing_keys`)."""
        return self.root / "vault" / "key.json"

    @property
    def rereading(self) -> Path:
        """A delivery that is read again, until it replaces what the lake has of it (`storage.replacement`)."""
        return self.root / "quarantine" / ".reread"

    @property
    def opened(self) -> Path:
        """Readable copies of sealed raw files, while something reads them (`storage.raw_copies`)."""
        return self.root / "quarantine" / ".opened"

    def refused(self, municipality: str, source: str, name: str, content: str) -> Path:
        """Copy of a refused delivery, its files sealed, with its report."""
        return self.root / "refused" / municipality / source / f"{name}-{content[:12]}"

    def archive(self, municipality: str, source: str, delivery_id: str) -> Path:
        """Accepted raw delivery, moved here by `--consume`, its files sealed."""
        return self.root / "archive" / municipality / source / delivery_id

    # -- audit ---------------------------------------------------------------------------------------------------------

    @property
    def audit_log(self) -> Path:
        """What was done with personal data, by whom and why: JSON lines without values, only ever appended to (`storage.audit_log`)."""
        return self.root / "audit" / "audit.jsonl"

    @property
    def erasures(self) -> Path:
        """Tombstones of erased persons (`identity.erasures`)."""
        return self.root / "erasures"

    @property
    def certificates(self) -> Path:
        """Certificates of what retention and erasure removed."""
        return self.root / "audit" / "certificates"

    # -- work ----------------------------------------------------------------------------------------------------------

    @property
    def work(self) -> Path:
        """Private to the run: build database, dbt's target and logs. Can be deleted at any time between runs."""
        return self.root / "work"

    @property
    def build_database(self) -> Path:
        """The DuckDB file that dbt builds; always the same path, so that dbt's partial parsing holds."""
        return self.work / "build.duckdb"

    @property
    def run_parameters(self) -> Path:
        """Parameters and counting deliveries of the build database, written by the warehouse asset for publication."""
        return self.work / "run_parameters.json"

    @property
    def feed_index(self) -> Path:
        """Who stood first on which feed, as last read (`warehouse.feed_index`)."""
        return self.work / "feed_index.parquet"

    @property
    def kept_months(self) -> Path:
        """Netted months of deliveries, kept for the next run (`warehouse.kept_months`)."""
        return self.work / "kept_months.parquet"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME: Dagster's own storage and `dagster.yaml`."""
        return self.root / "dagster"

    # -- out -----------------------------------------------------------------------------------------------------------

    @property
    def published(self) -> Path:
        """Published tables: `.versions/<D>-<run>` (with a number when a run publishes again) and the links `<D>` and `current`."""
        return self.root / "published"

    def published_as_of(self, as_of: date) -> Path:
        """Link to the newest published version for a reference date."""
        return self.published / as_of.isoformat()

    def report_folder(self, version: Path) -> Path:
        """Folder of the national report of a published version."""
        return version / "report"

    def persons_folder(self, version: Path, municipality: str) -> Path:
        """Folder of one municipality in a published version: person tables, exact figures, its report (mode 0600)."""
        return version / "persons" / municipality

    @property
    def kpi_history(self) -> Path:
        """Figures that are final, one Parquet file per reference date, never rewritten (`kpi.history`); exact, mode 0600."""
        return self.root / "history" / "kpi"

    @property
    def outbox(self) -> Path:
        """Feeds to municipalities."""
        return self.root / "outbox"

    def feed_folder(self, municipality: str, as_of: date) -> Path:
        """Folder of the numbered feeds of one municipality and reference date."""
        return self.outbox / municipality / "v1" / as_of.isoformat()

    def status_file(self, municipality: str) -> Path:
        """What the municipality is told of its feeds: the last good one, what is late or blocked."""
        return self.outbox / municipality / "status.json"

    def release(self, municipality: str, as_of: date) -> Path:
        """Who let out the feed of a municipality and reference date by hand."""
        return self.root / "releases" / municipality / f"{as_of.isoformat()}.json"

    # -- proof ---------------------------------------------------------------------------------------------------------

    @property
    def decisions(self) -> Path:
        """What each feed was decided from, without persons; kept as long as the feeds."""
        return self.root / "decisions"

    def decision(self, municipality: str, as_of: date, sequence: int) -> Path:
        """Decision file of one feed."""
        return self.decisions / municipality / as_of.isoformat() / f"{sequence}.json"

    def code_lists(self, digest: str) -> Path:
        """Folder with the code lists that a decision was made with, by their hash."""
        return self.decisions / "code_lists" / digest[:32]

    def error_reports(self, municipality: str) -> Path:
        """Folder of the error reports to the senders of one municipality: `oversigt.csv`, `<source>/<delivery>/afvist.csv`."""
        return self.outbox / municipality / "afvist"
