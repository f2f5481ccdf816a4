"""Another key for what is sealed: every file is sealed again, nothing is taken in anew (`repat keys rotate`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from repat_pipeline.storage.atomic import replacing
from repat_pipeline.storage.audit_log import note
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.run_lock import run_lock
from repat_pipeline.storage.sealed import Sealer, key_id_of, place_of, sealed_files
from repat_pipeline.storage.sealing_keys import (
    NEW_KEY,
    PRESENT_KEY,
    KeyState,
    SealingKeyUnusable,
    given_key,
    key_of_file,
    make_home_key,
    read_key_state,
    write_key_state,
)


def rotate(home: Home, *, reason: str, environ: Mapping[str, str] = os.environ, report: Callable[[int, int], None] | None = None) -> str:
    """Seal every file again with another key; nothing is taken in anew. A call that was cut off is ended by the next one.

    The new key is `REPAT_NEW_VAULT_KEY` (or `_FILE`, `_COMMAND`); where neither it nor the present one is given, a new
    `HOME/keys/vault-<id>.key`. The old key is kept: older back-ups need it.

    Returns:
        The id of the new key.

    Raises:
        SealingKeyUnusable: the present or the new key is missing, or they are the same.
    """
    with run_lock(home):
        state = read_key_state(home)
        if state is None:
            raise SealingKeyUnusable(f"{home.root} is not sealed with any key yet: there is nothing to change")
        given, newgiven_key = given_key(environ, PRESENT_KEY), given_key(environ, NEW_KEY)
        keys = {key.id: key for path in sorted(home.key_file.parent.glob("vault-*.key")) for key in [key_of_file(path)]}
        keys |= {found[0].id: found[0] for found in (given, newgiven_key) if found is not None}
        if state.rotating_to is None:
            new = newgiven_key[0] if newgiven_key else None
            if new is None and given is not None:
                raise SealingKeyUnusable(
                    f"the present key is {given[1]}: give the new one by {NEW_KEY}, {NEW_KEY}_FILE or {NEW_KEY}_COMMAND"
                )
            new_id = new.id if new else state.key_id
        else:
            new_id = state.rotating_to
        for wanted in {state.key_id, new_id} - set(keys):
            raise SealingKeyUnusable(f"key {wanted} is needed and was not found in {PRESENT_KEY}*, {NEW_KEY}* or {home.key_file.parent}")
        if state.rotating_to is None and new is None:
            made = make_home_key(home)
            keys[made.id], new_id = made, made.id
        elif new_id == state.key_id:
            raise SealingKeyUnusable(f"the new key is the present one (id {new_id}); make another one, e.g. `openssl rand -hex 32`")
        note(home, "key rotation", f"vault key {state.key_id} to {new_id}", reason=reason)
        write_key_state(home, KeyState(state.key_id, new_id))
        _seal_again(home, Sealer(keys[new_id], keys), report)
        write_key_state(home, KeyState(new_id))
    return new_id


def _seal_again(home: Home, sealer: Sealer, report: Callable[[int, int], None] | None) -> None:
    files = list(sealed_files(home))
    for number, path in enumerate(files, start=1):
        if key_id_of(home, path) != sealer.key.id:
            place = place_of(home, path)
            with replacing(path) as temporary, path.open("rb") as source, temporary.open("wb") as target:
                sealer.seal(sealer.open(source, place=place), target, place=place)
        if report is not None:
            report(number, len(files))
