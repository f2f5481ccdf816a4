"""`repat keys show|rotate`: the key that vault, quarantine, archive and refused deliveries are sealed with."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from repat_pipeline.commands.common import HomeOption, checked_home, plain_console, reported, wrong_use

app = typer.Typer(no_args_is_help=True, help="The vault key: which one a home has, and its change.", rich_markup_mode=None)


@app.command()
def show(home: HomeOption = Path("var")) -> None:
    """Say where the key comes from, its id, and how many files are sealed with it."""
    place, console = checked_home(home), plain_console()
    with reported(console):
        from repat_pipeline.storage.sealed import key_id_of, sealed_files
        from repat_pipeline.storage.sealing_keys import load_sealer, read_key_state

        if read_key_state(place) is None:
            console.print("No vault key yet: the first run makes one, or takes the one that is given.")
            raise typer.Exit(0)
        loaded = load_sealer(place)
        counts = Counter(key_id_of(place, path) for path in sealed_files(place))
        console.print(f"vault key {loaded.sealer.key.id} from {loaded.origin}", soft_wrap=True, highlight=False)
        for key_id, files in sorted(counts.items()):
            console.print(f"{files:,} files sealed with {key_id}", highlight=False)


@app.command()
def rotate(
    reason: Annotated[str, typer.Option("--reason", help="Why; goes into the audit log.")],
    home: HomeOption = Path("var"),
) -> None:
    """Seal every file again with the key in REPAT_NEW_VAULT_KEY (_FILE, _COMMAND), or with a new one in HOME/keys. Repeatable."""
    place, console = checked_home(home), plain_console()
    with reported(console):
        from repat_pipeline import progress
        from repat_pipeline.storage.audit_log import NoAuditEntry
        from repat_pipeline.storage.key_rotation import rotate as rotate_key

        try:
            key_id = rotate_key(place, reason=reason, report=lambda done, total: progress.report("keys rotate", done, total))
        except NoAuditEntry as error:
            raise wrong_use(f"--reason: {error}") from None
        console.print(f"Everything is sealed with vault key {key_id}. Give that one from now on; keep the old one as long as there are "
                      "back-ups that were sealed with it (docs/runbooks/key_rotation.md).", soft_wrap=True, highlight=False)  # fmt: skip
