"""How HOME is laid out, as a number in `HOME/layout.json`: a program never writes into a home whose paths mean something else to it.

Homes from before that file have layout 1; layout 2 seals vault, quarantine, archive and refused deliveries. A change of paths or of
the form of a file that is kept (delivery log, markers, vault) is a new number and a step in `UPGRADES`; what is made anew by every run
(work, published) is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from repat_pipeline.errors import RepatError
from repat_pipeline.storage.atomic import write_text
from repat_pipeline.storage.layout import Home

LAYOUT = 2
"""Layout that this program reads and writes."""


@dataclass(frozen=True)
class Upgrade:
    """The step from the layout before; `apply` can be repeated after it was cut off.

    Attributes:
        does: one sentence for the plan.
    """

    does: str
    apply: Callable[[Home], None]


def _seal(home: Home) -> None:
    # Here, not above: every start of `repat` imports this module.
    from repat_pipeline.storage.raw_copies import seal_old_files

    seal_old_files(home)


UPGRADES: Mapping[int, Upgrade] = {
    2: Upgrade("seal vault, quarantine, archive and refused deliveries with the vault key (made in HOME/keys when none is given)", _seal),
}
"""Layout -> the step that leads to it."""


class LayoutDiffers(RepatError):
    """The home was written by a program with another layout; the message says what to do."""


def layout_of(home: Home) -> int:
    """Layout of a home: what `layout.json` says, else 1; that of this program when nothing was ever taken in.

    Raises:
        LayoutDiffers: the file is there and says nothing.
    """
    if not home.layout_file.is_file():
        return 1 if any((home.lake / log).is_dir() for log in ("deliveries", "refusals")) else LAYOUT
    try:
        return int(json.loads(home.layout_file.read_text(encoding="utf-8"))["layout"])
    except (ValueError, KeyError, TypeError):
        raise LayoutDiffers(f"{home.layout_file}: expected the key layout with a number; restore the file from the back-up") from None


def check_layout(home: Home, *, layout: int = LAYOUT) -> None:
    """Refuse a home with another layout.

    Raises:
        LayoutDiffers: it is newer (install the newer program), or older (`repat upgrade`).
    """
    found = layout_of(home)
    if found > layout:
        raise LayoutDiffers(
            f"{home.root} has layout {found}; this program knows {layout}: install the version that wrote it, or a newer one"
        )
    if found < layout:
        raise LayoutDiffers(f"{home.root} has layout {found}, this program needs {layout}: back HOME up, then `repat upgrade --apply`")


def write_layout(home: Home, layout: int = LAYOUT) -> None:
    """Write the number; a step's last act."""
    write_text(home.layout_file, json.dumps({"layout": layout}) + "\n")
