"""An alert per change of state, not per look."""

from __future__ import annotations

import pytest

from repat_pipeline.operations.freshness import SourceFreshness
from repat_pipeline.operations.state_changes import alert_of_changes, states
from repat_pipeline.operations.status import FeedState, MunicipalityStatus


def status(feed: FeedState = "published", uip: str = "fresh", reasons: list[str] | None = None) -> MunicipalityStatus:
    """0751 with one source."""
    source = SourceFreshness(
        municipality="0751", source="uip", state=uip, delivery_id="uip-1", extracted_on=None, expected_on=None, since=None
    )  # type: ignore[arg-type]
    return MunicipalityStatus("0751", feed, None, reasons or [], None, [source], 0)


@pytest.mark.parametrize("trouble", ["late", "stale", "missing"])
def test_a_source_that_gets_into_trouble_is_told(trouble: str) -> None:
    alert = alert_of_changes(states([status()]), [status(uip=trouble)])

    assert alert is not None
    assert (alert.subject, alert.text) == ("repat: 1 need attention, 0 came right", f"0751 uip: {trouble}, was fresh.")


@pytest.mark.parametrize("trouble", ["blocked", "withheld", "held_back"])
def test_a_municipality_that_loses_its_feed_is_told_with_the_reason(trouble: FeedState) -> None:
    alert = alert_of_changes(states([status()]), [status(feed=trouble, reasons=["Der mangler noget."])])

    assert alert is not None
    assert alert.text == f"0751 feed: {trouble.replace('_', ' ')}, was published. Der mangler noget."


def test_what_came_right_is_told() -> None:
    alert = alert_of_changes(states([status(feed="held_back", uip="late")]), [status()])

    assert alert is not None
    assert alert.text == "0751 uip: fresh again, was late.\n0751 feed: published again, was held back."


@pytest.mark.parametrize("same", [status(), status(feed="blocked", uip="stale")])
def test_what_stays_as_it_is_is_not_told_again(same: MunicipalityStatus) -> None:
    assert alert_of_changes(states([same]), [same]) is None


def test_the_first_look_tells_every_trouble_and_nothing_else() -> None:
    alert = alert_of_changes({}, [status(uip="stale")])

    assert alert is not None
    assert alert.text == "0751 uip: stale."


@pytest.mark.parametrize("quiet", ["no_channel", "not_evaluated"])
def test_a_choice_is_no_trouble(quiet: FeedState) -> None:
    assert alert_of_changes(states([status()]), [status(feed=quiet)]) is None
