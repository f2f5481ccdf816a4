"""Replace several files of a home together: after a crash either all are the old ones, or the next writer completes the change.

A complete copy is prepared in `Home.rereading`, which is laid out like a home. The journal there says what becomes of which file;
from the moment it exists the change is decided. Whoever takes the run lock completes what a crash left (`run_lock`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from repat_pipeline.storage.atomic import make_folder, replacing, sync_file, sync_folder, write_text
from repat_pipeline.storage.layout import Home

_JOURNAL = "journal.json"


def fresh_copy(home: Home) -> Home:
    """An empty home to prepare the new files in; what an earlier attempt left there is removed."""
    discard_copy(home)
    return Home(make_folder(home.rereading))


def replace_together(home: Home, copy: Home, places: Iterable[Path]) -> None:
    """Put the files of the copy in their places.

    Args:
        copy: from `fresh_copy`, with the new files in it.
        places: the files of the home that the change is about; one that the copy does not have is removed.
    """
    relative = sorted(str(path.relative_to(home.root)) for path in places)
    for name in relative:
        if (copy.root / name).is_file():
            sync_file(copy.root / name)
            sync_folder((copy.root / name).parent)
    write_text(copy.root / _JOURNAL, json.dumps({
        "replace": [name for name in relative if (copy.root / name).is_file()],
        "remove": [name for name in relative if not (copy.root / name).is_file()],
    }) + "\n")  # fmt: skip
    complete_replacement(home)


def complete_replacement(home: Home) -> None:
    """Carry out the journal, from wherever a crash left it; without a journal nothing was decided and nothing happens.

    Files are copied, not moved: so it can begin again at any point, and the quarantine may be a volume of its own.
    """
    journal = home.rereading / _JOURNAL
    if not journal.is_file():
        return
    change = json.loads(journal.read_text(encoding="utf-8"))
    for name in change["replace"]:
        with replacing(home.root / name) as temporary:
            shutil.copyfile(home.rereading / name, temporary)
    for name in change["remove"]:
        (home.root / name).unlink(missing_ok=True)
    journal.unlink()
    discard_copy(home)


def discard_copy(home: Home) -> None:
    """Remove the copy; nothing was decided."""
    shutil.rmtree(home.rereading, ignore_errors=True)
