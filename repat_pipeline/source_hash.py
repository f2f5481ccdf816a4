"""What a part of the program is, by its text: made otherwise, a file may have other bytes, whatever the version says."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path


@cache
def source_hash(package: Path) -> str:
    """Hash of the names and texts of the modules in a folder; read once in a process."""
    digest = hashlib.sha256()
    for path in sorted(package.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
