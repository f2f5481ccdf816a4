"""Files that are complete or absent: write to a temporary name in the same folder, fsync, rename, fsync the folder.

What is written where is `layout`; a half-written state is never visible under a final name.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


def make_folder(path: Path, *, mode: int = PRIVATE_FOLDER) -> Path:
    """Create a folder and its missing parents with `mode` (the umask can only make it stricter)."""
    for missing in reversed([folder for folder in (path, *path.parents) if not folder.exists()]):
        missing.mkdir(mode=mode, exist_ok=True)
    return path


def sync_folder(path: Path) -> None:
    """Make renames in the folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replacing(path: Path, *, mode: int = PRIVATE_FILE) -> Iterator[Path]:
    """Yield a temporary path beside `path`; at a normal end it replaces `path`, at an error it is removed."""
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        temporary.touch(mode=mode)
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.chmod(mode)
        os.replace(temporary, path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes, *, mode: int = PRIVATE_FILE) -> None:
    """Write a whole file, or nothing."""
    with replacing(path, mode=mode) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str, *, mode: int = PRIVATE_FILE) -> None:
    """Write a whole UTF-8 file, or nothing."""
    write_bytes(path, content.encode(), mode=mode)


def write_folder(path: Path, fill: Callable[[Path], None]) -> None:
    """Create a whole folder, or nothing: `fill` writes into a temporary folder that is then renamed.

    Raises:
        FileExistsError: `path` exists already; nothing is changed.
    """
    if path.exists():
        raise FileExistsError(f"{path} exists already")
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    temporary.mkdir(mode=PRIVATE_FOLDER)
    try:
        fill(temporary)
        for folder, _, names in os.walk(temporary):
            for name in names:
                with open(os.path.join(folder, name), "rb") as written:
                    os.fsync(written.fileno())
            sync_folder(Path(folder))
        os.rename(temporary, path)
        sync_folder(path.parent)
    finally:
        if temporary.exists():
            shutil.rmtree(temporary)


def swap_link(link: Path, target: Path) -> None:
    """Let `link` point to `target` (relative, so that HOME can be moved), by rename: readers see the old or the new."""
    temporary = link.with_name(f".{link.name}.{secrets.token_hex(4)}.tmp")
    temporary.symlink_to(os.path.relpath(target, link.parent))
    try:
        os.replace(temporary, link)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(link.parent)


def sync_file(path: Path) -> None:
    """Make the content of a file survive a power cut."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
