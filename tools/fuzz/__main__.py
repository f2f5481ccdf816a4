"""`python -m tools.fuzz [--minutes 10] [--seed 1]`: mutate, read, count; a crash is kept in build/fuzz and ends with status 1."""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tools.fuzz.mutate import mutated
from tools.fuzz.targets import Target, make_targets

SECONDS_FOR_ONE = 20.0
CRASHES = Path("build") / "fuzz"


@dataclass
class Outcome:
    """What the inputs of one target gave: `rows`, `refused`, `crash`, `slow`; seconds of CPU; MiB of the peak at a tenth and at the end."""

    counts: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    early_peak: int = 0
    peak: int = 0


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def fuzz(target: Target, *, seed: int, seconds: float, inputs: int | None = None, keep: Path | None = None) -> Outcome:
    """Feed mutated files to a target.

    Args:
        seconds: of CPU.
        inputs: at most so many; None = no bound.
        keep: where the inputs of crashes are kept; None = nowhere.
    """
    rng, outcome = random.Random(f"{seed} {target.name}"), Outcome()
    names, started = sorted(target.corpus), time.process_time()
    others = list(target.corpus.values())
    while (spent := time.process_time() - started) < seconds and (inputs is None or outcome.counts.total() < inputs):
        name = rng.choice(names)
        content = mutated(rng, target.corpus[name], others)
        before = time.process_time()
        try:
            told = target.run(content, name)
        except Exception as error:
            told = "crash"
            place = traceback.extract_tb(error.__traceback__)[-1]
            outcome.crashes.append(f"{target.name}: {type(error).__name__} at {Path(place.filename).name}:{place.lineno} (made of {name})")
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{target.name.replace(' ', '_')}-{len(outcome.crashes)}").write_bytes(content)
        if time.process_time() - before > SECONDS_FOR_ONE:
            told = "slow"
        outcome.counts[told] += 1
        if spent < seconds / 10:
            outcome.early_peak = _peak_mib()
    outcome.seconds, outcome.peak = time.process_time() - started, _peak_mib()
    return outcome


def main() -> int:
    """All targets in turn, an equal share of the CPU each."""
    parser = argparse.ArgumentParser(description="Fuzz everything that reads what a sender wrote.")
    parser.add_argument("--minutes", type=float, default=10.0, help="of CPU")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("REPAT_KEY", "a key for fuzzing only, of no secrecy")
    os.environ.setdefault("REPAT_NOW", "2030-01-01T00:00:00+00:00")
    has_crashed = False
    with tempfile.TemporaryDirectory(prefix="repat-fuzz-") as folder:
        targets = make_targets(Path(folder))
        for target in targets:
            found = fuzz(target, seed=options.seed, seconds=options.minutes * 60 / len(targets), keep=CRASHES)
            has_crashed |= bool(found.crashes) or bool(found.counts["slow"])
            counts = ", ".join(f"{name} {found.counts[name]:,}" for name in ("rows", "refused", "crash", "slow"))
            sys.stdout.write(
                f"{target.name}: {found.counts.total():,} inputs ({counts}), {found.seconds:.0f} s of CPU, "
                f"peak {found.early_peak} MiB after a tenth, {found.peak} MiB at the end\n"
            )
            sys.stdout.writelines(f"  {crash}\n" for crash in dict.fromkeys(found.crashes))
            sys.stdout.flush()
    return int(has_crashed)


if __name__ == "__main__":
    sys.exit(main())
