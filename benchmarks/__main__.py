"""`python -m benchmarks --size M --rounds 3 [--bar whole ...]`: measures, compares, and writes benchmarks/RESULTS.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.bars import BARS, Bench
from benchmarks.measure import CommandFailed
from benchmarks.workload import SIZES


def main() -> int:
    """Run the bars that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="M")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bar", choices=BARS, action="append", help="repeatable; `whole` when left out")
    parser.add_argument("--work", type=Path, default=Path("var/bench"), help="deliveries (kept), homes and logs")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent, help="folder of RESULTS.md and results.json")
    chosen = parser.parse_args()
    work = chosen.work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    try:
        for bar in chosen.bar or ["whole"]:
            BARS[bar](Bench(work, chosen.size, chosen.rounds, chosen.results))
    except CommandFailed as failure:
        sys.stderr.write(f"benchmark stopped: {failure}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
