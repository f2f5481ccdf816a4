"""Where the vault key comes from, that a wrong one is refused before anything is written, and its replacement."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from repat_pipeline.intake import take_in
from repat_pipeline.storage import key_rotation
from repat_pipeline.storage.audit_log import read_audit
from repat_pipeline.storage.key_rotation import rotate
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import key_id_of, sealed_files
from repat_pipeline.storage.sealing_keys import SealingKeyUnusable, load_sealer, read_key_state
from tests.support import MUNICIPALITY, deliver_uip, hashes, permit, person

FIRST, SECOND = "f" * 40, "5" * 40
NAMES = ("vault/0751/uip/d-1.parquet.sealed", "quarantine/uip/t/0751/d-1.parquet.sealed", "archive/0751/uip/d-1/f.csv.sealed")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A key file for its owner only."""
    path = tmp_path / "vault.key"
    path.write_text(FIRST + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def key_id(environ: dict[str, str], tmp_path: Path) -> str:
    """Id of the key that a new home takes."""
    return load_sealer(Home(tmp_path / "any"), environ).sealer.key.id


def test_environment_file_and_command_give_the_same_key(tmp_path: Path, key_file: Path) -> None:
    command = f"{sys.executable} -c \"print(open('{key_file}').read())\""
    by = [{"REPAT_VAULT_KEY": FIRST}, {"REPAT_VAULT_KEY_FILE": str(key_file)}, {"REPAT_VAULT_KEY_COMMAND": command}]

    assert len({key_id(environ, tmp_path) for environ in by}) == 1


def test_a_command_is_run_without_a_shell(tmp_path: Path) -> None:
    with pytest.raises(SealingKeyUnusable, match="could not be run"):
        key_id({"REPAT_VAULT_KEY_COMMAND": f"touch>{tmp_path}/made"}, tmp_path)

    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("command", "told"),
    [("false", "ended with status 1"), ("echo short", "at least 32 characters, found 5"), ("/nowhere/x", "could not be run")],
)
def test_a_command_that_gives_no_key_is_told(tmp_path: Path, command: str, told: str) -> None:
    with pytest.raises(SealingKeyUnusable, match=told):
        key_id({"REPAT_VAULT_KEY_COMMAND": command}, tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, key_file: Path, mode: int) -> None:
    key_file.chmod(mode)

    with pytest.raises(SealingKeyUnusable, match="chmod 600"):
        key_id({"REPAT_VAULT_KEY_FILE": str(key_file)}, tmp_path)


def test_without_a_key_one_is_made_for_its_owner_only_and_found_again(home: Home) -> None:
    first, second = load_sealer(home, {}), load_sealer(home, {})

    assert (first.was_created, second.was_created) == (True, False)
    assert first.sealer.key.id == second.sealer.key.id
    assert stat.S_IMODE(Path(second.origin).stat().st_mode) == 0o600


def test_a_missing_key_of_a_sealed_home_is_not_made_anew(home: Home) -> None:
    Path(load_sealer(home, {}).origin).unlink()

    with pytest.raises(SealingKeyUnusable, match="restore it"):
        load_sealer(home, {})


def test_sealed_files_without_a_state_are_not_sealed_with_a_new_key(home: Home) -> None:
    filled(home, {})
    home.vault_key_state.unlink()
    for path in home.key_file.parent.iterdir():
        path.unlink()

    with pytest.raises(SealingKeyUnusable, match="restore it from the back-up"):
        load_sealer(home, {})


def test_a_wrong_key_ends_the_intake_before_anything_is_written(home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver_uip(inbox, [permit(person())])
    take_in(home, inbox, source="uip", municipalities=[MUNICIPALITY])
    deliver_uip(inbox, [permit(person(1))], delivery_id="uip-2")
    before = hashes(home.root)
    monkeypatch.setenv("REPAT_VAULT_KEY", SECOND)

    with pytest.raises(SealingKeyUnusable, match="expected the key that"):
        take_in(home, inbox, source="uip", municipalities=[MUNICIPALITY])

    assert hashes(home.root) == before


def filled(home: Home, environ: dict[str, str]) -> dict[str, bytes]:
    """A home with sealed files; what they hold."""
    sealer = load_sealer(home, environ).sealer
    for name in NAMES:
        sealer.write(home, home.root / name, name.encode() * 1000)
    return {name: name.encode() * 1000 for name in NAMES}


def opened(home: Home, environ: dict[str, str]) -> dict[str, bytes]:
    """What the sealed files of a home hold."""
    sealer = load_sealer(home, environ).sealer
    return {path.relative_to(home.root).as_posix(): sealer.read(home, path) for path in sealed_files(home)}


@pytest.mark.parametrize(
    ("before", "during", "after"),
    [
        ({}, {}, {}),
        ({"REPAT_VAULT_KEY": FIRST}, {"REPAT_VAULT_KEY": FIRST, "REPAT_NEW_VAULT_KEY": SECOND}, {"REPAT_VAULT_KEY": SECOND}),
        ({}, {"REPAT_NEW_VAULT_KEY": SECOND}, {"REPAT_VAULT_KEY": SECOND}),
    ],
    ids=["keys of the home", "keys given", "from the home's key to one that is given"],
)
def test_after_a_rotation_the_new_key_opens_everything(
    home: Home, before: dict[str, str], during: dict[str, str], after: dict[str, str]
) -> None:
    expected = filled(home, before)
    old = load_sealer(home, before).sealer.key.id

    new = rotate(home, reason="yearly", environ=during)

    assert new != old
    assert {key_id_of(home, path) for path in sealed_files(home)} == {new}
    assert opened(home, after) == expected


def test_the_old_key_is_refused_after_a_rotation(home: Home) -> None:
    filled(home, {"REPAT_VAULT_KEY": FIRST})
    rotate(home, reason="yearly", environ={"REPAT_VAULT_KEY": FIRST, "REPAT_NEW_VAULT_KEY": SECOND})

    with pytest.raises(SealingKeyUnusable, match="found another one"):
        load_sealer(home, {"REPAT_VAULT_KEY": FIRST})


@pytest.mark.parametrize("files_done", [0, 1, 2])
def test_a_rotation_that_was_cut_off_stops_everything_else_and_is_ended_by_the_next(
    home: Home, files_done: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = filled(home, {})

    def cut_off(done: int, total: int) -> None:
        if done > files_done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(home, reason="yearly", environ={}, report=cut_off)
    with pytest.raises(SealingKeyUnusable, match="`repat keys rotate` ends it"):
        load_sealer(home, {})
    rotate(home, reason="yearly", environ={})

    assert opened(home, {}) == expected
    assert read_key_state(home) == key_rotation.KeyState(load_sealer(home, {}).sealer.key.id)


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"REPAT_VAULT_KEY": FIRST}, "give the new one by REPAT_NEW_VAULT_KEY"),
        ({"REPAT_VAULT_KEY": FIRST, "REPAT_NEW_VAULT_KEY": FIRST}, "the new key is the present one"),
        ({"REPAT_VAULT_KEY": SECOND, "REPAT_NEW_VAULT_KEY": "n" * 40}, "is needed and was not found"),
    ],
    ids=["no new key", "the same key", "another present key"],
)
def test_a_rotation_that_cannot_be_ended_is_not_begun(home: Home, environ: dict[str, str], told: str) -> None:
    filled(home, {"REPAT_VAULT_KEY": FIRST})
    before = hashes(home.root / "archive")

    with pytest.raises(SealingKeyUnusable, match=told):
        rotate(home, reason="yearly", environ=environ)

    assert hashes(home.root / "archive") == before
    assert load_sealer(home, {"REPAT_VAULT_KEY": FIRST})


def test_a_rotation_stands_in_the_audit_trail(home: Home) -> None:
    filled(home, {})
    old = load_sealer(home, {}).sealer.key.id
    new = rotate(home, reason="yearly", environ={})

    assert [(line["what"], line["where"], line["reason"]) for line in read_audit(home)] == [
        ("key rotation", f"vault key {old} to {new}", "yearly")
    ]
