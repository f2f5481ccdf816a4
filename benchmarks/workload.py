"""What is measured on: fictitious deliveries of a size, made once by `repat synth --national` and kept below the work folder."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from repat_pipeline.synthetic.deliveries import rewrite_manifest

AS_OF = date(2026, 11, 22)
NOW = f"{AS_OF}T12:00:00+01:00"
# Size -> municipalities, persons. Fractions of N have the same share of its municipalities.
SIZES = {"XS": (2, 300), "S": (1, 2_000), "M": (12, 90_000), "N": (98, 700_000), "98x700": (98, 68_600)} | {
    f"N/{part}": (round(98 / part), 700_000 // part) for part in (16, 8, 4, 2)
}
MONTHS, MONTHS_FOR_HISTORY = 48, 60
"""Months of benefits delivered: as usual, and as many as the windows of 24 month ends need."""


@dataclass(frozen=True)
class Workload:
    """The deliveries of one size."""

    size: str
    inbox: Path

    @property
    def rows(self) -> int:
        """Rows of all files, by the manifests."""
        return sum(entry["rows"] for manifest in self._manifests() for entry in manifest["files"])

    @property
    def bytes(self) -> int:
        """Size of all files, by the manifests."""
        return sum(entry["bytes"] for manifest in self._manifests() for entry in manifest["files"])

    def income_files(self) -> list[Path]:
        """Files of the table `indkomst`, the largest first."""
        return sorted(self.inbox.glob("*/eindkomst/*/indkomst.csv"), key=lambda path: -path.stat().st_size)

    def _manifests(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text(encoding="utf-8")) for path in self.inbox.glob("*/*/*/manifest.json")]


def make_workload(work: Path, size: str, *, months: int = MONTHS) -> Workload:
    """The deliveries of a size, made when they are not there yet."""
    municipalities, persons = SIZES[size]
    inbox = work / f"inbox-{size.replace('/', '-')}{'' if months == MONTHS else f'-{months}-months'}"
    unfinished = inbox.with_name(f".{inbox.name}")
    if not inbox.is_dir():
        subprocess.run(["rm", "-rf", str(unfinished)], check=True)
        subprocess.run(
            [sys.executable, "-m", "repat_pipeline", "synth", "--national", "--out", str(unfinished), "--municipalities",
             str(municipalities), "--persons", str(persons), "--as-of", AS_OF.isoformat(), "--months", str(months)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        unfinished.rename(inbox)
    return Workload(size, inbox)


def codes_by_size(inbox: Path) -> list[str]:
    """The municipalities of an inbox, the smallest first."""
    return sorted((folder.name for folder in inbox.iterdir()), key=lambda code: sum(
        path.stat().st_size for path in (inbox / code).rglob("*.csv")
    ))  # fmt: skip


def deliver_again(inbox: Path, target: Path, code: str, *, number: int) -> None:
    """A newer delivery of each source of a municipality into the inbox `target`: as before, without the last row of each file."""
    for folder in sorted((inbox / code).glob("*/*")):
        delivery_id = f"{folder.name}-{number}"
        new = target / code / folder.parent.name / delivery_id
        new.mkdir(parents=True)
        for path in folder.iterdir():
            content = path.read_bytes()
            shortened = content[: content.rstrip(b"\n").rfind(b"\n") + 1] if path.suffix == ".csv" else content
            (new / path.name).write_bytes(shortened or content)
        day = AS_OF - timedelta(days=1)
        rewrite_manifest(new, delivery_id=delivery_id, extracted_at=f"{day}T06:{number:02d}:00+01:00")
