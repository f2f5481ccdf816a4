"""From counted persons to talks, hours and cost: each assumption moves what it is about, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repat_pipeline.simulation.effects import NOBODY, Figures, PersonCount, figures
from repat_pipeline.simulation.scenarios import Scenario, choose_scenarios

TODAY = choose_scenarios(as_of=date(2026, 11, 22), names=["today"])[0][0]
FIRST_TALK_DUE = PersonCount("eligible", is_candidate=True, has_talk=False, is_deferred=False, persons=10)
HAS_TALK_NOT_DUE = PersonCount("eligible", is_candidate=False, has_talk=True, is_deferred=False, persons=6)
HAS_TALK_DUE = replace(HAS_TALK_NOT_DUE, is_candidate=True, persons=4)
DEFERRED = replace(FIRST_TALK_DUE, is_deferred=True, persons=2)
UNDETERMINED = PersonCount("undetermined", is_candidate=False, has_talk=False, is_deferred=False, persons=3)
EVERYBODY = [FIRST_TALK_DUE, HAS_TALK_NOT_DUE, HAS_TALK_DUE, DEFERRED, UNDETERMINED]


def assuming(**changes: float) -> Scenario:
    """Today's scenario with other assumptions."""
    return replace(TODAY, assumptions=TODAY.assumptions | changes)


def figures_with(**changes: float) -> Figures:
    """The figures of everybody under other assumptions, at the interval of the law."""
    return figures(EVERYBODY, assuming(**changes), talk_interval_months=24)


def test_persons_are_counted_and_everyone_in_the_target_group_has_a_talk_every_second_year() -> None:
    found = figures_with()

    assert (found.target_group, found.candidates, found.undetermined) == (22, 16, 3)
    assert (found.talks_due_now, found.talks_per_year) == (16, 11)


def test_the_ministry_s_8900_persons_are_4450_talks_a_year() -> None:
    assert figures([replace(FIRST_TALK_DUE, persons=8900)], TODAY, talk_interval_months=24).talks_per_year == 4450


def test_a_talk_costs_the_middle_of_what_aarhus_and_aalborg_answered() -> None:
    found = figures_with()

    assert found.hours_per_year == 11 * 1.75
    assert found.cost_dkk_per_year == 11 * 1.75 * 610


def test_a_declaration_takes_the_place_of_later_talks_only() -> None:
    found = figures_with(declaration_share=0.5, declaration_minutes=30)

    assert (found.talks_per_year, found.declarations_per_year, found.talks_due_now) == (8.5, 2.5, 14)
    assert found.hours_per_year == pytest.approx(8.5 * 1.75 + 2.5 * 0.5)
    assert (found.target_group, found.candidates) == (22, 16)


def test_exempted_are_the_deferred_or_a_share_of_the_others() -> None:
    assert figures_with(deferred_share_exempted=1).talks_due_now == 14
    assert figures_with(exempted_share=0.5).talks_due_now == 2 + 14 / 2


def test_a_talk_by_telephone_costs_its_own_minutes() -> None:
    found = figures_with(telephone_share=0.5, telephone_preparation_minutes=50, telephone_minutes=10)

    assert found.hours_per_year == pytest.approx(11 * (105 + 60) / 2 / 60)
    assert found.talks_per_year == 11


def test_who_does_not_come_costs_preparation_alone() -> None:
    assert figures_with(show_up_share=0).hours_per_year == pytest.approx(11 * 82.5 / 60)


def test_a_shorter_interval_is_more_talks() -> None:
    assert figures(EVERYBODY, TODAY, talk_interval_months=12).talks_per_year == 22


counts = st.builds(
    PersonCount, st.sampled_from(["eligible", "undetermined"]), st.booleans(), st.booleans(), st.booleans(), st.integers(0, 500)
)
shares = st.floats(0, 1)


@given(st.lists(counts, max_size=6), shares, shares, shares)
def test_shares_never_make_more_talks_than_today_nor_fewer_than_none(
    found: list[PersonCount], declaring: float, deferred: float, others: float
) -> None:
    today = figures(found, TODAY, talk_interval_months=24)
    changed = figures(
        found,
        assuming(declaration_share=declaring, deferred_share_exempted=deferred, exempted_share=others),
        talk_interval_months=24,
    )

    assert 0 <= changed.talks_per_year <= today.talks_per_year + 1e-9
    assert 0 <= changed.talks_due_now <= today.talks_due_now + 1e-9
    assert changed.talks_per_year + changed.declarations_per_year <= today.talks_per_year + 1e-9
    assert (changed.target_group, changed.candidates, changed.undetermined) == (today.target_group, today.candidates, today.undetermined)


@given(st.lists(counts, max_size=6), st.lists(counts, max_size=6))
def test_the_national_figures_are_the_sum_of_the_municipal_ones(here: list[PersonCount], there: list[PersonCount]) -> None:
    both = figures([*here, *there], TODAY, talk_interval_months=24)
    added = NOBODY + figures(here, TODAY, talk_interval_months=24) + figures(there, TODAY, talk_interval_months=24)

    assert vars(both) == pytest.approx(vars(added))
