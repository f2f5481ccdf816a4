"""At run time nothing is reached: the run that all tests look at had no network, and did not ask for one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import RunOnce
from tests.support import WATCHED, without_network


def test_a_whole_run_tries_to_reach_nothing(run_once: RunOnce) -> None:
    assert run_once.command.status == 3, run_once.command.output
    assert run_once.network == []


@pytest.mark.needs_namespaces
def test_a_whole_run_works_without_a_network(run_once: RunOnce) -> None:
    interfaces = subprocess.run([*without_network(), "cat", "/proc/net/route"], capture_output=True, text=True, check=True).stdout

    assert len(interfaces.splitlines()) <= 1
    assert run_once.home.published.joinpath("current", "repat.duckdb").is_file()


def test_an_attempt_would_be_noted(tmp_path: Path) -> None:
    watched = WATCHED.read_text(encoding="utf-8").partition("sys.argv = ")[0]
    program = tmp_path / "program.py"
    program.write_text(watched + "import socket\nsocket.socket().connect_ex(('127.0.0.1', 9))\n", encoding="utf-8")

    subprocess.run([sys.executable, str(program)], env={"REPAT_TEST_NETWORK_LOG": str(tmp_path / "log")}, check=True)

    assert "127.0.0.1" in (tmp_path / "log").read_text(encoding="utf-8")
