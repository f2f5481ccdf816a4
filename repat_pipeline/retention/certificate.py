"""Certificates of removal: `HOME/audit/certificates/<kind>-<instant>.json`, named with their hash in the audit trail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from repat_pipeline import clock
from repat_pipeline.storage.atomic import write_text
from repat_pipeline.storage.audit_log import account, note
from repat_pipeline.storage.layout import Home

FileFacts = dict[str, str | int]

NOT_COVERED = (
    "back-ups of HOME made before, until they are overwritten by their own term; the senders' inbox; what municipalities have fetched "
    "from the outbox; copies that were exported by hand (audit trail: quarantine export, raw delivery opened)"
)
"""What a certificate does not speak about: stands in every one."""


def facts_of(home: Home, path: Path) -> Iterator[FileFacts]:
    """Path relative to HOME, size and sha256 of a file, or of every file of a folder; links are not followed."""
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if file.is_file() and not file.is_symlink():
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            yield {"path": file.relative_to(home.root).as_posix(), "bytes": file.stat().st_size, "sha256": digest}


def write_certificate(home: Home, kind: str, content: Mapping[str, Any]) -> Path:
    """Write a certificate (mode 0600), and name it in the audit trail with its hash.

    Args:
        kind: `retention` or `erasure`.
        content: what was removed; no value of a row.
    """
    at = clock.now()
    text = json.dumps(
        {"kind": kind, "at": at.isoformat(), "by": account(), **content, "not_covered": NOT_COVERED}, indent=1, ensure_ascii=False
    ) + "\n"  # fmt: skip
    stem = f"{kind}-{at:%Y%m%dT%H%M%SZ}"
    path = next(path for number in range(1000) if not (path := home.certificates / f"{stem}{f'-{number}' if number else ''}.json").exists())
    write_text(path, text)
    note(home, f"{kind} certificate", f"{path.name}, sha256 {hashlib.sha256(text.encode()).hexdigest()}")
    return path
