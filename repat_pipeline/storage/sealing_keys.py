"""Where the key comes from that seals vault, quarantine, archive and refused deliveries, and which key a home has.

`REPAT_VAULT_KEY`, else the file in `REPAT_VAULT_KEY_FILE`, else what the program in `REPAT_VAULT_KEY_COMMAND` prints (no shell), else
`HOME/keys/vault-<id>.key`, made when there is none. `HOME/vault/key.json` has the id of the key that the home was sealed with: another
one is refused before anything is written. The key has nothing to do with that of pseudonyms: it can be replaced without a new
delivery (`key_rotation`).
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from repat_pipeline.errors import RepatError
from repat_pipeline.storage.atomic import make_folder, sync_folder, write_text
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import Sealer, SealingKey, sealed_files
from repat_pipeline.storage.secret_text import secret_of_file, secret_of_text

_COMMAND_SECONDS = 30
PRESENT_KEY, NEW_KEY = "REPAT_VAULT_KEY", "REPAT_NEW_VAULT_KEY"


class SealingKeyUnusable(RepatError):
    """The key of the vault cannot be used; nothing has been written."""


@dataclass(frozen=True)
class LoadedSealer:
    """A sealer, where its key came from, and whether this call made it."""

    sealer: Sealer
    origin: str
    was_created: bool


@dataclass(frozen=True)
class KeyState:
    """`HOME/vault/key.json`.

    Attributes:
        key_id: the home is sealed with this key.
        rotating_to: files are being sealed again with this one; null = no rotation is under way.
    """

    key_id: str
    rotating_to: str | None = None


def load_sealer(home: Home, environ: Mapping[str, str] = os.environ) -> LoadedSealer:
    """Load the key that the home is sealed with; in a home without one, the key that is given, else a new one.

    Raises:
        SealingKeyUnusable: too short, unreadable, a file that others can read, missing, another key than the home was sealed with,
            or a rotation was cut off.
    """
    state = read_key_state(home)
    given = given_key(environ, PRESENT_KEY)
    if state is None:
        key, origin, was_created = (*given, False) if given else _of_home_or_new(home)
        write_key_state(home, KeyState(key.id))
        return LoadedSealer(Sealer(key), origin, was_created)
    if state.rotating_to is not None:
        raise SealingKeyUnusable(
            f"{home.root}: a change of the vault key from {state.key_id} to {state.rotating_to} was cut off: `repat keys rotate` ends it"
        )
    if given is not None:
        key, origin = given
        if key.id != state.key_id:
            raise SealingKeyUnusable(
                f"{origin}: expected the key that {home.root} is sealed with (id {state.key_id}), found another one (id {key.id}); "
                "give the right key; `repat keys rotate` changes it"
            )
        return LoadedSealer(Sealer(key), origin, False)
    path = home_key_file(home, state.key_id)
    if not path.is_file():
        raise SealingKeyUnusable(
            f"{path} is missing and no {PRESENT_KEY}, {PRESENT_KEY}_FILE or {PRESENT_KEY}_COMMAND is set, but {home.root} is sealed "
            "with that key; restore it from where keys are kept"
        )
    return LoadedSealer(Sealer(key_of_file(path)), str(path), False)


def given_key(environ: Mapping[str, str], name: str) -> tuple[SealingKey, str] | None:
    """The key that the environment gives, and from where."""
    if text := environ.get(name):
        return _key(text, name), name
    if path := environ.get(f"{name}_FILE"):
        return key_of_file(Path(path)), path
    if command := environ.get(f"{name}_COMMAND"):
        return _key(_printed_by(command, f"{name}_COMMAND"), f"{name}_COMMAND"), f"{name}_COMMAND"
    return None


# Once per process and command: a key store is asked for once per run, not once per file.
@cache
def _printed_by(command: str, origin: str) -> str:
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise SealingKeyUnusable(f"{origin}: the command could not be run ({type(error).__name__})") from None
    if done.returncode:
        raise SealingKeyUnusable(f"{origin}: the command ended with status {done.returncode}; run it by hand to see why")
    return done.stdout


def _of_home_or_new(home: Home) -> tuple[SealingKey, str, bool]:
    """A key that a crash left without `key.json`, else a new one."""
    found = sorted(home.key_file.parent.glob("vault-*.key"))
    if found:
        return key_of_file(found[0]), str(found[0]), False
    if next(sealed_files(home), None) is not None:
        raise SealingKeyUnusable(f"{home.root} holds sealed files, but vault/key.json is missing; restore it from the back-up")
    key = make_home_key(home)
    return key, str(home_key_file(home, key.id)), True


def make_home_key(home: Home) -> SealingKey:
    """Make a new key in `HOME/keys` (mode 0600)."""
    text = secrets.token_hex(32)
    key = SealingKey(text.encode())
    path = home_key_file(home, key.id)
    make_folder(path.parent)
    write_text(path, text + "\n")
    sync_folder(path.parent)
    return key


def home_key_file(home: Home, key_id: str) -> Path:
    """Where a key of the home lies."""
    return home.key_file.with_name(f"vault-{key_id}.key")


def key_of_file(path: Path) -> SealingKey:
    """The key in a file.

    Raises:
        SealingKeyUnusable: it cannot be read, or others can read it.
    """
    return SealingKey(secret_of_file(path, setting=f"{PRESENT_KEY}_FILE", unusable=SealingKeyUnusable))


def _key(text: str, origin: str) -> SealingKey:
    return SealingKey(secret_of_text(text, origin, unusable=SealingKeyUnusable))


def read_key_state(home: Home) -> KeyState | None:
    """What `vault/key.json` says; None in a home that was never sealed.

    Raises:
        SealingKeyUnusable: it says nothing.
    """
    path = home.vault_key_state
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return KeyState(str(content["key_id"]), content.get("rotating_to"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SealingKeyUnusable(f"{path}: expected the key key_id; restore the file from the back-up") from None


def write_key_state(home: Home, state: KeyState) -> None:
    """Write `vault/key.json`."""
    write_text(home.vault_key_state, json.dumps(asdict(state)) + "\n")
