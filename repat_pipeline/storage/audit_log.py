"""The audit log: who looked at or sent out personal data, and why; JSON lines that are only ever appended to.

No line holds a value of a row: who calls says places and counts, and a reason that could hold a CPR number is turned away.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
from dataclasses import asdict, dataclass
from datetime import datetime

from repat_pipeline.errors import RepatError, could_hold_a_person
from repat_pipeline.storage.atomic import PRIVATE_FILE, make_folder, sync_folder
from repat_pipeline.storage.layout import Home


class NoAuditEntry(RepatError):
    """What was to be logged has no reason, or one that could hold a CPR number; nothing was done."""


@dataclass(frozen=True)
class AuditEntry:
    """One line of the log.

    Attributes:
        at: instant (aware).
        who: account of the operating system, see `account`.
        what: the action, e.g. `quarantine export`.
        where: municipality, source, delivery, table and number of rows; never a value.
        reason: why, in the words of the one who did it.
    """

    at: datetime
    who: str
    what: str
    where: str
    reason: str


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
    line = json.dumps(asdict(entry) | {"at": entry.at.isoformat()}, ensure_ascii=False) + "\n"
    make_folder(home.audit_log.parent)
    descriptor = os.open(home.audit_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(home.audit_log.parent)
