"""The audit trail: who looked at or sent out personal data, and why; JSON lines that are only ever appended to.

Each line has the hash of the line before, so that an edit, a removal or a reorder shows. No line holds a value of a row: who calls
says places and counts, and a reason that could hold a CPR number is turned away.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from repat_pipeline.errors import RepatError, could_hold_a_person
from repat_pipeline.storage.atomic import PRIVATE_FILE, make_folder, sync_folder
from repat_pipeline.storage.layout import Home

START = "0" * 64
"""What the first line of a trail has in place of the hash of a line before."""

_LONGEST_LINE = 1 << 16


class NoAuditEntry(RepatError):
    """What was to be logged has no reason, or one that could hold a CPR number; nothing was done."""


@dataclass(frozen=True)
class AuditEntry:
    """One line of the log.

    Attributes:
        at: instant (aware).
        who: account of the operating system, see `account`; where a person is named besides, `name (account)`.
        what: the action, e.g. `quarantine export`.
        where: municipality, source, delivery, table and number of rows; never a value.
        reason: why, in the words of the one who did it.
    """

    at: datetime
    who: str
    what: str
    where: str
    reason: str


@dataclass(frozen=True)
class Break:
    """A line of the trail that does not follow from the line before."""

    line_number: int
    why: str


def account() -> str:
    """Name of the account that runs the process; behind sudo also the account that called it."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = f"uid {os.getuid()}"
    caller = os.environ.get("SUDO_USER")
    return f"{name} (sudo: {caller})" if caller else name


def append_audit(home: Home, entry: AuditEntry) -> None:
    """Append one line and make it survive a power cut; call it before what it tells of.

    Raises:
        NoAuditEntry: the reason is empty or could hold a CPR number.
    """
    if not entry.reason.strip():
        raise NoAuditEntry("a reason is needed for the audit log, found none; nothing was done")
    if could_hold_a_person(entry.reason):
        raise NoAuditEntry("the reason goes into the audit log and holds a long number: say why without a CPR number; nothing was done")
    make_folder(home.audit_log.parent)
    descriptor = os.open(home.audit_log, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
    with os.fdopen(descriptor, "rb+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        content = asdict(entry) | {"at": entry.at.isoformat(), "previous": _last_hash(_tail(stream))}
        stream.write((json.dumps(content | {"hash": _hash(content)}, ensure_ascii=False) + "\n").encode())
        stream.flush()
        os.fsync(stream.fileno())
    sync_folder(home.audit_log.parent)


def verify_audit(path: Path) -> list[Break]:
    """Find every line that was edited, or whose predecessor was edited, removed or moved; empty = the trail is whole.

    The end can be cut off without a trace in the file: keep the last hash elsewhere (`last_hash`).
    """
    breaks = []
    previous = START
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.is_file() else [], start=1):
        try:
            content = json.loads(line)
            stated = content.pop("hash")
        except (ValueError, KeyError, AttributeError):
            breaks.append(Break(number, "not a line of the trail"))
            continue
        if content.get("previous") != previous:
            breaks.append(Break(number, "does not follow the line before: a line was removed, added or moved"))
        if _hash(content) != stated:
            breaks.append(Break(number, "was edited"))
        previous = stated
    return breaks


def last_hash(path: Path) -> str:
    """Hash of the last line; `START` when there is none."""
    if not path.is_file():
        return START
    with path.open("rb") as stream:
        return _last_hash(_tail(stream))


def _tail(stream: BinaryIO) -> bytes:
    """The end of the file, which holds the last line whole."""
    stream.seek(max(0, stream.seek(0, os.SEEK_END) - _LONGEST_LINE))
    return stream.read()


def _last_hash(content: bytes) -> str:
    lines = content.splitlines()
    return str(json.loads(lines[-1])["hash"]) if lines else START


def _hash(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
