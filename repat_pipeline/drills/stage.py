"""What every drill starts from and is judged by: an inbox, an undisturbed run of it, and the checks of a home.

Runs are processes of their own, as on the real machine: a drill kills them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from repat_pipeline.drills.phases import Phase, watched
from repat_pipeline.errors import RepatError
from repat_pipeline.storage.layout import Home
from repat_pipeline.synthetic.plan import SynthesisPlan
from repat_pipeline.synthetic.population import write_deliveries

# Depends on the feed before, not only on what is decided (docs/adr/0001-architecture.md).
_OF_HISTORY = "aendringer.csv"
_RUN_ENDS_IN_SECONDS = 600
SUCCESS = (0, 3)


class DrillFailed(RepatError):
    """A check of a drill failed; the text says which."""


@dataclass(frozen=True)
class Run:
    """A run that ended by itself."""

    status: int
    output: str


@dataclass(frozen=True)
class Stage:
    """Where the drills play.

    Attributes:
        inbox: fictitious deliveries; a drill that changes them takes a copy.
        reference: bytes of an undisturbed run of `inbox`, see `stable_bytes`.
        phases: seconds that the undisturbed run spent in each phase.
        environment: of every run: one key, one parsed dbt project, one clock.
    """

    folder: Path
    inbox: Path
    as_of: date
    reference: dict[str, str] = field(default_factory=dict)
    phases: Mapping[Phase, float] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, home: Path, inbox: Path, **changes: str) -> subprocess.Popen[str]:
        """Start `repat run` in a process group of its own."""
        command = [sys.executable, "-m", "repat_pipeline", "run", "--home", str(home), "--inbox", str(inbox), "--as-of", str(self.as_of)]
        return subprocess.Popen(
            command, env={**os.environ, **self.environment, **changes}, start_new_session=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def start_services(self, home: Path) -> subprocess.Popen[str]:
        """Start web server, daemon and code server on a home, in a process group of their own."""
        with socket.socket() as any_port:
            any_port.bind(("127.0.0.1", 0))
            port = any_port.getsockname()[1]
        command = [sys.executable, "-m", "repat_pipeline.defs.dev", "--home", str(home), "--inbox", str(self.inbox), "--port", str(port)]
        return subprocess.Popen(
            command, env={**os.environ, **self.environment}, start_new_session=True, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def run(self, home: Path, inbox: Path | None = None, **changes: str) -> Run:
        """Run to the end."""
        process = self.start(home, inbox or self.inbox, **changes)
        try:
            output, _ = process.communicate(timeout=_RUN_ENDS_IN_SECONDS)
        except subprocess.TimeoutExpired:
            kill(process)
            raise DrillFailed(f"a run did not end in {_RUN_ENDS_IN_SECONDS} s") from None
        return Run(process.returncode, output)

    def expect_same_bytes(self, home: Path, inbox: Path | None = None) -> None:
        """Run again and compare with the undisturbed run.

        Raises:
            DrillFailed: the run failed, or a file differs.
        """
        run = self.run(home, inbox)
        expect(run.status in SUCCESS, f"the rerun ended with status {run.status}: {run.output[-400:]}")
        expect_whole(home)
        found = stable_bytes(home, self.as_of)
        differing = sorted(name for name in found.keys() | self.reference.keys() if found.get(name) != self.reference.get(name))
        expect(not differing, f"{len(differing)} files differ from the undisturbed run: {', '.join(differing[:3])}")


def set_stage(folder: Path, *, as_of: date, municipalities: int = 4, persons: int = 300) -> Stage:
    """Make deliveries and run them undisturbed once.

    Raises:
        DrillFailed: the undisturbed run failed.
    """
    inbox = folder / "inbox"
    write_deliveries(SynthesisPlan(municipalities=municipalities, persons=persons, seed=11, as_of=as_of), inbox)
    environment = {
        "REPAT_KEY": hashlib.sha256(str(folder).encode()).hexdigest(),
        "REPAT_DBT_TARGET": str(folder / "dbt_target"),
        "REPAT_NOW": f"{as_of}T12:00:00+01:00",
    }
    stage = Stage(folder, inbox, as_of, environment=environment)
    stage.run(folder / "warm_up")
    home = folder / "reference"
    process = stage.start(home, inbox)
    phases = watched(process, home)
    output, _ = process.communicate()
    expect(process.returncode in SUCCESS, f"the undisturbed run ended with status {process.returncode}: {output[-400:]}")
    return Stage(folder, inbox, as_of, stable_bytes(home, as_of), phases, environment)


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9 the run and everything that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def expect(is_so: bool, otherwise: str) -> None:
    """Fail the drill when something is not so."""
    if not is_so:
        raise DrillFailed(otherwise)


def expect_whole(home: Path) -> None:
    """Everything that a reader can see is whole: every file of every manifest is there with its sha256.

    Raises:
        DrillFailed: a visible version or feed is not whole.
    """
    published = home / "published"
    for link in published.iterdir() if published.is_dir() else []:
        if link.is_symlink():
            manifest = _manifest(link)
            expect(manifest is not None, f"{link.name} shows a version without a manifest")
            files = {name: entry["sha256"] for name, entry in (manifest or {}).get("files", {}).items()}
            _expect_files(link, files)
    for folder in home.glob("outbox/*/v1/*/*"):
        if folder.name.isdigit():
            manifest = _manifest(folder)
            expect(manifest is not None, f"feed {folder.relative_to(home)} has no manifest")
            _expect_files(folder, {entry["name"]: entry["sha256"] for entry in (manifest or {})["files"]})


def _manifest(folder: Path) -> dict[str, Any] | None:
    path = folder / "manifest.json"
    content: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    return content


def _expect_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, digest in files.items():
        path = folder / name
        expect(path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest, f"{folder.name}/{name} is not whole")


def stable_bytes(home: Path, as_of: date) -> dict[str, str]:
    """sha256 of what must not depend on how it came about: newest feed CSVs and published Parquet files."""
    place = Home(home)
    files = {
        f"published/{path.relative_to(root)}": path for root in [place.published_as_of(as_of).resolve()] for path in root.rglob("*.parquet")
    }
    for municipality in sorted(path.name for path in place.outbox.glob("[0-9]*") if (path / "v1").is_dir()):
        newest = max((path for path in place.feed_folder(municipality, as_of).iterdir() if path.name.isdigit()), key=lambda p: int(p.name))
        files |= {f"outbox/{municipality}/{path.name}": path for path in newest.glob("*.csv") if path.name != _OF_HISTORY}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
