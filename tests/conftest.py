"""Fixtures of all tests: one parsed dbt project for the session, one fixed key, one instant as "now"."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from repat_pipeline.storage.layout import Home
from repat_pipeline.synthetic.plan import SynthesisPlan
from repat_pipeline.synthetic.population import Summary, write_deliveries
from tests.support import AS_OF, KEY, NOW, VAULT_KEY, Command, hashes, program, repat, repat_without_network, without_network

ROOT = Path(__file__).resolve().parents[1]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """With REQUIRE_ALL=1 (CI) a test that would skip fails instead, with its reason."""
    report = yield
    excused = item.get_closest_marker("needs_shared") is not None or missing_program(item) is not None or lacks_namespaces(item)
    if os.environ.get("REQUIRE_ALL") == "1" and report.skipped and not excused:
        report.outcome = "failed"
        report.longrepr = f"skipped, but REQUIRE_ALL=1: {report.longrepr}"
    return report


def pytest_configure(config: pytest.Config) -> None:
    """Name the markers."""
    config.addinivalue_line("markers", "needs_shared: reads ../shared, which is not part of the project; skips without it")
    config.addinivalue_line("markers", "needs_namespaces: runs a command without a network; skips where unshare is not allowed")
    config.addinivalue_line("markers", "needs_program(name): runs a program that pip cannot install; skips where it is missing")


# Longest first: `make test` gives whole files to two workers in this order, so that none is left alone with a long one at the end.
# Minutes of CPU, roughly; what is not named here takes seconds and comes last.
LONG_FILES = (
    "browser/test_web_ui.py", "integration/test_run.py", "integration/test_changes.py", "integration/test_reread.py",
    "integration/test_models_agree_with_evaluation.py", "spec/test_scenarios.py", "integration/test_back_cast.py",
    "dbt/test_unit_tests.py", "dagster/test_dbt_runner_matches_cli.py", "deploy/test_postgres.py", "integration/test_own_settings.py",
    "integration/test_sensitivity.py", "integration/test_gate_and_status.py", "integration/test_data_subject.py",
    "deploy/test_backup.py", "integration/test_published_tables.py", "integration/test_simulate.py", "integration/test_kpi_values.py",
    "browser/test_report.py", "security/test_canaries.py", "dagster/test_municipality_is_withheld.py",
    "dagster/test_publication_is_blocked.py", "acceptance/test_hand_written_cases.py", "dagster/test_automation.py",
    "security/test_no_network.py", "unit/extracts/test_eindkomst_xml.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first; the order within a file, and of all other files, stays."""
    rank = {ROOT / "tests" / name: number for number, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


def missing_program(item: pytest.Item) -> str | None:
    """The program that a test needs and this machine lacks."""
    return next((name for marker in item.iter_markers("needs_program") for name in marker.args if program(name) is None), None)


def lacks_namespaces(item: pytest.Item) -> bool:
    """Whether a test needs a network namespace and this machine allows none."""
    return item.get_closest_marker("needs_namespaces") is not None and not without_network()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is missing; where the program is there, the test runs."""
    if lacks_namespaces(item):
        pytest.skip("this machine allows no network namespace (unshare --map-root-user --net)")
    name = missing_program(item)
    if name is not None:
        pytest.skip(f"{name} is not installed (.ci/run tries to install it)")


@pytest.fixture(scope="session", autouse=True)
def _environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One key, one clock and one parsed dbt project for all homes of the session; no home of the user."""
    values = {
        "REPAT_KEY": KEY,
        "REPAT_VAULT_KEY": VAULT_KEY,
        "REPAT_NOW": NOW,
        "REPAT_DBT_TARGET": str(tmp_path_factory.mktemp("dbt_target")),
        "REPAT_HOME": str(tmp_path_factory.mktemp("home_of_definitions")),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """An empty inbox."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@dataclass(frozen=True)
class RunOnce:
    """A home after one run on fictitious deliveries, to look at; nobody writes to it."""

    home: Home
    inbox: Path
    inbox_before: dict[str, str]
    plan: SynthesisPlan
    summary: Summary
    command: Command
    network: list[str]


@pytest.fixture(scope="session")
def run_once(tmp_path_factory: pytest.TempPathFactory) -> RunOnce:
    """Four municipalities with all hard cases, taken in, evaluated, published and fed: without a network, where the machine allows it."""
    folder = tmp_path_factory.mktemp("run_once")
    plan = SynthesisPlan(municipalities=4, persons=200, seed=7, as_of=date.fromisoformat(AS_OF))
    summary = write_deliveries(plan, folder / "inbox")
    inbox_before = hashes(folder / "inbox")
    log = folder / "network.txt"
    command = repat_without_network("run", "--home", folder / "home", "--inbox", folder / "inbox", "--as-of", AS_OF, log=log)
    network = log.read_text(encoding="utf-8").splitlines()
    return RunOnce(Home(folder / "home"), folder / "inbox", inbox_before, plan, summary, command, network)


@pytest.fixture(scope="session")
def reports_once(run_once: RunOnce, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of that run: `rapport.html` of the nation, `<M>/rapport.html` of each municipality."""
    folder = tmp_path_factory.mktemp("reports_once")
    command = repat("report", "--home", run_once.home.root, "--as-of", AS_OF, "--out", folder)
    assert command.status == 0, command.output
    return folder
