"""What tests share: the standard person as rows of a delivery, running `repat`, comparing homes."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from repat_pipeline.clock import COPENHAGEN
from repat_pipeline.synthetic.cpr_numbers import constructed_cpr
from repat_pipeline.synthetic.deliveries import write_delivery

AS_OF = "2026-11-22"
NOW = "2026-11-22T12:00:00+01:00"
KEY = "a key for tests only, of no secrecy at all"
VAULT_KEY = "a vault key for tests only, of no secrecy at all"
MUNICIPALITY = "0751"
WATCHED = Path(__file__).parent / "security" / "watched.py"
Row = dict[str, str | None]


@dataclass(frozen=True)
class Command:
    """A finished command."""

    status: int
    output: str


def repat(*arguments: object, **environment: str) -> Command:
    """Run `repat` as a user does, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "repat_pipeline", *map(str, arguments)],
        capture_output=True, text=True, check=False, env=os.environ | environment, timeout=300,
    )  # fmt: skip
    return Command(done.returncode, done.stdout + done.stderr)


def program(name: str) -> str | None:
    """Path of a program that pip cannot install; PostgreSQL's own are not on Debian's PATH."""
    places = [*sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), *Path("/usr/sbin").glob(name)]
    return shutil.which(name) or next((str(path) for path in places), None)


@cache
def without_network() -> tuple[str, ...]:
    """What a command begins with to run in a network namespace without any route; empty where the machine does not allow it."""
    prefix = ("unshare", "--map-root-user", "--net")
    allowed = shutil.which("unshare") and subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    return prefix if allowed else ()


def repat_without_network(*arguments: object, log: Path) -> Command:
    """Run `repat` where nothing can be reached; every attempt of Python to reach something is a line in `log`."""
    done = subprocess.run(
        [*without_network(), sys.executable, str(WATCHED), *map(str, arguments)],
        capture_output=True, text=True, check=False, env=os.environ | {"REPAT_TEST_NETWORK_LOG": str(log)}, timeout=300,
    )  # fmt: skip
    return Command(done.returncode, done.stdout + done.stderr)


def person(serial: int = 0) -> str:
    """CPR number of a fictitious person."""
    return constructed_cpr(date(1980, 5, 17), serial)


def instant(day: str, hour: int = 6) -> datetime:
    """An instant of a day in Copenhagen."""
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=COPENHAGEN)


def permit(cpr: str, **changes: str | None) -> Row:
    """A valid permit: refugee, since 2015, open-ended."""
    return {
        "tilladelse_id": f"T-{cpr}", "person_id": f"P-{cpr}", "cpr_nummer": cpr, "statsborgerskab": "5486", "opholdsgrundlag": "UDL7",
        "gyldig_fra": "2015-03-02", "status": "gaeldende", "kommunekode": MUNICIPALITY,
    } | changes  # fmt: skip


def resident(cpr: str, **changes: str | None) -> Row:
    """A valid resident of 0751 who has always lived there."""
    return {
        "cpr_nummer": cpr, "cpr_status": "01", "kommunekode": MUNICIPALITY, "statsborgerskab": "5486", "adressebeskyttet": "0",
        "digital_post": "1",
    } | changes  # fmt: skip


def payments(cpr: str, first: str, months: int, **changes: str | None) -> list[Row]:
    """Kontanthjælp for a number of months from `first` (`YYYY-MM`)."""
    start = int(first[:4]) * 12 + int(first[5:]) - 1
    return [
        {
            "effektuering_id": f"E-{cpr}-{index}", "cpr_nummer": cpr, "ydelseskode": "kontanthjaelp",
            "periode_fra": f"{index // 12}-{index % 12 + 1:02d}-01", "periode_til": f"{index // 12}-{index % 12 + 1:02d}-28",
            "beloeb": "11000,00",
        } | changes
        for index in range(start, start + months)
    ]  # fmt: skip


def lookup(cpr: str, first: str, last: str) -> Row:
    """A look-up of a range of months."""
    return {"opslag_id": f"O-{cpr}", "cpr_nummer": cpr, "maaned_fra": first, "maaned_til": last, "formaal": "REP_5_2"}


def income(cpr: str, month: str, **changes: str | None) -> Row:
    """Kontanthjælp as the income register reports it for one month (`YYYY-MM`)."""
    return {
        "cpr_nummer": cpr, "se_nummer": "35209115", "indberetning_id": f"I-{cpr}-{month}", "indberetningsart": "I", "tilbagefoert": "0",
        "rettelse": "0", "indkomsttype": "06", "indtaegtsart": "0041", "loenperiode_fra": f"{month}-01",
        "loenperiode_til": f"{month}-28", "basismaaned": month, "a_indkomst_uden_am": "11000,00",
    } | changes  # fmt: skip


def deliver_uip(inbox: Path, rows: list[Row], *, delivery_id: str = "uip-1", day: str = "2026-11-10", **more: Any) -> Path:
    """A UIP delivery of 0751."""
    place = {"municipality": MUNICIPALITY} | more
    return write_delivery(
        inbox, source="uip", delivery_id=delivery_id, extracted_at=instant(day), tables={"opholdstilladelser": rows}, **place
    )  # fmt: skip


def deliver_fagsystem(inbox: Path, *, delivery_id: str = "fag-1", day: str = "2026-11-12", municipality: str = MUNICIPALITY,
                      manifest: dict[str, Any] | None = None, **tables: list[Row]) -> Path:  # fmt: skip
    """A fagsystem delivery of 0751 that covers 2023-01 .. 2026-10."""
    return write_delivery(
        inbox, municipality=municipality, source="fagsystem", delivery_id=delivery_id, extracted_at=instant(day), tables=tables,
        period_from=date(2023, 1, 1), period_to=date(2026, 10, 1), manifest=manifest,
    )  # fmt: skip


def deliver_answer(inbox: Path, *, delivery_id: str = "svar-1", day: str = "2026-11-14", income_format: str = "csv",
                   municipality: str = MUNICIPALITY, **tables: list[Row]) -> Path:  # fmt: skip
    """An answer of the income register for 0751."""
    return write_delivery(
        inbox, municipality=municipality, source="eindkomst", delivery_id=delivery_id, extracted_at=instant(day), tables=tables,
        income_format=income_format,
    )  # fmt: skip


def read_feed(path: Path) -> list[dict[str, str]]:
    """Rows of a feed CSV."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


def hashes(folder: Path, pattern: str = "*") -> dict[str, str]:
    """sha256 of every file below a folder by relative path, links resolved."""
    root = folder.resolve()
    files = [path for path in sorted(root.rglob(pattern)) if path.is_file()]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def newest_feed(root: Path, municipality: str) -> Path:
    """Folder of the newest feed of a municipality."""
    folder = root / "outbox" / municipality / "v1" / AS_OF
    return max(folder.iterdir(), key=lambda sequence: int(sequence.name))


def stable_bytes(root: Path) -> dict[str, str]:
    """What must be the same bytes after the same deliveries: newest feed CSVs and published Parquet files of a home.

    Not `aendringer.csv`: it tells the changes since the feed before, and depends on which there was.
    """
    fed = [path.name for path in (root / "outbox").iterdir() if (path / "v1").is_dir()]
    feeds = {municipality: hashes(newest_feed(root, municipality), "*.csv") for municipality in fed}
    named = {
        f"{municipality}/{name}": digest
        for municipality, files in feeds.items()
        for name, digest in files.items()
        if name != "aendringer.csv"
    }
    return named | hashes(root / "published" / AS_OF, "*.parquet")
