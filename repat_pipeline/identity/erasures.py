"""Who was erased, as tombstones: enough to notice the person in a delivery, nothing that leads back to them without the key."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from repat_pipeline.identity.pseudonym import PseudonymKey
from repat_pipeline.storage.atomic import write_text
from repat_pipeline.storage.layout import Home


@dataclass(frozen=True)
class ErasedPersons:
    """The erased persons as a delivery meets them.

    A delivery that was extracted before the erasure does not bring a person back, whenever it is read; a later one is new processing.

    Attributes:
        key: makes tombstones.
        erased_at: tombstone -> instant of the (last) erasure.
        extracted_at: of the delivery.
        kept_out: `person_key` of those whose rows are left out; grows while the delivery is read.
        again: of those who are taken in again.
    """

    key: PseudonymKey
    erased_at: Mapping[str, datetime]
    extracted_at: datetime
    kept_out: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)

    def meet(self, person_keys: Iterable[str]) -> None:
        """Sort out who of these persons was erased before."""
        for person_key in person_keys if self.erased_at else ():
            at = self.erased_at.get(self.key.tombstone(person_key))
            if at is not None:
                (self.kept_out if self.extracted_at < at else self.again).add(person_key)


def read_erasures(home: Home) -> dict[str, datetime]:
    """Tombstone -> instant of the last erasure."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(home.erasures.glob("*.json")) if path.name[0] != "."]
    return {record["tombstone"]: datetime.fromisoformat(record["at"]) for record in records}


def write_erasure(home: Home, tombstone: str, *, at: datetime, municipalities: Collection[str]) -> None:
    """Remember that a person was erased; written before anything is removed.

    Args:
        municipalities: where there was something about the person.
    """
    content = {"tombstone": tombstone, "at": at.isoformat(), "municipalities": sorted(municipalities)}
    write_text(home.erasures / f"{tombstone}.json", json.dumps(content) + "\n")
