"""`repat raw`: a readable copy of a sealed raw delivery, for those who may open the vault."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from repat_pipeline.commands.common import (
    HomeOption,
    checked_home,
    checked_municipalities,
    checked_source,
    plain_console,
    reported,
    wrong_use,
)
from repat_pipeline.errors import RepatError


def raw(
    municipality: Annotated[str, typer.Option("--municipality", help="Code of a municipality, e.g. 0751.")],
    source: Annotated[str, typer.Option("--source", help="uip, fagsystem or eindkomst.")],
    delivery: Annotated[str, typer.Option("--delivery", help="Name of the folder in HOME/archive or HOME/refused.")],
    out: Annotated[Path, typer.Option("--out", help="A new folder for the files; it will hold CPR numbers (mode 0700).")],
    reason: Annotated[str, typer.Option("--reason", help="Why the files are needed; goes into the audit log. No CPR numbers.")],
    home: HomeOption = Path("var"),
) -> None:
    """Open an archived or refused delivery: the files as they were sent, in a folder outside HOME."""
    place, console = checked_home(home), plain_console()
    checked_municipalities([municipality])
    checked_source(source)
    target = out.absolute()
    if not delivery.strip(".") or "/" in delivery:
        raise wrong_use(f"--delivery: expected the name of a folder, found '{delivery}'")
    if target.exists() or target.is_relative_to(place.root) or not target.parent.is_dir():
        raise wrong_use(f"--out: expected a new folder outside {place.root}, found '{out}'")
    with reported(console):
        from repat_pipeline.storage.atomic import make_folder
        from repat_pipeline.storage.audit_log import NoAuditEntry, note
        from repat_pipeline.storage.raw_copies import open_to
        from repat_pipeline.storage.sealed import ENDING
        from repat_pipeline.storage.sealing_keys import load_sealer

        folders = [place.root / kept / municipality / source / delivery for kept in ("archive", "refused")]
        folder = next((path for path in folders if path.parent.is_dir() and path in path.parent.iterdir()), None)
        if folder is None:
            raise RepatError(f"{municipality} {source}: no such delivery in HOME/archive or HOME/refused; `ls` these folders for the names")
        sealer = load_sealer(place).sealer
        files = sorted(folder.glob(f"*{ENDING}"))
        where = f"{folder.relative_to(place.root)}, {len(files)} files; vault key {sealer.key.id}; to {target}"
        try:
            note(place, "raw delivery opened", where, reason=reason, municipality=municipality)
        except NoAuditEntry as error:
            raise wrong_use(f"--reason: {error}") from None
        make_folder(target)
        for path in files:
            open_to(place, path, target / path.name.removesuffix(ENDING), sealer=sealer)
        console.print(f"{len(files)} files with CPR numbers in {out} (mode 0700); logged. Delete it when it has served its purpose.",
                      soft_wrap=True, highlight=False)  # fmt: skip
