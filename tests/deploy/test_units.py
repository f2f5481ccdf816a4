"""The systemd units: valid, confined, on loopback, without telemetry, and in agreement with the files beside them."""

from __future__ import annotations

import configparser
import os
import shlex
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml

from repat_pipeline.defs.execution import prepare_instance
from repat_pipeline.defs.webserver import is_loopback, main
from repat_pipeline.storage.layout import Home
from tests.dagster.conftest import restored_environment

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PYTHON = "/opt/repat/.venv/bin/python"
CONFINED = {
    "User": "repat", "UMask": "0077", "NoNewPrivileges": "yes", "PrivateTmp": "yes", "ProtectSystem": "strict", "ProtectHome": "yes",
    "ReadWritePaths": "/srv/repat/home", "ReadOnlyPaths": "/srv/repat/inbox",
}  # fmt: skip


def service(unit: Path) -> dict[str, str]:
    """The section `Service` of a unit."""
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit.read_text(encoding="utf-8"))
    return dict(parser["Service"])


def command(name: str) -> list[str]:
    """What a unit starts."""
    return shlex.split(service(DEPLOY / "systemd" / f"{name}.service")["ExecStart"])


def example_settings() -> dict[str, str]:
    """The settings that all services share."""
    lines = (DEPLOY / "environment.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.needs_program("systemd-analyze")
def test_systemd_has_nothing_to_say_about_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace(PYTHON, sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")

    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))], capture_output=True, text=True, check=False
    )  # fmt: skip

    said = [line for line in (verified.stdout + verified.stderr).splitlines() if "repat" in line]
    assert (verified.returncode, said) == (0, [])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_service_is_confined(unit: Path) -> None:
    assert {name: service(unit).get(name) for name in CONFINED} == CONFINED


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_service_starts_a_module_that_exists(unit: Path) -> None:
    python, flag, module = shlex.split(service(unit)["ExecStart"])[:3]
    found = subprocess.run([sys.executable, "-c", f"import importlib.util as u; exit(u.find_spec({module!r}) is None)"], check=False)

    assert (python, flag, found.returncode) == (PYTHON, "-m", 0)


def test_the_code_location_listens_on_loopback_where_the_others_look_for_it() -> None:
    started = command("repat-code")
    listens = {"host": started[started.index("--host") + 1], "port": int(started[started.index("--port") + 1])}
    (entry,) = yaml.safe_load((DEPLOY / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]

    assert is_loopback(listens["host"])
    assert {name: entry["grpc_server"][name] for name in listens} == listens


@pytest.mark.parametrize("name", ["repat-webserver", "repat-webserver-readonly"])
def test_the_web_ui_is_started_through_the_check_of_the_address(name: str) -> None:
    assert command(name)[2] == "repat_pipeline.defs.webserver"
    assert "--host" not in command(name)


def test_viewers_get_the_read_only_web_ui() -> None:
    assert "--read-only" in command("repat-webserver-readonly")
    assert "--read-only" not in command("repat-webserver")


def test_the_proxy_asks_for_a_log_in_before_each_web_ui() -> None:
    blocks = (DEPLOY / "nginx.conf").read_text(encoding="utf-8").split("\nserver {")[1:]
    ports = [command(name)[command(name).index("--port") + 1] for name in ("repat-webserver", "repat-webserver-readonly")]

    for block, port in zip(blocks, ports, strict=True):
        assert f"proxy_pass http://127.0.0.1:{port};" in block
        assert "auth_basic_user_file" in block


def test_every_setting_of_the_instance_stands_in_the_example() -> None:
    text = yaml.safe_load((DEPLOY / "dagster.yaml").read_text(encoding="utf-8"))
    wanted = {value["env"] for value in text["storage"]["postgres"]["postgres_db"].values() if isinstance(value, dict)}

    assert wanted <= set(example_settings())


def test_production_differs_from_the_instance_of_repat_run_in_its_storage_alone() -> None:
    production = yaml.safe_load((DEPLOY / "dagster.yaml").read_text(encoding="utf-8"))
    with (DEPLOY.parent / "repat_pipeline" / "defs" / "dagster.yaml").open(encoding="utf-8") as stream:
        ours = yaml.safe_load(stream)

    assert production.pop("storage") != ours.pop("storage")
    assert production == ours


def test_the_instance_sends_no_telemetry(tmp_path: Path) -> None:
    with restored_environment():
        prepare_instance(Home(tmp_path))
        with dg.DagsterInstance.get() as instance:
            assert not instance.telemetry_enabled


def test_the_web_server_is_started_without_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[list[str], str | None]] = []
    monkeypatch.delenv("DAGSTER_DISABLE_TELEMETRY", raising=False)
    with restored_environment():
        monkeypatch.setattr(os, "execv", lambda _path, words: started.append((words, os.environ.get("DAGSTER_DISABLE_TELEMETRY"))))
        main(["--workspace", "workspace.yaml"])

    ((words, telemetry),) = started
    assert telemetry == "yes"
    assert words[words.index("--host") + 1] == "127.0.0.1"


def test_all_services_are_told_to_send_no_telemetry() -> None:
    assert example_settings()["DAGSTER_DISABLE_TELEMETRY"] == "yes"
    assert all(service(unit)["EnvironmentFile"] == "/etc/repat/environment" for unit in UNITS)
