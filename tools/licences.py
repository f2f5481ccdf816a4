"""The licences of everything that production installs: `docs/generated/licences.md`, from `requirements.lock` and the installed packages.

`python -m tools.licences` rewrites it. The whole inventory for machines is the SBOM: `make sbom`.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
PAGE = ROOT / "docs" / "generated" / "licences.md"
ELSEWHERE = "not installed on this system (its marker is for another)"
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*([^\\\n]+?))?\s*\\?$", re.MULTILINE)


def locked() -> dict[str, tuple[str, str]]:
    """Package -> version and marker (empty: everywhere) of the lock of production."""
    return {name: (version, (marker or "").strip()) for name, version, marker in _LOCKED.findall(LOCK.read_text(encoding="utf-8"))}


def licence(name: str) -> str:
    """The licence as the package's own metadata tells it; empty when it tells none."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return ELSEWHERE
    classifiers = [text.rpartition(" :: ")[2] for text in told.get_all("Classifier", []) if text.startswith("License ::")]
    stated = (told.get("License") or "").strip().splitlines()
    candidates = [told.get("License-Expression") or "", ", ".join(classifiers), stated[0] if stated and len(stated[0]) < 80 else ""]
    return next((text for text in candidates if text and text not in ("UNKNOWN", "OSI Approved")), "")


def page() -> str:
    """The list as Markdown."""
    rows = [f"| {name} | {version} | {licence(name)} |\n" for name, (version, _) in sorted(locked().items())]
    head = (
        "<!-- Generated from requirements.lock and the installed packages by `make sbom`. Do not edit. -->\n# Licences\n\n"
        f"What production installs ({len(rows)} packages), each checked by its hash.\n\n"
        "| package | version | licence |\n|---|---|---|\n"
    )
    return head + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
