"""Keeps what was measured in results.json and renders RESULTS.md from it: one section per bar and size, the newest run of each."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.measure import Measurement

_PREFACE = """# Benchmark results

Written by `python -m benchmarks` (`make bench SIZE=M`); the newest run of each section. CPU is user + system time of the process
tree, and what bars are judged by; wall time is for information. Peak memory is the largest sum of proportional set sizes (PSS) of
the tree, sampled every 0.1 s while it grows. Ratios are taken within a round; median (min - max) over the rounds.
"""


def spread(values: Iterable[float], digits: int = 2) -> str:
    """Median (min - max)."""
    found = list(values)
    return f"{median(found):.{digits}f} ({min(found):.{digits}f} - {max(found):.{digits}f})"


def row_of(name: str, rounds: Sequence[Measurement], rows: int | None = None) -> list[str]:
    """Cells of one command measured several times; with rows per CPU-second when the rows are given."""
    cpu, wall = spread(found.cpu for found in rounds), spread(found.wall for found in rounds)
    peak = f"{max(found.peak_bytes for found in rounds) / 2**20:,.0f} MiB"
    return [name, cpu, wall, peak] + ([] if rows is None else [f"{rows / median(found.cpu for found in rounds):,.0f}"])


COLUMNS = ["", "CPU-s", "wall s", "peak memory"]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def keep(folder: Path, title: str, text: str) -> None:
    """Keep a section in a folder under its title, with machine and date, and render all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "results.json"
    sections: dict[str, Mapping[str, str]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    sections[title] = {"text": text, "machine": _machine(), "date": datetime.now().astimezone().isoformat(timespec="minutes")}
    path.write_text(json.dumps(sections, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    parts = [f"## {name}\n\n{kept['date']}; {kept['machine']}\n\n{kept['text']}\n" for name, kept in sorted(sections.items())]
    (folder / "RESULTS.md").write_text("\n".join([_PREFACE, *parts]), encoding="utf-8")


def _machine() -> str:
    facts = dict(line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    model = next((value.strip() for name, value in facts.items() if name.strip() == "model name"), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    engines = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "polars", "dagster", "dbt-core"))
    return (f"{os.cpu_count()} x {model}, {memory:.0f} GiB, load {os.getloadavg()[0]:.1f} at the end; "
            f"Python {platform.python_version()}, {engines}")  # fmt: skip
