"""`backup.sh` and `restore.sh`: what comes back makes the same bytes, and nothing is backed up while something writes."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.run_lock import run_lock
from tests.conftest import RunOnce
from tests.support import AS_OF, hashes, repat, stable_bytes

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
# The key is kept apart; the rest is made again.
LEFT_OUT = {"work", "published", "dagster", "keys"}


def script(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script of `deploy` as an operator does."""
    return subprocess.run([str(DEPLOY / name), *map(str, arguments)], capture_output=True, text=True, check=False)


def back_up(home: Home, target: Path) -> Path:
    """The archive of a home."""
    done = script("backup.sh", home.root, target)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.fixture
def used(run_once: RunOnce, tmp_path: Path) -> Home:
    """A home after a run, to destroy."""
    home = Home(tmp_path / "used")
    shutil.copytree(run_once.home.root, home.root, symlinks=True)
    return home


@pytest.fixture
def restored(used: Home, tmp_path: Path) -> Home:
    """It, backed up, destroyed and restored."""
    archive = back_up(used, tmp_path / "backup")
    shutil.rmtree(used.root)
    done = script("restore.sh", archive, used.root)
    assert done.returncode == 0, done.stderr
    return used


def test_a_restored_home_publishes_the_same_bytes_again(restored: Home, run_once: RunOnce) -> None:
    again = repat("run", "--home", restored.root, "--inbox", run_once.inbox, "--as-of", AS_OF)

    assert again.status == run_once.command.status
    assert stable_bytes(restored.root) == stable_bytes(run_once.home.root)


def test_everything_comes_back_that_is_not_made_again(restored: Home, run_once: RunOnce) -> None:
    kept = {name: digest for name, digest in hashes(run_once.home.root).items() if name.partition("/")[0] not in LEFT_OUT}

    assert hashes(restored.root) == kept


def modes(root: Path) -> dict[str, int]:
    """Permissions of everything below a folder that is not made again."""
    found = {str(path.relative_to(root)): stat.S_IMODE(path.lstat().st_mode) for path in root.rglob("*")}
    return {name: mode for name, mode in found.items() if name.partition("/")[0] not in LEFT_OUT}


def test_nobody_else_gets_into_a_restored_home(restored: Home) -> None:
    assert stat.S_IMODE(restored.root.stat().st_mode) == 0o700


def test_the_permissions_come_back_as_they_were(restored: Home, run_once: RunOnce) -> None:
    assert modes(restored.root) == modes(run_once.home.root)


def test_the_archive_is_for_its_owner_alone(used: Home, tmp_path: Path) -> None:
    archive = back_up(used, tmp_path / "backup")

    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


def test_the_key_is_not_in_the_archive(used: Home, tmp_path: Path) -> None:
    used.key_file.parent.mkdir(exist_ok=True)
    used.key_file.write_text("a key", encoding="utf-8")
    archive = back_up(used, tmp_path / "backup")

    names = subprocess.run(["tar", "--list", "--file", str(archive)], capture_output=True, text=True, check=True).stdout

    assert "lake/" in names
    assert "keys" not in names


def test_nothing_is_backed_up_while_a_run_writes(used: Home, tmp_path: Path) -> None:
    with run_lock(used):
        done = script("backup.sh", used.root, tmp_path / "backup")

    assert (done.returncode, "a run is writing" in done.stderr) == (1, True)
    assert os.listdir(tmp_path / "backup") == []


def test_a_damaged_archive_is_not_restored(used: Home, tmp_path: Path) -> None:
    archive = back_up(used, tmp_path / "backup")
    with archive.open("r+b") as stream:
        stream.seek(100)
        stream.write(b"damage")

    done = script("restore.sh", archive, tmp_path / "new")

    assert done.returncode != 0
    assert not (tmp_path / "new").exists()


def test_a_home_that_holds_something_is_not_restored_over(used: Home, tmp_path: Path) -> None:
    archive = back_up(used, tmp_path / "backup")
    before = hashes(used.root)

    done = script("restore.sh", archive, used.root)

    assert (done.returncode, "is not empty" in done.stderr) == (1, True)
    assert hashes(used.root) == before
