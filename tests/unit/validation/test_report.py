"""When a table has too many rejected rows: strictly more than 5 % and strictly more than 20 rows (spec/inbound.md section 3)."""

from __future__ import annotations

import pytest

from repat_pipeline.validation.report import RowsLost, TableReport


@pytest.mark.parametrize(
    ("rejected", "read", "is_too_many"),
    [
        (20, 20, False),  # all, but not more than 20 rows
        (21, 21, True),
        (21, 420, False),  # 5 % exactly
        (21, 419, True),
        (500, 10_000, False),
        (501, 10_000, True),
        (0, 0, False),
    ],
)
def test_more_than_five_percent_and_more_than_twenty_rows_are_too_many(rejected: int, read: int, is_too_many: bool) -> None:
    assert TableReport("sager", read, read - rejected, rejected).has_too_many_rejected is is_too_many


@pytest.mark.parametrize(("accepted", "rejected"), [(8, 1), (10, 1)])
def test_a_report_whose_rows_do_not_add_up_is_an_error(accepted: int, rejected: int) -> None:
    with pytest.raises(RowsLost, match="sager"):
        TableReport("sager", 10, accepted, rejected)
