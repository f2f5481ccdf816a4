"""`manifest.json` as a typed object, or every field of it that is wrong.

Only the document itself is judged here, by its own text. Whether it tells the truth about the folder is `manifest`.
Norm: spec/inbound.md section 1.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from repat_pipeline.codelists import municipality_codes
from repat_pipeline.contracts.inbound import SOURCES, load_source_contract
from repat_pipeline.errors import holds_a_cpr_number
from repat_pipeline.extracts.manifest_model import MANIFEST_NAME, MAX_FILES, FileEntry, Manifest
from repat_pipeline.extracts.refusal import Reason, RefusalCode, bare, make_reason, shown

KIND_BY_SOURCE = {"uip": "full", "fagsystem": "full", "eindkomst": "answer"}

_VERSION = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(?P<zone>Z|[+-]\d{2}:\d{2})?", re.ASCII)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REQUIRED = {"contract_version", "source", "kommunekode", "delivery_id", "extracted_at", "kind"}
_OPTIONAL = ("period_from", "period_to", "search_mode", "legal_basis", "legal_basis_reference")
_CORRECT = "Correct the manifest and send the delivery again."


@dataclass
class ManifestDocument:
    """Outcome of reading a manifest: the fields that are right, the files that are described, and every reason.

    `files` is null when the list itself cannot be used, so that nothing is said about missing or extra files.
    """

    values: dict[str, Any] = field(default_factory=dict)
    files: list[FileEntry] | None = None
    reasons: list[Reason] = field(default_factory=list)
    manifest: Manifest | None = None


def read_manifest(content: bytes, *, now: datetime) -> ManifestDocument:
    """Judge the text of a manifest; never raises for bad input.

    Args:
        content: the bytes of `manifest.json`.
        now: the clock of the intake (aware); `extracted_at` may not lie after it.

    Keys that are not known are ignored: a minor version may add some. A key that stands twice makes the manifest
    invalid.
    """
    document = ManifestDocument()
    try:
        fields = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    except UnicodeDecodeError:
        document.reasons.append(_invalid("the file", "UTF-8 text", "other bytes"))
        return document
    except (ValueError, RecursionError) as error:
        found = (
            f"an error in line {error.lineno}"
            if isinstance(error, json.JSONDecodeError)
            else "a key that stands twice or an impossible value"
        )
        document.reasons.append(_invalid("the file", "JSON", found))
        return document
    if not isinstance(fields, dict):
        document.reasons.append(_invalid("the file", "a JSON object", _type_name(fields)))
        return document
    _read_identity(document, fields)
    _read_instant(document, fields, now=now)
    _read_files(document, fields)
    source = document.values.get("source")
    if source == "fagsystem":
        _read_period(document, fields)
    if source == "eindkomst":
        _read_search(document, fields)
    document.values["mapping"] = _text(document, fields, "mapping", is_required=False)
    if document.values.keys() >= _REQUIRED and document.files is not None and not _has_invalid_field(document):
        optional: dict[str, Any] = dict.fromkeys(_OPTIONAL)
        document.manifest = Manifest(**optional | document.values, files=tuple(document.files))
    return document


def _read_identity(document: ManifestDocument, fields: dict[str, Any]) -> None:
    source = _text(document, fields, "source")
    if source is not None and source not in SOURCES:
        document.reasons.append(_differs("source_unknown", "source", " or ".join(SOURCES), shown(source)))
    elif source is not None:
        document.values["source"] = source
    municipality = _text(document, fields, "kommunekode")
    if municipality is not None:
        document.values["kommunekode"] = municipality
        if municipality not in municipality_codes():
            document.reasons.append(
                _differs("municipality_unknown", "kommunekode", "one of the 98 municipality codes", shown(municipality))
            )
    delivery_id = _text(document, fields, "delivery_id")
    if delivery_id is not None:
        document.values["delivery_id"] = delivery_id
    kind = _text(document, fields, "kind")
    if kind is not None:
        document.values["kind"] = kind
        wanted = KIND_BY_SOURCE.get(document.values.get("source", ""))
        if wanted is not None and kind != wanted:
            document.reasons.append(_differs("kind_differs", f"kind of a {source} delivery", wanted, shown(kind)))
    version = _text(document, fields, "contract_version")
    if version is not None and not _VERSION.fullmatch(version):
        document.reasons.append(_invalid("contract_version", "a version such as 1.0.0", shown(version)))
    elif version is not None:
        document.values["contract_version"] = version
        known = load_source_contract(document.values.get("source", SOURCES[0])).major_version
        if int(version.split(".")[0]) != known:
            document.reasons.append(
                make_reason(
                    "contract_version_unknown", f"{MANIFEST_NAME}, contract_version", expected=f"major version {known}",
                    found=version, next_step="Send the delivery by the contract of that version.",
                    file=MANIFEST_NAME, known=known, got=version,
                )
            )  # fmt: skip


def _read_instant(document: ManifestDocument, fields: dict[str, Any], *, now: datetime) -> None:
    text = _text(document, fields, "extracted_at")
    if text is None:
        return
    match = _INSTANT.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        instant = datetime.fromisoformat(text)
        if match["zone"] is None:
            document.reasons.append(_differs("extracted_at_no_zone", "extracted_at", "an instant with a zone such as +01:00", shown(text)))
            return
        instant.astimezone(UTC)
    except (ValueError, OverflowError):
        document.reasons.append(_invalid("extracted_at", "an instant such as 2026-11-02T06:00:00+01:00", shown(text)))
        return
    document.values["extracted_at"] = instant
    if instant > now:
        document.reasons.append(
            make_reason(
                "extracted_at_future", f"{MANIFEST_NAME}, extracted_at", expected=f"not after {now.isoformat()}",
                found=instant.isoformat(), next_step="Check the sender's clock and zone, and send the delivery again.",
                file=MANIFEST_NAME, got=instant.isoformat(),
            )
        )  # fmt: skip


def _read_period(document: ManifestDocument, fields: dict[str, Any]) -> None:
    for name in ("period_from", "period_to"):
        if fields.get(name) is None:
            document.reasons.append(_differs("period_missing", name, "a month YYYY-MM that ydelser covers", "nothing"))
            continue
        text = _text(document, fields, name)
        if text is None:
            continue
        if not _MONTH.fullmatch(text) or text.startswith("0000"):
            document.reasons.append(_invalid(name, "a month YYYY-MM", shown(text)))
            continue
        document.values[name] = date(int(text[:4]), int(text[5:]), 1)
    first, last = document.values.get("period_from"), document.values.get("period_to")
    if first is not None and last is not None and first > last:
        document.reasons.append(_differs("period_reversed", "period_to", f"not before period_from {first:%Y-%m}", f"{last:%Y-%m}"))


def _read_search(document: ManifestDocument, fields: dict[str, Any]) -> None:
    mode = _text(document, fields, "search_mode")
    document.values["search_mode"] = mode
    if mode == "basis_month":
        document.reasons.append(
            make_reason(
                "search_mode_basis_month", f"{MANIFEST_NAME}, search_mode", expected="wage_period",
                found="basis_month, which returns other rows than a search by wage period",
                next_step="Ask the income register again by wage period.", file=MANIFEST_NAME,
            )
        )  # fmt: skip
    elif mode is not None and mode != "wage_period":
        document.reasons.append(_differs("search_mode_unknown", "search_mode", "wage_period", shown(mode)))
    basis = _text(document, fields, "legal_basis")
    document.values["legal_basis"] = basis
    if basis is not None and basis not in ("look_up", "batch"):
        document.reasons.append(_differs("legal_basis_unknown", "legal_basis", "look_up or batch", shown(basis)))
    reference = _text(document, fields, "legal_basis_reference", is_required=False)
    if reference is not None and holds_a_cpr_number(reference):
        # It goes into the delivery log, where no person may stand.
        document.reasons.append(_invalid("legal_basis_reference", "a reference without a CPR number", shown(reference)))
    document.values["legal_basis_reference"] = reference
    if basis == "batch" and not (reference or "").strip():
        expected = "a reference, because legal_basis is batch"
        document.reasons.append(_differs("legal_basis_reference_missing", "legal_basis_reference", expected, "nothing"))


def _read_files(document: ManifestDocument, fields: dict[str, Any]) -> None:
    files = fields.get("files")
    if not isinstance(files, list):
        found = "nothing" if files is None else _type_name(files)
        document.reasons.append(_invalid("files", "a list with one object per file", found))
        return
    if len(files) > MAX_FILES:
        document.reasons.append(_invalid("files", f"at most {MAX_FILES} entries", f"{len(files):,}"))
        return
    entries: list[FileEntry] = []
    is_whole = True
    for position, described in enumerate(files, start=1):
        where = f"files, entry {position}"
        entry = _file_entry(document, described, where=where)
        is_whole &= entry is not None
        if entry is not None and entry.name in {MANIFEST_NAME, *(other.name for other in entries)}:
            document.reasons.append(_invalid(where, "a file that is named once", shown(entry.name)))
        elif entry is not None:
            entries.append(entry)
    document.files = entries if is_whole else None


def _file_entry(document: ManifestDocument, described: object, *, where: str) -> FileEntry | None:
    if not isinstance(described, dict):
        document.reasons.append(_invalid(where, "an object", _type_name(described)))
        return None
    name, table, sha256 = (_text(document, described, key, where=f"{where}, {key}") for key in ("name", "table", "sha256"))
    counts = {}
    for key in ("rows", "bytes"):
        number = described.get(key)
        if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**63:
            counts[key] = number
        else:
            found = "nothing" if number is None else f"{_type_name(number)} that is none"
            document.reasons.append(_invalid(f"{where}, {key}", "a whole number from 0", found))
    if sha256 is not None and not _SHA256.fullmatch(sha256.lower()):
        document.reasons.append(_invalid(f"{where}, sha256", "64 hexadecimal digits", f"{len(sha256)} characters"))
        sha256 = None
    if name is None or table is None or sha256 is None or len(counts) < 2:
        return None
    return FileEntry(name=name, table=table, sha256=sha256.lower(), **counts)


def _text(
    document: ManifestDocument, fields: dict[str, Any], name: str, *, where: str | None = None, is_required: bool = True
) -> str | None:
    """A text field; a missing or wrongly typed one becomes a reason. Null counts as missing."""
    value = fields.get(name)
    if value is None:
        if is_required:
            document.reasons.append(_invalid(where or name, "a text", "nothing"))
        return None
    if not isinstance(value, str):
        document.reasons.append(_invalid(where or name, "a text", _type_name(value)))
        return None
    if not value.isprintable():
        document.reasons.append(_invalid(where or name, "a text of printable characters", "others"))
        return None
    return value


def _has_invalid_field(document: ManifestDocument) -> bool:
    return any(reason.code == "manifest_invalid" for reason in document.reasons)


def _invalid(where: str, expected: str, found: str) -> Reason:
    return _differs("manifest_invalid", where, expected, found)


def _differs(code: RefusalCode, where: str, expected: str, found: str) -> Reason:
    field_name = "" if where == "the file" else bare(where)
    return make_reason(
        code, f"{MANIFEST_NAME}, {where}", expected=expected, found=found, next_step=_CORRECT, file=MANIFEST_NAME, field=field_name
    )


def _type_name(value: object) -> str:
    names = {bool: "true or false", str: "a text", list: "a list", dict: "an object", type(None): "null"}
    return names.get(type(value), "a number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
