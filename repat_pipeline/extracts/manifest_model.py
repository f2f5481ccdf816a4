"""What a manifest says, as typed objects.

Only the types live here. Reading `manifest.json` into them is `manifest_document`; comparing them with the folder is
`manifest`. Norm: spec/inbound.md section 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

MANIFEST_NAME = "manifest.json"
# A source has five tables at most; a list without end would become reasons without end.
MAX_FILES = 100

# Longer names would not fit the file names that are made of them.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")


def is_plain_name(name: str) -> bool:
    """True for a name of `[A-Za-z0-9._-]` without a leading dot, at most 128 characters."""
    return _PLAIN_NAME.fullmatch(name) is not None


@dataclass(frozen=True)
class FileEntry:
    """One file as the manifest names it; `rows` are records below the header, or forms 16000 of an XML file.

    A file that is looked at without a manifest has null `rows`: nobody has said how many there should be.
    """

    name: str
    table: str
    rows: int | None
    bytes: int
    sha256: str

    @property
    def is_xml(self) -> bool:
        """The ending decides the form: `.xml` is XML, everything else is CSV."""
        return self.name.lower().endswith(".xml")


@dataclass(frozen=True)
class Manifest:
    """What the sender says about a delivery; every field has the type and form that the specification asks for.

    Attributes:
        extracted_at: aware instant of the extract.
        period_from, period_to: first days of the months that `ydelser` covers; null outside fagsystem.
        search_mode, legal_basis, legal_basis_reference: eindkomst only, else null.
        mapping: name of the sender's mapping file, null for the dialect of the specification.
    """

    contract_version: str
    source: str
    kommunekode: str
    delivery_id: str
    extracted_at: datetime
    kind: str
    period_from: date | None
    period_to: date | None
    search_mode: str | None
    legal_basis: str | None
    legal_basis_reference: str | None
    mapping: str | None
    files: tuple[FileEntry, ...]
