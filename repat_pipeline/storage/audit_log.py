"""The audit trail: append-only JSON lines, each with the hash of the line before, so that an edit, a removal or a reorder shows.

Events, names, ids, counts and person references only: never a CPR number, a name of a citizen or a value of a row.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from repat_pipeline.clock import now
from repat_pipeline.storage.atomic import PRIVATE_FILE, make_folder
from repat_pipeline.storage.layout import Home

START = "0" * 64
"""What the first line of a trail has in place of the hash of a line before."""


_LONGEST_LINE = 1 << 16


@dataclass(frozen=True)
class Break:
    """A line of the trail that does not follow from the line before."""

    line_number: int
    why: str


def append_audit(home: Home, event: str, *, what: str, who: str = "", **more: str | int | None) -> None:
    """Append one event to `HOME/audit/audit.jsonl`, whole or not at all.

    Args:
        event: kind of event, e.g. `release`.
        what: what it was about, e.g. a delivery or a feed.
        who: who did it; empty = the program.
        more: further fields; no values of rows.
    """
    make_folder(home.audit_file.parent)
    descriptor = os.open(home.audit_file, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
    with os.fdopen(descriptor, "rb+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        content: dict[str, Any] = {
            "at": now().isoformat(),
            "event": event,
            "who": who,
            "what": what,
            **more,
            "previous": _last_hash(_tail(stream)),
        }
        stream.write((json.dumps(content | {"hash": _hash(content)}, ensure_ascii=False) + "\n").encode())
        stream.flush()
        os.fsync(stream.fileno())


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
