"""`python -m tools.mutation`: try every mutant in a copy of the project and write docs/mutation.md.

With `--only NAME ...` only the mutants of these models, macro files, parameter files or code lists are tried, and no report is written.
Exit status 1 when a mutant survives that no entry of equivalent.yaml explains.
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
from tools.mutation.report import explain_survivors, render
from tools.mutation.trial import Verdict

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "docs" / "mutation.md"
LEFT_OUT = shutil.ignore_patterns(".*", "var", "build", "target", "logs", "__pycache__", "*.egg-info")


def verdicts_on(mutants: list[Mutant]) -> Iterator[Verdict]:
    """Try mutants in a copy of the project, in a process of its own with that copy as working directory."""
    with tempfile.TemporaryDirectory(prefix="repat-mutation-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        with subprocess.Popen(
            [sys.executable, "-m", "tools.mutation.trial"], cwd=copy, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None and process.stdout is not None
            for mutant in mutants:
                process.stdin.write(json.dumps(asdict(mutant)) + "\n")
                process.stdin.flush()
                answer = process.stdout.readline()
                if not answer:
                    raise SystemExit("the trial ended before its time; see the message above")
                verdict = json.loads(answer)
                yield Verdict(**verdict | {"mutant": Mutant(**verdict["mutant"])})
            process.stdin.close()


def main() -> int:
    """Try, report, and say whether a survivor is unexplained."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="models, macro files, parameter files or code lists")
    only = parser.parse_args().only
    mutants = [mutant for mutant in all_mutants(ROOT) if not only or mutant.subject in only]
    verdicts = []
    for number, verdict in enumerate(verdicts_on(mutants), 1):
        verdicts.append(verdict)
        mutant = verdict.mutant
        if verdict.outcome in ("survived", "does not run") or number % 50 == 0:
            sys.stderr.write(
                f"{number}/{len(mutants)} {verdict.outcome}: {mutant.subject}:{mutant.row} ({mutant.operator}) {mutant.before} => {mutant.after}\n"
            )
    explained, unexplained = explain_survivors(verdicts)
    if not only:
        REPORT.write_text(render(verdicts, explained), encoding="utf-8")
    for verdict in unexplained:
        sys.stderr.write(f"unexplained: {verdict.mutant.subject}:{verdict.mutant.row} {verdict.mutant.before} => {verdict.mutant.after}\n")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
