"""Deliveries of fictitious persons to bend, and what the inspection says of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from repat_pipeline.extracts.manifest import Inspection, Limits, inspect_delivery
from tests.support import NOW, deliver_answer, deliver_fagsystem, income, lookup, payments, person, resident

Inspect = Callable[..., Inspection]


@pytest.fixture
def delivery(inbox: Path) -> Path:
    """A fagsystem delivery with nothing wrong."""
    return deliver_fagsystem(inbox, borgere=[resident(person())], ydelser=payments(person(), "2026-01", 3))


@pytest.fixture
def answer_delivery(inbox: Path) -> Path:
    """An e-Indkomst delivery in XML with nothing wrong."""
    return deliver_answer(
        inbox, income_format="xml", opslag=[lookup(person(), "2026-01", "2026-10")], indkomst=[income(person(), "2026-10")]
    )


@pytest.fixture
def inspect() -> Inspect:
    """Look at a delivery folder with the places of its path, but for what a test says."""

    def look(folder: Path, *, limits: Limits | None = None, **place: Any) -> Inspection:
        where = {"municipality": folder.parent.parent.name, "source": folder.parent.name} | place
        return inspect_delivery(folder, now=datetime.fromisoformat(NOW), limits=limits or Limits(), **where)

    return look


def read_manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest as it stands there."""
    content: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return content


def change_manifest(folder: Path, *, without: tuple[str, ...] = (), **changes: Any) -> None:
    """Replace or remove fields of the manifest."""
    content = {key: value for key, value in (read_manifest_of(folder) | changes).items() if key not in without}
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def change_file(folder: Path, name: str, content: bytes) -> None:
    """Replace a file and tell the truth about its bytes in the manifest, so that only the content can be wrong."""
    (folder / name).write_bytes(content)
    files = read_manifest_of(folder)["files"]
    for entry in files:
        if entry["name"] == name:
            entry |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    change_manifest(folder, files=files)


def change_entry(folder: Path, name: str, /, **changes: Any) -> None:
    """Replace fields of one file's entry in the manifest."""
    files = [entry | changes if entry["name"] == name else entry for entry in read_manifest_of(folder)["files"]]
    change_manifest(folder, files=files)


def codes(inspection: Inspection) -> list[str]:
    """The codes of the reasons, in the order in which they were found."""
    return [reason.code for reason in inspection.reasons]
