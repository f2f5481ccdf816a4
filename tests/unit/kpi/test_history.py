"""Final figures are frozen once; what changes later is a revision beside them (spec/kpi.md section 1 rule 8)."""

from __future__ import annotations

import stat
from datetime import date
from typing import Any

import polars as pl

from repat_pipeline.kpi.history import KEY, figures_of_record, freeze_figures, frozen_figures
from repat_pipeline.storage.layout import Home

FIRST, SECOND, THIRD = date(2026, 11, 22), date(2026, 12, 20), date(2027, 1, 20)


def figure(value: float | None, **changes: Any) -> dict[str, Any]:
    """A final figure: talks held in 0751 in 2025."""
    return {
        "municipality_code": "0751", "kpi_id": "K08", "measure": "events", "period_type": "year", "period_start": date(2025, 1, 1),
        "period_end": date(2025, 12, 31), "dimension": "", "dimension_value": "", "definition_version": "1.0.0", "rule_version": "RV3",
        "numerator": value, "denominator": None, "value": value, "unit": "events", "known_share": 0.0 if value is None else 1.0,
        "is_comparable": True, "is_preliminary": False, "is_backcast": False,
    } | changes  # fmt: skip


def table(*figures: dict[str, Any]) -> pl.DataFrame:
    """Figures as the mart has them."""
    return pl.DataFrame(figures, schema_overrides={name: pl.Float64() for name in ("numerator", "denominator", "value", "known_share")})


def kept(home: Home) -> list[tuple[Any, ...]]:
    """Date, revision, value and reason of everything that was frozen."""
    return frozen_figures(home).select("frozen_as_of", "revision", "value", "reason").rows()


def test_a_final_figure_is_frozen_and_stays_when_it_is_the_same_later(home: Home) -> None:
    frozen = freeze_figures(home, FIRST, table(figure(120)))

    assert (frozen.figures, frozen.revisions) == (1, 0)
    assert freeze_figures(home, SECOND, table(figure(120))).path is None
    assert kept(home) == [(FIRST, 0, 120.0, "first")]


def test_a_preliminary_figure_is_not_frozen(home: Home) -> None:
    assert freeze_figures(home, FIRST, table(figure(120, is_preliminary=True))).path is None
    assert kept(home) == []


def test_a_figure_of_which_nothing_is_known_is_not_frozen_and_is_no_revision_when_it_comes(home: Home) -> None:
    freeze_figures(home, FIRST, table(figure(None)))
    freeze_figures(home, SECOND, table(figure(120)))

    assert kept(home) == [(SECOND, 0, 120.0, "first")]


def test_a_later_change_is_a_revision_beside_the_frozen_figure(home: Home) -> None:
    freeze_figures(home, FIRST, table(figure(120)))
    frozen = freeze_figures(home, SECOND, table(figure(118)))
    freeze_figures(home, THIRD, table(figure(119)))

    assert (frozen.figures, frozen.revisions) == (0, 1)
    assert kept(home) == [(FIRST, 0, 120.0, "first"), (SECOND, 1, 118.0, "data"), (THIRD, 2, 119.0, "data")]


def test_a_change_of_the_definition_is_a_revision_with_that_reason(home: Home) -> None:
    freeze_figures(home, FIRST, table(figure(120)))
    freeze_figures(home, SECOND, table(figure(120, definition_version="2.0.0")))

    assert kept(home)[1] == (SECOND, 1, 120.0, "definition")


def test_a_file_is_never_rewritten_and_a_replay_of_an_earlier_day_adds_nothing(home: Home) -> None:
    path = freeze_figures(home, SECOND, table(figure(120))).path
    assert path is not None
    before = path.read_bytes()

    assert freeze_figures(home, SECOND, table(figure(999))).path is None
    assert freeze_figures(home, FIRST, table(figure(999), figure(5, kpi_id="K07"))).path is None
    assert path.read_bytes() == before
    assert [file.name for file in home.kpi_history.iterdir()] == [path.name]


def test_what_was_known_on_a_day_is_what_had_been_frozen_by_then(home: Home) -> None:
    freeze_figures(home, FIRST, table(figure(120)))
    freeze_figures(home, SECOND, table(figure(118)))

    assert frozen_figures(home, FIRST)["value"].to_list() == [120.0]
    assert frozen_figures(home, date(2026, 11, 21)).is_empty()


def test_a_figure_of_record_shows_what_was_frozen_and_the_number_of_its_newest_change(home: Home) -> None:
    freeze_figures(home, FIRST, table(figure(120), figure(7, kpi_id="K07", measure="persons")))
    now = table(figure(118), figure(7, kpi_id="K07", measure="persons"), figure(3, period_start=date(2026, 1, 1), is_preliminary=True))
    freeze_figures(home, SECOND, now)

    record = figures_of_record(now, frozen_figures(home)).select("value", "frozen_value", "frozen_as_of", "revision")
    assert record.rows() == [(118.0, 120.0, FIRST, 1), (7.0, 7.0, FIRST, 0), (3.0, None, None, None)]


def test_figures_are_told_apart_by_every_column_of_the_key(home: Home) -> None:
    others = {
        "municipality_code": "0461", "kpi_id": "K07", "measure": "per_person", "period_type": "half_year", "period_start": date(2025, 7, 1),
        "period_end": date(2025, 6, 30), "dimension": "channel", "dimension_value": "fysisk",
    }  # fmt: skip
    assert tuple(others) == KEY
    freeze_figures(home, FIRST, table(figure(120)))

    assert freeze_figures(home, SECOND, table(*(figure(1, **{name: other}) for name, other in others.items()))).figures == len(KEY)


def test_the_history_is_for_nobody_else_to_read(home: Home) -> None:
    path = freeze_figures(home, FIRST, table(figure(120))).path

    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
