"""Does a delivery folder hold what its manifest says? Everything that can be told without parsing rows, all at once.

The order of the checks lives here. The manifest's own text is judged in `manifest_document`, files in `delivery_files`,
the first line of a file in `header`; rows are read by `tables`.
Nothing here changes or copies a file. Norm: spec/inbound.md section 1.
"""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from repat_pipeline.codelists import municipality_codes
from repat_pipeline.contracts.inbound import SOURCES, SourceContract, TableContract, load_source_contract
from repat_pipeline.extracts.delivery_files import (
    SEND_AGAIN,
    all_facts,
    file_reasons,
    readable_tables,
    regular_files,
    table_reasons,
    unsafe_name,
)
from repat_pipeline.extracts.file_facts import FileFacts, Limits
from repat_pipeline.extracts.manifest_document import ManifestDocument, read_manifest
from repat_pipeline.extracts.manifest_model import MANIFEST_NAME, FileEntry, Manifest, is_plain_name
from repat_pipeline.extracts.mapping import Mapping, load_mapping
from repat_pipeline.extracts.plain_file import open_plain
from repat_pipeline.extracts.refusal import Reason, RefusalCode, bare, make_reason, shown

__all__ = ["MANIFEST_NAME", "FileEntry", "FileFacts", "Inspection", "Limits", "Manifest", "inspect_delivery", "inspect_file"]


@dataclass(frozen=True)
class Inspection:
    """What was found in a delivery folder.

    Attributes:
        manifest: null when it cannot be read in full.
        files: facts of every regular file but the manifest, by name.
        reasons: why the delivery is refused; empty: its rows can be read.
        content: sha256 over the manifest and the files' hashes; the identity of what was sent, valid or not.
        mapping: the sender's mapping, null for the dialect of the specification.
        tables: per table, in reading order, the file whose rows can be read, whether or not there are reasons.
        source: the source that the tables belong to: the manifest's, or the folder's where the manifest names none.
    """

    manifest: Manifest | None
    files: MappingOf[str, FileFacts]
    reasons: list[Reason]
    content: str
    mapping: Mapping | None = None
    tables: MappingOf[str, FileEntry] = field(default_factory=dict)
    source: str | None = None

    @property
    def file_names(self) -> dict[str, str]:
        """The sender's file per table, as far as its name may be repeated."""
        names = {table: bare(entry.name) for table, entry in self.tables.items()}
        return {table: name for table, name in names.items() if name is not None}


def inspect_delivery(folder: Path, *, municipality: str | None, source: str | None, now: datetime, limits: Limits) -> Inspection:
    """Look at a delivery folder and tell every reason to refuse it; never raises for bad input.

    Args:
        folder: `INBOX/<municipality>/<source>/<delivery_id>`; it exists and is not a link (`inbox.scan_inbox`).
        municipality, source: of the folders above; null: the delivery lies nowhere yet, and its place is not judged.
        now: the clock of the intake, aware.
        limits: see `Limits`.

    Raises:
        ValueError: `now` has no zone.
    """
    if now.tzinfo is None:
        raise ValueError("now must be an instant with a zone")
    reasons = [] if municipality is None else _folder_reasons(folder, municipality)
    entries = sum(1 for _ in folder.iterdir())
    if entries > limits.files:
        return Inspection(None, {}, [*reasons, _too_many_files(entries, limits.files)], _content(folder, b"", {}))
    names, entry_reasons = regular_files(folder)
    reasons += entry_reasons
    raw, document = _manifest(folder, names, now=now, limits=limits)
    reasons += document.reasons
    if municipality is not None and source is not None:
        reasons += _place_reasons(document, folder.name, municipality, source)
    mapping, mapping_reasons = _mapping(document)
    reasons += mapping_reasons
    facts, fact_reasons = all_facts(folder, names - {MANIFEST_NAME}, mapping, limits)
    reasons += fact_reasons
    contract_source = document.values.get("source", source)
    contract_source = contract_source if contract_source in SOURCES else None
    tables: dict[str, FileEntry] = {}
    if document.files is not None:
        reasons += file_reasons(document.files, facts, names)
        if contract_source is not None:
            contract = load_source_contract(contract_source)
            reasons += table_reasons(document.files, contract)
            if not mapping_reasons:  # else nobody knows how the files are to be read
                tables, header_reasons = readable_tables(
                    folder, document.files, facts=facts, contract=contract, mapping=mapping, limits=limits
                )
                reasons += header_reasons
    unique = list(dict.fromkeys(reasons))
    return Inspection(document.manifest, facts, unique, _content(folder, raw, facts), mapping, tables, contract_source)


def inspect_file(path: Path, *, contract: TableContract, mapping: Mapping | None, limits: Limits) -> Inspection:
    """Look at one file without a manifest as a file of one table; what only a manifest can tell is not judged.

    Args:
        path: a file; its name does not matter, but for the ending `.xml`.
        contract: the table that it is said to be.
    """
    alone = SourceContract(contract.source, {contract.name: contract})
    facts, reasons = all_facts(path.parent, frozenset({path.name}), mapping, limits)
    tables: dict[str, FileEntry] = {}
    if path.name in facts:
        found = facts[path.name]
        entries = [FileEntry(name=path.name, table=contract.name, rows=None, bytes=found.bytes, sha256=found.sha256)]
        reasons += table_reasons(entries, alone)
        tables, header_reasons = readable_tables(path.parent, entries, facts=facts, contract=alone, mapping=mapping, limits=limits)
        reasons += header_reasons
    return Inspection(None, facts, reasons, "", mapping, tables, contract.source)


def _folder_reasons(folder: Path, municipality: str) -> list[Reason]:
    reasons = []
    if not is_plain_name(folder.name):
        reasons.append(unsafe_name("the delivery folder", folder.name))
    if municipality not in municipality_codes():
        reasons.append(
            make_reason(
                "municipality_unknown", "the folder of the municipality", expected="one of the 98 municipality codes",
                found=shown(municipality), next_step="Put the delivery under the code of its municipality.",
            )
        )  # fmt: skip
    return reasons


def _manifest(folder: Path, names: frozenset[str], *, now: datetime, limits: Limits) -> tuple[bytes, ManifestDocument]:
    where = MANIFEST_NAME
    if where not in names:
        found, expected = "no such file", "a plain file"
    else:
        with open_plain(folder / where) as file:
            raw = file.read(limits.manifest_bytes + 1)
        if len(raw) <= limits.manifest_bytes:
            return raw, read_manifest(raw, now=now)
        found, expected = f"{(folder / where).lstat().st_size:,} bytes", f"at most {limits.manifest_bytes:,} bytes"
    is_absent = "" if where in names else "1"
    reason = make_reason("manifest_invalid", where, expected=expected, found=found, next_step=SEND_AGAIN, file=where, is_absent=is_absent)
    return f"{where}: {found}".encode(), ManifestDocument(reasons=[reason])


def _too_many_files(found: int, limit: int) -> Reason:
    return make_reason(
        "limit_files", "the delivery folder", expected=f"at most {limit} files", found=f"{found:,}",
        next_step="Send the manifest and one file a table.", limit=limit, got=found,
    )  # fmt: skip


def _place_reasons(document: ManifestDocument, folder_name: str, municipality: str, source: str) -> list[Reason]:
    places: tuple[tuple[RefusalCode, str, str], ...] = (
        ("municipality_differs", "kommunekode", municipality),
        ("source_differs", "source", source),
        ("delivery_id_differs", "delivery_id", folder_name),
    )
    return [
        make_reason(
            code, f"{MANIFEST_NAME}, {name}", expected=f"{shown(of_folder)} as the folder says",
            found=shown(document.values[name]), next_step="Correct the manifest or the folder's name.",
            file=MANIFEST_NAME, folder=bare(of_folder), got=bare(document.values[name]),
        )
        for code, name, of_folder in places
        if name in document.values and document.values[name] != of_folder
    ]  # fmt: skip


def _mapping(document: ManifestDocument) -> tuple[Mapping | None, list[Reason]]:
    name = document.values.get("mapping")
    if name is None:
        return None, []
    what = f"{MANIFEST_NAME}, mapping {shown(name)}"
    code: RefusalCode
    try:
        mapping = load_mapping(name)
    except KeyError as error:
        found, code = str(error.args[0]), "mapping_unknown"
    except ValueError as error:
        found, code = f"a mapping file with an error ({error})", "mapping_invalid"
    else:
        if mapping.source == document.values.get("source", mapping.source):
            return mapping, []
        found, code = f"a mapping for {mapping.source}", "mapping_unknown"
    expected = "a mapping file under data_contracts/mappings for this source"
    next_step = "Declare the mapping, or leave it out."
    return None, [make_reason(code, what, expected=expected, found=found, next_step=next_step, file=MANIFEST_NAME, name=bare(name))]


def _content(folder: Path, manifest: bytes, facts: MappingOf[str, FileFacts]) -> str:
    """Identity of what was sent; a link, a folder or a file over the limit counts by its kind and size."""
    parts = [[MANIFEST_NAME, hashlib.sha256(manifest).hexdigest()]]
    for path in sorted(folder.iterdir(), key=lambda found: found.name):
        if path.name == MANIFEST_NAME:
            continue
        found = facts.get(path.name)
        status = path.lstat()
        unread = f"{stat.S_IFMT(status.st_mode):o} {status.st_size}"
        parts.append([path.name, found.sha256 or unread if found else unread])
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()
