"""The hand-written cases of ../shared/acceptance, through the real program, checked by their own checker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support import AS_OF, hashes, repat

CASES = ROOT.parent / "shared" / "acceptance"

pytestmark = [
    pytest.mark.needs_shared,
    pytest.mark.skipif(not CASES.is_dir(), reason="../shared/acceptance is not beside this checkout"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("acceptance") / "home"
    before = hashes(CASES / "cases" / "inbox")
    command = repat("run", "--home", folder, "--inbox", CASES / "cases" / "inbox", "--as-of", AS_OF)
    assert command.status == 3, command.output
    assert hashes(CASES / "cases" / "inbox") == before
    return folder


def test_every_hand_written_case_is_decided_as_expected(home: Path) -> None:
    checked = subprocess.run([sys.executable, str(CASES / "check_cases.py"), str(home)], capture_output=True, text=True, check=False)

    differing = [line for line in checked.stdout.splitlines() if not line.startswith("ok")]
    assert checked.returncode == 0, "\n".join(differing)
    assert "skipped" not in checked.stdout
