"""What lies in an inbox, by names alone: `INBOX/<kommunekode>/<source>/<delivery_id>/`.

No file is opened and nothing is changed; links are named, never followed. What a delivery holds is `manifest`.
Norm: spec/inbound.md section 1.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from repat_pipeline.codelists import municipality_codes
from repat_pipeline.contracts.inbound import SOURCES
from repat_pipeline.errors import RepatError, holds_a_cpr_number
from repat_pipeline.extracts.manifest_model import MANIFEST_NAME
from repat_pipeline.extracts.refusal import shown


class NoInbox(RepatError):
    """There is no such inbox."""


@dataclass(frozen=True)
class DeliveryFolder:
    """A delivery by its place; `name` is the folder's name, which should be the `delivery_id`."""

    municipality: str
    source: str
    name: str
    path: Path


@dataclass(frozen=True)
class Stray:
    """Something that is no delivery: where, relative to the inbox, and why nobody takes it in."""

    path: str
    why: str


@dataclass(frozen=True)
class Scan:
    """An inbox: deliveries with a manifest, folders still without one, and everything else."""

    deliveries: list[DeliveryFolder] = field(default_factory=list)
    unfinished: list[DeliveryFolder] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)


def scan_inbox(inbox: Path, municipalities: frozenset[str] | None = None) -> Scan:
    """List the deliveries of an inbox, sorted by municipality, source and name.

    Args:
        municipalities: look at these only; None = all.

    Raises:
        NoInbox: the folder does not exist.
    """
    if not inbox.is_dir():
        raise NoInbox(f"inbox {inbox}: expected a folder, found none; give the folder of the deliveries with --inbox")
    scan = Scan()
    for municipality in _folders(inbox, inbox, scan):
        if municipality.name not in municipality_codes():
            scan.strays.append(_stray(inbox, municipality, "expected the code of one of the 98 municipalities"))
            continue
        if municipalities is not None and municipality.name not in municipalities:
            continue
        for source in _folders(inbox, municipality, scan):
            if source.name not in SOURCES:
                scan.strays.append(_stray(inbox, source, f"expected one of {', '.join(SOURCES)}"))
                continue
            for delivery in _folders(inbox, source, scan):
                folder = DeliveryFolder(municipality.name, source.name, delivery.name, delivery)
                # A manifest that is a link counts as one: the delivery is there, and is refused for it.
                try:
                    exists = MANIFEST_NAME in os.listdir(delivery)
                except OSError as error:
                    scan.strays.append(_stray(inbox, delivery, f"a folder that cannot be read ({error.strerror})"))
                    continue
                (scan.deliveries if exists else scan.unfinished).append(folder)
    return scan


def _folders(inbox: Path, parent: Path, scan: Scan) -> Iterator[Path]:
    """Folders directly below `parent`; everything else, and a name that no message can repeat, becomes a stray."""
    try:
        found = sorted(parent.iterdir())
    except OSError as error:
        scan.strays.append(_stray(inbox, parent, f"a folder that cannot be read ({error.strerror})"))
        return
    for path in found:
        if path.is_symlink():
            scan.strays.append(_stray(inbox, path, "a link; links are not followed, put the folder itself there"))
        elif not path.name.isprintable():
            scan.strays.append(_stray(inbox, path, "a name with unprintable characters"))
        elif holds_a_cpr_number(path.name):
            # The name would stand in paths of the lake, in logs and in messages.
            scan.strays.append(_stray(inbox, path, "a name that holds a CPR number; choose another delivery_id"))
        elif path.is_dir():
            yield path
        else:
            scan.strays.append(_stray(inbox, path, "a file where a folder is expected"))


def _stray(inbox: Path, path: Path, why: str) -> Stray:
    parts = [shown(part).strip("'") for part in path.relative_to(inbox).parts]
    return Stray("/".join(parts), why)
