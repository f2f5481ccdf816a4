"""`python -m tools.mutation`: try every mutant in a copy of the project and write docs/mutation.md.

With `--only NAME ...` only the mutants of these models, macro files, parameter files or code lists are tried. Then, and without the
scenarios, no report is written.
Exit status 1 when a mutant survives that no entry of equivalent.yaml explains, or one is explained that does not.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tools.mutation.collect import all_mutants
from tools.mutation.mutant import Mutant
from tools.mutation.report import explain_survivors, key_of, known_reasons, render, stale_reasons
from tools.mutation.trial import Verdict

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "docs" / "mutation.md"
LEFT_OUT = shutil.ignore_patterns(".*", "var", "build", "target", "logs", "__pycache__", "*.egg-info")


def verdicts_on(mutants: list[Mutant], *, with_scenarios: bool) -> Iterator[Verdict]:
    """Try mutants in a copy of the project, in a process of its own with that copy as working directory."""
    with tempfile.TemporaryDirectory(prefix="repat-mutation-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        listing = Path(folder) / "mutants.jsonl"
        reasons = known_reasons()
        tasks = [{"mutant": asdict(mutant), "with_scenarios": with_scenarios and key_of(mutant) not in reasons} for mutant in mutants]
        listing.write_text("".join(json.dumps(task) + "\n" for task in tasks), encoding="utf-8")
        command = [sys.executable, "-m", "tools.mutation.trial", str(listing)]
        with subprocess.Popen(command, cwd=copy, stdout=subprocess.PIPE, text=True) as process:
            for mutant, line in zip(mutants, process.stdout or (), strict=True):
                yield Verdict(**json.loads(line) | {"mutant": mutant})


def shown(verdict: Verdict) -> str:
    """A verdict on one line."""
    mutant = verdict.mutant
    return f"{verdict.outcome}: {mutant.subject}:{mutant.row} ({mutant.operator}) {mutant.before} => {mutant.after}"


def main() -> int:
    """Try, report, and say whether a survivor is unexplained."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="models, macro files, parameter files or code lists")
    parser.add_argument("--unit-tests-only", action="store_true", help="leave the scenarios out; writes no report")
    options = parser.parse_args()
    only, whole = options.only, not (options.only or options.unit_tests_only)
    mutants = [mutant for mutant in all_mutants(ROOT) if not only or mutant.subject in only]
    verdicts = []
    for number, verdict in enumerate(verdicts_on(mutants, with_scenarios=not options.unit_tests_only), 1):
        verdicts.append(verdict)
        if verdict.outcome in ("survived", "does not run") or number % 50 == 0:
            sys.stderr.write(f"{number}/{len(mutants)} {shown(verdict)}\n")
    explained, gaps = explain_survivors(verdicts)
    stale = stale_reasons(explained) if whole else []
    if whole:
        REPORT.write_text(render(verdicts, explained, gaps), encoding="utf-8")
    for gap in gaps:
        sys.stderr.write(f"unexplained {shown(gap)}\n")
    for subject, before, after in stale:
        sys.stderr.write(f"explained, but does not survive: {subject} {before} => {after}\n")
    return 1 if gaps or stale else 0


if __name__ == "__main__":
    sys.exit(main())
