"""Why a delivery is refused: a stable code and a sentence for the person on duty.

Only the vocabulary lives here; who finds a reason is `manifest`, `header`, `reader` and `eindkomst_xml`. Rejecting
single rows is `validation`. No sentence ever holds a value of a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from repat_pipeline.errors import could_hold_a_person

_SHOWN_CHARACTERS = 64

# Every reason there is; its Danish text stands in `reports.finding_texts`.
RefusalCode = Literal[
    "bytes_differ", "changed_while_read", "check_without_row",
    "contract_version_unknown", "delivery_id_differs", "delivery_id_taken", "encoding_differs",
    "extracted_at_future", "extracted_at_no_zone", "file_extra", "file_form_unknown", "file_missing", "file_unreadable", "header_differs",
    "kind_differs", "legal_basis_reference_missing", "legal_basis_unknown", "limit_columns", "limit_file_bytes", "limit_files",
    "limit_line_bytes", "link",
    "manifest_invalid", "mapping_invalid", "mapping_unknown", "municipality_differs", "municipality_unknown", "not_utf8", "nul_byte",
    "period_missing", "period_reversed", "ragged_line", "rows_differ", "search_mode_basis_month", "search_mode_unknown", "sha256_differs",
    "source_differs", "source_unknown", "special_file", "sub_folder", "table_claimed_twice", "table_missing", "table_unknown",
    "too_many_rejected", "unsafe_name", "xml_invalid",
]  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """One reason to refuse a delivery.

    Attributes:
        code: stable identifier, e.g. `sha256_differs`; reports and tests go by it.
        message: English, value-free: what, where, expected, found, next step.
        file: the file that it is about; null: none, or its name could hold a CPR number.
        line: line of that file, where it is known.
        facts: names and numbers for a text in another language, e.g. `("found", "7")`; never a value of a row.
    """

    code: RefusalCode
    message: str
    file: str | None = None
    line: int | None = None
    facts: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_record(cls, content: Mapping[str, Any]) -> Reason:
        """The reason that was written to a log as JSON."""
        facts = tuple((str(name), str(value)) for name, value in content.get("facts", ()))
        return cls(**{**content, "facts": facts})


class Refusal(Exception):
    """The delivery cannot be read on; carries every reason known at that point."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        self.reasons = list(reasons)
        super().__init__("; ".join(f"{reason.code}: {reason.message}" for reason in self.reasons))


def make_reason(
    code: RefusalCode,
    what: str,
    *,
    expected: object,
    found: object,
    next_step: str,
    file: str | None = None,
    line: int | None = None,
    **facts: object,
) -> Reason:
    """Put a reason together in the one form that all of them have.

    Args:
        file, line: where, as in `Reason`; the name may come from outside.
        facts: see `Reason.facts`; an empty one is left out.
    """
    message = f"{what}: expected {expected}, found {found}. {next_step}"
    told = tuple((name, str(value)) for name, value in facts.items() if value not in (None, ""))
    return Reason(code, message, None if file is None else bare(file), line, told)


def shown(text: str) -> str:
    """A name from outside (file, folder, manifest field) as it may stand in a message.

    Cut to 64 characters, without control characters; a text that could hold a CPR number is described, not shown.
    """
    name = bare(text)
    return f"a text of {len(text)} characters (not shown: it holds a long number)" if name is None else f"'{name}'"


def bare(text: str) -> str | None:
    """The same without quotes; null for a text that could hold a CPR number."""
    if could_hold_a_person(text):
        return None
    cut = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
    return "".join(character if character.isprintable() else "?" for character in cut)
