"""The files of a delivery folder against the list in its manifest.

Only files and tables as a whole are judged here; the manifest's own text is `manifest_document`, the order of the
checks is `manifest`, rows are `tables`.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping as MappingOf
from pathlib import Path

from repat_pipeline.contracts.inbound import SourceContract
from repat_pipeline.extracts.dialect import DEFAULT_DIALECT
from repat_pipeline.extracts.file_facts import FileFacts, Limits, read_facts
from repat_pipeline.extracts.header import expected_names, header_reasons, take_header
from repat_pipeline.extracts.manifest_model import MANIFEST_NAME, FileEntry, is_plain_name
from repat_pipeline.extracts.mapping import Mapping
from repat_pipeline.extracts.refusal import Reason, RefusalCode, bare, make_reason, shown
from repat_pipeline.extracts.text_stream import open_text

SEND_AGAIN = "Send the delivery again."


def regular_files(folder: Path) -> tuple[frozenset[str], list[Reason]]:
    """Names of the regular files; a link, a folder or a special file is a reason and is never opened."""
    names: set[str] = set()
    reasons: list[Reason] = []
    for path in sorted(folder.iterdir(), key=lambda found: found.name):
        mode = path.lstat().st_mode
        if not is_plain_name(path.name):
            reasons.append(unsafe_name("a file of the delivery", path.name))
        if stat.S_ISREG(mode):
            names.add(path.name)
            continue
        code: RefusalCode
        if stat.S_ISLNK(mode):
            code, found = "link", "a link"
        elif stat.S_ISDIR(mode):
            code, found = "sub_folder", "a folder"
        else:
            code, found = "special_file", "neither file nor folder"
        next_step = "Send plain files only."
        reasons.append(make_reason(code, shown(path.name), expected="a plain file", found=found, next_step=next_step, file=path.name))
    return frozenset(names), reasons


def all_facts(folder: Path, names: frozenset[str], mapping: Mapping | None, limits: Limits) -> tuple[dict[str, FileFacts], list[Reason]]:
    """Facts of every file, and what they break: limits, encoding, NUL bytes."""
    encoding = (DEFAULT_DIALECT if mapping is None else mapping.dialect).encoding
    facts: dict[str, FileFacts] = {}
    reasons = []
    for name in sorted(names):
        try:
            found = facts[name] = read_facts(folder / name, encoding=encoding, max_bytes=limits.file_bytes, short_line=limits.line_bytes)
        except OSError as error:
            reasons.append(
                make_reason("file_unreadable", shown(name), expected="a readable file", found=error.strerror,
                            next_step="Check the rights of the file and run again.", file=name)
            )  # fmt: skip
            continue
        if found.bytes > limits.file_bytes:
            reasons.append(_limit("limit_file_bytes", name, "at most {:,} bytes", limits.file_bytes, found.bytes))
        if found.longest_line > limits.line_bytes and not name.lower().endswith(".xml"):
            reasons.append(_limit("limit_line_bytes", name, "lines of at most {:,} bytes", limits.line_bytes, found.longest_line))
        if found.has_nul:
            reasons.append(_not_text("nul_byte", name, "text", "NUL bytes"))
        if not found.is_decodable:
            code: RefusalCode = "not_utf8" if encoding == "utf-8" else "encoding_differs"
            reasons.append(_not_text(code, name, f"text in {encoding}", "other bytes", encoding=encoding))
    return facts, reasons


def file_reasons(entries: list[FileEntry], facts: MappingOf[str, FileFacts], present: frozenset[str]) -> list[Reason]:
    """Files that are missing, extra or not the ones that the manifest describes."""
    reasons = []
    for entry in entries:
        what = shown(entry.name)
        if not is_plain_name(entry.name):
            reasons.append(unsafe_name(f"{MANIFEST_NAME}, files", entry.name))
        if entry.name not in present:
            reasons.append(
                make_reason("file_missing", what, expected="a file, as the manifest names it", found="none",
                            next_step=SEND_AGAIN, file=entry.name)
            )  # fmt: skip
        found = facts.get(entry.name)
        if found is None:
            continue
        if found.bytes != entry.bytes:
            reasons.append(
                make_reason("bytes_differ", what, expected=f"{entry.bytes:,} bytes", found=f"{found.bytes:,}",
                            next_step=f"The file was cut or changed on its way. {SEND_AGAIN}",
                            file=entry.name, told=entry.bytes, got=found.bytes)
            )  # fmt: skip
        if found.sha256 and found.sha256 != entry.sha256:
            reasons.append(
                make_reason("sha256_differs", what, expected=f"sha256 {entry.sha256[:8]}…",
                            found=f"{found.sha256[:8]}…",
                            next_step=f"The file is not the one of the manifest. {SEND_AGAIN}", file=entry.name)
            )  # fmt: skip
    listed = {entry.name for entry in entries}
    reasons += [
        make_reason("file_extra", shown(name), expected="only files that the manifest names", found="this one too",
                    next_step="Name it in the manifest or leave it out.", file=name)
        for name in sorted(present - listed - {MANIFEST_NAME})
    ]  # fmt: skip
    return reasons


def table_reasons(entries: list[FileEntry], contract: SourceContract) -> list[Reason]:
    """Tables that are unknown, claimed twice or required and missing."""
    reasons = []
    where = f"{MANIFEST_NAME}, files"
    claimed: dict[str, str] = {}
    for entry in entries:
        if entry.table not in contract.tables:
            reasons.append(
                make_reason("table_unknown", f"{where}, table {shown(entry.table)}",
                            expected=", ".join(contract.tables), found="another table",
                            next_step="Leave the file out or correct its table.",
                            file=entry.name, table=bare(entry.table), known=", ".join(contract.tables))
            )  # fmt: skip
        elif entry.table in claimed:
            reasons.append(
                make_reason("table_claimed_twice", f"{where}, table {entry.table}", expected="one file a table",
                            found=f"{shown(claimed[entry.table])} and {shown(entry.name)}",
                            next_step="Send one file a table.", file=entry.name, table=entry.table,
                            other=bare(claimed[entry.table]))
            )  # fmt: skip
        else:
            claimed[entry.table] = entry.name
            if entry.is_xml and contract.tables[entry.table].xml_form is None:
                reasons.append(
                    make_reason("file_form_unknown", f"{shown(entry.name)}, table {entry.table}", expected="a CSV file",
                                found="an XML file", next_step="Send the table as CSV.", file=entry.name, table=entry.table)
                )  # fmt: skip
    reasons += [
        make_reason("table_missing", f"{where}, table {table}", expected="a file of this required table", found="none",
                    next_step=SEND_AGAIN, table=table)
        for table in contract.required_tables
        if table not in claimed
    ]  # fmt: skip
    return reasons


def readable_tables(
    folder: Path,
    entries: list[FileEntry],
    *,
    facts: MappingOf[str, FileFacts],
    contract: SourceContract,
    mapping: Mapping | None,
    limits: Limits,
) -> tuple[dict[str, FileEntry], list[Reason]]:
    """The first file of each table that is text with the right header, and what is wrong with other headers."""
    tables: dict[str, FileEntry] = {}
    reasons: list[Reason] = []
    for table, table_contract in contract.tables.items():
        for entry in (entry for entry in entries if entry.table == table):
            found = facts.get(entry.name)
            if found is None or not found.sha256 or not found.is_decodable or found.has_nul:
                continue
            if entry.is_xml:
                header = []
                is_usable = table_contract.xml_form is not None
            else:
                dialect = DEFAULT_DIALECT if mapping is None else mapping.dialect
                buffered, _ = open_text(folder / entry.name, dialect.encoding)
                with buffered:
                    names = take_header(buffered, dialect.separator)
                expected = expected_names(table_contract, None if mapping is None else mapping.sender_names(table))
                header = header_reasons(names, expected, file_name=entry.name, max_columns=limits.columns)
                is_usable = not header and found.longest_line <= limits.line_bytes
            reasons += header
            if is_usable:
                tables.setdefault(table, entry)
    return tables, reasons


def unsafe_name(what: str, name: str) -> Reason:
    return make_reason(
        "unsafe_name", what, expected="at most 128 of the characters A-Z a-z 0-9 . _ - without a leading dot",
        found=shown(name), next_step="Rename it and send the delivery again.", file=name,
    )  # fmt: skip


def _limit(code: RefusalCode, name: str, expected: str, limit: int, found: int) -> Reason:
    next_step = "Split or correct the extract, or ask the operator to raise the limit."
    return make_reason(
        code, shown(name), expected=expected.format(limit), found=f"{found:,}", next_step=next_step, file=name, limit=limit, got=found
    )


def _not_text(code: RefusalCode, name: str, expected: str, found: str, *, encoding: str | None = None) -> Reason:
    next_step = "Send the file as UTF-8, or declare its encoding in a mapping file."
    return make_reason(code, shown(name), expected=expected, found=found, next_step=next_step, file=name, encoding=encoding)
