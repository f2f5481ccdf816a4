"""The architecture as rules over the source (docs/adr/0001-architecture.md, "Who may import whom"), read as syntax trees.

One direction: from what runs (cli, console, defs) down to what knows nothing of us (storage, rules, code lists).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter

import pytest

from tests.conftest import ROOT

PACKAGE = "repat_pipeline"
SOURCES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / PACKAGE).rglob("*.py"))
}

# Importable from everywhere: they import nothing of ours. Of `clock` most may use the zone only (see below).
FOUNDATION = {"__version__", "clock", "errors", "free_memory", "progress", "source_hash", "work_ahead"}

# Package or module -> what of ours it may import, besides the foundation and itself.
MAY_IMPORT: dict[str, set[str]] = {
    "codelists": set(),
    "rules": set(),
    "kpi": {"storage"},
    "storage": set(),
    # Counts in, counts out: it knows no table and no path.
    "disclosure": set(),
    "contracts": {"codelists"},
    "identity": {"storage"},
    "extracts": {"contracts", "codelists"},
    "validation": {"contracts", "codelists", "identity", "storage"},
    "checked_rows": {"extracts", "validation", "contracts"},
    "reports": {"checked_rows", "extracts", "validation", "contracts", "codelists", "feeds", "storage"},
    "reread": {"landing", "extracts", "contracts", "identity", "reports", "storage"},
    "landing": {"checked_rows", "extracts", "validation", "contracts", "identity", "storage"},
    "examination": {"landing", "extracts", "identity", "storage"},
    "intake": {"examination", "landing", "extracts", "identity", "storage"},
    "warehouse": {"contracts", "storage"},
    # The second implementation reads deliveries and code lists, never what the first one made of them.
    "evaluation": {"contracts", "codelists", "rules", "identity", "storage"},
    "publication": {"kpi", "disclosure", "evaluation", "contracts", "codelists", "rules", "storage"},
    # `aendringer.csv` finds its causes by deciding again.
    "feeds": {"evaluation", "contracts", "codelists", "rules", "identity", "storage"},
    # What is past its term; what there is about one person, and its removal.
    "retention": {"contracts", "storage"},
    "data_subject": {"retention", "contracts", "identity", "storage"},
    "operations": {"publication", "feeds", "warehouse", "contracts", "codelists", "rules", "storage"},
    # Builds the same models on a lake that it only reads.
    "simulation": {"kpi", "disclosure", "operations", "publication", "warehouse", "codelists", "rules", "storage"},
    "open_data": {"publication", "contracts", "storage"},
    "kpi_report": {"simulation", "publication", "disclosure", "kpi", "feeds", "storage"},
    "synthetic": {"contracts", "codelists", "rules", "identity", "storage"},
    "explanation": {"evaluation", "publication", "feeds", "contracts", "codelists", "rules", "identity", "storage"},
}
BELOW = set(MAY_IMPORT)
MAY_IMPORT |= {
    "defs": BELOW - {"explanation", "simulation", "synthetic"},
    "definitions": {"defs"},
    "quiet": set(),
    "console": BELOW | {"defs"},
    # What a command does, where it is more than a call; `cli` parses and prints.
    # Plays faults on runs of their own process: it knows the command line, the synthetic deliveries and the paths.
    "drills": {"synthetic", "storage"},
    "commands": {"drills"} | BELOW | {"defs", "console", "quiet"},
    "cli": BELOW | {"defs", "console", "commands", "quiet"},
    "__main__": {"cli"},
}

ORCHESTRATION = ("dagster", "dagster_dbt")
# The intake; whoever chooses a reference date that nobody gave (the command line, its demo, the Clock resource); whoever judges
# how late something is today (automation, status); the audit trail, and commands that leave a line in it, which says when. No
# decision about a person reads these.
MAY_READ_THE_CLOCK = {
    f"{PACKAGE}/{name}.py"
    for name in (
        "clock", "intake", "cli", "console/demo", "defs/resources", "defs/automation/freshness", "defs/automation/sensors",
        "defs/automation/retention",
        "defs/execution", "defs/feeds/assets", "commands/common", "commands/check", "commands/quarantine", "commands/operations",
        "commands/reread", "commands/retain", "commands/data_subject", "retention/certificate", "storage/audit_log",
    )
}  # fmt: skip
CLOCK_METHODS = {"now", "utcnow", "today"}
CLOCK_FUNCTIONS = {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime"}
SQL_CLOCK = re.compile(r"\b(current_date|current_timestamp|localtimestamp|now\s*\(|today\s*\(|run_started_at|random\s*\()", re.IGNORECASE)
TEN_DIGITS = ("[0-9]{10}", r"\d{10}")


def unit_of(path: str) -> str:
    """The package or module right below `repat_pipeline` that a file belongs to; empty for the package itself."""
    name = path.split("/")[1].removesuffix(".py")
    return "" if name == "__init__" else name


def imported_modules(tree: ast.Module) -> Iterator[str]:
    """Every module that a file imports, wherever in the file; `from repat_pipeline import clock` is one too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            yield from ([f"{module}.{alias.name}" for alias in node.names] if module == PACKAGE else [module])


def imported_units(tree: ast.Module) -> set[str]:
    """What of ours a file imports."""
    return {module.split(".")[1] for module in imported_modules(tree) if module.startswith(f"{PACKAGE}.")}


def reads_the_clock(tree: ast.Module) -> bool:
    """Whether a file asks for the time: `<anything>.now()`, `.today()`, `time.time()`, or a name of these imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of_time = isinstance(node.func.value, ast.Name) and node.func.value.id == "time" and node.func.attr in CLOCK_FUNCTIONS
            if of_time or node.func.attr in CLOCK_METHODS:
                return True
        elif isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            if (node.module == "time" and names & CLOCK_FUNCTIONS) or (node.module == f"{PACKAGE}.clock" and names & CLOCK_METHODS):
                return True
    return False


def test_every_package_has_its_place_in_the_order() -> None:
    assert {unit_of(path) for path in SOURCES} - FOUNDATION - {""} <= set(MAY_IMPORT), "name it in MAY_IMPORT, with what it may import"


def test_the_order_has_one_direction() -> None:
    assert len(list(TopologicalSorter(MAY_IMPORT).static_order())) == len(MAY_IMPORT)


@pytest.mark.parametrize("unit", sorted(MAY_IMPORT))
def test_a_package_imports_only_what_lies_below_it(unit: str) -> None:
    allowed = MAY_IMPORT[unit] | FOUNDATION | {unit}
    upward = {path: imported_units(tree) - allowed for path, tree in SOURCES.items() if unit_of(path) == unit}

    assert {path: units for path, units in upward.items() if units} == {}


def test_the_foundation_imports_nothing_of_ours() -> None:
    found = {path: imported_units(tree) for path, tree in SOURCES.items() if unit_of(path) in FOUNDATION | {""}}

    assert {path: units for path, units in found.items() if units} == {}


def test_dagster_is_imported_under_defs_and_in_definitions_only() -> None:
    importers = {path for path, tree in SOURCES.items() if {module.split(".")[0] for module in imported_modules(tree)} & set(ORCHESTRATION)}

    assert {path for path in importers if unit_of(path) not in ("defs", "definitions")} == set()
    assert importers, "nothing imports Dagster: the test looks for the wrong names"


def test_only_the_intake_and_those_who_choose_a_reference_date_read_the_clock() -> None:
    assert {path for path, tree in SOURCES.items() if reads_the_clock(tree)} <= MAY_READ_THE_CLOCK


def test_only_the_clock_module_asks_the_system_for_the_time() -> None:
    askers = {
        path
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_METHODS
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "clock")
    }

    assert askers == {f"{PACKAGE}/clock.py"}


@pytest.mark.parametrize(
    "line",
    [
        "from datetime import datetime\ndatetime.now()", "import datetime as dt\ndt.datetime.utcnow()", "date.today()",
        "import time\ntime.time()", "from time import time_ns", "from repat_pipeline.clock import today",
    ],
)  # fmt: skip
def test_a_look_at_the_clock_is_seen(line: str) -> None:
    assert reads_the_clock(ast.parse(line))


@pytest.mark.parametrize("line", ["from repat_pipeline.clock import COPENHAGEN", "time(12, 30)", "today = as_of"])
def test_a_zone_or_a_name_is_no_look_at_the_clock(line: str) -> None:
    assert not reads_the_clock(ast.parse(line))


def test_no_sql_reads_the_clock_or_draws_lots() -> None:
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in (ROOT / "dbt_project").glob("m*/**/*.sql")}
    code = {name: re.sub(r"\{#.*?#\}|--[^\n]*", "", text, flags=re.DOTALL) for name, text in texts.items()}

    assert code
    assert {name for name, text in code.items() if SQL_CLOCK.search(text)} == set()


def test_only_identity_interprets_a_cpr_number() -> None:
    importers = {path for path, tree in SOURCES.items() if any(module.split(".")[0] == "stdnum" for module in imported_modules(tree))}
    patterns = {
        path
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and any(form in node.value for form in TEN_DIGITS)
    }

    assert importers | patterns == {f"{PACKAGE}/identity/cpr.py"}
