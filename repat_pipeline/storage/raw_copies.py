"""Raw deliveries that are kept, sealed file by file: accepted ones in the archive, refused ones beside their report.

What reads them opens a copy below `Home.opened` that is removed at the end; what a crash leaves there, the next writer removes.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from repat_pipeline.errors import could_hold_a_person
from repat_pipeline.storage.atomic import make_folder, replacing
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import ENDING, SEALED_FOLDERS, Sealer, place_of, read_parts
from repat_pipeline.storage.sealing_keys import load_sealer

# With the ending it must fit into the 255 bytes of a name.
_LONGEST_NAME = 240

REPORT_NAME = "REFUSAL.json"
"""Report beside a refused delivery; holds no value of a row and is not sealed."""


def seal_copy(home: Home, name: str, source: BinaryIO, into: Path, *, final: Path, sealer: Sealer) -> None:
    """Seal the content of an open file under its name, in a folder that is being filled.

    Args:
        final: where the folder will be: the sealed file is bound to that place.
    """
    # A name is not sealed: one that could hold a CPR number, or is too long, gets another; its report says what was wrong with it.
    if len(os.fsencode(name)) > _LONGEST_NAME or could_hold_a_person(name):
        name = f"file-{secrets.token_hex(8)}"
    sealed = into / f"{name}{ENDING}"
    sealed.touch(mode=0o600)
    with sealed.open("wb") as target:
        sealer.seal(read_parts(source), target, place=place_of(home, final / sealed.name))


@contextmanager
def opened_folder(home: Home, folder: Path, *, sealer: Sealer) -> Iterator[Path]:
    """A readable copy of a folder of sealed files, with the folder's name; removed at the end.

    Raises:
        SealBroken: a file does not open.
    """
    copy = make_folder(home.opened / secrets.token_hex(4) / folder.name)
    try:
        for path in sorted(folder.glob(f"*{ENDING}")):
            open_to(home, path, copy / path.name.removesuffix(ENDING), sealer=sealer)
        yield copy
    finally:
        shutil.rmtree(copy.parent, ignore_errors=True)


def open_to(home: Home, path: Path, target: Path, *, sealer: Sealer) -> None:
    """Write the content of a sealed file to a new file (mode 0600), or nothing.

    Raises:
        SealBroken: the file does not open.
    """
    with replacing(target) as temporary, path.open("rb") as source, temporary.open("wb") as opened:
        for part in sealer.open(source, place=place_of(home, path)):
            opened.write(part)


def seal_old_files(home: Home) -> None:
    """Seal what versions before layout 2 wrote as it was; a call that was cut off is ended by the next one."""
    plain = [path for folder in SEALED_FOLDERS for path in sorted((home.root / folder).rglob("*")) if _is_to_be_sealed(home, path)]
    sealer = load_sealer(home).sealer if plain else None
    for path in plain:
        assert sealer is not None
        sealed = path.with_name(f"{path.name}{ENDING}")
        with replacing(sealed) as temporary, temporary.open("wb") as target, path.open("rb") as source:
            sealer.seal(read_parts(source), target, place=place_of(home, sealed))
        path.unlink()


def _is_to_be_sealed(home: Home, path: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.relative_to(home.root).parts)
    is_data = path.suffix != ENDING and path.name != REPORT_NAME and path != home.vault_key_state
    return path.is_file() and not path.is_symlink() and is_data and not is_hidden
