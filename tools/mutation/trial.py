"""Trial of mutants: in a copy of the project, change one file, run the tests that can notice, put the file back.

A unit test gives its model every row that it reads, so only the tests of the models that hold or read what changed can notice: the
model itself; the readers of a code list or a parameter; the models that use a macro. What is left goes through the scenarios of
tests/spec, unless it is known to decide the same: they build the project for several reference dates, which takes a minute.
Run as a program, with a copy of the project as working directory, by `__main__`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import Selection
from repat_pipeline.warehouse.attach import attach_deliveries
from repat_pipeline.warehouse.dbt import DbtFailure, run_dbt, target_folder
from tools.mutation.mutant import Mutant

AS_OF = "2026-11-22"
RULES_FOLDER = "repat_pipeline/rules/"
RULE_SEEDS = ("rule_alternatives", "rule_parameters", "rule_versions")
SCENARIOS = (sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/spec/test_scenarios.py", "-k", "models_decide")
# What dbt need not do for a handful of unit tests; it halves the time of a trial.
_QUICK = ("--no-write-json", "--log-level-file", "none", "--no-populate-cache")

Outcome = Literal["killed by a unit test", "killed by a scenario", "survived", "does not run"]


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant: the outcome, the first test that noticed, and the seconds that it took."""

    mutant: Mutant
    outcome: Outcome
    noticed_by: str
    seconds: float


class Bench:
    """A copy of the project with a build database from no delivery, on which mutants are tried one by one."""

    def __init__(self, home: Home) -> None:
        """Build every table once; types and code lists come from there.

        Raises:
            RuntimeError: a test fails without any mutant; the message names it.
        """
        self._home = home
        self._changed_seeds: set[str] = set()
        attach_deliveries(home, Selection(existing=(), counting=(), blocked={}))
        run_dbt(home, ["build", "--exclude-resource-type", "test", "unit_test"], as_of=AS_OF)
        self._manifest = json.loads((target_folder(home) / "manifest.json").read_text(encoding="utf-8"))
        if failed := [name for name, status in self._unit_tests(["test_type:unit"]).items() if status != "pass"]:
            raise RuntimeError(f"without any mutant these unit tests fail: {', '.join(failed)}")

    def try_mutant(self, mutant: Mutant, *, with_scenarios: bool) -> Verdict:
        """Change the file, run the unit tests and, if they all pass, the scenarios; restore the file."""
        started = time.monotonic()
        path = Path(mutant.path)
        text = path.read_text(encoding="utf-8")
        path.write_text(mutant.apply(text), encoding="utf-8")
        try:
            outcome, noticed_by = self._notice(mutant, models_to_test(self._manifest, mutant, text))
            if outcome == "survived" and with_scenarios and (scenario := failed_scenario()):
                outcome, noticed_by = "killed by a scenario", scenario
        finally:
            path.write_text(text, encoding="utf-8")
        return Verdict(mutant, outcome, noticed_by, round(time.monotonic() - started, 1))

    def _notice(self, mutant: Mutant, models: list[str]) -> tuple[Outcome, str]:
        self._load_code_lists(mutant)
        selectors = [f"{model},test_type:unit" for model in models]
        statuses = self._unit_tests(selectors, "--fail-fast") if selectors else {}
        if "error" in statuses.values():
            # An error tells only when others pass: then the data cause it, not the SQL.
            statuses = self._unit_tests(selectors)
        if statuses and all(status == "error" for status in statuses.values()):
            return "does not run", ""
        if noticed := [name for name, status in statuses.items() if status != "pass"]:
            return "killed by a unit test", noticed[0]
        return "survived", ""

    def _unit_tests(self, selectors: list[str], *options: str) -> dict[str, str]:
        """Name -> pass, fail or error of the selected unit tests; one error when the project cannot be read at all."""
        try:
            run = run_dbt(self._home, ["test", "--select", *selectors, *_QUICK, *options], as_of=AS_OF)
        except DbtFailure as failure:
            run = failure.run
        results = [event["data"] for event in run.events if event["info"]["name"] == "LogTestResult"]
        return {result["name"]: result["status"] for result in results} or {"the project": "error"}

    def _load_code_lists(self, mutant: Mutant) -> None:
        """Bring the code lists of the build database to what the files say: those of this mutant and of the one before."""
        changed: set[str] = set()
        if mutant.path.startswith(RULES_FOLDER):
            changed = set(RULE_SEEDS)
        elif mutant.path.endswith(".csv"):
            changed = {mutant.subject}
        if changed & set(RULE_SEEDS) or self._changed_seeds & set(RULE_SEEDS):
            subprocess.run([sys.executable, "-m", "repat_pipeline.rules.registry"], check=True)
        if seeds := changed | self._changed_seeds:
            run_dbt(self._home, ["seed", "--select", *sorted(seeds), *_QUICK], as_of=AS_OF)
        self._changed_seeds = changed


def models_to_test(manifest: dict[str, Any], mutant: Mutant, text: str) -> list[str]:
    """Names of the models whose unit tests can notice the mutant of a file with this text."""
    file = mutant.path.removeprefix("dbt_project/")
    nodes, macros = manifest["nodes"], manifest["macros"]
    models = {unique_id: node for unique_id, node in nodes.items() if node["resource_type"] == "model"}
    seeds = {
        unique_id
        for unique_id, node in nodes.items()
        if node["resource_type"] == "seed"
        and (node["name"] in RULE_SEEDS if mutant.path.startswith(RULES_FOLDER) else node["original_file_path"] == file)
    }
    used = {
        name for name, macro in macros.items() if macro["original_file_path"] == file and _holds(text, macro["macro_sql"], mutant.start)
    }
    while callers := {name for name, macro in macros.items() if used & set(macro["depends_on"]["macros"])} - used:
        used |= callers
    return sorted(
        node["name"]
        for node in models.values()
        if node["original_file_path"] == file or seeds & set(node["depends_on"]["nodes"]) or used & set(node["depends_on"]["macros"])
    )


def _holds(text: str, piece: str, position: int) -> bool:
    """Whether the piece of the text spans the position."""
    start = text.find(piece)
    return 0 <= start <= position < start + len(piece)


def failed_scenario() -> str:
    """Name of the first scenario that the models decide otherwise than the rules say; empty when there is none.

    Raises:
        RuntimeError: pytest itself could not run.
    """
    done = subprocess.run(SCENARIOS, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    if done.returncode != 1:
        raise RuntimeError(f"{' '.join(SCENARIOS)} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    named = [line.split()[1] for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return named[0] if named else "unnamed"


def main(listing: Path) -> None:
    """Try the mutants of a file of JSON lines; write each verdict to standard output as soon as it is known."""
    bench = Bench(Home(Path("var/mutation").absolute()))
    for line in listing.read_text(encoding="utf-8").splitlines():
        task = json.loads(line)
        verdict = bench.try_mutant(Mutant(**task["mutant"]), with_scenarios=task["with_scenarios"])
        sys.stdout.write(json.dumps(asdict(verdict)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
