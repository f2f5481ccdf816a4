"""The header row of a CSV file, and whether it names exactly the columns of the contract.

Only the first line is read. What stands below it is `reader`.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping

from repat_pipeline.contracts.inbound import TableContract
from repat_pipeline.extracts.refusal import Reason, bare, make_reason, shown

MAX_HEADER_BYTES = 64 * 1024
_NEXT = "Send the file with the header of the contract, or declare the sender's names in a mapping file."


def take_header(stream: io.BufferedReader, separator: str) -> list[str] | None:
    """Read the header row off a stream; afterwards the stream stands at the first row.

    Returns:
        The names as they stand there; empty list: there is no first line; null: it is not one CSV record of at
        most 64 KiB.
    """
    line = stream.readline(MAX_HEADER_BYTES + 1)
    if not line:
        return []
    if len(line) > MAX_HEADER_BYTES:
        return None
    try:
        records = list(csv.reader([line.decode().rstrip("\n")], delimiter=separator, strict=True))
    except (csv.Error, UnicodeDecodeError):
        return None
    return records[0] if records else []


def expected_names(contract: TableContract, sender_names: Mapping[str, str] | None) -> dict[str, str]:
    """Name in the file -> column of the contract."""
    return dict(sender_names) if sender_names else {name: name for name in contract.column_names}


def header_reasons(names: list[str] | None, expected: Mapping[str, str], *, file_name: str, max_columns: int) -> list[Reason]:
    """Why a header is refused: other columns than expected, in whatever order, or too many.

    A name is repeated in the message only when it cannot be a value: the first line of a file without a header is a
    person's row, so nothing is shown unless at least one expected column is there, and never a name with a number of
    four digits.
    """
    what = f"{shown(file_name)}, header"
    if names is None:
        expected_form = f"one CSV line of at most {MAX_HEADER_BYTES // 1024} KiB with {len(expected)} columns"
        return [_differs(file_name, expected_form, "another line")]
    if not names:
        return [_differs(file_name, f"{len(expected)} columns", "an empty first line")]
    reasons = []
    if len(names) > max_columns:
        limit = f"at most {max_columns} columns"
        reasons.append(
            make_reason("limit_columns", what, expected=limit, found=len(names), next_step=_NEXT,
                        file=file_name, line=1, limit=max_columns, got=len(names))
        )  # fmt: skip
    counted = Counter(names)
    missing = [name for name in expected if name not in counted]
    unknown = [name for name in counted if name not in expected]
    repeated = [name for name in expected if counted[name] > 1]
    if not missing and not unknown and not repeated:
        return reasons
    if len(missing) == len(expected):
        found = f"{len(names)} columns, none of them expected (is the separator right, and is there a header?)"
        return [*reasons, _differs(file_name, ", ".join(expected), found, expected_columns=", ".join(expected))]
    parts = [
        f"{label} {', '.join(_name(name) for name in listed[:20])}"
        for label, listed in (("missing", missing), ("unknown", unknown), ("more than once", repeated))
        if listed
    ]
    facts = {
        "missing": ", ".join(missing),
        "unknown": ", ".join(name for name in unknown if _can_be_shown(name)),
        "hidden": sum(not _can_be_shown(name) for name in unknown) or "",
        "repeated": ", ".join(repeated),
    }
    return [*reasons, _differs(file_name, f"the {len(expected)} columns of the contract, each once", "; ".join(parts), **facts)]


def _name(name: str) -> str:
    if not name:
        return "a column without name"
    return shown(name) if _can_be_shown(name) else f"a name of {len(name)} characters (not shown)"


def _can_be_shown(name: str) -> bool:
    return 0 < len(name) <= 64 and not re.search(r"\d{4}", name) and bare(name) == name


def _differs(file_name: str, expected: str, found: str, **facts: object) -> Reason:
    what = f"{shown(file_name)}, header"
    return make_reason("header_differs", what, expected=expected, found=found, next_step=_NEXT, file=file_name, line=1, **facts)
