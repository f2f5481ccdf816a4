"""What is measured: each bar runs its commands, and keeps a section of RESULTS.md."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import linear_regression, median

from benchmarks.contestants import Candidates, candidates_of, repat_run, run_floor, run_pandas, run_repat
from benchmarks.measure import CommandFailed, Measurement, run_measured
from benchmarks.parts import make_xml
from benchmarks.results import COLUMNS, keep, row_of, spread, table
from benchmarks.workload import AS_OF, MONTHS_FOR_HISTORY, NOW, SIZES, codes_by_size, deliver_again, make_workload

MEMORY_LIMIT = 2 * 2**30
MONTH_ENDS = 24


@dataclass(frozen=True)
class Bench:
    """What is asked for: deliveries, homes and logs below `work`; sections of RESULTS.md in `results`."""

    work: Path
    size: str
    rounds: int
    results: Path


_lakes: dict[tuple[Path, str], tuple[Path, Measurement]] = {}
"""Homes into which a size has been taken, of this process: bars of one command share them."""


def whole(bench: Bench) -> None:
    """Floor, pandas and the whole run by turns; their candidate lists must be equal."""
    workload = make_workload(bench.work, bench.size)
    found: dict[str, list[Measurement]] = {}
    lists: dict[str, Candidates] = {}
    for _ in range(bench.rounds):
        for name, contestant in {"floor": run_floor, "pandas": run_pandas, "repat run": run_repat}.items():
            outcome = contestant(workload, bench.work)
            if outcome is not None:
                found.setdefault(name, []).append(outcome[0])
                lists[name] = outcome[1]
                if name == "repat run":
                    _lakes[bench.work, bench.size] = bench.work / "home", outcome[0]
                _say(f"{bench.size} {name}: {outcome[0].cpu:.1f} CPU-s, {outcome[0].wall:.1f} s, {len(outcome[1])} candidates")
    differing = [name for name, candidates in lists.items() if candidates != lists["floor"]]
    if differing:
        raise CommandFailed(f"other candidates than the floor's: {', '.join(differing)}")
    text = table([*COLUMNS, "rows per CPU-s"], [row_of(name, measured, workload.rows) for name, measured in found.items()])
    ratios = []
    for name in found.keys() - {"repat run"}:
        pairs = list(zip(found["repat run"], found[name], strict=True))
        ratios.append([f"repat run / {name}", *(
            spread(getattr(ours, part) / getattr(theirs, part) for ours, theirs in pairs) for part in ("cpu", "wall", "peak_bytes")
        )])  # fmt: skip
    text += "\n\n" + table(["ratio", "CPU", "wall", "peak memory"], sorted(ratios))
    text += f"\n\n{workload.rows:,} rows, {workload.bytes / 2**20:,.0f} MiB of CSV; {bench.rounds} rounds. "
    text += f"{len(lists['floor']):,} candidates, the same persons in all {len(lists)} lists."
    keep(bench.results, f"Whole run, {bench.size}", text)


def nothing_new(bench: Bench) -> None:
    """`repat run` again, with the lake there and nothing new in the inbox."""
    inbox, home, _ = _with_lake(bench)
    measured = [repat_run(inbox, home, log=bench.work / "again.log") for _ in range(bench.rounds)]
    keep(bench.results, f"Nothing new, {bench.size}", table(COLUMNS, [row_of("repat run", measured)]))


def one_delivers(bench: Bench) -> None:
    """The smallest municipality delivers its three sources again."""
    _some_deliver(bench, "One small municipality delivers", lambda codes: codes[:1])


def five_deliver(bench: Bench) -> None:
    """Five municipalities deliver, of sizes from small to large."""
    _some_deliver(bench, "Five municipalities deliver", lambda codes: codes[len(codes) // 10 :: max(1, len(codes) // 5)][:5])


def _some_deliver(bench: Bench, title: str, choose: Callable[[list[str]], list[str]]) -> None:
    inbox, home, full = _with_lake(bench)
    codes = choose(codes_by_size(inbox))
    measured = []
    for number in range(1, bench.rounds + 1):
        news = _fresh(bench.work / "inbox-news")
        for code in codes:
            deliver_again(inbox, news, code, number=number)
        # A home of its own each time: what one round leaves behind must not help the next.
        place = _fresh(bench.work / "home-news")
        subprocess.run(["cp", "-a", str(home), str(place)], check=True)
        measured.append(repat_run(news, place, log=bench.work / "news.log"))
    share = spread((found.cpu / full.cpu for found in measured), 3)
    text = table(COLUMNS, [row_of("repat run", measured), row_of("full run", [full])])
    keep(bench.results, f"{title}, {bench.size}", f"{text}\n\nCPU / full run: {share}. Delivered: {', '.join(codes)}.")


def pandera(bench: Bench) -> None:
    """What the check of the largest income file costs beside its text parse."""
    path = make_workload(bench.work, bench.size).income_files()[0]
    found = {part: [_part(bench, part, path) for _ in range(bench.rounds)] for part in ("imports", "parse", "typed", "checked")}
    base = median(one.cpu for one in found["imports"])
    parse = median(one.cpu for one in found["parse"]) - base
    typed = median(one.cpu for one in found["typed"]) - base - parse
    checked = median(one.cpu for one in found["checked"]) - base - parse
    text = table(COLUMNS, [row_of(name, measured) for name, measured in found.items()])
    text += f"\n\nText parse {parse:.2f} CPU-s. Validation beside it: {checked / parse:.2f} times the parse"
    text += f" (typed values {typed / parse:.2f}, pandera, duplicates and the split {(checked - typed) / parse:.2f})."
    keep(bench.results, f"pandera beside the text parse, {bench.size}", f"{text} {path.stat().st_size / 2**20:.0f} MiB.")


def xml(bench: Bench) -> None:
    """Our reader of the register's XML beside a bare iterparse, on 50 MB and 500 MB; the size does not matter."""
    rows, ratios = [], []
    for megabytes in (50, 500):
        path = bench.work / f"indkomst-{megabytes}.xml"
        if not path.is_file():
            make_xml(path, megabytes)
        true_size = path.stat().st_size / 1e6
        base = median(_part(bench, "imports", path).cpu for _ in range(bench.rounds))
        found = {part: [_part(bench, part, path) for _ in range(bench.rounds)] for part in ("xml_bare", "xml_tagged", "xml_reader")}
        speed = {part: true_size / (median(one.cpu for one in measured) - base) for part, measured in found.items()}
        rows += [[*row_of(f"{part}, {true_size:.0f} MB", measured), f"{speed[part]:.1f}"] for part, measured in found.items()]
        ratios.append([f"{true_size:.0f} MB", *(f"{speed['xml_reader'] / speed[part]:.2f}" for part in ("xml_bare", "xml_tagged"))])
    text = table([*COLUMNS, "MB per CPU-s"], rows)
    text += "\n\n" + table(["throughput of our reader", "/ bare iterparse", "/ iterparse told the ends of pay periods only"], ratios)
    keep(bench.results, "XML of the income register", text)


def growth(bench: Bench) -> None:
    """CPU from 1/16 of N to N, and the exponent of its growth with the rows; `size` does not matter."""
    rows, points = [], []
    for part in ("N/16", "N/8", "N/4", "N/2", "N"):
        workload = make_workload(bench.work, part)
        measured = [run_repat(workload, bench.work)[0] for _ in range(bench.rounds)]
        points.append((math.log(workload.rows), math.log(median(found.cpu for found in measured))))
        rows.append(row_of(f"{part}, {workload.rows:,} rows", measured, workload.rows))
        _say(rows[-1][0] + ": " + rows[-1][1])
    slope = linear_regression([x for x, _ in points], [y for _, y in points]).slope
    last = (points[-1][1] - points[-2][1]) / (points[-1][0] - points[-2][0])
    text = table([*COLUMNS, "rows per CPU-s"], rows)
    keep(bench.results, "Growth, 1/16 of N to N", f"{text}\n\nExponent of CPU over rows: {slope:.2f}; from N/2 to N alone: {last:.2f}.")


def memory_limit(bench: Bench) -> None:
    """The whole run with 2 GiB for its process tree, page cache included."""
    workload = make_workload(bench.work, bench.size)
    measured = []
    for _ in range(bench.rounds):
        home = _fresh(bench.work / "home-limited")
        measured.append(repat_run(workload.inbox, home, log=bench.work / "limited.log", memory_limit=MEMORY_LIMIT))
    _, expected = run_floor(workload, bench.work)
    if candidates_of(home) != expected:
        raise CommandFailed("other candidates than the floor's under the memory limit")
    keep(bench.results, f"Memory limit of 2 GiB, {bench.size}", table(COLUMNS, [row_of("repat run", measured)]))


def backcast(bench: Bench) -> None:
    """The rules for all month ends in one build, beside builds of their own for some of them; the lake is there, in none of them."""
    workload = make_workload(bench.work, bench.size, months=MONTHS_FOR_HISTORY)
    home, log = _fresh(bench.work / "home-history"), bench.work / "history.log"
    command = [sys.executable, "-m", "benchmarks.history"]
    environment = {"REPAT_NOW": NOW, "REPAT_KEY": "a key for benchmarks only, of no secrecy"}
    run_measured([*command, "take-in", str(home), str(workload.inbox)], log=log, environment=environment)

    def build(as_of: date, month_ends: int = 0) -> Measurement:
        found = run_measured([*command, "build", str(home), as_of.isoformat(), str(month_ends)], log=log, environment=environment)
        _say(f"{bench.size} backcast: {as_of} with {month_ends} month ends: {found.cpu:.1f} CPU-s")
        return found

    found: dict[str, list[Measurement]] = {}
    ratios = []
    for number in range(bench.rounds):
        plain, together = build(AS_OF), build(AS_OF, MONTH_ENDS)
        single = [build(_month_end_before(AS_OF, step + number)) for step in (0, 11)]
        for name, measured in {"no month end": [plain], f"{MONTH_ENDS} month ends": [together], "one month end alone": single}.items():
            found.setdefault(name, []).extend(measured)
        cpu, wall = (MONTH_ENDS * median(getattr(one, part) for one in single) for part in ("cpu", "wall"))
        ratios.append(((together.cpu - plain.cpu) / cpu, (together.wall - plain.wall) / wall))
    text = table(COLUMNS, [row_of(name, measured) for name, measured in found.items()])
    text += f"\n\nWhat {MONTH_ENDS} month ends add / {MONTH_ENDS} builds of their own (estimated from two of them a round): "
    text += f"CPU {spread((cpu for cpu, _ in ratios), 3)}, wall {spread((wall for _, wall in ratios), 3)}. "
    text += f"{SIZES[bench.size][0]} municipalities, {SIZES[bench.size][1]:,} persons, {workload.rows:,} rows. Models and their tests;"
    text += " intake, publication and feeds are in none of the figures."
    keep(bench.results, f"Month ends in one build, {bench.size}", text)


def _month_end_before(day: date, months_back: int) -> date:
    """Last day of a month before that of a date; 0: of the month just before."""
    index = day.year * 12 + day.month - 1 - months_back
    return date(index // 12, index % 12 + 1, 1) - timedelta(days=1)


def sensor(bench: Bench) -> None:
    """The whole inbox through the inbox sensor of running services, beside the same functions called without Dagster."""
    # Dagster and the program are imported by this bar alone.
    from benchmarks.sensor import through_the_sensor
    from repat_pipeline.storage.layout import Home

    inbox = make_workload(bench.work, bench.size).inbox
    municipalities, rows, shares = len(list(inbox.iterdir())), [], []
    for number in range(bench.rounds):
        home, log = _fresh(bench.work / "home-plain"), bench.work / "plain.log"
        command = [sys.executable, "-m", "benchmarks.sensor", str(home)]
        run_measured(command, log=log)
        without = run_measured([*command, str(inbox)], log=log, environment={"REPAT_NOW": NOW})
        runs, whole_way = through_the_sensor(inbox, Home(_fresh(bench.work / "home-sensor")), bench.work / "services.log")
        wall = sum(run.until_started + run.seconds for run in runs)
        shares.append((wall - without.wall) / wall)
        overhead = (wall - without.wall) / municipalities
        rows += [[f"round {number + 1}: {run.job}", run.status, f"{run.until_started:.1f}", f"{run.seconds:.1f}"] for run in runs] + [
            [f"round {number + 1}: without Dagster", "", "", f"{without.wall:.1f}"]
        ]
        rows.append([f"round {number + 1}: first request to last feed, ticks included", "", "", f"{whole_way:.1f}"])
        _say(
            f"{bench.size} sensor: {len(runs)} runs, {wall:.1f} s; without Dagster {without.wall:.1f} s; {overhead:.2f} s per municipality"
        )
    text = table(["", "status", "s from request to start", "s from start to end"], rows)
    text += (
        f"\n\nOrchestration / wall time of the runs: {spread(shares)}; waiting for the next tick of a sensor is in the last line alone. "
    )
    text += f"{overhead:.2f} s for each of {municipalities} municipalities in the last round."
    keep(bench.results, f"Through the inbox sensor, {bench.size}", text)


def _with_lake(bench: Bench) -> tuple[Path, Path, Measurement]:
    """The inbox of a size, a home into which it has been taken, and what that took."""
    inbox = make_workload(bench.work, bench.size).inbox
    if (bench.work, bench.size) not in _lakes:
        home = _fresh(bench.work / f"home-{bench.size.replace('/', '-')}")
        _lakes[bench.work, bench.size] = home, repat_run(inbox, home, log=bench.work / "lake.log")
    return inbox, *_lakes[bench.work, bench.size]


def _part(bench: Bench, part: str, path: Path) -> Measurement:
    return run_measured([sys.executable, "-m", "benchmarks.parts", part, str(path)], log=bench.work / "part.log")


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


BARS: dict[str, Callable[[Bench], None]] = {
    "whole": whole, "nothing-new": nothing_new, "one-delivers": one_delivers, "five-deliver": five_deliver, "pandera": pandera, "xml": xml,
    "backcast": backcast, "growth": growth, "sensor": sensor, "memory-limit": memory_limit,
}  # fmt: skip
