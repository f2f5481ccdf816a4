"""Remove what is past its term, and write a certificate of what was removed.

Each thing is marked as removed before its files go, so that a call that was cut off is ended by the next one and nothing counts that
is half there. The certificate tells files by path, size and hash, never what was in them.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from repat_pipeline.retention.certificate import FileFacts, facts_of, write_certificate
from repat_pipeline.retention.plan import Expired, expired, manifest_of, without_file
from repat_pipeline.storage.atomic import write_text
from repat_pipeline.storage.audit_log import note
from repat_pipeline.storage.delivery_log import write_delivery
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.run_lock import run_lock


def retain(home: Home, *, today: date, reason: str) -> tuple[list[Expired], Path | None]:
    """Remove everything that is past its term today.

    Returns:
        What was removed, and the certificate; None when there was nothing.

    Raises:
        HomeIsBusy: a run holds the home.
        NoAuditEntry: the reason cannot be logged; nothing was removed.
    """
    with run_lock(home):
        items = expired(home, today=today)
        if not items:
            return [], None
        note(home, "retention", f"as of {today}: {_counts(items)}", reason=reason)
        removed = [_entry(item, _remove(home, item, today)) for item in items]
        if any(item.kind == "delivery" for item in items):
            # Hold rows of what was removed; made anew by the next run.
            home.build_database.unlink(missing_ok=True)
            home.kept_months.unlink(missing_ok=True)
        if any(item.kind in ("feed", "published version", "published table") for item in items):
            # Names who stood on what was removed; made anew by the next run.
            home.feed_index.unlink(missing_ok=True)
        content = {"retained_as_of": today.isoformat(), "reason": reason, "removed": removed}
        return items, write_certificate(home, "retention", content)


def _remove(home: Home, item: Expired, today: date) -> list[FileFacts]:
    if item.record is not None:
        write_delivery(home, replace(item.record, removed_on=item.record.removed_on or today))
    facts = [fact for path in item.paths for fact in facts_of(home, path)]
    for path in item.paths:
        if path.is_symlink():
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            if item.kind in ("feed file", "published table"):
                manifest = manifest_of(path)
                write_text(manifest, without_file(manifest, path, removed_on=today), mode=manifest.stat().st_mode & 0o777)
            path.unlink(missing_ok=True)
    if item.kind == "published version":
        _point_current_to_newest(home)
    return facts


def _point_current_to_newest(home: Home) -> None:
    """Take `current` away when its version is gone; the next publication sets it."""
    current = home.published / "current"
    if current.is_symlink() and not current.exists():
        current.unlink()


def _counts(items: Sequence[Expired]) -> str:
    kinds = dict.fromkeys(item.kind for item in items)
    return ", ".join(f"{sum(item.kind == kind for item in items)} of kind {kind}" for kind in kinds)


def _entry(item: Expired, facts: list[FileFacts]) -> dict[str, object]:
    return {"kind": item.kind, "name": item.name, "term_starts_on": item.starts_on.isoformat(), "term": item.term, "files": facts}
