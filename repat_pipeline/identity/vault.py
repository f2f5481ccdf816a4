"""The vault: the way back from `person_key` to the CPR number, one sealed file per delivery and municipality (mode 0600).

A feed reads the vault of its own municipality only, so it can name nobody who is not in that municipality's deliveries.
"""

from __future__ import annotations

import polars as pl

from repat_pipeline.identity.pseudonym import PseudonymKey
from repat_pipeline.storage.audit_log import AUTOMATIC, note
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import ENDING, Sealer
from repat_pipeline.storage.sealed_frames import read_sealed_frame, write_sealed_frame
from repat_pipeline.storage.sealing_keys import load_sealer

_SCHEMA: dict[str, pl.DataType] = {"person_key": pl.String(), "cpr_nummer": pl.String(), "cpr_class": pl.String()}


def write_vault_file(home: Home, persons: pl.DataFrame, *, sealer: Sealer, source: str, municipality: str, delivery_id: str) -> None:
    """Write the persons of one delivery; the same persons give the same content, sealed anew.

    Args:
        persons: columns `person_key`, `cpr_nummer`, `cpr_class`.
    """
    rows = persons.select(list(_SCHEMA)).unique().sort("person_key")
    write_sealed_frame(home, home.vault_file(source, municipality, delivery_id), rows, sealer=sealer)


def read_vault(home: Home, municipality: str, *, purpose: str, reason: str = AUTOMATIC) -> pl.DataFrame:
    """Everybody in the municipality's deliveries: distinct `person_key`, `cpr_nummer`. Every call leaves a line in the audit trail.

    Args:
        purpose: what the numbers are needed for, for the audit trail.
        reason: why, where a person asked for it.
    """
    sealer = load_sealer(home).sealer
    note(home, "vault read", f"{purpose}; vault key {sealer.key.id}", reason=reason, municipality=municipality)
    files = [path for path in sorted(home.vault(municipality).glob(f"*/*{ENDING}")) if not path.name.startswith(".")]
    frames = [read_sealed_frame(home, path, sealer=sealer, columns=["person_key", "cpr_nummer"]) for path in files]
    if not frames:
        return pl.DataFrame(schema={"person_key": pl.String, "cpr_nummer": pl.String})
    return pl.concat(frames).unique().sort("person_key")


def way_back(home: Home, key: PseudonymKey, municipality: str, *, purpose: str) -> dict[str, str]:
    """`person_ref` -> CPR number for everybody in the municipality's deliveries; see `read_vault`."""
    persons = read_vault(home, municipality, purpose=f"{purpose}; pseudonym key {key.fingerprint}")
    references = key.person_refs(municipality, persons["person_key"].to_list())
    return dict(zip(references, persons["cpr_nummer"].to_list(), strict=True))
