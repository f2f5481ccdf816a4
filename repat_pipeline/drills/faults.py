"""What goes wrong in a drill. Each function plays one fault in a folder of its own and raises `DrillFailed` when a check fails."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from repat_pipeline.drills.phases import PHASES, POLL_SECONDS, Phase, phase_of
from repat_pipeline.drills.stage import SUCCESS, Stage, expect, expect_whole, kill
from repat_pipeline.storage.layout import Home
from repat_pipeline.synthetic.deliveries import rewrite_manifest

Fault = Callable[[Stage, Path], str]
"""Plays the fault in a folder; returns what was seen, for the table."""


# Deliveries before: the gate judges by a history.
_HISTORY = 3
_SERVICES_WORK_IN_SECONDS = 600


class DrillSkipped(Exception):
    """The machine does not allow the fault; the text says what is missing."""


def _copy_of_inbox(stage: Stage, folder: Path) -> Path:
    inbox = folder / "inbox"
    shutil.copytree(stage.inbox, inbox)
    return inbox


def _delivery(stage: Stage, inbox: Path, municipality: str, source: str) -> Path:
    """The newest delivery of a municipality and source that the undisturbed run took in (the inbox also holds refused ones)."""
    undisturbed = Home(stage.folder / "reference")
    found = [
        path.parent
        for path in sorted((inbox / municipality / source).glob("*/manifest.json"))
        if undisturbed.delivery_record(source, municipality, path.parent.name).is_file()
    ]
    return max(found, key=lambda folder: json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["extracted_at"])


def _evaluated(stage: Stage) -> list[str]:
    return sorted({name.split("/")[1] for name in stage.reference if name.startswith("outbox/")})


def killed_in(phase: Phase, share: float) -> Fault:
    """kill -9 when a share of the time has passed that the undisturbed run spends in a phase."""

    def fault(stage: Stage, folder: Path) -> str:
        home = folder / "home"
        process = stage.start(home, stage.inbox)
        while process.poll() is None and PHASES.index(phase_of(home)) < PHASES.index(phase):
            time.sleep(POLL_SECONDS)
        time.sleep(share * stage.phases[phase])
        had_ended = process.poll() is not None
        kill(process)
        reached = phase_of(home)
        expect_whole(home)
        stage.expect_same_bytes(home)
        return "the run had ended before" if had_ended else f"{share * stage.phases[phase]:.1f} s into {phase}, killed in {reached}"

    return fault


def disk_full(stage: Stage, folder: Path) -> str:
    """HOME on a file system of 6 MB, then on one that is large enough."""
    home = folder / "home"
    home.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(home)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        raise DrillSkipped("mounting a tmpfs is not allowed here")
    try:
        run = stage.run(home)
        expect(run.status == 1, f"a run on a full disk ended with status {run.status}")
        expect_whole(home)
        subprocess.run(["mount", "-o", "remount,size=1g", str(home)], check=True)
        stage.expect_same_bytes(home)
    finally:
        subprocess.run(["umount", str(home)], check=False)
    return "status 1, nothing published; with room the same bytes"


def truncated_delivery(stage: Stage, folder: Path) -> str:
    """A file is cut at a line end, and comes again whole."""
    inbox = _copy_of_inbox(stage, folder)
    municipality = _evaluated(stage)[0]
    path = _delivery(stage, inbox, municipality, "fagsystem") / "ydelser.csv"
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[: whole.count(b"\n") // 2]))
    run = stage.run(folder / "home", inbox)
    named = f"refused {municipality} fagsystem {path.parent.name};"
    expect(run.status == 3 and named in run.output, "the cut delivery was not refused")
    path.write_bytes(whole)
    stage.expect_same_bytes(folder / "home", inbox)
    return "refused, then taken in"


def half_written_delivery(stage: Stage, folder: Path) -> str:
    """A delivery lies there without its manifest, and is finished later."""
    inbox = _copy_of_inbox(stage, folder)
    municipality = _evaluated(stage)[0]
    manifest = _delivery(stage, inbox, municipality, "uip") / "manifest.json"
    content = manifest.read_bytes()
    manifest.unlink()
    run = stage.run(folder / "home", inbox)
    expect(f"unfinished {municipality} uip {manifest.parent.name}:" in run.output, "the half-written delivery was not named")
    manifest.write_bytes(content)
    stage.expect_same_bytes(folder / "home", inbox)
    return "not there until its manifest is"


def duplicate_delivery(stage: Stage, folder: Path) -> str:
    """A delivery that was taken in is put into the inbox once more, with other times."""
    inbox = _copy_of_inbox(stage, folder)
    stage.run(folder / "home", inbox)
    for path in _delivery(stage, inbox, _evaluated(stage)[0], "fagsystem").iterdir():
        os.utime(path)
    run = stage.run(folder / "home", inbox)
    expect("Nothing new" in run.output, "the duplicate was taken for something new")
    stage.expect_same_bytes(folder / "home", inbox)
    return "known by its content"


def out_of_order(stage: Stage, folder: Path) -> str:
    """Deliveries come one by one in a random order, the newest before older ones."""
    inbox, deliveries = folder / "inbox", sorted(path.parent for path in stage.inbox.glob("*/*/*/manifest.json"))
    random.Random(5).shuffle(deliveries)
    third = max(1, len(deliveries) // 3)
    for start in range(0, len(deliveries), third):
        for delivery in deliveries[start : start + third]:
            shutil.copytree(delivery, inbox / delivery.relative_to(stage.inbox))
        stage.run(folder / "home", inbox)
    stage.expect_same_bytes(folder / "home", stage.inbox)
    return f"{len(deliveries)} deliveries in batches of {third}"


def corrected_delivery(stage: Stage, folder: Path) -> str:
    """A correction with a later extract replaces a delivery: as if only the correction had come."""
    municipality = _evaluated(stage)[0]
    inbox = _copy_of_inbox(stage, folder)
    first = _delivery(stage, inbox, municipality, "fagsystem")
    ydelser = first / "ydelser.csv"
    kept = ydelser.read_bytes()
    lines = kept.splitlines(keepends=True)
    ydelser.write_bytes(b"".join(lines[: 1 + 2 * len(lines) // 3]))
    rewrite_manifest(first)
    stage.run(folder / "home", inbox)
    correction = first.with_name(f"{first.name}-rettet")
    shutil.copytree(first, correction)
    (correction / "ydelser.csv").write_bytes(kept)
    rewrite_manifest(correction, delivery_id=correction.name, extracted_at=f"{stage.as_of}T08:00:00+01:00")
    run = stage.run(folder / "home", inbox)
    expect(run.status in (0, 3) and "New feeds: " in run.output, "the correction gave no new feed")
    feeds = sorted(path.name for path in (folder / "home" / "outbox" / municipality / "v1" / str(stage.as_of)).iterdir())
    expect(feeds == ["1", "2"], f"expected feeds 1 and 2, found {feeds}")
    shutil.rmtree(first)
    only = stage.run(folder / "fresh", inbox)
    expect(only.status in (0, 3), "the correction alone could not be run")
    same = [
        (folder / "home" / "outbox" / municipality / "v1" / str(stage.as_of) / "2" / name).read_bytes()
        == (folder / "fresh" / "outbox" / municipality / "v1" / str(stage.as_of) / "1" / name).read_bytes()
        for name in ("kandidater.csv", "uafklarede.csv", "opslag.csv")
    ]
    expect(all(same), "the feed after the correction differs from the one of the correction alone")
    return "feed 2 equals that of the correction alone"


def municipality_missing(stage: Stage, folder: Path) -> str:
    """One municipality's deliveries come a day late."""
    late = _evaluated(stage)[-1]
    inbox = _copy_of_inbox(stage, folder)
    shutil.move(inbox / late, folder / late)
    run = stage.run(folder / "home", inbox)
    expect(not (folder / "home" / "outbox" / late / "v1").exists(), "the missing municipality has a feed")
    expect(
        run.status in (0, 3) and len(list((folder / "home" / "outbox").glob("*/v1"))) == len(_evaluated(stage)) - 1, "others have no feed"
    )
    shutil.move(folder / late, inbox / late)
    stage.expect_same_bytes(folder / "home", inbox)
    return "the others go on"


def most_rows_missing(stage: Stage, folder: Path) -> str:
    """After some months 60 % of the rows are missing from a newer delivery: the gate keeps the last good feed."""
    municipality = _evaluated(stage)[0]
    inbox = _copy_of_inbox(stage, folder)
    first = _delivery(stage, inbox, municipality, "uip")
    for number in range(1, _HISTORY + 1):
        earlier = first.with_name(f"{first.name}-{number}")
        shutil.copytree(first, earlier)
        rewrite_manifest(earlier, delivery_id=earlier.name, extracted_at=f"{stage.as_of.year}-0{number}-02T08:00:00+01:00")
    stage.run(folder / "home", inbox)
    short = first.with_name(f"{first.name}-kort")
    shutil.copytree(first, short)
    lines = (short / "opholdstilladelser.csv").read_bytes().splitlines(keepends=True)
    (short / "opholdstilladelser.csv").write_bytes(b"".join(lines[: 1 + 2 * len(lines) // 5]))
    rewrite_manifest(short, delivery_id=short.name, extracted_at=f"{stage.as_of}T08:00:00+01:00")
    run = stage.run(folder / "home", inbox)
    expect(run.status == 3 and f"held back {municipality}" in run.output, "the municipality was not held back")
    feeds = sorted(path.name for path in (folder / "home" / "outbox" / municipality / "v1" / str(stage.as_of)).iterdir())
    expect(feeds == ["1"], f"expected the last good feed alone, found {feeds}")
    status = json.loads((folder / "home" / "outbox" / municipality / "status.json").read_text(encoding="utf-8"))
    expect(status["feed_state"] == "held_back" and status["reasons"] != [], "status.json does not say why")
    return "held back, feed 1 stands, status.json says why"


def wrong_clock(stage: Stage, folder: Path) -> str:
    """The machine's clock is a year behind, then right again."""
    run = stage.run(folder / "home", REPAT_NOW=f"{stage.as_of.year - 1}-01-01T12:00:00+01:00")
    expect(run.status in (1, 3) and "extracted_at" in run.output, "deliveries from the future were not refused")
    expect(not list((folder / "home").glob("outbox/*/v1")), "there is a feed of refused deliveries")
    stage.expect_same_bytes(folder / "home")
    return "refused as from the future, then taken in"


def two_runs_at_once(stage: Stage, folder: Path) -> str:
    """Two runs of the same home start together."""
    first, second = stage.start(folder / "home", stage.inbox), stage.start(folder / "home", stage.inbox)
    outputs = [process.communicate()[0] for process in (first, second)]
    statuses = sorted(process.returncode for process in (first, second))
    ended = [status for status in statuses if status in SUCCESS]
    turned_away = [text for text in outputs if "another run is writing" in text]
    expect(len(ended) + len(turned_away) == 2 and ended != [], f"they ended with {statuses}, {len(turned_away)} of them turned away")
    stage.expect_same_bytes(folder / "home")
    return f"statuses {statuses}: one at a time"


def reader_holds_the_file(stage: Stage, folder: Path) -> str:
    """An analyst has `repat.duckdb` open while a run publishes another version."""
    home = folder / "home"
    inbox = _copy_of_inbox(stage, folder)
    late = _evaluated(stage)[-1]
    shutil.move(inbox / late, folder / late)
    stage.run(home, inbox)
    with duckdb.connect(str(home / "published" / "current" / "repat.duckdb"), read_only=True) as connection:
        (before,) = connection.sql("select count(*) from attrition").fetchall()
        shutil.move(folder / late, inbox / late)
        stage.expect_same_bytes(home, inbox)
        (after,) = connection.sql("select count(*) from attrition").fetchall()
    expect(before == after, "the reader saw the version change under its hands")
    return "the reader keeps its version, the run does not wait"


def corrupt_lake_file(stage: Stage, folder: Path) -> str:
    """A Parquet file of the lake is damaged: the run fails, says which delivery, and heals when it is taken in anew."""
    home = folder / "home"
    inbox = _copy_of_inbox(stage, folder)
    late = _evaluated(stage)[-1]
    shutil.move(inbox / late, folder / late)
    stage.run(home, inbox)
    published = (home / "published" / "current").resolve()
    damaged = next((home / "lake" / "accepted" / "fagsystem" / "ydelser" / _evaluated(stage)[0]).glob("*.parquet"))
    damaged.chmod(0o600)
    damaged.write_bytes(damaged.read_bytes()[: damaged.stat().st_size // 2])
    shutil.move(folder / late, inbox / late)
    run = stage.run(home, inbox)
    expect(run.status == 1, f"a run on a damaged lake ended with status {run.status}")
    expect((home / "published" / "current").resolve() == published, "something was published from a damaged lake")
    expect(damaged.stem in run.output, "the message does not name the delivery")
    next((home / "lake" / "deliveries" / "fagsystem" / _evaluated(stage)[0]).glob(f"{damaged.stem}.json")).unlink()
    stage.expect_same_bytes(home, inbox)
    return "status 1, the delivery is named; taken in anew the same bytes"


def daemon_restart(stage: Stage, folder: Path) -> str:
    """Web server, daemon and code server are killed together with the run that they started, and are started again."""
    home = folder / "home"
    services = stage.start_services(home)
    try:
        _wait_until(lambda: phase_of(home) != "start", "the sensor started no intake")
    finally:
        kill(services)
    expect_whole(home)
    services = stage.start_services(home)
    try:
        _wait_until(lambda: _fed(home) >= set(_evaluated(stage)), "after the restart not every municipality got its feed")
    finally:
        kill(services)
    stage.expect_same_bytes(home)
    return "the sensor's run was killed; started again, the services took in, decided and fed by themselves"


def _fed(home: Path) -> set[str]:
    return {path.parents[2].name for path in home.glob("outbox/*/v1/*/*") if path.name.isdigit()}


def _wait_until(is_so: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + _SERVICES_WORK_IN_SECONDS
    while not is_so():
        expect(time.monotonic() < deadline, f"{otherwise} in {_SERVICES_WORK_IN_SECONDS} s")
        time.sleep(POLL_SECONDS)


FAULTS: dict[str, Fault] = {
    "disk full": disk_full,
    "truncated delivery": truncated_delivery,
    "half-written delivery": half_written_delivery,
    "duplicate delivery": duplicate_delivery,
    "late and out of order": out_of_order,
    "corrected delivery": corrected_delivery,
    "one municipality missing": municipality_missing,
    "60 % of rows missing": most_rows_missing,
    "wrong clock": wrong_clock,
    "two runs at once": two_runs_at_once,
    "reader holds the published file": reader_holds_the_file,
    "corrupt Parquet file": corrupt_lake_file,
    "daemon restart": daemon_restart,
}
