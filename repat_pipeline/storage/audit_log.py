"""The audit trail: what was done with personal data, by whom and why; JSON lines that are only ever appended to.

Each line has the hash of the line before, so that an edit, a removal or a reorder shows; `head.json` beside it has the number of
lines and the last hash, so that a cut end shows. No line holds a value of a row: who calls says places and counts, a person is told by
`person_ref` only, and a reason that could hold a CPR number is turned away.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from repat_pipeline import clock
from repat_pipeline.errors import RepatError, could_hold_a_person
from repat_pipeline.storage.atomic import PRIVATE_FILE, make_folder, sync_folder, write_bytes, write_text
from repat_pipeline.storage.layout import Home

START = "0" * 64
"""What the first line of a trail has in place of the hash of a line before."""

AUTOMATIC = "automatic"
"""Reason of what the program does by itself."""

_LONGEST_LINE = 1 << 16
_HEAD = "head.json"


class NoAuditEntry(RepatError):
    """What was to be logged has no reason, or one that could hold a CPR number; nothing was done."""


@dataclass(frozen=True)
class AuditEntry:
    """One line of the log.

    Attributes:
        at: instant (aware).
        who: account of the operating system, see `account`; where a person is named besides, `name (account)`.
        what: the action, e.g. `quarantine export`.
        where: source, delivery, table and number of rows; never a value.
        reason: why, in the words of the one who did it; `AUTOMATIC` for what a run does by itself.
        municipality: whose persons it was about; null = no or several municipalities.
        person_ref: the one person that it was about, by the reference of the municipality; null = not about one person.
    """

    at: datetime
    who: str
    what: str
    where: str
    reason: str
    municipality: str | None = None
    person_ref: str | None = None


@dataclass(frozen=True)
class Break:
    """A line of the trail that does not follow from the line before, or an end that is not the one of `head.json`."""

    line_number: int
    why: str


@dataclass(frozen=True)
class _Head:
    lines: int
    hash: str


def account() -> str:
    """Name of the account that runs the process; behind sudo also the account that called it."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = f"uid {os.getuid()}"
    caller = os.environ.get("SUDO_USER")
    return f"{name} (sudo: {caller})" if caller else name


def note(
    home: Home, what: str, where: str, *, reason: str = AUTOMATIC, municipality: str | None = None, person_ref: str | None = None
) -> None:
    """Append what this account does now; see `append_audit`."""
    append_audit(home, AuditEntry(clock.now(), account(), what, where, reason, municipality, person_ref))


def append_audit(home: Home, entry: AuditEntry) -> None:
    """Append one line and make it survive a power cut; call it before what it tells of.

    A last line that was cut off in writing told of something that did not happen: it is set aside as `torn-<hash>.txt`, and a line
    of its own says so. Where the end of the trail is not the one of `head.json`, the new line follows the one that `head.json`
    names, so that `verify_audit` shows the gap for ever.

    Raises:
        NoAuditEntry: the reason is empty or could hold a CPR number.
    """
    if not entry.reason.strip():
        raise NoAuditEntry("a reason is needed for the audit log, found none; nothing was done")
    if could_hold_a_person(entry.reason):
        raise NoAuditEntry("the reason goes into the audit log and holds a long number: say why without a CPR number; nothing was done")
    folder = make_folder(home.audit_log.parent)
    is_new = not home.audit_log.exists()
    descriptor = os.open(home.audit_log, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
    with os.fdopen(descriptor, "rb+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        entries = [entry]
        torn = _set_torn_line_aside(stream, folder)
        if torn is not None:
            where = f"a line that was cut off in writing lies in {torn}"
            entries.insert(0, AuditEntry(entry.at, account(), "audit mended", where, AUTOMATIC))
        end = _end(stream, _read_head(folder))
        for one in entries:
            content = _without_null(asdict(one)) | {"at": one.at.isoformat(), "number": end.lines + 1, "previous": end.hash}
            end = _Head(end.lines + 1, _hash(content))
            stream.write((json.dumps(content | {"hash": end.hash}, ensure_ascii=False) + "\n").encode())
        stream.flush()
        os.fsync(stream.fileno())
        if is_new:
            sync_folder(folder)
        write_text(folder / _HEAD, json.dumps(asdict(end)) + "\n")


def verify_audit(path: Path) -> list[Break]:
    """Find every line that was edited, or whose predecessor was edited, removed or moved, and a cut end; empty = the trail is whole.

    Who can write both the trail and `head.json` can make another trail: keep the last hash elsewhere (`last_hash`).
    """
    breaks, hashes, is_numbered = [], [START], False
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            content = json.loads(line)
            stated = str(content.pop("hash"))
        except (ValueError, KeyError, AttributeError, TypeError):
            breaks.append(Break(number, "not a line of the trail"))
            hashes.append(hashes[-1])
            continue
        is_numbered |= "number" in content
        if content.get("previous") != hashes[-1]:
            breaks.append(Break(number, "does not follow the line before: a line was removed, added or moved"))
        if _hash(content) != stated:
            breaks.append(Break(number, "was edited"))
        hashes.append(stated)
    return breaks + _breaks_of_end(path, hashes, is_numbered)


def _breaks_of_end(path: Path, hashes: list[str], is_numbered: bool) -> list[Break]:
    """Compare the end with `head.json`; a trail of a version without line numbers has none."""
    last = len(hashes) - 1
    if not (path.parent / _HEAD).is_file():
        return [Break(last, f"{_HEAD} is missing: the end may be cut off")] if is_numbered else []
    head = _read_head(path.parent)
    if head is None:
        return [Break(last, f"{_HEAD} cannot be read: the end may be cut off")]
    if head.lines > last:
        return [Break(last, f"the end is cut off: {_HEAD} tells of {head.lines} lines, found {last}")]
    return [] if hashes[head.lines] == head.hash else [Break(head.lines, f"is not the line that {_HEAD} tells of")]


def last_hash(path: Path) -> str:
    """Hash of the last whole line; `START` when there is none."""
    if not path.is_file():
        return START
    with path.open("rb") as stream:
        last = _last_line(stream)
    return START if last is None else str(last["hash"])


def read_audit(home: Home) -> Iterator[dict[str, Any]]:
    """Every whole line of the trail in order, as it stands there; whether it was changed says `verify_audit`."""
    if not home.audit_log.is_file():
        return
    with home.audit_log.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            content = _parsed(line.encode())
            if content is not None:
                yield content


def _end(stream: BinaryIO, head: _Head | None) -> _Head:
    """What the next line follows: the last line, or what `head.json` names when the last line is an older or another one."""
    last = _last_line(stream)
    if last is not None and "number" in last:
        of_file = _Head(int(last["number"]), str(last["hash"]))
    else:
        stream.seek(0)
        of_file = _Head(sum(1 for _ in stream), START if last is None else str(last["hash"]))
    # A crash between the line and `head.json` leaves the head behind.
    return of_file if head is None or head.lines < of_file.lines or head.hash == of_file.hash else head


def _set_torn_line_aside(stream: BinaryIO, folder: Path) -> str | None:
    """Take a last line without a line end away, keeping its bytes; the name of the file that has them."""
    tail = _tail(stream)
    if not tail or tail.endswith(b"\n"):
        return None
    fragment = tail.rpartition(b"\n")[2]
    name = f"torn-{hashlib.sha256(fragment).hexdigest()[:12]}.txt"
    write_bytes(folder / name, fragment)
    stream.truncate(stream.seek(0, os.SEEK_END) - len(fragment))
    return name


def _read_head(folder: Path) -> _Head | None:
    try:
        content = json.loads((folder / _HEAD).read_text(encoding="utf-8"))
        return _Head(int(content["lines"]), str(content["hash"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _tail(stream: BinaryIO) -> bytes:
    """The end of the file, which holds the last line whole."""
    stream.seek(max(0, stream.seek(0, os.SEEK_END) - _LONGEST_LINE))
    return stream.read()


def _last_line(stream: BinaryIO) -> dict[str, Any] | None:
    """The last line that is one of the trail."""
    return next((content for line in reversed(_tail(stream).splitlines()) if (content := _parsed(line)) is not None), None)


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(line)
    except ValueError:
        return None
    return content if isinstance(content, dict) and "hash" in content else None


def _without_null(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if value is not None}


def _hash(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
