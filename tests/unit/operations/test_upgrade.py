"""A home of another version is refused, and brought to this one step by step."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from repat_pipeline.cli import ExitStatus, app
from repat_pipeline.operations.upgrade import dagster_settings, plan_upgrade, upgrade
from repat_pipeline.storage.home_layout import LAYOUT, LayoutDiffers, Upgrade, check_layout, layout_of, write_layout
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.run_lock import run_lock
from repat_pipeline.storage.sealed import SEALED_FOLDERS, place_of, sealed_files
from repat_pipeline.storage.sealing_keys import load_sealer


@pytest.fixture
def old_home(home: Home) -> Home:
    """A home from before `layout.json`."""
    (home.lake / "deliveries").mkdir(parents=True)
    return home


def test_the_first_to_write_a_home_numbers_it(home: Home) -> None:
    with run_lock(home):
        pass

    assert json.loads(home.layout_file.read_text(encoding="utf-8")) == {"layout": LAYOUT}


def test_a_home_from_before_the_number_has_layout_1(old_home: Home) -> None:
    assert layout_of(old_home) == 1


def test_a_newer_home_is_refused_for_reading_and_writing(home: Home) -> None:
    write_layout(home, LAYOUT + 1)

    with pytest.raises(LayoutDiffers, match="install the version that wrote it"):
        check_layout(home)
    with pytest.raises(LayoutDiffers), run_lock(home):
        pass
    with pytest.raises(LayoutDiffers):
        plan_upgrade(home)


def test_an_older_home_is_refused_and_the_command_is_named(old_home: Home) -> None:
    with pytest.raises(LayoutDiffers, match="repat upgrade --apply"):
        check_layout(old_home)


def test_a_file_that_says_nothing_is_no_layout(home: Home) -> None:
    home.root.mkdir()
    home.layout_file.write_text("{}", encoding="utf-8")

    with pytest.raises(LayoutDiffers, match="expected the key layout"):
        layout_of(home)


def steps(log: list[int]) -> dict[int, Upgrade]:
    """Steps to layouts 2 and 3 that write down that they were taken."""
    return {2: Upgrade("move this", lambda home: log.append(2)), 3: Upgrade("move that", lambda home: log.append(3))}


def test_a_plan_changes_nothing(old_home: Home) -> None:
    log: list[int] = []

    plan = plan_upgrade(old_home, layout=3, upgrades=steps(log))

    assert (plan.steps, log, layout_of(old_home)) == (["layout 2: move this", "layout 3: move that"], [], 1)


def test_steps_are_taken_in_order_and_once(old_home: Home) -> None:
    log: list[int] = []
    upgrade(old_home, layout=3, upgrades=steps(log))
    upgrade(old_home, layout=3, upgrades=steps(log))

    assert (log, layout_of(old_home)) == ([2, 3], 3)


def test_an_upgrade_that_was_cut_off_goes_on_with_the_step_that_was_not_ended(old_home: Home) -> None:
    log: list[int] = []

    def cut_off(home: Home) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upgrade(old_home, layout=3, upgrades=steps(log) | {3: Upgrade("move that", cut_off)})
    upgrade(old_home, layout=3, upgrades=steps(log))

    assert log == [2, 3]


def test_dagster_s_settings_of_another_version_are_replaced_and_kept_beside(old_home: Home) -> None:
    old_home.dagster.mkdir(parents=True)
    settings = old_home.dagster / "dagster.yaml"
    settings.write_text("telemetry: {enabled: false}\n", encoding="utf-8")

    upgrade(old_home)

    assert settings.read_bytes() == dagster_settings().read_bytes()
    assert settings.with_name("dagster.yaml.before").read_text(encoding="utf-8") == "telemetry: {enabled: false}\n"


def test_a_home_of_this_version_needs_nothing(home: Home) -> None:
    with run_lock(home):
        pass

    assert plan_upgrade(home).steps == []


def test_what_is_no_home_is_not_made_one(home: Home) -> None:
    with pytest.raises(FileNotFoundError, match="there is no home"):
        upgrade(home)


def written_by_layout_1(home: Home) -> dict[str, bytes]:
    """Files as versions before layout 2 wrote them: by the name that they have when they are sealed."""
    files = {"vault/0751/uip/d-1.parquet": b"vault", "quarantine/uip/opholdstilladelser/0751/d-1.parquet": b"rows",
             "archive/0751/uip/d-1/opholdstilladelser.csv": b"raw" * 500_000, "refused/0751/uip/d-2-abc/manifest.json": b""}  # fmt: skip
    for name, content in {**files, "refused/0751/uip/d-2-abc/REFUSAL.json": b"{}"}.items():
        (home.root / name).parent.mkdir(parents=True, exist_ok=True)
        (home.root / name).write_bytes(content)
    return {f"{name}.sealed": content for name, content in files.items()}


def test_layout_2_seals_what_older_versions_wrote(old_home: Home) -> None:
    expected = written_by_layout_1(old_home)

    upgrade(old_home)

    sealer = load_sealer(old_home).sealer
    assert {place_of(old_home, path): sealer.read(old_home, path) for path in sealed_files(old_home)} == expected
    assert {path.name for folder in SEALED_FOLDERS for path in (old_home.root / folder).rglob("*") if path.is_file()} == {
        "REFUSAL.json", "key.json", *(name.rpartition("/")[2] for name in expected),
    }  # fmt: skip


def test_a_sealing_that_was_cut_off_goes_on(old_home: Home) -> None:
    expected = written_by_layout_1(old_home)
    sealer = load_sealer(old_home).sealer
    # Sealed, and not yet removed.
    sealer.write(old_home, old_home.root / "vault/0751/uip/d-1.parquet.sealed", b"vault")

    upgrade(old_home)

    assert {place_of(old_home, path): sealer.read(old_home, path) for path in sealed_files(old_home)} == expected
    assert not (old_home.root / "vault/0751/uip/d-1.parquet").exists()


def test_the_command_says_what_it_would_do_then_does_it(old_home: Home) -> None:
    said = [CliRunner().invoke(app, ["upgrade", "--home", str(old_home.root), *more]) for more in ([], ["--apply"], [])]

    assert [result.exit_code for result in said] == [ExitStatus.INCOMPLETE, ExitStatus.DONE, ExitStatus.DONE]
    assert [result.output.split()[0] for result in said] == ["to", "done", "Nothing"]


def test_every_command_refuses_a_newer_home(home: Home) -> None:
    write_layout(home, LAYOUT + 1)

    said = CliRunner().invoke(app, ["status", "--home", str(home.root)])

    assert said.exit_code == ExitStatus.FAILED
    assert "install the version that wrote it" in said.output
